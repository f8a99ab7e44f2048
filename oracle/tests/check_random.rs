//! The judge against the model and against a search that tries everything: runs of the model are
//! accepted, and a changed trace is accepted only if some order of events explains it.

use std::collections::HashSet;

use iocp_model::ke::thread::Run;
use iocp_model::{
    Action, Call, Effect, Handle, Kernel, Overlapped, ProcessId, Semantics, ThreadId, Timeout,
};
use iocp_oracle::check::{Options, Verdict, check};
use iocp_oracle::trace::{Event, Level, Meta, Order, Reader, Res, Writer};
use proptest::prelude::*;

const PORT: Handle = Handle(4);
const THREADS: u16 = 3;

/// A kernel with one port and its threads.
fn stage(concurrency: u32) -> Kernel {
    let mut kernel = Kernel::new(Semantics::default(), 2);
    let maker = kernel.create_thread(ProcessId(0));
    for _ in 0..THREADS {
        kernel.create_thread(ProcessId(0));
    }
    let call = Call::CreateIoCompletionPort {
        file: Handle::INVALID,
        existing_port: Handle::NULL,
        key: 0,
        concurrency,
    };
    kernel.apply(Action::Call { thread: maker, call }, &mut ()).expect("a port can be made");
    kernel
}

/// The first events of every trace: somebody makes the port.
fn prologue(concurrency: u32) -> Vec<Event> {
    let call = Call::CreateIoCompletionPort {
        file: Handle::INVALID,
        existing_port: Handle::NULL,
        key: 0,
        concurrency,
    };
    vec![
        Event::Call { id: 0, tid: 0.into(), call },
        Event::Ret { id: 0, tid: None, res: Res { handle: Some(PORT.0), ..Res::default() } },
    ]
}

/// One step of a run: an action, and whose calls ended with it.
#[derive(Clone, Debug)]
enum Did {
    Call(u16, Call),
    Block(u16),
    Unblock(u16),
    Settled,
}

type Called = (usize, u16, Call, Option<(usize, Res)>);

/// A run of the model: what happened, and when which call had its result.
struct Ran {
    steps: Vec<Did>,
    /// Step at which a call was made, its thread, and the step and value of its result.
    calls: Vec<Called>,
}

fn returned(effects: &[(iocp_model::Rule, Effect)]) -> Vec<(u16, Res)> {
    let result = |(_, effect): &(_, Effect)| match effect {
        Effect::Returned { thread, result } => Some((thread.0, Res::from_return(result))),
        _ => None,
    };
    effects.iter().filter_map(result).collect()
}

/// Runs the model as the numbers say.
fn run(concurrency: u32, choices: &[(u8, u8, u8)]) -> Ran {
    let mut kernel = stage(concurrency);
    let mut ran = Ran { steps: Vec::new(), calls: Vec::new() };
    let mut key = 0;
    for &(who, what, how) in choices {
        let thread = 1 + u16::from(who) % THREADS;
        let id = ThreadId(thread);
        let timeout = [Timeout::Infinite, Timeout::Finite(9), Timeout::Zero][usize::from(how) % 3];
        let call =
            |call| (Action::Call { thread: id, call: Call::clone(&call) }, Did::Call(thread, call));
        let run = kernel.thread(id).map(|t| t.run.clone());
        let (action, did) = match (run, what % 8) {
            (Some(Run::Running), 0 | 1) => {
                key += 1;
                call(Call::PostQueuedCompletionStatus {
                    port: PORT,
                    bytes: 0,
                    key,
                    overlapped: Overlapped(1),
                })
            }
            (Some(Run::Running), 2..=4) => {
                call(Call::GetQueuedCompletionStatus { port: PORT, timeout })
            }
            (Some(Run::Running), 5) => call(Call::GetQueuedCompletionStatusEx {
                port: PORT,
                count: 1 + u32::from(how % 3),
                timeout,
                alertable: false,
            }),
            (Some(Run::Running), 6) => {
                call(Call::NtQueryIoCompletion { port: PORT, class: 0, length: 4 })
            }
            (Some(Run::Running), _) => (Action::Block { thread: id }, Did::Block(thread)),
            (Some(Run::Blocked), _) => (Action::Unblock { thread: id }, Did::Unblock(thread)),
            (Some(Run::Waiting(_)), 0) => (Action::Expire { thread: id }, Did::Settled),
            _ => continue,
        };
        let Ok(step) = kernel.step(action) else { continue };
        kernel = step.next;
        let now = ran.steps.len();
        if let Did::Call(thread, call) = &did {
            ran.calls.push((now, *thread, call.clone(), None));
        }
        ran.steps.push(did);
        for (thread, res) in returned(&step.effects) {
            let open = ran.calls.iter_mut().rev().find(|(_, t, ..)| *t == thread);
            open.expect("who returns has called").3 = Some((now, res));
        }
    }
    ran
}

