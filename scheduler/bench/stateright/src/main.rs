//! "KQ" benchmark: a KQUEUE-like I/O completion port as a Stateright model.
//! The transition system is defined in words in ../README.md; ../kq.pml is the same system.
//!
//! usage: stateright-iocp W P K C [--threads N] [--dfs|--bfs|--sim|--on-demand] [--vec] [--sym] [--noprops]
//!   W workers, P producers, K packets per producer, C = MaximumCount

use stateright::{Checker, Model, Property, Representative};
use std::time::Instant;

// ---------------------------------------------------------------- parameters
#[derive(Clone, Copy, Debug)]
struct Params {
    w: usize,
    p: usize,
    k: usize,
    c: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Act {
    Post(u8),    // producer j posts its next packet
    Gqcs(u8),    // worker i calls GetQueuedCompletionStatus
    Process(u8), // worker i finishes its processing step (consumes the packet)
    Block(u8),   // worker i blocks on something that is not the port
    Unblock(u8), // ... and is released from it
}

// ---------------------------------------------------------------- compact state
const MAXQ: usize = 16;
const MAXW: usize = 8;
const MAXP: usize = 8;

// worker phases
const FRESH: u8 = 0; // never called GQCS, not counted
const WAIT: u8 = 1; // on the waiter stack, not counted
const GOT: u8 = 2; // holds a packet (in `pkt`), counted
const READY: u8 = 3; // packet processed, counted; may GQCS or block
const BLOCKED: u8 = 4; // blocked elsewhere, not counted
const READY_NB: u8 = 5; // unblocked, counted; may only GQCS

fn counted(ph: u8) -> bool {
    ph == GOT || ph == READY || ph == READY_NB
}

/// Packets are numbered 1 + j*K + s (producer j, sequence s); 0 is "none".
/// All unused cells are 0, so derived Eq/Hash are canonical.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct S {
    cur: u8,
    qlen: u8,
    sp: u8,
    next: [u8; MAXP],
    ph: [u8; MAXW],
    pkt: [u8; MAXW],
    stk: [u8; MAXW], // worker index + 1; top = stk[sp-1]
    q: [u8; MAXQ],   // head = q[0]
}

impl S {
    fn init() -> S {
        S { cur: 0, qlen: 0, sp: 0, next: [0; MAXP], ph: [0; MAXW], pkt: [0; MAXW], stk: [0; MAXW], q: [0; MAXQ] }
    }
    fn deq(&mut self) -> u8 {
        let x = self.q[0];
        let n = self.qlen as usize;
        self.q.copy_within(1..n, 0);
        self.q[n - 1] = 0;
        self.qlen -= 1;
        x
    }
    fn pop_waiter(&mut self) -> usize {
        self.sp -= 1;
        let w = self.stk[self.sp as usize];
        self.stk[self.sp as usize] = 0;
        (w - 1) as usize
    }
    fn give(&mut self, w: usize, x: u8) {
        self.ph[w] = GOT;
        self.pkt[w] = x;
        self.cur += 1;
    }
}

#[derive(Clone, Copy)]
struct Kq(Params, bool);

impl Model for Kq {
    type State = S;
    type Action = Act;

    fn init_states(&self) -> Vec<S> {
        vec![S::init()]
    }

    fn actions(&self, s: &S, out: &mut Vec<Act>) {
        for j in 0..self.0.p {
            if (s.next[j] as usize) < self.0.k {
                out.push(Act::Post(j as u8));
            }
        }
        for i in 0..self.0.w {
            match s.ph[i] {
                FRESH | READY_NB => out.push(Act::Gqcs(i as u8)),
                GOT => out.push(Act::Process(i as u8)),
                READY => {
                    out.push(Act::Gqcs(i as u8));
                    out.push(Act::Block(i as u8));
                }
                BLOCKED => out.push(Act::Unblock(i as u8)),
                _ => {}
            }
        }
    }

