//! The commands and answers of the driver protocol.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version of the protocol.
pub const PROTOCOL: u64 = 1;

/// What the harness says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case")]
pub enum Command {
    /// Who are you?
    Hello,
    /// Let a thread make a call.
    Call {
        /// Joins the answer to it.
        id: u64,
        /// The thread.
        thread: String,
        /// The function.
        op: String,
        /// Its arguments.
        args: Map<String, Value>,
        /// Names for the handles that it gives.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        bind: Vec<String>,
    },
    /// Say when every call that has not returned is waiting.
    Settle {
        /// How long nothing may happen besides.
        quiet_ms: u64,
        /// When to give up.
        limit_ms: u64,
    },
    /// Begin again.
    Reset,
    /// Good bye.
    Quit,
}

/// What a driver says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "ans", rename_all = "snake_case")]
pub enum Answer {
    /// Who it is.
    Hello(Hello),
    /// A call returned.
    Ret {
        /// Which.
        id: u64,
        /// With what.
        res: Map<String, Value>,
    },
    /// The thread ended inside a call.
    Exit {
        /// Which call.
        id: u64,
        /// Which thread.
        thread: String,
    },
    /// The system under test has no such call.
    Unsupported {
        /// Which.
        id: u64,
        /// Why.
        why: String,
    },
    /// The command made no sense.
    Refused {
        /// Which call, if it was one.
        id: Option<u64>,
        /// Why.
        why: String,
    },
    /// Every call that has not returned is waiting.
    Settled {
        /// Those calls.
        waiting: Vec<u64>,
        /// Whether it was seen, and not only assumed after a while.
        #[serde(default)]
        sure: bool,
        /// How it is known.
        #[serde(default)]
        how: String,
    },
    /// Begun again.
    Reset,
    /// Only a new process is fresh.
    Restart,
}

/// Who a driver is and what it can do.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Hello {
    /// The version of the protocol.
    pub protocol: u64,
    /// Its name.
    pub name: String,
    /// Its own version.
    #[serde(default)]
    pub version: String,
    /// The implementation under test.
    #[serde(default)]
    pub system: String,
    /// The calls it can make.
    #[serde(default)]
    pub ops: Vec<String>,
    /// Calls that the implementation under test lacks.
    #[serde(default)]
    pub missing: Vec<String>,
    /// How it knows that calls are waiting.
    #[serde(default)]
    pub settled: String,
    /// `reported` if its threads block outside calls only where it says so, else `unknown`.
    #[serde(default)]
    pub blocking: String,
}
