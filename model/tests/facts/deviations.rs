//! Each deviation changes what its sentence says, and only when it is on; Wine 8.0 is made of
//! them (facts.md 2A).

use crate::stage::*;

/// What to look at, what Windows does there, what the deviation does.
type Witness = (Look, &'static str, &'static str);

/// What can be seen of one thing, in a word.
type Look = fn(Semantics) -> String;

/// A deviation without a witness does not compile.
fn witness(deviation: Deviation) -> Witness {
    match deviation {
        Deviation::WakeOrderFifo => (who_is_released, "the last", "the first"),
        Deviation::WakeOrderAny => (pick_the_first, "refused", "the first"),
        Deviation::HandOffWakeAndRetry => (steal, "the waiter has it", "the thief has it"),
        Deviation::ConcurrencyIgnored => (second_at_the_limit, "waits", "released"),
        Deviation::CloseKeepsWaiting => (close, "735, signaled", "waits, waits"),
        Deviation::ApcAfterPacket => (apc_or_packet, "APC", "packet"),
        Deviation::LowBitIgnored => (low_bit, "0 packets", "1 packets"),
        Deviation::DirectWaitFirstOnly => (two_direct_waiters, "woken, woken", "waits, woken"),
        Deviation::RemoveCountZeroSucceeds => {
            (remove_nothing, "STATUS_INVALID_PARAMETER, untouched", "STATUS_SUCCESS, count 1")
        }
        Deviation::FailedAssociationWritesStatus => (failed_association, "untouched", "written"),
        Deviation::AssociationLeavesSignal => (association, "signaled", "not signaled"),
        Deviation::PartialReadWarns => {
            (partial_read, "STATUS_PENDING, 1 packets", "STATUS_BUFFER_OVERFLOW, 1 packets")
        }
        Deviation::CloseSocketNetnameDeleted => {
            (close_socket, "STATUS_CONNECTION_ABORTED", "STATUS_LOCAL_DISCONNECT")
        }
        Deviation::CloseSocketHandlesClosed => {
            (close_socket, "STATUS_CONNECTION_ABORTED", "STATUS_HANDLES_CLOSED")
        }
        Deviation::CloseAcceptCancels => {
            (close_accepted, "STATUS_CONNECTION_ABORTED", "STATUS_CANCELLED")
        }
        Deviation::ReceiveAfterResetEnds => {
            (receive_after_reset, "10054, 0 packets", "0 bytes, 1 packets")
        }
        Deviation::ExclusivePollCancels => (displaced_poll, "STATUS_SUCCESS", "STATUS_CANCELLED"),
        Deviation::RetryByHandle => (woken_after_the_handle, "got it", "6"),
        Deviation::DisconnectSkips => (disconnect, "1 packets", "0 packets"),
        Deviation::JobPortNullRefused => (job_port_null, "TRUE, TRUE", "6, 87"),
        Deviation::ExportsMissing => (exports, "all there", "none there"),
        Deviation::SyncReadRunsApc => (sync_read, "0 APCs", "1 APCs"),
        Deviation::FailedCountOne => (failed_count, "count 0", "count 1"),
        Deviation::StatusBlockEarly => (status_block, "STATUS_PENDING", "STATUS_SUCCESS"),
        Deviation::BatchDrainsAfterWake => (batch, "1 of 3", "3 of 3"),
        Deviation::PollDoesNotAttach => (poll_attaches, "attached", "not attached"),
        Deviation::NewRemoveLimitIgnored => (new_remove, "waits", "takes it"),
        Deviation::BlockKeepsSlot => (block, "released, 2 active", "waits, 1 active"),
        Deviation::UnblockWaits => (block, "released, 2 active", "released, 1 active"),
        Deviation::ExitKeepsSlot => (exit, "released", "waits"),
        Deviation::PacketsLifo => (packet_order, "oldest first", "newest first"),
        Deviation::SyncErrorPosts => (error_at_once, "0 packets", "1 packets"),
        Deviation::WarningSkipped => (warning_skipped, "1 packets", "0 packets"),
        Deviation::NullOverlappedWaits => (null_overlapped, "refused", "waits"),
        Deviation::SkipIgnored => (skip, "0 packets", "1 packets"),
        Deviation::ReplacePending => (replace_pending, "refused, 1 packets", "replaced, 0 packets"),
        Deviation::DirectWaitWokenByHandOff => (beside_a_hand_off, "waits", "woken"),
    }
}

