//! Job objects: their messages are packets (semantics.md B9, facts.md K01-K05). Since Windows 8
//! they nest (K12-K16).

use crate::code::{code_enum, code_struct};
use crate::effect::Observer;
use crate::ids::{JobId, Overlapped, ProcessId};
use crate::io::file::Association;
use crate::kernel::Kernel;
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
    /// Where it stands among the jobs.
    pub place: Place,
}

code_struct!(Job { association, place });

/// Where a job stands among the jobs. Its first process decides, for good.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Place {
    /// No process has ever been in it: it can become a nested job.
    Unused,
    /// It is in no other job.
    Outermost,
    /// Its processes are processes of this job too.
    NestedIn(JobId),
}

code_enum!(Place { 0 => Unused, 1 => Outermost, 2 => NestedIn(id) });

impl Kernel {
    /// A job and those it is nested in, the innermost first.
    pub fn job_chain(&self, job: Option<JobId>) -> impl Iterator<Item = JobId> + '_ {
        std::iter::successors(job, |job| match self.jobs[*job].place {
            Place::NestedIn(outer) => Some(outer),
            Place::Unused | Place::Outermost => None,
        })
    }

    /// The processes of a job that have not exited, those of the jobs nested in it too.
    pub fn job_members(&self, job: JobId) -> impl Iterator<Item = ProcessId> + '_ {
        let live = self.processes.iter().filter(|(_, p)| !p.exited);
        live.filter(move |(_, p)| self.job_chain(p.job).any(|j| j == job)).map(|(id, _)| id)
    }
}

/// The identifier of a process, as job messages carry it: 4, 8, 12 ... (that it is a multiple of 4
/// is Windows' habit; K04 only needs it to name the process).
pub fn process_identifier(process: ProcessId) -> u64 {
    4 * (u64::from(process.0) + 1)
}

impl<O: Observer> Machine<'_, O> {
    fn job_message(&mut self, rule: Rule, job: JobId, message: u32, process: Option<ProcessId>) {
        let Some(Association { port, key }) = self.k.jobs[job].association else { return };
        let packet = Packet {
            key,
            overlapped: Overlapped(process.map_or(0, process_identifier)),
            status: NtStatus::SUCCESS,
            information: u64::from(message),
            origin: Origin::Job,
        };
        self.insert(rule, port, packet);
    }

    /// A process joins a job.
    pub(crate) fn assign_to_job(&mut self, job: JobId, process: ProcessId) -> NtStatus {
        let p = &self.k.processes[process];
        if p.exited {
            return NtStatus::ACCESS_DENIED;
        }
        let place = self.k.jobs[job].place;
        if let Some(own) = p.job {
            if self.k.semantics.profile < Profile::Win8 {
                return self.refuse(Rule::OneJob, NtStatus::ACCESS_DENIED);
            }
            self.decide(Rule::NestedJobs);
            if own == job {
                return NtStatus::SUCCESS;
            }
            match place {
                Place::Unused => self.k.jobs[job].place = Place::NestedIn(own),
                Place::NestedIn(outer) if outer == own => {}
                Place::NestedIn(_) | Place::Outermost => return NtStatus::ACCESS_DENIED,
            }
        } else if place == Place::Unused {
            self.k.jobs[job].place = Place::Outermost;
        }
        self.k.processes[process].job = Some(job);
        self.job_message(Rule::JobMessages, job, NEW_PROCESS, Some(process));
        NtStatus::SUCCESS
    }

    /// A process that is made by a process of a job belongs to the job from the start.
    pub(crate) fn born_in_job(&mut self, process: ProcessId) {
        for (rule, job) in self.chain_of(self.k.processes[process].job) {
            self.job_message(rule, job, NEW_PROCESS, Some(process));
        }
    }

    /// A job and those it is nested in, each with the rule why it tells of a process.
    fn chain_of(&self, job: Option<JobId>) -> Vec<(Rule, JobId)> {
        let rules = std::iter::once(Rule::JobMessages).chain(std::iter::repeat(Rule::NestedJobs));
        rules.zip(self.k.job_chain(job)).collect()
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
        for process in self.k.job_members(job).collect::<Vec<_>>() {
            let inside = self.k.processes[process].job != Some(job);
            let rule = if inside { Rule::NestedJobs } else { Rule::JobMessages };
            self.job_message(rule, job, NEW_PROCESS, Some(process));
        }
        NtStatus::SUCCESS
    }

    /// A process of a job ends, and leaves it and those it is nested in.
    pub(crate) fn job_process_exits(&mut self, process: ProcessId) {
        let own = self.k.processes[process].job.take();
        for (rule, job) in self.chain_of(own) {
            self.job_message(rule, job, EXIT_PROCESS, Some(process));
            if self.k.job_members(job).next().is_none() {
                self.job_message(rule, job, ACTIVE_PROCESS_ZERO, None);
            }
        }
    }
}
