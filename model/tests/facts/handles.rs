//! Handles: duplicates here and in another process, inheritance, closed and recycled values,
//! granted access, pseudo handles, other types.

use crate::stage::*;

/// A process made by the first thread: its handle, itself, its thread.
fn child(w: &mut World, main: ThreadId, inherit: bool) -> (Handle, ProcessId, ThreadId) {
    let created = w.call(main, Call::CreateProcess { inherit_handles: inherit }).unwrap().out;
    let Out::Created { process: Some(handle), thread } = created else { panic!("{created:?}") };
    match (w.object(handle), w.object(thread)) {
        (Object::Process(process), Object::Thread(thread)) => (handle, process, thread),
        other => panic!("{other:?}"),
    }
}

fn duplicate_into(handle: Handle, target_process: Handle, close_source: bool) -> Call {
    let (access, inherit) = (None, false);
    let source_process = Handle::CURRENT_PROCESS;
    Call::DuplicateHandle { source_process, handle, target_process, access, inherit, close_source }
}

#[test]
fn a_duplicate_of_a_port_is_as_good_as_the_first_handle() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let second = w.handle(main, duplicate(p, None));
    assert_eq!(w.object(p), w.object(second));
    w.post(main, second, 1);
    w.close(main, p);
    assert_eq!(w.poll(main, second), got(1));
    assert_eq!(w.poll(main, p), nothing(6));
}

#[test]
fn a_port_duplicated_into_another_process_lives_until_both_have_closed_it() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let (process, id, other) = child(&mut w, main, false);
    let theirs = w.handle(main, duplicate_into(p, process, false));
    assert_eq!(w.kernel.resolve(id, theirs), Some(w.object(p)));
    assert_eq!(w.remove(other, theirs), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.returned(other), got(1));
    // A handle value means nothing in the other process.
    assert_eq!(w.remove(other, Handle(theirs.0 + 4)), nothing(6));
    w.close(main, p);
    assert_eq!(w.poll(other, theirs), nothing(258));
    w.call(other, Call::ExitProcess {});
    assert!(w.kernel.ports().is_empty());
}

#[test]
fn closing_the_source_moves_the_handle() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let (process, id, _) = child(&mut w, main, false);
    let theirs = w.handle(main, duplicate_into(p, process, true));
    assert_eq!(w.kernel.resolve(ProcessId(0), p), None);
    let Some(Object::Port(_)) = w.kernel.resolve(id, theirs) else { panic!("it is there now") };
    assert_eq!(w.kernel.handle_count(Object::Port(PortId(0))), 1);
    // A pseudo handle has nothing to close.
    let own = w.handle(main, duplicate_into(Handle::CURRENT_THREAD, process, true));
    assert_eq!(w.kernel.resolve(id, own), Some(Object::Thread(main)));
}

#[test]
fn a_bad_duplication_makes_nothing() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let ours = Handle::CURRENT_PROCESS;
    for (source_process, handle, target_process) in [
        (ours, Handle(0x444), ours),
        (event, p, ours),
        (ours, p, event),
        (Handle::NULL, p, ours),
        (ours, p, Handle(0x444)),
    ] {
        let (access, inherit, close_source) = (None, false, false);
        let call = Call::DuplicateHandle {
            source_process,
            handle,
            target_process,
            access,
            inherit,
            close_source,
        };
        let handles = w.kernel.process(ProcessId(0)).unwrap().handles.clone();
        assert_eq!(w.call(main, call), fails(6));
        assert_eq!(w.kernel.process(ProcessId(0)).unwrap().handles, handles);
    }
}

#[test]
fn a_child_gets_the_inheritable_handles_at_the_same_values_and_no_others() {
    for inherit_handles in [true, false] {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let p = w.port(1);
        let (access, inherit, close_source) = (None, true, false);
        let (source_process, target_process) = (Handle::CURRENT_PROCESS, Handle::CURRENT_PROCESS);
        let shared = w.handle(
            main,
            Call::DuplicateHandle {
                source_process,
                handle: p,
                target_process,
                access,
                inherit,
                close_source,
            },
        );
        let (kind, overlapped) = (FileKind::Device, true);
        let file = w.handle(main, Call::CreateFile { kind, overlapped, inherit: true });
        let (_, id, other) = child(&mut w, main, inherit_handles);
        let found = |handle| w.kernel.resolve(id, handle);
        if inherit_handles {
            assert_eq!(
                (found(shared), found(file)),
                (Some(w.object(shared)), Some(w.object(file)))
            );
            w.post(other, shared, 1);
            assert_eq!(w.poll(main, p), got(1));
        } else {
            assert_eq!((found(shared), found(file)), (None, None));
        }
        assert_eq!(w.kernel.resolve(id, p), None);
    }
}