#[test]
fn each_deviation_does_what_it_says_and_nothing_without_it() {
    for deviation in Deviation::ALL {
        let (look, windows, deviant) = witness(*deviation);
        let plain = Semantics::from(Profile::Win11);
        assert_eq!(look(plain), windows, "without {deviation}");
        assert_eq!(look(plain.with(*deviation)), deviant, "with {deviation}");
        assert_eq!(look(plain.with(*deviation).without(*deviation)), windows);
        assert_ne!(windows, deviant);
    }
}

#[test]
fn wine_8_0_departs_as_measured() {
    facts(&["X01", "X02", "X09", "X10", "X11", "X12", "X13", "X14", "X15", "X16", "X17", "X18"]);
    let wine = Semantics::wine_8_0();
    let table: [(Look, &str); 13] = [
        (retried_order, "the first, the second"),            // X01
        (retried_at_the_limit, "released"),                  // X02
        (apc_or_packet, "packet"),                           // X09
        (remove_nothing, "STATUS_SUCCESS, count 1"),         // X10
        (failed_association, "written"),                     // X11
        (association, "not signaled"),                       // X12
        (partial_read, "STATUS_BUFFER_OVERFLOW, 1 packets"), // X13, without the skip mode
        (warning_skipped, "0 packets"),                      // X13, with it
        (close_socket, "STATUS_HANDLES_CLOSED"),             // X14
        (disconnect, "0 packets"),                           // X15
        (job_port_null, "6, 87"),                            // X16
        (exports, "none there"),                             // X17
        (sync_read, "1 APCs"),                               // X18
    ];
    for (look, expected) in table {
        assert_eq!(look(wine), expected);
    }
}

#[test]
fn wine_8_0_loses_the_wake_up_of_a_remover_behind_a_direct_waiter() {
    facts(&["X03", "X04", "X05"]);
    let mut w = World::new(Semantics::wine_8_0());
    let [main, a, b] = w.threads();
    let p = w.port(0);
    let wait = Call::WaitForSingleObject { handle: p, timeout: INFINITE };
    let get = Call::GetQueuedCompletionStatus { port: p, timeout: TEN_MS };
    // X05: the direct waiter is woken, the remover sleeps on and times out with a packet queued.
    assert_eq!((w.call(a, wait.clone()), w.call(b, get)), (WAITS, WAITS));
    w.post(main, p, 1);
    assert_eq!((w.returned(a), w.returned(b), w.depth(p)), (dword(WAIT_OBJECT_0), WAITS, 1));
    w.act(Action::Expire { thread: b });
    assert_eq!((w.returned(b), w.depth(p)), (nothing(258), 1));
    // X03: the handle is waitable. X04: of two that wait on it, only the first is woken.
    assert_eq!(w.call(a, wait.clone()), dword(WAIT_OBJECT_0));
    assert_eq!(w.poll(main, p), got(1));
    assert_eq!((w.call(a, wait.clone()), w.call(b, wait)), (WAITS, WAITS));
    w.post(main, p, 2);
    assert_eq!((w.returned(a), w.returned(b), w.depth(p)), (dword(WAIT_OBJECT_0), WAITS, 1));
}

