//! The one thing this crate asks of others: a [`System`] it can set in motion.
//!
//! The scheduler chooses, it never transitions. Everything it knows about ports, threads and
//! packets is what an implementation of this trait answers, and every state it ever sees was made
//! by [`System::initial`] and [`System::apply`].

use crate::choice::{Actor, ActorSet, Choice};
use crate::coverage::Coverage;
use crate::footprint::Footprint;
use crate::hash::hash;
use crate::property::{Ending, Marks, Property, PropertySet};

/// A transition system: states, who can move in each, and where a move leads.
///
/// Every method is a pure function of its arguments: the same answer every time, on every thread,
/// in every process. The answers to [`identity`](Self::identity), [`enabled`](Self::enabled),
/// [`encode`](Self::encode) and [`outcome`](Self::outcome) end in files and tokens, so they must
/// not depend on the platform either.
///
/// # The least an implementation needs
///
/// `identity`, `actors`, `initial`, `enabled`, `apply`, `encode`, `decode`, `properties`, `check`,
/// `ending` and `outcome`. The rest has defaults that are right and do nothing: without
/// [`symmetry`](Self::symmetry) and [`independence`](Self::independence) the reductions say in the
/// report that they could not apply, and why.
pub trait System: Sync {
    /// A state: everything the future depends on, and nothing else.
    type State: Clone + Send + Sync;

    /// A number that stands for everything that decides the transition graph and the properties:
    /// scenario, parameters, profile, deviations and the edition of the rules. Checkpoints are
    /// refused and tokens flagged if it differs. [`hash`] of a canonical text is the usual way.
    fn identity(&self) -> u64;

    /// How many actors there are; they are numbered from 0. At most [`ActorSet::LIMIT`].
    fn actors(&self) -> u16;

    /// The state every run starts from.
    fn initial(&self) -> Self::State;

    /// Appends every choice that is possible in `state` to `choices`, in strictly ascending order
    /// (by actor, then by alternative). A state where this appends nothing is terminal.
    ///
    /// The alternatives of an actor must be named by what they do and not by their place in the
    /// list, as far as possible: saved schedules survive edits better.
    fn enabled(&self, state: &Self::State, choices: &mut Vec<Choice>);

    /// Takes the step. `choice` is one that [`enabled`](Self::enabled) lists for `state`.
    ///
    /// Returns the `step` properties this step breaks (a use after free, a packet handed over
    /// above the limit); none, most of the time. A report may depend on nothing that is not in the
    /// step's footprint. Works in place: the explorer keeps the state before.
    fn apply(&self, state: &mut Self::State, choice: Choice) -> PropertySet;

    /// Makes `into` equal to `from`, reusing what `into` has allocated. Called once a transition,
    /// so it should allocate nothing: if `State` derives `Clone`, its `clone_from` does not reuse
    /// the buffers inside, and this is the place to do so.
    ///
    /// The explorer uses one pair of states for all the steps out of a state: `into` was made by
    /// `restore` from the same `from` and changed by [`apply`](Self::apply) and
    /// [`canonicalize`](Self::canonicalize) alone, or else `from` was decoded since. A system may
    /// rely on that to undo a journal instead of copying, if it can tell the two cases apart.
    fn restore(&self, into: &mut Self::State, from: &Self::State) {
        into.clone_from(from);
    }

    /// Appends the canonical bytes of `state`: two states are equal (have the same future and the
    /// same observations) if and only if their bytes are equal. The shorter, the better: these
    /// bytes are what the search keeps of a state it has yet to expand. At most 65,535 bytes.
    fn encode(&self, state: &Self::State, bytes: &mut Vec<u8>);

    /// Makes `into` the state that encodes as `bytes`, whatever it was before. The bytes always
    /// come from [`encode`](Self::encode) of a system with the same identity.
    fn decode(&self, bytes: &[u8], into: &mut Self::State);

