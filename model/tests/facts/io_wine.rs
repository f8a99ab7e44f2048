//! Where Wine 8.0 completes operations in its own way (facts.md 2A, X11 to X18): each deviation
//! by itself, off and on, and the preset that has them all.

use crate::io_stage::*;

/// Windows 11, the same with one deviation, and Wine 8.0.
fn sides(deviation: Deviation) -> [(Semantics, bool); 3] {
    let windows = Semantics::default();
    [(windows, false), (windows.with(deviation), true), (Semantics::wine_8_0(), true)]
}

#[test]
fn x11_a_refused_association_writes_its_status_block() {
    facts(&["X11"]);
    for (semantics, wine) in sides(Deviation::FailedAssociationWritesStatus) {
        let mut io = Io::new(semantics);
        let (file, port) = (io.open_synchronous(FileKind::Disk), io.port);
        let result = io.call(Call::NtSetInformationFileCompletion { file, port, key: 1 });
        let status = NtStatus::INVALID_PARAMETER;
        let written = Out::StatusBlock { status, information: 0 };
        let out = if wine { written } else { Out::Nothing };
        assert_eq!(result, Some(Return { value: Value::Status(status), last_error: None, out }));
    }
}

#[test]
fn x12_an_association_leaves_the_file_unsignaled() {
    facts(&["X12"]);
    for (semantics, wine) in sides(Deviation::AssociationLeavesSignal) {
        let mut io = Io::new(semantics);
        let file = io.open(FileKind::Device);
        io.io(pends(op(IoOp::ReadFile, file)));
        io.bind(file, 1);
        assert_eq!(io.signaled(file), !wine);
    }
}

#[test]
fn x13_a_partial_read_warns_at_once_and_the_skip_mode_swallows_its_packet() {
    facts(&["X13"]);
    let windows = Semantics::default();
    let (warns, skips) = (Deviation::PartialReadWarns, Deviation::WarningSkipped);
    let posts = Some((1, OV.0, 0x8000_0005, 1));
    for (semantics, returned, packet) in [
        (windows, NtStatus::PENDING, posts),
        (windows.with(skips), NtStatus::PENDING, posts),
        (windows.with(warns), NtStatus::BUFFER_OVERFLOW, posts),
        (windows.with(warns).with(skips), NtStatus::BUFFER_OVERFLOW, None),
        (Semantics::wine_8_0(), NtStatus::BUFFER_OVERFLOW, None),
        (Semantics::from(Profile::Win7), NtStatus::BUFFER_OVERFLOW, None),
    ] {
        let mut io = Io::new(semantics);
        let [server, client] = io.pipe(true);
        io.bind(server, 1);
        io.modes(server, 1);
        io.io(at(2, length(9, op(IoOp::WriteFile, client))));
        let read = length(1, native(IoOp::NtReadFile, server, Handle::NULL, None));
        assert_eq!(io.io(read), status(returned));
        assert_eq!(io.take(), packet, "{semantics:?}");
    }
}

#[test]
fn x14_and_x15_hold_in_the_preset() {
    facts(&["X14", "X15"]);
    let mut io = Io::new(Semantics::wine_8_0());
    let [socket, other] = io.sockets();
    io.bind(socket, 1);
    io.io(op(IoOp::WSARecv, socket));
    io.w.close(io.t, socket);
    assert_eq!(io.poll(), failed(1, 0, 676));
    let [third, _fourth] = io.sockets();
    io.bind(third, 2);
    io.modes(third, 1);
    assert_eq!(io.io(op(IoOp::DisconnectEx, third)), pending());
    assert_eq!(io.poll(), empty());
    io.w.close(io.t, other);
}

#[test]
fn x18_the_routine_of_a_synchronous_read_that_ends_at_once_does_not_run() {
    facts(&["X18"]);
    for (semantics, wine) in sides(Deviation::SyncReadRunsApc) {
        for (final_status, runs) in [(0, wine), (0xC000_0011, false)] {
            let mut io = Io::new(semantics);
            let file = io.open_synchronous(FileKind::Disk);
            let read = native(IoOp::NtReadFile, file, Handle::NULL, Some(6));
            io.io(ends(final_status, 5, read));
            io.alert();
            assert_eq!(io.routines_run(), if runs { vec![6] } else { vec![] }, "{semantics:?}");
        }
    }
    // One that really waited runs its routine (G20: nothing says otherwise).
    let mut io = Io::new(Semantics::default());
    let file = io.open_synchronous(FileKind::Disk);
    io.io(pends(native(IoOp::NtReadFile, file, Handle::NULL, Some(6))));
    io.complete(0, 5);
    io.alert();
    assert_eq!(io.routines_run(), [6]);
}

/// Deviations that no Wine makes, each on both sides.
#[test]
fn likely_faults_of_other_implementations_each_show() {
    // ReactOS's fast path posts whatever the status (D19); its other paths are the matrix.
    let windows = Semantics::default();
    let posts_failures = windows.with(Deviation::SyncErrorPosts);
    let ignores_skip = windows.with(Deviation::SkipIgnored);
    let ignores_bit = windows.with(Deviation::LowBitIgnored);
    let outcome = |semantics: Semantics, modes: u32, mark: u64, final_status: u32| {
        let mut io = Io::new(semantics);
        let [file, event] = [io.bound(FileKind::Device, 1), io.event()];
        io.modes(file, modes);
        let marked = Handle(event.0 | mark);
        io.io(ends(final_status, 2, crate::io_stage::event(marked, op(IoOp::ReadFile, file))));
        (io.depth(), io.signaled(event), io.block().is_some())
    };
    assert_eq!(outcome(windows, 0, 0, 0xC000_0011), (0, false, false));
    assert_eq!(outcome(posts_failures, 0, 0, 0xC000_0011), (1, false, false));
    assert_eq!(outcome(windows, 1, 0, 0), (0, true, true));
    assert_eq!(outcome(ignores_skip, 1, 0, 0), (1, true, true));
    assert_eq!(outcome(windows, 0, 1, 0), (0, true, true));
    assert_eq!(outcome(ignores_bit, 0, 1, 0), (1, true, true));
}