#[test]
fn wine_8_0_lets_waits_outlive_the_port_handle() {
    facts(&["X06", "X07", "X08"]);
    let mut w = World::new(Semantics::wine_8_0());
    let [main, a, b, c, d, e] = w.threads();
    let p = w.port(0);
    let timeout = TEN_MS;
    assert_eq!(w.call(a, Call::WaitForSingleObject { handle: p, timeout }), WAITS);
    assert_eq!(w.call(b, Call::NtRemoveIoCompletion { port: p, timeout: INFINITE }), WAITS);
    assert_eq!(w.call(c, remove_ex(p, 2, INFINITE, false)), WAITS);
    assert_eq!(w.call(d, Call::GetQueuedCompletionStatus { port: p, timeout }), WAITS);
    assert_eq!(w.call(e, gqcs_ex(p, 2, timeout, false)), WAITS);
    w.close(main, p);
    assert_eq!((w.returned(b), w.returned(c)), (WAITS, WAITS));
    for thread in [a, d, e] {
        w.act(Action::Expire { thread });
    }
    let one = Out::Entries { count: 1, entries: Vec::new() };
    let timed_out = Return { out: one, ..ex_fails(258).unwrap() };
    assert_eq!((w.returned(a), w.returned(d)), (dword(WAIT_TIMEOUT), nothing(258)));
    assert_eq!(w.returned(e), Some(timed_out));
}

#[test]
fn a_poll_that_finds_a_packet_takes_it_whether_or_not_polls_attach() {
    let plain = Semantics::from(Profile::Win11);
    for semantics in [plain, plain.with(Deviation::PollDoesNotAttach)] {
        let (mut w, main, [a], p) = stage(semantics);
        w.post(main, p, 1);
        assert_eq!(w.poll(a, p), got(1));
        // At the limit, which is its own slot.
        w.post(main, p, 2);
        assert_eq!((w.poll(a, p), w.active(p)), (got(2), 1));
    }
}

#[test]
fn a_retrying_waiter_whose_port_is_closed_is_abandoned() {
    let semantics = Semantics::from(Profile::Win11).with(Deviation::HandOffWakeAndRetry);
    let mut w = World::new(semantics);
    let [main, a, b] = w.threads();
    let p = w.port(0);
    assert_eq!(w.remove(a, p), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.poll(b, p), got(1));
    w.close(main, p);
    w.act(Action::Retry { thread: a });
    assert_eq!(w.returned(a), nothing(735));
    assert!(w.kernel.ports().is_empty());
}

fn stage<const N: usize>(semantics: Semantics) -> (World, ThreadId, [ThreadId; N], Handle) {
    let mut w = World::new(semantics);
    let [main] = w.threads();
    let others = w.threads();
    let p = w.port(1);
    (w, main, others, p)
}

fn which<T: PartialEq>(of: T, names: &[(T, &str)]) -> String {
    let found = names.iter().find(|(value, _)| *value == of);
    found.map_or("something else", |(_, name)| name).to_owned()
}

fn packets(w: &World, p: Handle) -> String {
    format!("{} packets", w.depth(p))
}

fn post(port: Handle, key: u64) -> Call {
    Call::PostQueuedCompletionStatus { port, bytes: 0, key, overlapped: Overlapped::NULL }
}

fn who_is_released(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (WAITS, WAITS));
    w.post(main, p, 1);
    let released = (w.returned(a), w.returned(b));
    which(released, &[((got(1), WAITS), "the first"), ((WAITS, got(1)), "the last")])
}

fn pick_the_first(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (WAITS, WAITS));
    let then = Box::new(Action::Call { thread: main, call: post(p, 1) });
    match w.attempt(Action::Pick { waiter: 1, then }) {
        Err(Refusal::NothingToPick) => "refused".to_owned(),
        other => {
            which((other, w.returned(a), w.returned(b)), &[((Ok(()), got(1), WAITS), "the first")])
        }
    }
}

