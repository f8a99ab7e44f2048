//! A story out of a trace: what was seen, line by line, and what the judge says of it. What a
//! trace does not show (queues, counts) is not drawn.

use std::collections::BTreeMap;

use iocp_model::{Call, Rule};
use iocp_oracle::check::{Report, Verdict};
use iocp_oracle::trace::{Event, Name, Res, Traced, op_name};
use serde_json::Value;

use crate::from_run::card;
use crate::story::{Clock, Doing, Ending, Lane, Note, Span, Step, Story, Tone, Weight};

/// The story of the events of a trace; `name` is what it is called.
pub fn story(name: &str, events: &[Traced], report: &Report) -> Story {
    let mut telling = Telling::default();
    let mut steps = vec![];
    for traced in events {
        let at = steps.len() as u64;
        if let Some(mut step) = telling.step(at, &traced.event) {
            step.notes.extend(verdicts(report, traced.line));
            steps.push(step);
        }
    }
    let end = steps.len() as u64;
    let rules = report.divergences.iter().filter_map(|d| d.rule.as_deref());
    let mut rules: Vec<Rule> = rules.filter_map(Rule::from_id).collect();
    rules.sort_unstable();
    rules.dedup();
    Story {
        title: name.to_owned(),
        notice: vec![],
        semantics: report.semantics.clone(),
        clock: Clock::Steps,
        lanes: telling.lanes(end),
        steps,
        arrows: vec![],
        rules: rules.into_iter().map(card).collect(),
        endings: endings(report),
    }
}

/// What is wrong with a line.
fn verdicts(report: &Report, line: u64) -> impl Iterator<Item = Note> + '_ {
    report.divergences.iter().filter(move |divergence| divergence.line == line).flat_map(|d| {
        let text = format!("not allowed here: {}", d.found);
        let rule = d.rule.clone();
        let wrong = Note { text, rule, weight: Weight::Wrong };
        let allowed = d.allowed.iter().map(|allowed| Note {
            text: format!("allowed would be: {allowed}"),
            rule: None,
            weight: Weight::Main,
        });
        std::iter::once(wrong).chain(allowed)
    })
}

fn endings(report: &Report) -> Vec<Ending> {
    let tone = match report.verdict {
        Verdict::Conforms => Tone::Good,
        Verdict::Diverges => Tone::Wrong,
        Verdict::Inconclusive | Verdict::NothingChecked => Tone::Remark,
    };
    let until = match report.verdict {
        Verdict::Diverges => " before the first divergence",
        Verdict::Conforms | Verdict::Inconclusive | Verdict::NothingChecked => "",
    };
    let text = format!(
        "{}: {} of {} events explained{until}",
        report.verdict, report.explained, report.events
    );
    let mut endings = vec![Ending { text, tone }];
    let remark = |text: String| Ending { text, tone: Tone::Remark };
    endings.extend(report.doubt.iter().map(|doubt| remark(doubt.to_string())));
    let sets = report.deviations.iter();
    endings.extend(sets.map(|set| remark(format!("allowed if {}", set.join(" and ")))));
    endings.extend(report.assumptions.iter().map(|assumption| {
        remark(format!("this rests on an assumption: {}", assumption.sentence()))
    }));
    endings
}

/// What is known while the lines go by.
#[derive(Default)]
struct Telling {
    order: Vec<Name>,
    threads: BTreeMap<Name, Thread>,
    open: BTreeMap<u64, Name>,
}

#[derive(Default)]
struct Thread {
    spans: Vec<Span>,
    doing: Option<(Doing, u64, String)>,
    /// Inside a call, and whether that call waits for packets.
    inside: Option<bool>,
}

impl Thread {
    fn now(&mut self, at: u64, doing: Doing, label: &str) {
        if let Some((before, from, label)) = self.doing.take()
            && from < at
        {
            self.spans.push(Span { doing: before, from, to: at, label });
        }
        self.doing = Some((doing, at, label.to_owned()));
    }
}

impl Telling {
    fn thread(&mut self, name: &Name) -> (usize, &mut Thread) {
        let lane = self.order.iter().position(|known| known == name).unwrap_or_else(|| {
            self.order.push(name.clone());
            self.order.len() - 1
        });
        (lane, self.threads.entry(name.clone()).or_default())
    }

