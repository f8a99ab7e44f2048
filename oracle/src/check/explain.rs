//! Why an event cannot be explained: what the model allows instead, by which rule, and the proof
//! in sentences.

use iocp_model::Rule;

use super::engine::{Pool, Stuck};
use super::moves::Stage;
use super::options::{Budget, Limit};
use super::report::{Divergence, Excerpt, Story};
use super::script::{Happening, Line, Script};
use super::state::{Phase, State};
use crate::trace::{Meta, Res};

/// How many states are looked at for an explanation.
const LOOKED_AT: usize = 4096;

/// Something that the model allows: how a call may end, in which state.
struct Possible {
    at: usize,
    state: State,
}

/// The states that can be reached before an event without knowing it.
fn reachable(
    pool: &Pool,
    stage: &Stage<'_>,
    what: &Happening,
    budget: &mut Budget<'_>,
) -> Result<Vec<State>, Limit> {
    let mut states: Vec<State> = pool.states.clone();
    #[expect(clippy::mutable_key_type, reason = "what was asked about is no part of a state")]
    let mut seen: std::collections::HashSet<State> = states.iter().cloned().collect();
    let mut moves = Vec::new();
    let mut at = 0;
    while at < states.len() && states.len() < LOOKED_AT {
        budget.step()?;
        moves.clear();
        let aim = stage.aim(&states[at], what);
        stage.moves(&states[at], aim, &mut moves);
        for step in &moves {
            budget.step()?;
            let results = stage.take(&states[at], step, aim).unwrap_or_default();
            for next in results {
                if seen.insert(next.clone()) {
                    states.push(next);
                }
            }
        }
        at += 1;
    }
    Ok(states)
}

/// Describes an event at which the states ran out.
pub(super) fn explain(
    stuck: &Stuck,
    meta: &Meta,
    script: &Script,
    budget: &mut Budget<'_>,
) -> Result<Divergence, Limit> {
    let line = &script.lines[(stuck.event - script.past) as usize];
    // Nothing is known of this event or later ones: what is asked is what could have come.
    let stage = Stage { meta, script, now: stuck.event, horizon: stuck.event };
    let states = reachable(&stuck.before, &stage, &line.what, budget)?;
    let told = match &line.what {
        Happening::Ret { id, res } => returned(&states, script, line, *id, res),
        Happening::Settled => unsettled(&states, script, None),
        Happening::Waiting { tid, .. } => unsettled(&states, script, Some(*tid)),
        other => impossible(&states, script, other),
    };
    let Told { rule, found, mut allowed, story, mut excerpts } = told;
    allowed.sort();
    allowed.dedup();
    let note = "this cannot be".to_owned();
    excerpts.push(Excerpt { line: line.number, text: line.text.clone(), note });
    excerpts.sort_by_key(|e| e.line);
    excerpts.dedup_by_key(|e| e.line);
    Ok(Divergence {
        line: line.number,
        explained: stuck.event,
        found,
        allowed,
        rule: rule.map(|r| r.id().to_owned()),
        sentence: rule.map_or("", Rule::sentence).to_owned(),
        source: rule.map_or("", Rule::source).to_owned(),
        story,
        excerpts,
    })
}

struct Told {
    rule: Option<Rule>,
    found: String,
    allowed: Vec<String>,
    story: Story,
    excerpts: Vec<Excerpt>,
}

/// `thread 276, call 2 (line 4)`
fn who(state: &State, script: &Script, at: usize) -> String {
    let open = &state.open[at];
    let name = &script.names[open.tid as usize];
    format!("thread {name}, call {} (line {})", open.id, open.line)
}

fn excerpt(state: &State, script: &Script, at: usize, note: &str) -> Excerpt {
    let open = &state.open[at];
    let known = script.lines.iter().find(|l| l.number == open.line);
    let text = known.map_or_else(
        || {
            let name = &script.names[open.tid as usize];
            super::script::short(&format!("call {} by thread {name}: {:?}", open.id, open.call))
        },
        |line| line.text.clone(),
    );
    Excerpt { line: open.line, text, note: note.to_owned() }
}

