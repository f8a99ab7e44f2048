//! The state as a reader sees it: ports, threads, handles and references, operations. Everything
//! is read off the kernel; nothing here follows from anything else.

use iocp_model::ob::lifetime::Reference;
use iocp_model::{Object, Overlapped, Packet, PortId, ProcessId};

use crate::program::Program;
use crate::run::Activity;
use crate::sentence::Teller;
use crate::world::{LaneState, World};

/// The state at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// The ports, those of the stage first.
    pub ports: Vec<PortPicture>,
    /// The threads, by actor.
    pub threads: Vec<ThreadPicture>,
    /// The open handles.
    pub handles: Vec<HandlePicture>,
    /// The kernel objects that exist, threads apart.
    pub objects: Vec<ObjectPicture>,
    /// The files and what each tells a port.
    pub files: Vec<FilePicture>,
    /// The operations that are pending, oldest first.
    pub operations: Vec<OperationPicture>,
    /// The OVERLAPPEDs and who owns each.
    pub structures: Vec<StructurePicture>,
    /// The shared variables.
    pub variables: Vec<(String, i64)>,
}

/// A port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PortPicture {
    /// Its name.
    pub name: String,
    /// Which port of the kernel it is.
    pub id: PortId,
    /// Threads that count as active.
    pub active: u32,
    /// How many may be.
    pub concurrency: u32,
    /// The queue, its head first.
    pub packets: Vec<PacketPicture>,
    /// The stack of waiting threads, its top first.
    pub waiters: Vec<String>,
    /// The threads that the port counts while they run.
    pub attached: Vec<String>,
    /// Whether its last handle is closed.
    pub closed: bool,
}

/// A packet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PacketPicture {
    /// What the port carries.
    pub packet: Packet,
    /// The name of the OVERLAPPED in it.
    pub overlapped: String,
    /// All of it in words.
    pub text: String,
}

/// A thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThreadPicture {
    /// Its name.
    pub name: String,
    /// What it does.
    pub activity: Activity,
    /// The same as a phrase: `waits for a packet of P`.
    pub doing: String,
    /// The port that counts it.
    pub attached: Option<String>,
    /// What its program has recorded.
    pub records: Vec<i64>,
    /// What `GetLastError` returns.
    pub last_error: u32,
    /// User APCs that it has not run.
    pub apcs: usize,
}

/// An open handle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandlePicture {
    /// The process in whose table it is.
    pub process: String,
    /// Its value.
    pub value: String,
    /// The object it names.
    pub object: String,
}

/// A kernel object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectPicture {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// How many handles name it.
    pub handles: usize,
    /// Who else keeps it alive, in words.
    pub references: Vec<String>,
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilePicture {
    /// Its name.
    pub name: String,
    /// The port that hears of its completions, and the key.
    pub association: Option<(String, u64)>,
    /// The notification modes that are set, by their Windows names.
    pub modes: Vec<&'static str>,
}

/// A pending operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperationPicture {
    /// The function that started it.
    pub function: &'static str,
    /// The file.
    pub file: String,
    /// The thread that started it.
    pub thread: String,
    /// Its OVERLAPPED.
    pub overlapped: String,
    /// Whether somebody has asked to cancel it.
    pub canceled: bool,
}

/// An OVERLAPPED.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StructurePicture {
    /// Its name.
    pub name: String,
    /// Who owns it: `belongs to the program`.
    pub owner: String,
    /// What the kernel has written to it: status and bytes.
    pub holds: Option<(String, u64)>,
}

pub(super) fn picture(program: &Program, world: &World) -> Picture {
    let threads = (0..program.threads.len()).map(|actor| thread(program, world, actor)).collect();
    let variables = program.shared.iter().zip(&world.shared);
    Picture {
        ports: ports(program, world),
        threads,
        handles: handles(program, world),
        objects: objects(program, world),
        files: files(program, world),
        operations: operations(program, world),
        structures: structures(program, world),
        variables: variables.map(|(v, value)| (v.name.clone(), *value)).collect(),
    }
}

fn ports(program: &Program, world: &World) -> Vec<PortPicture> {
    let teller = Teller { program };
    let name = |id| teller.object(Object::Thread(id));
    let ports = world.kernel.ports().iter();
    let picture = |(id, port): (PortId, &iocp_model::ke::queue::Port)| PortPicture {
        name: teller.object(Object::Port(id)),
        id,
        active: port.active,
        concurrency: port.concurrency,
        packets: port.packets.iter().map(|packet| packet_picture(teller, packet)).collect(),
        waiters: port.stack().map(name).collect(),
        attached: world
            .kernel
            .threads()
            .iter()
            .filter(|(_, thread)| thread.attached == Some(id))
            .map(|(id, _)| name(id))
            .collect(),
        closed: port.closed,
    };
    ports.map(picture).collect()
}

pub(super) fn packet_picture(teller: Teller<'_>, packet: &Packet) -> PacketPicture {
    PacketPicture {
        packet: *packet,
        overlapped: teller.overlapped(packet.overlapped),
        text: teller.packet(packet),
    }
}

/// What a thread is doing where time plays no part: who can run, runs.
pub(super) fn activity(program: &Program, world: &World, actor: usize) -> Activity {
    match world.lanes[actor].state {
        LaneState::Created => Activity::NotStarted,
        LaneState::Done => Activity::Done,
        LaneState::Blocked => Activity::Blocked,
        LaneState::InCall if world.parked_on(program, actor).is_some() => Activity::WaitingOnPort,
        LaneState::InCall => Activity::Blocked,
        LaneState::Ready if world.suspended(program, actor) => Activity::Blocked,
        LaneState::Ready if world.spins(program, actor) => Activity::Spinning,
        LaneState::Ready => Activity::Running,
    }
}

