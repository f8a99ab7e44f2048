//! Cancelling, closing, and the end of threads and processes with operations pending
//! (semantics.md B7, C2).

use crate::io_stage::*;

fn cancel_ex(file: Handle, overlapped: Overlapped) -> Call {
    Call::CancelIoEx { file, overlapped }
}

const ALL_OF_THEM: Overlapped = Overlapped::NULL;

#[test]
fn cancel_io_concerns_the_calling_thread_only_and_never_fails_for_want_of_work() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 1);
    let [other] = io.w.threads();
    assert_eq!(io.call(Call::CancelIo { file }), succeeds());
    io.io(pends(op(IoOp::ReadFile, file)));
    assert_eq!(io.w.call(other, Call::CancelIo { file }), succeeds());
    let asked = |io: &Io| {
        let mut enabled = Vec::new();
        io.w.kernel.enabled(&mut enabled);
        enabled.iter().any(|action| matches!(action, Action::FinishCancel { .. }))
    };
    assert!(!asked(&io), "what another thread issued is left alone");
    assert_eq!(io.call(Call::CancelIo { file }), succeeds());
    assert!(asked(&io) && io.w.saw(Rule::CancelIoOwnThread));
    assert_eq!(io.poll(), empty(), "only a request: nothing has completed");
    io.finish_cancel();
    assert_eq!(io.poll(), failed(1, 0, 995));
    assert_eq!(io.poll(), empty());
    for bad in [Handle(0x7774), io.port] {
        assert_eq!(io.refused(Call::CancelIo { file: bad }), fails(6));
    }
}

#[test]
fn cancel_io_ex_finds_one_or_all_of_the_process_whatever_the_thread() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 1);
    let [other] = io.w.threads();
    assert_eq!(io.refused(cancel_ex(file, ALL_OF_THEM)), fails(1168));
    for number in [1, 2] {
        io.w.call(other, Call::Io(pends(at(number, op(IoOp::ReadFile, file)))));
    }
    assert_eq!(io.refused(cancel_ex(file, Overlapped::numbered(3))), fails(1168));
    assert_eq!(io.call(cancel_ex(file, Overlapped::numbered(2))), succeeds());
    let mut enabled = Vec::new();
    io.w.kernel.enabled(&mut enabled);
    assert_eq!(enabled, [Action::FinishCancel { irp: IrpId(1) }]);
    assert_eq!(io.call(cancel_ex(file, ALL_OF_THEM)), succeeds());
    enabled.clear();
    io.w.kernel.enabled(&mut enabled);
    assert_eq!(enabled.len(), 2);
    assert_eq!(io.refused(cancel_ex(Handle(0x7774), ALL_OF_THEM)), fails(6));
    let native = Call::NtCancelIoFileEx { file: io.port, status_block: OV };
    assert_eq!(io.refused(native), status(NtStatus::OBJECT_TYPE_MISMATCH));
}

#[test]
fn cancel_io_ex_leaves_the_operations_of_another_process_alone() {
    let mut io = Io::new(Profile::Win11);
    let file =
        io.handle(Call::CreateFile { kind: FileKind::Device, overlapped: true, inherit: true });
    io.call(Call::CreateProcess { inherit_handles: true });
    io.w.call(ThreadId(1), Call::Io(pends(op(IoOp::ReadFile, file))));
    assert_eq!(io.refused(cancel_ex(file, ALL_OF_THEM)), fails(1168));
    assert_eq!(io.w.call(ThreadId(1), cancel_ex(file, ALL_OF_THEM)), succeeds());
}

/// What a canceled operation ends with is its driver's affair; it ends once, with a packet.
#[test]
fn a_canceled_operation_completes_once_with_success_abortion_or_another_error() {
    let finals = [
        (None, failed(1, 0, 995)),
        (Some((0, 7)), completed(1, 7)),
        (Some((0xC000_0011, 0)), failed(1, 0, 38)),
    ];
    for (end, packet) in finals {
        for at_once in [false, true] {
            let mut io = Io::new(Profile::Win11);
            let file = io.bound(FileKind::Device, 1);
            io.io(pends(op(IoOp::ReadFile, file)));
            assert_eq!(io.call(cancel_ex(file, OV)), succeeds());
            if !at_once {
                assert_eq!(io.poll(), empty());
                assert_eq!(io.call(cancel_ex(file, OV)), succeeds(), "it is still there");
            }
            match end {
                None => io.finish_cancel(),
                Some((status, bytes)) => io.complete(status, bytes),
            }
            assert_eq!(io.refused(cancel_ex(file, OV)), fails(1168), "its packet is queued");
            assert_eq!(io.poll(), packet);
            assert_eq!(io.poll(), empty());
        }
    }
}

