//! A stage for tests that read as facts: one process, some threads, and each call's result in one
//! word.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of the stage")]

pub use iocp_model::*;

/// What an action showed.
pub type Effects = Vec<(Rule, Effect)>;

/// A kernel and everything that it has said.
pub struct World {
    pub kernel: Kernel,
    /// All effects so far.
    pub log: Vec<(Rule, Effect)>,
    /// The state before each action so far, the action, and its effects.
    pub history: Vec<(Kernel, Action, Effects)>,
    /// Results not yet looked at, by thread.
    results: Vec<(ThreadId, Return)>,
}

/// The call has not returned: the thread waits.
pub const WAITS: Option<Return> = None;

pub fn packet(key: u64) -> Packet {
    Packet::posted(0, key, Overlapped::NULL)
}

/// GetQueuedCompletionStatus returned TRUE with this posted key.
pub fn got(key: u64) -> Option<Return> {
    let out = Out::Packet { bytes: Some(0), key: Some(key), overlapped: Overlapped::NULL };
    Some(Return { value: Value::Bool(true), last_error: None, out })
}

/// GetQueuedCompletionStatus returned FALSE without a packet, with this last error.
pub fn nothing(error: u32) -> Option<Return> {
    let out = Out::Packet { bytes: None, key: None, overlapped: Overlapped::NULL };
    Some(Return { value: Value::Bool(false), last_error: Some(error), out })
}

/// FALSE with this last error.
pub fn fails(error: u32) -> Option<Return> {
    Some(Return { value: Value::Bool(false), last_error: Some(error), out: Out::Nothing })
}

/// TRUE.
pub fn succeeds() -> Option<Return> {
    Some(Return { value: Value::Bool(true), last_error: None, out: Out::Nothing })
}

/// An NTSTATUS and no out-parameters.
pub fn status(status: NtStatus) -> Option<Return> {
    Some(Return { value: Value::Status(status), last_error: None, out: Out::Nothing })
}

/// Claims facts and test vectors of the specification for the test that starts with it:
/// `coverage.rs` reads these calls out of the sources. A claim of what no document has fails.
pub fn facts(ids: &[&str]) {
    for id in ids {
        assert!(specified().contains(&(*id).to_owned()), "no document has {id}");
    }
}

/// Every id that a table of the specification gives to a fact (`A01` to `K16`), a divergence of
/// Wine (`X01`) or a test vector (`V1`), in the order of the documents. The lists D and E of
/// semantics.md are other things and not meant.
pub fn specified() -> Vec<String> {
    let facts = rows(
        include_str!("../../spec/facts.md"),
        &["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "X"],
    );
    let vectors = rows(include_str!("../../spec/semantics.md"), &["V"]);
    facts.into_iter().chain(vectors).collect()
}

/// First cells of table rows that are one of these letters and a number.
fn rows(document: &str, letters: &[&str]) -> Vec<String> {
    let is_id = |cell: &&str| {
        let Some((letter, digits)) = cell.split_at_checked(1) else { return false };
        letters.contains(&letter)
            && (letter == "V" || digits.len() == 2)
            && digits.parse::<u8>().is_ok()
    };
    let cells = document.lines().filter_map(|row| row.strip_prefix("| ")?.split(" |").next());
    cells.filter(is_id).map(str::to_owned).collect()
}

impl World {
    pub fn new(semantics: impl Into<Semantics>) -> World {
        let kernel = Kernel::new(semantics, 4);
        World { kernel, log: Vec::new(), history: Vec::new(), results: Vec::new() }
    }

    pub fn threads<const N: usize>(&mut self) -> [ThreadId; N] {
        std::array::from_fn(|_| self.kernel.create_thread(ProcessId(0)))
    }

    /// Performs an action that must be possible, and checks the invariants after it.
    pub fn act(&mut self, action: Action) {
        let before = self.log.len();
        let stepped = self.kernel.step(action.clone()).expect("the action is possible");
        self.history.push((self.kernel.clone(), action.clone(), stepped.effects.clone()));
        self.kernel.apply(action, &mut self.log).expect("the action is possible");
        assert_eq!(stepped.next, self.kernel, "step and apply agree");
        assert_eq!(stepped.effects, self.log[before..], "step and apply tell the same");
        for (_, effect) in &self.log[before..] {
            if let Effect::Returned { thread, result } = effect {
                self.results.push((*thread, result.clone()));
            }
        }
    }

    /// A call; `None` if it has not returned.
    pub fn call(&mut self, thread: ThreadId, call: Call) -> Option<Return> {
        self.act(Action::Call { thread, call });
        self.returned(thread)
    }

    /// The oldest result of a thread that was not looked at yet.
    pub fn returned(&mut self, thread: ThreadId) -> Option<Return> {
        let place = self.results.iter().position(|(t, _)| *t == thread)?;
        Some(self.results.remove(place).1)
    }

    /// The handle that a call returned.
    pub fn handle(&mut self, thread: ThreadId, call: Call) -> Handle {
        match self.call(thread, call) {
            Some(Return { value: Value::Handle(handle), .. }) => handle,
            Some(Return { out: Out::Handle(handle), .. }) => handle,
            other => panic!("no handle: {other:?}"),
        }
    }

    /// A new port. The thread that makes it exits nowhere in these tests.
    pub fn port(&mut self, concurrency: u32) -> Handle {
        let first = self.kernel.threads().ids().next();
        let maker = first.unwrap_or_else(|| self.kernel.create_thread(ProcessId(0)));
        self.handle(maker, create_port(concurrency))
    }

    pub fn post(&mut self, thread: ThreadId, port: Handle, key: u64) {
        let overlapped = Overlapped::NULL;
        let call = Call::PostQueuedCompletionStatus { port, bytes: 0, key, overlapped };
        assert_eq!(self.call(thread, call), succeeds());
    }

    pub fn remove(&mut self, thread: ThreadId, port: Handle) -> Option<Return> {
        self.call(thread, Call::GetQueuedCompletionStatus { port, timeout: Timeout::Infinite })
    }

    pub fn poll(&mut self, thread: ThreadId, port: Handle) -> Option<Return> {
        self.call(thread, Call::GetQueuedCompletionStatus { port, timeout: Timeout::Zero })
    }

    pub fn close(&mut self, thread: ThreadId, handle: Handle) {
        assert_eq!(self.call(thread, Call::CloseHandle { handle }), succeeds());
    }

    pub fn object(&self, handle: Handle) -> Object {
        self.kernel.resolve(ProcessId(0), handle).expect("the handle is open")
    }

    pub fn port_of(&self, handle: Handle) -> &iocp_model::ke::queue::Port {
        match self.object(handle) {
            Object::Port(id) => self.kernel.port(id).expect("the port lives"),
            other => panic!("{other} is no port"),
        }
    }

    pub fn depth(&self, port: Handle) -> u32 {
        self.port_of(port).depth()
    }

    pub fn active(&self, port: Handle) -> u32 {
        self.port_of(port).active
    }

    /// Whether a rule decided anything so far.
    pub fn saw(&self, rule: Rule) -> bool {
        self.log.iter().any(|(r, _)| *r == rule)
    }
}

pub fn create_port(concurrency: u32) -> Call {
    Call::CreateIoCompletionPort {
        file: Handle::INVALID,
        existing_port: Handle::NULL,
        key: 999,
        concurrency,
    }
}