    fn next_state(&self, s: &S, a: Act) -> Option<S> {
        let mut n = s.clone();
        match a {
            Act::Post(j) => {
                let j = j as usize;
                let x = 1 + (j * self.0.k) as u8 + n.next[j];
                n.next[j] += 1;
                if n.sp > 0 && n.cur < self.0.c {
                    let w = n.pop_waiter();
                    n.give(w, x);
                } else {
                    n.q[n.qlen as usize] = x;
                    n.qlen += 1;
                }
            }
            Act::Gqcs(i) => {
                let i = i as usize;
                if n.ph[i] != FRESH {
                    n.cur -= 1;
                }
                if n.qlen > 0 && n.cur < self.0.c {
                    let x = n.deq();
                    n.give(i, x);
                } else {
                    n.ph[i] = WAIT;
                    n.stk[n.sp as usize] = i as u8 + 1;
                    n.sp += 1;
                }
            }
            Act::Process(i) => {
                n.ph[i as usize] = READY;
                n.pkt[i as usize] = 0;
            }
            Act::Block(i) => {
                n.ph[i as usize] = BLOCKED;
                n.cur -= 1;
                if n.cur < self.0.c && n.qlen > 0 && n.sp > 0 {
                    let x = n.deq();
                    let w = n.pop_waiter();
                    n.give(w, x);
                }
            }
            Act::Unblock(i) => {
                n.ph[i as usize] = READY_NB;
                n.cur += 1;
            }
        }
        Some(n)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        if !self.1 {
            // one trivially true property, otherwise Stateright has nothing to check and stops
            return vec![Property::<Self>::always("true", |_, _| true)];
        }
        vec![
            Property::<Self>::always("I1 count = active workers", |m, s| {
                s.cur as usize == (0..m.0.w).filter(|&i| counted(s.ph[i])).count()
            }),
            Property::<Self>::always("I2 no packet+waiter below max", |m, s| {
                !(s.qlen > 0 && s.sp > 0 && s.cur < m.0.c)
            }),
            Property::<Self>::always("I3 quiescent => all delivered", |m, s| {
                let quiescent = (0..m.0.p).all(|j| s.next[j] as usize == m.0.k)
                    && (0..m.0.w).all(|i| s.ph[i] == WAIT);
                !quiescent || (s.qlen == 0 && s.cur == 0 && s.sp as usize == m.0.w)
            }),
        ]
    }
}

/// Symmetry: workers are interchangeable (sort by (phase, held packet, stack position)).
/// This is exact (a true canonical form) because the stack position makes WAIT workers distinct
/// and workers equal in all three components are identical.
fn canon_workers(s: &S) -> S {
    let w = MAXW;
    let mut pos = [0u8; MAXW];
    for k in 0..s.sp as usize {
        pos[s.stk[k] as usize - 1] = k as u8 + 1;
    }
    // unused worker slots (>= W) are all FRESH/0/0 like real FRESH ones: harmless to sort together
    let mut idx: [usize; MAXW] = core::array::from_fn(|i| i);
    idx.sort_by_key(|&i| std::cmp::Reverse((s.ph[i], s.pkt[i], pos[i])));
    let mut n = s.clone();
    let mut newof = [0usize; MAXW];
    for (new, &old) in idx.iter().enumerate().take(w) {
        n.ph[new] = s.ph[old];
        n.pkt[new] = s.pkt[old];
        newof[old] = new;
    }
    for k in 0..s.sp as usize {
        n.stk[k] = newof[s.stk[k] as usize - 1] as u8 + 1;
    }
    n
}

impl Representative for S {
    fn representative(&self) -> Self {
        canon_workers(self)
    }
}

