//! Which moves are possible now.

use super::super::moves::{Kind, Level, Move};
use super::objects::Objects;
use super::{FILES, FileOf, SLOTS_MAX, World};
use iocp_model::Object;
use iocp_model::io::wait_packet::{WaitPacket, WaitPacketState};

/// Packets that a program leaves queued at most: more show nothing that these do not.
const DEPTH_MAX: u32 = 4;

impl World {
    /// Whether a move is possible now, as far as the case can tell; the model may still not say
    /// what it does.
    pub fn is_possible(&self, m: Move) -> bool {
        let port_is_open = || {
            let port = &self.ports[self.port_index(m.what)];
            !port.made || !port.handles.is_empty()
        };
        let worker = || self.runs(self.worker(m));
        let poster = || self.runs(self.poster(m));
        let file = |state: FileOf| state != FileOf::Closed;
        let file_is_open = || file(self.files[World::file_index(m)]);
        match m.kind {
            Kind::Post => poster() && port_is_open() && self.depth(m) < DEPTH_MAX,
            Kind::Remove => worker() && port_is_open(),
            Kind::Block => worker(),
            Kind::Unblock => self.is_blocked(self.worker_index(m)),
            Kind::Depth | Kind::Duplicate | Kind::ReservePost => port_is_open(),
            Kind::Exit => worker(),
            Kind::Close => !self.ports[self.port_index(m.what)].handles.is_empty(),
            Kind::Bind => {
                let port = &self.ports[self.port_index(m.how)];
                file_is_open() && (!port.made || !port.handles.is_empty())
            }
            Kind::Write | Kind::Read => poster() && file_is_open() && self.slots < SLOTS_MAX,
            Kind::Modes => file_is_open(),
            Kind::Cancel => poster() && self.files[World::file_index(m)] != FileOf::NotYet,
            Kind::CloseFile => matches!(self.files[World::file_index(m)], FileOf::Open(_)),
            Kind::WaitPort => worker() && port_is_open(),
            Kind::Suspend => self.can_suspend(m),
            Kind::Resume => self.is_suspended(m),
            Kind::WaitPacket => {
                let there = m.how % 4 != 3 || self.threads[self.worker_index(m)].is_some();
                port_is_open() && there && !self.wait_packet_is_busy()
            }
            Kind::Signal | Kind::TakeBack => self.wait_packet.is_some(),
            Kind::Alertable => worker() && (m.how % 3 == 2 || port_is_open()),
            Kind::QueueApc => self.can_suspend(m),
            Kind::Rebind => matches!(self.files[World::file_index(m)], FileOf::Open(_)),
            Kind::BindSocket => {
                let port = &self.ports[self.port_index(m.how)];
                self.socket_is_open(m) && (!port.made || !port.handles.is_empty())
            }
            Kind::Send => poster() && self.socket_sends(m) && self.slots < SLOTS_MAX,
            Kind::Receive | Kind::Disconnect | Kind::Ask => {
                poster() && self.socket_talks(m) && self.slots < SLOTS_MAX
            }
            Kind::ShutDown => self.socket_is_quiet(m),
            Kind::CloseSocket => self.socket_closes(m),
            Kind::Native => poster() && file_is_open() && self.slots < SLOTS_MAX,
            Kind::Pipe => {
                let server = World::file_index(m).is_multiple_of(2);
                let open = matches!(self.files[World::file_index(m)], FileOf::Open(_));
                server && open && !self.cut[World::file_index(m)] && self.slots < SLOTS_MAX
            }
            Kind::NativeModes => file_is_open(),
            Kind::BindNative => {
                let port = &self.ports[self.port_index(m.how / 2)];
                file_is_open() && (!port.made || !port.handles.is_empty())
            }
            _ => self.is_possible_beside_files(m),
        }
    }

    /// The same, for moves on what is neither a port nor a file.
    fn is_possible_beside_files(&self, m: Move) -> bool {
        let port = &self.ports[self.port_index(m.what)];
        let port_is_open = !port.made || !port.handles.is_empty();
        let (worker, poster) = (self.runs(self.worker(m)), self.runs(self.poster(m)));
        match m.kind {
            Kind::WaitObject => match m.how % 8 {
                4 => worker && port_is_open,
                6 | 7 => worker && self.begun(m).is_some(),
                _ => worker,
            },
            Kind::Release => {
                let mutex = m.how % 3 == 2;
                let Objects { semaphore, mutex: made, .. } = &self.objects;
                poster && if mutex { made.is_some() } else { semaphore.is_some() }
            }
            Kind::CloseObject => self.closing(m).is_some(),
            Kind::ResetEvent => self.event_to_reset(m).is_some(),
            Kind::Start => self.can_start_worker(),
            Kind::Terminate => self.can_suspend(m),
            Kind::JobPort => m.how % 3 == 2 || port_is_open,
            Kind::StartProcess => self.can_start_process(),
            Kind::JoinJob => self.process_is_free(m),
            Kind::EndProcess => self.process(m).is_some(),
            Kind::Name => true,
            Kind::Result => poster && self.newest(m).is_some_and(|(_, newest)| !newest.native),
            Kind::CancelOne if m.how % 3 == 2 => self.threads[self.worker_index(m)].is_some(),
            Kind::CancelOne => poster && self.newest(m).is_some(),
            Kind::Rest => worker,
            // Every other kind is above.
            _ => false,
        }
    }

