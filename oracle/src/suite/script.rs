//! Calls of the model as the steps of a program, in the words of the driver protocol.

use super::sayable::{controls, counted, letter, on_the_clock, quiet, sayable, some, timed_out};
use crate::driver::{AwaitStep, CallStep, Expected, Numbers, Program, Step};
use crate::harness::Names;
use crate::trace::Res;
use iocp_model::{Arrival, Call, FileKind, Handle, IoCall, IoOp, NtStatus, Reply, Return};
use iocp_scenarios::{Program as Compiled, Set};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The thread that sets the stage, and does what somebody outside does.
const MASTER: &str = "outside";
/// How long a wait is that does not run out, and the longest of those that do.
const LONG_MS: u64 = 10_000;
/// Handles of the ends that devices have, of which the model knows nothing.
const DEVICE_ENDS: u64 = 0x4000_0000;
/// An OVERLAPPED for what somebody outside writes.
const OUTSIDE_SLOT: &str = "o63";

/// What the protocol has no words for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unsayable(pub(super) String);

/// A program in the making.
pub(super) struct Cast {
    threads: Vec<String>,
    names: Names,
    numbers: Numbers,
    steps: Vec<Step>,
    /// What each step gave in the run.
    pub(super) wanted: Vec<Option<Expected>>,
    pub(super) calls_of_run: usize,
    opened: usize,
    /// The step of each call that has not returned, by id, with its thread.
    open: BTreeMap<u64, (usize, usize)>,
    /// Threads that have an event to block on.
    events: BTreeSet<usize>,
    files: BTreeMap<u64, FileKind>,
    /// The other end of a pipe or a connection.
    ends: BTreeMap<u64, Handle>,
    outside: usize,
    ended: BTreeSet<usize>,
    /// What a concurrency value of 0 is.
    processors: u32,
}

impl Cast {
    pub(super) fn new(threads: Vec<String>, processors: u32) -> Cast {
        Cast {
            threads,
            names: Names::default(),
            numbers: Numbers::default(),
            steps: Vec::new(),
            wanted: Vec::new(),
            calls_of_run: 0,
            opened: 0,
            open: BTreeMap::new(),
            events: BTreeSet::new(),
            files: BTreeMap::new(),
            ends: BTreeMap::new(),
            outside: 0,
            ended: BTreeSet::new(),
            processors,
        }
    }

    /// The calls with which the stage was set.
    pub(super) fn set_stage(&mut self, compiled: &Compiled) -> Result<(), Unsayable> {
        for set in compiled.stage() {
            let Set::Call { thread, call, result } = set else {
                let what = "it has threads in a second process, and a driver is one process";
                return Err(Unsayable(what.to_owned()));
            };
            let name = match compiled.actor_of(*thread) {
                Some(actor) => self.threads[actor].clone(),
                None => MASTER.to_owned(),
            };
            self.step(name, call, Some(result))?;
        }
        Ok(())
    }

    /// A call of the run, and what it returns in the end.
    pub(super) fn call(
        &mut self,
        thread: usize,
        id: u64,
        call: &Call,
        result: Option<&Return>,
    ) -> Result<(), Unsayable> {
        self.calls_of_run += 1;
        self.open.insert(id, (self.steps.len(), thread));
        self.step(self.threads[thread].clone(), call, result)
    }

