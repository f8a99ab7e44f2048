//! KQ, the reference transition system of the benchmark, as a [`System`]: a completion port with
//! `workers` that get, process and may block, and `producers` that post.
//!
//! Actors: the workers, then the producers. Alternative 1 is Block; all else is 0.

use iocp_scheduler::{
    ActorSet, Choice, Coverage, Ending, Expectation, Footprint, Marks, Property, PropertySet,
    System, hash,
};

const MAX: usize = 8;
const QUEUE: usize = 16;

/// FRESH, WAIT, GOT, READY, BLOCKED, READY_NB of the definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Phase {
    Fresh,
    Wait,
    Got,
    Ready,
    Blocked,
    ReadyNb,
}

use Phase::{Blocked, Fresh, Got, Ready, ReadyNb, Wait};

const PHASES: [Phase; 6] = [Fresh, Wait, Got, Ready, Blocked, ReadyNb];

#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    current: u8,
    queued: u8,
    parked: u8,
    next: [u8; MAX],
    phase: [Phase; MAX],
    packet: [u8; MAX],
    stack: [u8; MAX],
    queue: [u8; QUEUE],
}

/// A departure from the definition, for the checkers to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// A worker that blocks is still counted as active.
    BlockKeepsCount,
    /// A post is queued even if a worker waits and may run.
    PostNeverReleases,
}

/// Who is held to be interchangeable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Equal {
    Workers,
    WorkersAndProducers,
}

#[derive(Clone, Debug)]
pub(crate) struct Kq {
    pub workers: usize,
    pub producers: usize,
    pub packets: u8,
    pub concurrency: u8,
    pub fault: Fault,
    pub equal: Equal,
    /// Cut states into parts, so that what actors do is remembered.
    pub cut: bool,
    /// Leave the waiters out of the scope of port steps: wrong, and to be found out.
    pub narrow: bool,
    properties: Vec<Property>,
}

