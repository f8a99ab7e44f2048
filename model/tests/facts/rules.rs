//! Every rule has a situation in which it decides something: in the versions in which it holds,
//! and in no other.

use std::collections::BTreeSet;

use iocp_model::io::poll;

use crate::stage::*;

pub(crate) type Situation = fn(&mut World, ThreadId) -> Result<(), Refusal>;

/// The situation that shows a rule. A rule without one does not compile.
pub(crate) fn situation(rule: Rule) -> Situation {
    match rule {
        Rule::Post | Rule::PacketsFifo | Rule::RemoveTakesOldest => post_and_remove,
        Rule::PostMayFail | Rule::PortMayFail => without_memory,
        Rule::HandOff
        | Rule::RemoveParks
        | Rule::ReleaseCounts
        | Rule::RemoveAttaches
        | Rule::RemoveReturns => hand_off,
        Rule::ReleaseLifo => two_waiters,
        Rule::HandOffOnePacket => batch_waiter,
        Rule::ConcurrencyLimit
        | Rule::BlockReleasesSlot
        | Rule::UnblockCounts
        | Rule::NewRemoveWaitsAtLimit
        | Rule::RemoveGivesSlotBack => at_the_limit,
        Rule::ZeroTimeoutAttaches | Rule::LeavingPortReleases => polls,
        Rule::TimeoutKeepsSlot => times_out,
        Rule::ExitReleasesSlot | Rule::ExitSignalsThread | Rule::TerminatedWaiterLeaves => exits,
        Rule::FailedBatchCount => batch_times_out,
        Rule::RemoveCountZero => batch_of_nothing,
        Rule::PortHandleSignaled | Rule::WaitReturns | Rule::WaitBlocks => handle_waits,
        Rule::HandOffNotSignaled | Rule::HandOffSignals => hand_off_beside_a_handle_wait,
        Rule::LastHandleRundown | Rule::LastReferenceFreesPackets => close_with_packets,
        Rule::CloseAbandonsWaiters | Rule::CloseKeepsWaiters | Rule::CloseSignalsDirectWaiters => {
            close_with_waiters
        }
        Rule::FileKeepsPort | Rule::ReferencesKeepObject => close_in_order,
        Rule::HandleValueReused => |w, main| w.try_handle(main, create_port(1)).map(drop),
        Rule::InheritedHandles | Rule::ProcessExitClosesAll | Rule::ThreadsStartUnattached => child,
        Rule::InvalidHandle => |w, main| drop_call(w, main, query(Handle::NULL, 0)),
        Rule::TypeMismatch => |w, main| drop_call(w, main, query(Handle::CURRENT_PROCESS, 0)),
        Rule::AccessDenied => no_access,
        Rule::InvalidParameter => |w, main| {
            let p = w.port(1);
            drop_call(w, main, query(p, 1))
        },
        Rule::CreatePort | Rule::QueryDepth => create_and_query,
        Rule::BindNull | Rule::BindNullOld => {
            |w, main| drop_call(w, main, Call::BindIoCompletionCallback { file: Handle::NULL })
        }
        Rule::NullOutputs => |w, main| {
            let port = w.port(1);
            drop_call(w, main, Call::GetQueuedCompletionStatusNullOutputs { port })
        },
        Rule::ApcsWaitForAlertable | Rule::ApcEndsAlertableWait => apc_in_sleep,
        Rule::ApcReturnsTrue => apc_in_batch,
        Rule::ApcBeforePacket | Rule::PacketBeforeApc => apc_and_packet,
        Rule::EventWakesWaiters
        | Rule::AutoResetReleasesOne
        | Rule::SemaphoreReleases
        | Rule::MutantReleases
        | Rule::MutantAbandoned => dispatcher_objects,
        Rule::SuspendStopsCounting | Rule::ResumeReenters => suspended,
        Rule::YieldIsNoWait => |w, main| drop_call(w, main, Call::SwitchToThread {}),
        Rule::AssociateOnce
        | Rule::AssociateNeedsOverlapped
        | Rule::AssociateSignalsFile
        | Rule::SameHandleReturned => associations,
        Rule::AssociationOfFileObject => through_a_duplicate,
        Rule::ReplaceAssociation | Rule::ReplaceUnknown => replacement,
        Rule::ModesAccumulate | Rule::SkipSetEvent => |w, main| modes(w, main, 2),
        Rule::ModesUnknownOnXp => native_modes,
        Rule::OperationPends | Rule::CompletesLater | Rule::StatusBlockDeferred => completes_later,
        Rule::CompletesAtOnce
        | Rule::CompletionPacket
        | Rule::StatusBlockWritten
        | Rule::CompletionSignalsFile => completes_at_once,
        Rule::ErrorAtOnceNoPacket => fails_at_once,
        Rule::WarningPosts | Rule::WarningSkipsOld => warning_in_skip_mode,
        Rule::NullContextNoPacket => |w, main| {
            let file = port_and_file(w, main);
            let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
            drop_call(w, main, io(IoOp::NtReadFile, file, native(0), reply))
        },
        Rule::NullOverlappedRefused => |w, main| {
            let (kind, overlapped, inherit) = (FileKind::Disk, true, false);
            let file = w.handle(main, Call::CreateFile { kind, overlapped, inherit });
            drop_call(w, main, io(IoOp::ReadFile, file, Notify::Nothing, Reply::Driver))
        },
        Rule::LowBitNoPacket => low_bit,
        Rule::SkipOnSuccess | Rule::PendedIgnoresSkip => |w, main| modes(w, main, 1),
        Rule::ApcInsteadOfPacket | Rule::ApcRefusedWhenAssociated => apc_routine,
        Rule::EventResetAtStart | Rule::EventInsteadOfFile => user_event,
        Rule::FastIoSkipsUserEvent => fast_io,
        Rule::SynchronousWaits | Rule::SyncApcNotRun => synchronous,
        Rule::WsaIoctlInlineZero => |w, main| {
            let socket = w.handle(main, Call::SocketPair { overlapped: true });
            drop_call(w, main, at_once(IoOp::WSAIoctl, socket, 1, NtStatus::SUCCESS))
        },
        Rule::DisconnectPends => disconnects,
        Rule::OverlappedResult => waits_for_a_result,
        Rule::CancelIoOwnThread => |w, main| cancels(w, main, |file| Call::CancelIo { file }),
        Rule::CancelIoExRequests => |w, main| {
            cancels(w, main, |file| Call::CancelIoEx { file, overlapped: Overlapped::NULL })
        },
        Rule::CancelNotFound => |w, main| {
            let file = w.handle(main, device(true));
            drop_call(w, main, Call::CancelIoEx { file, overlapped: Overlapped::NULL })
        },
        Rule::CancelSynchronous => cancels_synchronous,
        Rule::DiskPends | Rule::DiskAtOnceOld => |w, main| {
            let (kind, inherit) = (FileKind::Disk, false);
            let file = w.handle(main, Call::CreateFile { kind, overlapped: true, inherit });
            let notify = Notify::Overlapped(overlapped(1));
            drop_call(w, main, io(IoOp::ReadFile, file, notify, Reply::Driver))
        },
        Rule::PeekPends | Rule::PeekAtOnceOld => |w, main| {
            let pipe = w.handle(main, Call::CreateNamedPipe { overlapped: true, message: true });
            drop_call(w, main, io(IoOp::NtFsControlFile, pipe, native(1), Reply::Driver))
        },
        Rule::ThreadExitCancelsAll => |w, main| {
            let [a] = w.threads();
            let file = port_and_file(w, main);
            drop_call(w, a, pending(IoOp::ReadFile, file, 1))?;
            drop_call(w, a, Call::ExitThread {})
        },
        Rule::ThreadExitCancels => |w, main| {
            let [a] = w.threads();
            let file = w.handle(main, device(true));
            drop_call(w, a, pending(IoOp::ReadFile, file, 1))?;
            drop_call(w, a, Call::ExitThread {})
        },
        Rule::CloseCancels => {
            |w, main| close_pending(w, main, FileKind::Device, IoOp::DeviceIoControl)
        }
        Rule::CloseDirectory => {
            |w, main| close_pending(w, main, FileKind::Directory, IoOp::ReadDirectoryChangesW)
        }
        Rule::CloseEndsPoll
        | Rule::PollReportsAtOnce
        | Rule::PollWithoutWait
        | Rule::PollReportsOnce
        | Rule::PollTimesOut
        | Rule::PollExclusive
        | Rule::PollSeesClose => socket_polls,
        Rule::CloseCompletesReceive | Rule::CloseCompletesReceiveOld => |w, main| {
            let socket = w.handle(main, Call::SocketPair { overlapped: true });
            drop_call(w, main, pending(IoOp::WSARecv, socket, 1))?;
            drop_call(w, main, Call::CloseHandle { handle: socket })
        },
        Rule::ClosePipeBroken => |w, main| {
            let pipe = w.handle(main, Call::CreateNamedPipe { overlapped: true, message: true });
            drop_call(w, main, pending(IoOp::ReadFile, pipe, 1))?;
            drop_call(w, main, Call::CloseHandle { handle: pipe })
        },
        Rule::JobMessages => job_messages,
        Rule::JobPortNull | Rule::JobPortNullOld => |w, main| {
            let job = w.handle(main, Call::CreateJobObject {});
            let port = Handle::NULL;
            drop_call(w, main, Call::SetInformationJobObjectPort { job, port, key: 1 })
        },
        Rule::ReservePost => reserve_post,
        Rule::WaitPacketFires | Rule::WaitPacketCancel => wait_packet,
        Rule::CallReturns => |w, main| drop_call(w, main, Call::GetLastError {}),
    }
}

