//! A branch as a C program for Windows: each thread of the scenario a real one, each call of the
//! run a real call, in the order of the run, and every result held against the model's.
//!
//! Threads take orders by spinning, for one that slept would no longer count as active. What a
//! program cannot order (a device that completes) or what needs another program (files, pipes,
//! sockets, jobs) is not written: the answer then says what it is.

use std::collections::BTreeMap;
use std::fmt::Write;

use iocp_model::{Access, Attributes, Call, Handle, Out, Overlapped, Return, Timeout, Value};
use iocp_scenarios::run::{Happening, Run};
use iocp_scenarios::{Program, Set, replay};

use super::{Session, SessionError, in_words};

const STRING: &str = "a string takes all";
const FRAME: &str = include_str!("frame.c");

/// The program, or what stands in its way.
///
/// # Errors
/// If there is no such branch, or something in it cannot be written as C.
pub fn c_program(session: &mut Session, number: usize) -> Result<String, SessionError> {
    let schedule = session.schedule(number)?;
    let title = session.scenario.title().to_owned();
    let program = session.branches[number].program();
    let (run, _) = replay(program, &schedule, schedule.choices().len());
    let names: Vec<&str> = program.thread_names().collect();
    let stage = stage(program)?;
    let returns: BTreeMap<u64, &Return> = run
        .events
        .iter()
        .filter_map(|event| match &event.what {
            Happening::Return { id, result, .. } => Some((*id, result)),
            _ => None,
        })
        .collect();
    let mut steps = String::new();
    for event in &run.events {
        if let Happening::Call { id, thread, call } = &event.what {
            let body = call_text(call, returns.get(id).copied())?;
            writeln!(steps, "    case {id}: /* {} */", comment(names[*thread])).expect(STRING);
            steps.push_str(&body);
            steps.push_str("        break;\n");
        }
    }
    let calls = run.events.iter().filter(|e| matches!(e.what, Happening::Call { .. })).count();
    let quoted = names.iter().map(|name| format!("\"{}\"", comment(name)));
    let about = format!("{}; {}", comment(&title), comment(&in_words(program.semantics())));
    Ok(FRAME
        .replace("@ABOUT@", &about)
        .replace("@CALLS@", &calls.max(1).to_string())
        .replace("@THREADS@", &names.len().to_string())
        .replace("@NAMES@", &quoted.collect::<Vec<_>>().join(", "))
        .replace("@STEPS@", &steps)
        .replace("@STAGE@", &stage)
        .replace("@ORDER@", &order(&run)))
}

/// What no text may do to a comment or a string of C.
fn comment(text: &str) -> String {
    let plain = |c: char| match c {
        ' '..='~' if !matches!(c, '*' | '/' | '"' | '\\' | '?') => c,
        _ => '_',
    };
    text.chars().map(plain).collect()
}

fn cannot<T>(what: &str) -> Result<T, SessionError> {
    Err(SessionError::Setting(format!("this run is not written as C: it has {what}")))
}

/// How the stage is set: the calls that the model sets it with.
fn stage(program: &Program) -> Result<String, SessionError> {
    let mut out = String::new();
    for set in program.stage() {
        match set {
            Set::Call { call, result, .. } => out.push_str(&call_text(call, Some(result))?),
            Set::First { .. } | Set::Further { .. } => return cannot("a second process"),
        }
    }
    Ok(out)
}

/// The orders of the run, one after the other.
fn order(run: &Run) -> String {
    let mut out = String::new();
    let mut put = |line: String| writeln!(out, "    {line}").expect(STRING);
    for (index, event) in run.events.iter().enumerate() {
        match &event.what {
            Happening::Call { id, thread, .. } => {
                put(format!("order({thread}, {id});"));
                let comes = |e: &iocp_scenarios::run::Event| match &e.what {
                    Happening::Return { id: other, .. } => other == id,
                    Happening::Waiting { thread: other } => other == thread,
                    _ => false,
                };
                let next = run.events[index + 1..].iter().find(|e| comes(e));
                let returns = next.is_some_and(|e| matches!(e.what, Happening::Return { .. }));
                if !returns {
                    put(format!("waits({thread}, {id});"));
                }
            }
            Happening::Return { id, thread, .. } => put(format!("returns({thread}, {id});")),
            Happening::Block { thread } => put(format!("blocks({thread});")),
            Happening::Unblock { thread } => put(format!("resumes({thread});")),
            Happening::Exit { thread } => put(format!("leaves({thread});")),
            // Files, which these are about, are not written at all.
            Happening::Waiting { .. } | Happening::Device { .. } | Happening::Arrive { .. } => {}
        }
    }
    out
}

fn handle_text(handle: Handle) -> Result<String, SessionError> {
    match handle {
        Handle::NULL => Ok("NULL".to_owned()),
        Handle::INVALID => Ok("INVALID_HANDLE_VALUE".to_owned()),
        other => match other.index() {
            Some(index) if index < 256 => Ok(format!("handles[{index}]")),
            _ => cannot("a handle that is none"),
        },
    }
}

fn overlapped_text(at: Overlapped) -> String {
    match at.number() {
        Some(number) => format!("&overlapped[{}]", number % 4096),
        None if at == Overlapped::NULL => "NULL".to_owned(),
        None => format!("(OVERLAPPED *)0x{:x}", at.0),
    }
}

fn timeout_text(timeout: Timeout) -> String {
    match timeout {
        Timeout::Zero => "0".to_owned(),
        Timeout::Infinite => "INFINITE".to_owned(),
        Timeout::Finite(ticks) => ticks.div_ceil(1000).min(60_000).to_string(),
    }
}

