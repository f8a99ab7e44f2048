//! Random programs over shared variables: every kind of step the reductions must tell apart.

use std::collections::BTreeSet;

use iocp_scheduler::{
    Choice, Ending, EndingKind, Expectation, Footprint, Marks, Property, PropertySet, System, hash,
};

/// One step of a program. Variables hold numbers modulo 4; jumps go to a place in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Op {
    Set(usize, u8),
    Add(usize, u8),
    Await(usize, u8),
    /// Reported as a broken step if the variable has another value.
    Assert(usize, u8),
    /// Touches nothing but its own place.
    Local,
    Jump(usize),
    /// Goes on or jumps: two alternatives.
    Choose(usize),
}

/// Threads that run programs. Threads with equal programs are interchangeable.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) programs: Vec<Vec<Op>>,
    /// Claim that adding touches nothing: wrong, and to be found out.
    pub(crate) lies: bool,
    properties: Vec<Property>,
}

pub(crate) const VARIABLES: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct State {
    places: Vec<u8>,
    variables: [u8; VARIABLES],
}

impl Programs {
    /// Properties: variable 0 is not 3 while variable 1 is 0 (always); variable 1 is 2 somewhere
    /// (sometimes); variable 2 is 0 in the end (finally); no assertion fails (step).
    pub(crate) fn new(programs: Vec<Vec<Op>>) -> Self {
        let properties = vec![
            Property::new("a is not 3 while b is 0", Expectation::Always),
            Property::new("b is 2", Expectation::Sometimes),
            Property::new("c is 0 in the end", Expectation::Finally),
            Property::new("assertions hold", Expectation::Step),
        ];
        Self { programs, lies: false, properties }
    }

    fn op(&self, state: &State, actor: usize) -> Option<Op> {
        self.programs[actor].get(usize::from(state.places[actor])).copied()
    }

    fn touches(&self, op: Op) -> Footprint {
        match op {
            Op::Add(..) if self.lies => Footprint::NONE,
            Op::Set(variable, _) | Op::Add(variable, _) => Footprint::NONE.writing(variable as u32),
            Op::Await(variable, _) | Op::Assert(variable, _) => {
                Footprint::NONE.reading(variable as u32)
            }
            Op::Local | Op::Jump(_) | Op::Choose(_) => Footprint::NONE,
        }
    }

    fn own(actor: usize) -> Footprint {
        Footprint::NONE.writing(64 + actor as u32)
    }

    /// The actors that run the same program as `actor`.
    fn equals(&self, actor: usize) -> Vec<usize> {
        let same = |other: &usize| self.programs[*other] == self.programs[actor];
        (0..self.programs.len()).filter(same).collect()
    }
}

impl System for Programs {
    type State = State;

    fn identity(&self) -> u64 {
        hash(format!("{self:?}").as_bytes())
    }

    fn actors(&self) -> u16 {
        self.programs.len() as u16
    }

    fn initial(&self) -> State {
        State { places: vec![0; self.programs.len()], variables: [0; VARIABLES] }
    }

    fn enabled(&self, state: &State, choices: &mut Vec<Choice>) {
        for actor in 0..self.programs.len() {
            let choice = |alternative| Choice::new(actor as u16, alternative);
            match self.op(state, actor) {
                None => {}
                Some(Op::Await(variable, value)) if state.variables[variable] != value => {}
                Some(Op::Choose(_)) => choices.extend([choice(0), choice(1)]),
                Some(_) => choices.push(choice(0)),
            }
        }
    }

