//! What cases have reached in the model: rules, and transitions between kinds of states.
//!
//! Two states are of one kind if no port can tell them apart by small numbers: how many packets,
//! waiters and active threads there are, up to three. A transition is a kind of state, a move, the
//! rules that it followed and the kind of state after it. What a program reaches is known before
//! an implementation has seen it: the model says so.

use super::fnv::Fnv;
use super::moves::{Case, Kind, Move};
use super::world::World;
use iocp_model::ke::thread::Run;
use iocp_model::{Rule, Semantics};
use std::collections::BTreeSet;

/// What one case reaches.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reached {
    /// Rules.
    pub rules: BTreeSet<Rule>,
    /// Transitions, by fingerprint.
    pub transitions: BTreeSet<u64>,
}

/// What all cases so far have reached.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Coverage {
    /// All of it.
    pub reached: Reached,
}

/// A new rule is worth as many new transitions.
const RULE_WORTH: usize = 20;

impl Reached {
    /// Makes a move and notes what it reached.
    pub fn act(&mut self, world: &mut World, m: Move) -> bool {
        let mut hash = Fingerprint::new();
        hash.state(world);
        let done = world.act(m);
        if done {
            hash.byte(m.kind as u8);
            if matches!(m.kind, Kind::Remove | Kind::Post | Kind::Write | Kind::Read) {
                hash.byte(m.how % m.kind.variants());
            }
            for rule in world.rules() {
                hash.byte(*rule as u8);
            }
            hash.state(world);
            self.transitions.insert(hash.0.value());
            self.rules.extend(world.rules());
        }
        done
    }

    /// What a case reaches.
    pub fn by(case: &Case, semantics: Semantics) -> Reached {
        let (mut reached, mut world) = (Reached::default(), World::new(case, semantics));
        for m in &case.moves {
            reached.act(&mut world, *m);
        }
        reached
    }
}

impl Coverage {
    /// How much of this is new.
    pub fn news(&self, reached: &Reached) -> usize {
        let rules = reached.rules.difference(&self.reached.rules).count();
        let transitions = reached.transitions.difference(&self.reached.transitions).count();
        RULE_WORTH * rules + transitions
    }

    /// Takes it in.
    pub fn add(&mut self, reached: &Reached) {
        self.reached.rules.extend(&reached.rules);
        self.reached.transitions.extend(&reached.transitions);
    }
}

/// What a transition looks like from far away.
struct Fingerprint(Fnv);

impl Fingerprint {
    fn new() -> Fingerprint {
        Fingerprint(Fnv::new())
    }

    fn byte(&mut self, byte: u8) {
        self.0.byte(byte);
    }

    fn small(&mut self, number: usize) {
        self.byte(number.min(3) as u8);
    }

    fn state(&mut self, world: &World) {
        let kernel = world.kernel();
        for port in world.open_ports() {
            self.small(port.packets.len());
            self.small(port.stack().count());
            self.small(port.active as usize);
            self.small(port.concurrency as usize);
        }
        self.byte(0xFF);
        let waits_elsewhere = |thread: &iocp_model::ThreadId| {
            let run = kernel.thread(*thread).map(|thread| &thread.run);
            let elsewhere = |wait: &iocp_model::ke::thread::Wait| {
                !matches!(wait.on, iocp_model::ke::thread::WaitOn::Port { .. })
            };
            matches!(run, Some(Run::Waiting(wait)) if elsewhere(wait))
        };
        self.small(world.workers().iter().filter(|thread| waits_elsewhere(thread)).count());
        for (_, file) in kernel.files().iter() {
            self.byte(u8::from(file.association.is_some()) | file.modes << 1);
            self.small(file.inbox.len());
            self.byte(file.link as u8);
        }
        self.small(kernel.irps().len());
    }
}