/// The trace in real order: each call returns as soon as it has its result. Where `still` says
/// so, everybody else is seen to wait.
fn in_order(ran: &Ran, still: u64) -> Vec<Event> {
    let mut events = Vec::new();
    for (now, did) in ran.steps.iter().enumerate() {
        match did {
            Did::Call(thread, call) => {
                let id = ran.calls.iter().position(|(at, ..)| *at == now).expect("noted");
                let tid = u64::from(*thread).into();
                events.push(Event::Call { id: id as u64 + 1, tid, call: call.clone() });
            }
            Did::Block(thread) => events.push(Event::Block { tid: u64::from(*thread).into() }),
            Did::Unblock(thread) => events.push(Event::Unblock { tid: u64::from(*thread).into() }),
            Did::Settled => {}
        }
        for (id, (.., end)) in ran.calls.iter().enumerate() {
            if let Some((_, res)) = end.as_ref().filter(|(at, _)| *at == now) {
                events.push(Event::Ret { id: id as u64 + 1, tid: None, res: res.clone() });
            }
        }
        if still >> (now % 64) & 1 == 1 {
            events.push(Event::Settled);
        }
    }
    events
}

/// The trace as intervals: a call may be seen earlier, and its return later, than it was.
fn as_intervals(ran: &Ran, stretch: &[(u16, u16)]) -> Vec<Event> {
    const STEP: usize = 1 << 16;
    let mut lines: Vec<(usize, usize, Event)> = Vec::new();
    let mut free = [0; THREADS as usize + 1];
    for (id, (at, thread, call, end)) in ran.calls.iter().enumerate() {
        let (early, late) = stretch[id % stretch.len()];
        let effect = (at + 1) * STEP;
        let from = free[usize::from(*thread)];
        let called = effect - (effect - from) * usize::from(early) / STEP;
        let tid = u64::from(*thread).into();
        lines.push((called, 2 * id, Event::Call { id: id as u64 + 1, tid, call: call.clone() }));
        let next = ran.calls.iter().find(|(n, t, ..)| t == thread && n > at);
        if let Some((ended, res)) = end {
            let result = (ended + 1) * STEP + 1;
            let until = next.map_or((ran.steps.len() + 3) * STEP, |(n, ..)| (n + 1) * STEP);
            let seen = result + (until - result) * usize::from(late) / STEP;
            free[usize::from(*thread)] = seen;
            let ret = Event::Ret { id: id as u64 + 1, tid: None, res: res.clone() };
            lines.push((seen, 2 * id + 1, ret));
        }
    }
    lines.sort_by_key(|(at, n, _)| (*at, *n));
    lines.into_iter().map(|(.., event)| event).collect()
}

