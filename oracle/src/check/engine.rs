//! Follows a trace through every state that the model could be in.
//!
//! Before each event the states are closed under the moves that may precede it, no further than
//! the event needs (just-in-time linearisation), and states that are equal are kept once. Where a
//! result is already known from a line further on, states with another result are dropped early;
//! when none is left, the first line that cannot be explained is found by looking less far ahead.

use std::collections::HashSet;
use std::rc::Rc;

use iocp_model::{Kernel, Semantics};

use super::handles::removes_from;
use super::moves::{Goal, Move, Stage};
use super::options::{Budget, Limit};
use super::script::{Happening, Line, Script};
use super::state::{Dead, Open, Phase, Rules, State};
use crate::trace::{Meta, Objects};

/// Every state that the model could be in.
#[derive(Clone)]
pub(super) struct Pool {
    pub(super) states: Vec<State>,
    /// The first line that the model has no answer for, and what it lacks.
    pub(super) not_modelled: Option<(u64, String)>,
    /// The most states at once.
    pub(super) most: usize,
}

/// The end of a run of events.
pub(super) enum Outcome {
    /// All of them are explained.
    Explained,
    /// The event with this number (from the start of the trace) is not.
    Stuck(u64),
}

/// States met in one closure, in the order in which they were met.
#[derive(Default)]
struct Met {
    order: Vec<Rc<State>>,
    /// The same; empty while there is but one.
    seen: HashSet<Rc<State>>,
    bytes: usize,
}

impl Met {
    /// Adds a state that is not there yet, if so many bytes `beside` these leave room for it.
    fn add(&mut self, state: State, beside: usize, budget: &Budget<'_>) -> Result<(), Limit> {
        if let [only] = self.order.as_slice()
            && self.seen.is_empty()
        {
            self.seen.insert(Rc::clone(only));
        }
        if self.seen.contains(&state) {
            return Ok(());
        }
        self.bytes += state.bytes();
        budget.keep(self.order.len() + 1, self.bytes + beside)?;
        let state = Rc::new(state);
        if !self.order.is_empty() {
            self.seen.insert(Rc::clone(&state));
        }
        self.order.push(state);
        Ok(())
    }

    fn into_states(self) -> Vec<State> {
        drop(self.seen);
        self.order.into_iter().map(Rc::unwrap_or_clone).collect()
    }
}

impl Pool {
    pub(super) fn new(semantics: Semantics, processors: u32) -> Pool {
        let state = State::new(Kernel::new(semantics, processors));
        Pool { states: vec![state], not_modelled: None, most: 1 }
    }

    /// The rules that led to any of the states.
    pub(super) fn rules(&self) -> Rules {
        let mut rules = Rules::default();
        self.states.iter().for_each(|state| rules.unite(&state.rules));
        rules
    }

    /// Follows the events `from..to` of the script, knowing those before `horizon`. Stops in the
    /// states before the event that it cannot explain.
    pub(super) fn follow(
        &mut self,
        meta: &Meta,
        script: &Script,
        range: std::ops::Range<u64>,
        horizon: u64,
        budget: &mut Budget<'_>,
    ) -> Result<Outcome, Limit> {
        for now in range {
            let stage = Stage { meta, script, now, horizon };
            let line = &script.lines[(now - script.past) as usize];
            if !self.event(&stage, line, budget)? {
                return Ok(Outcome::Stuck(now));
            }
        }
        Ok(Outcome::Explained)
    }

    /// Follows one event; `false`, and no change, if no state can.
    fn event(
        &mut self,
        stage: &Stage<'_>,
        line: &Line,
        budget: &mut Budget<'_>,
    ) -> Result<bool, Limit> {
        budget.step()?;
        if let Some(done) = self.plainly(stage, line) {
            return Ok(done);
        }
        let mut met = Met::default();
        for state in &self.states {
            met.add(state.clone(), 0, budget)?;
        }
        let mut after = Met::default();
        let mut moves = Vec::new();
        let mut at = 0;
        while at < met.order.len() {
            budget.step()?;
            let state = Rc::clone(&met.order[at]);
            at += 1;
            let results = match stage.happen(State::clone(&state), line) {
                Ok(results) => results,
                Err(dead) => self.lacking(line, dead),
            };
            let reached = !results.is_empty();
            for result in results {
                after.add(result, met.bytes, budget)?;
            }
            let aim = stage.aim(&state, &line.what);
            let enough = reached && !matches!(aim.goal, Goal::Instant(_));
            if enough || stage.only_noted(&line.what) {
                continue;
            }
            moves.clear();
            stage.moves(&state, aim, &mut moves);
            for step in &moves {
                budget.step()?;
                match stage.take(&state, step, aim) {
                    Ok(results) => {
                        for result in results {
                            met.add(result, after.bytes, budget)?;
                        }
                    }
                    Err(dead) => {
                        self.lacking(line, dead);
                    }
                }
            }
        }
        self.most = self.most.max(met.order.len()).max(after.order.len());
        if after.order.is_empty() {
            return Ok(false);
        }
        self.states = after.into_states();
        Ok(true)
    }

