//! A story out of a run of a scenario.
//!
//! The pictures of the ports are put together from the effects that the run reports: what joined
//! a queue, who entered a stack, who left. No rule is applied here.

use std::collections::{BTreeMap, BTreeSet};

use iocp_model::{Effect, Object, Out, Overlapped, Packet, PortId, Return, Rule, ThreadId, Value};
use iocp_scenarios::run::{Activity, LaneSpan, Run, Step as RunStep};
use iocp_scenarios::{Program, Scenario};
use iocp_scheduler::EndingKind;

use crate::story::{
    Arrow, Clock, Doing, Ending, Lane, Note, PortPicture, RuleCard, Span, Step, Story, Tone, Weight,
};

/// The story of `run`. `scenario` gives the prose; `semantics` is the Windows version in words.
pub fn story(scenario: &Scenario, program: &Program, run: &Run, semantics: &str) -> Story {
    let mut ports = Ports::new(program);
    let steps = run
        .steps
        .iter()
        .map(|step| {
            ports.follow(step);
            told(run, step, ports.pictures())
        })
        .collect();
    Story {
        title: scenario.title().to_owned(),
        notice: scenario.notice().map(str::to_owned).collect(),
        semantics: semantics.to_owned(),
        clock: Clock::Microseconds,
        lanes: run
            .lanes
            .iter()
            .map(|lane| Lane { name: lane.name.clone(), spans: spans(&lane.spans) })
            .collect(),
        steps,
        arrows: run.steps.iter().flat_map(|step| arrows(program, run, step)).collect(),
        rules: rules(run),
        endings: endings(run),
    }
}

fn spans(spans: &[LaneSpan]) -> Vec<Span> {
    let label = |span: &LaneSpan| span.packet.map_or_else(String::new, |key| format!("key {key}"));
    spans
        .iter()
        .filter_map(|span| {
            let doing = match span.activity {
                Activity::NotStarted => return None,
                Activity::Running => Doing::Running,
                Activity::Ready => Doing::Ready,
                Activity::Spinning => Doing::Spinning,
                Activity::WaitingOnPort => Doing::Waiting,
                Activity::Blocked => Doing::Blocked,
                Activity::Done => Doing::Exited,
            };
            Some(Span { doing, from: span.from, to: span.to, label: label(span) })
        })
        .collect()
}

fn told(run: &Run, step: &RunStep, ports: Vec<PortPicture>) -> Step {
    let who = step.actor.and_then(|actor| run.lanes.get(actor)).map_or("", |lane| &lane.name);
    let mut notes: Vec<Note> = step
        .effects
        .iter()
        .map(|consequence| Note {
            text: unstopped(&consequence.sentence),
            rule: Some(consequence.rule.id().to_owned()),
            weight: weight(&consequence.effect),
        })
        .collect();
    notes.extend(step.faults.iter().map(|fault| Note {
        text: unstopped(fault),
        rule: None,
        weight: Weight::Wrong,
    }));
    let action = unstopped(&step.action);
    // The lane says who; the sentence need not.
    let action = match action.strip_prefix(who).and_then(|rest| rest.strip_prefix(' ')) {
        Some(rest) if !who.is_empty() => rest.to_owned(),
        _ => action,
    };
    Step { at: step.at, lane: step.actor, action, notes, ports }
}

/// Sentences stand on lines of their own here, without the full stop.
fn unstopped(sentence: &str) -> String {
    sentence.strip_suffix('.').unwrap_or(sentence).to_owned()
}

/// Bookkeeping is shown when asked for; what the run is about, always.
pub fn weight(effect: &Effect) -> Weight {
    match effect {
        Effect::Attached { .. }
        | Effect::WaitEnded { .. }
        | Effect::Signaled { .. }
        | Effect::Unsignaled { .. }
        | Effect::HandleOpened { .. }
        | Effect::HandleClosed { .. }
        | Effect::StatusBlock { .. }
        | Effect::ModesSet { .. }
        | Effect::Blocked { .. }
        | Effect::Unblocked { .. }
        | Effect::Exited { .. } => Weight::Detail,
        // A count that rises with a packet, or falls with a call for the next, is no news.
        Effect::ActiveCount { from, to, .. } if to < from || *to <= 1 => Weight::Detail,
        Effect::Returned { result, .. } if !is_news(result) => Weight::Detail,
        _ => Weight::Main,
    }
}