fn done(state: &State, at: usize) -> Option<(Rule, &Res)> {
    match &state.open[at].phase {
        Phase::Done(rule, res) => Some((*rule, res)),
        _ => None,
    }
}

/// A call returned what it cannot return.
fn returned(states: &[State], script: &Script, line: &Line, id: u64, res: &Res) -> Told {
    let mut ends: Vec<Possible> = Vec::new();
    let mut waits: Vec<Possible> = Vec::new();
    let mut elsewhere: Option<(Possible, usize)> = None;
    for state in states {
        let Some(at) = state.open_of(id) else { continue };
        match done(state, at) {
            Some(_) => ends.push(Possible { at, state: state.clone() }),
            None => waits.push(Possible { at, state: state.clone() }),
        }
        // Somebody else has what this call is said to have got.
        let other = (0..state.open.len()).find(|&other| {
            other != at
                && (res.key.is_some() || res.entries.is_some())
                && done(state, other).is_some_and(|(_, has)| res.agrees(has, |_, _| true).is_ok())
        });
        if let Some(other) = other.filter(|_| elsewhere.is_none()) {
            elsewhere = Some((Possible { at, state: state.clone() }, other));
        }
    }
    let allowed: Vec<String> = ends
        .iter()
        .filter_map(|end| done(&end.state, end.at))
        .map(|(_, res)| format!("ret id={id} {res}"))
        .chain(elsewhere.iter().filter_map(|(here, other)| {
            let open = &here.state.open[*other];
            done(&here.state, *other).map(|(_, res)| format!("ret id={} {res}", open.id))
        }))
        .collect();
    let found = format!("call {id} returned {res}");
    if let Some((here, other)) = elsewhere {
        return went_elsewhere(here, other, script, line, found, allowed, res);
    }
    if let Some(end) = ends.first() {
        return other_result(end, script, found, allowed, res);
    }
    match waits.first() {
        Some(wait) => still_inside(wait, script, line, found, allowed),
        None => Told { rule: None, found, allowed, story: Story::default(), excerpts: Vec::new() },
    }
}

fn went_elsewhere(
    here: Possible,
    other: usize,
    script: &Script,
    line: &Line,
    found: String,
    allowed: Vec<String>,
    res: &Res,
) -> Told {
    let Possible { at, state } = here;
    let rule = done(&state, other).map(|(rule, _)| rule);
    let both = state.waits(state.open[at].tid);
    let mut thens = Vec::new();
    if both && state.open[at].line < state.open[other].line {
        thens.push("w1 was waiting before w2".into());
    } else if both {
        thens.push("w2 was waiting before w1".into());
    }
    let sentence = rule.map_or("", Rule::sentence);
    thens.push(format!("so w2 must get {}: {sentence} ({})", what(res), id_of(rule)));
    Told {
        rule,
        found,
        allowed,
        story: Story {
            lets: vec![
                format!("w1 = {}", who(&state, script, at)),
                format!("w2 = {}", who(&state, script, other)),
            ],
            thens,
            however: format!("However, w1 got it at line {}: a contradiction.", line.number),
        },
        excerpts: vec![
            excerpt(&state, script, at, "w1 asks"),
            excerpt(&state, script, other, "w2 asks"),
        ],
    }
}

fn other_result(
    end: &Possible,
    script: &Script,
    found: String,
    allowed: Vec<String>,
    res: &Res,
) -> Told {
    let (rule, model) = done(&end.state, end.at).map_or((None, None), |(r, m)| (Some(r), Some(m)));
    let differs = model.and_then(|m| res.agrees(m, |_, _| true).err());
    let however = match differs {
        Some(m) => {
            let model = m.model.map_or_else(|| "nothing".into(), |n| format!("0x{n:x}"));
            format!(
                "However, the trace has {}=0x{:x} where the model has {model}: a contradiction.",
                m.field, m.trace
            )
        }
        None => "However, the trace has something else: a contradiction.".into(),
    };
    let model = model.map(ToString::to_string).unwrap_or_default();
    Told {
        rule,
        found,
        allowed,
        story: Story {
            lets: vec![format!("c = {}", who(&end.state, script, end.at))],
            thens: vec![format!(
                "c must return {model}: {} ({})",
                rule.map_or("", Rule::sentence),
                id_of(rule)
            )],
            however,
        },
        excerpts: vec![excerpt(&end.state, script, end.at, "c is called")],
    }
}