fn text(order: Order, concurrency: u32, events: &[Event]) -> String {
    let mut writer = Writer::new(Vec::new(), &Meta::new(Level::Win32, order)).unwrap();
    for event in prologue(concurrency).iter().chain(events) {
        writer.event(event).unwrap();
    }
    writer.event(&Event::End { dropped: 0 }).unwrap();
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

fn judged(trace: &str) -> iocp_oracle::check::Report {
    let options = Options { deviations_max: 0, divergences_max: 1, ..Options::default() };
    check(trace.as_bytes(), &options).unwrap_or_else(|e| panic!("{e}\n{trace}"))
}

/// Whether any order of steps explains the events: every interleaving is tried, and nothing is
/// known of what is to come.
fn explained(order: Order, concurrency: u32, events: &[Event]) -> bool {
    #[derive(Clone, PartialEq, Eq, Debug)]
    enum Phase {
        Ahead,
        Inside,
        Done(Box<Res>),
    }
    #[derive(Clone)]
    struct Now {
        kernel: Kernel,
        open: Vec<(u64, ThreadId, Call, Phase)>,
        at: usize,
    }
    fn act(now: &Now, action: Action) -> Option<Now> {
        let step = now.kernel.step(action).ok()?;
        let mut next = Now { kernel: step.next, ..now.clone() };
        for (thread, res) in returned(&step.effects) {
            for open in &mut next.open {
                if open.1.0 == thread && open.3 == Phase::Inside {
                    open.3 = Phase::Done(Box::new(res.clone()));
                }
            }
        }
        Some(next)
    }
    fn perform(now: &Now, n: usize) -> Option<Now> {
        let mut next = now.clone();
        next.open[n].3 = Phase::Inside;
        let (_, thread, call, _) = next.open[n].clone();
        act(&next, Action::Call { thread, call })
    }
    let tid = |name: &iocp_oracle::trace::Name| match name {
        iocp_oracle::trace::Name::Number(n) => ThreadId(*n as u16),
        iocp_oracle::trace::Name::Text(_) => unreachable!("threads are numbers here"),
    };
    let mut work = vec![Now { kernel: stage(concurrency), open: Vec::new(), at: 0 }];
    let mut seen = HashSet::new();
    while let Some(now) = work.pop() {
        let mut bytes = Vec::new();
        now.kernel.encode(&mut bytes);
        if !seen.insert((now.at, bytes, format!("{:?}", now.open))) {
            continue;
        }
        let Some(event) = events.get(now.at) else { return true };
        let next = match event {
            Event::Call { id, tid: name, call } => {
                let mut next = now.clone();
                next.open.push((*id, tid(name), call.clone(), Phase::Ahead));
                match order {
                    Order::Interval => Some(next),
                    Order::Total => perform(&next, next.open.len() - 1),
                }
            }
            Event::Ret { id, res, .. } => {
                let n = now.open.iter().position(|o| o.0 == *id).expect("a return has its call");
                match &now.open[n].3 {
                    Phase::Done(model) if res.agrees(model, |a, b| a == b.0).is_ok() => {
                        let mut next = now.clone();
                        next.open.remove(n);
                        Some(next)
                    }
                    _ => None,
                }
            }
            Event::Block { tid: name } => act(&now, Action::Block { thread: tid(name) }),
            Event::Unblock { tid: name } => act(&now, Action::Unblock { thread: tid(name) }),
            Event::Settled => now.open.iter().all(|o| o.3 == Phase::Inside).then(|| now.clone()),
            _ => Some(now.clone()),
        };
        work.extend(next.map(|next| Now { at: now.at + 1, ..next }));
        for n in 0..now.open.len() {
            if now.open[n].3 == Phase::Ahead {
                work.extend(perform(&now, n));
            }
        }
        for thread in 1..=THREADS {
            work.extend(act(&now, Action::Expire { thread: ThreadId(thread) }));
        }
    }
    false
}

fn programs(most: usize) -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    proptest::collection::vec(any::<(u8, u8, u8)>(), 1..most)
}

fn stretches() -> impl Strategy<Value = Vec<(u16, u16)>> {
    proptest::collection::vec(any::<(u16, u16)>(), 1..12)
}