fn thread(program: &Program, world: &World, actor: usize) -> ThreadPicture {
    let kernel = program.threads[actor].kernel.and_then(|id| world.kernel.thread(id));
    let attached = kernel.and_then(|thread| thread.attached);
    ThreadPicture {
        name: program.threads[actor].name.clone(),
        activity: activity(program, world, actor),
        doing: crate::ending::doing(program, world, actor),
        attached: attached.map(|port| Teller { program }.object(Object::Port(port))),
        records: world.lanes[actor].records.clone(),
        last_error: kernel.map_or(0, |thread| thread.last_error),
        apcs: kernel.map_or(0, |thread| thread.apcs.len()),
    }
}

fn handles(program: &Program, world: &World) -> Vec<HandlePicture> {
    let teller = Teller { program };
    let mut out = vec![];
    for (id, process) in world.kernel.processes().iter() {
        for (index, entry) in process.handles.iter().enumerate() {
            let Some(entry) = entry else { continue };
            let handle = iocp_model::Handle::from_index(index);
            let value = handle.to_string();
            let object = teller.object(entry.object);
            out.push(HandlePicture { process: id.to_string(), value, object });
        }
    }
    out
}

fn objects(program: &Program, world: &World) -> Vec<ObjectPicture> {
    let k = &world.kernel;
    let mut all: Vec<(Object, &'static str)> = vec![];
    all.extend(k.ports().iter().map(|(id, _)| (Object::Port(id), "port")));
    all.extend(k.files().iter().map(|(id, _)| (Object::File(id), "file")));
    all.extend(k.events().iter().map(|(id, _)| (Object::Event(id), "event")));
    all.extend(k.semaphores().iter().map(|(id, _)| (Object::Semaphore(id), "semaphore")));
    all.extend(k.mutants().iter().map(|(id, _)| (Object::Mutant(id), "mutex")));
    all.extend(k.jobs().iter().map(|(id, _)| (Object::Job(id), "job")));
    all.extend(k.reserves().iter().map(|(id, _)| (Object::Reserve(id), "reserve")));
    all.extend(k.wait_packets().iter().map(|(id, _)| (Object::WaitPacket(id), "wait packet")));
    let teller = Teller { program };
    let picture = |(object, kind): (Object, &'static str)| {
        let references = k.references(object);
        let others = references.iter().filter(|r| **r != Reference::Handle);
        ObjectPicture {
            name: teller.object(object),
            kind,
            handles: k.handle_count(object),
            references: others.map(|r| in_words(teller, world, *r)).collect(),
        }
    };
    all.into_iter().map(picture).collect()
}

fn in_words(teller: Teller<'_>, world: &World, reference: Reference) -> String {
    match reference {
        Reference::Handle => "a handle".to_owned(),
        Reference::File(id) => format!("associated with {}", teller.object(Object::File(id))),
        Reference::Job(id) => format!("messages of {}", teller.object(Object::Job(id))),
        Reference::NestedJob(id) => format!("around {}", teller.object(Object::Job(id))),
        Reference::WaitPacket(id) => format!("armed {}", teller.object(Object::WaitPacket(id))),
        Reference::Process(id) => format!("process {id}"),
        Reference::Thread(id) => {
            format!("{} waits inside a call", teller.object(Object::Thread(id)))
        }
        Reference::Irp(id) => match world.kernel.irp(id) {
            Some(irp) => {
                format!("pending operation of {}", teller.overlapped(irp.request.status_block))
            }
            None => id.to_string(),
        },
        Reference::Packet(id) => format!("a packet in {}", teller.object(Object::Port(id))),
    }
}

fn files(program: &Program, world: &World) -> Vec<FilePicture> {
    const MODES: [(u8, &str); 3] = [
        (1, "FILE_SKIP_COMPLETION_PORT_ON_SUCCESS"),
        (2, "FILE_SKIP_SET_EVENT_ON_HANDLE"),
        (4, "FILE_SKIP_SET_USER_EVENT_ON_FAST_IO"),
    ];
    let teller = Teller { program };
    let files = world.kernel.files().iter();
    let picture = |(id, file): (iocp_model::FileId, &iocp_model::io::file::FileObject)| {
        let association = file.association.map(|a| (teller.object(Object::Port(a.port)), a.key));
        let modes = MODES.iter().filter(|(bit, _)| file.modes & bit != 0);
        let modes = modes.map(|(_, name)| *name).collect();
        FilePicture { name: teller.object(Object::File(id)), association, modes }
    };
    files.map(picture).collect()
}

fn operations(program: &Program, world: &World) -> Vec<OperationPicture> {
    let teller = Teller { program };
    let mut pending: Vec<_> = world.kernel.irps().iter().map(|(_, irp)| irp).collect();
    pending.sort_by_key(|irp| (irp.request.file, irp.order));
    let picture = |irp: &iocp_model::io::request::Irp| OperationPicture {
        function: irp.request.op.name(),
        file: teller.object(Object::File(irp.request.file)),
        thread: teller.object(Object::Thread(irp.request.thread)),
        overlapped: teller.overlapped(irp.request.status_block),
        canceled: irp.canceled.is_some(),
    };
    pending.into_iter().map(picture).collect()
}

fn structures(program: &Program, world: &World) -> Vec<StructurePicture> {
    let numbered = (0u16..).zip(&program.overlapped);
    let picture = |(number, structure): (u16, &crate::program::Structure)| {
        let at = Overlapped::numbered(number);
        // Structures are those of one address space; a second process has its own.
        let block = world.kernel.status_block(ProcessId(0), at);
        StructurePicture {
            name: structure.name.clone(),
            owner: world.owner(at).to_string(),
            holds: block.map(|block| (block.status.to_string(), block.information)),
        }
    };
    numbered.map(picture).collect()
}
