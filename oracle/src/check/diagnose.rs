//! The smallest sets of deviations under which a whole trace is allowed.
//!
//! Sets are tried by size, so that what is found is minimal; every set that contains a smaller
//! one that explains the trace is left out. A deviation that cannot make a difference to any call
//! of the trace is not tried.

use iocp_model::{Deviation, Semantics};

use super::judge::Judge;
use super::options::Options;
use super::report::{Diagnosis, Report, Verdict};
use crate::trace::{Event, Meta, Traced};

/// A trace of more bytes than this is judged, but not checked again under deviations: a million
/// events must not take more than 50 MB.
const KEPT_BYTES: usize = 16 << 20;

/// The trace, kept for as long as it is small enough to be checked many times.
pub(super) struct Kept {
    events: Option<Vec<Traced>>,
    bytes: usize,
    most: usize,
    calls: Calls,
}

/// What kinds of calls a trace has.
#[derive(Default)]
struct Calls {
    batches: bool,
    alertable: bool,
    waits: bool,
    closes: bool,
    files: bool,
    modes: bool,
    sockets: bool,
    jobs: bool,
    reserves: bool,
    blocks: bool,
    exits: bool,
    status_blocks: bool,
}

impl Kept {
    pub(super) fn new(options: &Options<'_>) -> Kept {
        let events = (options.deviations_max > 0).then(Vec::new);
        let most = KEPT_BYTES.min(options.memory_max / 4);
        Kept { events, bytes: 0, most, calls: Calls::default() }
    }

    pub(super) fn keep(&mut self, traced: &Traced, text: &str) {
        let Some(events) = &mut self.events else { return };
        self.calls.note(&traced.event);
        self.bytes += std::mem::size_of::<Traced>() + text.len();
        if self.bytes > self.most {
            self.events = None;
        } else {
            events.push(traced.clone());
        }
    }

    /// Finds the sets, if the trace diverges.
    pub(super) fn explain(&self, meta: &Meta, options: &Options<'_>, report: &mut Report) {
        if report.verdict != Verdict::Diverges || options.deviations_max == 0 {
            return;
        }
        report.diagnosis = Diagnosis::Unfinished;
        let Some(events) = &self.events else { return };
        let candidates: Vec<Deviation> = Deviation::ALL
            .iter()
            .copied()
            .filter(|d| !options.semantics.has(*d) && self.calls.concern(*d))
            .collect();
        let quick = Options { divergences_max: 1, deviations_max: 0, ..*options };
        let mut search =
            Search { events, meta, options: &quick, left: options.diagnosis_steps_max };
        let (found, complete) = search.run(&candidates, options.deviations_max);
        let name = |set: &Vec<Deviation>| set.iter().map(ToString::to_string).collect();
        report.deviations = found.iter().map(name).collect();
        if complete {
            report.diagnosis = Diagnosis::Complete;
        }
    }
}

struct Search<'a, 'b> {
    events: &'a [Traced],
    meta: &'a Meta,
    options: &'a Options<'b>,
    left: u64,
}

impl Search<'_, '_> {
    fn run(&mut self, candidates: &[Deviation], most: usize) -> (Vec<Vec<Deviation>>, bool) {
        let mut found: Vec<Vec<Deviation>> = Vec::new();
        let mut complete = true;
        for size in 1..=most.min(candidates.len()) {
            for set in sets(candidates, size) {
                let known = |smaller: &Vec<Deviation>| smaller.iter().all(|d| set.contains(d));
                if contradictory(&set) || found.iter().any(known) {
                    continue;
                }
                match self.allowed(&set) {
                    Ok(Some(true)) => found.push(set),
                    Ok(Some(false)) => {}
                    Ok(None) => complete = false,
                    Err(Over) => return (found, false),
                }
            }
        }
        (found, complete)
    }

    /// Whether the trace is allowed under a set; `None` if one check alone cannot tell.
    fn allowed(&mut self, set: &[Deviation]) -> Result<Option<bool>, Over> {
        let semantics: Semantics =
            set.iter().fold(self.options.semantics, |semantics, d| semantics.with(*d));
        let steps = self.left.min(self.options.steps_max);
        if steps == 0 {
            return Err(Over);
        }
        let mut judge = Judge::new(self.meta, self.options, semantics, steps);
        for traced in self.events {
            if !judge.push(traced.clone(), "") {
                break;
            }
        }
        judge.finish();
        self.left -= steps - judge.steps_left();
        if judge.stopped() {
            return Err(Over);
        }
        Ok(judge.allowed())
    }
}

