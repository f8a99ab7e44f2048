//! semantics.md B8 and C2: what becomes of a post, a new port and an association when the system
//! has no memory or no quota left for them.

use crate::stage::*;

const NO_MEMORY: [(NtStatus, u32); 2] =
    [(NtStatus::INSUFFICIENT_RESOURCES, 1450), (NtStatus::QUOTA_EXCEEDED, 1816)];

impl World {
    /// A call for which there is no memory.
    fn exhausted(&mut self, thread: ThreadId, call: Call, status: NtStatus) -> Option<Return> {
        self.act(Action::Exhausted { thread, call: Box::new(call), status });
        self.returned(thread)
    }
}

fn post(port: Handle, key: u64) -> Call {
    Call::PostQueuedCompletionStatus { port, bytes: 0, key, overlapped: Overlapped::NULL }
}

fn native_post(port: Handle) -> Call {
    let (context, information) = (0, 0);
    Call::NtSetIoCompletion { port, key: 1, context, status: NtStatus::SUCCESS, information }
}

#[test]
fn a_post_without_memory_fails_and_nobody_gets_anything() {
    for (status_of, error) in NO_MEMORY {
        let mut w = World::new(Profile::Win11);
        let [main, waiter] = w.threads();
        let p = w.port(0);
        assert_eq!(w.remove(waiter, p), WAITS);
        assert_eq!(w.exhausted(main, post(p, 1), status_of), fails(error));
        assert!(w.saw(Rule::PostMayFail));
        assert_eq!((w.depth(p), w.returned(waiter)), (0, WAITS));
        assert_eq!(w.call(main, Call::GetLastError {}), dword(error));
        let before = w.kernel.clone();
        assert_eq!(w.exhausted(main, native_post(p), status_of), status(status_of));
        assert_eq!(w.kernel, before, "a native call leaves even the last error alone");
        // Memory is there again: the next post is delivered, and it is the only one.
        w.post(main, p, 2);
        assert_eq!((w.returned(waiter), w.depth(p)), (got(2), 0));
    }
}

#[test]
fn what_is_wrong_with_the_handle_is_found_before_memory_is_needed() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    for bad in [Handle::NULL, event] {
        let result = w.exhausted(main, post(bad, 1), NtStatus::INSUFFICIENT_RESOURCES);
        assert_eq!(result, fails(6));
    }
    assert!(!w.saw(Rule::PostMayFail));
}

#[test]
fn without_memory_there_is_no_new_port_and_no_association() {
    for (status_of, error) in NO_MEMORY {
        let mut w = World::new(Profile::Win11);
        let [main] = w.threads();
        let before = w.kernel.clone();
        assert_eq!(w.exhausted(main, create_port(1), status_of), null(error));
        let (access, attributes) = (Access::ALL, Attributes::Null);
        let native = Call::NtCreateIoCompletion { access, attributes, concurrency: 1 };
        assert_eq!(w.exhausted(main, native, status_of), status(status_of));
        assert_eq!((w.kernel.ports().len(), before.ports().len()), (0, 0));

        let p = w.port(1);
        let (kind, overlapped, inherit) = (FileKind::Device, true, false);
        let file = w.handle(main, Call::CreateFile { kind, overlapped, inherit });
        let associate =
            Call::CreateIoCompletionPort { file, existing_port: p, key: 7, concurrency: 0 };
        assert_eq!(w.exhausted(main, associate.clone(), status_of), null(error));
        let associations = w.kernel.files().iter().filter(|(_, f)| f.association.is_some());
        assert_eq!(associations.count(), 0);
        assert!(w.saw(Rule::PortMayFail));
        // It was not taken: the same call succeeds as soon as there is memory.
        assert_eq!(w.handle(main, associate), p);
    }
}

#[test]
fn a_named_port_that_exists_is_opened_without_memory() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let (access, attributes) = (Access::ALL, Attributes::Named(1));
    let create = Call::NtCreateIoCompletion { access, attributes, concurrency: 1 };
    w.handle(main, create.clone());
    let opened = w.exhausted(main, create, NtStatus::QUOTA_EXCEEDED);
    let value = opened.map(|result| result.value);
    assert_eq!(value, Some(Value::Status(NtStatus::OBJECT_NAME_EXISTS)));
}

#[test]
fn a_reserve_object_and_calls_that_allocate_nothing_cannot_fail_so() {
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let port = w.port(1);
    let reserve = w.handle(main, Call::NtAllocateReserveObject { for_packet: true });
    let (key, context, information) = (1, 0, 0);
    let status = NtStatus::SUCCESS;
    let through_reserve =
        Call::NtSetIoCompletionEx { port, reserve, key, context, status, information };
    let remove = Call::GetQueuedCompletionStatus { port, timeout: ZERO };
    let tries = [
        (through_reserve, NtStatus::INSUFFICIENT_RESOURCES),
        (remove, NtStatus::INSUFFICIENT_RESOURCES),
        (post(port, 1), NtStatus::ACCESS_DENIED),
    ];
    for (call, status) in tries {
        let action = Action::Exhausted { thread: main, call: Box::new(call), status };
        assert!(matches!(w.attempt(action), Err(Refusal::NotModelled(_))));
    }
    let blocked = Action::Block { thread: main };
    w.act(blocked);
    let status = NtStatus::INSUFFICIENT_RESOURCES;
    let action = Action::Exhausted { thread: main, call: Box::new(post(port, 1)), status };
    assert_eq!(w.attempt(action), Err(Refusal::NotRunning(main)));
}
