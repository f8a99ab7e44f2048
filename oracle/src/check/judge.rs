//! From a file to a verdict.

use std::io::BufRead;

use iocp_model::{Deviation, Rule, Semantics};

use super::engine::{Pool, follow_exactly};
use super::explain::explain;
use super::history::{Collector, Judged};
use super::options::{Budget, Limit, Options};
use super::report::{Assumption, Diagnosis, Divergence, Doubt, Report, Verdict};
use super::resume::resume;
use super::script::Script;
use super::state::{Asked, Rules};
use crate::trace::{
    Blocking, Event, Meta, Objects, Operations, Order, Reader, Seen, TraceError, Traced,
};

/// Text of lines that is kept ahead at most, in bytes.
const AHEAD_BYTES: usize = 4 << 20;

/// Threads of one trace at most: the model numbers its objects with 16 bits.
const THREADS_MAX: usize = 20_000;

/// A trace on its way to a verdict.
#[derive(Clone)]
pub(super) struct Judge<'b> {
    options: Options<'b>,
    meta: Meta,
    script: Script,
    pool: Pool,
    budget: Budget<'b>,
    history: Option<Collector>,
    events: u64,
    /// Set once the check cannot go on; what was explained until then.
    ended: Option<(Doubt, u64)>,
    dropped: Option<u64>,
    divergences: Vec<Divergence>,
    ahead_bytes: usize,
    seen_asked: bool,
    seen_completion: bool,
    has_operations: bool,
    zero_concurrency: bool,
    judged: Option<Judged>,
    asked: Asked,
    /// A divergence, and more than that is not asked for.
    enough: bool,
}

impl<'b> Judge<'b> {
    pub(super) fn new(
        meta: &Meta,
        options: &Options<'b>,
        semantics: Semantics,
        steps: u64,
    ) -> Self {
        let processors = meta.processors.unwrap_or(options.processors);
        let pool = Pool::new(semantics, processors);
        Judge {
            asked: pool.states[0].asked.clone(),
            options: *options,
            meta: meta.clone(),
            script: Script::default(),
            pool,
            budget: Budget::new(options, steps),
            history: Collector::new(meta, semantics),
            events: 0,
            ended: None,
            dropped: None,
            divergences: Vec::new(),
            ahead_bytes: 0,
            seen_asked: false,
            seen_completion: false,
            has_operations: false,
            zero_concurrency: false,
            judged: None,
            enough: false,
        }
    }

    /// Takes an event; `false` once no further event can change the verdict.
    pub(super) fn push(&mut self, traced: Traced, text: &str) -> bool {
        if let Event::End { dropped } = traced.event {
            self.dropped = Some(dropped);
        }
        if let Some(history) = &mut self.history {
            let fits = history.push(traced);
            if fits && history.bytes() < self.options.memory_max / 2 {
                return true;
            }
            let events = self.history.take().map(|h| h.events).unwrap_or_default();
            return events.into_iter().all(|traced| {
                let text = written(&traced);
                self.take(traced, &text)
            });
        }
        self.take(traced, text)
    }

    fn take(&mut self, traced: Traced, text: &str) -> bool {
        match &traced.event {
            Event::Waiting { seen: Seen::Asked, .. } => self.seen_asked = true,
            Event::Call {
                call: iocp_model::Call::Io(_) | iocp_model::Call::AfdPoll(_), ..
            } => self.has_operations = true,
            Event::Call {
                call:
                    iocp_model::Call::CreateIoCompletionPort { concurrency: 0, .. }
                    | iocp_model::Call::NtCreateIoCompletion { concurrency: 0, .. },
                ..
            } => self.zero_concurrency = true,
            _ => {}
        }
        if self.script.push(traced, text) {
            self.events += 1;
            self.ahead_bytes += text.len().min(256) + 256;
        }
        if self.ended.is_some() || self.enough {
            self.script.drop_judged(self.script.lines.len());
            return false;
        }
        let window = self.options.window.max(1);
        if self.script.lines.len() >= 2 * window || self.ahead_bytes > AHEAD_BYTES {
            let n = self.script.lines.len().div_ceil(2);
            self.judge(n);
            self.ahead_bytes = self.script.lines.len() * 512;
        }
        self.ended.is_none() && !self.enough
    }

