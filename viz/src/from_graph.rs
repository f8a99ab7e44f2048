//! A graph to draw out of the state graph of a scenario.

use iocp_scenarios::Program;
use iocp_scheduler::{EndingKind, Graph as StateGraph, System};

use crate::graph::{Edge, Graph, Kind, Node};

/// The graph of `program`, at most `max_states` states of it, without any reduction.
pub fn graph(program: &Program, max_states: u64) -> Graph {
    let states = StateGraph::build(program, max_states);
    let names: Vec<&str> = program.thread_names().collect();
    let mut state = program.initial();
    let mut graph = Graph {
        title: program.title().to_owned(),
        complete: states.is_complete(),
        ..Graph::default()
    };
    for index in 0..states.len() {
        program.decode(states.encoded(index), &mut state);
        let edges = states.edges(index);
        let marks = program.check(&state);
        let ends = edges.is_empty() && (states.is_complete() || is_terminal(program, &state));
        let mut violated = !marks.violated.is_empty();
        let mut kind = Kind::Ordinary;
        if ends {
            let ending = program.ending(&state);
            violated |= !ending.marks.violated.is_empty() || ending.kind != EndingKind::Finished;
            kind = Kind::End;
        }
        if violated {
            kind = Kind::Wrong;
        }
        let outcome = program.outcome(&state);
        let lines = outcome.split("; ").map(str::to_owned).collect();
        graph.nodes.push(Node { lines, kind });
        for (choice, target) in edges {
            // The actor behind the last thread is the world outside.
            let who = names.get(usize::from(choice.actor())).unwrap_or(&"environment");
            let label = match choice.alternative() {
                0 => (*who).to_owned(),
                way => format!("{who} ({way})"),
            };
            graph.edges.push(Edge { from: index, to: *target as usize, label });
        }
    }
    graph
}

fn is_terminal(program: &Program, state: &iocp_scenarios::World) -> bool {
    let mut choices = Vec::new();
    program.enabled(state, &mut choices);
    choices.is_empty()
}