#[test]
fn only_a_canceled_operation_can_finish_as_one_and_pending_is_no_end() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Device, 1);
    io.io(pends(op(IoOp::ReadFile, file)));
    let irp = io.irp();
    let complete = |status| Action::Complete { irp, status: NtStatus(status), information: 0 };
    let refused = |action: Action| io.w.kernel.step(action).expect_err("refused");
    assert_eq!(refused(Action::FinishCancel { irp }), Refusal::NotCanceled(irp));
    assert_eq!(refused(complete(0x103)), Refusal::NotFinal(irp));
    let other = IrpId(9);
    assert_eq!(refused(Action::FinishCancel { irp: other }), Refusal::NoSuchIrp(other));
}

#[test]
fn cancel_synchronous_io_ends_what_a_thread_waits_for_inside_a_call() {
    let mut io = Io::new(Profile::Win11);
    let file = io.open_synchronous(FileKind::Device);
    let created = io.call(Call::CreateThread {}).expect("a thread");
    let Value::Handle(handle) = created.value else { panic!("{created:?}") };
    let worker = ThreadId(1);
    let cancel = Call::CancelSynchronousIo { thread: handle };
    assert_eq!(io.refused(cancel.clone()), fails(1168));
    assert_eq!(io.w.call(worker, Call::Io(pends(op(IoOp::ReadFile, file)))), WAITS);
    assert_eq!(io.call(Call::CancelIo { file }), succeeds(), "not its own");
    assert_eq!(io.call(cancel), succeeds());
    assert_eq!(io.w.returned(worker), WAITS);
    io.finish_cancel();
    assert_eq!(io.w.returned(worker), fails(995));
    let bad = Call::CancelSynchronousIo { thread: file };
    assert_eq!(io.refused(bad), fails(6));
}

#[test]
fn xp_has_none_of_the_newer_cancel_functions() {
    let mut io = Io::new(Profile::Xp);
    let file = io.open(FileKind::Device);
    for call in [
        cancel_ex(file, OV),
        Call::NtCancelIoFileEx { file, status_block: OV },
        Call::CancelSynchronousIo { thread: Handle::CURRENT_THREAD },
        Call::SetFileCompletionNotificationModes { file, flags: 0 },
    ] {
        let refused = io.w.kernel.step(Action::Call { thread: io.t, call });
        assert!(matches!(refused, Err(Refusal::NotExported(_))), "{refused:?}");
    }
}

/// What a pending operation ends with when the last handle of its file is closed: rows are
/// (kind, operation, final status, bytes).
#[test]
fn closing_the_last_handle_ends_operations_each_kind_in_its_way() {
    facts(&["I07", "J06", "J12", "J23"]);
    let rows = [
        (FileKind::Device, IoOp::DeviceIoControl, 0xC000_0120),
        (FileKind::Device, IoOp::WaitCommEvent, 0xC000_0120),
        (FileKind::Directory, IoOp::ReadDirectoryChangesW, 0x10B),
        (FileKind::PipeServer, IoOp::ReadFile, 0xC000_014B),
        (FileKind::PipeServer, IoOp::ConnectNamedPipe, 0xC000_014B),
        (FileKind::PipeClient, IoOp::ReadFile, 0xC000_014B),
        (FileKind::Stream, IoOp::WSARecv, 0xC000_0241),
        (FileKind::Stream, IoOp::ReadFile, 0xC000_0241),
        (FileKind::Stream, IoOp::ConnectEx, 0xC000_0120),
        (FileKind::Stream, IoOp::WSAIoctl, 0xC000_0120),
        (FileKind::Listener, IoOp::AcceptEx, 0xC000_0120),
        (FileKind::Datagram, IoOp::WSARecvFrom, 0xC000_0120),
    ];
    for (kind, op_, final_status) in rows {
        let mut io = Io::new(Profile::Win11);
        let file = io.bound(kind, 1);
        let second = io.handle(duplicate(file));
        io.io(pends(op(op_, file)));
        io.w.close(io.t, file);
        assert_eq!(io.depth(), 0, "{kind:?}: not the last handle");
        io.w.close(io.t, second);
        assert_eq!(io.take(), Some((1, OV.0, final_status, 0)), "{kind:?} {op_:?}");
        assert_eq!(io.depth(), 0);
        assert!(io.w.kernel.files().is_empty(), "the file is gone");
    }
}

