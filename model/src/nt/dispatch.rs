//! From an action to the handler: one match over everything that can happen.

use crate::action::{Action, Refusal};
use crate::call::{Access, Call};
use crate::effect::{Observer, Out, Return, Value};
use crate::ids::ThreadId;
use crate::ke::thread::{Run, Waiting};
use crate::machine::Machine;
use crate::nt::object::Duplicate;
use crate::nt::port::{Remove, native_packet};
use crate::nt::returns::wait_status;
use crate::nt::sync::wait_for;
use crate::packet::Packet;
use crate::rules::Rule;
use crate::semantics::Deviation;
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    /// The one place where a kernel changes.
    pub(crate) fn perform(&mut self, action: Action) -> Result<(), Refusal> {
        match action {
            Action::Call { thread, call } => {
                if let Some(result) = self.call(thread, call) {
                    let rule = self.decided.take().unwrap_or(Rule::CallReturns);
                    self.returned(rule, thread, result);
                }
            }
            Action::Exhausted { thread, call, status } => {
                self.exhausted.set(Some(status));
                return self.perform(Action::Call { thread, call: *call });
            }
            Action::Expire { thread } => self.expire(thread),
            Action::Block { thread } => self.block(thread),
            Action::Unblock { thread } => self.unblock(thread),
            Action::Complete { irp, status, information } => {
                if status == NtStatus::TIMEOUT {
                    self.report_nothing(Rule::PollTimesOut, irp);
                }
                self.complete_irp(irp, status, information);
            }
            Action::FinishCancel { irp } => self.finish_cancel(irp),
            Action::Arrive { file, what } => self.arrive(file, what),
            Action::Retry { thread } => {
                let t = &mut self.k.threads[thread];
                if let Run::Retrying(wait) = std::mem::replace(&mut t.run, Run::Running) {
                    self.retry(thread, wait);
                }
            }
            Action::Pick { waiter, then } => {
                self.pick = waiter;
                return self.perform(*then);
            }
        }
        self.return_woken();
        self.free_unreferenced();
        Ok(())
    }

    /// A call; `None` if the caller does not return from it now.
    fn call(&mut self, thread: ThreadId, call: Call) -> Option<Return> {
        match call {
            Call::Io(io) => self.io(thread, &io),
            Call::AfdPoll(poll) => self.afd_poll(thread, &poll),
            Call::GetQueuedCompletionStatus { port, timeout } => self.gqcs(thread, port, timeout),
            Call::PostQueuedCompletionStatus { port, bytes, key, overlapped } => {
                let packet = Packet::posted(bytes, key, overlapped);
                Some(Return::bool(self.set_completion(thread, port, packet)))
            }
            call => self.port_call(thread, call),
        }
    }

    fn port_call(&mut self, thread: ThreadId, call: Call) -> Option<Return> {
        Some(match call {
            Call::CreateIoCompletionPort { file, existing_port, key, concurrency } => {
                self.create_io_completion_port(thread, (file, existing_port), key, concurrency)
            }
            Call::GetQueuedCompletionStatusEx { port, count, timeout, alertable } => {
                let call = Waiting::GqcsEx;
                let remove = Remove { port, count, timeout, alertable, call };
                return self.remove_many(thread, remove);
            }
            // D20: the documents disagree between an error and a fault; the model takes the error.
            Call::GetQueuedCompletionStatusNullOutputs { .. } => {
                self.decide(Rule::NullOutputs);
                if self.deviates(Deviation::NullOutputsFault) {
                    self.end_thread(thread);
                    return None;
                }
                Return::bool(NtStatus::INVALID_PARAMETER)
            }
            Call::NtCreateIoCompletion { access, attributes, concurrency } => {
                self.nt_create_port(thread, access, attributes, concurrency)
            }
            Call::NtOpenIoCompletion { access, attributes } => {
                self.nt_open_port(thread, access, attributes)
            }
            Call::NtQueryIoCompletion { port, class, length } => {
                self.nt_query_port(thread, port, class, length)
            }
            Call::NtSetIoCompletion { port, key, context, status, information } => {
                let packet = native_packet(key, context, status, information);
                Return::status(self.set_completion(thread, port, packet))
            }
            Call::NtSetIoCompletionEx { port, reserve, key, context, status, information } => {
                let packet = native_packet(key, context, status, information);
                Return::status(self.set_completion_ex(thread, port, reserve, packet))
            }
            Call::NtRemoveIoCompletion { port, timeout } => {
                return self.nt_remove(thread, port, timeout);
            }
            Call::NtRemoveIoCompletionEx { port, count, timeout, alertable } => {
                let call = Waiting::NtRemoveEx;
                let remove = Remove { port, count, timeout, alertable, call };
                return self.remove_many(thread, remove);
            }
            Call::NtAllocateReserveObject { for_packet } => {
                self.nt_allocate_reserve(thread, for_packet)
            }
            Call::NtCreateWaitCompletionPacket {} => self.nt_create_wait_packet(thread),
            Call::NtAssociateWaitCompletionPacket {
                packet,
                port,
                target,
                key,
                context,
                status,
                information,
            } => self.nt_associate_wait_packet(
                thread,
                [packet, port, target],
                (key, context, status, information),
            ),
            Call::NtCancelWaitCompletionPacket { packet, remove_signaled } => {
                self.nt_cancel_wait_packet(thread, packet, remove_signaled)
            }
            call => return self.file_call(thread, call),
        })
    }

    fn file_call(&mut self, thread: ThreadId, call: Call) -> Option<Return> {
        Some(match call {
            Call::CreateFile { kind, overlapped, inherit } => {
                self.create_file(thread, kind, overlapped, inherit)
            }
            Call::CreateNamedPipe { overlapped, message } => {
                self.create_named_pipe(thread, overlapped, message)
            }
            Call::OpenNamedPipe { server, overlapped } => {
                self.open_named_pipe(thread, server, overlapped)
            }
            Call::SocketPair { overlapped } => self.socket_pair(thread, overlapped),
            Call::DisconnectNamedPipe { file } => self.disconnect_named_pipe(thread, file),
            Call::NtSetInformationFileCompletion { file, port, key } => {
                self.nt_set_completion_information(thread, file, port, key)
            }
            Call::NtSetInformationFileReplaceCompletion { file, port, key } => {
                self.nt_replace_completion(thread, file, port, key)
            }
            Call::NtSetInformationFileNotificationModes { file, flags, length } => {
                Return::status(self.nt_set_modes(thread, file, flags, length))
            }
            Call::NtQueryInformationFileNotificationModes { file } => {
                self.nt_query_modes(thread, file)
            }
            Call::SetFileCompletionNotificationModes { file, flags } => {
                Return::bool(self.nt_set_modes(thread, file, flags, 4))
            }
            Call::BindIoCompletionCallback { file } => self.bind_callback(thread, file),
            Call::Shutdown { file } => match self.file(thread, file) {
                Ok(_) => Return { value: Value::Int(0), last_error: None, out: Out::Nothing },
                Err(status) => crate::win32::io::io_return(crate::call::IoOp::WSASend, status, 0),
            },
            Call::CancelIo { file } => match self.file(thread, file) {
                Ok(file) => {
                    self.cancel_own(thread, file);
                    self.decide(Rule::CancelIoOwnThread);
                    Return::ok()
                }
                Err(status) => Return::bool(status),
            },
            Call::CancelIoEx { file, overlapped } => {
                Return::bool(self.cancel_ex(thread, file, overlapped))
            }
            Call::NtCancelIoFileEx { file, status_block } => {
                Return::status(self.cancel_ex(thread, file, status_block))
            }
            Call::CancelSynchronousIo { thread: target } => {
                match self.thread(thread, target, Access::TERMINATE) {
                    Ok(target) if self.cancel_synchronous(target) => Return::ok(),
                    Ok(_) => Return::bool(NtStatus::NOT_FOUND),
                    Err(status) => Return::bool(status),
                }
            }
            Call::GetOverlappedResult { file, overlapped, wait } => {
                use crate::call::Timeout::{Infinite, Zero};
                let timeout = if wait { Infinite } else { Zero };
                let how = (timeout, false, false);
                return self.get_overlapped_result(thread, file, overlapped, how);
            }
            Call::GetOverlappedResultEx { file, overlapped, timeout, alertable } => {
                let how = (timeout, alertable, true);
                return self.get_overlapped_result(thread, file, overlapped, how);
            }
            call => return self.process_call(thread, call),
        })
    }

    fn cancel_ex(
        &mut self,
        thread: ThreadId,
        file: crate::ids::Handle,
        overlapped: crate::ids::Overlapped,
    ) -> NtStatus {
        let process = self.k.threads[thread].process;
        match self.file(thread, file) {
            Ok(file) if self.cancel_any(process, file, overlapped) => NtStatus::SUCCESS,
            Ok(_) => {
                self.decide(Rule::CancelNotFound);
                let all = overlapped == crate::ids::Overlapped::NULL;
                match all && self.deviates(Deviation::CancelNothingSucceeds) {
                    true => NtStatus::SUCCESS,
                    false => NtStatus::NOT_FOUND,
                }
            }
            Err(status) => status,
        }
    }

    fn process_call(&mut self, thread: ThreadId, call: Call) -> Option<Return> {
        Some(match call {
            Call::CloseHandle { handle } => Return::bool(self.nt_close(thread, handle)),
            Call::NtClose { handle } => Return::status(self.nt_close(thread, handle)),
            Call::DuplicateHandle {
                source_process,
                handle,
                target_process,
                access,
                inherit,
                close_source,
            } => {
                let arguments = Duplicate {
                    source_process,
                    handle,
                    target_process,
                    access,
                    inherit,
                    close_source,
                };
                match self.duplicate(thread, &arguments) {
                    Ok(handle) => Return::ok().with(Out::Handle(handle)),
                    Err(status) => Return::bool(status),
                }
            }
            Call::CreateProcess { inherit_handles } => self.create_process(thread, inherit_handles),
            Call::CreateThread {} => self.create_thread(thread),
            Call::ExitProcess {} => {
                let process = self.k.threads[thread].process;
                self.exit_process(process);
                return None;
            }
            Call::TerminateProcess { process } => {
                match self.process(thread, process, Access::TERMINATE) {
                    Ok(process) => {
                        self.exit_process(process);
                        return self.survives(thread);
                    }
                    Err(status) => Return::bool(status),
                }
            }
            Call::ExitThread {} => {
                self.end_thread(thread);
                return None;
            }
            Call::TerminateThread { thread: target } => {
                match self.thread(thread, target, Access::TERMINATE) {
                    Ok(target) => {
                        self.end_thread(target);
                        return self.survives(thread);
                    }
                    Err(status) => Return::bool(status),
                }
            }
            Call::SuspendThread { thread: target } => {
                return self.suspend_or_resume(thread, target, true);
            }
            Call::ResumeThread { thread: target } => {
                return self.suspend_or_resume(thread, target, false);
            }
            Call::CreateJobObject {} => self.create_job(thread),
            Call::AssignProcessToJobObject { job, process } => {
                self.assign_job(thread, job, process)
            }
            Call::SetInformationJobObjectPort { job, port, key } => {
                self.set_job_information(thread, job, port, key)
            }
            call => return self.sync_call(thread, call),
        })
    }

    /// TRUE, unless the caller has ended itself.
    fn survives(&self, thread: ThreadId) -> Option<Return> {
        let own = matches!(self.k.threads[thread].run, Run::Exited);
        (!own).then(Return::ok)
    }

    fn sync_call(&mut self, thread: ThreadId, call: Call) -> Option<Return> {
        Some(match call {
            Call::CreateEvent { manual_reset, initial } => {
                self.create_event(thread, manual_reset, initial)
            }
            Call::SetEvent { event } => bool_of(self.set_event(thread, event, true).map(drop)),
            Call::ResetEvent { event } => bool_of(self.set_event(thread, event, false).map(drop)),
            Call::CreateSemaphore { initial, maximum } => {
                self.create_semaphore(thread, initial, maximum)
            }
            Call::ReleaseSemaphore { semaphore, count } => {
                match self.release_semaphore(thread, semaphore, count) {
                    Ok(previous) => Return::ok().with(Out::Previous(previous)),
                    Err(status) => Return::bool(status),
                }
            }
            Call::CreateMutex { initial_owner } => self.create_mutex(thread, initial_owner),
            Call::ReleaseMutex { mutex } => bool_of(self.release_mutant(thread, mutex)),
            Call::WaitForSingleObject { handle, timeout } => {
                let wait = wait_for(timeout, false, Waiting::Win32Wait);
                let result = self.wait_handle(thread, handle, wait);
                return self.win32_wait_result(result);
            }
            Call::WaitForSingleObjectEx { handle, timeout, alertable } => {
                let wait = wait_for(timeout, alertable, Waiting::Win32Wait);
                let result = self.wait_handle(thread, handle, wait);
                return self.win32_wait_result(result);
            }
            Call::WaitForMultipleObjects { handles, all, timeout, alertable } => {
                let wait = wait_for(timeout, alertable, Waiting::Win32Wait);
                let result = self.wait_handles(thread, &handles, all, wait);
                return self.win32_wait_result(result);
            }
            Call::NtWaitForSingleObject { handle, timeout, alertable } => {
                let wait = wait_for(timeout, alertable, Waiting::NtWait);
                match self.wait_handle(thread, handle, wait) {
                    Ok(end) => Return::status(wait_status(&end?)),
                    Err(status) => Return::status(status),
                }
            }
            Call::Sleep { timeout } => {
                self.sleep(thread, wait_for(timeout, false, Waiting::Sleep))?;
                Return::void()
            }
            Call::SleepEx { timeout, alertable } => {
                let end = self.sleep(thread, wait_for(timeout, alertable, Waiting::SleepEx))?;
                crate::nt::returns::win32_wait(&end)
            }
            Call::QueueUserAPC { thread: target, routine } => {
                self.queue_user_apc(thread, target, routine)
            }
            Call::GetLastError {} => Return::dword(self.k.threads[thread].last_error),
            Call::SetLastError { error } => {
                Return { value: Value::Void, last_error: Some(error), out: Out::Nothing }
            }
            // SwitchToThread, and nothing else: every other call is handled above.
            _ => {
                self.decide(Rule::YieldIsNoWait);
                Return::dword(0)
            }
        })
    }
}

fn bool_of(result: Result<(), NtStatus>) -> Return {
    match result {
        Ok(()) => Return::ok(),
        Err(status) => Return::bool(status),
    }
}
