//! Starvation: an actor that can be passed over for ever.
//!
//! That is a circle in the state graph in which the actor waits all the way round while others are
//! served. Circles are a matter of edges, so the unreduced [`Graph`] is searched, and
//! whoever asks says how large it may get.
//!
//! Only *fair* circles count: no actor may be kept from a step that it could take all the way
//! round. Otherwise everything would starve, by a scheduler that never lets the post happen.
//! For each actor: the part of the graph where it waits is cut into strongly connected
//! components. A component proves starvation if somebody else is served by a step inside, and
//! every actor moves inside or is somewhere inside unable to. (If a circle is fair then so is the
//! component around it, so looking at whole components misses nothing.) The circle shown
//! begins as near to the initial state as any, and visits what makes it fair.

use std::collections::VecDeque;

use crate::choice::{Actor, ActorSet, Choice};
use crate::graph::Graph;
use crate::schedule::Schedule;
use crate::system::System;

/// What is known about starvation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Starvation {
    /// It was not looked for.
    NotAsked,
    /// Nobody ever waits to be served, as far as the system says.
    NobodyWaits,
    /// The unreduced graph has more states than were allowed.
    TooLarge {
        /// How many were allowed.
        states: u64,
    },
    /// These actors can be passed over for ever; if the list is empty, none can.
    Checked(Vec<Starving>),
}

/// A run in which an actor is passed over for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starving {
    /// Who.
    pub actor: Actor,
    /// The way to the circle.
    pub prefix: Schedule,
    /// Once round the circle: it leads back to the state it started from.
    pub cycle: Schedule,
}

/// Looks for every actor of `system` that can starve, if its graph has at most `max_states`.
#[must_use]
pub fn find<S: System>(system: &S, max_states: u64) -> Starvation {
    let Some(graph) = Graph::build_whole(system, max_states.min(u64::from(u32::MAX))) else {
        return Starvation::TooLarge { states: max_states };
    };
    let facts = Facts::of(system, &graph);
    let waiting = facts.waiting.iter().fold(ActorSet::EMPTY, |all, some| all.union(*some));
    if waiting.is_empty() {
        return Starvation::NobodyWaits;
    }
    let identity = system.identity();
    let starving = waiting.iter().filter_map(|actor| {
        let inside = |index: usize| facts.waiting[index].contains(actor);
        let components = components(&graph, inside);
        let (start, cycle) = circle(&graph, &facts, actor, &components)?;
        let prefix = Schedule::new(identity, graph.path_to(start));
        Some(Starving { actor, prefix, cycle: Schedule::new(identity, cycle) })
    });
    Starvation::Checked(starving.collect())
}

/// What the system says of each state.
struct Facts {
    actors: u16,
    waiting: Vec<ActorSet>,
    served: Vec<ActorSet>,
}

impl Facts {
    fn of<S: System>(system: &S, graph: &Graph) -> Self {
        let mut state = system.initial();
        let (mut waiting, mut served) = (Vec::new(), Vec::new());
        for index in 0..graph.len() {
            system.decode(graph.encoded(index), &mut state);
            waiting.push(system.waiting(&state));
            served.push(system.served(&state));
        }
        Self { actors: system.actors(), waiting, served }
    }

    /// Whether the step from one state to the other serves somebody who is not `actor`.
    fn serves_another(&self, actor: Actor, from: usize, to: usize) -> bool {
        let newly = self.served[to].minus(self.served[from]);
        newly.iter().any(|served| served != actor)
    }
}

/// Which states are in one strongly connected component, and who moves where.
struct Components {
    /// For each state the number of its component; `NONE` outside the part looked at.
    of: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// A state whose edges are being walked.
struct Visit {
    state: usize,
    edge: usize,
}

/// Tarjan's algorithm on the states that are `inside`, with its stack on the heap.
fn components(graph: &Graph, inside: impl Fn(usize) -> bool) -> Components {
    let mut of = vec![NONE; graph.len()];
    let mut order = vec![NONE; graph.len()];
    let mut low = vec![NONE; graph.len()];
    let (mut counter, mut component) = (0, 0);
    let (mut open, mut visits) = (Vec::new(), Vec::new());
    for root in (0..graph.len()).filter(|index| inside(*index)) {
        if order[root] != NONE {
            continue;
        }
        visits.push(Visit { state: root, edge: 0 });
        while let Some(visit) = visits.last_mut() {
            let state = visit.state;
            if visit.edge == 0 {
                (order[state], low[state]) = (counter, counter);
                counter += 1;
                open.push(state);
            }
            let edge = graph.edges(state).get(visit.edge);
            visit.edge += 1;
            if let Some((_, target)) = edge {
                let target = *target as usize;
                if !inside(target) {
                    continue;
                }
                if order[target] == NONE {
                    visits.push(Visit { state: target, edge: 0 });
                } else if of[target] == NONE {
                    low[state] = low[state].min(order[target]);
                }
                continue;
            }
            visits.pop();
            if let Some(parent) = visits.last() {
                low[parent.state] = low[parent.state].min(low[state]);
            }
            if low[state] == order[state] {
                while let Some(member) = open.pop() {
                    of[member] = component;
                    if member == state {
                        break;
                    }
                }
                component += 1;
            }
        }
    }
    Components { of }
}

impl Components {
    fn inside<'a>(
        &'a self,
        graph: &'a Graph,
        state: usize,
    ) -> impl Iterator<Item = (Choice, usize)> + 'a {
        let own = self.of[state];
        let edges = graph.edges(state).iter().map(|(choice, target)| (*choice, *target as usize));
        edges.filter(move |(_, target)| own != NONE && self.of[*target] == own)
    }
}

