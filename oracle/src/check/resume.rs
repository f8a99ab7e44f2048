//! How a check goes on after an event that cannot be explained: the trace is believed.

use super::engine::{Pool, Stuck};
use super::script::{Happening, Script};
use super::state::{Phase, State};
use crate::trace::Res;

/// The states in which the check goes on.
pub(super) fn resume(stuck: Stuck, script: &Script) -> Pool {
    let line = &script.lines[(stuck.event - script.past) as usize];
    let mut pool = stuck.before;
    if let Happening::Ret { id, res } = &line.what {
        let believed: Vec<State> =
            pool.states.iter().filter_map(|state| believe(state.clone(), *id, res)).collect();
        if !believed.is_empty() {
            pool.states = believed;
        }
    }
    pool
}

/// The call has returned, whatever the model says.
fn believe(mut state: State, id: u64, res: &Res) -> Option<State> {
    let at = state.open_of(id)?;
    // Somebody else has what it got: the two threads change places, so that the next divergence
    // is one of its own and not the echo of this one.
    let other = (0..state.open.len()).find(|&other| {
        other != at
            && (res.key.is_some() || res.entries.is_some())
            && matches!(&state.open[other].phase, Phase::Done(_, has)
                if res.agrees(has, |_, _| true).is_ok())
    });
    if let Some(other) = other {
        let (mine, theirs) = (state.open[at].tid as usize, state.open[other].tid as usize);
        state.actors.swap(mine, theirs);
        state.open[other].phase = state.open[at].phase.clone();
        state.open.remove(at);
        return Some(state);
    }
    match state.open[at].phase {
        Phase::Done(..) | Phase::Ahead => {
            state.open.remove(at);
        }
        // It waits in the model: another thread takes its name.
        Phase::Inside(_) => state.end_thread(state.open[at].tid).ok()?,
    }
    Some(state)
}
