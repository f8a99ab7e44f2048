//! Situations of files, operations, cancellation and what else queues packets.

use iocp_model::io::poll;

use super::{drop_call, port_and_file};
use crate::stage::*;

pub(super) fn associations(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let sync = w.handle(main, device(false));
    w.associated(main, p, 1);
    assert_eq!(w.call(main, associate(sync, p, 1)), null(87));
    Ok(())
}

pub(super) fn through_a_duplicate(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    let second = w.handle(main, duplicate(file, None));
    drop_call(w, main, at_once(IoOp::ReadFile, second, 1, NtStatus::SUCCESS))
}

pub(super) fn replacement(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (p, q) = (w.port(1), w.port(1));
    let file = w.associated(main, p, 1);
    drop_call(w, main, Call::NtSetInformationFileReplaceCompletion { file, port: q, key: 2 })
}

/// One operation that is done at once and one that pends, on an associated file with these modes.
pub(super) fn modes(w: &mut World, main: ThreadId, flags: u32) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    drop_call(w, main, Call::SetFileCompletionNotificationModes { file, flags })?;
    drop_call(w, main, at_once(IoOp::ReadFile, file, 1, NtStatus::SUCCESS))?;
    drop_call(w, main, pending(IoOp::ReadFile, file, 2))?;
    w.complete(NtStatus::SUCCESS, 1);
    Ok(())
}

pub(super) fn native_modes(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = w.handle(main, device(true));
    drop_call(w, main, Call::NtSetInformationFileNotificationModes { file, flags: 1, length: 4 })
}

pub(super) fn completes_later(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let file = w.associated(main, p, 7);
    drop_call(w, main, pending(IoOp::ReadFile, file, 1))?;
    w.complete(NtStatus::SUCCESS, 3);
    drop_call(w, main, Call::GetQueuedCompletionStatus { port: p, timeout: ZERO })
}

pub(super) fn completes_at_once(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    drop_call(w, main, at_once(IoOp::ReadFile, file, 1, NtStatus::SUCCESS))
}

pub(super) fn fails_at_once(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    drop_call(w, main, at_once(IoOp::ReadFile, file, 1, NtStatus::END_OF_FILE))
}

pub(super) fn warning_in_skip_mode(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    drop_call(w, main, Call::SetFileCompletionNotificationModes { file, flags: 1 })?;
    drop_call(w, main, at_once(IoOp::ReadFile, file, 1, NtStatus::BUFFER_OVERFLOW))
}

/// An event, and an OVERLAPPED with it.
fn with_event(w: &mut World, main: ThreadId, low_bit: u64) -> Notify {
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: true });
    let event = Handle(event.0 | low_bit);
    Notify::Overlapped(OverlappedArg { at: Overlapped::numbered(1), event })
}

pub(super) fn low_bit(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    let notify = with_event(w, main, 1);
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    drop_call(w, main, io(IoOp::ReadFile, file, notify, reply))
}

pub(super) fn user_event(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    let notify = with_event(w, main, 0);
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    drop_call(w, main, io(IoOp::ReadFile, file, notify, reply))
}

pub(super) fn fast_io(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    let notify = with_event(w, main, 0);
    drop_call(w, main, Call::SetFileCompletionNotificationModes { file, flags: 4 })?;
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    drop_call(w, main, io(IoOp::ReadFile, file, notify, reply))
}

/// A native read with an APC routine.
fn with_routine(file: Handle, reply: Reply) -> Call {
    let (event, routine, context) = (Handle::NULL, Some(5), 9);
    let status_block = Overlapped::numbered(9);
    io(IoOp::NtReadFile, file, Notify::Native { event, routine, context, status_block }, reply)
}

pub(super) fn apc_routine(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let file = w.handle(main, device(true));
    drop_call(w, main, with_routine(file, Reply::Pending))?;
    w.handle(main, associate(file, p, 1));
    w.complete(NtStatus::SUCCESS, 1);
    drop_call(w, main, with_routine(file, Reply::Pending))
}

pub(super) fn synchronous(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = w.handle(main, device(false));
    let done = Reply::Done { status: NtStatus::SUCCESS, information: 1 };
    drop_call(w, main, with_routine(file, done))?;
    drop_call(w, main, pending(IoOp::ReadFile, file, 1))?;
    w.complete(NtStatus::SUCCESS, 1);
    Ok(())
}

pub(super) fn disconnects(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let file = w.handle(main, Call::SocketPair { overlapped: true });
    w.handle(main, associate(file, p, 1));
    drop_call(w, main, Call::SetFileCompletionNotificationModes { file, flags: 1 })?;
    let notify = Notify::Overlapped(overlapped(1));
    drop_call(w, main, io(IoOp::DisconnectEx, file, notify, Reply::Driver))
}