/// The actors that can move in a state.
fn able(graph: &Graph, state: usize) -> ActorSet {
    graph.edges(state).iter().fold(ActorSet::EMPTY, |all, (choice, _)| all.with(choice.actor()))
}

/// A fair circle in which `actor` waits and others are served, and the state it starts from.
fn circle(
    graph: &Graph,
    facts: &Facts,
    actor: Actor,
    components: &Components,
) -> Option<(usize, Vec<Choice>)> {
    let count = components.of.iter().filter(|of| **of != NONE).max().map_or(0, |max| max + 1);
    let mut serving = vec![false; count as usize];
    let mut fair = vec![ActorSet::EMPTY; count as usize];
    let everybody = ActorSet::first(facts.actors);
    for (state, component) in components.of.iter().enumerate() {
        let Some(fair) = fair.get_mut(*component as usize) else { continue };
        *fair = fair.union(everybody.minus(able(graph, state)));
        for (choice, target) in components.inside(graph, state) {
            *fair = fair.union(ActorSet::EMPTY.with(choice.actor()));
            serving[*component as usize] |= facts.serves_another(actor, state, target);
        }
    }
    let starves = |component: u32| {
        serving.get(component as usize) == Some(&true)
            && everybody.minus(fair[component as usize]).is_empty()
    };
    let start = components.of.iter().position(|component| starves(*component))?;
    Some((start, round(graph, facts, actor, components, start)))
}

/// Once round: until somebody else is served, then to what fairness asks for, then back.
fn round(
    graph: &Graph,
    facts: &Facts,
    actor: Actor,
    components: &Components,
    start: usize,
) -> Vec<Choice> {
    let mut path = Vec::new();
    let mut here = start;
    let mut owed = ActorSet::first(facts.actors).minus(ActorSet::EMPTY);
    let mut served = false;
    let settle = |owed: ActorSet, from: usize, choice: Choice, to: usize| {
        let idle = ActorSet::first(facts.actors).minus(able(graph, from));
        let idle = idle.union(ActorSet::first(facts.actors).minus(able(graph, to)));
        owed.minus(idle).minus(ActorSet::EMPTY.with(choice.actor()))
    };
    loop {
        let wanted = |from: usize, choice: Choice, to: usize| {
            if !served {
                facts.serves_another(actor, from, to)
            } else {
                settle(owed, from, choice, to) != owed || owed.is_empty() && to == start
            }
        };
        if served && owed.is_empty() && here == start {
            return path;
        }
        let leg = walk(graph, components, here, wanted);
        if leg.is_empty() {
            return path;
        }
        for (choice, to) in leg {
            owed = settle(owed, here, choice, to);
            served |= facts.serves_another(actor, here, to);
            path.push(choice);
            here = to;
        }
    }
}

/// A shortest walk inside the component whose last step is wanted.
fn walk(
    graph: &Graph,
    components: &Components,
    start: usize,
    wanted: impl Fn(usize, Choice, usize) -> bool,
) -> Vec<(Choice, usize)> {
    let mut before = std::collections::BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(state) = queue.pop_front() {
        for (choice, target) in components.inside(graph, state) {
            if wanted(state, choice, target) {
                let mut leg = vec![(choice, target)];
                let mut here = state;
                while here != start {
                    let (from, choice): (usize, Choice) = before[&here];
                    leg.push((choice, here));
                    here = from;
                }
                leg.reverse();
                return leg;
            }
            if target != start && !before.contains_key(&target) {
                before.insert(target, (state, choice));
                queue.push_back(target);
            }
        }
    }
    Vec::new()
}
