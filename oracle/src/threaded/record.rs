//! The record that a set of ports can keep of everything that happens, in the order in which it
//! took effect.

use iocp_model::Packet;

/// What a thread asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// A new port.
    Create {
        /// Its concurrency value.
        concurrency: u32,
    },
    /// A packet to be queued.
    Post {
        /// Where.
        port: usize,
        /// What.
        packet: Packet,
    },
    /// Packets.
    Remove {
        /// Where.
        port: usize,
        /// At most how many; `None` for the call that takes one.
        batch: Option<u32>,
        /// For how long, in microseconds; `None` for ever.
        timeout: Option<u64>,
    },
    /// How many packets are queued.
    Depth {
        /// Where.
        port: usize,
    },
    /// The end of a port.
    Close {
        /// Which.
        port: usize,
    },
}

/// What it got.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Got {
    /// The port of that number.
    Port(usize),
    /// It is done.
    Done,
    /// One packet.
    Packet(Packet),
    /// The packets of a batch, oldest first.
    Batch(Vec<Packet>),
    /// None, and why.
    Nothing(super::Ended),
    /// A number.
    Depth(u32),
}

/// What was seen of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    /// It parked at the port of its call.
    Parked,
    /// It blocks elsewhere.
    Block,
    /// It goes on.
    Unblock,
    /// It ended.
    Exit,
}

/// One line of the record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// A call took effect.
    Call {
        /// Joins it with its return.
        id: u64,
        /// The worker; `None` for a thread that is none.
        worker: Option<usize>,
        /// What it asked for.
        asked: Asked,
    },
    /// A call returned.
    Ret {
        /// Which.
        id: u64,
        /// What it got.
        got: Got,
    },
    /// Something was seen of a worker.
    Note {
        /// The worker.
        worker: usize,
        /// What.
        note: Note,
    },
}

/// The record, if one is kept.
#[derive(Default)]
pub(super) struct Log {
    lines: Option<Vec<Line>>,
    calls: u64,
}

impl Log {
    pub(super) fn kept() -> Log {
        Log { lines: Some(Vec::new()), calls: 0 }
    }

    pub(super) fn call(&mut self, worker: Option<usize>, asked: Asked) -> u64 {
        self.calls += 1;
        let id = self.calls;
        if let Some(lines) = &mut self.lines {
            lines.push(Line::Call { id, worker, asked });
        }
        id
    }

    pub(super) fn ret(&mut self, id: u64, got: impl FnOnce() -> Got) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line::Ret { id, got: got() });
        }
    }

    pub(super) fn note(&mut self, worker: usize, note: Note) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line::Note { worker, note });
        }
    }

    pub(super) fn take(&mut self) -> Vec<Line> {
        self.lines.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