#[test]
fn a_closed_value_names_nothing_until_it_is_used_again_for_something_else() {
    facts(&["E06"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (p, q) = (w.port(1), w.port(1));
    w.close(main, p);
    assert_eq!(w.call(main, Call::CloseHandle { handle: p }), fails(6));
    assert_eq!(w.poll(main, p), nothing(6));
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    assert_eq!(event, p, "the lowest free value");
    assert_eq!(w.poll(main, p), nothing(6));
    w.close(main, p);
    let third = w.port(1);
    assert_eq!(third, p);
    // A stale copy of the first handle now posts into a port that it never meant.
    w.post(main, p, 7);
    assert_eq!((w.depth(third), w.depth(q)), (1, 0));
}

#[test]
fn the_two_low_bits_of_a_handle_are_ignored_but_not_by_the_caller_that_compares() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    for bits in 1..4 {
        w.post(main, Handle(p.0 | bits), bits);
    }
    assert_eq!(w.depth(p), 3);
}

/// What each right of a port is for: the calls that it allows, with all others refused (5).
#[test]
fn each_call_needs_its_right() {
    let modify: [fn(Handle) -> Call; 3] = [
        |port| Call::GetQueuedCompletionStatus { port, timeout: ZERO },
        |port| Call::PostQueuedCompletionStatus {
            port,
            bytes: 0,
            key: 0,
            overlapped: Overlapped::NULL,
        },
        |port| gqcs_ex(port, 1, ZERO, false),
    ];
    let table = [
        (Access::QUERY_STATE, false, true, false),
        (Access::MODIFY_STATE, true, false, false),
        (Access::SYNCHRONIZE, false, false, true),
        (Access::ALL, true, true, true),
        (Access(0), false, false, false),
    ];
    for (access, modifies, queries, waits) in table {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let p = w.port(1);
        let own = w.handle(main, duplicate(p, Some(access)));
        let (attributes, concurrency) = (Attributes::Null, 1);
        let created =
            w.handle(main, Call::NtCreateIoCompletion { access, attributes, concurrency });
        for handle in [own, created] {
            for call in modify {
                let refused = w.call(main, call(handle)).unwrap().last_error == Some(5);
                assert_eq!(refused, !modifies, "{access:?}");
            }
            let query = Call::NtQueryIoCompletion { port: handle, class: 0, length: 4 };
            let refused = w.call(main, query) == status(NtStatus::ACCESS_DENIED);
            assert_eq!(refused, !queries, "{access:?}");
            let wait = Call::WaitForSingleObject { handle, timeout: ZERO };
            assert_eq!(w.call(main, wait) == dword_fails(5), !waits, "{access:?}");
            w.close(main, handle);
        }
    }
}

/// semantics.md C2: `DuplicateHandle` without PROCESS_DUP_HANDLE is refused with 5, whichever of
/// the two processes it lacks it for.
#[test]
fn handles_are_taken_from_and_put_into_a_process_only_with_the_right_to() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let port = w.port(1);
    let created = w.call(main, Call::CreateProcess { inherit_handles: true });
    let Some(Return { out: Out::Created { process: Some(child), .. }, .. }) = created else {
        panic!("no process: {created:?}");
    };
    for (access, may) in [
        (Access::ALL, true),
        (Access::DUP_HANDLE, true),
        (Access(Access::DUP_HANDLE.0 | Access::SYNCHRONIZE.0), true),
        (Access::SYNCHRONIZE, false),
        (Access(0), false),
    ] {
        let process = w.handle(main, duplicate(child, Some(access)));
        let to = |source_process, target_process| Call::DuplicateHandle {
            source_process,
            handle: port,
            target_process,
            access: None,
            inherit: false,
            close_source: false,
        };
        let into = w.call(main, to(Handle::CURRENT_PROCESS, process));
        assert_eq!(into == fails(5), !may, "{access:?}: {into:?}");
        let out_of = w.call(main, to(process, Handle::CURRENT_PROCESS));
        // The child inherited nothing at that value: the right is looked at first.
        assert_eq!(out_of == fails(5), !may, "{access:?}: {out_of:?}");
    }
    assert!(w.saw(Rule::AccessDenied));
}

#[test]
fn pseudo_handles_name_the_caller_and_cannot_be_closed() {
    let mut w = World::new(Profile::Win11);
    let [main, other] = w.threads();
    for handle in [Handle::CURRENT_PROCESS, Handle::CURRENT_THREAD] {
        let before = w.kernel.clone();
        w.close(main, handle);
        assert_eq!(w.kernel, before);
        assert_eq!(w.poll(main, handle), nothing(6));
        let wait = Call::WaitForSingleObject { handle, timeout: ZERO };
        assert_eq!(w.call(main, wait), dword(WAIT_TIMEOUT));
    }
    // The same value is another thread for another thread; a duplicate stays the one it was.
    let own = w.handle(main, duplicate(Handle::CURRENT_THREAD, None));
    let theirs = w.handle(other, duplicate(Handle::CURRENT_THREAD, None));
    assert_eq!((w.object(own), w.object(theirs)), (Object::Thread(main), Object::Thread(other)));
}
