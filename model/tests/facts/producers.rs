//! facts.md 1K and semantics.md B9: jobs, the thread pool's port, wait completion packets,
//! replaced associations.

use crate::stage::*;

/// Everything queued on a port, oldest first: bytes, key, OVERLAPPED.
fn queued(w: &World, port: Handle) -> Vec<(u64, u64, u64)> {
    let packets = w.port_of(port).packets.iter();
    packets.map(|p| (p.information, p.key, p.overlapped.0)).collect()
}

fn set_port(job: Handle, port: Handle, key: u64) -> Call {
    Call::SetInformationJobObjectPort { job, port, key }
}

#[test]
fn a_job_takes_one_port_at_a_time_and_since_windows_8_none() {
    facts(&["K01", "K02", "K03"]);
    for profile in Profile::ALL {
        let mut w = World::new(profile);
        let [main] = w.threads();
        let (p, q) = (w.port(1), w.port(1));
        let job = w.handle(main, Call::CreateJobObject {});
        let clears = if profile >= Profile::Win8 { succeeds() } else { fails(87) };
        assert_eq!(w.call(main, set_port(job, Handle::NULL, 1)), clears, "{profile}");
        assert_eq!(w.call(main, set_port(job, p, 1)), succeeds());
        assert_eq!(w.call(main, set_port(job, q, 1)), fails(87));
        assert_eq!(w.call(main, set_port(job, p, 1)), fails(87));
        assert_eq!(w.call(main, set_port(job, Handle::NULL, 1)), clears, "{profile}");
        let again = if profile >= Profile::Win8 { succeeds() } else { fails(87) };
        assert_eq!(w.call(main, set_port(job, q, 1)), again);
    }
}

