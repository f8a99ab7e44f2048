//! The conversation: commands in, answers out.

use crate::args::Args;
use crate::names::Names;
use crate::native::Native;
use crate::ops::{self, Failure};
use crate::out::Out;
use crate::settle::Source;
use crate::slots::Slots;
use crate::wine;
use crate::worker::{Order, Worker};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};
use windows_sys::Win32::Foundation::CloseHandle;
use windows_sys::Win32::System::Threading::{OpenProcess, TerminateProcess, WaitForSingleObject};

/// The argument that makes this program a bystander process.
pub const BYSTANDER: &str = "--bystander";
/// What a bystander does: it lives until somebody ends it, or until the driver is gone.
pub fn stand_by(driver: u32) {
    const SYNCHRONIZE: u32 = 0x10_0000;
    // SAFETY: if there is no such process the handle is NULL, and the wait fails at once.
    unsafe { WaitForSingleObject(OpenProcess(SYNCHRONIZE, 0, driver), u32::MAX) };
}

/// The version of the protocol.
const PROTOCOL: u32 = 1;
/// No command is longer.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// No case needs more threads.
const THREADS_MAX: usize = 64;

/// A call that has not returned.
struct Pending {
    id: u64,
    thread: String,
    bind: Vec<String>,
    opens: ops::Opens,
}

/// A `settle` that has not been answered.
struct Settle {
    since: Instant,
    quiet: Duration,
    limit: Duration,
}

struct Session {
    native: &'static Native,
    source: Source,
    names: Names,
    slots: Slots,
    workers: BTreeMap<String, Worker>,
    pending: Vec<Pending>,
    settle: Option<Settle>,
}

/// Answers commands until the input ends.
pub fn run() {
    crate::faults::end_the_thread();
    ops::start();
    let lines = listen();
    let mut session = Session {
        native: Box::leak(Box::new(Native::load())),
        source: Source::find(),
        names: Names::default(),
        slots: Slots::new(),
        workers: BTreeMap::new(),
        pending: Vec::new(),
        settle: None,
    };
    loop {
        match lines.recv_timeout(Duration::from_millis(1)) {
            Ok(line) => {
                if !session.command(&line) {
                    return;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            // Nobody is left to talk to; threads in endless waits do not matter then.
            Err(RecvTimeoutError::Disconnected) => std::process::exit(0),
        }
        session.report();
    }
}

fn listen() -> Receiver<String> {
    let (sender, receiver) = sync_channel(64);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            match (&mut input).take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    if sender.send(text).is_err() {
                        return;
                    }
                }
            }
        }
    });
    receiver
}

fn say(answer: &Value) {
    let mut line = answer.to_string();
    line.push('\n');
    let mut output = std::io::stdout().lock();
    if output.write_all(line.as_bytes()).and_then(|()| output.flush()).is_err() {
        std::process::exit(0);
    }
}

fn refuse(id: Option<u64>, why: &str) {
    say(&json!({ "ans": "refused", "id": id, "why": why }));
}

impl Session {
    /// Carries out one command; false ends the conversation.
    fn command(&mut self, line: &str) -> bool {
        let Ok(command) = serde_json::from_str::<Value>(line) else {
            refuse(None, "not JSON");
            return true;
        };
        match command["cmd"].as_str() {
            Some("hello") => self.hello(),
            Some("call") => {
                let id = command["id"].as_u64();
                if let Err(why) = self.call(&command) {
                    refuse(id, &why);
                }
            }
            Some("settle") => {
                let milliseconds = |name: &str, default| {
                    Duration::from_millis(command[name].as_u64().unwrap_or(default).min(60_000))
                };
                self.settle = Some(Settle {
                    since: Instant::now(),
                    quiet: milliseconds("quiet_ms", 0),
                    limit: milliseconds("limit_ms", 2000),
                });
            }
            Some("reset") => return self.reset(),
            Some("quit") => std::process::exit(0),
            _ => refuse(None, "`cmd` must be hello, call, settle, reset or quit"),
        }
        true
    }

    fn hello(&self) {
        let system = match wine::version() {
            Some(version) => format!("wine {version}"),
            None => "windows".to_owned(),
        };
        say(&json!({
            "ans": "hello",
            "protocol": PROTOCOL,
            "name": "win32",
            "version": env!("CARGO_PKG_VERSION"),
            "system": system,
            "ops": ops::NAMES,
            "missing": self.native.missing(),
            "settled": self.source.how(),
            "blocking": "reported",
        }));
    }