#[test]
fn a_disk_finishes_what_it_began_after_the_last_handle_with_the_old_key() {
    let mut io = Io::new(Profile::Win11);
    let file = io.bound(FileKind::Disk, 8);
    io.io(pends(op(IoOp::WriteFile, file)));
    io.w.close(io.t, file);
    assert_eq!(io.poll(), empty());
    io.complete(0, 100);
    assert_eq!(io.poll(), completed(8, 100));
    assert!(io.w.kernel.files().is_empty());
}

/// The end of the issuing thread: rows are (version, associated, with a routine, goes on).
#[test]
fn the_end_of_a_thread_cancels_what_needs_it() {
    facts(&["J13"]);
    for profile in Profile::ALL {
        for terminated in [false, true] {
            for (associated, with_routine, goes_on) in [
                (true, false, profile >= Profile::Vista),
                (true, true, false),
                (false, false, false),
                (false, true, false),
            ] {
                let mut io = Io::new(profile);
                let [file, event] = [io.open(FileKind::Device), io.event()];
                let created = io.call(Call::CreateThread {}).expect("a thread");
                let Value::Handle(thread) = created.value else { panic!("{created:?}") };
                let routine = with_routine.then_some(1);
                let read = pends(native(IoOp::NtReadFile, file, event, routine));
                io.w.call(ThreadId(1), Call::Io(read));
                if associated {
                    io.bind(file, 1);
                }
                match terminated {
                    true => assert_eq!(io.call(Call::TerminateThread { thread }), succeeds()),
                    false => assert_eq!(io.w.call(ThreadId(1), Call::ExitThread {}), WAITS),
                }
                let case = format!("{profile} associated={associated} routine={with_routine}");
                assert_eq!(io.w.kernel.irps().is_empty(), !goes_on, "{case}");
                assert_eq!(io.signaled(event), !goes_on, "{case}");
                let packet = associated && !with_routine && !goes_on;
                assert_eq!(io.take(), packet.then_some((1, OV.0, 0xC000_0120, 0)), "{case}");
                assert!(io.routines_run().is_empty());
            }
        }
    }
}

#[test]
fn a_thread_terminated_inside_a_synchronous_operation_never_returns_from_it() {
    for associated in [false, true] {
        let mut io = Io::new(Profile::Win11);
        let file = io.open(FileKind::Device);
        if associated {
            io.bind(file, 1);
        }
        let created = io.call(Call::CreateThread {}).expect("a thread");
        let Value::Handle(thread) = created.value else { panic!("{created:?}") };
        let read = nothing_given(pends(op(IoOp::ReadFile, file)));
        assert_eq!(io.w.call(ThreadId(1), Call::Io(read)), WAITS);
        assert_eq!(io.call(Call::TerminateThread { thread }), succeeds());
        assert_eq!(io.w.returned(ThreadId(1)), WAITS);
        assert!(io.w.kernel.irps().is_empty());
        assert_eq!(io.poll(), empty());
    }
}

