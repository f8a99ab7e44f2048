//! A case in the words of the driver protocol, with what the model says of each call.

use super::deed::{Act, Fate, Made};
use super::moves::Case;
use super::world::World;
use crate::driver::{AwaitStep, CallStep, Expected, HANDLES, Program, Step};
use iocp_model::{
    Call, Handle, IoCall, IoOp, Notify, Out, Overlapped, Packet, Return, Semantics, Value,
};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// How long a driver may take to tell that a time is up.
const AWAIT_MS: u64 = 1000;

/// How long nothing may happen after a step through a network before it counts as settled: nobody
/// can look into it.
const NETWORK_MS: u64 = 15;

/// The same for a process that has been told to end.
const PROCESS_MS: u64 = 50;
/// The control that asks a socket how much there is to receive.
const FIONREAD: &str = "0x4004667f";

/// A case as a program, and the move that each of its steps belongs to.
#[derive(Clone, PartialEq, Debug)]
pub struct Script {
    /// The program.
    pub program: Program,
    /// The move of each step.
    pub moves: Vec<usize>,
    /// The steps whose calls wait when everything has settled after each step, where that is known.
    pub waiting: Vec<Option<BTreeSet<usize>>>,
}

impl Case {
    /// The program that this case is. What it expects, and which threads it takes to be free, is
    /// what the model does under `semantics`.
    pub fn script(&self, semantics: impl Into<Semantics>) -> Script {
        script(&World::after(self, semantics))
    }
}