    /// The fingerprint by which states are told apart, from the encoded bytes. The default is
    /// XXH64. A system may use another hash if it is as good and as well specified: it ends in
    /// checkpoints.
    fn fingerprint(&self, encoded: &[u8]) -> u64 {
        hash(encoded)
    }

    /// Into how many parts the encoding is cut, always the same number, at most 128. With more
    /// than one, an unreduced search keeps each value of each part once, remembers what actors do
    /// by the parts in their [`scope`](Self::scope), and asks the system only what it has not
    /// seen yet: much faster if a step takes long and depends on little. Otherwise the five
    /// methods below are not called.
    fn parts(&self) -> usize {
        1
    }

    /// Appends exactly what [`encode`](Self::encode) does, and to `ends`, for each part, how many
    /// of these bytes come before its end. (So the last is the length of the encoding.)
    fn encode_parts(&self, state: &Self::State, bytes: &mut Vec<u8>, ends: &mut Vec<u32>) {
        let before = bytes.len();
        self.encode(state, bytes);
        ends.push((bytes.len() - before) as u32);
    }

    /// What [`scope`](Self::scope) must know of a part: any number the system likes, that depends
    /// on the bytes of this part alone.
    fn digest(&self, state: &Self::State, part: usize) -> u128 {
        let _ = (state, part);
        0
    }

    /// The parts, as a bit set, that together decide what `actor` can do next in a state whose
    /// parts have these digests: which choices it has, what each reports, and what becomes of
    /// these parts; the other parts its choices leave alone. Empty if the actor has no choice.
    ///
    /// More precisely: in any two states in which an actor has the same scope, with the same bytes
    /// in these parts, it has the same choices, with the same reports, that change the same parts
    /// to the same bytes. More parts than needed cost time, one too few costs correctness. That a
    /// step changes nothing outside its scope is checked; that it reads nothing else, a test can
    /// only check by comparing with a search without memory
    /// ([`Options::remember`](crate::explore::Options)).
    fn scope(&self, digests: &[u128], actor: Actor) -> u128 {
        let _ = (digests, actor);
        u128::MAX
    }

    /// The parts that decide what [`check`](Self::check) says, in every state.
    fn view(&self) -> u128 {
        u128::MAX
    }

    /// What [`check`](Self::check) must know of a part, if that is less than all: any number the
    /// system likes, that depends on the bytes of this part alone. In any two states with the same
    /// glances (or, where there is none, the same bytes) in all parts of the
    /// [`view`](Self::view), `check` says the same. Like a scope that is too narrow, a glance that
    /// says too little is noticed only by comparing with a search without memory.
    fn glance(&self, state: &Self::State, part: usize) -> Option<u128> {
        let _ = (state, part);
        None
    }

    /// The properties, in a fixed order; their places are their numbers. At most
    /// [`PropertySet::LIMIT`].
    fn properties(&self) -> &[Property];

    /// What `state` says about the properties of states (`always`, `never`, `sometimes`).
    /// Called once for each distinct state.
    fn check(&self, state: &Self::State) -> Marks;

    /// What is to be said of a terminal state, the `finally` properties included.
    fn ending(&self, state: &Self::State) -> Ending;

    /// The name of the way a run that ends in the terminal `state` has ended, as in a litmus test:
    /// what an observer of the outcome can tell. Equal names are one outcome.
    fn outcome(&self, state: &Self::State) -> String;

    /// The actors that wait to be served in `state`: parked at a port, for example. An actor that
    /// can stay here for ever while others are served starves.
    fn waiting(&self, state: &Self::State) -> ActorSet {
        let _ = state;
        ActorSet::EMPTY
    }

    /// The actors that hold in `state` what they asked for. Who is in this set after a step and
    /// was not before it was served by the step.
    fn served(&self, state: &Self::State) -> ActorSet {
        let _ = state;
        ActorSet::EMPTY
    }

