//! Tests a completion port of your own with random programs, and makes what fails small.
//!
//! ```text
//! Config -> Case (data) -> World (the model) -> program -> Conductor -> your port
//!             ^  ^             | rules, transitions               |
//!             |  `- corpus <---'                                  v
//!           shrink <--------------------------- judge: compare, then the checker
//! ```
//!
//! A *case* is a list of moves that any bytes can be ([`Case`]); what a move is not possible for is
//! left out, so that a case may be cut anywhere. The model says what each call gives, and which of
//! its rules and transitions a case reaches: those that reach new ones are tried first.
//!
//! # A port in Rust
//!
//! Implement [`PortUnderTest`], and write one line in a test.
//!
//! ```
//! use iocp_oracle::model::Packet;
//! use iocp_oracle::harness::{PortUnderTest, Told};
//! use iocp_oracle::threaded::Ended;
//! use std::collections::VecDeque;
//! use std::sync::{Arc, Condvar, Mutex};
//! use std::thread::{ThreadId, current};
//! use std::time::{Duration, Instant};
//!
//! /// A thread that waits, and what it is given.
//! struct Waiter { thread: ThreadId, gift: Mutex<Option<Result<Packet, Ended>>>, told: Condvar }
//!
//! #[derive(Default)]
//! struct State {
//!     packets: VecDeque<Packet>,     // oldest first
//!     waiters: Vec<Arc<Waiter>>,     // the last one is served first
//!     active: Vec<ThreadId>,         // threads that asked here and run
//!     closed: bool,
//! }
//!
//! struct MyPort { limit: usize, state: Mutex<State> }
//!
//! impl State {
//!     /// Hands packets over while there are packets, waiters and places.
//!     fn hand_over(&mut self, limit: usize) {
//!         while self.active.len() < limit && !self.packets.is_empty() {
//!             let Some(waiter) = self.waiters.pop() else { return };
//!             self.active.push(waiter.thread);
//!             *waiter.gift.lock().unwrap() = self.packets.pop_front().map(Ok);
//!             waiter.told.notify_one();
//!         }
//!     }
//! }
//!
//! impl PortUnderTest for MyPort {
//!     fn create(concurrency: u32) -> MyPort {
//!         MyPort { limit: concurrency as usize, state: Mutex::default() }
//!     }
//!
//!     fn post(&self, packet: Packet) -> Result<(), Ended> {
//!         let mut state = self.state.lock().unwrap();
//!         if state.closed { return Err(Ended::Closed) }
//!         state.packets.push_back(packet);
//!         state.hand_over(self.limit);
//!         Ok(())
//!     }
//!
//!     fn remove(&self, max: usize, timeout: Option<Duration>) -> Result<Vec<Packet>, Ended> {
//!         let me = current().id();
//!         let mut state = self.state.lock().unwrap();
//!         if state.closed { return Err(Ended::Closed) }
//!         state.active.retain(|thread| *thread != me); // who asks again gives its place back
//!         if !state.packets.is_empty() && state.active.len() < self.limit {
//!             state.active.push(me);
//!             let count = max.min(state.packets.len());
//!             return Ok(state.packets.drain(..count).collect());
//!         }
//!         if timeout == Some(Duration::ZERO) {
//!             state.active.push(me);
//!             return Err(Ended::TimedOut);
//!         }
//!         let (gift, told) = (Mutex::new(None), Condvar::new());
//!         let waiter = Arc::new(Waiter { thread: me, gift, told });
//!         state.waiters.push(Arc::clone(&waiter));
//!         drop(state);
//!         let until = timeout.map(|timeout| Instant::now() + timeout);
//!         let mut gift = waiter.gift.lock().unwrap();
//!         loop {
//!             if let Some(gift) = gift.take() { return gift.map(|packet| vec![packet]) }
//!             match until {
//!                 None => gift = waiter.told.wait(gift).unwrap(),
//!                 Some(until) if Instant::now() < until => {
//!                     let left = until - Instant::now();
//!                     gift = waiter.told.wait_timeout(gift, left).unwrap().0;
//!                 }
//!                 Some(_) => break,
//!             }
//!         }
//!         drop(gift); // the state is locked first, always
//!         let mut state = self.state.lock().unwrap();
//!         if let Some(gift) = waiter.gift.lock().unwrap().take() {
//!             return gift.map(|packet| vec![packet]); // it came in the last moment
//!         }
//!         state.waiters.retain(|other| !Arc::ptr_eq(other, &waiter));
//!         state.active.push(me);
//!         Err(Ended::TimedOut)
//!     }
//!
//!     fn close(&self) {
//!         let mut state = self.state.lock().unwrap();
//!         state.closed = true;
//!         state.packets.clear();
//!         for waiter in state.waiters.drain(..) {
//!             *waiter.gift.lock().unwrap() = Some(Err(Ended::Abandoned));
//!             waiter.told.notify_one();
//!         }
//!     }
//!
//!     fn thread_blocks(&self) -> Told {
//!         let (me, mut state) = (current().id(), self.state.lock().unwrap());
//!         state.active.retain(|thread| *thread != me);
//!         state.hand_over(self.limit);
//!         Told::Heard
//!     }
//!
//!     fn thread_resumes(&self) {
//!         self.state.lock().unwrap().active.push(current().id());
//!     }
//!
//!     fn thread_leaves(&self) -> Told {
//!         self.thread_blocks()
//!     }
//! }
//!
//! // #[test]
//! fn my_port_behaves_like_windows() {
//!     iocp_oracle::check::<MyPort>();
//! }
//! # my_port_behaves_like_windows();
//! ```
//!
//! A failure prints the program, the trace, the diagnosis and the line that replays it; the case is
//! kept in a file and tried first from then on. [`check_with`] takes a [`Config`]: level, sizes,
//! weights, semantics, declared differences.
//!
//! With the feature `proptest` the cases are a strategy (`programs`), with `state-machine` the
//! model is a reference machine for `proptest-state-machine` (`machine::Model`).
//!
//! # Anything else
//!
//! [`search`] takes every [`Implementation`](crate::driver::Implementation): a driver in another
//! process, say. `iocp fuzz --driver ...` is that as a command.
//!
//! Owns cases and the search for those that fail. It must never know how a driver is spoken to.

mod adapter;
mod config;
mod confirm;
mod coverage;
mod deed;
mod failure;
mod fnv;
mod judge;
#[cfg(feature = "state-machine")]
pub mod machine;
mod model;
mod moves;
mod needs;
mod port;
pub mod regressions;
mod script;
mod search;
mod shrink;
#[cfg(feature = "proptest")]
mod strategy;
mod test;
mod token;
mod walk;
mod world;

pub use adapter::PortDriver;
pub use config::Config;
pub use coverage::{Coverage, Reached};
pub use deed::{Act, Deed, Fate, Made};
pub use failure::program as program_text;
pub use judge::{Outcome, Violation, Wrong, judge};
pub use model::ModelDriver;
pub use moves::{Case, Kind, Level, MOVES_MAX, Move, PORTS_MAX, WORKERS_MAX};
pub use port::{PortUnderTest, Told};
pub(crate) use script::Names;
pub use script::{Script, lines};
pub use search::{Failure, Findings, Progress, Search, search};
pub use shrink::{Shrunk, shrink};
#[cfg(feature = "proptest")]
pub use strategy::{CaseTree, Programs, programs};
pub use test::{check, check_implementation, check_with};
pub use token::TokenError;
pub use walk::Dice;
pub use world::World;
