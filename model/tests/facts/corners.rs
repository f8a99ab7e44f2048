//! Corners of the kernel that a change of one operator cut without any other test noticing: what
//! mutation testing asked for. Threads, waits, the port and the state itself; those of operations
//! are in `io_corners.rs`.

use crate::stage::*;

fn wake_and_retry() -> Semantics {
    Semantics::default().with(Deviation::HandOffWakeAndRetry)
}

fn any_waiter() -> Semantics {
    Semantics::default().with(Deviation::WakeOrderAny)
}

#[test]
fn a_suspended_waiter_that_was_woken_asks_again_once_it_is_resumed() {
    let mut w = World::new(wake_and_retry());
    let [main] = w.threads();
    let (a, thread) = w.spawn(main);
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    w.post(main, p, 7);
    w.call(main, Call::SuspendThread { thread });
    let retry = Action::Retry { thread: a };
    assert_eq!(w.attempt(retry.clone()), Err(Refusal::NotRetrying(a)));
    w.call(main, Call::ResumeThread { thread });
    w.act(retry);
    assert_eq!(w.returned(a), got(7));
}

#[test]
fn a_woken_waiter_that_finds_no_free_slot_waits_again() {
    let mut w = World::new(wake_and_retry());
    let [main, a, b] = w.threads();
    let p = w.port(1);
    w.post(main, p, 1);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (got(1), WAITS));
    w.act(Action::Block { thread: a });
    w.post(main, p, 2);
    w.act(Action::Unblock { thread: a });
    w.act(Action::Retry { thread: b });
    assert_eq!((w.returned(b), w.depth(p), w.active(p)), (WAITS, 1, 1));
}

#[test]
fn only_a_waiter_that_is_there_can_be_picked_and_only_once() {
    let mut w = World::new(any_waiter());
    let [main, a] = w.threads();
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    let post = Action::Call { thread: main, call: Call::post(p, 7) };
    let pick = |waiter, then: &Action| Action::Pick { waiter, then: Box::new(then.clone()) };
    assert_eq!(w.attempt(pick(1, &post)), Err(Refusal::NothingToPick));
    assert_eq!(w.attempt(pick(0, &pick(0, &post))), Err(Refusal::NothingToPick));
    w.act(pick(0, &post));
    assert_eq!(w.returned(a), got(7));
}

#[test]
fn states_that_differ_have_other_fingerprints_and_equal_ones_the_same() {
    let mut w = World::new(Profile::Win7);
    let [main] = w.threads();
    let p = w.port(1);
    let mut seen = vec![w.kernel.fingerprint()];
    for key in 0..300 {
        w.post(main, p, key);
        assert_eq!(w.kernel.clone().fingerprint(), w.kernel.fingerprint());
        seen.push(w.kernel.fingerprint());
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 301, "also of states whose bytes are too many for the short way");
    assert_eq!(w.kernel.semantics(), Semantics::from(Profile::Win7));
}

#[test]
fn what_may_happen_by_itself_is_listed_thread_by_thread_and_then_operation_by_operation() {
    let mut w = World::new(wake_and_retry());
    let [main, timed, waits, blocked, woken] = w.threads();
    let (p, q) = (w.port(1), w.port(1));
    w.call(timed, Call::GetQueuedCompletionStatus { port: p, timeout: TEN_MS });
    w.remove(waits, p);
    w.act(Action::Block { thread: blocked });
    w.remove(woken, q);
    w.post(main, q, 1);
    let file = w.handle(main, device(true));
    w.call(main, pending(IoOp::ReadFile, file, 1));
    w.call(main, Call::CancelIo { file });
    let mut listed = Vec::new();
    w.kernel.enabled(&mut listed);
    let irp = w.irp();
    let expected = [
        Action::Expire { thread: timed },
        Action::Unblock { thread: blocked },
        Action::Retry { thread: woken },
        Action::FinishCancel { irp },
    ];
    assert_eq!(listed, expected);
}

#[test]
fn a_poll_that_does_not_attach_still_takes_what_no_limit_keeps_from_it() {
    for more in [Deviation::ConcurrencyIgnored, Deviation::NewRemoveLimitIgnored] {
        let mut w = World::new(Semantics::default().with(Deviation::PollDoesNotAttach).with(more));
        let [main, a, b] = w.threads();
        let p = w.port(1);
        w.post(main, p, 1);
        w.post(main, p, 2);
        assert_eq!((w.remove(a, p), w.poll(b, p)), (got(1), got(2)), "{more}");
    }
}