fn still_inside(
    wait: &Possible,
    script: &Script,
    line: &Line,
    found: String,
    allowed: Vec<String>,
) -> Told {
    let rule = at_limit(&wait.state, wait.at).or(wait.state.reason(wait.at));
    let then = match rule {
        Some(rule) => {
            format!("c waits, and nothing has ended its wait: {} ({})", rule.sentence(), rule.id())
        }
        None => "c cannot have taken effect".into(),
    };
    Told {
        rule,
        found,
        allowed: if allowed.is_empty() { vec!["it waits".into()] } else { allowed },
        story: Story {
            lets: vec![format!("c = {}", who(&wait.state, script, wait.at))],
            thens: vec![then],
            however: format!("However, c returned at line {}: a contradiction.", line.number),
        },
        excerpts: vec![excerpt(&wait.state, script, wait.at, "c is called")],
    }
}

/// A waiter that gets no packet although there is one: the limit is why.
fn at_limit(state: &State, at: usize) -> Option<Rule> {
    let port = state.kernel.port(state.parked_at(state.open[at].tid)?)?;
    let held = !port.packets.is_empty() && port.active >= port.concurrency;
    let asked_late = state.reason(at) == Some(Rule::NewRemoveWaitsAtLimit);
    (held && !asked_late).then_some(Rule::ConcurrencyLimit)
}

/// Somebody is said to wait who does not.
fn unsettled(states: &[State], script: &Script, tid: Option<u32>) -> Told {
    let mut told = Told {
        rule: None,
        found: match tid {
            Some(tid) => format!("thread {} waits", script.names[tid as usize]),
            None => "every call that has not returned waits".into(),
        },
        allowed: Vec::new(),
        story: Story::default(),
        excerpts: Vec::new(),
    };
    for state in states {
        for at in 0..state.open.len() {
            if tid.is_some_and(|tid| state.open[at].tid != tid) {
                continue;
            }
            let Some((rule, res)) = done(state, at) else { continue };
            told.allowed.push(format!("ret id={} {res}", state.open[at].id));
            if told.rule.is_none() {
                told.rule = Some(rule);
                told.story = Story {
                    lets: vec![format!("c = {}", who(state, script, at))],
                    thens: vec![format!(
                        "c must have returned {res}: {} ({})",
                        rule.sentence(),
                        rule.id()
                    )],
                    however: "However, c is said to wait still: a contradiction.".into(),
                };
                told.excerpts = vec![excerpt(state, script, at, "c is called")];
            }
        }
    }
    told
}

/// Something that cannot happen in any of the states.
fn impossible(states: &[State], script: &Script, what: &Happening) -> Told {
    let tid = match what {
        Happening::Call { tid, .. } | Happening::Block(tid) | Happening::Unblock(tid) => Some(*tid),
        _ => None,
    };
    let state = states.iter().find(|state| tid.is_some_and(|tid| state.run(tid).is_some()));
    let doing = match (tid, state.zip(tid).and_then(|(s, tid)| s.run(tid))) {
        (Some(tid), Some(run)) => {
            format!("thread {} is {run:?} in the model", script.names[tid as usize])
        }
        (Some(tid), None) => format!("thread {} has done nothing yet", script.names[tid as usize]),
        _ => "nothing in the model can do this".into(),
    };
    Told {
        rule: None,
        found: super::script::short(&format!("{what:?}")),
        allowed: Vec::new(),
        story: Story {
            lets: Vec::new(),
            thens: vec![doing],
            however: "However, the trace says that it happened.".into(),
        },
        excerpts: Vec::new(),
    }
}

fn what(res: &Res) -> String {
    match (res.key, res.overlapped) {
        (Some(key), Some(overlapped)) => format!("key=0x{key:x} overlapped=0x{overlapped:x}"),
        (Some(key), None) => format!("key=0x{key:x}"),
        _ => "the packet".into(),
    }
}

fn id_of(rule: Option<Rule>) -> &'static str {
    rule.map_or("no rule", Rule::id)
}
