//! Corners of operations that a change of one operator cut without any other test noticing: what
//! mutation testing asked for.

use crate::io_stage::*;

fn accept(listener: Handle, accepted: Handle, buffer: u32) -> IoCall {
    IoCall { other: accepted, ..length(buffer, op(IoOp::AcceptEx, listener)) }
}

#[test]
fn a_client_from_outside_connects_to_a_pipe_that_listens_and_to_no_other() {
    let mut io = Io::new(Profile::Win11);
    let server = io.handle(Call::CreateNamedPipe { overlapped: true, message: true });
    io.bind(server, 5);
    assert_eq!(io.io(op(IoOp::ConnectNamedPipe, server)), pending());
    io.arrive(server, Arrival::Connect);
    assert_eq!(io.poll(), completed(5, 0));
    let (file, what) = (io.file(server), Arrival::Connect);
    let again = io.w.kernel.step(Action::Arrive { file, what });
    assert_eq!(again.err(), Some(Refusal::CannotArrive(file)));
}

#[test]
fn a_connection_goes_to_the_accept_whose_socket_is_free() {
    let mut io = Io::new(Profile::Win11);
    let listener = io.bound(FileKind::Listener, 5);
    let socket = io.open(FileKind::Stream);
    assert_eq!(io.io(accept(listener, socket, 0)), pending());
    io.arrive(listener, Arrival::Connect);
    assert_eq!(io.poll(), completed(5, 0));
}

#[test]
fn data_ends_only_the_accept_that_waits_for_data_on_that_very_socket() {
    let mut io = Io::new(Profile::Win11);
    let listener = io.bound(FileKind::Listener, 5);
    let [without_buffer, with_buffer] = [FileKind::Stream; 2].map(|kind| io.open(kind));
    let [near, far] = io.sockets();
    io.io(at(1, accept(listener, with_buffer, 16)));
    io.io(at(2, accept(listener, without_buffer, 0)));
    // Data elsewhere is nothing to them.
    io.io(at(3, op(IoOp::WSASend, far)));
    assert_eq!(io.poll(), empty());
    // The socket of the second is connected otherwise, and hears data.
    io.io(at(4, op(IoOp::ConnectEx, without_buffer)));
    let connect = io.w.kernel.irps().iter().find(|(_, irp)| irp.request.op == IoOp::ConnectEx);
    let (irp, _) = connect.expect("it pends");
    io.w.act(Action::Complete { irp, status: NtStatus::SUCCESS, information: 0 });
    io.arrive(without_buffer, Arrival::Data(3));
    assert_eq!(io.poll(), empty());
    assert_eq!(io.io(op(IoOp::WSARecv, near)), wsa_done(100));
}

#[test]
fn canceling_what_a_thread_waits_for_leaves_alone_what_it_does_not_wait_for() {
    let mut io = Io::new(Profile::Win11);
    let [main] = io.w.threads();
    let (file, synchronous) =
        (io.bound(FileKind::Device, 1), io.open_synchronous(FileKind::Device));
    let thread = io.handle(Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle: Handle::CURRENT_THREAD,
        target_process: Handle::CURRENT_PROCESS,
        access: None,
        inherit: false,
        close_source: false,
    });
    io.io(pends(op(IoOp::ReadFile, file)));
    assert_eq!(io.io(at(2, pends(op(IoOp::ReadFile, synchronous)))), None);
    io.w.call(main, Call::CancelSynchronousIo { thread });
    let canceled: Vec<bool> =
        io.w.kernel.irps().iter().map(|(_, irp)| irp.canceled.is_some()).collect();
    assert_eq!(canceled, [false, true]);
}

#[test]
fn the_skip_mode_does_not_unsignal_a_file() {
    let mut io = Io::new(Profile::Win11);
    let file = io.open(FileKind::Device);
    io.io(ends(0, 0, op(IoOp::ReadFile, file)));
    for (flags, signaled) in [(1, true), (4, true), (2, false)] {
        io.modes(file, flags);
        assert_eq!(io.signaled(file), signaled, "{flags}");
    }
}

#[test]
fn operations_behind_one_that_ends_move_up_by_one_place() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 1);
    let other = io.bound(FileKind::Device, 2);
    for (number, file) in [(1, file), (2, file), (3, file), (4, file), (5, other), (6, other)] {
        io.io(at(number, pends(op(IoOp::ReadFile, file))));
    }
    let orders =
        |io: &Io| -> Vec<u32> { io.w.kernel.irps().iter().map(|(_, irp)| irp.order).collect() };
    assert_eq!(orders(&io), [0, 1, 2, 3, 0, 1]);
    let (status, information) = (NtStatus::SUCCESS, 0);
    io.w.act(Action::Complete { irp: IrpId(1), status, information });
    assert_eq!(orders(&io), [0, 1, 2, 0, 1]);
    io.w.act(Action::Complete { irp: IrpId(0), status, information });
    assert_eq!(orders(&io), [0, 1, 0, 1]);
}

