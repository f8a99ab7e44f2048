//! A case: a program for a port as data that any bytes can be, so that a fuzzer can change it, a
//! shrinker can cut it, and a token can name it. What a move means is for the
//! [`world`](super::world).

use std::fmt;

/// How much of the model programs use. Each level has what the levels before it have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Level {
    /// Ports, packets and threads that block, go on and exit.
    #[default]
    Port,
    /// Pipes: associations, operations, notification modes, cancels.
    Files,
    /// All that a program can ask a driver for and that the model says the outcome of: alertable
    /// waits and APCs, connections, waits for ports, semaphores, mutexes, threads and processes,
    /// native and alertable operations, threads that are started, suspended and ended by others,
    /// jobs and their processes, reserve objects, wait packets, names, files that change their
    /// port. What is left out is what others decide: disks and devices, listeners and datagrams.
    Everything,
}

impl Level {
    /// All of them.
    pub const ALL: [Level; 3] = [Level::Port, Level::Files, Level::Everything];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Port => "port",
            Level::Files => "files",
            Level::Everything => "everything",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! kinds {
    ($($name:ident = $level:ident, $weight:literal, $variants:literal, $sentence:literal;)*) => {
        /// What a move does.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = $sentence] $name,)*
        }

        impl Kind {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The level that has it first.
            pub const fn level(self) -> Level {
                match self { $(Kind::$name => Level::$level,)* }
            }

            /// How often it is chosen, compared with others, if nobody says otherwise.
            pub const fn weight(self) -> u32 {
                match self { $(Kind::$name => $weight,)* }
            }

            /// In how many ways it is done.
            pub(crate) const fn variants(self) -> u8 {
                match self { $(Kind::$name => $variants,)* }
            }
        }
    };
}

// Closing a port ends most of a case, and a thread that is gone makes it poorer: both are seldom.
kinds! {
    Post = Port, 10, 4, "A thread posts a packet.";
    Remove = Port, 16, 7, "A worker asks a port for packets.";
    Block = Port, 4, 1, "A worker waits for an event of its own.";
    Unblock = Port, 6, 1, "The event of a worker that waits for it is set.";
    Depth = Port, 1, 1, "Somebody asks how many packets are queued.";
    Exit = Port, 1, 1, "A worker ends.";
    Close = Port, 1, 1, "A handle of a port is closed.";
    Bind = Files, 4, 2, "An end of a pipe is associated with a port.";
    Write = Files, 6, 3, "Something is written into a pipe.";
    Read = Files, 6, 3, "Something is read from a pipe.";
    Modes = Files, 1, 3, "The notification modes of a file are set.";
    Cancel = Files, 2, 2, "What is pending on a file is canceled.";
    CloseFile = Files, 1, 1, "An end of a pipe is closed.";
    WaitPort = Everything, 2, 2, "A worker waits for a port as for any object.";
    Duplicate = Everything, 1, 1, "A second handle of a port is made.";
    Suspend = Everything, 2, 1, "A worker is suspended.";
    Resume = Everything, 3, 1, "A worker is resumed.";
    ReservePost = Everything, 2, 1, "A packet is posted through a reserve object.";
    WaitPacket = Everything, 2, 4, "A wait completion packet is told what to wait for.";
    Signal = Everything, 2, 1, "The event of a wait completion packet is set.";
    Alertable = Everything, 3, 3, "A worker waits alertably, for packets or for nothing.";
    QueueApc = Everything, 3, 1, "An APC is queued to a worker.";
    TakeBack = Everything, 1, 2, "A wait completion packet is taken back.";
    Rebind = Everything, 1, 3, "A file leaves its port, or goes to another.";
    BindSocket = Everything, 3, 2, "An end of a connection is associated with a port.";
    Send = Everything, 3, 1, "Something is sent through a connection.";
    Receive = Everything, 3, 1, "Something is received through a connection.";
    ShutDown = Everything, 1, 1, "An end of a connection says that it sends no more.";
    CloseSocket = Everything, 1, 1, "An end of a connection is closed.";
    WaitObject = Everything, 4, 8, "A worker waits for a semaphore, a mutex, a thread, a process.";
    Release = Everything, 4, 3, "A semaphore or a mutex is released.";
    CloseObject = Everything, 1, 4, "A semaphore, a mutex, a job or a reserve is closed.";
    ResetEvent = Everything, 1, 2, "The signal of an event is taken back.";
    Start = Everything, 1, 1, "Another worker is started.";
    Terminate = Everything, 1, 1, "A worker is ended by another thread.";
    JobPort = Everything, 2, 3, "A job is told where its messages go.";
    StartProcess = Everything, 1, 1, "A process is started.";
    JoinJob = Everything, 2, 1, "A process joins a job.";
    EndProcess = Everything, 2, 1, "A process is ended.";
    Name = Everything, 1, 2, "A port is made, or opened, by its name.";
    BindNative = Everything, 2, 2, "A file is associated by its native call, or for callbacks.";
    Native = Everything, 4, 6, "Something is read or written by native calls, or with a routine.";
    Pipe = Everything, 1, 2, "A pipe waits for a client, or cuts its client off.";
    Result = Everything, 2, 2, "The result of an operation is asked for.";
    CancelOne = Everything, 2, 3, "One operation is canceled.";
    NativeModes = Everything, 1, 4, "Notification modes are set or asked for by native calls.";
    Disconnect = Everything, 1, 1, "A connection is disconnected.";
    Ask = Everything, 1, 1, "A connection is asked how much there is to receive.";
    Rest = Everything, 1, 4, "A worker sleeps, yields, or looks at its last error.";
}