#[test]
fn every_rule_decides_something_in_its_versions_and_in_no_other() {
    let mut wrong = Vec::new();
    for rule in Rule::ALL {
        for profile in Profile::ALL {
            let mut w = World::new(profile);
            let [main] = w.threads();
            let played = situation(*rule)(&mut w, main);
            let absent = matches!(played, Err(Refusal::NotExported(_)));
            assert!(played.is_ok() || absent, "{rule} on {profile}: {played:?}");
            let (holds, seen) = (rule.versions().contains(profile), w.saw(*rule));
            if holds != seen {
                wrong.push(format!("{rule} on {profile}: holds {holds}, seen {seen}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_of_rules_is_sound() {
    let known: BTreeSet<String> = specified().into_iter().collect();
    let mut ids = BTreeSet::new();
    let mut sentences = BTreeSet::new();
    for rule in Rule::ALL {
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(ids.insert(rule.id()) && rule.id().chars().all(kebab), "{rule}");
        assert!(sentences.insert(rule.sentence()), "{rule} says what another rule says");
        assert!(rule.sentence().ends_with('.') && rule.sentence().len() > 20, "{rule}");
        assert!(rule.sentence().starts_with(char::is_uppercase), "{rule}");
        assert!(!rule.source().is_empty(), "{rule} has no source");
        let Versions { since, until } = rule.versions();
        assert!(until.is_none_or(|until| since <= until), "{rule} holds in no version");
        assert_eq!(Rule::from_id(rule.id()), Some(*rule));
        for fact in rule.facts() {
            assert!(known.contains(*fact), "{rule} names {fact}, which is in no document");
        }
        let facts: BTreeSet<_> = rule.facts().iter().collect();
        assert_eq!(facts.len(), rule.facts().len(), "{rule} names a fact twice");
    }
    assert_eq!(Rule::from_id("no-such-rule"), None);
    for deviation in Deviation::ALL {
        assert!(Rule::ALL.contains(&deviation.rule()), "{deviation}");
        assert!(deviation.sentence().ends_with('.'), "{deviation}");
        assert_eq!(Deviation::parse(&deviation.to_string()), Some(*deviation));
    }
    let names: BTreeSet<_> = Deviation::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), Deviation::ALL.len());
}

fn drop_call(w: &mut World, thread: ThreadId, call: Call) -> Result<(), Refusal> {
    w.try_call(thread, call).map(drop)
}

fn query(port: Handle, class: u32) -> Call {
    Call::NtQueryIoCompletion { port, class, length: 4 }
}

fn port_and_file(w: &mut World, main: ThreadId) -> Handle {
    let p = w.port(1);
    w.associated(main, p, 7)
}

fn post_and_remove(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    w.post(main, p, 1);
    assert_eq!(w.poll(main, p), got(1));
    Ok(())
}

fn without_memory(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let status = NtStatus::INSUFFICIENT_RESOURCES;
    let overlapped = Overlapped::NULL;
    let port = w.port(1);
    let post = Call::PostQueuedCompletionStatus { port, bytes: 0, key: 1, overlapped };
    for call in [post, create_port(1)] {
        w.attempt(Action::Exhausted { thread: main, call: Box::new(call), status })?;
    }
    Ok(())
}

fn hand_off(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a] = w.threads();
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    w.post(main, p, 1);
    assert_eq!(w.returned(a), got(1));
    Ok(())
}

fn two_waiters(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let p = w.port(1);
    assert_eq!((w.remove(a, p), w.remove(b, p)), (WAITS, WAITS));
    w.post(main, p, 1);
    assert_eq!(w.returned(b), got(1));
    Ok(())
}

fn batch_waiter(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a] = w.threads();
    let p = w.port(1);
    drop_call(w, a, remove_ex(p, 2, INFINITE, false))?;
    w.post(main, p, 1);
    Ok(())
}

fn at_the_limit(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
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

fn polls(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let (p, q) = (w.port(1), w.port(1));
    assert_eq!((w.poll(a, p), w.remove(b, p)), (nothing(258), WAITS));
    w.post(main, p, 1);
    assert_eq!(w.poll(a, q), nothing(258));
    assert_eq!(w.returned(b), got(1));
    Ok(())
}

fn times_out(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let port = w.port(1);
    drop_call(w, main, Call::GetQueuedCompletionStatus { port, timeout: TEN_MS })?;
    w.attempt(Action::Expire { thread: main })
}

fn exits(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (a, _) = w.spawn(main);
    let (b, thread) = w.spawn(main);
    let p = w.port(1);
    assert_eq!((w.poll(a, p), w.remove(b, p)), (nothing(258), WAITS));
    drop_call(w, main, Call::TerminateThread { thread })?;
    drop_call(w, a, Call::ExitThread {})
}

fn batch_times_out(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    drop_call(w, main, remove_ex(p, 2, TEN_MS, false))?;
    w.attempt(Action::Expire { thread: main })
}

fn batch_of_nothing(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    drop_call(w, main, remove_ex(p, 0, ZERO, false))
}

fn handle_waits(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a] = w.threads();
    let p = w.port(1);
    drop_call(w, a, Call::WaitForSingleObject { handle: p, timeout: INFINITE })?;
    w.post(main, p, 1);
    Ok(())
}

fn hand_off_beside_a_handle_wait(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    drop_call(w, b, Call::WaitForSingleObject { handle: p, timeout: INFINITE })?;
    w.post(main, p, 1);
    Ok(())
}

fn close_with_packets(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    w.post(main, p, 1);
    w.close(main, p);
    Ok(())
}

fn close_with_waiters(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let [a, b] = w.threads();
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    drop_call(w, b, Call::WaitForSingleObject { handle: p, timeout: INFINITE })?;
    w.close(main, p);
    Ok(())
}

fn close_in_order(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let file = w.associated(main, p, 1);
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: false });
    for handle in [p, file, event] {
        w.close(main, handle);
    }
    Ok(())
}