#[test]
fn restoring_gives_back_apcs_and_who_waits_for_a_thread() {
    let mut w = World::new(Profile::Win11);
    let [main, other] = w.threads();
    let (a, thread) = w.spawn(main);
    let calm = w.kernel.clone();
    let wait = Call::WaitForSingleObject { handle: thread, timeout: INFINITE };
    let come = [(main, Call::QueueUserAPC { thread, routine: 9 }), (other, wait)];
    let go = [
        (a, Call::SleepEx { timeout: ZERO, alertable: true }),
        (main, Call::TerminateThread { thread }),
    ];
    let after = |from: &Kernel, calls: &[(ThreadId, Call)]| {
        let mut kernel = from.clone();
        for (thread, call) in calls.iter().cloned() {
            kernel.apply(Action::Call { thread, call }, &mut ()).expect("it runs");
        }
        kernel
    };
    let busy = after(&calm, &come);
    for (from, calls) in [(&calm, &come), (&busy, &go)] {
        let mut scratch = after(from, calls);
        assert_ne!(&scratch, from);
        scratch.restore(from);
        assert_eq!(&scratch, from);
    }
}

/// States with what is rare in them: every wait, a suspended thread, another process.
#[test]
fn no_other_bytes_of_the_same_length_are_the_same_state() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (a, thread) = w.spawn(main);
    let [b, c, d] = w.threads();
    let events = [false, true]
        .map(|manual_reset| w.handle(main, Call::CreateEvent { manual_reset, initial: false }));
    for (thread, all) in [(b, false), (c, true)] {
        let (handles, timeout) = (events.to_vec(), TEN_MS);
        let wait = Call::WaitForMultipleObjects { handles, all, timeout, alertable: all };
        assert_eq!(w.call(thread, wait), WAITS);
    }
    assert_eq!(w.call(d, Call::Sleep { timeout: INFINITE }), WAITS);
    assert_eq!(w.call(a, Call::SleepEx { timeout: TEN_MS, alertable: true }), WAITS);
    w.call(main, Call::SuspendThread { thread });
    let mut bytes = Vec::new();
    w.kernel.encode(&mut bytes);
    assert_eq!(Kernel::decode(&mut &bytes[..]).as_ref(), Some(&w.kernel));
    for place in 0..bytes.len() {
        for value in (0..=u8::MAX).filter(|value| *value != bytes[place]) {
            let mut other = bytes.clone();
            other[place] = value;
            let decoded = Kernel::decode(&mut &other[..]);
            assert_ne!(decoded.as_ref(), Some(&w.kernel), "byte {place} as {value}");
        }
    }
}

#[test]
fn a_mutex_taken_twice_is_given_back_twice() {
    let mut w = World::new(Profile::Win11);
    let [a, b] = w.threads();
    let mutex = w.handle(a, Call::CreateMutex { initial_owner: false });
    let take = Call::WaitForSingleObject { handle: mutex, timeout: INFINITE };
    let give = Call::ReleaseMutex { mutex };
    assert_eq!(w.call(a, take.clone()), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(a, take.clone()), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(b, take), WAITS);
    assert_eq!(w.call(a, give.clone()), succeeds());
    assert_eq!(w.returned(b), WAITS);
    assert_eq!(w.call(a, give.clone()), succeeds());
    assert_eq!(w.returned(b), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(a, give), fails(288));
}