/// What a world has done, as a program.
pub(super) fn script(world: &World) -> Script {
    let mut names = Names::default();
    let mut steps = Vec::new();
    for deed in world.deeds() {
        let thread = world.name(deed.thread).to_owned();
        steps.push(match &deed.act {
            Act::Await => Step::Await(AwaitStep { r#await: thread, ms: AWAIT_MS }),
            Act::Call(made) => Step::Call(names.step(thread, made)),
        });
    }
    let rules = world.deeds().len();
    let program = Program {
        format: "iocp-program".to_owned(),
        version: 1,
        name: "case".to_owned(),
        title: format!("A case of {rules} steps"),
        facts: Vec::new(),
        rules: Vec::new(),
        steps,
    };
    let moves = world.deeds().iter().map(|deed| deed.of_move).collect();
    let waiting = world.deeds().iter().map(|deed| deed.waiting.clone()).collect();
    Script { program, moves, waiting }
}

/// What each handle is called. A value that is used again has its newest name.
#[derive(Default)]
pub(crate) struct Names {
    by_handle: BTreeMap<u64, String>,
}

impl Names {
    /// A handle has a name from now on.
    pub(crate) fn know(&mut self, handle: Handle, name: &str) {
        self.by_handle.insert(handle.0, name.to_owned());
    }

    pub(crate) fn of(&self, handle: Handle) -> String {
        match handle {
            Handle::NULL | Handle::INVALID | Handle::CURRENT_THREAD => handle.to_string(),
            Handle(value) => match self.by_handle.get(&(value & !3)) {
                Some(name) => name.clone(),
                None => format!("0x{value:x}"),
            },
        }
    }

    fn step(&mut self, thread: String, made: &Made) -> CallStep {
        // The names of what it opens are not known to its own arguments yet.
        let (op, args) = self.words(&made.call);
        for (handle, name) in &made.bind {
            self.know(*handle, name);
        }
        let windows = match &made.fate {
            Fate::Never => None,
            Fate::Exits => Some(Expected::Word("exit".to_owned())),
            Fate::Returns(result) => Some(Expected::Res(foreseen(self.expected(&op, result)))),
        };
        CallStep {
            thread,
            op,
            args,
            bind: made.bind.iter().map(|(_, name)| name.clone()).collect(),
            quiet_ms: quiet_ms(&made.call),
            waits: made.waits,
            waits_wine: None,
            windows: windows
                .or_else(|| (made.waits == Some(true)).then(|| Expected::Word("never".to_owned()))),
            wine: None,
        }
    }

    /// The name and the arguments of a call.
    pub(crate) fn words(&self, call: &Call) -> (String, Map<String, Json>) {
        if let Call::Io(io) = call {
            return self.operation(io);
        }
        let mut plain = serde_json::to_value(call).expect("calls are plain data");
        let op = plain["op"].as_str().unwrap_or_default().to_owned();
        let Json::Object(fields) = plain["args"].take() else { return (op, Map::new()) };
        let mut args = Map::new();
        for (name, value) in fields {
            let value = match (name.as_str(), &value) {
                (_, Json::Null) => continue,
                (name, Json::Number(number)) if HANDLES.contains(&name) => {
                    json!(self.of(Handle(number.as_u64().unwrap_or(0))))
                }
                ("overlapped" | "context", Json::Number(number)) => {
                    json!(address(Overlapped(number.as_u64().unwrap_or(0))))
                }
                ("timeout", value) => timeout(value),
                // A name is a number of its own.
                ("attributes", Json::Object(named)) => {
                    args.insert("name".to_owned(), named["named"].clone());
                    json!("named")
                }
                ("handles", Json::Array(list)) => {
                    list.iter().map(|h| json!(self.of(Handle(h.as_u64().unwrap_or(0))))).collect()
                }
                // Of an OVERLAPPED that is only looked at, the address says which.
                ("overlapped", Json::Object(argument)) => {
                    json!(address(Overlapped(argument["at"].as_u64().unwrap_or(0))))
                }
                ("status_block", Json::Number(number)) => {
                    json!(address(Overlapped(number.as_u64().unwrap_or(0))))
                }
                (_, Json::Number(number)) => match number.as_u64() {
                    Some(large) if large > u64::from(u32::MAX) => json!(format!("0x{large:x}")),
                    _ => value,
                },
                _ => value,
            };
            args.insert(name, value);
        }
        (op, args)
    }

    fn operation(&self, io: &IoCall) -> (String, Map<String, Json>) {
        let op = serde_json::to_value(io.op).expect("a name");
        let mut args = Map::new();
        args.insert("file".to_owned(), json!(self.of(io.file)));
        args.insert("length".to_owned(), json!(io.length));
        if io.other != Handle::NULL {
            args.insert("other".to_owned(), json!(self.of(io.other)));
        }
        if io.op == IoOp::WSAIoctl {
            args.insert("code".to_owned(), json!(FIONREAD));
        }
        let mut put = |name: &str, value: Json| {
            args.insert(name.to_owned(), value);
        };
        let (event, routine) = match &io.notify {
            Notify::Nothing => (Handle::NULL, None),
            Notify::Overlapped(overlapped) => {
                put("overlapped", json!(address(overlapped.at)));
                (overlapped.event, None)
            }
            Notify::Routine { overlapped, routine } => {
                put("overlapped", json!(address(overlapped.at)));
                (overlapped.event, Some(*routine))
            }
            Notify::Native { event, routine, context, status_block } => {
                put("status_block", json!(address(*status_block)));
                put("context", json!(address(Overlapped(*context))));
                (*event, *routine)
            }
        };
        if event.without_low_bit() != Handle::NULL {
            put("event", json!(self.of(event)));
            put("low_bit", json!(event.low_bit()));
        }
        if let Some(routine) = routine {
            put("routine", json!(routine));
        }
        (op.as_str().unwrap_or_default().to_owned(), args)
    }

    /// What a return looks like, as far as it is certain.
    pub(crate) fn expected(&self, op: &str, result: &Return) -> Map<String, Json> {
        let mut map = Map::new();
        let mut put = |name: &str, value: Json| {
            map.insert(name.to_owned(), value);
        };
        match result.value {
            Value::Bool(value) => put("value", json!(value)),
            Value::Status(status) => put("value", json!(hex32(status.0))),
            // A driver says only whether it is zero.
            Value::Dword(value) if op == "QueueUserAPC" => put("value", json!(value != 0)),
            // The one gives nothing; of the other nobody can say whether a thread was ready to run.
            Value::Dword(_) if matches!(op, "Sleep" | "SwitchToThread") => {}
            Value::Dword(value) => put("value", json!(value)),
            Value::Int(value) => put("value", json!(value)),
            Value::Handle(handle) => put("value", json!(self.of(handle))),
            Value::Void => {}
        }
        let of_a_port = op.starts_with("GetQueued") || op.starts_with("PostQueued");
        if matches!(result.value, Value::Bool(false) | Value::Int(-1)) || of_a_port {
            put("last_error", json!(result.last_error));
        }
        match &result.out {
            Out::Packet { bytes, key, overlapped } => {
                put("bytes", json!(bytes));
                put("key", key.map_or(Json::Null, |key| json!(format!("0x{key:x}"))));
                put("overlapped", json!(address(*overlapped)));
            }
            Out::Removed(packet) => {
                put("key", json!(format!("0x{:x}", packet.key)));
                put("overlapped", json!(address(packet.overlapped)));
                put("status", json!(hex32(packet.status.0)));
                put("information", json!(format!("0x{:x}", packet.information)));
            }
            Out::Entries { count, entries } if !entries.is_empty() => {
                // The Win32 entry has room for 32 bits of the information only.
                let mask = if op.starts_with("Nt") { u64::MAX } else { u64::from(u32::MAX) };
                let entry = |p: &Packet| {
                    json!({
                        "key": format!("0x{:x}", p.key), "overlapped": address(p.overlapped),
                        "information": format!("0x{:x}", p.information & mask),
                    })
                };
                put("count", json!(count));
                put("entries", entries.iter().map(entry).collect());
            }
            Out::Depth(depth) => put("depth", json!(depth)),
            Out::Bytes(bytes) if matches!(result.value, Value::Bool(true) | Value::Int(0)) => {
                put("bytes", json!(bytes));
            }
            Out::Handle(handle) => put("handle", json!(self.of(*handle))),
            Out::Created { process: Some(process), thread } => {
                put("process", json!(self.of(*process)));
                put("thread", json!(self.of(*thread)));
            }
            Out::AlreadySignaled(signaled) => put("already_signaled", json!(signaled)),
            Out::Previous(previous) => put("previous", json!(previous)),
            Out::Modes(modes) => put("modes", json!(modes)),
            _ => {}
        }
        map
    }
}

/// How long nothing may happen after a call until it counts as settled.
fn quiet_ms(call: &Call) -> u64 {
    match call {
        Call::Io(IoCall { op: IoOp::WSASend | IoOp::WSARecv | IoOp::DisconnectEx, .. })
        | Call::Shutdown { .. }
        | Call::SocketPair { .. } => NETWORK_MS,
        Call::TerminateProcess { .. } => PROCESS_MS,
        _ => 0,
    }
}

/// What a program can know before it runs: the numbers of processes, which the packets of jobs
/// carry for an OVERLAPPED, are not among it. (The checker knows them from what was seen.)
fn foreseen(mut res: Map<String, Json>) -> Map<String, Json> {
    let number = |name: &str, value: &Json| {
        name == "overlapped" && value.as_str().is_some_and(|text| text.starts_with("0x"))
    };
    res.retain(|name, value| !number(name, value));
    for entry in res.get_mut("entries").and_then(Json::as_array_mut).into_iter().flatten() {
        if let Json::Object(entry) = entry {
            entry.retain(|name, value| !number(name, value));
        }
    }
    res
}

fn hex32(value: u32) -> String {
    format!("0x{value:08x}")
}

fn address(overlapped: Overlapped) -> String {
    match overlapped.number() {
        Some(number) => format!("o{number}"),
        None if overlapped == Overlapped::NULL => "NULL".to_owned(),
        None => format!("0x{:x}", overlapped.0),
    }
}

fn timeout(value: &Json) -> Json {
    match value {
        Json::String(word) if word == "zero" => json!(0),
        Json::String(word) => json!(word),
        other => json!(other["finite"].as_u64().unwrap_or(0) / 1000),
    }
}

/// A program as lines for people: the thread, the call, and what the model says of it.
pub fn lines(program: &Program) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, step) in program.steps.iter().enumerate() {
        let number = index + 1;
        lines.push(match step {
            Step::Await(step) => format!("{number:>3}  {}  (its time is up)", step.r#await),
            Step::Call(step) => {
                let argument = |(name, value): (&String, &Json)| match value {
                    Json::String(text) => format!("{name}={text}"),
                    other => format!("{name}={other}"),
                };
                let arguments: Vec<String> = step.args.iter().map(argument).collect();
                let bind = match step.bind.as_slice() {
                    [] => String::new(),
                    names => format!(" as {}", names.join(", ")),
                };
                let waits = if step.waits == Some(true) { "waits" } else { "" };
                let end = match &step.windows {
                    None => String::new(),
                    Some(Expected::Word(word)) => word.clone(),
                    Some(Expected::Res(res)) => Json::Object(res.clone()).to_string(),
                };
                let both = [waits, end.as_str()].into_iter().filter(|text| !text.is_empty());
                let both = both.collect::<Vec<_>>().join(", then ");
                let (thread, op) = (&step.thread, &step.op);
                format!("{number:>3}  {thread}  {op}({}){bind}  -> {both}", arguments.join(", "))
            }
        });
    }
    lines
}