fn child(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (kind, overlapped, inherit) = (FileKind::Disk, true, true);
    w.handle(main, Call::CreateFile { kind, overlapped, inherit });
    drop_call(w, main, Call::CreateProcess { inherit_handles: true })?;
    let thread = w.kernel.threads().ids().last().expect("the child has a thread");
    drop_call(w, thread, Call::ExitProcess {})
}

fn no_access(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let port = w.handle(main, duplicate(p, Some(Access::QUERY_STATE)));
    drop_call(w, main, Call::GetQueuedCompletionStatus { port, timeout: ZERO })
}

fn create_and_query(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (access, attributes) = (Access::ALL, Attributes::Null);
    let create = Call::NtCreateIoCompletion { access, attributes, concurrency: 0 };
    let p = w.handle(main, create);
    drop_call(w, main, query(p, 0))
}

fn apc_in_sleep(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    w.queue_apc(main);
    drop_call(w, main, Call::SleepEx { timeout: INFINITE, alertable: true })
}

fn apc_in_batch(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    w.queue_apc(main);
    let p = w.port(1);
    drop_call(w, main, gqcs_ex(p, 1, ZERO, true))
}

fn apc_and_packet(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    w.post(main, p, 1);
    w.queue_apc(main);
    drop_call(w, main, remove_ex(p, 1, ZERO, true))?;
    assert_eq!(w.poll(main, p), got(1));
    w.post(main, p, 1);
    w.queue_apc(main);
    drop_call(w, main, remove_ex(p, 1, ZERO, true))
}

