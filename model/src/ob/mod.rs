//! The object manager: processes, handle tables, duplication, access checks, and the lifetime of
//! objects by references.
//!
//! References are not counted but found: who holds one can be listed, and so cannot drift. When
//! the last handle goes the close procedure of the type runs, when the last reference goes its
//! delete procedure does; those two are the only calls from here into layers above, as in NT.

pub mod handles;
pub mod lifetime;
pub mod process;