/// A waiter, a packet, and a thread that asks before the waiter could run.
fn steal(semantics: Semantics) -> String {
    let (mut w, main, [waiter, thief], p) = stage(semantics);
    assert_eq!(w.remove(waiter, p), WAITS);
    w.post(main, p, 1);
    let stolen = w.poll(thief, p);
    let _ = w.attempt(Action::Retry { thread: waiter });
    let table =
        [((got(1), nothing(258)), "the waiter has it"), ((WAITS, got(1)), "the thief has it")];
    which((w.returned(waiter), stolen), &table)
}

fn second_at_the_limit(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    w.post(main, p, 1);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (got(1), WAITS));
    w.post(main, p, 2);
    which(w.returned(b), &[(WAITS, "waits"), (got(2), "released")])
}

fn retried_order(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (WAITS, WAITS));
    w.post(main, p, 1);
    w.act(Action::Retry { thread: a });
    w.post(main, p, 2);
    w.act(Action::Retry { thread: b });
    let got = (w.returned(a), w.returned(b));
    which(got, &[((crate::stage::got(1), crate::stage::got(2)), "the first, the second")])
}

fn retried_at_the_limit(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    w.post(main, p, 1);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (got(1), WAITS));
    w.post(main, p, 2);
    w.act(Action::Retry { thread: b });
    which(w.returned(b), &[(WAITS, "waits"), (got(2), "released")])
}

fn close(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!(w.remove(a, p), WAITS);
    assert_eq!(w.call(b, Call::WaitForSingleObject { handle: p, timeout: INFINITE }), WAITS);
    w.close(main, p);
    let table =
        [((nothing(735), dword(WAIT_OBJECT_0)), "735, signaled"), ((WAITS, WAITS), "waits, waits")];
    which((w.returned(a), w.returned(b)), &table)
}

fn apc_or_packet(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    w.post(main, p, 1);
    w.queue_apc(main);
    w.call(main, remove_ex(p, 1, ZERO, true));
    which((w.depth(p), w.apcs_run()), &[((1, 1), "APC"), ((0, 0), "packet")])
}

fn low_bit(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    let arg = OverlappedArg { at: Overlapped::numbered(1), event: Handle(event.0 | 1) };
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    w.call(main, io(IoOp::ReadFile, file, Notify::Overlapped(arg), reply));
    packets(&w, p)
}

fn two_direct_waiters(semantics: Semantics) -> String {
    let (mut w, main, threads, p) = stage::<2>(semantics);
    for thread in threads {
        w.call(thread, Call::WaitForSingleObject { handle: p, timeout: INFINITE });
    }
    w.post(main, p, 1);
    let one = |result| which(result, &[(dword(WAIT_OBJECT_0), "woken"), (WAITS, "waits")]);
    threads.map(|thread| one(w.returned(thread))).join(", ")
}

fn remove_nothing(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    w.post(main, p, 1);
    let Return { value: Value::Status(status), out, .. } =
        w.call(main, remove_ex(p, 0, ZERO, false)).unwrap()
    else {
        panic!("a native call gives a status")
    };
    assert_eq!(w.depth(p), 1);
    match out {
        Out::Entries { count, entries } if entries.is_empty() => format!("{status}, count {count}"),
        Out::Nothing => format!("{status}, untouched"),
        other => panic!("{other:?}"),
    }
}

fn failed_association(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let file = w.handle(main, device(false));
    let call = Call::NtSetInformationFileCompletion { file, port, key: 1 };
    let Return { value, out, .. } = w.call(main, call).unwrap();
    let status = NtStatus::INVALID_PARAMETER;
    assert_eq!(value, Value::Status(status));
    let written = Out::StatusBlock { status, information: 0 };
    which(out, &[(Out::Nothing, "untouched"), (written, "written")])
}

fn association(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    let wait = Call::WaitForSingleObject { handle: file, timeout: ZERO };
    let table = [(dword(WAIT_OBJECT_0), "signaled"), (dword(WAIT_TIMEOUT), "not signaled")];
    which(w.call(main, wait), &table)
}

