//! facts.md 1C and semantics.md C2: the Win32 and native calls, their results, and every bad input.

use crate::stage::*;

fn packet_out(bytes: u32, key: u64, overlapped: u64) -> Out {
    Out::Packet { bytes: Some(bytes), key: Some(key), overlapped: Overlapped(overlapped) }
}

#[test]
fn creating_a_port_ignores_the_key() {
    facts(&["C01"]);
    let kernels = [0, 999].map(|key| {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let call = Call::CreateIoCompletionPort {
            file: Handle::INVALID,
            existing_port: Handle::NULL,
            key,
            concurrency: 0,
        };
        let port = w.handle(main, call);
        assert_eq!((w.depth(port), w.active(port)), (0, 0));
        w.kernel
    });
    assert_eq!(kernels[0], kernels[1]);
}

#[test]
fn a_remove_that_finds_nothing_writes_only_a_null_overlapped() {
    facts(&["C02", "C06"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    assert_eq!(w.poll(main, p), nothing(258));
    assert_eq!(w.call(main, gqcs_ex(p, 2, ZERO, false)), ex_fails(258));
    let call = Call::GetQueuedCompletionStatus { port: p, timeout: TEN_MS };
    assert_eq!(w.call(main, call), WAITS);
    w.act(Action::Expire { thread: main });
    assert_eq!(w.returned(main), nothing(258));
    assert_eq!(w.call(main, gqcs_ex(p, 2, TEN_MS, false)), WAITS);
    w.act(Action::Expire { thread: main });
    assert_eq!(w.returned(main), ex_fails(258));
    assert_eq!(w.call(main, Call::GetLastError {}), dword(258));
}

#[test]
fn a_posted_packet_comes_back_and_success_leaves_the_last_error_alone() {
    facts(&["C03"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    w.call(main, Call::SetLastError { error: 0xdead });
    let overlapped = Overlapped(0x1234);
    let post = Call::PostQueuedCompletionStatus { port: p, bytes: 123, key: 456, overlapped };
    assert_eq!(w.call(main, post), succeeds());
    let out = packet_out(123, 456, 0x1234);
    let expected = Return { value: Value::Bool(true), last_error: None, out };
    assert_eq!(w.poll(main, p), Some(expected));
    assert_eq!(w.call(main, Call::GetLastError {}), dword(0xdead));
}

/// The status of a packet, and what GetQueuedCompletionStatus makes of it.
#[test]
fn the_severity_of_the_packet_decides_between_true_and_false_and_all_outputs_are_written() {
    facts(&["C04", "C08"]);
    let table = [
        (NtStatus::SUCCESS, None),
        (NtStatus::TIMEOUT, None),
        (NtStatus::PENDING, None),
        (NtStatus(0x0EAD_BEEF), None),
        (NtStatus(0x4EAD_BEEF), None),
        (NtStatus::BUFFER_OVERFLOW, Some(234)),
        (NtStatus(0x8EAD_BEEF), Some(317)),
        (NtStatus::CANCELLED, Some(995)),
        (NtStatus::LOCAL_DISCONNECT, Some(64)),
        (NtStatus::CONNECTION_REFUSED, Some(1225)),
        (NtStatus::BUFFER_TOO_SMALL, Some(122)),
        (NtStatus::CONNECTION_ABORTED, Some(1236)),
        (NtStatus(0xCEAD_BEEF), Some(317)),
    ];
    for (status, error) in table {
        for waits in [false, true] {
            let mut w = World::new(Profile::Win11);
            let [main, a] = w.threads();
            let p = w.port(0);
            let post = set(p, native_packet(8, 9, status, 7));
            let result = if waits {
                assert_eq!(w.remove(a, p), WAITS);
                w.call(main, post);
                w.returned(a)
            } else {
                w.call(main, post);
                w.remove(a, p)
            };
            let (value, out) = (Value::Bool(error.is_none()), packet_out(7, 8, 9));
            assert_eq!(result, Some(Return { value, last_error: error, out }), "{status}");
        }
    }
}

#[test]
fn a_batch_is_true_whatever_its_entries_say_and_keeps_their_order() {
    facts(&["C05"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    let packets =
        [native_packet(1, 2, NtStatus::SUCCESS, 3), native_packet(4, 5, NtStatus::CANCELLED, 6)];
    for packet in packets {
        w.call(main, set(p, packet));
    }
    let out = Out::Entries { count: 2, entries: packets.to_vec() };
    let expected = Return { value: Value::Bool(true), last_error: None, out };
    assert_eq!(w.call(main, gqcs_ex(p, 2, ZERO, false)), Some(expected));
}

#[test]
fn the_byte_count_is_the_low_half_of_the_information() {
    facts(&["C07", "A08"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    w.call(main, set(p, native_packet(1, 2, NtStatus::SUCCESS, 0x1234_5678_0000_0003)));
    assert_eq!(w.poll(main, p).unwrap().out, packet_out(3, 1, 2));
}

#[test]
fn binding_a_file_to_the_thread_pool_associates_it() {
    facts(&["C09", "C10", "C11"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(0);
    let bind = |file| Call::BindIoCompletionCallback { file };
    let (sync, file) = (w.handle(main, device(false)), w.handle(main, device(true)));
    assert_eq!(w.call(main, bind(sync)), fails(87));
    assert_eq!(w.call(main, bind(file)), succeeds());
    let before = w.kernel.clone();
    assert_eq!(w.call(main, bind(file)), fails(87));
    assert_eq!(w.call(main, associate(file, p, 1)), null(87));
    w.call(main, Call::SetLastError { error: 87 });
    let mut last = before.clone();
    last.apply(Action::Call { thread: main, call: Call::SetLastError { error: 87 } }, &mut ())
        .unwrap();
    assert_eq!(w.kernel, last);
    for profile in Profile::ALL {
        let mut w = World::new(profile);
        let [main] = w.threads();
        let error = if profile < Profile::Vista { 6 } else { 87 };
        assert_eq!(w.call(main, bind(Handle::NULL)), fails(error));
    }
}

/// Everything that a bad call can be given.
struct Bad {
    w: World,
    main: ThreadId,
    /// A port with one packet.
    port: Handle,
    /// The same port, without MODIFY_STATE.
    query_only: Handle,
    /// The same port, without QUERY_STATE.
    modify_only: Handle,
    event: Handle,
    mutex: Handle,
    job: Handle,
    wait_packet: Handle,
    reserve: Handle,
    /// Overlapped, and free.
    file: Handle,
    /// Overlapped, and associated.
    taken: Handle,
    /// A second handle to it.
    taken_too: Handle,
    /// Not overlapped.
    sync: Handle,
    /// A handle that was closed.
    stale: Handle,
}

impl Bad {
    fn new() -> Bad {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let port = w.port(1);
        w.post(main, port, 1);
        let modify = Access(Access::MODIFY_STATE.0 | Access::SYNCHRONIZE.0);
        let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
        let taken = w.associated(main, port, 7);
        let mut bad = Bad {
            main,
            port,
            query_only: w.handle(main, duplicate(port, Some(Access::QUERY_STATE))),
            modify_only: w.handle(main, duplicate(port, Some(modify))),
            event,
            mutex: w.handle(main, Call::CreateMutex { initial_owner: false }),
            job: w.handle(main, Call::CreateJobObject {}),
            wait_packet: w.handle(main, Call::NtCreateWaitCompletionPacket {}),
            reserve: w.handle(main, Call::NtAllocateReserveObject { for_packet: true }),
            file: w.handle(main, device(true)),
            taken,
            taken_too: w.handle(main, duplicate(taken, None)),
            sync: w.handle(main, device(false)),
            stale: w.handle(main, device(true)),
            w,
        };
        bad.w.close(main, bad.stale);
        bad
    }

    /// The result is as expected, and all that changed is the last error.
    fn check(&mut self, call: Call, expected: Option<Return>) {
        let thread = self.main;
        self.w.call(thread, Call::SetLastError { error: 0xdead });
        let before = self.w.kernel.clone();
        let text = format!("{call:?}");
        assert_eq!(self.w.call(thread, call), expected, "{text}");
        let error = expected.and_then(|result| result.last_error).unwrap_or(0xdead);
        assert_eq!(self.w.call(thread, Call::GetLastError {}), dword(error), "{text}");
        self.w.call(thread, Call::SetLastError { error: 0xdead });
        assert_eq!(self.w.kernel, before, "{text} changes nothing");
    }
}

#[test]
fn every_bad_input_of_create_io_completion_port() {
    let mut b = Bad::new();
    // File, existing port, the error.
    let table = [
        (Handle::INVALID, b.port, 87),
        (Handle::INVALID, b.stale, 87),
        (Handle::INVALID, b.event, 87),
        (Handle::NULL, Handle::NULL, 6),
        (Handle::NULL, b.port, 6),
        (Handle(0xdead_beec), Handle::NULL, 6),
        (Handle(0xdead_beec), b.port, 6),
        (b.stale, Handle::NULL, 6),
        (b.stale, b.port, 6),
        (Handle::CURRENT_THREAD, b.port, 6),
        (b.event, b.port, 6),
        (b.event, Handle::NULL, 6),
        (b.port, b.port, 6),
        (b.sync, Handle::NULL, 87),
        (b.sync, b.port, 87),
        (b.taken, b.port, 87),
        (b.taken_too, b.port, 87),
        (b.taken, Handle::NULL, 87),
        (b.file, b.stale, 6),
        (b.file, Handle::INVALID, 6),
        (b.file, b.event, 6),
        (b.file, b.file, 6),
        (b.file, b.query_only, 5),
    ];
    for (file, existing_port, error) in table {
        b.check(associate(file, existing_port, 5), null(error));
    }
}

#[test]
fn association_gives_back_the_handle_itself_and_ignores_the_concurrency_value() {
    let mut b = Bad::new();
    for port in [b.port, b.modify_only] {
        let file = b.w.handle(b.main, device(true));
        let call =
            Call::CreateIoCompletionPort { file, existing_port: port, key: 3, concurrency: 64 };
        assert_eq!(b.w.handle(b.main, call), port);
        assert_eq!(b.w.port_of(port).concurrency, 1);
    }
    assert!(b.w.saw(Rule::SameHandleReturned));
    // Both at once.
    let file = b.w.handle(b.main, device(true));
    let port = b.w.handle(b.main, associate(file, Handle::NULL, 4));
    assert_ne!(b.w.object(port), b.w.object(b.port));
    b.w.call(b.main, at_once(IoOp::ReadFile, file, 1, NtStatus::SUCCESS));
    assert_eq!(b.w.depth(port), 1);
}

#[test]
fn every_bad_port_of_every_call_that_takes_one() {
    let mut b = Bad::new();
    let (access, mismatch) = (NtStatus::ACCESS_DENIED, NtStatus::OBJECT_TYPE_MISMATCH);
    let table = [
        (Handle::NULL, NtStatus::INVALID_HANDLE),
        (Handle(0xdead_beec), NtStatus::INVALID_HANDLE),
        (b.stale, NtStatus::INVALID_HANDLE),
        (Handle::INVALID, mismatch),
        (Handle::CURRENT_THREAD, mismatch),
        (b.event, mismatch),
        (b.file, mismatch),
        (b.job, mismatch),
        (b.query_only, access),
    ];
    let overlapped = Overlapped::NULL;
    for (port, nt) in table {
        let error = nt.to_win32();
        for timeout in [ZERO, TEN_MS, INFINITE] {
            b.check(Call::GetQueuedCompletionStatus { port, timeout }, nothing(error));
            b.check(gqcs_ex(port, 2, timeout, false), ex_fails(error));
            b.check(gqcs_ex(port, 2, timeout, true), ex_fails(error));
            b.check(Call::NtRemoveIoCompletion { port, timeout }, status(nt));
            b.check(remove_ex(port, 2, timeout, false), no_entries(nt));
        }
        b.check(
            Call::PostQueuedCompletionStatus { port, bytes: 1, key: 2, overlapped },
            fails(error),
        );
        b.check(set(port, packet(1)), status(nt));
        b.check(remove_ex(port, 0, ZERO, false), status(nt));
        b.check(gqcs_ex(port, 0, ZERO, false), fails(error));
        let file = b.file;
        b.check(Call::NtSetInformationFileCompletion { file, port, key: 1 }, status(nt));
        let (reserve, context, information) = (b.reserve, 1, 1);
        let ok = NtStatus::SUCCESS;
        b.check(
            Call::NtSetIoCompletionEx { port, reserve, key: 1, context, status: ok, information },
            status(nt),
        );
        let (packet, target) = (b.wait_packet, b.event);
        b.check(
            Call::NtAssociateWaitCompletionPacket {
                packet,
                port,
                target,
                key: 1,
                context,
                status: ok,
                information,
            },
            status(nt),
        );
        if port != Handle::NULL {
            let job = b.job;
            b.check(Call::SetInformationJobObjectPort { job, port, key: 1 }, fails(error));
            b.check(Call::NtSetInformationFileReplaceCompletion { file, port, key: 1 }, status(nt));
        }
    }
}

#[test]
fn query_needs_its_class_its_length_and_query_state() {
    let mut b = Bad::new();
    let table = [
        (b.port, 1, 4, NtStatus::INVALID_INFO_CLASS),
        (b.port, 0, 3, NtStatus::INFO_LENGTH_MISMATCH),
        (b.port, 0, 8, NtStatus::INFO_LENGTH_MISMATCH),
        (b.stale, 0, 4, NtStatus::INVALID_HANDLE),
        (b.event, 0, 4, NtStatus::OBJECT_TYPE_MISMATCH),
        (b.modify_only, 0, 4, NtStatus::ACCESS_DENIED),
    ];
    for (port, class, length, expected) in table {
        b.check(Call::NtQueryIoCompletion { port, class, length }, status(expected));
    }
    for port in [b.port, b.query_only] {
        let call = Call::NtQueryIoCompletion { port, class: 0, length: 4 };
        assert_eq!(b.w.call(b.main, call).unwrap().out, Out::Depth(1));
    }
}

#[test]
fn waits_need_a_waitable_object_and_synchronize() {
    let mut b = Bad::new();
    let table =
        [(b.stale, 6), (Handle::NULL, 6), (b.job, 6), (b.wait_packet, 6), (b.query_only, 5)];
    for (handle, error) in table {
        let timeout = INFINITE;
        b.check(Call::WaitForSingleObject { handle, timeout }, dword_fails(error));
        let handles = vec![b.event, handle];
        b.check(
            Call::WaitForMultipleObjects { handles, all: false, timeout, alertable: false },
            dword_fails(error),
        );
    }
    for handles in [vec![], vec![b.event; 65]] {
        let timeout = ZERO;
        b.check(
            Call::WaitForMultipleObjects { handles, all: false, timeout, alertable: false },
            dword_fails(87),
        );
    }
}

#[test]
fn bad_inputs_of_the_calls_around_the_port() {
    let mut b = Bad::new();
    let Bad { port, event, mutex, stale, file, wait_packet, .. } = b;
    let (key, context, information) = (1, 1, 1);
    let arm = |packet, target| Call::NtAssociateWaitCompletionPacket {
        packet,
        port,
        target,
        key,
        context,
        status: NtStatus::SUCCESS,
        information,
    };
    let at = Overlapped::NULL;
    let table = [
        (Call::CloseHandle { handle: stale }, fails(6)),
        (Call::CloseHandle { handle: Handle::NULL }, fails(6)),
        (Call::NtClose { handle: stale }, status(NtStatus::INVALID_HANDLE)),
        (duplicate(stale, None), fails(6)),
        (duplicate(Handle::NULL, None), fails(6)),
        (Call::CancelIo { file: stale }, fails(6)),
        (Call::CancelIo { file }, succeeds()),
        (Call::CancelIoEx { file: stale, overlapped: at }, fails(6)),
        (Call::CancelIoEx { file: event, overlapped: at }, fails(6)),
        (Call::CancelIoEx { file, overlapped: at }, fails(1168)),
        (Call::NtCancelIoFileEx { file, status_block: at }, status(NtStatus::NOT_FOUND)),
        (Call::CancelSynchronousIo { thread: Handle::CURRENT_THREAD }, fails(1168)),
        (Call::CancelSynchronousIo { thread: event }, fails(6)),
        (Call::SetFileCompletionNotificationModes { file: stale, flags: 1 }, fails(6)),
        (Call::SetFileCompletionNotificationModes { file: b.sync, flags: 1 }, fails(87)),
        (Call::SetEvent { event: port }, fails(6)),
        (Call::ReleaseMutex { mutex }, fails(288)),
        (Call::ReleaseMutex { mutex: event }, fails(6)),
        (Call::SuspendThread { thread: event }, dword_fails(6)),
        (Call::ResumeThread { thread: stale }, dword_fails(6)),
        (Call::TerminateThread { thread: event }, fails(6)),
        (Call::TerminateProcess { process: event }, fails(6)),
        (arm(wait_packet, mutex), status(NtStatus::INVALID_PARAMETER_3)),
        (arm(wait_packet, stale), status(NtStatus::INVALID_PARAMETER_3)),
        (arm(wait_packet, port), status(NtStatus::INVALID_PARAMETER_3)),
        (arm(event, event), status(NtStatus::OBJECT_TYPE_MISMATCH)),
        (arm(stale, event), status(NtStatus::INVALID_HANDLE)),
        (
            Call::NtCancelWaitCompletionPacket { packet: wait_packet, remove_signaled: true },
            status(NtStatus::CANCELLED),
        ),
        (
            Call::NtCancelWaitCompletionPacket { packet: event, remove_signaled: true },
            status(NtStatus::OBJECT_TYPE_MISMATCH),
        ),
        (Call::CreateSemaphore { initial: 2, maximum: 1 }, null(87)),
        (Call::CreateSemaphore { initial: 0, maximum: 0 }, null(87)),
        (Call::GetQueuedCompletionStatusNullOutputs { port }, fails(87)),
    ];
    for (call, expected) in table {
        b.check(call, expected);
    }
}
