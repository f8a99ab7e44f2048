//! What a handle has to grant for each function (the functions' pages; those of ports are in
//! `handles.rs`).

use crate::stage::*;

/// A second handle to the object of this one, with these rights and no others.
fn limited(w: &mut World, main: ThreadId, handle: Handle, access: Access) -> Handle {
    w.handle(main, duplicate(handle, Some(access)))
}

fn child(w: &mut World, main: ThreadId) -> Handle {
    let made = w.call(main, Call::CreateProcess { inherit_handles: false });
    match made.map(|made| made.out) {
        Some(Out::Created { process: Some(process), .. }) => process,
        other => panic!("no process: {other:?}"),
    }
}

/// A call, where one object is named by a handle with these rights.
type Through = fn(&mut World, ThreadId, Access) -> Option<Return>;

/// The right that each function asks for: their pages, and for the event of an operation
/// ROS-iofunc.
const RIGHTS: [(&str, u32, Through); 13] = [
    ("SetEvent", 0x2, |w, main, access| {
        let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
        let event = limited(w, main, event, access);
        w.call(main, Call::SetEvent { event })
    }),
    ("ResetEvent", 0x2, |w, main, access| {
        let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: true });
        let event = limited(w, main, event, access);
        w.call(main, Call::ResetEvent { event })
    }),
    ("ReleaseSemaphore", 0x2, |w, main, access| {
        let semaphore = w.handle(main, Call::CreateSemaphore { initial: 0, maximum: 9 });
        let semaphore = limited(w, main, semaphore, access);
        w.call(main, Call::ReleaseSemaphore { semaphore, count: 1 })
    }),
    ("TerminateThread", 0x1, |w, main, access| {
        let (_, thread) = w.spawn(main);
        let thread = limited(w, main, thread, access);
        w.call(main, Call::TerminateThread { thread })
    }),
    ("CancelSynchronousIo", 0x1, |w, main, access| {
        let (_, thread) = w.spawn(main);
        let thread = limited(w, main, thread, access);
        w.call(main, Call::CancelSynchronousIo { thread })
    }),
    ("SuspendThread", 0x2, |w, main, access| {
        let (_, thread) = w.spawn(main);
        let thread = limited(w, main, thread, access);
        w.call(main, Call::SuspendThread { thread })
    }),
    ("ResumeThread", 0x2, |w, main, access| {
        let (_, thread) = w.spawn(main);
        let thread = limited(w, main, thread, access);
        w.call(main, Call::ResumeThread { thread })
    }),
    ("QueueUserAPC", 0x10, |w, main, access| {
        let (_, thread) = w.spawn(main);
        let thread = limited(w, main, thread, access);
        w.call(main, Call::QueueUserAPC { thread, routine: 1 })
    }),
    ("TerminateProcess", 0x1, |w, main, access| {
        let process = child(w, main);
        let process = limited(w, main, process, access);
        w.call(main, Call::TerminateProcess { process })
    }),
    ("AssignProcessToJobObject, the process", 0x101, |w, main, access| {
        let (job, process) = (w.handle(main, Call::CreateJobObject {}), child(w, main));
        let process = limited(w, main, process, access);
        w.call(main, Call::AssignProcessToJobObject { job, process })
    }),
    ("AssignProcessToJobObject, the job", 0x1, |w, main, access| {
        let (job, process) = (w.handle(main, Call::CreateJobObject {}), child(w, main));
        let job = limited(w, main, job, access);
        w.call(main, Call::AssignProcessToJobObject { job, process })
    }),
    ("SetInformationJobObject", 0x2, |w, main, access| {
        let (job, port) = (w.handle(main, Call::CreateJobObject {}), w.port(1));
        let job = limited(w, main, job, access);
        w.call(main, Call::SetInformationJobObjectPort { job, port, key: 1 })
    }),
    ("ReadFile, its event", 0x2, |w, main, access| {
        let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
        let event = limited(w, main, event, access);
        let file = w.handle(main, device(true));
        let notify = Notify::Overlapped(OverlappedArg { at: Overlapped::numbered(1), event });
        w.call(main, io(IoOp::ReadFile, file, notify, Reply::Pending))
    }),
];

#[test]
fn each_function_asks_for_its_right_and_for_no_other() {
    const EVERY: u32 = 0x1F_FFFF;
    for (name, right, call) in RIGHTS {
        let missing = (0..32).map(|bit| 1 << bit).filter(|bit| right & bit != 0);
        let lacks = missing.map(|bit| (EVERY & !bit, false));
        let has = [(right, true), (EVERY, true), (Access::ALL.0, true), (0, false)];
        for (access, may) in has.into_iter().chain(lacks) {
            let mut w = World::new(Profile::Win11);
            let [main] = w.threads();
            let result = call(&mut w, main, Access(access)).expect("it does not wait");
            assert_eq!(result.last_error != Some(5), may, "{name} with {access:#x}: {result:?}");
            assert_eq!(w.saw(Rule::AccessDenied), !may, "{name} with {access:#x}");
        }
    }
}