fn partial_read(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let server = w.handle(main, Call::CreateNamedPipe { overlapped: true, message: true });
    let client = w.handle(main, Call::OpenNamedPipe { server, overlapped: true });
    w.handle(main, associate(client, p, 1));
    w.call(main, io(IoOp::NtWriteFile, server, native(1), Reply::Driver));
    let (op, file, length, other) = (IoOp::NtReadFile, client, 1, Handle::NULL);
    let (notify, reply) = (native(1), Reply::Driver);
    let result = w.call(main, Call::Io(IoCall { op, file, length, other, notify, reply }));
    let Value::Status(status) = result.unwrap().value else { panic!("it is native") };
    format!("{status}, {}", packets(&w, p))
}

fn close_socket(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let socket = w.handle(main, Call::SocketPair { overlapped: true });
    w.handle(main, associate(socket, port, 1));
    w.call(main, pending(IoOp::WSARecv, socket, 1));
    w.close(main, socket);
    match w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO }).unwrap().out {
        Out::Removed(packet) => packet.status.to_string(),
        other => panic!("{other:?}"),
    }
}

fn close_accepted(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let mut open =
        |kind| w.handle(main, Call::CreateFile { kind, overlapped: true, inherit: false });
    let [listener, accepted] = [open(FileKind::Listener), open(FileKind::Stream)];
    w.handle(main, associate(listener, port, 1));
    let Call::Io(accept) = pending(IoOp::AcceptEx, listener, 1) else { panic!("an operation") };
    w.call(main, Call::Io(IoCall { other: accepted, ..accept }));
    w.close(main, accepted);
    match w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO }).unwrap().out {
        Out::Removed(packet) => packet.status.to_string(),
        other => panic!("{other:?}"),
    }
}

fn receive_after_reset(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let socket = w.handle(main, Call::SocketPair { overlapped: true });
    w.handle(main, associate(socket, port, 1));
    let Some(Object::File(file)) = w.kernel.resolve(ProcessId(0), socket) else { panic!("a file") };
    w.act(Action::Arrive { file, what: Arrival::Reset });
    let notify = Notify::Overlapped(overlapped(1));
    let result = w.call(main, io(IoOp::WSARecv, socket, notify, Reply::Driver)).unwrap();
    let told = match (result.value, result.last_error) {
        (Value::Int(0), _) => "0 bytes".to_owned(),
        (_, error) => error.unwrap_or(0).to_string(),
    };
    format!("{told}, {}", packets(&w, port))
}

/// The waiter's own handle is closed while another one stays open.
fn woken_after_the_handle(semantics: Semantics) -> String {
    // What the deviation is about is there only under this one.
    let semantics = semantics.with(Deviation::HandOffWakeAndRetry);
    let (mut w, main, [waiter], port) = stage(semantics);
    let other = w.handle(
        main,
        Call::DuplicateHandle {
            source_process: Handle::CURRENT_PROCESS,
            handle: port,
            target_process: Handle::CURRENT_PROCESS,
            access: None,
            inherit: false,
            close_source: false,
        },
    );
    assert_eq!(w.remove(waiter, port), WAITS);
    w.close(main, port);
    w.post(main, other, 1);
    w.act(Action::Retry { thread: waiter });
    which(w.returned(waiter), &[(got(1), "got it"), (nothing(6), "6")])
}

fn disconnect(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.handle(main, Call::SocketPair { overlapped: true });
    w.handle(main, associate(file, p, 1));
    w.call(main, Call::SetFileCompletionNotificationModes { file, flags: 1 });
    let notify = Notify::Overlapped(overlapped(1));
    w.call(main, io(IoOp::DisconnectEx, file, notify, Reply::Driver));
    packets(&w, p)
}