/// A process with one thread: handle, id, thread.
fn child(w: &mut World, main: ThreadId) -> (Handle, ProcessId, ThreadId) {
    let created = w.call(main, Call::CreateProcess { inherit_handles: false }).unwrap().out;
    let Out::Created { process: Some(handle), thread } = created else { panic!("{created:?}") };
    match (w.object(handle), w.object(thread)) {
        (Object::Process(process), Object::Thread(thread)) => (handle, process, thread),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_job_tells_of_processes_that_are_there_that_come_and_that_go() {
    facts(&["K04", "K05"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let job = w.handle(main, Call::CreateJobObject {});
    let (a, a_id, a_thread) = child(&mut w, main);
    let (b, b_id, _) = child(&mut w, main);
    let pid = iocp_model::io::job::process_identifier;
    let assign = |process| Call::AssignProcessToJobObject { job, process };
    assert_eq!(w.call(main, assign(a)), succeeds());
    assert_eq!(w.call(main, set_port(job, p, 9)), succeeds());
    assert_eq!(w.call(main, assign(b)), succeeds());
    assert_eq!(w.call(a_thread, Call::ExitProcess {}), WAITS);
    assert_eq!(w.call(main, Call::TerminateProcess { process: b }), succeeds());
    let told =
        [(6, 9, pid(a_id)), (6, 9, pid(b_id)), (7, 9, pid(a_id)), (7, 9, pid(b_id)), (4, 9, 0)];
    assert_eq!(queued(&w, p), told);
    assert_ne!(pid(a_id), pid(b_id));
}

/// What becomes of a process that is to join one more job: TRUE, 5, or no answer.
fn joins(w: &mut World, main: ThreadId, job: Handle, process: Handle) -> &'static str {
    match w.try_call(main, Call::AssignProcessToJobObject { job, process }) {
        Ok(answer) if answer == succeeds() => "TRUE",
        Ok(answer) if answer == fails(5) => "5",
        Ok(answer) => panic!("{answer:?}"),
        Err(refusal) => {
            assert!(matches!(refusal, Refusal::NotModelled(_)), "{refusal}");
            "unknown"
        }
    }
}

fn jobs<const N: usize>(w: &mut World, main: ThreadId) -> [Handle; N] {
    std::array::from_fn(|_| w.handle(main, Call::CreateJobObject {}))
}

/// Up to Windows 7 a process is in one job at most (API:AssignProcessToJobObject).
#[test]
fn a_process_of_a_job_joins_no_other_up_to_windows_7() {
    facts(&["K12"]);
    for profile in Profile::ALL {
        let mut w = World::new(profile);
        let [main] = w.threads();
        let [first, second] = jobs(&mut w, main);
        let (process, _, _) = child(&mut w, main);
        let then = if profile >= Profile::Win8 { "TRUE" } else { "5" };
        for process in [process, Handle::CURRENT_PROCESS] {
            assert_eq!(joins(&mut w, main, first, process), "TRUE");
            assert_eq!(joins(&mut w, main, first, process), then, "{profile}: the same once more");
            assert_eq!(joins(&mut w, main, second, process), then, "{profile}");
            let no_job = Call::AssignProcessToJobObject { job: process, process };
            assert_eq!(w.call(main, no_job), fails(6), "that is no job");
        }
        assert_eq!(w.kernel.job_members(JobId(0)).count(), 2, "in the first as well");
    }
}

/// What the test of Wine tries on Windows: which job a process of a job may join.
#[test]
fn a_job_nests_in_the_job_of_its_first_process() {
    facts(&["K13", "K14", "K15"]);
    let mut w = World::new(Profile::Win8);
    let [main] = w.threads();
    let [outer, inner, innermost, beside, other, deep] = jobs(&mut w, main);
    let [a, b, c, stranger, lone] = std::array::from_fn(|_| child(&mut w, main).0);
    let mut try_all = |tries: &[(Handle, Handle, &str)]| {
        for (nth, (job, process, answer)) in tries.iter().enumerate() {
            assert_eq!(joins(&mut w, main, *job, *process), *answer, "try {nth}");
        }
    };
    // K13: all are put into the outermost job first, then some of them further in.
    try_all(&[(outer, a, "TRUE"), (outer, b, "TRUE"), (outer, c, "TRUE")]);
    try_all(&[(inner, a, "TRUE"), (inner, b, "TRUE"), (innermost, a, "TRUE")]);
    // K14: `beside` has a process of no other job.
    try_all(&[(beside, stranger, "TRUE"), (beside, a, "5"), (inner, stranger, "5")]);
    // Nobody says what becomes of these: back outwards, past a job in between, into a job beside
    // one's own, and into a nested job from nowhere.
    try_all(&[(outer, a, "unknown"), (inner, a, "unknown"), (innermost, c, "unknown")]);
    try_all(&[(deep, c, "TRUE"), (deep, b, "unknown"), (inner, lone, "unknown")]);
    try_all(&[(inner, Handle::CURRENT_PROCESS, "unknown")]);
    let processes = |w: &World, job: Handle| match w.object(job) {
        Object::Job(job) => w.kernel.job_members(job).count(),
        other => panic!("{other:?}"),
    };
    let counts = [outer, inner, innermost, beside, other, deep].map(|job| processes(&w, job));
    assert_eq!(counts, [3, 2, 1, 1, 0, 1]);
    // Empty again, and yet K14 and K15: a job that had a process keeps its place.
    for process in [stranger, c] {
        assert_eq!(w.call(main, Call::TerminateProcess { process }), succeeds());
    }
    assert_eq!(joins(&mut w, main, beside, a), "5", "it had a process (K14)");
    assert_eq!(joins(&mut w, main, other, lone), "TRUE");
    assert_eq!(joins(&mut w, main, deep, lone), "5", "it was nested elsewhere (K15)");
    let (fresh, _, _) = child(&mut w, main);
    assert_eq!(joins(&mut w, main, beside, fresh), "TRUE", "which is no matter to this one");
    for process in [a, b] {
        assert_eq!(w.call(main, Call::TerminateProcess { process }), succeeds());
    }
    assert_eq!(joins(&mut w, main, outer, a), "5", "it has exited");
}

/// The messages on the ports of three nested jobs.
#[test]
fn a_message_of_a_nested_job_goes_to_the_port_of_each_job_around_it() {
    facts(&["K13", "K16"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (p, q) = (w.port(1), w.port(1));
    let [outer, between, inner] = jobs(&mut w, main);
    let (a, a_id, a_thread) = child(&mut w, main);
    let (b, b_id, _) = child(&mut w, main);
    let pid = iocp_model::io::job::process_identifier;
    for (job, process) in [(outer, a), (outer, b), (between, a), (inner, a)] {
        assert_eq!(joins(&mut w, main, job, process), "TRUE");
    }
    assert_eq!(joins(&mut w, main, outer, a), "unknown", "back outwards, past a job in between");
    // A port that is set hears of the processes of the nested jobs too; two jobs can have one.
    assert_eq!(w.call(main, set_port(inner, p, 1)), succeeds());
    assert_eq!(w.call(main, set_port(outer, p, 3)), succeeds());
    assert_eq!(w.call(main, set_port(between, q, 2)), succeeds());
    let mut at_p = vec![(6, 1, pid(a_id)), (6, 3, pid(a_id)), (6, 3, pid(b_id))];
    let mut at_q = vec![(6, 2, pid(a_id))];
    assert_eq!((queued(&w, p), queued(&w, q)), (at_p.clone(), at_q.clone()));
    let told = w.log.iter().filter(|(_, effect)| matches!(effect, Effect::Queued { .. }));
    let why: Vec<Rule> = told.map(|(rule, _)| *rule).collect();
    use Rule::{JobMessages as Own, NestedJobs as Around};
    assert_eq!(why, [Own, Around, Own, Around], "whose process it is");
    // One more that the outer job knows already: only the job that it joins tells.
    assert_eq!(joins(&mut w, main, between, b), "TRUE");
    at_q.push((6, 2, pid(b_id)));
    assert_eq!((queued(&w, p), queued(&w, q)), (at_p.clone(), at_q.clone()));
    // A child is in every job of its parent from the start: the innermost tells first.
    w.call(a_thread, Call::CreateProcess { inherit_handles: false });
    let child = ProcessId(b_id.0 + 1);
    at_p.extend([(6, 1, pid(child)), (6, 3, pid(child))]);
    at_q.push((6, 2, pid(child)));
    assert_eq!((queued(&w, p), queued(&w, q)), (at_p.clone(), at_q.clone()));
    // An end is told by all three; the nested job is empty before the others are.
    assert_eq!(w.call(main, Call::TerminateProcess { process: a }), succeeds());
    at_p.extend([(7, 1, pid(a_id)), (7, 3, pid(a_id))]);
    at_q.push((7, 2, pid(a_id)));
    assert_eq!((queued(&w, p), queued(&w, q)), (at_p.clone(), at_q.clone()));
    let child_thread = w.kernel.threads().iter().find(|(_, t)| t.process == child).expect("it").0;
    w.call(child_thread, Call::ExitProcess {});
    at_p.extend([(7, 1, pid(child)), (4, 1, 0), (7, 3, pid(child))]);
    at_q.push((7, 2, pid(child)));
    assert_eq!((queued(&w, p), queued(&w, q)), (at_p.clone(), at_q.clone()));
    assert_eq!(w.call(main, Call::TerminateProcess { process: b }), succeeds());
    at_p.extend([(7, 3, pid(b_id)), (4, 3, 0)]);
    at_q.extend([(7, 2, pid(b_id)), (4, 2, 0)]);
    assert_eq!((queued(&w, p), queued(&w, q)), (at_p, at_q));
}

#[test]
fn a_process_made_by_a_process_of_a_job_is_announced_too() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let job = w.handle(main, Call::CreateJobObject {});
    w.call(main, set_port(job, p, 9));
    let (a, _, a_thread) = child(&mut w, main);
    w.call(main, Call::AssignProcessToJobObject { job, process: a });
    w.call(a_thread, Call::CreateProcess { inherit_handles: false });
    let messages: Vec<u64> = queued(&w, p).iter().map(|(message, ..)| *message).collect();
    assert_eq!(messages, [6, 6]);
}

/// The callbacks and their threads are not modelled; that there is a packet for one, in the port
/// that only the pool has, is.
#[test]
fn an_operation_on_a_bound_file_ends_at_the_port_of_the_pool() {
    facts(&["K06", "K07", "K08"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let file = w.handle(main, device(true));
    assert_eq!(w.call(main, Call::BindIoCompletionCallback { file }), succeeds());
    let hidden = |w: &World| -> Vec<(NtStatus, u64)> {
        let (_, port) = w.kernel.ports().iter().next().expect("the pool has a port");
        port.packets.iter().map(|packet| (packet.status, packet.information)).collect()
    };
    let failed = at_once(IoOp::ReadFile, file, 1, NtStatus::ACCESS_VIOLATION);
    assert_eq!(w.call(main, failed), fails(998));
    assert_eq!(hidden(&w), []);
    w.call(main, at_once(IoOp::ReadFile, file, 1, NtStatus::SUCCESS));
    assert_eq!(hidden(&w), [(NtStatus::SUCCESS, 3)]);
    assert_eq!(w.call(main, pending(IoOp::ReadFile, file, 2)), fails(997));
    assert_eq!(w.call(main, Call::CancelIo { file }), succeeds());
    let irp = w.irp();
    w.act(Action::FinishCancel { irp });
    assert_eq!(hidden(&w), [(NtStatus::SUCCESS, 3), (NtStatus::CANCELLED, 0)]);
    w.close(main, file);
    assert!(w.kernel.ports().is_empty(), "the model keeps a pool's port for each file");
}

fn arm(packet: Handle, port: Handle, target: Handle) -> Call {
    let (key, context, status, information) = (1, 2, NtStatus::CANCELLED, 3);
    Call::NtAssociateWaitCompletionPacket {
        packet,
        port,
        target,
        key,
        context,
        status,
        information,
    }
}

fn armed(already: bool) -> Option<Return> {
    let out = Out::AlreadySignaled(already);
    Some(Return { value: Value::Status(NtStatus::SUCCESS), last_error: None, out })
}

#[test]
fn a_wait_packet_fires_once_for_each_association() {
    facts(&["K09"]);
    let mut w = World::new(Profile::Win8);
    let [main] = w.threads();
    let port = w.port(1);
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let packet = w.handle(main, Call::NtCreateWaitCompletionPacket {});
    assert_eq!(w.call(main, arm(packet, port, event)), armed(false));
    assert_eq!(w.depth(port), 0);
    w.call(main, Call::SetEvent { event });
    assert_eq!(queued(&w, port), [(3, 1, 2)]);
    assert_eq!(w.port_of(port).packets[0].status, NtStatus::CANCELLED);
    w.call(main, Call::SetEvent { event });
    assert_eq!(w.depth(port), 1, "one packet for one association");
    let remove = Call::NtRemoveIoCompletion { port, timeout: ZERO };
    w.call(main, remove.clone());
    assert_eq!(w.call(main, arm(packet, port, event)), armed(true));
    assert_eq!(w.depth(port), 1, "the event is still set");
    w.call(main, remove);
    w.call(main, Call::ResetEvent { event });
    assert_eq!(w.call(main, arm(packet, port, event)), armed(false));
    assert_eq!(w.depth(port), 0);
}

#[test]
fn a_wait_packet_in_use_cannot_be_used_again_and_cancelling_says_how_far_it_was() {
    facts(&["K10"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let port = w.port(1);
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let packet = w.handle(main, Call::NtCreateWaitCompletionPacket {});
    let cancel = |remove_signaled| Call::NtCancelWaitCompletionPacket { packet, remove_signaled };
    assert_eq!(w.call(main, cancel(true)), status(NtStatus::CANCELLED));

    w.call(main, arm(packet, port, event));
    assert_eq!(w.call(main, arm(packet, port, event)), status(NtStatus::INVALID_PARAMETER_1));
    assert_eq!(w.call(main, cancel(false)), status(NtStatus::SUCCESS));
    w.call(main, Call::SetEvent { event });
    assert_eq!(w.depth(port), 0, "it was cancelled in time");

    assert_eq!(w.call(main, arm(packet, port, event)), armed(true));
    assert_eq!(w.call(main, arm(packet, port, event)), status(NtStatus::INVALID_PARAMETER_1));
    assert_eq!(w.call(main, cancel(false)), status(NtStatus::PENDING));
    assert_eq!(w.depth(port), 1);
    assert_eq!(w.call(main, cancel(true)), status(NtStatus::SUCCESS));
    assert_eq!(w.depth(port), 0, "taken back out of the queue");

    w.call(main, arm(packet, port, event));
    w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO });
    assert_eq!(w.call(main, cancel(true)), status(NtStatus::CANCELLED));
}

#[test]
fn a_wait_packet_takes_what_a_wait_takes_from_its_target() {
    let mut w = World::new(Profile::Win11);
    let [main, a] = w.threads();
    let port = w.port(1);
    let semaphore = w.handle(main, Call::CreateSemaphore { initial: 1, maximum: 2 });
    let event = w.handle(main, Call::CreateEvent { manual_reset: false, initial: true });
    for target in [semaphore, event] {
        let packet = w.handle(main, Call::NtCreateWaitCompletionPacket {});
        assert_eq!(w.call(main, arm(packet, port, target)), armed(true));
        let wait = Call::WaitForSingleObject { handle: target, timeout: ZERO };
        assert_eq!(w.call(main, wait), dword(WAIT_TIMEOUT));
    }
    // A thread and a process are targets too; what fires may release a waiter at once.
    let (_, thread) = w.spawn(main);
    let (process, _, _) = child(&mut w, main);
    let q = w.port(2);
    assert_eq!(w.call(a, remove_ex(q, 1, INFINITE, false)), WAITS);
    for target in [thread, process] {
        let packet = w.handle(main, Call::NtCreateWaitCompletionPacket {});
        assert_eq!(w.call(main, arm(packet, q, target)), armed(false));
    }
    w.call(main, Call::TerminateThread { thread });
    assert_eq!(
        w.returned(a),
        entries(&[Packet {
            origin: Origin::Wait(WaitPacketId(2)),
            ..native_packet(1, 2, NtStatus::CANCELLED, 3)
        }])
    );
    w.call(main, Call::TerminateProcess { process });
    assert_eq!(w.depth(q), 1);
}

#[test]
fn a_wait_packet_whose_handle_is_closed_no_longer_waits() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let port = w.port(1);
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let packet = w.handle(main, Call::NtCreateWaitCompletionPacket {});
    w.call(main, arm(packet, port, event));
    w.close(main, packet);
    w.call(main, Call::SetEvent { event });
    assert_eq!((w.depth(port), w.kernel.wait_packets().len()), (0, 0));
    // Fired before that, the packet stays, and the object with it until the port goes.
    let packet = w.handle(main, Call::NtCreateWaitCompletionPacket {});
    w.call(main, arm(packet, port, event));
    w.close(main, packet);
    assert_eq!((w.depth(port), w.kernel.wait_packets().len()), (1, 1));
    w.close(main, port);
    assert_eq!((w.kernel.ports().len(), w.kernel.wait_packets().len()), (0, 0));
}

#[test]
fn replacing_an_association_needs_windows_8_1_and_no_operation_pending() {
    facts(&["K11"]);
    for profile in Profile::ALL {
        let mut w = World::new(profile);
        let [main] = w.threads();
        let (p, q) = (w.port(1), w.port(1));
        let (kind, overlapped, inherit) = (FileKind::Listener, true, false);
        let file = w.handle(main, Call::CreateFile { kind, overlapped, inherit });
        w.handle(main, associate(file, p, 1));
        let replace = |port, key| Call::NtSetInformationFileReplaceCompletion { file, port, key };
        w.call(main, pending(IoOp::AcceptEx, file, 1));
        let known = profile >= Profile::Win81;
        let refusal =
            if known { NtStatus::INVALID_PARAMETER } else { NtStatus::INVALID_INFO_CLASS };
        let before = w.kernel.clone();
        assert_eq!(w.call(main, replace(q, 2)), status(refusal), "{profile}");
        assert_eq!(w.kernel, before);
        w.complete(NtStatus::SUCCESS, 0);
        assert_eq!(queued(&w, p), [(0, 1, Overlapped::numbered(1).0)]);
        let expected = if known { NtStatus::SUCCESS } else { refusal };
        assert_eq!(w.call(main, replace(q, 2)), status(expected));
        if known {
            w.call(main, at_once(IoOp::AcceptEx, file, 2, NtStatus::SUCCESS));
            assert_eq!(queued(&w, q), [(3, 2, Overlapped::numbered(2).0)]);
            assert_eq!(w.call(main, replace(Handle::NULL, 0)), status(NtStatus::SUCCESS));
            w.call(main, at_once(IoOp::AcceptEx, file, 2, NtStatus::SUCCESS));
            assert_eq!((w.depth(p), w.depth(q)), (1, 1));
            w.close(main, q);
            assert_eq!(w.kernel.ports().len(), 1, "the file refers to it no longer");
        }
    }
}