/// The budget of the search is spent.
struct Over;

/// Two values of one name.
fn contradictory(set: &[Deviation]) -> bool {
    set.iter().enumerate().any(|(n, a)| set[n + 1..].iter().any(|b| a.name() == b.name()))
}

/// Every subset of this size, in the order of the table.
fn sets(candidates: &[Deviation], size: usize) -> Vec<Vec<Deviation>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (n, first) in candidates.iter().enumerate() {
        for mut rest in sets(&candidates[n + 1..], size - 1) {
            rest.insert(0, *first);
            all.push(rest);
        }
    }
    all
}

impl Calls {
    fn note(&mut self, event: &Event) {
        use iocp_model::Call as C;
        match event {
            Event::Block { .. } | Event::Unblock { .. } => self.blocks = true,
            Event::Exit { .. } => self.exits = true,
            Event::Io(_) | Event::Arrive { .. } => self.files = true,
            Event::Call { call, .. } => match call {
                C::GetQueuedCompletionStatusEx { alertable, .. }
                | C::NtRemoveIoCompletionEx { alertable, .. } => {
                    self.batches = true;
                    self.alertable |= alertable;
                }
                C::CreateIoCompletionPort { file, .. } => {
                    self.files |= *file != iocp_model::Handle::INVALID;
                }
                C::PostQueuedCompletionStatus { .. }
                | C::GetQueuedCompletionStatus { .. }
                | C::NtCreateIoCompletion { .. }
                | C::NtOpenIoCompletion { .. }
                | C::NtQueryIoCompletion { .. }
                | C::NtSetIoCompletion { .. }
                | C::NtRemoveIoCompletion { .. }
                | C::GetLastError {}
                | C::SetLastError { .. }
                | C::SwitchToThread {} => {}
                C::CloseHandle { .. } | C::NtClose { .. } => {
                    self.closes = true;
                    self.sockets = true;
                }
                C::WaitForSingleObject { .. }
                | C::WaitForMultipleObjects { .. }
                | C::Sleep { .. } => {
                    self.waits = true;
                    self.blocks = true;
                }
                C::NtSetIoCompletionEx { .. }
                | C::NtAllocateReserveObject { .. }
                | C::NtCreateWaitCompletionPacket {}
                | C::NtAssociateWaitCompletionPacket { .. }
                | C::NtCancelWaitCompletionPacket { .. } => self.reserves = true,
                C::ExitThread {} | C::TerminateThread { .. } => self.exits = true,
                C::SetInformationJobObjectPort { .. } => self.jobs = true,
                // Whatever else there is may touch any of it.
                _ => *self = Calls::all(),
            },
            _ => {}
        }
    }

    fn all() -> Calls {
        Calls {
            batches: true,
            alertable: true,
            waits: true,
            closes: true,
            files: true,
            modes: true,
            sockets: true,
            jobs: true,
            reserves: true,
            blocks: true,
            exits: true,
            status_blocks: true,
        }
    }

    /// Whether a deviation can make a difference to these calls. When in doubt it can.
    fn concern(&self, deviation: Deviation) -> bool {
        use Deviation as D;
        match deviation {
            D::ApcAfterPacket => self.alertable,
            D::RemoveCountZeroSucceeds | D::BatchDrainsAfterWake | D::FailedCountOne => {
                self.batches
            }
            D::CloseKeepsWaiting => self.closes || self.exits,
            D::DirectWaitFirstOnly | D::DirectWaitWokenByHandOff => self.waits,
            D::LowBitIgnored
            | D::FailedAssociationWritesStatus
            | D::AssociationLeavesSignal
            | D::PartialReadWarns
            | D::DisconnectSkips
            | D::SyncReadRunsApc
            | D::StatusBlockEarly
            | D::SyncErrorPosts
            | D::ReplacePending
            | D::SkipIgnored => self.files || self.modes || self.status_blocks,
            D::CloseAcceptCancels | D::ReceiveAfterResetEnds | D::ExclusivePollCancels => {
                self.files
            }
            D::RetryByHandle => self.closes,
            D::CloseSocketHandlesClosed | D::CloseSocketNetnameDeleted => {
                self.sockets && self.files
            }
            D::JobPortNullRefused => self.jobs,
            D::ExportsMissing => self.reserves,
            _ => true,
        }
    }
}
