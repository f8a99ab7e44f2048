//! Symmetry: one representative for all renamings of interchangeable actors.
//!
//! # Why nothing is lost
//!
//! A renaming `r` of interchangeable actors is an automorphism: if `s` can step to `t`, then
//! `r(s)` can step to `r(t)`, with the same reports, and the marks of `s` and `r(s)` are the same.
//! (That is what [`System::canonicalize`] demands.) So for every run of the system there is a run
//! through representatives with the same marks and reports: rename the rest of the run each time
//! a state is replaced by its representative. Conversely every run through representatives is the
//! image of a true run: undo the renamings. Whatever is found, is there; whatever is there,
//! is found. A state is terminal if and only if its renamings are.
//!
//! If a renaming of two actors leaves a representative as it is, it maps the steps of one to the
//! steps of the other, and the orbits they lead to to themselves: the steps of one of the two are
//! enough ([`System::twins`]).
//!
//! What *does* change under renaming is what outcomes say ("A got 7, B got 8"). Therefore
//! each terminal representative stands for all the states of its orbit: [`System::orbit`] lists
//! them, and the names and numbers of outcomes are those of the unreduced search.
//!
//! A path is shown with true actors: it is walked again from the true initial state, choosing at
//! each level a step into the orbit that the search went through (see `explore::path`).
//!
//! Together with partial order reduction: the persistent set is chosen in the representative and
//! so is a persistent set of a state that exists; the argument of `partial_order` is about a
//! state and its continuations, and renaming those continuations does not disturb it.

use crate::system::System;

/// Replaces the state by its representative, if symmetry is used at all.
pub(crate) fn represent<S: System>(system: &S, used: bool, state: &mut S::State) {
    if used {
        system.canonicalize(state);
    }
}

/// Visits all the terminal states a terminal representative stands for.
pub(crate) fn members<S: System>(
    system: &S,
    used: bool,
    state: &S::State,
    visit: &mut dyn FnMut(&S::State),
) {
    if used { system.orbit(state, visit) } else { visit(state) }
}
