//! Objects live by their references: which there are, and what goes when the last one goes.

use iocp_model::ob::lifetime::Reference;

use crate::stage::*;

fn references(w: &World, object: Object) -> Vec<Reference> {
    w.kernel.references(object)
}

#[test]
fn a_port_is_kept_by_its_handles_its_files_and_the_calls_inside_it() {
    let mut w = World::new(Profile::Xp);
    let [main, a] = w.threads();
    let p = w.port(1);
    let port = w.object(p);
    assert_eq!(references(&w, port), [Reference::Handle]);
    let second = w.handle(main, duplicate(p, None));
    let file = w.associated(main, p, 1);
    let Object::File(file_id) = w.object(file) else { panic!("it is a file") };
    assert_eq!(w.call(a, Call::GetQueuedCompletionStatus { port: p, timeout: TEN_MS }), WAITS);
    let (handle, in_file, in_call) =
        (Reference::Handle, Reference::File(file_id), Reference::Thread(a));
    assert_eq!(references(&w, port), [handle, handle, in_file, in_call]);
    w.close(main, p);
    assert_eq!(references(&w, port), [handle, in_file, in_call]);
    w.close(main, second);
    assert_eq!(references(&w, port), [in_file, in_call]);
    w.close(main, file);
    assert_eq!(references(&w, port), [in_call]);
    w.act(Action::Expire { thread: a });
    assert_eq!(w.returned(a), nothing(258));
    assert!(w.kernel.ports().is_empty());
    assert_eq!(w.kernel.thread(a).unwrap().attached, None);
}

#[test]
fn a_port_is_kept_by_a_job_and_by_an_armed_wait_packet() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let port = w.object(p);
    let job = w.handle(main, Call::CreateJobObject {});
    w.call(main, Call::SetInformationJobObjectPort { job, port: p, key: 1 });
    let target = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let packet = w.handle(main, Call::NtCreateWaitCompletionPacket {});
    let (key, context, status, information) = (1, 2, NtStatus::SUCCESS, 3);
    let arm = Call::NtAssociateWaitCompletionPacket {
        packet,
        port: p,
        target,
        key,
        context,
        status,
        information,
    };
    w.call(main, arm);
    w.close(main, p);
    let waiting = Reference::WaitPacket(WaitPacketId(0));
    assert_eq!(references(&w, port), [Reference::Job(JobId(0)), waiting]);
    w.close(main, job);
    assert_eq!(references(&w, port), [waiting]);
    // The target is kept as well: nobody can set it any more, so nothing ever fires.
    w.close(main, target);
    assert_eq!(references(&w, Object::Event(EventId(0))), [waiting]);
    w.close(main, packet);
    assert!(w.kernel.ports().is_empty() && w.kernel.events().is_empty());
}

#[test]
fn a_job_lives_as_long_as_its_processes() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let job = w.handle(main, Call::CreateJobObject {});
    w.call(main, Call::SetInformationJobObjectPort { job, port: p, key: 1 });
    let created = w.call(main, Call::CreateProcess { inherit_handles: false }).unwrap().out;
    let Out::Created { process: Some(process), .. } = created else { panic!("{created:?}") };
    w.call(main, Call::AssignProcessToJobObject { job, process });
    w.close(main, job);
    assert_eq!(references(&w, Object::Job(JobId(0))), [Reference::Process(ProcessId(1))]);
    w.call(main, Call::TerminateProcess { process });
    assert!(w.kernel.jobs().is_empty());
    let ended = w.kernel.process(ProcessId(1)).expect("its handle is open");
    assert_eq!((ended.exited, ended.job), (true, None));
    assert_eq!(w.depth(p), 3, "a process came, went, and was the last");
}

#[test]
fn a_nested_job_keeps_the_job_around_it() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let process = Handle::CURRENT_PROCESS;
    for _ in 0..2 {
        let job = w.handle(main, Call::CreateJobObject {});
        w.call(main, Call::AssignProcessToJobObject { job, process });
        w.close(main, job);
    }
    assert_eq!(references(&w, Object::Job(JobId(0))), [Reference::NestedJob(JobId(1))]);
    assert_eq!(references(&w, Object::Job(JobId(1))), [Reference::Process(ProcessId(0))]);
    w.call(main, Call::ExitProcess {});
    assert!(w.kernel.jobs().is_empty(), "both go with the process");
}

#[test]
fn a_file_is_kept_by_its_operations_and_an_event_by_who_waits_or_will_set_it() {
    let mut w = World::new(Profile::Win11);
    let [main, a] = w.threads();
    let (kind, inherit) = (FileKind::Disk, false);
    let file = w.handle(main, Call::CreateFile { kind, overlapped: true, inherit });
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let at = Overlapped::numbered(1);
    let notify = Notify::Overlapped(OverlappedArg { at, event });
    w.call(main, io(IoOp::ReadFile, file, notify, Reply::Pending));
    let wait = Call::WaitForSingleObject { handle: event, timeout: INFINITE };
    assert_eq!(w.call(a, wait), WAITS);
    let (file_id, event_id) = (w.object(file), w.object(event));
    w.close(main, file);
    w.close(main, event);
    let irp = w.irp();
    assert_eq!(references(&w, file_id), [Reference::Irp(irp)]);
    assert_eq!(references(&w, event_id), [Reference::Thread(a), Reference::Irp(irp)]);
    w.complete(NtStatus::SUCCESS, 3);
    assert_eq!(w.returned(a), dword(WAIT_OBJECT_0));
    assert!(w.kernel.files().is_empty() && w.kernel.events().is_empty());
}

#[test]
fn a_reserve_object_is_kept_by_its_packet() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let reserve = w.handle(main, Call::NtAllocateReserveObject { for_packet: true });
    let (key, context, status, information) = (1, 2, NtStatus::SUCCESS, 3);
    let post = Call::NtSetIoCompletionEx { port: p, reserve, key, context, status, information };
    w.call(main, post);
    w.close(main, reserve);
    assert_eq!(references(&w, Object::Reserve(ReserveId(0))), [Reference::Packet(PortId(0))]);
    w.close(main, p);
    assert!(w.kernel.reserves().is_empty() && w.kernel.ports().is_empty());
}

#[test]
fn everything_made_and_closed_again_leaves_the_state_as_it_was() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let before = w.kernel.clone();
    let p = w.port(1);
    let mut handles = vec![
        p,
        w.associated(main, p, 1),
        w.handle(main, Call::CreateEvent { manual_reset: true, initial: false }),
        w.handle(main, Call::CreateSemaphore { initial: 0, maximum: 1 }),
        w.handle(main, Call::CreateMutex { initial_owner: false }),
        w.handle(main, Call::CreateJobObject {}),
        w.handle(main, Call::NtCreateWaitCompletionPacket {}),
        w.handle(main, Call::NtAllocateReserveObject { for_packet: true }),
    ];
    w.post(main, p, 1);
    for _ in 0..handles.len() {
        let mut again = World::new(Profile::Win11);
        again.kernel = w.kernel.clone();
        for handle in &handles {
            again.close(main, *handle);
        }
        assert_eq!(again.kernel, before, "whatever the order");
        assert_eq!(again.kernel.fingerprint(), before.fingerprint());
        handles.rotate_left(1);
    }
}
