//! Which calls a move needs of a driver: what a driver lacks is not asked for.

use super::moves::{Kind, Move};
use std::collections::BTreeSet;

type Calls = &'static [&'static str];

impl Kind {
    /// The calls that it may need, in any of its ways.
    pub fn needs(self) -> BTreeSet<&'static str> {
        let ways = (0..self.variants()).map(|how| Move { kind: self, who: 0, what: 0, how });
        ways.flat_map(Move::needs).copied().collect()
    }
}

impl Move {
    /// The calls that it needs, those that make what it needs among them.
    pub fn needs(self) -> Calls {
        match self.kind {
            Kind::Post if self.how % 4 == 3 => &["CreateIoCompletionPort", "NtSetIoCompletion"],
            Kind::Post => &["CreateIoCompletionPort", "PostQueuedCompletionStatus"],
            Kind::Remove => match self.how % 7 {
                0 | 3 => &["CreateIoCompletionPort", "GetQueuedCompletionStatus"],
                1 | 5 => &["CreateIoCompletionPort", "NtRemoveIoCompletion"],
                2 | 4 => &["CreateIoCompletionPort", "GetQueuedCompletionStatusEx"],
                _ => &["CreateIoCompletionPort", "NtRemoveIoCompletionEx"],
            },
            Kind::Block => &["CreateEvent", "WaitForSingleObject"],
            Kind::Unblock => &["SetEvent"],
            Kind::Depth => &["CreateIoCompletionPort", "NtQueryIoCompletion"],
            Kind::Exit => &["ExitThread"],
            Kind::Close | Kind::CloseFile | Kind::CloseSocket => &["CloseHandle"],
            Kind::Bind => &["CreateNamedPipe", "OpenNamedPipe", "CreateIoCompletionPort"],
            Kind::Write => &["CreateNamedPipe", "OpenNamedPipe", "CreateEvent", "WriteFile"],
            Kind::Read => &["CreateNamedPipe", "OpenNamedPipe", "CreateEvent", "ReadFile"],
            Kind::Modes => {
                &["CreateNamedPipe", "OpenNamedPipe", "SetFileCompletionNotificationModes"]
            }
            Kind::Cancel if self.how.is_multiple_of(2) => &["CancelIoEx"],
            Kind::Cancel => &["CancelIo"],
            Kind::WaitPort => &["CreateIoCompletionPort", "WaitForSingleObject"],
            Kind::Duplicate => &["CreateIoCompletionPort", "DuplicateHandle"],
            Kind::Suspend => &["DuplicateHandle", "SuspendThread"],
            Kind::Resume => &["ResumeThread"],
            _ => self.needs_of_what_waits(),
        }
    }

    fn needs_of_what_waits(self) -> Calls {
        match self.kind {
            Kind::ReservePost => {
                &["CreateIoCompletionPort", "NtAllocateReserveObject", "NtSetIoCompletionEx"]
            }
            Kind::WaitPacket => &[
                "CreateIoCompletionPort",
                "CreateEvent",
                "CreateSemaphore",
                "CreateMutex",
                "NtCreateWaitCompletionPacket",
                "NtAssociateWaitCompletionPacket",
            ],
            Kind::Signal => &["SetEvent"],
            Kind::Alertable => match self.how % 3 {
                0 => &["CreateIoCompletionPort", "GetQueuedCompletionStatusEx", "QueueUserAPC"],
                1 => &["CreateIoCompletionPort", "NtRemoveIoCompletionEx", "QueueUserAPC"],
                _ => &["SleepEx", "QueueUserAPC"],
            },
            Kind::QueueApc => &["DuplicateHandle", "QueueUserAPC"],
            Kind::TakeBack => &["NtCancelWaitCompletionPacket"],
            Kind::Rebind => &["NtSetInformationFileReplaceCompletion"],
            Kind::BindSocket => &["SocketPair", "CreateIoCompletionPort"],
            Kind::Send => &["SocketPair", "WSASend"],
            Kind::Receive => &["SocketPair", "WSARecv"],
            Kind::ShutDown => &["SocketPair", "Shutdown"],
            Kind::Disconnect => &["SocketPair", "DisconnectEx"],
            Kind::Ask => &["SocketPair", "WSAIoctl"],
            Kind::WaitObject => match self.how % 8 {
                0 => &["CreateSemaphore", "WaitForSingleObject"],
                1 => &["CreateMutex", "WaitForSingleObjectEx"],
                2 => &["CreateMutex", "NtWaitForSingleObject"],
                3 => &["CreateSemaphore", "CreateMutex", "WaitForMultipleObjects"],
                4 => &[
                    "CreateIoCompletionPort",
                    "CreateSemaphore",
                    "CreateMutex",
                    "WaitForMultipleObjects",
                ],
                5 => &["CreateSemaphore", "NtWaitForSingleObject"],
                _ => &["WaitForSingleObject"],
            },
            Kind::Release if self.how % 3 == 2 => &["ReleaseMutex"],
            Kind::Release => &["ReleaseSemaphore"],
            Kind::CloseObject => &["NtClose"],
            Kind::ResetEvent => &["ResetEvent"],
            _ => self.needs_of_the_rest(),
        }
    }

    fn needs_of_the_rest(self) -> Calls {
        match self.kind {
            Kind::Start => &["CreateThread"],
            Kind::Terminate => &["DuplicateHandle", "TerminateThread"],
            Kind::JobPort => &["CreateJobObject", "SetInformationJobObjectPort"],
            Kind::StartProcess => &["CreateProcess"],
            Kind::JoinJob => &["CreateJobObject", "AssignProcessToJobObject"],
            Kind::EndProcess => &["TerminateProcess"],
            Kind::Name if self.how.is_multiple_of(2) => &["NtCreateIoCompletion"],
            Kind::Name => &["NtOpenIoCompletion"],
            Kind::BindNative if self.how.is_multiple_of(2) => {
                &["CreateNamedPipe", "OpenNamedPipe", "NtSetInformationFileCompletion"]
            }
            Kind::BindNative => &["CreateNamedPipe", "OpenNamedPipe", "BindIoCompletionCallback"],
            Kind::Native => match self.how % 6 {
                0 | 2 => &["CreateNamedPipe", "OpenNamedPipe", "CreateEvent", "NtReadFile"],
                1 | 3 => &["CreateNamedPipe", "OpenNamedPipe", "NtWriteFile"],
                4 => &["CreateNamedPipe", "OpenNamedPipe", "ReadFileEx"],
                _ => &["CreateNamedPipe", "OpenNamedPipe", "WriteFileEx"],
            },
            Kind::Pipe if self.how.is_multiple_of(2) => &["ConnectNamedPipe"],
            Kind::Pipe => &["DisconnectNamedPipe"],
            Kind::Result if self.how.is_multiple_of(2) => &["GetOverlappedResult"],
            Kind::Result => &["GetOverlappedResultEx"],
            Kind::CancelOne => match self.how % 3 {
                0 => &["CancelIoEx"],
                1 => &["NtCancelIoFileEx"],
                _ => &["CancelSynchronousIo"],
            },
            Kind::NativeModes if self.how.is_multiple_of(4) => {
                &["NtQueryInformationFileNotificationModes"]
            }
            Kind::NativeModes => &["NtSetInformationFileNotificationModes"],
            Kind::Rest => match self.how % 4 {
                0 | 1 => &["Sleep"],
                2 => &["SwitchToThread"],
                _ => &["SetLastError", "GetLastError"],
            },
            // Every kind has its line above; a test looks.
            _ => &[],
        }
    }
}
