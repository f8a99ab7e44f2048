//! The rules themselves: name, id, grade, versions; sentence; source and the facts it accounts for.

use super::{Entry, Grade, Versions};
use crate::semantics::Profile;

const ALWAYS: Versions = Versions { since: Profile::Xp, until: None };
const fn since(since: Profile) -> Versions {
    Versions { since, until: None }
}
const fn between(since: Profile, until: Profile) -> Versions {
    Versions { since, until: Some(until) }
}
const fn until(until: Profile) -> Versions {
    Versions { since: Profile::Xp, until: Some(until) }
}

macro_rules! rules {
    ($($variant:ident $id:literal $grade:ident $versions:expr; $sentence:literal $source:literal [$($fact:literal)*])*) => {
        /// A rule of the model.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum Rule {
            $(#[doc = $sentence] $variant,)*
        }

        impl Rule {
            /// All rules, in the order of the table.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant,)*];
        }

        pub(super) const TABLE: &[Entry] = &[$(Entry {
            id: $id,
            sentence: $sentence,
            source: $source,
            grade: Grade::$grade,
            versions: $versions,
            facts: &[$($fact,)*],
        },)*];
    };
}

rules! {
    // The queue.
    Post "post" Documented ALWAYS;
        "A posted packet goes to a waiter if one may be released, and otherwise to the end of the queue; nothing in it is checked."
        "API:PQCS; semantics B8; ROS-queue" ["A06" "A08" "C03" "V13"]
    PostMayFail "post-may-fail" Observed ALWAYS;
        "A post allocates what holds its packet; without memory or quota it fails (1450 or 1816) and queues nothing."
        "semantics B1, B8; ROS-iocomp; asio#312; phnt (NtSetIoCompletionEx exists so that it cannot)" []
    PacketsFifo "packets-fifo" Documented ALWAYS;
        "Packets leave the queue in the order in which they entered it."
        "MS-IOCP; Patent; semantics A12; ROS-queue" ["A07" "A13" "A14" "A15" "C05"]
    HandOff "hand-off" Documented ALWAYS;
        "While fewer threads are active than the concurrency value, a new packet goes straight to a waiter and never enters the queue."
        "MS-IOCP; Patent claim 1; semantics A4; ROS-queue" ["D02"]
    ReleaseLifo "release-lifo" Documented ALWAYS;
        "Of the threads that wait for a packet, the one that began to wait last is released first."
        "MS-IOCP; Patent claim 1; Wine-sync (D03)" ["D03" "V7" "V8"]
    ReleaseCounts "release-counts" Reimplementation ALWAYS;
        "A released thread counts as active from the moment it is released, before it runs."
        "semantics A4; ROS-queue" []
    HandOffOnePacket "hand-off-one-packet" Observed since(Profile::Vista);
        "A waiter with room for several packets is released with exactly one."
        "semantics A9; Wine-sync (D03, E03 see one)" ["D03"]
    ConcurrencyLimit "concurrency-limit" Documented ALWAYS;
        "At the concurrency value a packet is queued although threads wait."
        "MS-IOCP; API:CreateIoCompletionPort; semantics A4" ["D04" "D05" "V4" "V6" "V12" "V14"]
    BlockReleasesSlot "block-releases-slot" Documented ALWAYS;
        "An active thread of the port that really waits for something else stops counting, and its slot releases one waiter if a packet is queued."
        "MS-IOCP; semantics A5 T7, A6; ROS-wait" ["V3" "V9" "V15"]
    UnblockCounts "unblock-counts" Documented ALWAYS;
        "A thread whose wait elsewhere ends counts again at once, even if that exceeds the concurrency value."
        "MS-IOCP (\"a brief period\"); semantics A5 T8; ROS-wait" ["V3" "V9" "V15"]
    RemoveAttaches "remove-attaches" Documented ALWAYS;
        "The first remove attaches the thread to the port, which counts it whenever it runs, until it exits or removes from another port."
        "MS-IOCP; semantics A5 T4; ROS-queue" []
    RemoveGivesSlotBack "remove-gives-slot-back" Reimplementation ALWAYS;
        "A thread that asks its own port again stops counting, which by itself releases nobody."
        "semantics A5 T5; ROS-queue" ["V3"]
    RemoveTakesOldest "remove-takes-oldest" Documented ALWAYS;
        "A thread that asks while a packet is queued and the port is below its limit takes the oldest packet itself, ahead of every waiter."
        "MS-IOCP; semantics A4; ROS-queue" ["A12" "A14"]
    NewRemoveWaitsAtLimit "new-remove-waits-at-limit" Documented ALWAYS;
        "A thread that asks a port at its limit waits although packets are queued."
        "semantics A4; RC-2021; ROS-queue" ["V1" "V3" "V15"]
    RemoveParks "remove-parks" Documented ALWAYS;
        "A thread that asks an empty port waits, on top of the stack of waiters."
        "API:GQCS; semantics A4; ROS-queue" []
    ZeroTimeoutAttaches "zero-timeout-attaches" Reimplementation ALWAYS;
        "A remove with timeout 0 that finds nothing attaches the thread all the same and leaves it active."
        "semantics A7; ROS-queue; RC-2021" ["A09" "C02" "V2" "V4"]
    TimeoutKeepsSlot "timeout-counts" Reimplementation ALWAYS;
        "A waiter whose time is up leaves the stack from any place, counts as active, and stays attached."
        "semantics A5 T11, A7; ROS-wait" ["V5"]
    LeavingPortReleases "leaving-port-releases" Documented ALWAYS;
        "A thread that removes from another port leaves the old one, and its slot there releases one waiter if a packet is queued."
        "semantics A5 T6; RC-2021; ROS-queue" ["V2"]
    ExitReleasesSlot "exit-releases-slot" Documented ALWAYS;
        "A thread that exits leaves its port, and its slot releases one waiter if a packet is queued."
        "MS-IOCP; semantics A5 T9; ROS-thrd" ["V10"]
    TerminatedWaiterLeaves "terminated-waiter-leaves" Inferred ALWAYS;
        "A waiter that is terminated leaves the stack and takes no packet with it."
        "semantics A5 T10" []
    RemoveReturns "remove-returns" Documented ALWAYS;
        "A released thread's call returns with the packet, or with what else ended its wait."
        "API:GQCS; semantics B6" ["C04" "C07" "C08"]
    FailedBatchCount "failed-batch-count" Observed since(Profile::Vista);
        "A batch remove that ends without a packet writes a count that is not to be relied on (0 or 1); the model says 0."
        "semantics A9; Wine-ntfile (A11), Wine-sync (E03)" ["A11" "C06" "E03"]
    RemoveCountZero "remove-count-zero" Observed since(Profile::Vista);
        "A batch remove with room for nothing is refused with STATUS_INVALID_PARAMETER and writes no count."
        "Wine-ntfile (A10); semantics A9" ["A10"]

    // The handle of a port as an object to wait for.
    PortHandleSignaled "port-handle-signaled" Observed ALWAYS;
        "The handle of a port is signaled exactly while packets are queued; waiting on it consumes none, and everybody who waits on it is woken when a packet is queued."
        "Wine-sync (D01); semantics A11" ["D01"]
    HandOffNotSignaled "hand-off-not-signaled" Observed since(Profile::Win10);
        "A packet handed straight to a waiter does not wake those who wait on the handle."
        "Wine-sync (D02); semantics A11" ["D02"]
    HandOffSignals "hand-off-signals" Observed until(Profile::Win81);
        "A packet handed straight to a waiter also wakes those who wait on the handle."
        "Wine-sync (D02: results accepted before 1607)" ["D02"]

    // Closing.
    LastHandleRundown "last-handle-rundown" Inferred ALWAYS;
        "Closing a handle of a port does nothing until it is the last one, over all processes."
        "API:CloseHandle; semantics A10; Wine-srv" ["E07"]
    CloseAbandonsWaiters "close-abandons-waiters" Documented since(Profile::Vista);
        "When the last handle of a port is closed every waiter returns: STATUS_ABANDONED_WAIT_0, or FALSE with ERROR_ABANDONED_WAIT_0 (735)."
        "API:GQCS; API:GQCSEx; Wine-sync (E02-E05)" ["E02" "E03" "E04" "E05" "E07" "V11"]
    CloseKeepsWaiters "close-keeps-waiters" Documented until(Profile::Xp);
        "When the last handle of a port is closed its waiters go on waiting."
        "API:GQCS; semantics A10" ["E08"]
    CloseSignalsDirectWaiters "close-signals-direct-waiters" Observed since(Profile::Vista);
        "When the last handle of a port is closed those who wait on it return WAIT_OBJECT_0."
        "Wine-sync (E01); semantics A10" ["E01"]
    LastReferenceFreesPackets "last-reference-frees-packets" Reimplementation ALWAYS;
        "With the last reference the port goes, its packets are freed unseen, and threads attached to it are attached to nothing."
        "semantics A5 T14; ROS-iocomp, ROS-queue" []
    FileKeepsPort "file-keeps-port" Documented ALWAYS;
        "An associated file keeps the port object alive, though not its handle."
        "API:CreateIoCompletionPort; MS-IOCP; ROS-iofunc" ["E07"]
    ReferencesKeepObject "references-keep-object" Documented ALWAYS;
        "An object goes with its last reference, after its last handle."
        "API:CloseHandle" []
    HandleValueReused "handle-values" Inferred ALWAYS;
        "A handle is an entry of its process's table; a closed value names nothing until it is used again, and the model uses the lowest free one."
        "semantics A10; API:CloseHandle" ["E06"]
    InheritedHandles "inherited-handles" Documented ALWAYS;
        "A child process gets the inheritable handles of its parent, at the same values."
        "API:CreateProcess; API:DuplicateHandle" []
    InvalidHandle "invalid-handle" Documented ALWAYS;
        "A value that names nothing is refused with STATUS_INVALID_HANDLE (ERROR_INVALID_HANDLE, 6)."
        "semantics C2; Wine-sync (E06)" ["A17" "E06"]
    TypeMismatch "type-mismatch" Reimplementation ALWAYS;
        "A handle to an object of another kind is refused with STATUS_OBJECT_TYPE_MISMATCH (ERROR_INVALID_HANDLE, 6)."
        "semantics C2; ROS-iocomp; Wine-ntfile (A18)" ["A18"]
    AccessDenied "access-denied" Reimplementation ALWAYS;
        "A handle that was not granted the right is refused with STATUS_ACCESS_DENIED (ERROR_ACCESS_DENIED, 5)."
        "semantics A1, C2; ROS-iocomp; phnt" []
    InvalidParameter "invalid-parameter" Documented ALWAYS;
        "Arguments that make no sense together are refused and change nothing."
        "semantics C2" ["A02" "A03" "A04" "A05" "C09" "C10" "H01" "H02"]
    CreatePort "create-port" Documented ALWAYS;
        "A new port is empty, unsignaled, counts nobody, and fixes its concurrency value; 0 stands for the number of processors."
        "API:CreateIoCompletionPort; DDI:keinitializequeue; ROS-queue" ["A01" "C01"]
    PortMayFail "port-may-fail" Reimplementation ALWAYS;
        "A new port and an association need memory; without it the call fails (1450 or 1816) and changes nothing."
        "semantics C2; ROS-iocomp, ROS-iofunc" []
    BindNull "bind-null" Observed since(Profile::Vista);
        "BindIoCompletionCallback refuses a NULL handle with ERROR_INVALID_PARAMETER (87)."
        "Wine kernel32 tests (C11)" ["C11"]
    BindNullOld "bind-null-old" Observed until(Profile::Xp);
        "BindIoCompletionCallback refuses a NULL handle with ERROR_INVALID_HANDLE (6)."
        "Wine kernel32 tests (C11)" ["C11"]
    QueryDepth "query-depth" Observed ALWAYS;
        "The depth of a port is the number of packets that nobody has claimed."
        "phnt; Wine-ntfile (A06, A07); semantics A13" ["A06" "A07"]
    NullOutputs "null-outputs" Reimplementation ALWAYS;
        "GetQueuedCompletionStatus with NULL out-pointers is the caller's error; the model answers ERROR_INVALID_PARAMETER."
        "semantics D20; ROS-k32" []

    // APCs.
    ApcsWaitForAlertable "apcs-wait-for-alertable" Documented ALWAYS;
        "A user APC stays pending until its thread waits alertably; GetQueuedCompletionStatus never does."
        "MS-APC; Wine-ntfile (B01); semantics A8" ["B01" "B08"]
    ApcEndsAlertableWait "apc-ends-alertable-wait" Documented ALWAYS;
        "An alertable wait runs the pending user APCs and returns STATUS_USER_APC (WAIT_IO_COMPLETION, 192)."
        "MS-APC; API:GQCSEx; Wine-ntfile (B02)" ["B02" "B09"]
    ApcReturnsTrue "apc-returns-true" Observed between(Profile::Vista, Profile::Vista);
        "GetQueuedCompletionStatusEx that ends with an APC returns TRUE, with no entries."
        "Wine kernel32 tests (B09: a result accepted of Vista)" ["B09"]
    ApcBeforePacket "apc-before-packet" Observed since(Profile::Vista);
        "A pending APC wins over a packet unless the thread is attached to this very port; the call then attaches it to nothing."
        "Wine-ntfile (B03-B05); Wine-srv (B07)" ["B03" "B04" "B07"]
    PacketBeforeApc "packet-before-apc" Observed since(Profile::Vista);
        "For a thread attached to this port a packet wins over a pending APC, which stays pending."
        "Wine-ntfile (B06); Wine kernel32 tests (B10)" ["B05" "B06" "B07" "B10"]

    // Waits elsewhere, threads, processes.
    WaitBlocks "wait-blocks" Documented ALWAYS;
        "A wait that cannot end at once really waits; one that can, or that has timeout 0, never stops counting."
        "semantics A6; ROS-wait; RC-2021" []
    WaitReturns "wait-returns" Documented ALWAYS;
        "A wait returns the index of the object that ended it, or why else it ended."
        "API:WaitForSingleObject; API:SleepEx" ["E01"]
    EventWakesWaiters "event-wakes-waiters" Documented ALWAYS;
        "Setting an event ends the waits on it: all of a manual-reset event's, one of an auto-reset event's."
        "API:SetEvent" []
    AutoResetReleasesOne "auto-reset" Documented ALWAYS;
        "A wait that an auto-reset event ends resets it."
        "API:CreateEvent" []
    SemaphoreReleases "semaphore-releases" Documented ALWAYS;
        "Each count released ends one wait."
        "API:ReleaseSemaphore" []
    MutantReleases "mutex-releases" Documented ALWAYS;
        "A mutex given back ends one wait, whose thread owns it."
        "API:ReleaseMutex" []
    MutantAbandoned "mutex-abandoned" Documented ALWAYS;
        "A mutex whose owner exits is given to the next waiter as abandoned."
        "API:WaitForSingleObject" []
    SuspendStopsCounting "suspend-stops-counting" Documented ALWAYS;
        "A suspended thread does not count; resumed, it counts again."
        "MS-IOCP; semantics A6" []
    ResumeReenters "resume-reenters" Inferred ALWAYS;
        "A waiter that was suspended asks again when it is resumed: it takes a packet, or waits on top of the stack."
        "semantics A6, D34; ROS-queue, ROS-wait" []
    ExitSignalsThread "exit-signals-thread" Documented ALWAYS;
        "A thread that has exited is signaled."
        "API:ExitThread" []
    ProcessExitClosesAll "process-exit-closes-all" Inferred ALWAYS;
        "A process that ends closes every handle; its operations vanish without a packet."
        "semantics A10, B7" []
    ThreadsStartUnattached "threads-start-unattached" Reimplementation ALWAYS;
        "A new thread is attached to no port."
        "semantics A2; ROS-queue" []
    YieldIsNoWait "yield-is-no-wait" Documented ALWAYS;
        "SwitchToThread and Sleep(0) only yield: the thread counts throughout."
        "semantics A6; RC-2021; ROS-wait" []

    // Associating files.
    AssociateOnce "associate-once" Documented ALWAYS;
        "A file object is associated with one port, with one key, until it is closed; a second association is refused (87), even with the same port or through a duplicate."
        "API:CreateIoCompletionPort; Wine-ntfile; ROS-iofunc" ["C10" "F02"]
    AssociateNeedsOverlapped "associate-needs-overlapped" Observed ALWAYS;
        "Only a file opened for overlapped use can be associated; the refusal writes no status block."
        "API:CreateIoCompletionPort; Wine-ntfile (F01)" ["C09" "F01"]
    AssociateSignalsFile "associate-signals-file" Observed ALWAYS;
        "Associating a file signals it, unless SKIP_SET_EVENT_ON_HANDLE is on."
        "Wine-ntfile (F08); semantics B3" ["F08" "F09"]
    AssociationOfFileObject "association-of-file-object" Observed ALWAYS;
        "The association belongs to the file object: operations through any of its handles queue packets with its key."
        "ROS-wine-sock (F07, J09); API:CreateIoCompletionPort" ["F07" "J09"]
    SameHandleReturned "same-handle-returned" Documented ALWAYS;
        "CreateIoCompletionPort with an existing port returns that port's handle itself, not a new one."
        "RC-2013; API:CreateIoCompletionPort" []
    ReplaceAssociation "replace-association" Documented since(Profile::Win81);
        "FileReplaceCompletionInformation gives a file another port, or none; with operations pending it is refused."
        "DDI:ntsetinformationfile; semantics B5, D9" ["K11"]
    ReplaceUnknown "replace-unknown" Observed until(Profile::Win8);
        "FileReplaceCompletionInformation does not exist: STATUS_INVALID_INFO_CLASS."
        "aspnet/KestrelHttpServer#679, #778; semantics B5" []
    ModesAccumulate "modes-accumulate" Documented since(Profile::Vista);
        "Notification modes can be added to a file, never removed; setting 0 changes nothing, unknown bits are accepted."
        "API:SetFileCompletionNotificationModes; Wine-ntfile (H03)" ["H03"]
    SkipSetEvent "skip-set-event" Observed since(Profile::Vista);
        "With SKIP_SET_EVENT_ON_HANDLE the file is not signaled, by the setting itself or by any completion."
        "API:SetFileCompletionNotificationModes; Wine pipe tests (H09)" ["H09"]
    ModesUnknownOnXp "modes-unknown-on-xp" Observed until(Profile::Xp);
        "Notification modes do not exist: STATUS_INVALID_INFO_CLASS."
        "Wine-ntfile (H01)" ["H01"]

    // Operations.
    OperationPends "operation-pends" Documented ALWAYS;
        "An operation that its driver keeps is pending: the call returns STATUS_PENDING (FALSE and ERROR_IO_PENDING, 997)."
        "MS-sync; semantics B1" ["G15" "H08" "J21"]
    DiskPends "disk-pends" Observed since(Profile::Vista);
        "A disk read or write through an overlapped handle pends, cached or not, and beyond the end of the file too."
        "Wine-ntfile (H07, H08); Wine kernel32 tests (H08)" ["H07" "H08"]
    DiskAtOnceOld "disk-at-once-old" Observed until(Profile::Xp);
        "A disk read or write through an overlapped handle may end inside the call."
        "Wine-ntfile (H07, H08: results accepted before Vista)" ["H07" "H08"]
    PeekPends "peek-pends" Observed since(Profile::Win8);
        "Peeking into a pipe says that it pends, so the skip mode does not suppress its packet."
        "Wine pipe tests (I02, I03)" ["I02" "I03"]
    PeekAtOnceOld "peek-at-once-old" Observed until(Profile::Win7);
        "Peeking into a pipe succeeds inside the call, so the skip mode suppresses its packet."
        "Wine pipe tests (I02, I03: results accepted before Windows 8)" ["I02" "I03"]
    CompletesAtOnce "completes-at-once" Documented ALWAYS;
        "An operation may end inside the call without ever being pending."
        "MS-sync; semantics B1" ["G01" "G02" "G17" "I01" "I10" "J04" "J05"]
    CompletesLater "completes-later" Documented ALWAYS;
        "A pending operation ends once, whenever its driver says, and the port is looked up then."
        "MS-sync; Wine-ntfile (F03, F10); semantics B1" ["F03" "F10" "G03" "I06" "I09" "J13" "J15" "J17" "J22"]
    CompletionPacket "completion-packet" Documented ALWAYS;
        "A completion on an associated file queues a packet with the file's key, the OVERLAPPED, the status and the bytes."
        "MS-IOCP; completion matrix (G02, G03)" ["G02" "G03" "G04" "G08" "G17" "H05" "I01" "I09" "I10" "J01" "J15" "J16" "J17" "J25"]
    ErrorAtOnceNoPacket "error-at-once-no-packet" Observed ALWAYS;
        "An operation that fails at once queues no packet, sets no event and leaves the status block alone."
        "MS-IOCP; completion matrix (G01); ROS-wine-sock" ["G01" "G11" "G15" "G16" "J02" "J03" "J20"]
    WarningPosts "warning-posts" Observed since(Profile::Win8);
        "A warning (a message longer than the buffer) queues a packet, also in the skip mode; a pipe read reports it as pending."
        "Completion matrix (G10); Wine pipe tests (I04)" ["G10" "I04"]
    WarningSkipsOld "warning-skips-old" Observed between(Profile::Vista, Profile::Win7);
        "In the skip mode a warning at once queues no packet."
        "Completion matrix (G10); Wine pipe tests (I04)" ["G10" "I04"]
    NullContextNoPacket "null-context-no-packet" Observed ALWAYS;
        "An operation without an OVERLAPPED (a NULL APC context) queues no packet."
        "Completion matrix (G05); Wine pipe tests (G19)" ["G05" "G19" "J24"]
    NullOverlappedRefused "null-overlapped-refused" Documented ALWAYS;
        "A disk read or write through an overlapped handle needs an OVERLAPPED, which holds its offset; without one it is refused (87)."
        "API:ReadFile; semantics B1, C2" []
    LowBitNoPacket "low-bit-no-packet" Documented ALWAYS;
        "The low bit of hEvent suppresses the packet of that operation; the event is set all the same."
        "API:GQCS; ROS-wine-sock (G18)" ["G18"]
    SkipOnSuccess "skip-on-success" Documented since(Profile::Vista);
        "With SKIP_COMPLETION_PORT_ON_SUCCESS an operation that succeeds without having pended queues no packet."
        "API:SetFileCompletionNotificationModes; completion matrix (G09)" ["G09" "H06" "I05"]
    PendedIgnoresSkip "pended-ignores-skip" Documented since(Profile::Vista);
        "The skip mode does not concern operations that pended."
        "API:SetFileCompletionNotificationModes; completion matrix (G08)" ["G08" "H05" "I06" "J16"]
    ApcInsteadOfPacket "apc-instead-of-packet" Observed ALWAYS;
        "An operation issued with an APC routine completes by APC and queues no packet, even if the file was associated meanwhile."
        "Wine-ntfile (F04); completion matrix (G13)" ["F04" "G13"]
    ApcRefusedWhenAssociated "apc-refused-when-associated" Observed ALWAYS;
        "An operation with an APC routine on an associated file is refused: STATUS_INVALID_PARAMETER, ERROR_INVALID_PARAMETER (87), WSAEINVAL (10022)."
        "Wine-ntfile (F05); ROS-wine-sock (F06); API:ReadFileEx" ["F05" "F06"]
    EventResetAtStart "event-reset-at-start" Observed ALWAYS;
        "An operation that starts resets its event and the file, even if it then fails at once."
        "Completion matrix (G06); API:OVERLAPPED" ["G06"]
    EventInsteadOfFile "event-instead-of-file" Observed ALWAYS;
        "A completion sets the caller's event, and then not the file."
        "Completion matrix (G07); Wine pipe tests (I08)" ["G07" "I08"]
    CompletionSignalsFile "completion-signals-file" Observed ALWAYS;
        "A completion without an event sets the file itself."
        "Completion matrix (G07); Wine pipe tests (H10, I08)" ["G07" "H10" "I08"]
    FastIoSkipsUserEvent "fast-io-skips-user-event" Documented since(Profile::Vista);
        "With SKIP_SET_USER_EVENT_ON_FAST_IO the caller's event is not set by what succeeds without having pended."
        "phnt; DDI:_file_object; semantics B3" []
    StatusBlockWritten "status-block-written" Observed ALWAYS;
        "A completion inside the call has written the OVERLAPPED when the call returns, before any packet is removed."
        "Completion matrix (G14); Wine pipe tests" ["G14"]
    StatusBlockDeferred "status-block-deferred" Inferred since(Profile::Vista);
        "A later completion without an event writes the OVERLAPPED when its packet is removed, not before."
        "MS-IOCP; semantics B2, D7 (sources disagree; a switch)" []
    SynchronousWaits "synchronous-waits" Observed ALWAYS;
        "On a handle that is not overlapped the call waits for the operation and returns how it ended; it queues no packet, and a failure writes no status block."
        "Completion matrix (G12); MS-sync" ["G12"]
    SyncApcNotRun "synchronous-apc-not-run" Observed ALWAYS;
        "The APC routine of an operation that ends at once on a handle that is not overlapped does not run."
        "Wine-ntfile read_file_test (X18)" []
    WsaIoctlInlineZero "wsaioctl-inline-zero" Observed ALWAYS;
        "A WSAIoctl answered at once reports its size to the caller, but its packet and OVERLAPPED say 0 bytes."
        "ROS-wine-sock (J19)" ["J19"]
    DisconnectPends "disconnect-pends" Observed since(Profile::Vista);
        "DisconnectEx with an OVERLAPPED pends, so the skip mode does not suppress its packet."
        "ROS-wine-sock (J18)" ["J18"]
    OverlappedResult "overlapped-result" Documented ALWAYS;
        "GetOverlappedResult reads the OVERLAPPED, and while it says pending waits for its event or, without one, the file."
        "API:GetOverlappedResult; semantics C2" []

    // Cancelling and closing files.
    CancelIoOwnThread "cancel-io-own-thread" Documented ALWAYS;
        "CancelIo asks to cancel what the calling thread issued on the file, and succeeds even if that is nothing."
        "API:CancelIo; semantics B7" []
    CancelIoExRequests "cancel-io-ex-requests" Documented since(Profile::Vista);
        "CancelIoEx asks to cancel what the process issued on the file; each operation still completes once."
        "API:CancelIoEx; semantics B7" ["K06"]
    CancelNotFound "cancel-not-found" Documented since(Profile::Vista);
        "CancelIoEx that finds nothing pending returns FALSE with ERROR_NOT_FOUND (1168)."
        "API:CancelIoEx; semantics B7" []
    CancelSynchronous "cancel-synchronous" Documented since(Profile::Vista);
        "CancelSynchronousIo asks to cancel what a thread waits for inside a call."
        "MS-cancel; semantics C2" []
    ThreadExitCancels "thread-exit-cancels" Documented ALWAYS;
        "A thread's end cancels what it issued on files that are not associated with a port, and what cannot go on without it."
        "API:ExitThread; ROS-wine-sock (J13)" ["J13"]
    ThreadExitCancelsAll "thread-exit-cancels-all" Documented until(Profile::Xp);
        "A thread's end cancels what it issued on files that are associated with a port too."
        "API:ExitThread; semantics B7, D12; ROS-irp; ROS-wine-sock (J13)" ["J13"]
    CloseCancels "close-cancels" Observed ALWAYS;
        "Closing the last handle of a file completes what is pending there, with STATUS_CANCELLED where nothing more is known; closing another handle does nothing."
        "ROS-wine-sock (J06, J07, J23)" ["J06" "J07" "J08" "J23"]
    CloseEndsPoll "close-ends-poll" Observed ALWAYS;
        "Closing a socket ends a poll of another socket that was issued through it with STATUS_TIMEOUT and a count of 0."
        "Wine afd tests (J26)" ["J26"]
    PollReportsAtOnce "poll-reports-at-once" Observed ALWAYS;
        "A poll of a socket (IOCTL_AFD_POLL) that finds an event it asks for ends inside the call and reports it; that takes nothing away, and the next poll finds it too."
        "Wine afd tests (J24, J25)" ["J24" "J25"]
    PollWithoutWait "poll-without-wait" Observed ALWAYS;
        "A poll with timeout 0 that finds nothing ends inside the call with success and reports nothing."
        "Wine afd tests (J25)" ["J25"]
    PollReportsOnce "poll-reports-once" Observed ALWAYS;
        "A poll that waits ends once, when an event comes that it asks for and that no operation takes; whoever wants to hear of the next one polls again."
        "Wine afd tests; wepoll src/sock.c; mio selector.rs" []
    PollTimesOut "poll-times-out" Observed ALWAYS;
        "A poll whose time is up ends with STATUS_TIMEOUT and reports nothing."
        "Wine afd tests" []
    PollExclusive "poll-exclusive" Observed ALWAYS;
        "An exclusive poll ends the socket's main poll (the one that was issued while there was none) if that is exclusive too; it reports nothing."
        "Wine afd tests; libuv src/win/poll.c; ROS-afd (with another status: a switch)" []
    PollSeesClose "poll-sees-close" Observed ALWAYS;
        "Closing a socket ends the polls of it with success; they report AFD_POLL_LOCAL_CLOSE, whether they ask for it or not."
        "Wine afd tests; wepoll src/sock.c" []
    CloseCompletesReceive "close-completes-receive" Observed since(Profile::Vista);
        "Closing a connected socket completes its receives with STATUS_CONNECTION_ABORTED (1236)."
        "ROS-wine-sock (J12); semantics D10" ["J11" "J12"]
    CloseCompletesReceiveOld "close-completes-receive-old" Observed until(Profile::Xp);
        "Closing a connected socket completes its receives with STATUS_LOCAL_DISCONNECT (64)."
        "ROS-wine-sock (J12: results accepted on XP)" ["J12"]
    ClosePipeBroken "close-pipe-broken" Observed ALWAYS;
        "Closing a pipe end completes the reads pending on it and on the other end with STATUS_PIPE_BROKEN (109)."
        "Wine-ntfile (I07); semantics B7" ["I07"]
    CloseDirectory "close-directory" Inferred ALWAYS;
        "Closing a directory completes its change notification with STATUS_NOTIFY_CLEANUP and 0 bytes."
        "semantics B7" []

    // Other producers of packets.
    JobMessages "job-messages" Documented ALWAYS;
        "A job's messages are packets: the job's key, the message as bytes, the process id as OVERLAPPED; a port set later hears of the processes already there."
        "MS-job; Wine kernel32 tests (K02, K04, K05)" ["K02" "K04" "K05"]
    OneJob "one-job" Documented until(Profile::Win7);
        "A process that is in a job joins no other: that is refused (5)."
        "API:AssignProcessToJobObject; Wine kernel32 tests (K12)" ["K12"]
    NestedJobs "nested-jobs" Observed since(Profile::Win8);
        "A process of a job may join a job that never had a process, which is then nested in the first, or one nested in it; elsewhere that is refused (5). Each job around tells its own port of the process, the innermost first."
        "MS-njob; Wine kernel32 tests (K12-K16)" ["K12" "K13" "K14" "K15" "K16"]
    JobPortNull "job-port-null" Observed since(Profile::Win8);
        "A NULL port clears a job's port, and is accepted when none was set."
        "Wine kernel32 tests (K01, K03)" ["K01" "K03"]
    JobPortNullOld "job-port-null-old" Observed until(Profile::Win7);
        "A NULL port is refused (87)."
        "Wine kernel32 tests (K01, K03)" ["K01" "K03"]
    ReservePost "reserve-post" Documented since(Profile::Win7);
        "NtSetIoCompletionEx posts a packet made of a reserve object, which is free again once the packet is removed."
        "phnt; Wine-ntfile (A16)" ["A16"]
    WaitPacketFires "wait-packet-fires" Documented since(Profile::Win8);
        "A wait completion packet queues its packet once, when its target is signaled; mutexes are no targets."
        "MS-WCP; polling's tests (K09)" ["K09" "K10"]
    WaitPacketCancel "wait-packet-cancel" Documented since(Profile::Win8);
        "Cancelling a wait packet gives SUCCESS if no packet will come, PENDING if one is on its way, CANCELLED if there was nothing to cancel."
        "MS-WCP (K10)" ["K10"]

    // Calls.
    CallReturns "call-returns" Documented ALWAYS;
        "A call that needs no wait returns; a successful Win32 call leaves the last error alone."
        "Wine kernel32 tests (C03)" ["C03"]
}