/// Anything but plain success, and but the packet that another sentence names already.
fn is_news(result: &Return) -> bool {
    let success = match result.value {
        Value::Void | Value::Bool(true) | Value::Int(0) | Value::Handle(_) => true,
        Value::Status(status) => status.is_success(),
        Value::Bool(false) | Value::Dword(_) | Value::Int(_) => false,
    };
    let told = matches!(result.out, Out::Nothing | Out::Packet { .. } | Out::Removed(_));
    !(success && told && result.last_error.is_none())
}

fn arrows(program: &Program, run: &Run, step: &RunStep) -> Vec<Arrow> {
    step.effects
        .iter()
        .filter_map(|consequence| {
            let Effect::Released { packet, thread, .. } = &consequence.effect else { return None };
            let name = program.object_name(Object::Thread(*thread));
            let to_lane = run.lanes.iter().position(|lane| lane.name == name)?;
            let (from, to) = (step.at, step.at);
            Some(Arrow { from_lane: step.actor, from, to_lane, to, label: key(packet) })
        })
        .collect()
}

fn key(packet: &Packet) -> String {
    format!("key {}", packet.key)
}

fn rules(run: &Run) -> Vec<RuleCard> {
    let used: BTreeSet<Rule> =
        run.steps.iter().flat_map(|step| step.effects.iter().map(|effect| effect.rule)).collect();
    used.into_iter().map(card).collect()
}

/// A rule as a reader needs it beside a step.
pub fn card(rule: Rule) -> RuleCard {
    RuleCard {
        id: rule.id().to_owned(),
        sentence: rule.sentence().to_owned(),
        source: rule.source().to_owned(),
        grade: rule.grade().name().to_owned(),
    }
}

fn endings(run: &Run) -> Vec<Ending> {
    let ending = |tone: Tone, text: String| Ending { text: unstopped(&text), tone };
    let reasons = run.end.reasons.join(" ");
    let mut endings = vec![match run.end.kind {
        Some(EndingKind::Finished) => ending(Tone::Good, format!("finished: {}", run.end.outcome)),
        Some(kind) => ending(Tone::Wrong, format!("{}: {reasons}", kind.word())),
        None => ending(Tone::Remark, "cut off before the end".to_owned()),
    }];
    endings.extend(run.violations.iter().map(|violation| {
        let step = violation.step.map_or_else(String::new, |step| format!(" at step {}", step + 1));
        ending(Tone::Wrong, format!("{}{step}: {}", violation.property, violation.sentence))
    }));
    endings.extend(run.witnessed.iter().map(|name| ending(Tone::Remark, format!("seen: {name}"))));
    endings.extend(run.findings.iter().map(|finding| ending(Tone::Remark, finding.clone())));
    endings
}

/// The ports as the effects so far show them.
struct Ports<'a> {
    program: &'a Program,
    order: Vec<PortId>,
    now: BTreeMap<PortId, PortState>,
}

#[derive(Default)]
struct PortState {
    active: u32,
    /// The next to be removed first.
    packets: Vec<Packet>,
    /// The last to come last.
    waiters: Vec<ThreadId>,
    closed: bool,
}

impl PortState {
    /// The oldest packet that looks so leaves the queue, if there is one.
    fn loses(&mut self, packet: &Packet) {
        if let Some(at) = self.packets.iter().position(|queued| queued == packet) {
            self.packets.remove(at);
        }
    }
}