fn dispatcher_objects(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
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

fn suspended(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (a, thread) = w.spawn(main);
    let p = w.port(1);
    assert_eq!(w.remove(a, p), WAITS);
    drop_call(w, main, Call::SuspendThread { thread })?;
    drop_call(w, main, Call::ResumeThread { thread })
}

fn associations(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let sync = w.handle(main, device(false));
    w.associated(main, p, 1);
    assert_eq!(w.call(main, associate(sync, p, 1)), null(87));
    Ok(())
}

fn through_a_duplicate(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    let second = w.handle(main, duplicate(file, None));
    drop_call(w, main, at_once(IoOp::ReadFile, second, 1, NtStatus::SUCCESS))
}

fn replacement(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (p, q) = (w.port(1), w.port(1));
    let file = w.associated(main, p, 1);
    drop_call(w, main, Call::NtSetInformationFileReplaceCompletion { file, port: q, key: 2 })
}

/// One operation that is done at once and one that pends, on an associated file with these modes.
fn modes(w: &mut World, main: ThreadId, flags: u32) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    drop_call(w, main, Call::SetFileCompletionNotificationModes { file, flags })?;
    drop_call(w, main, at_once(IoOp::ReadFile, file, 1, NtStatus::SUCCESS))?;
    drop_call(w, main, pending(IoOp::ReadFile, file, 2))?;
    w.complete(NtStatus::SUCCESS, 1);
    Ok(())
}

