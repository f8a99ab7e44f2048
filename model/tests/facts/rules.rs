//! Every rule has a situation in which it decides something: in the versions in which it holds,
//! and in no other. The situations are short plays, in files of their own.

mod operations;
mod queue;

use std::collections::BTreeSet;

use crate::stage::*;
use operations::*;
use queue::*;

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
        Rule::OneJob | Rule::NestedJobs => nested_jobs,
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
