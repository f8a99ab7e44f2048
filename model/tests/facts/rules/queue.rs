//! Situations of the queue, its waiters, handles, APCs and dispatcher objects.

use super::{drop_call, query};
use crate::stage::*;

pub(super) fn post_and_remove(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    w.post(main, p, 1);
    assert_eq!(w.poll(main, p), got(1));
    Ok(())
}

pub(super) fn without_memory(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let status = NtStatus::INSUFFICIENT_RESOURCES;
    let overlapped = Overlapped::NULL;
    let port = w.port(1);
    let post = Call::PostQueuedCompletionStatus { port, bytes: 0, key: 1, overlapped };
    for call in [post, create_port(1)] {
        w.attempt(Action::Exhausted { thread: main, call: Box::new(call), status })?;
    }
    Ok(())
}

pub(super) fn hand_off(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a] = w.threads();
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.returned(a), got(1));
    Ok(())
}

pub(super) fn two_waiters(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let p = w.port(1);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (WAITS, WAITS));
    w.post(main, p, 1);
    assert_eq!(w.returned(b), got(1));
    Ok(())
}

pub(super) fn batch_waiter(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a] = w.threads();
    let p = w.port(1);
    drop_call(w, a, remove_ex(p, 2, INFINITE, false))?;
    w.post(main, p, 1);
    Ok(())
}

pub(super) fn at_the_limit(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b, c] = w.threads();
    let p = w.port(1);
    w.post(main, p, 1);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (got(1), WAITS));
    w.post(main, p, 2);
    w.act(Action::Block { thread: a });
    w.act(Action::Unblock { thread: a });
    assert_eq!(w.returned(b), got(2));
    w.post(main, p, 3);
    assert_eq!((w.remove(c, p), w.remove(a, p)), (WAITS, WAITS));
    Ok(())
}

pub(super) fn polls(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let (p, q) = (w.port(1), w.port(1));
    assert_eq!((w.poll(a, p), w.remove(b, p)), (nothing(258), WAITS));
    w.post(main, p, 1);
    assert_eq!(w.poll(a, q), nothing(258));
    assert_eq!(w.returned(b), got(1));
    Ok(())
}

pub(super) fn times_out(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let port = w.port(1);
    drop_call(w, main, Call::GetQueuedCompletionStatus { port, timeout: TEN_MS })?;
    w.attempt(Action::Expire { thread: main })
}

pub(super) fn exits(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (a, _) = w.spawn(main);
    let (b, thread) = w.spawn(main);
    let p = w.port(1);
    assert_eq!((w.poll(a, p), w.remove(b, p)), (nothing(258), WAITS));
    drop_call(w, main, Call::TerminateThread { thread })?;
    drop_call(w, a, Call::ExitThread {})
}

pub(super) fn batch_times_out(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    drop_call(w, main, remove_ex(p, 2, TEN_MS, false))?;
    w.attempt(Action::Expire { thread: main })
}

pub(super) fn batch_of_nothing(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    drop_call(w, main, remove_ex(p, 0, ZERO, false))
}

pub(super) fn handle_waits(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a] = w.threads();
    let p = w.port(1);
    drop_call(w, a, Call::WaitForSingleObject { handle: p, timeout: INFINITE })?;
    w.post(main, p, 1);
    Ok(())
}

pub(super) fn hand_off_beside_a_handle_wait(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    drop_call(w, b, Call::WaitForSingleObject { handle: p, timeout: INFINITE })?;
    w.post(main, p, 1);
    Ok(())
}

pub(super) fn close_with_packets(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    w.post(main, p, 1);
    w.close(main, p);
    Ok(())
}

pub(super) fn close_with_waiters(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    drop_call(w, b, Call::WaitForSingleObject { handle: p, timeout: INFINITE })?;
    w.close(main, p);
    Ok(())
}

pub(super) fn close_in_order(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let file = w.associated(main, p, 1);
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    for handle in [p, file, event] {
        w.close(main, handle);
    }
    Ok(())
}

pub(super) fn child(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (kind, overlapped, inherit) = (FileKind::Disk, true, true);
    w.handle(main, Call::CreateFile { kind, overlapped, inherit });
    drop_call(w, main, Call::CreateProcess { inherit_handles: true })?;
    let thread = w.kernel.threads().ids().last().expect("the child has a thread");
    drop_call(w, thread, Call::ExitProcess {})
}

pub(super) fn no_access(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let port = w.handle(main, duplicate(p, Some(Access::QUERY_STATE)));
    drop_call(w, main, Call::GetQueuedCompletionStatus { port, timeout: ZERO })
}

pub(super) fn create_and_query(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (access, attributes) = (Access::ALL, Attributes::Null);
    let create = Call::NtCreateIoCompletion { access, attributes, concurrency: 0 };
    let p = w.handle(main, create);
    drop_call(w, main, query(p, 0))
}

pub(super) fn apc_in_sleep(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    w.queue_apc(main);
    drop_call(w, main, Call::SleepEx { timeout: INFINITE, alertable: true })
}

pub(super) fn apc_in_batch(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    w.queue_apc(main);
    let p = w.port(1);
    drop_call(w, main, gqcs_ex(p, 1, ZERO, true))
}

pub(super) fn apc_and_packet(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    w.post(main, p, 1);
    w.queue_apc(main);
    drop_call(w, main, remove_ex(p, 1, ZERO, true))?;
    assert_eq!(w.poll(main, p), got(1));
    w.post(main, p, 1);
    w.queue_apc(main);
    drop_call(w, main, remove_ex(p, 1, ZERO, true))
}

pub(super) fn dispatcher_objects(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let event = w.handle(main, Call::CreateEvent { manual_reset: false, initial: false });
    let semaphore = w.handle(main, Call::CreateSemaphore { initial: 0, maximum: 9 });
    let mutex = w.handle(main, Call::CreateMutex { initial_owner: true });
    let wait = |handle| Call::WaitForSingleObject { handle, timeout: INFINITE };
    assert_eq!(w.call(a, wait(event)), WAITS);
    assert_eq!(w.call(main, Call::SetEvent { event }), succeeds());
    assert_eq!(w.returned(a), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(a, wait(semaphore)), WAITS);
    drop_call(w, main, Call::ReleaseSemaphore { semaphore, count: 1 })?;
    assert_eq!(w.returned(a), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(a, wait(mutex)), WAITS);
    drop_call(w, main, Call::ReleaseMutex { mutex })?;
    assert_eq!(w.returned(a), dword(WAIT_OBJECT_0));
    assert_eq!(w.call(b, wait(mutex)), WAITS);
    drop_call(w, a, Call::ExitThread {})?;
    assert_eq!(w.returned(b), dword(WAIT_ABANDONED_0));
    Ok(())
}

pub(super) fn suspended(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (a, thread) = w.spawn(main);
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    drop_call(w, main, Call::SuspendThread { thread })?;
    drop_call(w, main, Call::ResumeThread { thread })
}