impl Kq {
    pub(crate) fn new(workers: usize, producers: usize, packets: u8, concurrency: u8) -> Self {
        assert!(workers <= MAX && producers <= MAX && producers * usize::from(packets) <= QUEUE);
        let properties = vec![
            Property::new("the count is the number of active workers", Expectation::Always),
            Property::new("packet, waiter and spare concurrency at once", Expectation::Never),
            Property::new("everything is delivered in the end", Expectation::Finally),
            Property::new("more active than allowed", Expectation::Sometimes),
        ];
        let (fault, equal, cut, narrow) = (Fault::None, Equal::Workers, false, false);
        Self { workers, producers, packets, concurrency, fault, equal, cut, narrow, properties }
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    pub(crate) fn with_equal(mut self, equal: Equal) -> Self {
        self.equal = equal;
        self
    }

    fn give(&self, state: &mut State, worker: usize, packet: u8) {
        state.phase[worker] = Got;
        state.packet[worker] = packet;
        state.current += 1;
    }

    fn dequeue(&self, state: &mut State) -> u8 {
        let head = state.queue[0];
        state.queue.copy_within(1.., 0);
        state.queue[QUEUE - 1] = 0;
        state.queued -= 1;
        head
    }

    fn pop(&self, state: &mut State) -> usize {
        state.parked -= 1;
        let top = usize::from(state.parked);
        usize::from(std::mem::take(&mut state.stack[top])) - 1
    }

    fn post(&self, state: &mut State, producer: usize) {
        let packet = 1 + producer as u8 * self.packets + state.next[producer];
        state.next[producer] += 1;
        let free = state.parked > 0 && state.current < self.concurrency;
        if free && self.fault != Fault::PostNeverReleases {
            let worker = self.pop(state);
            self.give(state, worker, packet);
        } else {
            state.queue[usize::from(state.queued)] = packet;
            state.queued += 1;
        }
    }

    fn get(&self, state: &mut State, worker: usize) {
        if state.phase[worker] != Fresh {
            state.current -= 1;
        }
        if state.queued > 0 && state.current < self.concurrency {
            let packet = self.dequeue(state);
            self.give(state, worker, packet);
        } else {
            state.phase[worker] = Wait;
            state.stack[usize::from(state.parked)] = worker as u8 + 1;
            state.parked += 1;
        }
    }

    fn block(&self, state: &mut State, worker: usize) {
        state.phase[worker] = Blocked;
        if self.fault == Fault::BlockKeepsCount {
            return;
        }
        state.current -= 1;
        if state.current < self.concurrency && state.queued > 0 && state.parked > 0 {
            let packet = self.dequeue(state);
            let released = self.pop(state);
            self.give(state, released, packet);
        }
    }

    /// Renames the workers so that they are in order of phase, packet and place in the stack: an
    /// exact representative, since workers equal in all three are identical.
    fn sort_workers(&self, state: &mut State) {
        let mut place = [0_u8; MAX];
        for index in 0..usize::from(state.parked) {
            place[usize::from(state.stack[index]) - 1] = index as u8 + 1;
        }
        let mut order: [usize; MAX] = std::array::from_fn(|index| index);
        let old = *state;
        order[..self.workers].sort_unstable_by_key(|worker| {
            (old.phase[*worker], old.packet[*worker], place[*worker])
        });
        let mut renamed = [0_u8; MAX];
        for (new, worker) in order[..self.workers].iter().enumerate() {
            state.phase[new] = old.phase[*worker];
            state.packet[new] = old.packet[*worker];
            renamed[*worker] = new as u8 + 1;
        }
        for index in 0..usize::from(state.parked) {
            state.stack[index] = renamed[usize::from(old.stack[index]) - 1];
        }
    }

    /// Producer `index` becomes `names[index]`, and its packets with it.
    fn rename_producers(&self, state: &State, names: &[usize]) -> State {
        let mut renamed = *state;
        let packet = |packet: u8| match packet.checked_sub(1) {
            None => 0,
            Some(number) => {
                let producer = names[usize::from(number / self.packets)] as u8;
                1 + producer * self.packets + number % self.packets
            }
        };
        for (old, new) in names.iter().enumerate() {
            renamed.next[*new] = state.next[old];
        }
        for slot in renamed.packet.iter_mut().chain(&mut renamed.queue) {
            *slot = packet(*slot);
        }
        renamed
    }

    fn rename_workers(&self, state: &State, names: &[usize]) -> State {
        let mut renamed = *state;
        for (old, new) in names.iter().enumerate() {
            renamed.phase[*new] = state.phase[old];
            renamed.packet[*new] = state.packet[old];
        }
        for slot in &mut renamed.stack[..usize::from(state.parked)] {
            *slot = names[usize::from(*slot) - 1] as u8 + 1;
        }
        renamed
    }

    fn producer_names(&self) -> Vec<Vec<usize>> {
        match self.equal {
            Equal::Workers => vec![(0..self.producers).collect()],
            Equal::WorkersAndProducers => permutations(self.producers),
        }
    }

    fn encoded(&self, state: &State) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(state, &mut bytes);
        bytes
    }

    const PORT: u32 = 0;

    fn own(actor: usize) -> u32 {
        1 + actor as u32
    }

    /// The port, and everybody a port step may release.
    fn port_footprint(&self, state: &State, actor: usize) -> Footprint {
        let own = Footprint::NONE.writing(Self::PORT).writing(Self::own(actor));
        (0..self.workers)
            .filter(|worker| state.phase[*worker] == Wait)
            .fold(own, |touched, worker| touched.writing(Self::own(worker)))
    }

    fn has_posted_all(&self, state: &State, actor: usize) -> bool {
        actor >= self.workers && state.next[actor - self.workers] == self.packets
    }
}

pub(crate) fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(count - 1) {
        for place in 0..count {
            let mut longer = shorter.clone();
            longer.insert(place, count - 1);
            all.push(longer);
        }
    }
    all
}

impl System for Kq {
    type State = State;

    fn identity(&self) -> u64 {
        hash(format!("kq {self:?}").as_bytes())
    }

    fn actors(&self) -> u16 {
        (self.workers + self.producers) as u16
    }

    fn initial(&self) -> State {
        State {
            current: 0,
            queued: 0,
            parked: 0,
            next: [0; MAX],
            phase: [Fresh; MAX],
            packet: [0; MAX],
            stack: [0; MAX],
            queue: [0; QUEUE],
        }
    }