fn job_port_null(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let job = w.handle(main, Call::CreateJobObject {});
    let mut set = |port| {
        let result = w.call(main, Call::SetInformationJobObjectPort { job, port, key: 1 });
        which(result, &[(succeeds(), "TRUE"), (fails(6), "6"), (fails(87), "87")])
    };
    let first = set(Handle::NULL);
    assert_eq!(set(port), "TRUE");
    format!("{first}, {}", set(Handle::NULL))
}

fn exports(semantics: Semantics) -> String {
    let (mut w, main, [], port) = stage(semantics);
    let (key, context, information, status) = (1, 1, 1, NtStatus::SUCCESS);
    let (null, remove_signaled) = (Handle::NULL, false);
    let calls = [
        Call::NtAllocateReserveObject { for_packet: true },
        Call::NtSetIoCompletionEx { port, reserve: null, key, context, status, information },
        Call::NtCreateWaitCompletionPacket {},
        Call::NtAssociateWaitCompletionPacket {
            packet: null,
            port,
            target: null,
            key,
            context,
            status,
            information,
        },
        Call::NtCancelWaitCompletionPacket { packet: null, remove_signaled },
    ];
    let there = calls.map(|call| match w.try_call(main, call) {
        Ok(_) => true,
        Err(Refusal::NotExported(_)) => false,
        Err(other) => panic!("{other}"),
    });
    which(there, &[([true; 5], "all there"), ([false; 5], "none there")])
}

fn sync_read(semantics: Semantics) -> String {
    let (mut w, main, [], _) = stage(semantics);
    let file = w.handle(main, device(false));
    let (event, routine, context) = (Handle::NULL, Some(5), 9);
    let status_block = Overlapped::numbered(9);
    let notify = Notify::Native { event, routine, context, status_block };
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 1 };
    w.call(main, io(IoOp::NtReadFile, file, notify, reply));
    w.call(main, Call::SleepEx { timeout: ZERO, alertable: true });
    format!("{} APCs", w.apcs_run())
}

fn failed_count(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    match w.call(main, remove_ex(p, 2, ZERO, false)).unwrap().out {
        Out::Entries { count, .. } => format!("count {count}"),
        other => panic!("{other:?}"),
    }
}

fn displaced_poll(semantics: Semantics) -> String {
    let mut w = World::new(semantics);
    let [main] = w.threads();
    let port = w.port(1);
    let file = w.associated(main, port, 7);
    let kind = FileKind::Stream;
    let socket = w.handle(main, Call::CreateFile { kind, overlapped: true, inherit: false });
    let (event, context, status_block) = (Handle::NULL, 5, Overlapped(5));
    let (events, exclusive, timeout) = (1, true, INFINITE);
    let poll = PollCall { file, socket, events, exclusive, timeout, event, context, status_block };
    for _ in 0..2 {
        assert_eq!(w.call(main, Call::AfdPoll(poll)), status(NtStatus::PENDING));
    }
    match w.call(main, Call::NtRemoveIoCompletion { port, timeout: ZERO }).map(|r| r.out) {
        Some(Out::Removed(packet)) => packet.status.to_string(),
        other => panic!("no packet: {other:?}"),
    }
}

fn status_block(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    w.call(main, pending(IoOp::ReadFile, file, 1));
    w.complete(NtStatus::SUCCESS, 3);
    let block = w.kernel.status_block(ProcessId(0), Overlapped::numbered(1));
    block.expect("it was written").status.to_string()
}

/// A batch remove at the limit, three packets, and the active thread blocks.
fn batch(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!(w.poll(a, p), nothing(258));
    assert_eq!(w.call(b, remove_ex(p, 8, INFINITE, false)), WAITS);
    for key in 0..3 {
        w.post(main, p, key);
    }
    w.act(Action::Block { thread: a });
    match w.returned(b).unwrap().out {
        Out::Entries { count, .. } => format!("{count} of 3"),
        other => panic!("{other:?}"),
    }
}