    /// A wait that has run out is waited for.
    pub(super) fn returned(&mut self, thread: usize, id: u64, result: &Return) {
        let Some((step, _)) = self.open.remove(&id) else { return };
        let Some(Step::Call(call)) = self.steps.get(step) else { return };
        let finite = call.args.get("timeout").and_then(Json::as_u64).is_some_and(|ms| ms > 0);
        if finite && timed_out(result) {
            let r#await = self.threads[thread].clone();
            self.push(Step::Await(AwaitStep { r#await, ms: LONG_MS }), None);
        }
    }

    /// A thread waits outside: for an event of its own.
    pub(super) fn block(&mut self, thread: usize) {
        let name = self.threads[thread].clone();
        let event = format!("blocks-{name}");
        if self.events.insert(thread) {
            let args = json!({ "manual_reset": false, "initial": false });
            self.say(MASTER, "CreateEvent", args, vec![event.clone()]);
        }
        let args = json!({ "handle": event, "timeout": "infinite" });
        self.say(&name, "WaitForSingleObject", args, Vec::new());
    }

    pub(super) fn unblock(&mut self, thread: usize) {
        let event = format!("blocks-{}", self.threads[thread]);
        self.say(MASTER, "SetEvent", json!({ "event": event }), Vec::new());
    }

    /// A thread ends: by itself, unless a call that is open ends it.
    pub(super) fn exit(&mut self, thread: usize) {
        let ends = |(step, caller): &(usize, usize)| {
            let Some(Step::Call(call)) = self.steps.get(*step) else { return false };
            let by_another = call.op.starts_with("Terminate") || call.op == "ExitProcess";
            by_another || (*caller == thread && call.op == "ExitThread")
        };
        if self.ended.insert(thread) && !self.open.values().any(ends) {
            let name = self.threads[thread].clone();
            self.say(&name, "ExitThread", json!({}), Vec::new());
        }
    }

    /// What somebody outside does.
    pub(super) fn arrive(&mut self, file: Option<Handle>, what: Arrival) -> Result<(), Unsayable> {
        let unknown = || Unsayable("something arrives at a file that nobody has opened".to_owned());
        let handle = file.ok_or_else(unknown)?;
        let kind = self.files.get(&handle.0).copied().ok_or_else(unknown)?;
        let name = self.names.of(handle);
        let end = self.ends.get(&handle.0).map(|end| self.names.of(*end));
        let pipe = matches!(kind, FileKind::PipeServer | FileKind::PipeClient);
        match (kind, what, end) {
            (FileKind::Listener, Arrival::Connect, _) => {
                self.outside += 1;
                let client = format!("outside-{}", self.outside);
                self.say(MASTER, "connect", json!({ "file": name }), vec![client]);
            }
            (FileKind::PipeServer, Arrival::Connect, _) => {
                self.outside += 1;
                let client = format!("outside-{}", self.outside);
                let args = json!({ "server": name, "overlapped": true });
                self.say(MASTER, "OpenNamedPipe", args, vec![client]);
            }
            (FileKind::Datagram, Arrival::Data(bytes), _) => {
                self.say(MASTER, "sendto", json!({ "file": name, "length": bytes }), Vec::new());
            }
            (FileKind::Directory, Arrival::Data(16), _) => {
                self.say(MASTER, "touch", json!({ "file": name }), Vec::new());
            }
            (_, Arrival::Data(bytes), Some(end)) if pipe => {
                self.data(&end, u64::from(bytes));
            }
            (FileKind::Stream, Arrival::Data(bytes), Some(end)) => {
                self.say(MASTER, "send", json!({ "file": end, "length": bytes }), Vec::new());
            }
            (FileKind::Stream, Arrival::Reset, Some(end)) => {
                self.say(MASTER, "abort", json!({ "file": end }), Vec::new());
            }
            (_, Arrival::Close, Some(end)) => {
                self.say(MASTER, "CloseHandle", json!({ "handle": end }), Vec::new());
            }
            _ => {
                let what = "what arrives comes from outside, and no call says who is there";
                return Err(Unsayable(what.to_owned()));
            }
        }
        Ok(())
    }

    fn push(&mut self, step: Step, wanted: Option<Expected>) {
        self.steps.push(step);
        self.wanted.push(wanted);
    }

    fn say(&mut self, thread: &str, op: &str, args: Json, bind: Vec<String>) {
        let Json::Object(args) = args else { return };
        bind.iter().for_each(|name| self.numbers.know(name, 0x10_0000 + self.steps.len() as u64));
        let quiet_ms = quiet(op, &args);
        let step = CallStep { bind, quiet_ms, ..CallStep::new(thread, op, args) };
        self.push(Step::Call(step), None);
    }

    fn step(
        &mut self,
        thread: String,
        call: &Call,
        result: Option<&Return>,
    ) -> Result<(), Unsayable> {
        sayable(call)?;
        if let Call::CreateFile { kind: FileKind::Device, overlapped, .. } = call {
            self.device(&thread, *overlapped, result);
            return Ok(());
        }
        let call = &counted(on_the_clock(call, result), self.processors);
        let call = &self.on_a_pipe(call)?;
        if let Call::Io(io) = call
            && controls(io.op)
        {
            return Err(Unsayable("it makes a control whose code it does not say".to_owned()));
        }
        let (op, args) = self.names.words(call);
        if self.numbers.call(&thread, &op, &args).is_none() {
            return Err(Unsayable(format!("the protocol cannot say this {op}")));
        }
        if op == "ConnectEx" {
            self.bind_socket(&args);
        }
        let bind = self.opens(call, &op, result);
        let wanted = result.map(|result| Expected::Res(self.names.expected(&op, result)));
        let quiet_ms = quiet(&op, &args);
        let step = CallStep { bind, quiet_ms, ..CallStep::new(&thread, &op, args) };
        self.push(Step::Call(step), wanted);
        Ok(())
    }

    /// A socket that connects must have been bound.
    fn bind_socket(&mut self, connect: &Map<String, Json>) {
        let name = connect.get("file").and_then(Json::as_str).unwrap_or_default().to_owned();
        let made = self.steps.iter_mut().rev().find_map(|step| match step {
            Step::Call(call) if call.bind.contains(&name) => Some(call),
            _ => None,
        });
        if let Some(call) = made {
            call.args.insert("bound".to_owned(), json!(true));
        }
    }

    /// A device of the scenario's own is the client of a pipe here: it takes long if nobody writes
    /// to it, and ends when somebody does.
    fn device(&mut self, thread: &str, overlapped: bool, result: Option<&Return>) {
        let Some(Handle(handle)) = result.and_then(|r| Res::from_return(r).handle).map(Handle)
        else {
            return;
        };
        self.opened += 1;
        let name = format!("F{}", self.opened);
        let peer = format!("{name}-device");
        // The low bits of a handle mean nothing.
        let end = Handle(DEVICE_ENDS + 4 * self.opened as u64);
        self.names.know(end, &peer);
        let args = json!({ "overlapped": true, "message": false });
        self.say(MASTER, "CreateNamedPipe", args, vec![peer.clone()]);
        let args = json!({ "server": peer, "overlapped": overlapped });
        self.say(thread, "OpenNamedPipe", args, vec![name.clone()]);
        self.names.know(Handle(handle), &name);
        self.numbers.know(&name, handle);
        self.files.insert(handle, FileKind::PipeClient);
        self.ends.insert(handle, end);
    }

    /// An operation on a device, as one on the pipe that stands in for it: what takes long is a
    /// read, and what is answered at once finds its data there.
    fn on_a_pipe(&mut self, call: &Call) -> Result<Call, Unsayable> {
        let Call::Io(io) = call else { return Ok(call.clone()) };
        let Some(end) = self.device_end(io.file) else { return Ok(call.clone()) };
        let reads = match io.op {
            IoOp::ReadFile | IoOp::WriteFile | IoOp::DeviceIoControl => IoOp::ReadFile,
            IoOp::ReadFileEx | IoOp::WriteFileEx => IoOp::ReadFileEx,
            IoOp::NtReadFile | IoOp::NtWriteFile | IoOp::NtDeviceIoControlFile => IoOp::NtReadFile,
            other => other,
        };
        let writes = matches!(io.op, IoOp::WriteFile | IoOp::WriteFileEx | IoOp::NtWriteFile);
        let op = match io.reply {
            Reply::Done { status: NtStatus::SUCCESS, .. } if writes => io.op,
            Reply::Done { status: NtStatus::SUCCESS, information } => {
                some(information)?;
                self.data(&end, information);
                reads
            }
            _ => reads,
        };
        Ok(Call::Io(IoCall { op, ..*io }))
    }

    /// Somebody outside writes to the other end of a pipe.
    fn data(&mut self, end: &str, bytes: u64) {
        let args = json!({ "file": end, "length": bytes, "overlapped": OUTSIDE_SLOT });
        self.say(MASTER, "WriteFile", args, Vec::new());
    }

    /// The other end of the pipe that stands in for a device.
    fn device_end(&self, file: Handle) -> Option<String> {
        let end = self.ends.get(&file.0).map(|end| self.names.of(*end))?;
        Some(end).filter(|end| end.ends_with("-device"))
    }

    /// Whether a pipe stands in for a device.
    pub(super) fn has_device(&self) -> bool {
        self.ends.values().any(|end| end.0 >= DEVICE_ENDS)
    }

    /// A device ends an operation.
    pub(super) fn completed(
        &mut self,
        file: Option<Handle>,
        status: NtStatus,
        bytes: u64,
    ) -> Result<(), Unsayable> {
        match file.and_then(|file| self.device_end(file)) {
            Some(end) if status == NtStatus::SUCCESS => {
                some(bytes)?;
                self.data(&end, bytes);
                Ok(())
            }
            Some(_) if status != NtStatus::CANCELLED => {
                Err(Unsayable(format!("its device ends an operation with {status}")))
            }
            // A disk, a connection, a cancel: these end by themselves.
            _ => Ok(()),
        }
    }

    /// Names for the handles that a call opens.
    fn opens(&mut self, call: &Call, op: &str, result: Option<&Return>) -> Vec<String> {
        let again = matches!(call, Call::CreateIoCompletionPort { existing_port, .. }
            if *existing_port != Handle::NULL);
        let Some(res) = result.map(Res::from_return).filter(|_| !again) else { return Vec::new() };
        let mut bind = Vec::new();
        for handle in [res.handle, res.other].into_iter().flatten().map(Handle) {
            if matches!(handle, Handle::NULL | Handle::INVALID) {
                continue;
            }
            self.opened += 1;
            let name = format!("{}{}", letter(op), self.opened);
            self.names.know(handle, &name);
            self.numbers.know(&name, handle.0);
            bind.push(name);
        }
        let opened: Vec<u64> = [res.handle, res.other].into_iter().flatten().collect();
        match (call, opened.as_slice()) {
            (Call::CreateFile { kind, .. }, [file, ..]) => {
                self.files.insert(*file, *kind);
                self.ends.remove(file);
            }
            (Call::CreateNamedPipe { .. }, [file, ..]) => {
                self.files.insert(*file, FileKind::PipeServer);
                self.ends.remove(file);
            }
            (Call::OpenNamedPipe { server, .. }, [file, ..]) => {
                self.files.insert(*file, FileKind::PipeClient);
                self.ends.insert(*file, *server);
                self.ends.insert(server.0, Handle(*file));
            }
            (Call::SocketPair { .. }, [one, two]) => {
                self.files.extend([(*one, FileKind::Stream), (*two, FileKind::Stream)]);
                self.ends.extend([(*one, Handle(*two)), (*two, Handle(*one))]);
            }
            _ => {}
        }
        bind
    }

    /// The finished program; what it expects has still to be filled in.
    pub(super) fn program(self, name: &str, title: &str) -> Program {
        Program {
            format: "iocp-program".to_owned(),
            version: 1,
            name: name.to_owned(),
            title: title.to_owned(),
            facts: Vec::new(),
            rules: Vec::new(),
            steps: self.steps,
        }
    }
}