    /// A worker that runs can make a handle of itself first; one that has exited stays so.
    fn can_suspend(&self, m: Move) -> bool {
        let index = self.worker_index(m);
        let there = self.kernel.thread(self.worker(m)).is_some_and(|thread| {
            thread.suspended == 0 && thread.run != iocp_model::ke::thread::Run::Exited
        });
        there && (self.threads[index].is_some() || self.runs(self.workers[index]))
    }

    fn is_suspended(&self, m: Move) -> bool {
        let thread = self.kernel.thread(self.worker(m));
        thread.is_some_and(|thread| thread.suspended > 0)
    }

    /// Whether the wait packet already waits for its event.
    fn wait_packet_is_busy(&self) -> bool {
        let Some((packet, _)) = self.wait_packet else { return false };
        match self.object(packet) {
            Some(Object::WaitPacket(id)) => {
                let idle = |packet: &WaitPacket| packet.state == WaitPacketState::Idle;
                !self.kernel.wait_packet(id).is_some_and(idle)
            }
            _ => true,
        }
    }

    fn depth(&self, m: Move) -> u32 {
        let handle = self.ports[self.port_index(m.what)].handles.first();
        match handle.and_then(|handle| self.object(*handle)) {
            Some(Object::Port(id)) => self.kernel.port(id).map_or(0, |port| port.depth()),
            _ => 0,
        }
    }

    /// Every move of a kind, each once, in a fixed order.
    fn all(&self, kind: Kind) -> impl Iterator<Item = Move> + use<> {
        let workers = self.workers.len() as u8;
        let who = match kind {
            Kind::Post | Kind::Write | Kind::Read | Kind::Cancel => workers + 1,
            Kind::Send | Kind::Receive => workers + 1,
            Kind::Remove | Kind::Block | Kind::Unblock | Kind::Exit => workers,
            Kind::WaitPort | Kind::Suspend | Kind::Resume => workers,
            Kind::Alertable | Kind::QueueApc | Kind::Terminate | Kind::Rest => workers,
            Kind::WaitObject | Kind::WaitPacket => workers,
            Kind::Release | Kind::Native | Kind::Result | Kind::CancelOne => workers + 1,
            Kind::Disconnect | Kind::Ask => workers + 1,
            _ => 1,
        };
        let ports = self.ports.len() as u8;
        let what = match kind {
            Kind::Bind | Kind::Write | Kind::Read | Kind::Modes => FILES as u8,
            Kind::Cancel | Kind::CloseFile => FILES as u8,
            Kind::Block | Kind::Unblock | Kind::Exit => 1,
            Kind::Suspend | Kind::Resume | Kind::Signal => 1,
            Kind::QueueApc | Kind::TakeBack => 1,
            Kind::Rebind => FILES as u8,
            Kind::BindSocket | Kind::Send | Kind::Receive => 2,
            Kind::ShutDown | Kind::CloseSocket | Kind::Disconnect | Kind::Ask => 2,
            Kind::BindNative | Kind::Native | Kind::Pipe | Kind::Result => FILES as u8,
            Kind::CancelOne | Kind::NativeModes => FILES as u8,
            Kind::Start | Kind::Terminate | Kind::Rest => 1,
            Kind::Release | Kind::CloseObject | Kind::ResetEvent | Kind::StartProcess => 1,
            Kind::WaitObject => workers,
            Kind::JoinJob | Kind::EndProcess => 2,
            _ => ports,
        };
        let how = match kind {
            Kind::Bind | Kind::BindSocket => ports,
            Kind::Rebind => ports + 1,
            Kind::BindNative => 2 * ports,
            _ => kind.variants(),
        };
        (0..who).flat_map(move |who| {
            (0..what).flat_map(move |what| (0..how).map(move |how| Move { kind, who, what, how }))
        })
    }

    /// Every move of a kind that is possible now, each once, in a fixed order.
    pub fn possible(&self, kind: Kind) -> Vec<Move> {
        self.all(kind).filter(|m| self.is_possible(*m)).collect()
    }

    /// The kinds of a level with a move that is possible now.
    pub fn kinds(&self, level: Level) -> Vec<Kind> {
        let within = |kind: &Kind| kind.level() <= level;
        let some = |kind: &Kind| self.all(*kind).any(|m| self.is_possible(m));
        Kind::ALL.iter().copied().filter(within).filter(some).collect()
    }
}
