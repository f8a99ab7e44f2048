//! The conformance programs that come with the crate (`oracle/suite/`), in the order of their
//! names.

use crate::driver::Program;

/// Name and text of every program.
const TEXTS: &[(&str, &str)] = &[
    ("a01-create", include_str!("../../suite/a01-create.program.json")),
    ("a02-open-null-attributes", include_str!("../../suite/a02-open-null-attributes.program.json")),
    ("a03-attributes-length", include_str!("../../suite/a03-attributes-length.program.json")),
    (
        "a04-attributes-without-name",
        include_str!("../../suite/a04-attributes-without-name.program.json"),
    ),
    ("a05-attributes-bad-root", include_str!("../../suite/a05-attributes-bad-root.program.json")),
    ("a06-set-deepens", include_str!("../../suite/a06-set-deepens.program.json")),
    ("a07-packet-verbatim", include_str!("../../suite/a07-packet-verbatim.program.json")),
    ("a09-empty-poll", include_str!("../../suite/a09-empty-poll.program.json")),
    ("a10-batch-of-none", include_str!("../../suite/a10-batch-of-none.program.json")),
    ("a11-empty-batch", include_str!("../../suite/a11-empty-batch.program.json")),
    (
        "a12-batch-does-not-wait-to-fill",
        include_str!("../../suite/a12-batch-does-not-wait-to-fill.program.json"),
    ),
    ("a13-batch-in-order", include_str!("../../suite/a13-batch-in-order.program.json")),
    ("a14-batches-of-one", include_str!("../../suite/a14-batches-of-one.program.json")),
    ("a16-reserve-post", include_str!("../../suite/a16-reserve-post.program.json")),
    ("a17-reserve-post-errors", include_str!("../../suite/a17-reserve-post-errors.program.json")),
    ("association-replaced", include_str!("../../suite/association-replaced.program.json")),
    ("b01-apc-needs-alertable", include_str!("../../suite/b01-apc-needs-alertable.program.json")),
    (
        "b03-apc-before-foreign-packet",
        include_str!("../../suite/b03-apc-before-foreign-packet.program.json"),
    ),
    ("b04-apc-does-not-attach", include_str!("../../suite/b04-apc-does-not-attach.program.json")),
    (
        "b06-own-packet-before-apc",
        include_str!("../../suite/b06-own-packet-before-apc.program.json"),
    ),
    (
        "b08-apc-through-the-batch-call",
        include_str!("../../suite/b08-apc-through-the-batch-call.program.json"),
    ),
    ("c01-create-ignores-key", include_str!("../../suite/c01-create-ignores-key.program.json")),
    (
        "c02-timeout-leaves-outputs",
        include_str!("../../suite/c02-timeout-leaves-outputs.program.json"),
    ),
    (
        "c03-success-keeps-last-error",
        include_str!("../../suite/c03-success-keeps-last-error.program.json"),
    ),
    ("c04-failed-packet", include_str!("../../suite/c04-failed-packet.program.json")),
    ("c05-win32-batch", include_str!("../../suite/c05-win32-batch.program.json")),
    ("c06-win32-batch-timeout", include_str!("../../suite/c06-win32-batch-timeout.program.json")),
    ("c07-bytes-are-32-bits", include_str!("../../suite/c07-bytes-are-32-bits.program.json")),
    ("c08-severity", include_str!("../../suite/c08-severity.program.json")),
    (
        "c09-bind-needs-overlapped",
        include_str!("../../suite/c09-bind-needs-overlapped.program.json"),
    ),
    ("c10-bind-once", include_str!("../../suite/c10-bind-once.program.json")),
    (
        "cancel-a-synchronous-read",
        include_str!("../../suite/cancel-a-synchronous-read.program.json"),
    ),
    ("cancel-one", include_str!("../../suite/cancel-one.program.json")),
    ("cancel-own-only", include_str!("../../suite/cancel-own-only.program.json")),
    (
        "child-keeps-the-pipe-open",
        include_str!("../../suite/child-keeps-the-pipe-open.program.json"),
    ),
    ("control-answered-at-once", include_str!("../../suite/control-answered-at-once.program.json")),
    ("control-pended", include_str!("../../suite/control-pended.program.json")),
    ("control-refused", include_str!("../../suite/control-refused.program.json")),
    ("d01-level-not-edge", include_str!("../../suite/d01-level-not-edge.program.json")),
    ("d01-port-handle-signaled", include_str!("../../suite/d01-port-handle-signaled.program.json")),
    ("d02-hand-off-goes-first", include_str!("../../suite/d02-hand-off-goes-first.program.json")),
    (
        "d02-hand-off-signals-nobody",
        include_str!("../../suite/d02-hand-off-signals-nobody.program.json"),
    ),
    ("d03-last-in-first-out", include_str!("../../suite/d03-last-in-first-out.program.json")),
    ("d04-limit-of-two", include_str!("../../suite/d04-limit-of-two.program.json")),
    ("d05-block-releases", include_str!("../../suite/d05-block-releases.program.json")),
    ("d05-exit-releases", include_str!("../../suite/d05-exit-releases.program.json")),
    ("d05-limit-holds", include_str!("../../suite/d05-limit-holds.program.json")),
    ("d05-new-remove-waits", include_str!("../../suite/d05-new-remove-waits.program.json")),
    ("datagram-too-long", include_str!("../../suite/datagram-too-long.program.json")),
    ("datagrams", include_str!("../../suite/datagrams.program.json")),
    ("directory-changes", include_str!("../../suite/directory-changes.program.json")),
    ("disk-control", include_str!("../../suite/disk-control.program.json")),
    (
        "e01-close-satisfies-direct-waits",
        include_str!("../../suite/e01-close-satisfies-direct-waits.program.json"),
    ),
    (
        "e02-close-abandons-removers",
        include_str!("../../suite/e02-close-abandons-removers.program.json"),
    ),
    (
        "e03-close-abandons-batches",
        include_str!("../../suite/e03-close-abandons-batches.program.json"),
    ),
    ("e04-close-abandons-win32", include_str!("../../suite/e04-close-abandons-win32.program.json")),
    ("e06-closed-port", include_str!("../../suite/e06-closed-port.program.json")),
    ("e07-last-handle-counts", include_str!("../../suite/e07-last-handle-counts.program.json")),
    (
        "exit-cancels-without-a-port",
        include_str!("../../suite/exit-cancels-without-a-port.program.json"),
    ),
    (
        "f01-synchronous-file-refused",
        include_str!("../../suite/f01-synchronous-file-refused.program.json"),
    ),
    ("f02-associate-once", include_str!("../../suite/f02-associate-once.program.json")),
    (
        "f03-association-at-completion",
        include_str!("../../suite/f03-association-at-completion.program.json"),
    ),
    ("f04-pending-apc-stays", include_str!("../../suite/f04-pending-apc-stays.program.json")),
    (
        "f05-no-apc-when-associated",
        include_str!("../../suite/f05-no-apc-when-associated.program.json"),
    ),
    ("f06-no-routine-on-socket", include_str!("../../suite/f06-no-routine-on-socket.program.json")),
    ("f08-association-signals", include_str!("../../suite/f08-association-signals.program.json")),
    (
        "f10-accept-then-associate",
        include_str!("../../suite/f10-accept-then-associate.program.json"),
    ),
    ("file-keeps-the-port", include_str!("../../suite/file-keeps-the-port.program.json")),
    ("g05-no-context-no-packet", include_str!("../../suite/g05-no-context-no-packet.program.json")),
    ("g06-event-reset-then-set", include_str!("../../suite/g06-event-reset-then-set.program.json")),
    ("g15-connect-pends", include_str!("../../suite/g15-connect-pends.program.json")),
    ("g15-connect-too-late", include_str!("../../suite/g15-connect-too-late.program.json")),
    (
        "g16-error-at-once-no-packet",
        include_str!("../../suite/g16-error-at-once-no-packet.program.json"),
    ),
    (
        "g17-success-at-once-packet",
        include_str!("../../suite/g17-success-at-once-packet.program.json"),
    ),
    ("g18-low-bit", include_str!("../../suite/g18-low-bit.program.json")),
    (
        "g19-no-overlapped-no-packet",
        include_str!("../../suite/g19-no-overlapped-no-packet.program.json"),
    ),
    ("h01-short-buffer", include_str!("../../suite/h01-short-buffer.program.json")),
    (
        "h02-modes-need-overlapped",
        include_str!("../../suite/h02-modes-need-overlapped.program.json"),
    ),
    ("h03-modes-accumulate", include_str!("../../suite/h03-modes-accumulate.program.json")),
    (
        "h05-skip-does-not-skip-pending",
        include_str!("../../suite/h05-skip-does-not-skip-pending.program.json"),
    ),
    ("h06-skip-on-success", include_str!("../../suite/h06-skip-on-success.program.json")),
    ("h09-skip-set-event", include_str!("../../suite/h09-skip-set-event.program.json")),
    ("h10-flag-1-still-signals", include_str!("../../suite/h10-flag-1-still-signals.program.json")),
    ("i04-partial-message", include_str!("../../suite/i04-partial-message.program.json")),
    ("i07-peer-closed", include_str!("../../suite/i07-peer-closed.program.json")),
    ("i07-server-closed", include_str!("../../suite/i07-server-closed.program.json")),
    ("i09-read-then-write", include_str!("../../suite/i09-read-then-write.program.json")),
    ("i10-write-then-read", include_str!("../../suite/i10-write-then-read.program.json")),
    ("j01-reset-while-pending", include_str!("../../suite/j01-reset-while-pending.program.json")),
    ("j02-reset-before", include_str!("../../suite/j02-reset-before.program.json")),
    ("j03-not-connected", include_str!("../../suite/j03-not-connected.program.json")),
    ("j04-data-waiting", include_str!("../../suite/j04-data-waiting.program.json")),
    ("j05-graceful-close", include_str!("../../suite/j05-graceful-close.program.json")),
    ("j06-listener-closed", include_str!("../../suite/j06-listener-closed.program.json")),
    (
        "j07-last-handle-of-listener",
        include_str!("../../suite/j07-last-handle-of-listener.program.json"),
    ),
    ("j08-close-idle", include_str!("../../suite/j08-close-idle.program.json")),
    (
        "j09-accept-completes-with-listener-key",
        include_str!("../../suite/j09-accept-completes-with-listener-key.program.json"),
    ),
    ("j10-accept-with-data", include_str!("../../suite/j10-accept-with-data.program.json")),
    ("j11-accept-socket-closed", include_str!("../../suite/j11-accept-socket-closed.program.json")),
    ("j12-close-with-receive", include_str!("../../suite/j12-close-with-receive.program.json")),
    ("j13-issuer-exits", include_str!("../../suite/j13-issuer-exits.program.json")),
    (
        "j14-shutdown-posts-nothing",
        include_str!("../../suite/j14-shutdown-posts-nothing.program.json"),
    ),
    ("j15-connect-ex", include_str!("../../suite/j15-connect-ex.program.json")),
    ("j16-connect-ex-with-skip", include_str!("../../suite/j16-connect-ex-with-skip.program.json")),
    ("j17-connect-refused", include_str!("../../suite/j17-connect-refused.program.json")),
    ("j18-disconnect-ex", include_str!("../../suite/j18-disconnect-ex.program.json")),
    ("j18-disconnect-ex-plain", include_str!("../../suite/j18-disconnect-ex-plain.program.json")),
    ("k01-job-null-port", include_str!("../../suite/k01-job-null-port.program.json")),
    ("k02-job-one-port", include_str!("../../suite/k02-job-one-port.program.json")),
    ("k04-new-process", include_str!("../../suite/k04-new-process.program.json")),
    ("k05-last-process-exits", include_str!("../../suite/k05-last-process-exits.program.json")),
    ("k09-wait-packet", include_str!("../../suite/k09-wait-packet.program.json")),
    ("k13-nested-jobs", include_str!("../../suite/k13-nested-jobs.program.json")),
    ("k14-job-elsewhere", include_str!("../../suite/k14-job-elsewhere.program.json")),
    ("lock-at-once", include_str!("../../suite/lock-at-once.program.json")),
    (
        "packets-first-in-first-out",
        include_str!("../../suite/packets-first-in-first-out.program.json"),
    ),
    ("process-that-exits", include_str!("../../suite/process-that-exits.program.json")),
    ("suspend-a-waiter", include_str!("../../suite/suspend-a-waiter.program.json")),
    ("synchronous-read-waits", include_str!("../../suite/synchronous-read-waits.program.json")),
    (
        "terminated-thread-takes-nothing",
        include_str!("../../suite/terminated-thread-takes-nothing.program.json"),
    ),
    (
        "thread-that-a-call-starts",
        include_str!("../../suite/thread-that-a-call-starts.program.json"),
    ),
    ("transact-pipe", include_str!("../../suite/transact-pipe.program.json")),
    ("transmit-file", include_str!("../../suite/transmit-file.program.json")),
    ("v13-all-zero-packet", include_str!("../../suite/v13-all-zero-packet.program.json")),
    ("v2-other-port-releases", include_str!("../../suite/v2-other-port-releases.program.json")),
    ("x18-synchronous-read-apc", include_str!("../../suite/x18-synchronous-read-apc.program.json")),
];

/// Every program.
pub fn programs() -> Vec<Program> {
    TEXTS
        .iter()
        .map(|(name, text)| match Program::parse(text) {
            Ok(program) => program,
            Err(error) => panic!("the program {name} that comes with the crate: {error}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_of_the_directory_is_listed_under_its_own_name() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/suite");
        let mut files: Vec<String> = std::fs::read_dir(directory)
            .expect("the suite is part of the crate")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".program.json").map(str::to_owned))
            .collect();
        files.sort();
        let listed: Vec<String> = TEXTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed, files);
        let named: Vec<String> = programs().into_iter().map(|program| program.name).collect();
        assert_eq!(named, files);
    }
}