#[test]
fn a_wait_for_all_ends_when_all_are_signaled_and_says_that_a_mutex_was_abandoned() {
    let mut w = World::new(Profile::Win11);
    let [main, owner] = w.threads();
    let event = w.handle(main, Call::CreateEvent { manual_reset: false, initial: true });
    let semaphore = w.handle(main, Call::CreateSemaphore { initial: 1, maximum: 1 });
    let mutex = w.handle(owner, Call::CreateMutex { initial_owner: true });
    let both = |handles: &[Handle]| Call::WaitForMultipleObjects {
        handles: handles.to_vec(),
        all: true,
        timeout: INFINITE,
        alertable: false,
    };
    assert_eq!(w.call(main, both(&[event, semaphore])), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(main, both(&[event, semaphore])), WAITS, "both were taken");
    w.call(owner, Call::SetEvent { event });
    assert_eq!(w.returned(main), WAITS);
    w.call(owner, Call::ReleaseSemaphore { semaphore, count: 1 });
    assert_eq!(w.returned(main), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(main, both(&[mutex, semaphore])), WAITS);
    w.call(owner, Call::ReleaseSemaphore { semaphore, count: 1 });
    w.call(owner, Call::ExitThread {});
    assert_eq!(w.returned(main), dword(WAIT_ABANDONED_0));
}

#[test]
fn a_suspended_thread_whose_read_ends_does_not_count_until_it_is_resumed() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (a, thread) = w.spawn(main);
    let p = w.port(1);
    w.poll(a, p);
    let file = w.handle(main, device(false));
    assert_eq!(w.call(a, pending(IoOp::ReadFile, file, 1)), WAITS);
    w.call(main, Call::SuspendThread { thread });
    w.complete(NtStatus::SUCCESS, 3);
    assert_eq!(w.active(p), 0);
    w.call(main, Call::ResumeThread { thread });
    assert_eq!(w.active(p), 1);
}

/// Rows: (alertable, an APC is queued while it is suspended, whether the resumed sleep ends).
#[test]
fn a_resumed_sleep_goes_on_unless_it_is_alertable_and_an_apc_has_come() {
    for (alertable, apc, ends) in
        [(false, false, false), (true, false, false), (false, true, false), (true, true, true)]
    {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let (a, thread) = w.spawn(main);
        assert_eq!(w.call(a, Call::SleepEx { timeout: TEN_MS, alertable }), WAITS);
        w.call(main, Call::SuspendThread { thread });
        if apc {
            w.call(main, Call::QueueUserAPC { thread, routine: 1 });
        }
        w.call(main, Call::ResumeThread { thread });
        assert_eq!(w.returned(a), ends.then(|| dword(WAIT_IO_COMPLETION).expect("a value")));
        assert_eq!(w.attempt(Action::Expire { thread: a }).is_ok(), !ends);
    }
}

#[test]
fn a_sleep_that_is_over_has_succeeded_and_a_wait_has_timed_out() {
    let mut w = World::new(Profile::Win11);
    let [a, b] = w.threads();
    let handle = w.handle(a, Call::CreateEvent { manual_reset: true, initial: false });
    w.call(a, Call::Sleep { timeout: TEN_MS });
    w.call(b, Call::WaitForSingleObject { handle, timeout: TEN_MS });
    for (thread, status) in [(a, NtStatus::SUCCESS), (b, NtStatus::TIMEOUT)] {
        w.act(Action::Expire { thread });
        let ended = Effect::WaitEnded { thread, status };
        assert!(w.log.iter().any(|(_, effect)| *effect == ended), "{thread}");
    }
}

/// A thread lives on without its handle, and is nobody's orphan.
#[test]
fn closing_the_handle_of_a_thread_that_others_wait_for_leaves_nothing_to_free() {
    let mut w = World::new(Profile::Win11);
    let [main, b] = w.threads();
    let (_, thread) = w.spawn(main);
    w.call(b, Call::WaitForSingleObject { handle: thread, timeout: INFINITE });
    w.close(main, thread);
    let state = serde_json::to_value(&w.kernel).expect("a kernel is JSON");
    assert_eq!(state["orphans"], serde_json::json!([]));
}

#[test]
fn a_name_finds_the_port_of_that_name_while_it_has_a_handle() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (access, concurrency) = (Access::ALL, 1);
    let create = |name| Call::NtCreateIoCompletion {
        access,
        attributes: Attributes::Named(name),
        concurrency,
    };
    let open = |name| Call::NtOpenIoCompletion { access, attributes: Attributes::Named(name) };
    let not_found = status(NtStatus::OBJECT_NAME_NOT_FOUND);
    w.port(1);
    assert_eq!(w.call(main, open(1)), not_found, "a port without a name");
    let port = w.handle(main, create(1));
    assert_eq!(w.call(main, open(2)), not_found, "a port of another name");
    let same = w.handle(main, open(1));
    assert_eq!(w.object(same), w.object(port));
    w.associated(main, port, 7); // The file keeps the port when its handles are gone.
    w.close(main, port);
    w.close(main, same);
    assert_eq!(w.call(main, open(1)), not_found, "a port that is closed");
}