/// Changes a trace in one place; returns keep their calls before them.
fn change(events: &mut Vec<Event>, what: u8, a: usize, b: usize) {
    let rets: Vec<usize> =
        (0..events.len()).filter(|&n| matches!(events[n], Event::Ret { .. })).collect();
    let (Some(&first), Some(&second)) =
        (rets.get(a % rets.len().max(1)), rets.get(b % rets.len().max(1)))
    else {
        return;
    };
    match what % 3 {
        // Two results change places.
        0 => {
            let result = |event: &Event| match event {
                Event::Ret { res, .. } => res.clone(),
                _ => Res::default(),
            };
            let (mine, theirs) = (result(&events[first]), result(&events[second]));
            for (n, new) in [(first, theirs), (second, mine)] {
                if let Event::Ret { res, .. } = &mut events[n] {
                    *res = new;
                }
            }
        }
        // A result is another.
        1 => {
            if let Event::Ret { res, .. } = &mut events[first] {
                match (res.key, res.depth) {
                    (Some(key), _) => res.key = Some(key ^ 1),
                    (_, Some(depth)) => res.depth = Some(depth ^ 1),
                    _ => res.ok = res.ok.map(|ok| !ok),
                }
            }
        }
        // A return is seen later.
        _ => {
            let ret = events.remove(first);
            let caller = match &ret {
                Event::Ret { id, .. } => events.iter().find_map(|e| match e {
                    Event::Call { id: call, tid, .. } if call == id => Some(tid.clone()),
                    _ => None,
                }),
                _ => None,
            };
            let again = |e: &Event| match e {
                Event::Call { tid, .. } | Event::Block { tid } | Event::Unblock { tid } => {
                    Some(tid.clone()) == caller
                }
                _ => false,
            };
            let limit = events[first..].iter().position(again).map_or(events.len(), |n| first + n);
            events.insert(first + b % (limit - first + 1), ret);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_run_of_the_model_is_accepted_in_its_order(
        limit in 1u32..4,
        program in programs(60),
        still in any::<u64>(),
    ) {
        let ran = run(limit, &program);
        let trace = text(Order::Total, limit, &in_order(&ran, still));
        let report = judged(&trace);
        prop_assert_eq!(report.verdict, Verdict::Conforms, "{}\n{}", report.render("run"), trace);
    }

    #[test]
    fn a_run_of_the_model_is_accepted_as_intervals(
        limit in 1u32..4,
        program in programs(24),
        stretch in stretches(),
    ) {
        let mut program = program;
        program.retain(|(_, what, _)| what % 8 != 7);
        let ran = run(limit, &program);
        let trace = text(Order::Interval, limit, &as_intervals(&ran, &stretch));
        let report = judged(&trace);
        prop_assert_eq!(report.verdict, Verdict::Conforms, "{}\n{}", report.render("run"), trace);
    }

    #[test]
    fn a_changed_trace_is_accepted_only_if_some_order_explains_it(
        interval in any::<bool>(),
        limit in 1u32..3,
        program in programs(10),
        still in any::<u64>(),
        stretch in stretches(),
        what in any::<u8>(),
        a in any::<usize>(),
        b in any::<usize>(),
    ) {
        let mut program = program;
        if interval {
            program.retain(|(_, what, _)| what % 8 != 7);
        }
        let ran = run(limit, &program);
        let order = if interval { Order::Interval } else { Order::Total };
        let mut events = match order {
            Order::Interval => as_intervals(&ran, &stretch),
            Order::Total => in_order(&ran, still),
        };
        change(&mut events, what, a, b);
        let trace = text(order, limit, &events);
        let report = judged(&trace);
        let expected = match explained(order, limit, &events) {
            true => Verdict::Conforms,
            false => Verdict::Diverges,
        };
        prop_assert_eq!(report.verdict, expected, "{}\n{}", report.render("changed"), trace);
        // The offending line is the first whose prefix cannot be explained.
        if let Some(line) = report.line {
            let at = line as usize - 4;
            prop_assert!(explained(order, limit, &events[..at]), "line {}\n{}", line, trace);
            prop_assert!(!explained(order, limit, &events[..=at]), "line {}\n{}", line, trace);
        }
    }
}

#[test]
fn changed_traces_are_both_accepted_and_rejected() {
    let program: Vec<(u8, u8, u8)> = (0..40u8).map(|n| (n, n / 3, n / 2)).collect();
    let ran = run(1, &program);
    let events = in_order(&ran, 0);
    let mut verdicts = HashSet::new();
    for a in 0..events.len() {
        let mut changed = events.clone();
        change(&mut changed, 0, a, a + 1);
        verdicts.insert(format!("{}", judged(&text(Order::Total, 1, &changed)).verdict));
    }
    assert_eq!(verdicts.len(), 2, "{verdicts:?}");
    assert!(Reader::new(text(Order::Total, 1, &events).as_bytes()).is_ok());
}
