//! What a driver can be asked for, and how: which calls, for how long they wait, when a device
//! counts as quiet.

use super::script::Unsayable;
use iocp_model::{Call, FileKind, Handle, IoOp, Notify, Return, Ticks, Value};
use serde_json::{Map, Value as Json, json};

/// How long a wait is that does not run out, and the longest of those that do.
const LONG_MS: u64 = 10_000;
/// How long nothing may happen before a device counts as quiet.
const QUIET_MS: u64 = 30;
/// OVERLAPPEDs that a driver has.
const SLOTS: u16 = 60;

/// The longest of the waits that run out.
const SHORT_MS: u64 = 30;

/// A write of no bytes ends no read.
pub(super) fn some(bytes: u64) -> Result<(), Unsayable> {
    if bytes == 0 {
        let what = "its device ends an operation with no bytes, which a pipe in its place does not";
        return Err(Unsayable(what.to_owned()));
    }
    Ok(())
}

/// What a control does is in its code, which a scenario leaves out.
pub(super) fn controls(op: IoOp) -> bool {
    matches!(
        op,
        IoOp::DeviceIoControl
            | IoOp::NtDeviceIoControlFile
            | IoOp::NtFsControlFile
            | IoOp::WSAIoctl
    )
}

/// Devices do their work unseen.
pub(super) fn quiet(op: &str, args: &Map<String, Json>) -> u64 {
    let device = matches!(op, "ConnectEx" | "connect" | "send" | "sendto" | "touch" | "abort")
        || matches!(op, "TransmitFile" | "DisconnectEx" | "AcceptEx")
        || matches!(op, "WSASend" | "WSASendTo" | "Shutdown" | "CloseHandle")
        || args.contains_key("overlapped") && op.ends_with("File")
        || args.contains_key("status_block");
    if device { QUIET_MS } else { 0 }
}

pub(super) fn letter(op: &str) -> char {
    match op {
        "CreateIoCompletionPort" | "NtCreateIoCompletion" | "NtOpenIoCompletion" => 'P',
        "CreateFile" | "CreateNamedPipe" | "OpenNamedPipe" | "SocketPair" => 'F',
        "CreateEvent" => 'E',
        "CreateSemaphore" => 'S',
        "CreateMutex" => 'X',
        "CreateJobObject" => 'J',
        _ => 'H',
    }
}

pub(super) fn timed_out(result: &Return) -> bool {
    const WAIT_TIMEOUT: u32 = 258;
    match result.value {
        Value::Status(status) => status.0 == WAIT_TIMEOUT,
        Value::Dword(value) => value == WAIT_TIMEOUT,
        Value::Bool(false) => result.last_error == Some(WAIT_TIMEOUT),
        Value::Void => true,
        _ => false,
    }
}

/// What no driver in user mode can bring about.
pub(super) fn sayable(call: &Call) -> Result<(), Unsayable> {
    let no = |what: &str| Err(Unsayable(what.to_owned()));
    match call {
        Call::CreateFile { kind: FileKind::PipeServer | FileKind::PipeClient, .. } => {
            no("its file is one end of a pipe without the other")
        }
        Call::AfdPoll { .. } => no("it polls sockets, for which the driver protocol has no words"),
        Call::CreateProcess { .. } => {
            no("it starts processes, whose threads a driver cannot conduct")
        }
        Call::Io(io) if matches!(io.op, IoOp::WaitCommEvent) => no("it needs a serial port"),
        Call::Io(io) => match io.notify {
            Notify::Overlapped(overlapped) | Notify::Routine { overlapped, .. } => {
                match overlapped.at.number() {
                    Some(number) if number < SLOTS => Ok(()),
                    None if overlapped.at.0 == 0 => Ok(()),
                    _ => no("it uses more OVERLAPPEDs than a driver has"),
                }
            }
            Notify::Native { status_block, .. } => match status_block.number() {
                Some(number) if number < SLOTS => Ok(()),
                _ => no("it uses more status blocks than a driver has"),
            },
            Notify::Nothing => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A concurrency value of 0 is as many processors as the scenario has, wherever it is run.
pub(super) fn counted(mut call: Call, processors: u32) -> Call {
    match &mut call {
        Call::NtCreateIoCompletion { concurrency, .. } if *concurrency == 0 => {
            *concurrency = processors;
        }
        Call::CreateIoCompletionPort { existing_port: Handle::NULL, concurrency, .. }
            if *concurrency == 0 =>
        {
            *concurrency = processors;
        }
        _ => {}
    }
    call
}

/// A wait that runs out does so soon, any other is long enough for a slow machine.
pub(super) fn on_the_clock(call: &Call, result: Option<&Return>) -> Call {
    let mut plain = serde_json::to_value(call).expect("calls are plain data");
    let Some(Json::Object(timeout)) = plain.pointer_mut("/args/timeout") else {
        return call.clone();
    };
    let ticks = timeout.get("finite").and_then(Json::as_u64).unwrap_or(0);
    let sleeps = matches!(call, Call::Sleep { .. } | Call::SleepEx { .. });
    let runs_out = result.is_some_and(timed_out) || sleeps;
    let milliseconds: Ticks = if runs_out { (ticks / 1000).clamp(1, SHORT_MS) } else { LONG_MS };
    timeout.insert("finite".to_owned(), json!(milliseconds * 1000));
    serde_json::from_value(plain).unwrap_or_else(|_| call.clone())
}