fn native_modes(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = w.handle(main, device(true));
    drop_call(w, main, Call::NtSetInformationFileNotificationModes { file, flags: 1, length: 4 })
}

fn completes_later(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let file = w.associated(main, p, 7);
    drop_call(w, main, pending(IoOp::ReadFile, file, 1))?;
    w.complete(NtStatus::SUCCESS, 3);
    drop_call(w, main, Call::GetQueuedCompletionStatus { port: p, timeout: ZERO })
}

fn completes_at_once(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    drop_call(w, main, at_once(IoOp::ReadFile, file, 1, NtStatus::SUCCESS))
}

fn fails_at_once(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    drop_call(w, main, at_once(IoOp::ReadFile, file, 1, NtStatus::END_OF_FILE))
}

fn warning_in_skip_mode(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    drop_call(w, main, Call::SetFileCompletionNotificationModes { file, flags: 1 })?;
    drop_call(w, main, at_once(IoOp::ReadFile, file, 1, NtStatus::BUFFER_OVERFLOW))
}

/// An event, and an OVERLAPPED with it.
fn with_event(w: &mut World, main: ThreadId, low_bit: u64) -> Notify {
    let event = w.handle(main, Call::CreateEvent { manual_reset: true, initial: true });
    let event = Handle(event.0 | low_bit);
    Notify::Overlapped(OverlappedArg { at: Overlapped::numbered(1), event })
}

fn low_bit(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    let notify = with_event(w, main, 1);
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    drop_call(w, main, io(IoOp::ReadFile, file, notify, reply))
}

fn user_event(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    let notify = with_event(w, main, 0);
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    drop_call(w, main, io(IoOp::ReadFile, file, notify, reply))
}

fn fast_io(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = port_and_file(w, main);
    let notify = with_event(w, main, 0);
    drop_call(w, main, Call::SetFileCompletionNotificationModes { file, flags: 4 })?;
    let reply = Reply::Done { status: NtStatus::SUCCESS, information: 0 };
    drop_call(w, main, io(IoOp::ReadFile, file, notify, reply))
}

/// A native read with an APC routine.
fn with_routine(file: Handle, reply: Reply) -> Call {
    let (event, routine, context) = (Handle::NULL, Some(5), 9);
    let status_block = Overlapped::numbered(9);
    io(IoOp::NtReadFile, file, Notify::Native { event, routine, context, status_block }, reply)
}

fn apc_routine(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let file = w.handle(main, device(true));
    drop_call(w, main, with_routine(file, Reply::Pending))?;
    w.handle(main, associate(file, p, 1));
    w.complete(NtStatus::SUCCESS, 1);
    drop_call(w, main, with_routine(file, Reply::Pending))
}

fn synchronous(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = w.handle(main, device(false));
    let done = Reply::Done { status: NtStatus::SUCCESS, information: 1 };
    drop_call(w, main, with_routine(file, done))?;
    drop_call(w, main, pending(IoOp::ReadFile, file, 1))?;
    w.complete(NtStatus::SUCCESS, 1);
    Ok(())
}

fn disconnects(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let p = w.port(1);
    let file = w.handle(main, Call::SocketPair { overlapped: true });
    w.handle(main, associate(file, p, 1));
    drop_call(w, main, Call::SetFileCompletionNotificationModes { file, flags: 1 })?;
    let notify = Notify::Overlapped(overlapped(1));
    drop_call(w, main, io(IoOp::DisconnectEx, file, notify, Reply::Driver))
}