    fn call(&mut self, command: &Value) -> Result<(), String> {
        let id = command["id"].as_u64().ok_or("`id` must be a number")?;
        let thread = command["thread"].as_str().ok_or("`thread` must be a name")?;
        let op = command["op"].as_str().ok_or("`op` must be a name")?;
        let bind: Vec<String> = match &command["bind"] {
            Value::Null => Vec::new(),
            Value::String(name) => vec![name.clone()],
            Value::Array(list) => {
                list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => return Err("`bind` must be a name or a list of names".to_owned()),
        };
        self.start_thread(thread)?;
        for other in threads_named(&command["args"]) {
            self.start_thread(&other)?;
        }
        let args =
            Args { value: &command["args"], names: &self.names, slots: &self.slots, bind: &bind };
        let prepared = match ops::prepare(op, &args, self.native) {
            Ok(prepared) => prepared,
            Err(Failure::Bad(problem)) => return Err(problem.0),
            Err(Failure::Unsupported(why)) => {
                say(&json!({ "ans": "unsupported", "id": id, "op": op, "why": why }));
                return Ok(());
            }
        };
        let worker = &self.workers[thread];
        if worker.is_gone() {
            return Err(format!("thread {thread} has exited"));
        }
        if !worker.is_idle() {
            return Err(format!("thread {thread} is still inside a call"));
        }
        self.pending.push(Pending { id, thread: thread.to_owned(), bind, opens: prepared.opens });
        worker.order(Order { job: prepared.job, out: Out::new(), apcs: Vec::with_capacity(16) });
        Ok(())
    }

    /// Starts a thread at its first mention. Its handle goes by `@NAME`.
    fn start_thread(&mut self, name: &str) -> Result<(), String> {
        if !self.workers.contains_key(name) {
            if self.workers.len() >= THREADS_MAX {
                return Err(format!("more than {THREADS_MAX} threads"));
            }
            let worker = Worker::start();
            self.names.bind(&format!("@{name}"), worker.handle());
            self.workers.insert(name.to_owned(), worker);
        }
        Ok(())
    }

    /// Says what has returned, and whether things have settled.
    fn report(&mut self) {
        let mut done = Vec::new();
        let mut index = 0;
        while index < self.pending.len() {
            match self.workers[&self.pending[index].thread].take_done() {
                Some(out) => done.push((self.pending.remove(index), out)),
                None => index += 1,
            }
        }
        // What ended a wait is told before the wait: a thread's end is seen after the return of
        // who waited for it, and came before it.
        self.report_ends();
        for (pending, mut out) in done {
            self.adopt(&pending, out.worker.take());
            self.returned(&pending, &out);
        }
        if self.settle.is_some() {
            self.try_to_settle();
        }
    }

    fn report_ends(&mut self) {
        let workers = &self.workers;
        self.pending.retain(|pending| {
            let gone = workers[&pending.thread].is_gone();
            if gone {
                say(&json!({ "ans": "exit", "id": pending.id, "thread": pending.thread }));
            }
            !gone
        });
    }

    /// A thread that a call started goes by the name of its handle from now on.
    fn adopt(&mut self, pending: &Pending, worker: Option<Worker>) {
        let (Some(worker), Some(name)) = (worker, pending.bind.first()) else { return };
        self.names.bind(&format!("@{name}"), worker.handle());
        self.workers.insert(name.clone(), worker);
    }

    fn returned(&mut self, pending: &Pending, out: &Out) {
        out.bind(&pending.bind, &mut self.names);
        match pending.opens {
            ops::Opens::Sockets => {
                for name in &pending.bind {
                    if let Some(socket) = self.names.get(name) {
                        self.names.mark_socket(socket);
                    }
                }
            }
            ops::Opens::Process => {
                if let Some(process) = pending.bind.first().and_then(|name| self.names.get(name)) {
                    self.names.mark_process(process);
                }
            }
            ops::Opens::Other => {}
        }
        match out.unsupported {
            Some(why) => say(&json!({ "ans": "unsupported", "id": pending.id, "why": why })),
            None => {
                let res = out.render(&self.names, &self.slots);
                say(&json!({ "ans": "ret", "id": pending.id, "res": res }));
            }
        }
    }

    /// Answers the `settle`, if every call that is open now is seen to wait, twice, with the quiet
    /// time in between.
    fn try_to_settle(&mut self) {
        let Some(settle) = &self.settle else { return };
        let (late, quiet) = (settle.since.elapsed() > settle.limit, settle.quiet);
        let workers: Vec<&Worker> =
            self.pending.iter().map(|pending| &self.workers[&pending.thread]).collect();
        let first = self.source.look(self.native, &workers);
        let knows = first.is_some();
        let waiting = |glances: &Option<Vec<crate::settle::Glance>>| {
            glances.as_ref().is_none_or(|glances| glances.iter().all(|glance| glance.waiting))
        };
        let mut settled = waiting(&first);
        if settled || late {
            std::thread::sleep(if knows { quiet } else { quiet.max(Duration::from_millis(50)) });
            self.source.fence(&workers);
            let second = self.source.look(self.native, &workers);
            settled = settled && first == second;
        }
        let returned = self.pending.iter().any(|pending| {
            let worker = &self.workers[&pending.thread];
            worker.is_gone() || worker.has_done()
        });
        if returned || !(settled || late) {
            return;
        }
        let ids: Vec<u64> = self.pending.iter().map(|pending| pending.id).collect();
        let how = if knows { self.source.how() } else { "nothing returned for 50 ms" };
        say(&json!({ "ans": "settled", "waiting": ids, "sure": settled && knows, "how": how }));
        self.settle = None;
    }

    /// Closes everything. False (and `restart`) if a thread is stuck inside a call: then only a new
    /// process is fresh.
    fn reset(&mut self) -> bool {
        self.settle = None;
        let (handles, processes) = self.names.drain();
        // Dismissed before anything closes, so that no close can wake one.
        let all_gone = self.workers.values().fold(true, |all, worker| worker.dismiss() && all);
        if !all_gone || !self.pending.is_empty() {
            say(&json!({ "ans": "restart" }));
            std::process::exit(0);
        }
        self.workers.clear();
        for process in processes {
            // SAFETY: a handle of ours, still open.
            unsafe { TerminateProcess(process as *mut _, 0) };
        }
        for handle in handles {
            // SAFETY: if it is no longer open the call fails, which is fine.
            unsafe { CloseHandle(handle as *mut _) };
        }
        ops::tidy();
        self.slots = Slots::new();
        say(&json!({ "ans": "reset" }));
        true
    }
}

/// The threads that the arguments of a call name (`"@B"`).
fn threads_named(args: &Value) -> Vec<String> {
    let values = args.as_object().into_iter().flat_map(|args| args.values());
    values
        .filter_map(Value::as_str)
        .filter_map(|text| text.strip_prefix('@'))
        .map(str::to_owned)
        .collect()
}