impl<'a> Ports<'a> {
    fn new(program: &'a Program) -> Ports<'a> {
        let order: Vec<PortId> = program.ports().map(|(_, id)| id).collect();
        let now = order.iter().map(|id| (*id, PortState::default())).collect();
        Ports { program, order, now }
    }

    fn port(&mut self, id: PortId) -> &mut PortState {
        if !self.order.contains(&id) {
            self.order.push(id);
        }
        self.now.entry(id).or_default()
    }

    fn leaves(&mut self, thread: ThreadId) {
        for port in self.now.values_mut() {
            port.waiters.retain(|waiter| *waiter != thread);
        }
    }

    fn follow(&mut self, step: &RunStep) {
        for consequence in &step.effects {
            match consequence.effect {
                Effect::Queued { port, packet } => self.port(port).packets.push(packet),
                Effect::Removed { port, packet, .. } | Effect::Discarded { port, packet } => {
                    self.port(port).loses(&packet);
                }
                Effect::Released { port, packet, thread } => {
                    // Straight from a post, or from the queue when a slot became free.
                    self.port(port).loses(&packet);
                    self.leaves(thread);
                }
                Effect::Parked { port, thread, .. } => self.port(port).waiters.push(thread),
                Effect::WaitEnded { thread, .. }
                | Effect::WokenToRetry { thread, .. }
                | Effect::Suspended { thread }
                | Effect::Exited { thread }
                | Effect::Returned { thread, .. } => self.leaves(thread),
                Effect::ActiveCount { port, to, .. } => self.port(port).active = to,
                Effect::Rundown { port } => self.port(port).closed = true,
                Effect::Freed { object: Object::Port(port) } => {
                    *self.port(port) = PortState { closed: true, ..PortState::default() };
                }
                _ => {}
            }
        }
    }

    fn pictures(&self) -> Vec<PortPicture> {
        self.order
            .iter()
            .filter_map(|id| Some((id, self.now.get(id)?)))
            .map(|(id, port)| PortPicture {
                name: self.program.object_name(Object::Port(*id)),
                active: port.active,
                concurrency: self.program.concurrency(*id),
                packets: port.packets.iter().map(label).collect(),
                waiters: port
                    .waiters
                    .iter()
                    .rev()
                    .map(|thread| self.program.object_name(Object::Thread(*thread)))
                    .collect(),
                closed: port.closed,
            })
            .collect()
    }
}

/// A packet in a queue, in as few words as tell it from its neighbours.
fn label(packet: &Packet) -> String {
    let mut text = key(packet);
    match packet.overlapped.number() {
        Some(number) => text.push_str(&format!(", o{number}")),
        None if packet.overlapped == Overlapped::NULL => {}
        None => text.push_str(&format!(", 0x{:x}", packet.overlapped.0)),
    }
    if !packet.status.is_success() {
        text.push_str(&format!(", {}", packet.status));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use iocp_model::Semantics;
    use iocp_scenarios::run::{Simulation, simulate};
    use iocp_scenarios::{Settings, library};
    use iocp_scheduler::policy::{Policy, RandomWalk, RoundRobin};

    /// Compares every picture with what the runner itself counted, where both speak of a moment.
    fn check(name: &str, semantics: Semantics, policy: &mut dyn Policy) -> usize {
        let scenario = library::find(name).expect("a library scenario");
        let settings = Settings { semantics: Some(semantics), ..Settings::default() };
        // Wine lacks what some stages are set with.
        let Ok(program) = scenario.compile(&settings) else { return 0 };
        let run = simulate(&program, policy, Simulation::default());
        let story = story(&scenario, &program, &run, "");
        let mut compared = 0;
        for (index, step) in story.steps.iter().enumerate() {
            let last_of_its_tick = story.steps.get(index + 1).is_none_or(|next| next.at > step.at);
            for gauge in run.gauges.iter().filter(|_| last_of_its_tick) {
                let point = gauge.points.iter().rfind(|point| point.at <= step.at);
                let port = step.ports.iter().find(|port| port.name == gauge.name);
                let (Some(point), Some(port)) = (point, port) else { continue };
                let drawn = (port.packets.len(), port.waiters.len(), port.active as usize);
                let counted = (point.depth as usize, point.waiters as usize, point.active as usize);
                assert_eq!(drawn, counted, "{name}, step {}: {}", index + 1, step.action);
                compared += 1;
            }
        }
        compared
    }

    #[test]
    fn the_pictures_of_the_ports_agree_with_the_counts_of_the_runner() {
        let mut compared = 0;
        for name in library::names() {
            for semantics in [Semantics::default(), Semantics::wine_8_0()] {
                compared += check(name, semantics, &mut RoundRobin::new());
                compared += check(name, semantics, &mut RandomWalk::new(7));
            }
        }
        assert!(compared > 1000, "only {compared} pictures compared");
    }
}