#[test]
fn a_batch_of_nothing_that_deviates_succeeds_in_the_words_of_its_caller() {
    let mut w = World::new(Semantics::default().with(Deviation::RemoveCountZeroSucceeds));
    let [main] = w.threads();
    let p = w.port(1);
    let value = |result: Option<Return>| result.map(|r| r.value);
    assert_eq!(value(w.call(main, gqcs_ex(p, 0, ZERO, false))), Some(Value::Bool(true)));
    let success = Some(Value::Status(NtStatus::SUCCESS));
    assert_eq!(value(w.call(main, remove_ex(p, 0, ZERO, false))), success);
}

#[test]
fn a_process_that_has_exited_can_be_asked_for_nothing_more() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let made = w.call(main, Call::CreateProcess { inherit_handles: false });
    let Some(Return { out: Out::Created { process: Some(process), .. }, .. }) = made else {
        panic!("no process: {made:?}")
    };
    assert_eq!(w.call(main, Call::TerminateProcess { process }), succeeds());
    assert_eq!(w.call(main, Call::TerminateProcess { process }), fails(5));
    let job = w.handle(main, Call::CreateJobObject {});
    assert_eq!(w.call(main, Call::AssignProcessToJobObject { job, process }), fails(5));
}

#[test]
fn who_waits_for_a_thread_of_a_process_that_is_terminated_returns() {
    let mut w = World::new(Profile::Win11);
    let [main, waiter] = w.threads();
    let made = w.call(main, Call::CreateProcess { inherit_handles: false });
    let Some(Return { out: Out::Created { process: Some(process), thread }, .. }) = made else {
        panic!("no process: {made:?}")
    };
    let Object::Thread(child) = w.object(thread) else { panic!("no thread") };
    w.call(child, Call::CreateThread {});
    let wait = Call::WaitForSingleObject { handle: thread, timeout: INFINITE };
    assert_eq!(w.call(waiter, wait), WAITS);
    w.call(main, Call::TerminateProcess { process });
    assert_eq!(w.returned(waiter), dword(WAIT_OBJECT_0));
}

#[test]
fn a_native_remove_that_waited_returns_the_packet_whole() {
    let mut w = World::new(Profile::Win11);
    let [main, a] = w.threads();
    let p = w.port(1);
    let remove = Call::NtRemoveIoCompletion { port: p, timeout: INFINITE };
    assert_eq!(w.call(a, remove), WAITS);
    let packet = native_packet(1, 2, NtStatus::CANCELLED, 1 << 40);
    w.call(main, set(p, packet));
    let (value, out) = (Value::Status(NtStatus::SUCCESS), Out::Removed(packet));
    assert_eq!(w.returned(a), Some(Return { value, last_error: None, out }));
}

#[test]
fn a_batch_that_drains_after_its_wake_takes_no_more_than_it_has_room_for() {
    let mut w = World::new(Semantics::default().with(Deviation::BatchDrainsAfterWake));
    let [main, a, b] = w.threads();
    let p = w.port(1);
    w.post(main, p, 0);
    assert_eq!((w.remove(a, p), w.call(b, remove_ex(p, 2, INFINITE, false))), (got(0), WAITS));
    for key in [1, 2, 3] {
        w.post(main, p, key);
    }
    w.act(Action::Block { thread: a });
    assert_eq!((w.returned(b), w.depth(p)), (entries(&[packet(1), packet(2)]), 1));
}

#[test]
fn an_alertable_wait_on_one_object_ends_by_signal_time_or_apc() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let handle = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let wait = Call::WaitForSingleObjectEx { handle, timeout: ZERO, alertable: true };
    assert_eq!(w.call(main, wait.clone()), dword(WAIT_TIMEOUT));
    w.queue_apc(main);
    assert_eq!(w.call(main, wait.clone()), dword(WAIT_IO_COMPLETION));
    w.call(main, Call::SetEvent { event: handle });
    assert_eq!(w.call(main, wait), dword(WAIT_OBJECT_0));
}