    /// Judges the next `n` events.
    fn judge(&mut self, n: usize) {
        if self.script.threads() > THREADS_MAX {
            self.end(Doubt::Limit(Limit::Memory), self.script.past);
        }
        self.seen_completion |= !self.script.silent.is_empty();
        let mut from = self.script.past;
        let to = from + n as u64;
        while from < to && self.ended.is_none() && !self.enough {
            let range = from..to;
            let found =
                follow_exactly(&mut self.pool, &self.meta, &self.script, range, &mut self.budget);
            match found {
                Ok(None) => break,
                Ok(Some(stuck)) => {
                    if let Some((line, what)) = stuck.before.not_modelled.clone() {
                        self.end(Doubt::NotModelled { what, line }, stuck.event);
                        break;
                    }
                    match explain(&stuck, &self.meta, &self.script, &mut self.budget) {
                        Ok(divergence) => self.divergences.push(divergence),
                        Err(limit) => self.end(Doubt::Limit(limit), stuck.event),
                    }
                    self.enough = self.divergences.len() >= self.options.divergences_max.max(1);
                    from = stuck.event + 1;
                    self.pool = resume(stuck, &self.script);
                }
                Err(limit) => self.end(Doubt::Limit(limit), from),
            }
        }
        let judged = (from.max(to) - self.script.past) as usize;
        self.script.drop_judged(judged.min(self.script.lines.len()));
    }

    fn end(&mut self, doubt: Doubt, explained: u64) {
        self.ended.get_or_insert((doubt, explained));
    }

    /// Judges what has been read, knowing nothing of what comes; `false` if it is not explained.
    pub(super) fn settle(&mut self) -> bool {
        while self.history.is_none() && !self.script.lines.is_empty() && self.ended.is_none() {
            if self.enough {
                return false;
            }
            self.judge(self.script.lines.len());
        }
        self.ended.is_none() && self.divergences.is_empty()
    }

    /// Everything has been read.
    pub(super) fn finish(&mut self) {
        if let Some(history) = self.history.take() {
            match history.judge(self.options.divergences_max.max(1)) {
                Some(judged) => {
                    self.events = judged.events;
                    self.judged = Some(judged);
                    return;
                }
                None => {
                    for traced in history.events {
                        let text = written(&traced);
                        self.take(traced, &text);
                    }
                }
            }
        }
        while !self.script.lines.is_empty() && self.ended.is_none() && !self.enough {
            self.judge(self.script.lines.len());
        }
    }

    /// Whether the whole trace is allowed; `None` if that is not known.
    pub(super) fn allowed(&self) -> Option<bool> {
        if !self.divergences.is_empty() {
            return Some(false);
        }
        match (&self.judged, &self.ended) {
            (Some(judged), _) => Some(judged.divergences.is_empty()),
            (None, None) => Some(true),
            (None, Some(_)) => None,
        }
    }

    /// The deviations on which the verdict may rest: it is the same without and with any other.
    pub(super) fn may_rest_on(&self, deviation: Deviation) -> bool {
        self.judged.is_some() || self.asked.all().has(deviation)
    }

    pub(super) fn steps_left(&self) -> u64 {
        self.budget.steps_left()
    }

    pub(super) fn stopped(&self) -> bool {
        matches!(self.ended, Some((Doubt::Limit(Limit::Stopped), _)))
    }

    fn assumptions(&self) -> Vec<Assumption> {
        if self.judged.is_some() {
            return Vec::new();
        }
        let asked = self.seen_asked;
        let list = [
            (
                Assumption::UnloggedCompletions,
                self.seen_completion && self.meta.operations == Operations::Unlogged,
            ),
            (
                Assumption::SilentCompletions,
                self.seen_completion
                    && self.has_operations
                    && self.meta.operations == Operations::Logged,
            ),
            (Assumption::HiddenBlocking, self.meta.blocking == Blocking::Unknown),
            (Assumption::ImplicitObjects, self.meta.objects == Objects::Implicit),
            (Assumption::Processors, self.zero_concurrency && self.meta.processors.is_none()),
            (Assumption::UnknownTimeouts, self.script.unknown_timeouts),
            (
                Assumption::AskedIsParked,
                asked && self.options.semantics == self.semantics_without_retry(),
            ),
            (Assumption::LineOrder, self.meta.order == Order::Total && self.events > 0),
        ];
        list.into_iter().filter(|(_, used)| *used).map(|(a, _)| a).collect()
    }