    fn enabled(&self, state: &State, choices: &mut Vec<Choice>) {
        for worker in 0..self.workers {
            let actor = worker as u16;
            match state.phase[worker] {
                Wait => {}
                Fresh | Got | Blocked | ReadyNb => choices.push(Choice::new(actor, 0)),
                Ready => choices.extend([Choice::new(actor, 0), Choice::new(actor, 1)]),
            }
        }
        for producer in 0..self.producers {
            if state.next[producer] < self.packets {
                choices.push(Choice::new((self.workers + producer) as u16, 0));
            }
        }
    }

    fn apply(&self, state: &mut State, choice: Choice) -> PropertySet {
        let actor = usize::from(choice.actor());
        if let Some(producer) = actor.checked_sub(self.workers) {
            self.post(state, producer);
            return PropertySet::EMPTY;
        }
        match (state.phase[actor], choice.alternative()) {
            (Ready, 1) => self.block(state, actor),
            (Fresh | Ready | ReadyNb, _) => self.get(state, actor),
            (Got, _) => {
                state.phase[actor] = Ready;
                state.packet[actor] = 0;
            }
            (Blocked, _) => {
                state.phase[actor] = ReadyNb;
                if self.fault != Fault::BlockKeepsCount {
                    state.current += 1;
                }
            }
            (Wait, _) => unreachable!("a waiting worker has no choice"),
        }
        PropertySet::EMPTY
    }