#[test]
fn a_wait_for_any_says_which_and_whether_its_mutex_was_abandoned() {
    let mut w = World::new(Profile::Win11);
    let [main, owner] = w.threads();
    let [first, second] =
        [(); 2].map(|()| w.handle(main, Call::CreateEvent { manual_reset: true, initial: false }));
    let mutex = w.handle(owner, Call::CreateMutex { initial_owner: true });
    let other = w.handle(owner, Call::CreateMutex { initial_owner: true });
    let any = |handles: &[Handle]| Call::WaitForMultipleObjects {
        handles: handles.to_vec(),
        all: false,
        timeout: ZERO,
        alertable: false,
    };
    w.call(owner, Call::ExitThread {});
    assert_eq!(w.call(main, any(&[first, second, mutex])), dword(WAIT_ABANDONED_0 + 2));
    assert_eq!(w.call(main, any(&[first, second, mutex])), dword(WAIT_OBJECT_0 + 2), "now owned");
    w.call(main, Call::SetEvent { event: second });
    assert_eq!(w.call(main, any(&[first, second, mutex])), dword(WAIT_OBJECT_0 + 1));
    let native = Call::NtWaitForSingleObject { handle: other, timeout: ZERO, alertable: false };
    assert_eq!(w.call(main, native), status(NtStatus::ABANDONED_WAIT_0));
    // MAXIMUM_WAIT_OBJECTS is 64.
    assert_eq!(w.call(main, any(&[second; 64])), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(main, any(&[second; 65])), dword_fails(87));
}

#[test]
fn a_semaphore_is_not_released_beyond_its_maximum() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let semaphore = w.handle(main, Call::CreateSemaphore { initial: 1, maximum: 3 });
    let release = |count| Call::ReleaseSemaphore { semaphore, count };
    assert_eq!(w.call(main, release(3)), fails(298));
    assert_eq!(w.call(main, release(0)), fails(87));
    let previous = |n| Some(Return { out: Out::Previous(n), ..succeeds().expect("a value") });
    assert_eq!(w.call(main, release(2)), previous(1));
    assert_eq!(w.call(main, release(1)), fails(298));
    let id = w.kernel.semaphores().ids().next().expect("there is one");
    assert_eq!(w.kernel.semaphore(id).map(|s| s.count), Some(3));
}

#[test]
fn a_semaphore_may_begin_at_its_maximum_and_not_above_it() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let create = |initial, maximum| Call::CreateSemaphore { initial, maximum };
    assert!(matches!(w.call(main, create(2, 2)).map(|r| r.last_error), Some(None)));
    assert_eq!(w.call(main, create(3, 2)), null(87));
    assert_eq!(w.call(main, create(0, 0)), null(87));
}

#[test]
fn no_apc_is_queued_to_a_thread_that_has_exited() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (_, thread) = w.spawn(main);
    w.call(main, Call::TerminateThread { thread });
    let refused = Return { value: Value::Dword(0), last_error: Some(31), out: Out::Nothing };
    assert_eq!(w.call(main, Call::QueueUserAPC { thread, routine: 1 }), Some(refused));
    let no_thread = Call::QueueUserAPC { thread: Handle::NULL, routine: 1 };
    let refused = Return { value: Value::Dword(0), last_error: Some(6), out: Out::Nothing };
    assert_eq!(w.call(main, no_thread), Some(refused));
}

/// Two threads change names: whoever waited for the process is the other now.
#[test]
fn what_is_renamed_waits_for_its_process_under_its_new_name() {
    use iocp_model::ke::dispatcher::Waiter;
    struct Swapped;
    impl iocp_model::rename::Renaming for Swapped {
        fn thread(&self, thread: ThreadId) -> ThreadId {
            ThreadId(1 - thread.0)
        }
        fn overlapped(&self, at: Overlapped) -> Overlapped {
            at
        }
    }
    let mut w = World::new(Profile::Win11);
    let [main, other] = w.threads();
    let handle = w.handle(main, duplicate(Handle::CURRENT_PROCESS, None));
    assert_eq!(w.call(main, Call::WaitForSingleObject { handle, timeout: INFINITE }), WAITS);
    w.kernel.rename(&Swapped);
    let waiters = w.kernel.process(ProcessId(0)).map(|p| p.waiters.clone());
    assert_eq!(waiters, Some(vec![Waiter::Thread(other)]));
    let mut w = World::new(Profile::Win11);
    let [main, other] = w.threads();
    let handle = w.handle(main, duplicate(Handle::CURRENT_THREAD, None));
    w.kernel.rename(&Swapped);
    assert_eq!(w.object(handle), Object::Thread(other));
}

