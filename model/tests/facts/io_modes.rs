//! Notification modes (facts.md 1H; semantics.md B4), and what a completion signals (G14-G19).

use crate::io_stage::*;

#[test]
fn notification_modes_are_refused_for_short_buffers_other_files_and_on_xp() {
    facts(&["H01", "H02"]);
    let set = |file, length| Call::NtSetInformationFileNotificationModes { file, flags: 1, length };
    for profile in Profile::ALL {
        let mut io = Io::new(profile);
        let file = io.open(FileKind::Device);
        let synchronous = io.open_synchronous(FileKind::Device);
        let [short, refused] = match profile {
            Profile::Xp => [NtStatus::INVALID_INFO_CLASS; 2],
            _ => [NtStatus::INFO_LENGTH_MISMATCH, NtStatus::INVALID_PARAMETER],
        };
        for length in 0..4 {
            assert_eq!(io.refused(set(file, length)), status(short), "{profile}");
        }
        assert_eq!(io.refused(set(synchronous, 4)), status(refused), "{profile}");
        if profile > Profile::Xp {
            assert_eq!(io.call(set(file, 8)), status(NtStatus::SUCCESS), "longer will do");
            let win32 = |file| Call::SetFileCompletionNotificationModes { file, flags: 1 };
            assert_eq!(io.refused(win32(synchronous)), fails(87));
            assert_eq!(io.refused(win32(Handle(0x7774))), fails(6));
            let port = io.port;
            assert_eq!(io.refused(win32(port)), fails(6));
            assert_eq!(io.call(win32(file)), succeeds());
        }
    }
}

#[test]
fn notification_modes_only_accumulate() {
    facts(&["H03"]);
    let mut io = Io::new(Profile::Win11);
    let file = io.open(FileKind::Device);
    let query = Call::NtQueryInformationFileNotificationModes { file };
    for (set, reported) in [(2, 2), (4, 6), (0, 6), (1, 7), (0xdead_beef, 7)] {
        io.modes(file, set);
        let out = io.call(query.clone()).map(|result| result.out);
        assert_eq!(out, Some(Out::Modes(reported)), "after {set:x}");
    }
}

#[test]
fn notification_modes_belong_to_the_file_object() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 1);
    let duplicate = io.handle(duplicate(file));
    io.modes(duplicate, 1);
    io.io(ends(0, 1, op(IoOp::ReadFile, file)));
    assert_eq!(io.depth(), 0);
}

#[test]
fn the_skip_mode_does_not_concern_what_pended() {
    facts(&["H05"]);
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Disk, 1);
    for op_ in [IoOp::ReadFile, IoOp::WriteFile] {
        assert_eq!(io.io(op(op_, file)), pending());
        io.modes(file, 1); // Also when it is set while the operation is pending.
        io.complete(0, 100);
        assert_eq!(io.poll(), completed(1, 100));
    }
}

#[test]
fn in_the_skip_mode_what_succeeds_at_once_queues_nothing() {
    facts(&["H06"]);
    let mut io = Io::new(Profile::Win11);
    let [server, client] = io.pipe(true);
    io.bind(client, 1);
    io.modes(client, 1);
    assert_eq!(io.io(length(9, op(IoOp::WriteFile, client))), done(9));
    assert_eq!(io.poll(), empty());
    assert_eq!(io.block(), Some((0, 9)));
    io.io(op(IoOp::ReadFile, server));
}

#[test]
fn flag_2_keeps_the_file_unsignaled_and_flag_1_does_not() {
    facts(&["H09", "H10"]);
    for (flags, signaled) in [(2, false), (3, false), (1, true)] {
        for tied in [false, true] {
            let mut io = Io::new(Profile::Win11);
            let file = io.open(FileKind::Device);
            io.io(ends(0, 0, op(IoOp::ReadFile, file)));
            assert!(io.signaled(file));
            io.modes(file, flags);
            if flags & 2 != 0 {
                assert!(!io.signaled(file), "unsignaled by the setting itself");
            }
            if tied {
                io.bind(file, 1);
            }
            io.io(ends(0, 7, op(IoOp::ReadFile, file)));
            assert_eq!(io.signaled(file), signaled, "flags {flags}, at once");
            io.io(pends(op(IoOp::ReadFile, file)));
            io.complete(0, 7);
            assert_eq!(io.signaled(file), signaled, "flags {flags}, later");
            // An event of the caller's is set all the same.
            let event = io.event();
            io.io(ends(0, 7, event_of(event, op(IoOp::ReadFile, file))));
            assert!(io.signaled(event));
        }
    }
}

/// FILE_SKIP_SET_USER_EVENT_ON_FAST_IO: rows are (flags, how it ends, the event is set).
#[test]
fn flag_4_keeps_the_callers_event_unsignaled_by_what_succeeds_at_once() {
    for (flags, status, set) in [
        (0, 0, true),
        (4, 0, false),
        (4, 0x4000_0000, false),
        (4, 0x8000_0005, true),
        (4, 0xC000_0011, false),
    ] {
        let mut io = Io::new(Profile::Win11);
        let [file, event] = [io.open(FileKind::Device), io.event()];
        io.modes(file, flags);
        io.io(ends(status, 1, event_of(event, op(IoOp::DeviceIoControl, file))));
        assert_eq!(io.signaled(event), set, "flags {flags} status {status:x}");
        assert!(!io.signaled(file), "nor the file instead");
        io.io(pends(event_of(event, op(IoOp::DeviceIoControl, file))));
        io.complete(0, 1);
        assert!(io.signaled(event), "what pended sets it");
    }
}

#[test]
fn the_low_bit_of_the_event_suppresses_the_packet_only() {
    facts(&["G18"]);
    let mut io = Io::new(Profile::Win11);
    let [file, event] = [io.bound(FileKind::Stream, 1), io.event()];
    let marked = Handle(event.0 | 1);
    for op_ in [IoOp::ConnectEx, IoOp::DisconnectEx] {
        assert_eq!(io.io(pends(event_of(marked, op(op_, file)))), pending());
        io.complete(0, 0);
        assert!(io.signaled(event), "the event is set");
        assert_eq!(io.block(), Some((0, 0)));
        assert_eq!(io.poll(), empty());
        io.io(ends(0, 0, event_of(marked, op(op_, file))));
        assert_eq!(io.poll(), empty(), "at once as well");
    }
}
