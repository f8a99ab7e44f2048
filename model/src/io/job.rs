//! Job objects: their messages are packets (semantics.md B9, facts.md K01-K05).

use crate::code::code_struct;
use crate::effect::Observer;
use crate::ids::{JobId, Overlapped, ProcessId};
use crate::io::file::Association;
use crate::machine::Machine;
use crate::packet::{Origin, Packet};
use crate::rules::Rule;
use crate::semantics::{Deviation, Profile};
use crate::status::NtStatus;

/// `JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO`: the last process of the job has ended (K05).
pub const ACTIVE_PROCESS_ZERO: u32 = 4;
/// `JOB_OBJECT_MSG_NEW_PROCESS`: a process has joined (K04).
pub const NEW_PROCESS: u32 = 6;
/// `JOB_OBJECT_MSG_EXIT_PROCESS`: a process has ended (K05).
pub const EXIT_PROCESS: u32 = 7;

/// A job object.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Job {
    /// The port its messages go to, with the key.
    pub association: Option<Association>,
}

code_struct!(Job { association });

/// The identifier of a process, as job messages carry it: 4, 8, 12 ... (that it is a multiple of 4
/// is Windows' habit; K04 only needs it to name the process).
pub fn process_identifier(process: ProcessId) -> u64 {
    4 * (u64::from(process.0) + 1)
}

impl<O: Observer> Machine<'_, O> {
    fn job_message(&mut self, job: JobId, message: u32, process: Option<ProcessId>) {
        let Some(Association { port, key }) = self.k.jobs[job].association else { return };
        let packet = Packet {
            key,
            overlapped: Overlapped(process.map_or(0, process_identifier)),
            status: NtStatus::SUCCESS,
            information: u64::from(message),
            origin: Origin::Job,
        };
        self.insert(Rule::JobMessages, port, packet);
    }

    /// A process joins a job.
    pub(crate) fn assign_to_job(&mut self, job: JobId, process: ProcessId) -> NtStatus {
        let p = &mut self.k.processes[process];
        if p.job.is_some() || p.exited {
            return NtStatus::ACCESS_DENIED;
        }
        p.job = Some(job);
        self.job_message(job, NEW_PROCESS, Some(process));
        NtStatus::SUCCESS
    }

    /// A process that is made by a process of a job belongs to the job from the start.
    pub(crate) fn born_in_job(&mut self, process: ProcessId) {
        if let Some(job) = self.k.processes[process].job {
            self.job_message(job, NEW_PROCESS, Some(process));
        }
    }

    /// Sets or clears the port of a job. Processes that are in it already are announced.
    pub(crate) fn set_job_port(
        &mut self,
        job: JobId,
        association: Option<Association>,
    ) -> NtStatus {
        let modern = self.k.semantics.profile >= Profile::Win8;
        let Some(association) = association else {
            self.decide(if modern { Rule::JobPortNull } else { Rule::JobPortNullOld });
            if !modern || self.deviates(Deviation::JobPortNullRefused) {
                return NtStatus::INVALID_PARAMETER;
            }
            self.k.jobs[job].association = None;
            return NtStatus::SUCCESS;
        };
        if self.k.jobs[job].association.is_some() {
            return self.refuse(Rule::JobMessages, NtStatus::INVALID_PARAMETER);
        }
        self.k.jobs[job].association = Some(association);
        let members: Vec<_> = self
            .k
            .processes
            .iter()
            .filter(|(_, p)| p.job == Some(job) && !p.exited)
            .map(|(id, _)| id)
            .collect();
        for process in members {
            self.job_message(job, NEW_PROCESS, Some(process));
        }
        NtStatus::SUCCESS
    }

    /// A process of a job ends, and leaves it.
    pub(crate) fn job_process_exits(&mut self, process: ProcessId) {
        let Some(job) = self.k.processes[process].job.take() else { return };
        self.job_message(job, EXIT_PROCESS, Some(process));
        let alive = self.k.processes.iter().any(|(_, p)| p.job == Some(job) && !p.exited);
        if !alive {
            self.job_message(job, ACTIVE_PROCESS_ZERO, None);
        }
    }
}
