//! A port without end: workers that get and work for ever, one producer that posts for ever
//! (when the queue is empty). Concurrency 1.

use iocp_scheduler::{ActorSet, Choice, Ending, Marks, Property, PropertySet, System, hash};

/// In which order waiters are released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    LastInFirstOut,
    FirstInFirstOut,
    /// The last one in, but whoever waits longest can always give up (one actor more).
    LastInFirstOutWithTimeouts,
}

#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) workers: u8,
    pub(crate) order: Order,
}

/// `waiting` in order of arrival; `working` has the one packet that may be out.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    waiting: Vec<u8>,
    working: Option<u8>,
    queued: bool,
}

impl Port {
    fn has_timeouts(&self) -> bool {
        self.order == Order::LastInFirstOutWithTimeouts
    }

    fn release(&self, state: &mut State) {
        if state.queued && state.working.is_none() && !state.waiting.is_empty() {
            let index = match self.order {
                Order::FirstInFirstOut => 0,
                _ => state.waiting.len() - 1,
            };
            state.working = Some(state.waiting.remove(index));
            state.queued = false;
        }
    }
}

impl System for Port {
    type State = State;

    fn identity(&self) -> u64 {
        hash(format!("{self:?}").as_bytes())
    }

    fn actors(&self) -> u16 {
        u16::from(self.workers) + 1 + u16::from(self.has_timeouts())
    }

    fn initial(&self) -> State {
        State::default()
    }

    fn enabled(&self, state: &State, choices: &mut Vec<Choice>) {
        let moves = (0..self.workers).filter(|worker| !state.waiting.contains(worker));
        choices.extend(moves.map(|worker| Choice::new(u16::from(worker), 0)));
        if !state.queued {
            choices.push(Choice::new(u16::from(self.workers), 0));
        }
        if self.has_timeouts() && !state.waiting.is_empty() {
            choices.push(Choice::new(u16::from(self.workers) + 1, 0));
        }
    }

    fn apply(&self, state: &mut State, choice: Choice) -> PropertySet {
        let actor = choice.actor() as u8;
        if actor == self.workers {
            state.queued = true;
        } else if actor > self.workers {
            state.waiting.remove(0);
        } else {
            // A worker's step: done with its packet if it has one, and waits for the next.
            state.working = state.working.filter(|worker| *worker != actor);
            state.waiting.push(actor);
        }
        self.release(state);
        PropertySet::EMPTY
    }

    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(state.queued));
        bytes.push(state.working.map_or(0, |worker| worker + 1));
        bytes.extend_from_slice(&state.waiting);
    }

    fn decode(&self, bytes: &[u8], into: &mut State) {
        into.queued = bytes[0] == 1;
        into.working = bytes[1].checked_sub(1);
        into.waiting = bytes[2..].to_vec();
    }

    fn properties(&self) -> &[Property] {
        &[]
    }

    fn check(&self, _state: &State) -> Marks {
        Marks::NONE
    }

    fn ending(&self, _state: &State) -> Ending {
        Ending::finished()
    }

    fn outcome(&self, _state: &State) -> String {
        String::new()
    }

    fn waiting(&self, state: &State) -> ActorSet {
        let waiting = state.waiting.iter();
        waiting.fold(ActorSet::EMPTY, |all, worker| all.with(u16::from(*worker)))
    }

    fn served(&self, state: &State) -> ActorSet {
        state.working.map_or(ActorSet::EMPTY, |worker| ActorSet::EMPTY.with(u16::from(worker)))
    }
}
