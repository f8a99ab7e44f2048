//! Each deviation changes what its sentence says, and only when it is on. Here is the table of what
//! to look at; how to look at it, in files of their own.

mod measured;
mod operations;
mod queue;
mod wine;

use crate::stage::*;
use measured::*;
use operations::*;
use queue::*;

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
        Deviation::LockTellsEventOnly => (lock_at_once, "1 packets", "0 packets"),
        Deviation::DiskControlSilent => (disk_control, "1 packets, set", "0 packets, not set"),
        Deviation::FileResetOnTransfer => (read_of_nobody, "not signaled", "signaled"),
        Deviation::PeekAtOnce => (peek, "STATUS_PENDING, 16 bytes", "STATUS_SUCCESS, 0 bytes"),
        Deviation::BindNullInvalid => (bind_null, "87", "6"),
        Deviation::CancelNothingSucceeds => (cancel_nothing, "1168, 1168", "TRUE, 1168"),
        Deviation::CloseDirectoryHandlesClosed => {
            (close_directory, "STATUS_NOTIFY_CLEANUP", "STATUS_HANDLES_CLOSED")
        }
        Deviation::FastIoSetsEvent => (fast_io, "not set", "set"),
        Deviation::NullOutputsFault => (null_outputs, "87, 1 packets", "exits, 1 packets"),
        Deviation::ReplaceMissing => (replace, "STATUS_SUCCESS", "STATUS_NOT_IMPLEMENTED"),
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