    fn restore(&self, into: &mut State, from: &State) {
        *into = *from;
    }

    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        let mut packed = [0; 3 + 3 * MAX + QUEUE];
        packed[0] = state.queued << 4 | state.parked;
        packed[1] = state.current;
        let mut length = 2;
        let mut put = |byte| {
            packed[length] = byte;
            length += 1;
        };
        state.stack[..usize::from(state.parked)].iter().for_each(|worker| put(*worker));
        state.queue[..usize::from(state.queued)].iter().for_each(|packet| put(*packet));
        for worker in 0..self.workers {
            put((state.phase[worker] as u8) << 5 | state.packet[worker]);
        }
        state.next[..self.producers].iter().for_each(|next| put(*next));
        bytes.extend_from_slice(&packed[..length]);
    }

    fn decode(&self, bytes: &[u8], into: &mut State) {
        *into = self.initial();
        into.queued = bytes[0] >> 4;
        into.parked = bytes[0] & 15;
        into.current = bytes[1];
        let mut rest = bytes[2..].iter().copied();
        let (parked, queued) = (usize::from(into.parked), usize::from(into.queued));
        into.stack.iter_mut().zip(rest.by_ref().take(parked)).for_each(|(to, b)| *to = b);
        into.queue.iter_mut().zip(rest.by_ref().take(queued)).for_each(|(to, b)| *to = b);
        for (worker, byte) in rest.by_ref().take(self.workers).enumerate() {
            into.phase[worker] = PHASES[usize::from(byte >> 5)];
            into.packet[worker] = byte & 31;
        }
        into.next.iter_mut().zip(rest).for_each(|(to, b)| *to = b);
    }

    /// The port, then each actor.
    fn parts(&self) -> usize {
        if self.cut { 1 + self.workers + self.producers } else { 1 }
    }

    fn encode_parts(&self, state: &State, bytes: &mut Vec<u8>, ends: &mut Vec<u32>) {
        self.encode(state, bytes);
        let port = 2 + u32::from(state.parked) + u32::from(state.queued);
        ends.extend((0..self.parts() as u32).map(|part| port + part));
    }

    /// Of the port: the workers that wait. Of an actor: whether it has no choice, or touches
    /// nothing but itself.
    fn digest(&self, state: &State, part: usize) -> u128 {
        let Some(actor) = part.checked_sub(1) else {
            let waits = |worker: &usize| state.phase[*worker] == Wait;
            return (0..self.workers).filter(waits).fold(0, |all, worker| all | 2 << worker);
        };
        match state.phase.get(actor).filter(|_| actor < self.workers) {
            Some(Wait) => 0,
            Some(Got) => 1,
            Some(_) => 2,
            None => {
                if self.has_posted_all(state, actor) {
                    0
                } else {
                    2
                }
            }
        }
    }

    fn scope(&self, digests: &[u128], actor: u16) -> u128 {
        let own = 2 << actor;
        match digests[1 + usize::from(actor)] {
            0 => 0,
            1 => own,
            _ if self.narrow => 1 | own,
            _ => 1 | own | digests[0],
        }
    }

    /// Everybody but the producers.
    fn view(&self) -> u128 {
        (2 << self.workers) - 1
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn check(&self, state: &State) -> Marks {
        let mut marks = Marks::NONE;
        let active = |phase: &&Phase| matches!(phase, Got | Ready | ReadyNb);
        let active = state.phase[..self.workers].iter().filter(active).count();
        if usize::from(state.current) != active {
            marks.violated.insert(0);
        }
        if state.queued > 0 && state.parked > 0 && state.current < self.concurrency {
            marks.violated.insert(1);
        }
        if state.current > self.concurrency {
            marks.witnessed.insert(3);
        }
        marks
    }

    fn ending(&self, state: &State) -> Ending {
        let mut ending = Ending::finished();
        let all_wait = state.phase[..self.workers].iter().all(|phase| *phase == Wait);
        if !(all_wait && state.queued == 0 && state.current == 0) {
            ending.marks.violated.insert(2);
        }
        ending
    }

    fn outcome(&self, state: &State) -> String {
        let stack = &state.stack[..usize::from(state.parked)];
        let names: Vec<String> = stack.iter().rev().map(|worker| format!("W{worker}")).collect();
        format!("waiting, top first: {}; queued: {}", names.join(" "), state.queued)
    }

    fn waiting(&self, state: &State) -> ActorSet {
        let waits = |worker: &u16| state.phase[usize::from(*worker)] == Wait;
        (0..self.workers as u16).filter(waits).fold(ActorSet::EMPTY, ActorSet::with)
    }

    fn served(&self, state: &State) -> ActorSet {
        let has = |worker: &u16| state.phase[usize::from(*worker)] == Got;
        (0..self.workers as u16).filter(has).fold(ActorSet::EMPTY, ActorSet::with)
    }

    fn symmetry(&self) -> Result<(), String> {
        Ok(())
    }

    fn canonicalize(&self, state: &mut State) {
        if self.equal == Equal::Workers {
            self.sort_workers(state);
            return;
        }
        let renamed = self.producer_names().into_iter().map(|names| {
            let mut renamed = self.rename_producers(state, &names);
            self.sort_workers(&mut renamed);
            renamed
        });
        let least = renamed.min_by_key(|renamed| self.encoded(renamed));
        *state = least.expect("there is always the identical renaming");
    }

    fn orbit(&self, state: &State, visit: &mut dyn FnMut(&State)) {
        let mut known = std::collections::BTreeSet::new();
        for producers in self.producer_names() {
            let renamed = self.rename_producers(state, &producers);
            for workers in permutations(self.workers) {
                let renamed = self.rename_workers(&renamed, &workers);
                if known.insert(self.encoded(&renamed)) {
                    visit(&renamed);
                }
            }
        }
    }

    fn independence(&self) -> Result<(), String> {
        Ok(())
    }

    fn next_footprint(&self, state: &State, actor: u16) -> Footprint {
        let actor = usize::from(actor);
        if self.has_posted_all(state, actor) {
            Footprint::NONE
        } else if actor < self.workers && state.phase[actor] == Got {
            Footprint::NONE.writing(Self::own(actor))
        } else {
            self.port_footprint(state, actor)
        }
    }

    fn future_footprint(&self, state: &State, actor: u16) -> Footprint {
        let actor = usize::from(actor);
        if self.has_posted_all(state, actor) {
            Footprint::NONE
        } else {
            self.port_footprint(state, actor)
        }
    }

    fn visible(&self, state: &State, choice: Choice) -> bool {
        let actor = usize::from(choice.actor());
        actor >= self.workers || state.phase[actor] != Got
    }

    fn every_run_ends(&self) -> bool {
        true
    }

    /// 0: a step of a worker; 1: a block; 2: a post.
    fn cover(&self, _state: &State, choice: Choice, coverage: &mut Coverage) {
        let worker = usize::from(choice.actor()) < self.workers;
        coverage.insert(if worker { usize::from(choice.alternative()) } else { 2 });
    }
}