/// A process ends: its operations vanish, its handles close, others see only what closing does.
#[test]
fn the_end_of_a_process_delivers_nothing_of_its_operations() {
    for terminated in [false, true] {
        let mut io = Io::new(Profile::Win11);
        let file =
            io.handle(Call::CreateFile { kind: FileKind::Disk, overlapped: true, inherit: true });
        io.bind(file, 1);
        let created = io.call(Call::CreateProcess { inherit_handles: true }).expect("a process");
        let Out::Created { process: Some(process), .. } = created.out else {
            panic!("{created:?}")
        };
        let child = ThreadId(1);
        io.w.call(child, Call::Io(pends(op(IoOp::ReadFile, file))));
        io.io(pends(at(2, op(IoOp::ReadFile, file))));
        match terminated {
            true => assert_eq!(io.call(Call::TerminateProcess { process }), succeeds()),
            false => assert_eq!(io.w.call(child, Call::ExitProcess {}), WAITS),
        }
        assert_eq!(io.poll(), empty());
        assert_eq!(io.w.returned(child), WAITS);
        assert!(io.signaled(process));
        // The parent's own operation on the same file goes on.
        io.complete(0, 5);
        assert_eq!(io.take(), Some((1, Overlapped::numbered(2).0, 0, 5)));
    }
}

#[test]
fn the_end_of_a_process_breaks_its_pipes() {
    let mut io = Io::new(Profile::Win11);
    let server = io.handle(Call::CreateNamedPipe { overlapped: true, message: false });
    io.bind(server, 1);
    io.call(Call::CreateProcess { inherit_handles: false });
    let child = ThreadId(1);
    let name = io.handle(Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle: server,
        target_process: Handle(12),
        access: None,
        inherit: false,
        close_source: false,
    });
    let client = Call::OpenNamedPipe { server: name, overlapped: true };
    assert!(matches!(io.w.call(child, client), Some(Return { value: Value::Handle(_), .. })));
    io.w.call(child, Call::CloseHandle { handle: name });
    io.io(op(IoOp::ReadFile, server));
    io.w.call(child, Call::ExitThread {});
    assert_eq!(io.poll(), failed(1, 0, 109), "the last thread took the process along");
}

#[test]
fn a_process_that_ends_returns_from_no_call() {
    let mut io = Io::new(Profile::Win11);
    let created = io.call(Call::CreateProcess { inherit_handles: false }).expect("a process");
    let Out::Created { process: Some(process), .. } = created.out else { panic!("{created:?}") };
    let [first, second] = [ThreadId(1), ThreadId(2)];
    io.w.call(first, Call::CreateThread {});
    // The second waits for the first, which sleeps: its end would wake the second.
    let named = io.w.handle(first, duplicate(Handle::CURRENT_THREAD));
    let wait = Call::WaitForSingleObject { handle: named, timeout: Timeout::Infinite };
    assert_eq!(io.w.call(first, Call::Sleep { timeout: Timeout::Infinite }), WAITS);
    assert_eq!(io.w.call(second, wait), WAITS);
    assert_eq!(io.call(Call::TerminateProcess { process }), succeeds());
    for thread in [first, second] {
        assert_eq!(io.w.returned(thread), WAITS);
    }
}

/// A released waiter that dies before it returns loses its packet (T12). The end of a process is
/// no such case: its waiters leave before a slot of theirs can release them.
#[test]
fn a_process_that_ends_takes_no_packet_with_it() {
    let mut io = Io::new(Profile::Win11);
    let shared = io.w.port(1);
    io.call(Call::CreateProcess { inherit_handles: false });
    let [runs, waits] = [ThreadId(1), ThreadId(2)];
    io.w.call(runs, Call::CreateThread {});
    let target_process = Handle(12);
    assert_eq!(io.w.object(target_process), Object::Process(ProcessId(1)));
    let port = io.handle(Call::DuplicateHandle {
        source_process: Handle::CURRENT_PROCESS,
        handle: shared,
        target_process,
        access: None,
        inherit: false,
        close_source: false,
    });
    io.w.post(io.t, shared, 1);
    assert_eq!(io.w.remove(runs, port), got(1));
    assert_eq!(io.w.remove(waits, port), WAITS);
    io.w.post(io.t, shared, 2);
    assert_eq!(io.w.call(runs, Call::ExitProcess {}), WAITS);
    assert_eq!(io.w.returned(waits), WAITS);
    assert_eq!(io.w.poll(io.t, shared), got(2));
}