    fn step(&mut self, at: u64, event: &Event) -> Option<Step> {
        let step = |lane, action: String| Some(Step { at, lane, action, ..Step::default() });
        match event {
            Event::Call { id, tid, call } => {
                self.open.insert(*id, tid.clone());
                let (lane, thread) = self.thread(tid);
                thread.now(at, Doing::Running, "");
                thread.inside = Some(asks_a_port(call));
                step(Some(lane), format!("calls {}", call_text(call)))
            }
            Event::Ret { id, tid, res } => {
                let name = self.open.remove(id).or(tid.clone())?;
                let (lane, thread) = self.thread(&name);
                let key = res.key.map_or_else(String::new, |key| format!("key {key}"));
                thread.now(at, Doing::Running, &key);
                thread.inside = None;
                step(Some(lane), format!("returns {}", result_text(res)))
            }
            Event::Waiting { tid, .. } => {
                let (lane, thread) = self.thread(tid);
                thread.now(at, Doing::Waiting, "");
                step(Some(lane), "is seen to wait on the port".to_owned())
            }
            Event::Block { tid } => {
                let (lane, thread) = self.thread(tid);
                thread.now(at, Doing::Blocked, "");
                step(Some(lane), "begins to wait for something else".to_owned())
            }
            Event::Unblock { tid } => {
                let (lane, thread) = self.thread(tid);
                thread.now(at, Doing::Running, "");
                step(Some(lane), "goes on".to_owned())
            }
            Event::Exit { tid } => {
                let (lane, thread) = self.thread(tid);
                thread.now(at, Doing::Exited, "");
                step(Some(lane), "exits".to_owned())
            }
            Event::Settled => {
                for thread in self.threads.values_mut() {
                    if let Some(on_port) = thread.inside {
                        let doing = if on_port { Doing::Waiting } else { Doing::Blocked };
                        thread.now(at, doing, "");
                    }
                }
                step(None, "every call that has not returned is now waiting".to_owned())
            }
            Event::Io(io) => {
                let status = io.status.map_or_else(String::new, |status| format!(", {status:#x}"));
                step(None, format!("a device completes an operation{status}"))
            }
            Event::Object { handle, .. } => step(None, format!("there is an object {handle}")),
            Event::Thread { tid, .. } => {
                let (lane, thread) = self.thread(tid);
                thread.now(at, Doing::Running, "");
                step(Some(lane), "is there".to_owned())
            }
            Event::Arrive { .. } => step(None, "something arrives at a file".to_owned()),
            Event::Note { text } => step(None, text.clone()),
            Event::End { dropped: 0 } => None,
            Event::End { dropped } => step(None, format!("{dropped} events were dropped")),
        }
    }

    fn lanes(mut self, end: u64) -> Vec<Lane> {
        let lane = |name: &Name| {
            let mut thread = self.threads.remove(name).unwrap_or_default();
            thread.now(end, Doing::Running, "");
            Lane { name: name.to_string(), spans: thread.spans }
        };
        self.order.iter().map(lane).collect()
    }
}

fn asks_a_port(call: &Call) -> bool {
    matches!(
        call,
        Call::GetQueuedCompletionStatus { .. }
            | Call::GetQueuedCompletionStatusEx { .. }
            | Call::NtRemoveIoCompletion { .. }
            | Call::NtRemoveIoCompletionEx { .. }
    )
}

/// The function and its arguments, as the trace has them.
fn call_text(call: &Call) -> String {
    let value = serde_json::to_value(call).unwrap_or_default();
    let args = value.get("args").and_then(Value::as_object);
    let args = args.map(|args| {
        args.iter().map(|(name, value)| format!("{name}={}", short(value))).collect::<Vec<_>>()
    });
    format!("{}({})", op_name(call), args.unwrap_or_default().join(", "))
}

fn result_text(res: &Res) -> String {
    let value = serde_json::to_value(res).unwrap_or_default();
    let fields = value.as_object().map(|fields| {
        let field = |(name, value): (&String, &Value)| format!("{name}={}", short(value));
        fields.iter().map(field).collect::<Vec<_>>().join(", ")
    });
    fields.filter(|text| !text.is_empty()).unwrap_or_else(|| "something unknown".to_owned())
}

fn short(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