fn poll_attaches(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!(w.poll(main, p), nothing(258));
    let attached = |w: &World, thread| w.kernel.thread(thread).unwrap().attached.is_some();
    let empty = attached(&w, main);
    // At the limit a poll finds nothing although a packet is queued.
    w.post(main, p, 1);
    w.post(main, p, 2);
    assert!(empty || w.remove(a, p) == got(1));
    assert_eq!(w.poll(b, p), nothing(258));
    let table = [((true, true), "attached"), ((false, false), "not attached")];
    which((empty, attached(&w, b)), &table)
}

fn new_remove(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    w.post(main, p, 1);
    w.post(main, p, 2);
    assert_eq!(w.remove(a, p), got(1));
    which(w.remove(b, p), &[(WAITS, "waits"), (got(2), "takes it")])
}

fn block(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.poll(a, p), w.remove(b, p)), (nothing(258), WAITS));
    w.post(main, p, 1);
    w.act(Action::Block { thread: a });
    let released = which(w.returned(b), &[(WAITS, "waits"), (got(1), "released")]);
    w.act(Action::Unblock { thread: a });
    format!("{released}, {} active", w.active(p))
}

fn exit(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!((w.poll(a, p), w.remove(b, p)), (nothing(258), WAITS));
    w.post(main, p, 1);
    w.call(a, Call::ExitThread {});
    which(w.returned(b), &[(WAITS, "waits"), (got(1), "released")])
}

fn packet_order(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    w.post(main, p, 1);
    w.post(main, p, 2);
    which(w.remove(main, p), &[(got(1), "oldest first"), (got(2), "newest first")])
}

fn at_once_with(semantics: Semantics, flags: u32, status: NtStatus) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    w.call(main, Call::SetFileCompletionNotificationModes { file, flags });
    w.call(main, at_once(IoOp::ReadFile, file, 1, status));
    packets(&w, p)
}

fn error_at_once(semantics: Semantics) -> String {
    at_once_with(semantics, 0, NtStatus::END_OF_FILE)
}

fn warning_skipped(semantics: Semantics) -> String {
    at_once_with(semantics, 1, NtStatus::BUFFER_OVERFLOW)
}

fn skip(semantics: Semantics) -> String {
    at_once_with(semantics, 1, NtStatus::SUCCESS)
}

fn null_overlapped(semantics: Semantics) -> String {
    let (mut w, main, [], _) = stage(semantics);
    let (kind, overlapped, inherit) = (FileKind::Disk, true, false);
    let file = w.handle(main, Call::CreateFile { kind, overlapped, inherit });
    let read = io(IoOp::ReadFile, file, Notify::Nothing, Reply::Driver);
    which(w.call(main, read), &[(fails(87), "refused"), (WAITS, "waits")])
}

fn replace_pending(semantics: Semantics) -> String {
    let (mut w, main, [], p) = stage(semantics);
    let file = w.associated(main, p, 1);
    w.call(main, pending(IoOp::ReadFile, file, 1));
    let none = Handle::NULL;
    let replace = Call::NtSetInformationFileReplaceCompletion { file, port: none, key: 0 };
    let refused = status(NtStatus::INVALID_PARAMETER);
    let replaced = status(NtStatus::SUCCESS);
    let answer = which(w.call(main, replace), &[(refused, "refused"), (replaced, "replaced")]);
    w.complete(NtStatus::SUCCESS, 3);
    format!("{answer}, {}", packets(&w, p))
}

fn beside_a_hand_off(semantics: Semantics) -> String {
    let (mut w, main, [a, b], p) = stage(semantics);
    assert_eq!(w.remove(a, p), WAITS);
    assert_eq!(w.call(b, Call::WaitForSingleObject { handle: p, timeout: INFINITE }), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.returned(a), got(1));
    which(w.returned(b), &[(WAITS, "waits"), (dword(WAIT_OBJECT_0), "woken")])
}