pub(super) fn waits_for_a_result(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = w.handle(main, device(true));
    drop_call(w, main, pending(IoOp::ReadFile, file, 1))?;
    let (overlapped, wait) = (overlapped(1), true);
    drop_call(w, main, Call::GetOverlappedResult { file, overlapped, wait })?;
    w.complete(NtStatus::SUCCESS, 1);
    Ok(())
}

pub(super) fn cancels(
    w: &mut World,
    main: ThreadId,
    call: fn(Handle) -> Call,
) -> Result<(), Refusal> {
    let file = w.handle(main, device(true));
    drop_call(w, main, pending(IoOp::ReadFile, file, 1))?;
    drop_call(w, main, call(file))
}

pub(super) fn cancels_synchronous(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (a, thread) = w.spawn(main);
    let file = w.handle(main, device(false));
    drop_call(w, a, pending(IoOp::ReadFile, file, 1))?;
    drop_call(w, main, Call::CancelSynchronousIo { thread })
}

pub(super) fn close_pending(
    w: &mut World,
    main: ThreadId,
    kind: FileKind,
    op: IoOp,
) -> Result<(), Refusal> {
    let handle = w.handle(main, Call::CreateFile { kind, overlapped: true, inherit: false });
    drop_call(w, main, pending(op, handle, 1))?;
    drop_call(w, main, Call::CloseHandle { handle })
}

/// A poll that looks, one that waits and sees data, one that finds it there, two exclusive ones,
/// one whose time is up, and the close of the polled socket and of the one they go through.
pub(super) fn socket_polls(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (kind, overlapped, inherit) = (FileKind::Datagram, true, false);
    let [file, socket, third] =
        [0; 3].map(|_| w.handle(main, Call::CreateFile { kind, overlapped, inherit }));
    let call = PollCall {
        file,
        socket,
        events: poll::RECEIVE,
        exclusive: true,
        timeout: INFINITE,
        event: Handle::NULL,
        context: 5,
        status_block: Overlapped(5),
    };
    let timeout = Timeout::Zero;
    drop_call(w, main, Call::AfdPoll(PollCall { timeout, ..call }))?;
    drop_call(w, main, Call::AfdPoll(call))?;
    drop_call(w, main, Call::AfdPoll(call))?;
    w.attempt(Action::Arrive { file: FileId(1), what: Arrival::Data(4) })?;
    drop_call(w, main, Call::AfdPoll(call))?;
    drop_call(w, main, Call::AfdPoll(PollCall { socket: third, ..call }))?;
    drop_call(w, main, Call::CloseHandle { handle: third })?;
    let timeout = Timeout::Finite(1000);
    drop_call(w, main, Call::AfdPoll(PollCall { socket: file, timeout, ..call }))?;
    let irp = w.kernel.irps().ids().next().expect("it is pending");
    w.attempt(Action::Complete { irp, status: NtStatus::TIMEOUT, information: poll::HEAD })?;
    let close = poll::LOCAL_CLOSE;
    drop_call(w, main, Call::AfdPoll(PollCall { events: close, ..call }))?;
    drop_call(w, main, Call::CloseHandle { handle: file })
}

pub(super) fn job_messages(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let port = w.port(1);
    let job = w.handle(main, Call::CreateJobObject {});
    drop_call(w, main, Call::SetInformationJobObjectPort { job, port, key: 1 })?;
    let process = Handle::CURRENT_PROCESS;
    drop_call(w, main, Call::AssignProcessToJobObject { job, process })
}

pub(super) fn nested_jobs(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (port, process) = (w.port(1), Handle::CURRENT_PROCESS);
    let [outer, inner] = [1, 2].map(|key| {
        let job = w.handle(main, Call::CreateJobObject {});
        w.call(main, Call::SetInformationJobObjectPort { job, port, key });
        job
    });
    drop_call(w, main, Call::AssignProcessToJobObject { job: outer, process })?;
    drop_call(w, main, Call::AssignProcessToJobObject { job: inner, process })?;
    drop_call(w, main, Call::CreateProcess { inherit_handles: false })
}

pub(super) fn reserve_post(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let reserve = w.try_handle(main, Call::NtAllocateReserveObject { for_packet: true })?;
    let (port, status) = (w.port(1), NtStatus::SUCCESS);
    let (key, context, information) = (1, 2, 3);
    drop_call(
        w,
        main,
        Call::NtSetIoCompletionEx { port, reserve, key, context, status, information },
    )
}

pub(super) fn wait_packet(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let packet = w.try_handle(main, Call::NtCreateWaitCompletionPacket {})?;
    let port = w.port(1);
    let target = w.handle(main, Call::CreateEvent { manual_reset: true, initial: true });
    let (key, context, information, status) = (1, 2, 3, NtStatus::SUCCESS);
    drop_call(
        w,
        main,
        Call::NtAssociateWaitCompletionPacket {
            packet,
            port,
            target,
            key,
            context,
            status,
            information,
        },
    )?;
    drop_call(w, main, Call::NtCancelWaitCompletionPacket { packet, remove_signaled: true })
}
