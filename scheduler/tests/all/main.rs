//! The scheduler held against hand counts, against the naive search, and against itself.

mod bounds;
mod checkpoints;
mod interleavings;
mod policies;
mod reductions;
mod reference;
mod starvation;
mod systems;
mod tokens;
