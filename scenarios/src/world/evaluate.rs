//! The value of an expression in a world.

use iocp_model::ke::thread::{Run, WaitOn};
use iocp_model::{Overlapped, PortId};

use super::answer::entry;
use super::{LaneState, World};
use crate::fault::Undefined;
use crate::program::{Instruction, Program};
use crate::value::{Condition, Expr, Gather, Observation, ResultField};

impl World {
    /// The value, as the thread `actor` (or an observer) sees it.
    pub(crate) fn evaluate(
        &self,
        program: &Program,
        actor: Option<usize>,
        expr: &Expr,
    ) -> Result<i64, Undefined> {
        let inner = |expr: &Expr| self.evaluate(program, actor, expr);
        Ok(match expr {
            Expr::Constant(value) => *value,
            Expr::Shared(variable) => self.shared[usize::from(*variable)],
            Expr::Not(expr) => i64::from(inner(expr)? == 0),
            Expr::Negate(expr) => inner(expr)?.wrapping_neg(),
            Expr::Binary(operator, left, right) => {
                operator.apply(inner(left)?, inner(right)?).ok_or(Undefined::DivisionByZero)?
            }
            Expr::Observe(observation) => self.observe(program, actor, observation)?,
            Expr::Local(_) | Expr::Own(_) | Expr::This | Expr::Result(_) | Expr::Batch(..) => {
                let actor = actor.ok_or(Undefined::Nobody)?;
                self.own_value(program, actor, expr)?
            }
        })
    }

    fn own_value(&self, program: &Program, actor: usize, expr: &Expr) -> Result<i64, Undefined> {
        let thread = &program.threads[actor];
        let lane = &self.lanes[actor];
        match expr {
            Expr::Local(local) => Ok(self.locals[usize::from(thread.locals.start + local)]),
            Expr::Own(own) => Ok(Overlapped::numbered(thread.overlapped.start + own).0 as i64),
            Expr::This => Ok(i64::from(thread.instance)),
            Expr::Result(field) => match (lane.answer.get(*field), field) {
                (Some(value), _) => Ok(value),
                // A call that leaves the last error alone says nothing about it.
                (None, ResultField::LastError) => Ok(0),
                (None, field) => Err(Undefined::Untouched(*field)),
            },
            Expr::Batch(index, field) => {
                let index = self.evaluate(program, Some(actor), index)?;
                let packet = usize::try_from(index).ok().and_then(|index| lane.batch.get(index));
                packet.map(|packet| entry(packet, *field)).ok_or(Undefined::NoEntry(index))
            }
            _ => Err(Undefined::Nobody),
        }
    }

    fn observe(
        &self,
        program: &Program,
        actor: Option<usize>,
        observation: &Observation,
    ) -> Result<i64, Undefined> {
        let port = |id: &PortId| self.kernel.port(*id);
        Ok(match observation {
            Observation::Depth(id) => port(id).map_or(0, |port| i64::from(port.depth())),
            Observation::Waiters(id) => port(id).map_or(0, |port| port.stack().count() as i64),
            Observation::Active(id) => port(id).map_or(0, |port| i64::from(port.active)),
            Observation::Concurrency(id) => port(id).map_or(0, |port| i64::from(port.concurrency)),
            Observation::Queued(id, key) => {
                let key = self.evaluate(program, actor, key)? as u64;
                port(id).map_or(0, |port| {
                    port.packets.iter().filter(|packet| packet.key == key).count() as i64
                })
            }
            Observation::Pending(file) => {
                let irps = self.kernel.irps().iter();
                irps.filter(|(_, irp)| file.is_none_or(|f| irp.request.file == f)).count() as i64
            }
            Observation::Threads(condition, range) => {
                let actors = range.clone().map(usize::from);
                actors.filter(|actor| self.is(program, *actor, *condition)).count() as i64
            }
            Observation::LocalOf(actor, local) => {
                let thread = &program.threads[usize::from(*actor)];
                self.locals[usize::from(thread.locals.start + local)]
            }
            Observation::Gather(gather, range, local) => {
                let local = |actor: u16| {
                    self.locals
                        [usize::from(program.threads[usize::from(actor)].locals.start + local)]
                };
                let locals = range.clone().map(local);
                match gather {
                    Gather::Sum => locals.fold(0, i64::wrapping_add),
                    Gather::Least => locals.min().unwrap_or(0),
                    Gather::Greatest => locals.max().unwrap_or(0),
                }
            }
            Observation::Records(range) => {
                range.clone().map(|actor| self.lanes[usize::from(actor)].records.len() as i64).sum()
            }
            Observation::Recorded(range, value) => {
                let value = self.evaluate(program, actor, value)?;
                let lanes = &self.lanes[usize::from(range.start)..usize::from(range.end)];
                let records = lanes.iter().flat_map(|lane| &lane.records);
                records.filter(|record| **record == value).count() as i64
            }
            Observation::Polled(pointer, events) => {
                let at = Overlapped(self.evaluate(program, actor, pointer)? as u64);
                let events = self.evaluate(program, actor, events)? as u32;
                let own = actor.map(|actor| program.threads[actor].process);
                let mut memory =
                    self.kernel.processes().ids().filter(|p| own.is_none_or(|o| o == *p));
                let reported = memory.find_map(|process| self.kernel.reported(process, at));
                i64::from(reported.unwrap_or(0) & events != 0)
            }
            Observation::Owner(pointer) => {
                let address = self.evaluate(program, actor, pointer)?;
                self.owner(Overlapped(address as u64)) as i64
            }
        })
    }

    /// Whether a thread is in a condition.
    pub(crate) fn is(&self, program: &Program, actor: usize, condition: Condition) -> bool {
        let lane = &self.lanes[actor];
        match condition {
            Condition::Waiting => lane.state == LaneState::InCall,
            Condition::Parked => self.parked_on(program, actor).is_some(),
            Condition::Blocked => lane.state == LaneState::Blocked,
            Condition::Spinning => self.spins(program, actor),
            Condition::Done => lane.state == LaneState::Done,
            Condition::Active => lane.state == LaneState::Ready,
        }
    }

    /// The port a thread is parked at.
    pub(crate) fn parked_on(&self, program: &Program, actor: usize) -> Option<PortId> {
        let thread = self.kernel.thread(program.threads[actor].kernel?)?;
        match &thread.run {
            Run::Waiting(wait) => match wait.on {
                WaitOn::Port { port, .. } => Some(port),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a thread is at a condition that does not hold.
    pub(crate) fn spins(&self, program: &Program, actor: usize) -> bool {
        let lane = &self.lanes[actor];
        if lane.state != LaneState::Ready {
            return false;
        }
        match &program.code(actor).instructions[usize::from(lane.pc)] {
            Instruction::SpinUntil(condition) | Instruction::Await(condition) => {
                matches!(self.evaluate(program, Some(actor), condition), Ok(0))
            }
            _ => false,
        }
    }
}