/// A call with what is to come of it.
fn call_text(call: &Call, result: Option<&Return>) -> Result<String, SessionError> {
    let mut out = String::new();
    let mut put = |line: String| writeln!(out, "        {line}").expect(STRING);
    match call {
        Call::CreateIoCompletionPort { file, existing_port, key, concurrency } => {
            let (file, port) = (handle_text(*file)?, handle_text(*existing_port)?);
            let call = format!("CreateIoCompletionPort({file}, {port}, {key}, {concurrency})");
            match result.map(|result| &result.value) {
                Some(Value::Handle(handle)) if *handle != Handle::NULL => {
                    let handle = handle_text(*handle)?;
                    put(format!("{handle} = {call};"));
                    put(format!("expect(number, \"a handle\", {handle} != NULL, 1);"));
                }
                _ => put(format!("expect(number, \"a handle\", {call} != NULL, 0);")),
            }
        }
        // The same port, made by the call that programs use.
        Call::NtCreateIoCompletion { access, attributes: Attributes::Null, concurrency }
            if access.has(Access::ALL) =>
        {
            let made = result.map(|result| &result.out);
            let Some(Out::Handle(made)) = made else { return cannot("a port that is not made") };
            let call = "CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0,";
            put(format!("{} = {call} {concurrency});", handle_text(*made)?));
        }
        Call::PostQueuedCompletionStatus { port, bytes, key, overlapped } => {
            let (port, at) = (handle_text(*port)?, overlapped_text(*overlapped));
            put(format!("ok = PostQueuedCompletionStatus({port}, {bytes}, {key}u, {at});"));
            boolean(result, &mut put);
        }
        Call::GetQueuedCompletionStatus { port, timeout } => {
            let (port, timeout) = (handle_text(*port)?, timeout_text(*timeout));
            put("bytes = 0xDDDDDDDD; key = 0xDDDDDDDD; at = (OVERLAPPED *)0xDDDDDDD0;".to_owned());
            put(format!("ok = GetQueuedCompletionStatus({port}, &bytes, &key, &at, {timeout});"));
            boolean(result, &mut put);
            if let Some(Return { out: Out::Packet { bytes, key, overlapped }, .. }) = result {
                if let Some(bytes) = bytes {
                    put(format!("expect(number, \"bytes\", bytes, {bytes}u);"));
                }
                if let Some(key) = key {
                    put(format!("expect(number, \"key\", key, {key}u);"));
                }
                let want = overlapped_text(*overlapped);
                put(format!("expect(number, \"OVERLAPPED\", at == {want}, 1);"));
            }
        }
        Call::GetQueuedCompletionStatusEx { port, count, timeout, alertable } => {
            let (port, timeout) = (handle_text(*port)?, timeout_text(*timeout));
            let room = (*count).min(64);
            put(format!(
                "ok = GetQueuedCompletionStatusEx({port}, entries, {room}, &count, {timeout}, {});",
                u8::from(*alertable)
            ));
            boolean(result, &mut put);
            if let Some(Return { out: Out::Entries { count, entries }, value, .. }) = result
                && *value == Value::Bool(true)
            {
                put(format!("expect(number, \"entries\", count, {count});"));
                for (index, packet) in entries.iter().enumerate() {
                    let key = packet.key;
                    put(format!(
                        "expect(number, \"key\", entries[{index}].lpCompletionKey, {key}u);"
                    ));
                }
            }
        }
        other => return other_call(other, result),
    }
    Ok(out)
}

/// A call that is about no port.
fn other_call(call: &Call, result: Option<&Return>) -> Result<String, SessionError> {
    let mut out = String::new();
    let mut put = |line: String| writeln!(out, "        {line}").expect(STRING);
    match call {
        Call::CloseHandle { handle } => {
            put(format!("ok = CloseHandle({});", handle_text(*handle)?));
            boolean(result, &mut put);
        }
        Call::Sleep { timeout } => put(format!("Sleep({});", timeout_text(*timeout))),
        Call::SwitchToThread {} => put("SwitchToThread();".to_owned()),
        Call::SetLastError { error } => put(format!("SetLastError({error});")),
        Call::CreateEvent { manual_reset, initial } => {
            let (manual, initial) = (u8::from(*manual_reset), u8::from(*initial));
            if let Some(Value::Handle(handle)) = result.map(|result| &result.value) {
                let handle = handle_text(*handle)?;
                put(format!("{handle} = CreateEventA(NULL, {manual}, {initial}, NULL);"));
            }
        }
        Call::SetEvent { event } => {
            put(format!("ok = SetEvent({});", handle_text(*event)?));
            boolean(result, &mut put);
        }
        Call::WaitForSingleObject { handle, timeout } => {
            let (handle, timeout) = (handle_text(*handle)?, timeout_text(*timeout));
            put(format!("bytes = WaitForSingleObject({handle}, {timeout});"));
            if let Some(Value::Dword(want)) = result.map(|result| &result.value) {
                put(format!("expect(number, \"result\", bytes, {want}u);"));
            }
        }
        other => {
            let name = format!("{other:?}");
            let name = name.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
            return cannot(&format!("a call of {name}"));
        }
    }
    Ok(out)
}

/// A BOOL, and the last error behind a FALSE.
fn boolean(result: Option<&Return>, put: &mut impl FnMut(String)) {
    let Some(result) = result else { return };
    put("if (!ok) error = GetLastError();".to_owned());
    if let Value::Bool(want) = result.value {
        put(format!("expect(number, \"result\", ok != 0, {});", u8::from(want)));
        if let (false, Some(error)) = (want, result.last_error) {
            put(format!("expect(number, \"last error\", error, {error});"));
        }
    }
}