#[test]
fn xp_knows_no_notification_modes_to_ask_for() {
    for profile in Profile::ALL {
        let mut w = World::new(profile);
        let [main] = w.threads();
        let file = w.handle(main, device(true));
        let asked = w.call(main, Call::NtQueryInformationFileNotificationModes { file });
        let known = Some(Return { out: Out::Modes(0), ..status(NtStatus::SUCCESS).expect("one") });
        let unknown = status(NtStatus::INVALID_INFO_CLASS);
        assert_eq!(asked, if profile == Profile::Xp { unknown } else { known }, "{profile}");
    }
}

/// Two OVERLAPPEDs change names: what the kernel wrote into one is found in the other.
#[test]
fn what_is_renamed_takes_its_memory_with_it() {
    struct Swapped;
    impl iocp_model::rename::Renaming for Swapped {
        fn thread(&self, thread: ThreadId) -> ThreadId {
            thread
        }
        fn overlapped(&self, at: Overlapped) -> Overlapped {
            match at.number() {
                Some(n @ (1 | 2)) => Overlapped::numbered(3 - n),
                _ => at,
            }
        }
    }
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let file = w.handle(main, device(true));
    w.call(main, at_once(IoOp::ReadFile, file, 1, NtStatus::SUCCESS));
    w.kernel.rename(&Swapped);
    let block = |n| w.kernel.status_block(ProcessId(0), Overlapped::numbered(n)).copied();
    assert_eq!((block(1), block(2).map(|b| b.information)), (None, Some(3)));
}

#[test]
fn a_table_says_which_slots_were_written_and_copies_whole() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (_, second) = (w.port(1), w.port(1));
    let mut kernel = w.kernel.clone();
    assert_eq!(kernel.ports().touched(), 0);
    let post = Action::Call { thread: main, call: Call::post(second, 7) };
    kernel.apply(post, &mut ()).expect("it posts");
    assert_eq!(kernel.ports().touched(), 0b10);
    let mut copy = w.kernel.ports().clone();
    copy.clone_from(kernel.ports());
    assert_eq!(&copy, kernel.ports());
    assert_ne!(&copy, w.kernel.ports());
}

#[test]
fn an_observer_by_reference_sees_what_the_observer_sees() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let mut seen: Vec<(Rule, Effect)> = Vec::new();
    let call = create_port(1);
    let by_reference = &mut &mut seen;
    w.kernel.apply(Action::Call { thread: main, call }, by_reference).expect("it creates");
    assert!(!seen.is_empty());
}

#[test]
fn values_have_bytes_and_names() {
    use iocp_model::code::Code;
    let mut bytes = Vec::new();
    (Box::new(7u32), 300u64).put(&mut bytes);
    assert_eq!(bytes, [7, 0xAC, 0x02]);
    assert_eq!(<(Box<u32>, u64)>::take(&mut &bytes[..]), Some((Box::new(7), 300)));
    // A numbered OVERLAPPED is odd, any other address is 0 and itself; 2 is neither.
    assert_eq!(Overlapped::take(&mut &[3u8][..]), Some(Overlapped::numbered(1)));
    assert_eq!(Overlapped::take(&mut &[0u8, 5][..]), Some(Overlapped(5)));
    assert_eq!(Overlapped::take(&mut &[2u8][..]), None);
    assert_eq!(Object::Port(PortId(3)).to_string(), "port3");
    assert_eq!(format!("{:?} {:?}", NtStatus::PENDING, NtStatus(1)), "STATUS_PENDING 0x00000001");
    let mut w = World::new(Profile::Win11);
    let _: [ThreadId; 1] = w.threads();
    assert!(format!("{:?}", w.kernel.threads()).starts_with("{thread0: Thread {"));
    let refusal = Refusal::NotRunning(ThreadId(2));
    assert_eq!(refusal.to_string(), "thread2 is not running, so it cannot do anything");
}