    fn semantics_without_retry(&self) -> Semantics {
        self.options.semantics.without(Deviation::HandOffWakeAndRetry)
    }

    fn rules(&self) -> Rules {
        let mut rules = self.pool.rules();
        for rule in self.judged.iter().flat_map(|judged| &judged.rules) {
            rules.add(*rule);
        }
        rules
    }

    pub(super) fn report(mut self) -> Report {
        let assumptions = self.assumptions();
        let rules = self.rules();
        let mut explained = self.ended.as_ref().map_or(self.events, |(_, n)| *n);
        if let Some(judged) = self.judged.take() {
            explained = judged.explained;
            self.divergences = judged.divergences;
        }
        if let Some(first) = self.divergences.first() {
            explained = first.explained;
        }
        let doubt = self.ended.take().map(|(doubt, _)| doubt).or(match self.dropped {
            Some(0) => None,
            Some(n) => Some(Doubt::Dropped(n)),
            None if self.enough => None,
            None => Some(Doubt::NoEnd),
        });
        let verdict = match (&self.divergences[..], &doubt) {
            // Something lost before the divergence may have been its reason.
            ([_, ..], Some(Doubt::Dropped(_))) => Verdict::Inconclusive,
            ([_, ..], _) => Verdict::Diverges,
            ([], _) if self.events == 0 => Verdict::NothingChecked,
            ([], Some(_)) => Verdict::Inconclusive,
            ([], None) => Verdict::Conforms,
        };
        let ids = |used: bool| {
            Rule::ALL.iter().filter(|r| rules.has(**r) == used).map(|r| r.id().to_owned()).collect()
        };
        Report {
            verdict,
            semantics: name(self.options.semantics),
            events: self.events,
            explained,
            line: self.divergences.first().map(|d| d.line),
            rule: self.divergences.first().and_then(|d| d.rule.clone()),
            deviations: Vec::new(),
            diagnosis: Diagnosis::NotNeeded,
            doubt,
            assumptions,
            exercised: ids(true),
            never_exercised: ids(false),
            states_max: self.pool.most,
            steps: self.options.steps_max.saturating_sub(self.budget.steps_left()),
            divergences: self.divergences,
        }
    }
}

/// The text of a line that was not kept.
fn written(traced: &Traced) -> String {
    match &traced.event {
        Event::Call { id, tid, call } => format!("call {id} by thread {tid}: {call:?}"),
        Event::Ret { id, res, .. } => format!("call {id} returns: {res}"),
        other => format!("{other:?}"),
    }
}

/// `win11 with wake-order=fifo`
pub(super) fn name(semantics: Semantics) -> String {
    if semantics == Semantics::wine_8_0() {
        return "wine-8.0".into();
    }
    let deviations: Vec<String> = semantics.deviations().map(|d| d.to_string()).collect();
    match deviations.is_empty() {
        true => semantics.profile.to_string(),
        false => format!("{} with {}", semantics.profile, deviations.join(", ")),
    }
}

/// Judges a trace. What it costs is bounded by the options.
///
/// # Errors
/// If the trace cannot be read. That no run of the model explains it is no error but a verdict.
pub fn check<R: BufRead>(input: R, options: &Options<'_>) -> Result<Report, TraceError> {
    let mut reader = Reader::new(input)?;
    let meta = reader.meta().clone();
    let mut judge = Judge::new(&meta, options, options.semantics, options.steps_max);
    let mut diagnosis = super::diagnose::Kept::new(options);
    while let Some(traced) = reader.next_event()? {
        let text = reader.text();
        diagnosis.keep(&traced, text);
        judge.push(traced, text);
    }
    judge.finish();
    let mut report = judge.report();
    diagnosis.explain(&meta, options, &mut report);
    Ok(report)
}