fn waits_for_a_result(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let file = w.handle(main, device(true));
    drop_call(w, main, pending(IoOp::ReadFile, file, 1))?;
    let (overlapped, wait) = (overlapped(1), true);
    drop_call(w, main, Call::GetOverlappedResult { file, overlapped, wait })?;
    w.complete(NtStatus::SUCCESS, 1);
    Ok(())
}

fn cancels(w: &mut World, main: ThreadId, call: fn(Handle) -> Call) -> Result<(), Refusal> {
    let file = w.handle(main, device(true));
    drop_call(w, main, pending(IoOp::ReadFile, file, 1))?;
    drop_call(w, main, call(file))
}

fn cancels_synchronous(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (a, thread) = w.spawn(main);
    let file = w.handle(main, device(false));
    drop_call(w, a, pending(IoOp::ReadFile, file, 1))?;
    drop_call(w, main, Call::CancelSynchronousIo { thread })
}

fn close_pending(w: &mut World, main: ThreadId, kind: FileKind, op: IoOp) -> Result<(), Refusal> {
    let handle = w.handle(main, Call::CreateFile { kind, overlapped: true, inherit: false });
    drop_call(w, main, pending(op, handle, 1))?;
    drop_call(w, main, Call::CloseHandle { handle })
}

/// A poll that looks, one that waits and sees data, one that finds it there, two exclusive ones,
/// one whose time is up, and the close of the polled socket and of the one they go through.
fn socket_polls(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let (kind, overlapped, inherit) = (FileKind::Datagram, true, false);
    let [file, socket, third] =
        [0; 3].map(|_| w.handle(main, Call::CreateFile { kind, overlapped, inherit }));
    let call = PollCall {
        file,
        socket,
        events: poll::RECEIVE,
        exclusive: true,
        timeout: INFINITE,
        event: Handle::NULL,
        context: 5,
        status_block: Overlapped(5),
    };
    let timeout = Timeout::Zero;
    drop_call(w, main, Call::AfdPoll(PollCall { timeout, ..call }))?;
    drop_call(w, main, Call::AfdPoll(call))?;
    drop_call(w, main, Call::AfdPoll(call))?;
    w.attempt(Action::Arrive { file: FileId(1), what: Arrival::Data(4) })?;
    drop_call(w, main, Call::AfdPoll(call))?;
    drop_call(w, main, Call::AfdPoll(PollCall { socket: third, ..call }))?;
    drop_call(w, main, Call::CloseHandle { handle: third })?;
    let timeout = Timeout::Finite(1000);
    drop_call(w, main, Call::AfdPoll(PollCall { socket: file, timeout, ..call }))?;
    let irp = w.kernel.irps().ids().next().expect("it is pending");
    w.attempt(Action::Complete { irp, status: NtStatus::TIMEOUT, information: poll::HEAD })?;
    let close = poll::LOCAL_CLOSE;
    drop_call(w, main, Call::AfdPoll(PollCall { events: close, ..call }))?;
    drop_call(w, main, Call::CloseHandle { handle: file })
}

fn job_messages(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let port = w.port(1);
    let job = w.handle(main, Call::CreateJobObject {});
    drop_call(w, main, Call::SetInformationJobObjectPort { job, port, key: 1 })?;
    let process = Handle::CURRENT_PROCESS;
    drop_call(w, main, Call::AssignProcessToJobObject { job, process })
}

fn reserve_post(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let reserve = w.try_handle(main, Call::NtAllocateReserveObject { for_packet: true })?;
    let (port, status) = (w.port(1), NtStatus::SUCCESS);
    let (key, context, information) = (1, 2, 3);
    drop_call(
        w,
        main,
        Call::NtSetIoCompletionEx { port, reserve, key, context, status, information },
    )
}

fn wait_packet(w: &mut World, main: ThreadId) -> Result<(), Refusal> {
    let packet = w.try_handle(main, Call::NtCreateWaitCompletionPacket {})?;
    let port = w.port(1);
    let target = w.handle(main, Call::CreateEvent { manual_reset: true, initial: true });
    let (key, context, information, status) = (1, 2, 3, NtStatus::SUCCESS);
    drop_call(
        w,
        main,
        Call::NtAssociateWaitCompletionPacket {
            packet,
            port,
            target,
            key,
            context,
            status,
            information,
        },
    )?;
    drop_call(w, main, Call::NtCancelWaitCompletionPacket { packet, remove_signaled: true })
}