    /// The usual case, without copies: one state, in which nothing can happen unseen. `None` if
    /// this is another case.
    fn plainly(&mut self, stage: &Stage<'_>, line: &Line) -> Option<bool> {
        let [state] = &mut self.states[..] else { return None };
        if !stage.only_noted(&line.what) && !stage.is_quiet(state, &line.what) {
            return None;
        }
        stage.in_place(state, line).then_some(true)
    }

    fn lacking(&mut self, line: &Line, dead: Dead) -> Vec<State> {
        if let Dead::NotModelled(what) = dead {
            self.not_modelled.get_or_insert((line.number, what));
        }
        Vec::new()
    }
}

/// A run of events that cannot be explained: which is the first, and the states before it.
pub(super) struct Stuck {
    /// The number of the event.
    pub(super) event: u64,
    /// The states in which everything before it is explained.
    pub(super) before: Pool,
}

/// Follows the events `range` of the script; if they cannot be explained, finds the first of
/// which that is true of the trace up to it.
pub(super) fn follow_exactly(
    pool: &mut Pool,
    meta: &Meta,
    script: &Script,
    range: std::ops::Range<u64>,
    budget: &mut Budget<'_>,
) -> Result<Option<Stuck>, Limit> {
    let known = script.past + script.lines.len() as u64;
    let base = pool.clone();
    let Outcome::Stuck(at) = pool.follow(meta, script, range.clone(), known, budget)? else {
        return Ok(None);
    };
    // The trace up to and without `explained` can be explained; up to and without `stuck` not.
    // Everything before the event at which the states ran out was explained even with knowledge
    // of later results, so that it is explained without.
    let (mut explained, mut stuck) = (at, known);
    let mut before = None;
    let mut probe = at + 1;
    while explained + 1 < stuck || before.is_none() {
        let horizon = probe.clamp(explained, stuck);
        let mut trial = base.clone();
        match trial.follow(meta, script, range.start..horizon, horizon, budget)? {
            Outcome::Explained => {
                explained = horizon;
                before = Some(trial);
            }
            // What is not known yet can leave too little to go by: then it is looked for earlier.
            Outcome::Stuck(_) if horizon == explained => {
                (explained, stuck) = (range.start, horizon);
            }
            Outcome::Stuck(_) => stuck = horizon,
        }
        probe = match stuck - explained {
            0 | 1 => explained,
            gap => explained + gap / 2,
        };
    }
    let before = before.expect("the loop ends with the states before the event");
    Ok(Some(Stuck { event: stuck - 1, before }))
}

impl Stage<'_> {
    /// Whether nothing can happen unseen in a state that this event could depend on.
    fn is_quiet(&self, state: &State, what: &Happening) -> bool {
        let mut moves: Vec<Move> = Vec::new();
        self.moves(state, self.aim(state, what), &mut moves);
        moves.is_empty()
    }

    /// Lets an event happen in a state, if that is possible without further ado.
    fn in_place(&self, state: &mut State, line: &Line) -> bool {
        match &line.what {
            Happening::Ret { id, res } => {
                let sure = match state.open_of(*id).map(|at| &state.open[at].phase) {
                    Some(Phase::Done(_, model)) => {
                        res.handle.is_none()
                            && res.other.is_none()
                            && res.agrees(model, |_, _| false).is_ok()
                    }
                    _ => false,
                };
                sure && self.returned(state, *id, res).is_ok()
            }
            Happening::Settled => {
                state.open.iter().all(|o| matches!(o.phase, Phase::Inside(_)) && state.waits(o.tid))
            }
            Happening::Call { id, tid, call } => {
                let declared = self.meta.objects == Objects::Declared;
                let noted = self.only_noted(&line.what);
                let late = Stage::parks_late(state) && removes_from(call).is_some();
                if !declared || !noted && (late || state.choices() > 1) {
                    return false;
                }
                if state.actor(*tid).is_err() {
                    return false;
                }
                let (id, tid, call) = (*id, *tid, call.clone());
                let exhausted = self.script.exhausted(id, self.now, self.horizon);
                let (line, phase) = (line.number, Phase::Ahead);
                state.open.push(Open { id, tid, line, call, exhausted, phase });
                let done = noted || state.perform(state.open.len() - 1, 0).is_ok();
                if !done {
                    state.open.pop();
                }
                done
            }
            _ => false,
        }
    }
}
