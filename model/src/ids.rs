//! Names of things: every object kind has an index of its own type, so that a port cannot be
//! taken for a thread. Indices of freed objects are used again, lowest first.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($prefix:literal);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(pub u16);

        impl $name {
            /// The index in the table of this kind of object.
            pub fn index(self) -> usize {
                usize::from(self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl crate::code::Code for $name {
            fn put<S: crate::code::Sink>(&self, out: &mut S) {
                self.0.put(out);
            }
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                u16::take(bytes).map(Self)
            }
        }
    )*};
}

ids! {
    /// A completion port (an IoCompletion object, whose body is one KQUEUE).
    PortId("port");
    /// A thread.
    ThreadId("thread");
    /// A process: an address space and a handle table.
    ProcessId("process");
    /// A file object: what `CreateFile`, `socket` or a pipe end opens. Several handles may name it.
    FileId("file");
    /// An event object.
    EventId("event");
    /// A semaphore object.
    SemaphoreId("semaphore");
    /// A mutant (the kernel's name for a mutex object).
    MutantId("mutant");
    /// A job object.
    JobId("job");
    /// A reserve object (memory set aside for one packet or one APC).
    ReserveId("reserve");
    /// A wait completion packet object.
    WaitPacketId("waitpacket");
    /// A pending operation (an I/O request packet that its driver has not completed).
    IrpId("irp");
}

/// A kernel object of any kind that a handle can name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Object {
    /// A completion port.
    Port(PortId),
    /// A thread; signaled once it has exited.
    Thread(ThreadId),
    /// A process; signaled once it has exited.
    Process(ProcessId),
    /// A file object.
    File(FileId),
    /// An event.
    Event(EventId),
    /// A semaphore.
    Semaphore(SemaphoreId),
    /// A mutant.
    Mutant(MutantId),
    /// A job.
    Job(JobId),
    /// A reserve object.
    Reserve(ReserveId),
    /// A wait completion packet.
    WaitPacket(WaitPacketId),
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Object::Port(id) => id.fmt(f),
            Object::Thread(id) => id.fmt(f),
            Object::Process(id) => id.fmt(f),
            Object::File(id) => id.fmt(f),
            Object::Event(id) => id.fmt(f),
            Object::Semaphore(id) => id.fmt(f),
            Object::Mutant(id) => id.fmt(f),
            Object::Job(id) => id.fmt(f),
            Object::Reserve(id) => id.fmt(f),
            Object::WaitPacket(id) => id.fmt(f),
        }
    }
}

crate::code::code_enum!(Object {
    0 => Port(id),
    1 => Thread(id),
    2 => Process(id),
    3 => File(id),
    4 => Event(id),
    5 => Semaphore(id),
    6 => Mutant(id),
    7 => Job(id),
    8 => Reserve(id),
    9 => WaitPacket(id),
});

/// A handle value: an index into the caller's handle table, or a pseudo handle.
///
/// Real values are `4, 8, 12, ...`; the low two bits are free for the caller (the kernel ignores
/// them when it looks a handle up).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Handle(pub u64);

impl Handle {
    /// `NULL`.
    pub const NULL: Handle = Handle(0);
    /// `INVALID_HANDLE_VALUE`, which is also the pseudo handle of the current process.
    pub const INVALID: Handle = Handle(u64::MAX);
    /// `GetCurrentProcess()`.
    pub const CURRENT_PROCESS: Handle = Handle(u64::MAX);
    /// `GetCurrentThread()`.
    pub const CURRENT_THREAD: Handle = Handle(u64::MAX - 1);

    /// The handle of entry `index` of a table.
    pub fn from_index(index: usize) -> Handle {
        Handle(4 * (index as u64 + 1))
    }

    /// The table entry that this value names, low two bits ignored; `None` for NULL.
    pub fn index(self) -> Option<usize> {
        usize::try_from((self.0 >> 2).checked_sub(1)?).ok()
    }

    /// The same handle without its low bit (the mark on `OVERLAPPED.hEvent` that asks for no packet).
    pub fn without_low_bit(self) -> Handle {
        Handle(self.0 & !1)
    }

    /// Whether the low bit is set.
    pub fn low_bit(self) -> bool {
        self.0 & 1 != 0
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handle({self})")
    }
}

impl std::fmt::Display for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Handle::NULL => f.write_str("NULL"),
            Handle::INVALID => f.write_str("-1"),
            Handle::CURRENT_THREAD => f.write_str("-2"),
            Handle(value) => write!(f, "0x{value:x}"),
        }
    }
}

/// The address of an `OVERLAPPED` (equally of an `IO_STATUS_BLOCK`) in the caller's memory.
///
/// The model never computes with addresses; equality is all that counts. Scenario number `n` lives
/// at [`Overlapped::numbered`]`(n)`; any other value may be posted, for a post is never
/// dereferenced.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Overlapped(pub u64);

impl Overlapped {
    /// `NULL`.
    pub const NULL: Overlapped = Overlapped(0);
    const BASE: u64 = 0x1_0000;
    const SIZE: u64 = 0x20;

    /// The address of the OVERLAPPED that the program calls number `n`.
    pub const fn numbered(n: u16) -> Overlapped {
        Overlapped(Self::BASE + Self::SIZE * n as u64)
    }

    /// The number of the OVERLAPPED at this address, if it is one of [`Overlapped::numbered`].
    pub const fn number(self) -> Option<u16> {
        if self.0 < Self::BASE || !self.0.is_multiple_of(Self::SIZE) {
            return None;
        }
        let n = (self.0 - Self::BASE) / Self::SIZE;
        if n <= u16::MAX as u64 { Some(n as u16) } else { None }
    }
}

/// A numbered OVERLAPPED as its number, any other address as itself.
impl crate::code::Code for Overlapped {
    #[inline]
    fn put<S: crate::code::Sink>(&self, out: &mut S) {
        match self.number() {
            Some(number) => (u64::from(number) << 1 | 1).put(out),
            None => {
                out.push(0);
                self.0.put(out);
            }
        }
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        match u64::take(bytes)? {
            0 => u64::take(bytes).map(Overlapped),
            odd if odd & 1 == 1 => u16::try_from(odd >> 1).ok().map(Overlapped::numbered),
            _ => None,
        }
    }
}

impl crate::code::Code for Handle {
    fn put<S: crate::code::Sink>(&self, out: &mut S) {
        self.0.put(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        u64::take(bytes).map(Handle)
    }
}
