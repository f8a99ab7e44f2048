//! `CreateIoCompletionPort`, `GetQueuedCompletionStatus`, `BindIoCompletionCallback`.

use crate::call::{Access, Attributes, Timeout};
use crate::effect::{Observer, Return};
use crate::ids::{Handle, ThreadId};
use crate::ke::queue::Port;
use crate::ke::thread::Waiting;
use crate::machine::Machine;
use crate::nt::port::{Remove, RemoveResult};
use crate::nt::returns::{gqcs_packet, gqcs_status};
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::{ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER};

impl<O: Observer> Machine<'_, O> {
    /// Creates a port, associates a file with one, or both.
    pub(crate) fn create_io_completion_port(
        &mut self,
        thread: ThreadId,
        (file, existing): (Handle, Handle),
        key: u64,
        concurrency: u32,
    ) -> Return {
        if file == Handle::INVALID && existing != Handle::NULL {
            self.decide(Rule::InvalidParameter);
            return Return::null(ERROR_INVALID_PARAMETER);
        }
        let port = match existing {
            Handle::NULL => {
                match self.create_port(thread, Access::ALL, Attributes::Null, concurrency) {
                    Ok((port, _)) => port,
                    Err(status) => return Return::null(status.to_win32()),
                }
            }
            handle => handle,
        };
        if file == Handle::INVALID {
            return Return::handle(port);
        }
        let status = self.nt_associate(thread, file, port, key);
        if status.is_success() {
            self.decide(Rule::SameHandleReturned);
            return Return::handle(port);
        }
        if existing == Handle::NULL {
            self.nt_close(thread, port);
        }
        Return::null(status.to_win32())
    }

    pub(crate) fn gqcs(
        &mut self,
        thread: ThreadId,
        port: Handle,
        timeout: Timeout,
    ) -> Option<Return> {
        let call = Waiting::Gqcs;
        let remove = Remove { port, count: 1, timeout, alertable: false, call };
        match self.remove_from(thread, remove) {
            RemoveResult::Waits => None,
            RemoveResult::Status(status) => Some(gqcs_status(status)),
            RemoveResult::One(packet) => Some(gqcs_packet(&packet)),
            RemoveResult::Many(_) => unreachable!("one packet was asked for"),
        }
    }

    /// Associates the file with the hidden port of the process's thread pool, whose threads are
    /// not modelled; what can be seen is that the file is taken.
    pub(crate) fn bind_callback(&mut self, thread: ThreadId, file: Handle) -> Return {
        if file == Handle::NULL {
            let refused = self.deviates(Deviation::BindNullInvalid);
            if self.k.semantics.profile >= Profile::Vista && !refused {
                self.decide(Rule::BindNull);
                return Return::fail(ERROR_INVALID_PARAMETER);
            }
            self.decide(Rule::BindNullOld);
            return Return::fail(ERROR_INVALID_HANDLE);
        }
        let file = match self.file(thread, file) {
            Ok(file) => file,
            Err(status) => return Return::bool(status),
        };
        let hidden = self.k.ports.insert(Port::new(0, self.k.processors, None));
        let status = self.associate(file, hidden, 0);
        if status.is_error() {
            self.k.ports.remove(hidden);
        } else {
            self.last_handle_closed_quietly(hidden);
        }
        Return::bool(status)
    }
}