    /// Whether some actors are interchangeable, so that [`canonicalize`](Self::canonicalize) does
    /// something; if not, one sentence that says why.
    ///
    /// # Errors
    /// The sentence, for the report.
    fn symmetry(&self) -> Result<(), String> {
        Err("the system names no interchangeable actors".to_owned())
    }

    /// Replaces `state` by the representative of its orbit: the set of states that renaming
    /// interchangeable actors makes of it.
    ///
    /// Sound if a renaming is an automorphism: it maps steps to steps, and changes neither
    /// [`check`](Self::check), nor what `apply` reports, nor the kind and marks of
    /// [`ending`](Self::ending). (Outcomes may change: see [`orbit`](Self::orbit).) So
    /// actors that a property, or an initial difference, can tell apart must not be exchanged.
    /// The result must be in the orbit of `state`, and the same for all states of an orbit: paths
    /// through representatives are turned into true runs by that.
    fn canonicalize(&self, state: &mut Self::State) {
        let _ = state;
    }

    /// The actors that differ from a lower one by their names alone in `state`, which is a
    /// representative: exchanging the two leaves it as it is. What one of them can do leads to the
    /// same orbits as what the other can, so only the lower one's choices are explored.
    fn twins(&self, state: &Self::State) -> ActorSet {
        let _ = state;
        ActorSet::EMPTY
    }

    /// Visits every distinct state of the orbit of `state`, once each, `state` among them.
    /// Called only for terminal states, so that outcomes that differ by a renaming are still all
    /// found, and counted as an unreduced search would.
    fn orbit(&self, state: &Self::State, visit: &mut dyn FnMut(&Self::State)) {
        visit(state);
    }

    /// Whether [`next_footprint`](Self::next_footprint),
    /// [`future_footprint`](Self::future_footprint) and [`visible`](Self::visible) say anything;
    /// if not, one sentence that says why.
    ///
    /// # Errors
    /// The sentence, for the report.
    fn independence(&self) -> Result<(), String> {
        Err("the system does not say what its steps touch".to_owned())
    }

    /// Everything that decides which steps `actor` can take next (its enabledness included), and
    /// everything any of these steps may touch, whether enabled in `state` or not.
    ///
    /// For an actor that waits: whatever can wake it. For one that is done for good:
    /// [`Footprint::NONE`]. An actor's private state is an object like any other: a step by an
    /// actor always writes its own, and a step that releases somebody writes theirs.
    fn next_footprint(&self, state: &Self::State, actor: Actor) -> Footprint {
        let _ = (state, actor);
        Footprint::ALL
    }

    /// An over-approximation of everything `actor` may touch in any continuation of `state`, its
    /// next step included, once it is woken if it waits now.
    ///
    /// With one exception, without which nothing would ever be independent: the private state of
    /// another actor may be left out if `actor` cannot touch it *before that other actor has
    /// moved*. (A poster may release any waiter of a port. A thread that does not wait now is
    /// touched only after it has moved and waits.)
    ///
    /// Along a run it must not grow: what was promised in a state holds in all that follow.
    fn future_footprint(&self, state: &Self::State, actor: Actor) -> Footprint {
        let _ = (state, actor);
        Footprint::ALL
    }

    /// Whether taking `choice` in `state` may change an answer of [`check`](Self::check): whether
    /// the state after could be marked otherwise than the state before. `true` is always safe.
    /// It need not count what `apply` reports of the step itself.
    fn visible(&self, state: &Self::State, choice: Choice) -> bool {
        let _ = (state, choice);
        true
    }

    /// Whether every run is finite because the system says so (no loops for ever, nothing that
    /// can be undone). If so the reductions need no guard against going round in circles.
    /// `false` is always safe.
    fn every_run_ends(&self) -> bool {
        false
    }

    /// Records what taking `choice` in `state` exercises (rules, actions, differences between
    /// profiles), by numbers the system gives a meaning. Called once a transition, if coverage
    /// was asked for.
    fn cover(&self, state: &Self::State, choice: Choice, coverage: &mut Coverage) {
        let _ = (state, choice, coverage);
    }
}