// ---------------------------------------------------------------- idiomatic (Vec/enum) state
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Ph {
    Fresh,
    Wait,
    Got(u8),
    Ready,
    Blocked,
    ReadyNb,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct SV {
    cur: usize,
    next: Vec<u8>,
    workers: Vec<Ph>,
    waiters: Vec<u8>,
    queue: std::collections::VecDeque<u8>,
}

#[derive(Clone, Copy)]
struct KqV(Params, bool);

impl Model for KqV {
    type State = SV;
    type Action = Act;
    fn init_states(&self) -> Vec<SV> {
        vec![SV {
            cur: 0,
            next: vec![0; self.0.p],
            workers: vec![Ph::Fresh; self.0.w],
            waiters: vec![],
            queue: Default::default(),
        }]
    }
    fn actions(&self, s: &SV, out: &mut Vec<Act>) {
        for j in 0..self.0.p {
            if (s.next[j] as usize) < self.0.k {
                out.push(Act::Post(j as u8));
            }
        }
        for i in 0..self.0.w {
            match s.workers[i] {
                Ph::Fresh | Ph::ReadyNb => out.push(Act::Gqcs(i as u8)),
                Ph::Got(_) => out.push(Act::Process(i as u8)),
                Ph::Ready => {
                    out.push(Act::Gqcs(i as u8));
                    out.push(Act::Block(i as u8));
                }
                Ph::Blocked => out.push(Act::Unblock(i as u8)),
                Ph::Wait => {}
            }
        }
    }
    fn next_state(&self, s: &SV, a: Act) -> Option<SV> {
        let c = self.0.c as usize;
        let mut n = s.clone();
        match a {
            Act::Post(j) => {
                let j = j as usize;
                let x = 1 + (j * self.0.k) as u8 + n.next[j];
                n.next[j] += 1;
                if !n.waiters.is_empty() && n.cur < c {
                    let w = n.waiters.pop().unwrap();
                    n.workers[w as usize] = Ph::Got(x);
                    n.cur += 1;
                } else {
                    n.queue.push_back(x);
                }
            }
            Act::Gqcs(i) => {
                if n.workers[i as usize] != Ph::Fresh {
                    n.cur -= 1;
                }
                if !n.queue.is_empty() && n.cur < c {
                    let x = n.queue.pop_front().unwrap();
                    n.workers[i as usize] = Ph::Got(x);
                    n.cur += 1;
                } else {
                    n.workers[i as usize] = Ph::Wait;
                    n.waiters.push(i);
                }
            }
            Act::Process(i) => n.workers[i as usize] = Ph::Ready,
            Act::Block(i) => {
                n.workers[i as usize] = Ph::Blocked;
                n.cur -= 1;
                if n.cur < c && !n.queue.is_empty() && !n.waiters.is_empty() {
                    let x = n.queue.pop_front().unwrap();
                    let w = n.waiters.pop().unwrap();
                    n.workers[w as usize] = Ph::Got(x);
                    n.cur += 1;
                }
            }
            Act::Unblock(i) => {
                n.workers[i as usize] = Ph::ReadyNb;
                n.cur += 1;
            }
        }
        Some(n)
    }
    fn properties(&self) -> Vec<Property<Self>> {
        if !self.1 {
            return vec![Property::<Self>::always("true", |_, _| true)];
        }
        vec![
            Property::<Self>::always("I1 count = active workers", |_, s| {
                s.cur
                    == s.workers
                        .iter()
                        .filter(|w| matches!(w, Ph::Got(_) | Ph::Ready | Ph::ReadyNb))
                        .count()
            }),
            Property::<Self>::always("I2 no packet+waiter below max", |m, s| {
                !(!s.queue.is_empty() && !s.waiters.is_empty() && s.cur < m.0.c as usize)
            }),
            Property::<Self>::always("I3 quiescent => all delivered", |m, s| {
                let quiescent =
                    s.next.iter().all(|&n| n as usize == m.0.k) && s.workers.iter().all(|w| *w == Ph::Wait);
                !quiescent || (s.queue.is_empty() && s.cur == 0 && s.waiters.len() == m.0.w)
            }),
        ]
    }
}

// ---------------------------------------------------------------- driver
fn peak_rss_kb() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap()
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .and_then(|l| l.split_whitespace().nth(1))
        .unwrap()
        .parse()
        .unwrap()
}

fn report<M: Model>(tag: &str, p: Params, threads: usize, t0: Instant, c: impl Checker<M>)
where
    M::State: std::fmt::Debug + std::hash::Hash + PartialEq + Clone,
    M::Action: std::fmt::Debug + PartialEq + Clone,
{
    let dt = t0.elapsed().as_secs_f64();
    let d = c.discoveries();
    println!(
        "W={} P={} K={} C={} mode={} threads={} unique={} generated={} depth={} sec={:.3} gen/s={:.0} unique/s={:.0} peakMB={:.1} discoveries={}",
        p.w, p.p, p.k, p.c, tag, threads,
        c.unique_state_count(), c.state_count(), c.max_depth(), dt,
        c.state_count() as f64 / dt, c.unique_state_count() as f64 / dt,
        peak_rss_kb() as f64 / 1024.0, d.len(),
    );
    for (n, p) in d {
        println!("DISCOVERY {n}: {} steps", p.into_actions().len());
    }
}

