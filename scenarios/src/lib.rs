//! Scenarios: programs of threads that use a completion port, written as JSON; how to read one,
//! run it, and ask what always, never or sometimes happens.
//!
//! ```text
//! text --json--> tree --shape--> Scenario --compile--> Program --(scheduler)--> World, World, ...
//! ```
//!
//! A [`Scenario`] is what an author wrote, checked; a [`Program`] is what can be run: it is a
//! [`System`](iocp_scheduler::System) whose states are [`World`]s. This crate opens no files.
//!
//! The format:
//!
#![doc = include_str!("../FORMAT.md")]
mod action;
mod builtin;
mod calls;
mod checker;
mod compile;
mod diagnostic;
mod ending;
mod exercise;
mod expression;
mod fault;
mod format;
mod independence;
mod json;
pub mod lesson;
pub mod library;
pub mod limits;
mod operations;
mod parts;
mod program;
mod reference;
pub mod run;
mod scenario;
mod schema;
mod sentence;
mod set;
mod shape;
mod signature;
pub mod stepper;
mod symmetry;
mod system;
mod value;
mod view;
mod world;
mod write;

pub use builtin::BuiltIn;
pub use diagnostic::{Diagnostic, Problems, Span, Style};
pub use exercise::{Exercise, exercise};
pub use format::VERSION;
pub use lesson::{Lesson, lesson_schema, solution_schema};
pub use program::Program;
pub use reference::generated;
pub use run::{Run, Simulation, replay, simulate};
pub use scenario::{Invalid, Parameter, Scenario, SettingError, Settings, Variant};
pub use schema::scenario_schema;
pub use set::Set;
pub use value::Owner;
pub use world::World;
