//! The judge: is this trace of a completion port allowed?
//!
//! ```
//! use iocp_oracle::check::{Options, Verdict, check};
//!
//! let trace = r#"{"ev":"meta","format":"iocp-trace","version":1}
//! {"ev":"call","id":1,"tid":1,"op":"NtCreateIoCompletion","args":{"access":2031619,"attributes":"null","concurrency":1}}
//! {"ev":"ret","id":1,"res":{"status":0,"handle":"0x30"}}
//! {"ev":"call","id":2,"tid":1,"op":"NtQueryIoCompletion","args":{"port":"0x30","class":0,"length":4}}
//! {"ev":"ret","id":2,"res":{"status":0,"depth":1}}
//! {"ev":"end"}
//! "#;
//! let report = check(trace.as_bytes(), &Options::default()).unwrap();
//! assert_eq!((report.verdict, report.line), (Verdict::Diverges, Some(5)));
//! ```
//!
//! [`check`] keeps every state that the model could be in and follows the trace through them. It
//! owns neither files nor clocks: a reader comes in, a [`Report`] goes out, and a time limit is a
//! question that the caller answers ([`Options::stop`]).

mod actors;
mod diagnose;
mod engine;
mod events;
mod explain;
mod fifo;
mod handles;
mod history;
mod history_facts;
mod history_story;
mod judge;
mod live;
mod moves;
mod options;
mod render;
mod report;
mod resume;
mod script;
mod state;
mod together;

pub use judge::check;
pub use live::Checker;
pub use options::{Limit, Options};
pub use report::{Assumption, Diagnosis, Divergence, Doubt, Excerpt, Report, Story, Verdict};
pub use together::{Together, Unread, check_together};