/// What each driver answers to what it is asked first: a table of all kinds.
#[test]
fn each_kind_of_file_does_what_it_can_and_refuses_the_rest() {
    use FileKind::{Datagram, Device, Directory, Disk, Listener, PipeServer, Stream};
    let cannot = || fails(1);
    let rows = [
        (Disk, IoOp::ReadFile, pending()),
        (Disk, IoOp::WriteFile, pending()),
        (Disk, IoOp::LockFileEx, done(0)),
        (Disk, IoOp::DeviceIoControl, pending()),
        (Disk, IoOp::ConnectNamedPipe, cannot()),
        (Disk, IoOp::WaitCommEvent, cannot()),
        (Directory, IoOp::ReadDirectoryChangesW, succeeds()),
        (Directory, IoOp::ReadFile, cannot()),
        (Device, IoOp::WaitCommEvent, pending()),
        (PipeServer, IoOp::ConnectNamedPipe, pending()),
        (PipeServer, IoOp::ReadFile, fails(536)),
        (PipeServer, IoOp::WriteFile, fails(536)),
        (PipeServer, IoOp::LockFileEx, cannot()),
        (Stream, IoOp::ConnectEx, pending()),
        (Stream, IoOp::WSARecv, wsa_fails(10057)),
        (Stream, IoOp::WSASend, wsa_fails(10057)),
        (Stream, IoOp::WSAIoctl, wsa_fails(997)),
        (Stream, IoOp::DeviceIoControl, pending()),
        (Listener, IoOp::AcceptEx, pending()),
        (Listener, IoOp::WSAIoctl, wsa_fails(997)),
        (Listener, IoOp::WSARecv, wsa_fails(10057)),
        (Datagram, IoOp::WSARecvFrom, wsa_fails(997)),
        (Datagram, IoOp::WSASendTo, wsa_done(100)),
        (Datagram, IoOp::WSAIoctl, wsa_fails(997)),
    ];
    for (kind, asked, expected) in rows {
        let mut io = Io::new(Profile::Win11);
        let file = io.open(kind);
        assert_eq!(io.io(op(asked, file)), expected, "{kind:?} {asked:?}");
    }
    let rows = [
        (IoOp::WSASend, wsa_done(100)),
        (IoOp::WriteFile, done(100)),
        (IoOp::WSARecv, wsa_fails(997)),
        (IoOp::TransmitFile, pending()),
        (IoOp::ConnectEx, fails(10022)),
        (IoOp::LockFileEx, cannot()),
    ];
    for (asked, expected) in rows {
        let mut io = Io::new(Profile::Win11);
        let [near, _far] = io.sockets();
        assert_eq!(io.io(op(asked, near)), expected, "connected {asked:?}");
    }
}

#[test]
fn a_message_just_as_long_as_the_buffer_is_whole() {
    let mut io = Io::new(Profile::Win11);
    let [server, client] = io.pipe(true);
    io.io(length(9, op(IoOp::WriteFile, client)));
    assert_eq!(io.io(length(9, op(IoOp::ReadFile, server))), done(9));
    assert_eq!(io.io(length(9, op(IoOp::ReadFile, server))), pending());
}

#[test]
fn an_accept_that_ends_well_has_connected_its_socket() {
    let mut io = Io::new(Profile::Win11);
    let (listener, socket) = (io.open(FileKind::Listener), io.open(FileKind::Stream));
    io.io(accept(listener, socket, 0));
    assert_eq!(io.io(at(2, op(IoOp::WSARecv, socket))), wsa_fails(10057));
    io.complete(0, 0);
    assert_eq!(io.io(at(2, op(IoOp::WSARecv, socket))), wsa_fails(997));
}

#[test]
fn a_read_without_an_overlapped_signals_its_file_like_any_other() {
    let mut io = Io::new(Profile::Win11);
    for (flags, signaled) in [(0, true), (2, false)] {
        let file = io.open(FileKind::Device);
        io.modes(file, flags);
        assert_eq!(io.io(ends(0, 3, nothing_given(op(IoOp::ReadFile, file)))), done(3));
        assert_eq!(io.signaled(file), signaled, "{flags}");
    }
}

#[test]
fn operations_are_called_what_their_functions_are_called() {
    for asked in crate::io_any::calls::OPS {
        assert_eq!(asked.name(), format!("{asked:?}"));
    }
}

#[test]
fn a_second_connect_leaves_a_connected_pipe_connected() {
    let mut io = Io::new(Profile::Win11);
    let [server, _client] = io.pipe(true);
    io.io(at(2, pends(op(IoOp::ConnectNamedPipe, server))));
    assert_eq!(io.io(op(IoOp::WriteFile, server)), done(100));
}

#[test]
fn disconnecting_a_pipe_ends_the_connect_that_waits_for_a_client() {
    let mut io = Io::new(Profile::Win11);
    let server = io.handle(Call::CreateNamedPipe { overlapped: true, message: true });
    io.bind(server, 5);
    io.io(op(IoOp::ConnectNamedPipe, server));
    assert_eq!(io.call(Call::DisconnectNamedPipe { file: server }), succeeds());
    assert_eq!(io.poll(), failed(5, 0, 233));
}

#[test]
fn a_control_that_polls_nothing_is_canceled_by_the_close_of_its_socket() {
    let mut io = Io::new(Profile::Win11);
    for kind in [FileKind::Datagram, FileKind::Stream] {
        let file = io.bound(kind, 1);
        io.io(pends(native(IoOp::NtDeviceIoControlFile, file, Handle::NULL, None)));
        io.w.close(io.t, file);
        assert_eq!(io.take(), Some((1, OV.0, 0xC000_0120, 0)), "{kind:?}");
    }
}