    fn apply(&self, state: &mut State, choice: Choice) -> PropertySet {
        let actor = usize::from(choice.actor());
        let op = self.op(state, actor).expect("only threads that are not done have choices");
        state.places[actor] += 1;
        match op {
            Op::Set(variable, value) => state.variables[variable] = value,
            Op::Add(variable, value) => {
                state.variables[variable] = (state.variables[variable] + value) % 4;
            }
            Op::Assert(variable, value) if state.variables[variable] != value => {
                return PropertySet::EMPTY.with(3);
            }
            Op::Jump(place) => state.places[actor] = place as u8,
            Op::Choose(place) if choice.alternative() == 1 => state.places[actor] = place as u8,
            Op::Await(..) | Op::Assert(..) | Op::Local | Op::Choose(_) => {}
        }
        PropertySet::EMPTY
    }

    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&state.places);
        bytes.extend_from_slice(&state.variables);
    }

    fn decode(&self, bytes: &[u8], into: &mut State) {
        let (places, variables) = bytes.split_at(self.programs.len());
        into.places.copy_from_slice(places);
        into.variables.copy_from_slice(variables);
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn check(&self, state: &State) -> Marks {
        let mut marks = Marks::NONE;
        if state.variables[0] == 3 && state.variables[1] == 0 {
            marks.violated.insert(0);
        }
        if state.variables[1] == 2 {
            marks.witnessed.insert(1);
        }
        marks
    }

    fn ending(&self, state: &State) -> Ending {
        let mut ending = Ending::finished();
        if (0..self.programs.len()).any(|actor| self.op(state, actor).is_some()) {
            ending.kind = EndingKind::Deadlock;
            ending.reasons.push("a thread awaits a value".to_owned());
        }
        if state.variables[2] != 0 {
            ending.marks.violated.insert(2);
        }
        ending
    }

    fn outcome(&self, state: &State) -> String {
        format!("{:?} {:?}", state.variables, state.places)
    }

    fn symmetry(&self) -> Result<(), String> {
        Ok(())
    }

    fn canonicalize(&self, state: &mut State) {
        for actor in 0..self.programs.len() {
            let equals = self.equals(actor);
            if equals[0] == actor {
                let mut places: Vec<u8> = equals.iter().map(|other| state.places[*other]).collect();
                places.sort_unstable();
                equals.iter().zip(places).for_each(|(other, place)| state.places[*other] = place);
            }
        }
    }

    fn orbit(&self, state: &State, visit: &mut dyn FnMut(&State)) {
        let mut known = BTreeSet::from([state.clone()]);
        let mut rest = vec![state.clone()];
        while let Some(state) = rest.pop() {
            for actor in 0..self.programs.len() {
                for other in self.equals(actor) {
                    let mut renamed = state.clone();
                    renamed.places.swap(actor, other);
                    if known.insert(renamed.clone()) {
                        rest.push(renamed);
                    }
                }
            }
        }
        known.iter().for_each(visit);
    }

    fn independence(&self) -> Result<(), String> {
        Ok(())
    }

    fn next_footprint(&self, state: &State, actor: u16) -> Footprint {
        let actor = usize::from(actor);
        self.op(state, actor).map_or(Footprint::NONE, |op| self.touches(op).union(Self::own(actor)))
    }

    fn future_footprint(&self, state: &State, actor: u16) -> Footprint {
        let actor = usize::from(actor);
        let program = &self.programs[actor];
        let mut reached = BTreeSet::new();
        let mut rest = vec![usize::from(state.places[actor])];
        let mut footprint = Footprint::NONE;
        while let Some(place) = rest.pop() {
            let Some(op) = program.get(place) else { continue };
            if reached.insert(place) {
                footprint = footprint.union(self.touches(*op)).union(Self::own(actor));
                match op {
                    Op::Jump(target) => rest.push(*target),
                    Op::Choose(target) => rest.extend([place + 1, *target]),
                    _ => rest.push(place + 1),
                }
            }
        }
        footprint
    }

    fn visible(&self, state: &State, choice: Choice) -> bool {
        let op = self.op(state, usize::from(choice.actor()));
        matches!(op, Some(Op::Set(0 | 1, _) | Op::Add(0 | 1, _)))
    }

    /// The places, then the variables: a part each.
    fn parts(&self) -> usize {
        self.programs.len() + VARIABLES
    }

    fn encode_parts(&self, state: &State, bytes: &mut Vec<u8>, ends: &mut Vec<u32>) {
        self.encode(state, bytes);
        ends.extend(1..=self.parts() as u32);
    }

    /// The place of an actor.
    fn digest(&self, state: &State, part: usize) -> u128 {
        state.places.get(part).map_or(0, |place| u128::from(*place))
    }

    fn scope(&self, digests: &[u128], actor: u16) -> u128 {
        let actor = usize::from(actor);
        let variable = |variable: usize| 1 << (self.programs.len() + variable);
        let own = 1 << actor;
        match self.programs[actor].get(digests[actor] as usize).copied() {
            None => 0,
            Some(Op::Set(it, _) | Op::Add(it, _) | Op::Await(it, _) | Op::Assert(it, _)) => {
                own | variable(it)
            }
            Some(Op::Local | Op::Jump(_) | Op::Choose(_)) => own,
        }
    }

    fn every_run_ends(&self) -> bool {
        let back = |program: &Vec<Op>| {
            let target = |op: &Op| match op {
                Op::Jump(target) | Op::Choose(target) => Some(*target),
                _ => None,
            };
            let mut jumps = program.iter().enumerate();
            jumps.any(|(place, op)| target(op).is_some_and(|target| target <= place))
        };
        !self.programs.iter().any(back)
    }
}