/// Plain std reference: same system, HashSet of full states, single thread. No checker library.
fn reference(p: Params, props: bool) {
    let m = Kq(p, props);
    let t0 = Instant::now();
    let mut seen: std::collections::HashSet<S> = Default::default();
    let mut frontier = vec![S::init()];
    seen.insert(S::init());
    let mut gen: u64 = 1;
    let mut acts = vec![];
    let mut terminal = 0u64;
    let mut max_cur = 0u8;
    let mut depth = 1;
    while !frontier.is_empty() {
        let mut nx = vec![];
        for s in &frontier {
            acts.clear();
            m.actions(s, &mut acts);
            if acts.is_empty() {
                terminal += 1;
            }
            max_cur = max_cur.max(s.cur);
            for &a in &acts {
                let n = m.next_state(s, a).unwrap();
                gen += 1;
                if seen.insert(n.clone()) {
                    nx.push(n);
                }
            }
        }
        frontier = nx;
        if !frontier.is_empty() {
            depth += 1;
        }
    }
    let dt = t0.elapsed().as_secs_f64();
    println!(
        "W={} P={} K={} C={} mode=ref-hashset threads=1 unique={} generated={} depth={} sec={:.3} gen/s={:.0} unique/s={:.0} peakMB={:.1} terminal={} max_cur={}",
        p.w, p.p, p.k, p.c, seen.len(), gen, depth, dt, gen as f64 / dt, seen.len() as f64 / dt,
        peak_rss_kb() as f64 / 1024.0, terminal, max_cur
    );
}

/// Same, but on canonical representatives (workers sorted): counts the orbits under worker renaming.
fn reference_sym(p: Params) {
    let m = Kq(p, true);
    let t0 = Instant::now();
    let mut seen: std::collections::HashSet<S> = Default::default();
    let mut work = vec![canon_workers(&S::init())];
    seen.insert(work[0].clone());
    let (mut gen, mut acts) = (1u64, vec![]);
    while let Some(s) = work.pop() {
        acts.clear();
        m.actions(&s, &mut acts);
        for &a in &acts {
            gen += 1;
            let n = canon_workers(&m.next_state(&s, a).unwrap());
            if seen.insert(n.clone()) {
                work.push(n);
            }
        }
    }
    let dt = t0.elapsed().as_secs_f64();
    println!("W={} P={} K={} C={} mode=ref-sym unique={} generated={} sec={:.3} peakMB={:.1}", p.w, p.p, p.k, p.c, seen.len(), gen, dt, peak_rss_kb() as f64 / 1024.0);
}

fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let n: Vec<usize> = a.iter().take(4).map(|s| s.parse().expect("W P K C")).collect();
    let p = Params { w: n[0], p: n[1], k: n[2], c: n[3] as u8 };
    assert!(p.w <= MAXW && p.p <= MAXP && p.p * p.k <= MAXQ && p.c >= 1);
    let has = |f: &str| a.iter().any(|x| x == f);
    let threads = if let Some(i) = a.iter().position(|x| x == "--threads") { a[i + 1].parse().unwrap() } else { 1 };
    let props = !has("--noprops");
    if has("--refsym") {
        return reference_sym(p);
    }
    if has("--ref") {
        return reference(p, props);
    }
    let t0 = Instant::now();
    if has("--vec") {
        let b = KqV(p, props).checker().threads(threads);
        if has("--dfs") {
            report("vec-dfs", p, threads, t0, b.spawn_dfs().join());
        } else {
            report("vec-bfs", p, threads, t0, b.spawn_bfs().join());
        }
    } else {
        let b = Kq(p, props).checker().threads(threads);
        if has("--sym") {
            report("compact-dfs-sym", p, threads, t0, b.symmetry().spawn_dfs().join());
        } else if has("--dfs") {
            report("compact-dfs", p, threads, t0, b.spawn_dfs().join());
        } else {
            report("compact-bfs", p, threads, t0, b.spawn_bfs().join());
        }
    }
}