/// One move. Every number means something: what is too large counts from the start again, and what
/// is not possible when its turn comes is left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Move {
    /// What is done.
    pub kind: Kind,
    /// Which worker does it, or has it done to it.
    pub who: u8,
    /// Which port or file.
    pub what: u8,
    /// In which of the ways that there are.
    pub how: u8,
}

impl Kind {
    /// Whether it is done by any thread, the one that never waits among them (worker 0).
    pub(super) fn is_for_posters(self) -> bool {
        matches!(
            self,
            Kind::Post | Kind::Write | Kind::Read | Kind::Send | Kind::Receive | Kind::Native
        )
    }
}

/// A program for a port, as data.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Case {
    /// The concurrency value of each port. A port that no move uses is not made.
    pub ports: Vec<u8>,
    /// How many threads remove packets.
    pub workers: u8,
    /// What happens, in order.
    pub moves: Vec<Move>,
}

/// No case has more.
pub const WORKERS_MAX: u8 = 6;
/// No case has more.
pub const PORTS_MAX: usize = 3;
/// No case has more.
pub const MOVES_MAX: usize = 1000;
/// A larger concurrency value is no different.
const CONCURRENCY_MAX: u8 = 8;

impl Case {
    /// The case that some bytes are: any bytes are one. Meant for fuzzers.
    pub fn from_bytes(bytes: &[u8]) -> Case {
        let (head, rest) = bytes.split_at(bytes.len().min(2));
        let at = |index: usize| head.get(index).copied().unwrap_or(0);
        let count = 1 + usize::from(at(0)) % PORTS_MAX;
        let ports = (0..count).map(|n| 1 + (at(1) >> (2 * n) & 3)).collect();
        let workers = 1 + (at(0) >> 4) % WORKERS_MAX;
        let moves = rest.chunks_exact(3).take(MOVES_MAX).map(|b| {
            let kind = Kind::ALL[usize::from(b[0]) % Kind::ALL.len()];
            Move { kind, who: b[1] >> 4, what: b[1] & 15, how: b[2] }
        });
        Case { ports, workers, moves: moves.collect() }
    }

    /// The bytes of a token: equal cases, equal bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![self.workers, self.ports.len() as u8];
        bytes.extend(&self.ports);
        for m in &self.moves {
            bytes.extend([m.kind as u8, m.who << 4 | m.what & 15, m.how]);
        }
        bytes
    }

    /// A case from the bytes of a token, if that is what they are.
    pub(super) fn decode(bytes: &[u8]) -> Option<Case> {
        let (&[workers, ports], rest) = bytes.split_first_chunk::<2>()?;
        let (ports, rest) = rest.split_at_checked(usize::from(ports))?;
        let counts = (1..=WORKERS_MAX).contains(&workers) && (1..=PORTS_MAX).contains(&ports.len());
        let limits = ports.iter().all(|limit| *limit <= CONCURRENCY_MAX);
        if !counts || !limits || !rest.len().is_multiple_of(3) || rest.len() / 3 > MOVES_MAX {
            return None;
        }
        let moves = rest.chunks_exact(3).map(|b| {
            let kind = *Kind::ALL.get(usize::from(b[0]))?;
            Some(Move { kind, who: b[1] >> 4, what: b[1] & 15, how: b[2] })
        });
        Some(Case { ports: ports.to_vec(), workers, moves: moves.collect::<Option<_>>()? })
    }
}

/// Any bytes are a case.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Case {
    fn arbitrary(bytes: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Case> {
        let length = bytes.len();
        bytes.bytes(length).map(Case::from_bytes)
    }

    fn arbitrary_take_rest(bytes: arbitrary::Unstructured<'a>) -> arbitrary::Result<Case> {
        Ok(Case::from_bytes(bytes.take_rest()))
    }
}
