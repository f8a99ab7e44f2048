//! Programs that together take every transition of a small port.

use super::stage::{Choice, Stage};
use crate::driver::Program;
use iocp_model::{Kernel, Profile};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// What a tour covers.
#[derive(Clone, PartialEq, Debug)]
pub struct Tour {
    /// The programs.
    pub programs: Vec<Program>,
    /// The states of the graph.
    pub states: usize,
    /// Its transitions, each taken by at least one program.
    pub transitions: usize,
}

/// A state of the graph and how the search came there first.
struct Node {
    stage: Stage,
    choices: Vec<Choice>,
    /// Where each choice leads.
    next: Vec<usize>,
    /// Choices that no program has made yet.
    left: BTreeSet<usize>,
}

/// Every transition of one port of this concurrency value with so many workers, at most `depth`
/// packets queued, in programs of at most `steps` steps.
///
/// A worker's kind of remove makes a difference only to what it returns, so the states are those
/// of the model.
pub fn tour(concurrency: u32, workers: usize, depth: usize, steps: usize) -> Tour {
    let mut nodes = graph(concurrency, workers, depth);
    let transitions = nodes.iter().map(|node| node.next.len()).sum();
    let states = nodes.len();
    let mut programs = Vec::new();
    let mut name = |stage: Stage| {
        let number = programs.len();
        let name = format!("tour-{concurrency}-{workers}-{depth}-{number}");
        let title = format!("Walk {number} through every transition of a small port");
        programs.push(stage.program(&name, &title));
    };
    while nodes.iter().any(|node| !node.left.is_empty()) {
        let mut stage = Stage::new(Profile::Win11.into(), &[concurrency], workers);
        let mut at = 0;
        let before = stage.len();
        while let Some(path) = path_to_something_left(&nodes, at) {
            // A walk that has become long enough ends before it sets out again.
            if stage.len() > before && stage.len() + path.len() > steps {
                break;
            }
            for choice in path {
                nodes[at].left.remove(&choice);
                stage.act(nodes[at].choices[choice]);
                at = nodes[at].next[choice];
            }
        }
        name(stage);
    }
    Tour { programs, states, transitions }
}

/// The states, breadth first, and where each choice leads.
fn graph(concurrency: u32, workers: usize, depth: usize) -> Vec<Node> {
    let node = |stage: Stage| {
        let choices: Vec<Choice> = stage
            .choices()
            .into_iter()
            .filter(|c| !matches!(c, Choice::Post { port } if stage.depth(*port) >= depth))
            .collect();
        Node { left: (0..choices.len()).collect(), choices, next: Vec::new(), stage }
    };
    let first = Stage::new(Profile::Win11.into(), &[concurrency], workers);
    let mut numbers: HashMap<Kernel, usize> = HashMap::from([(first.kernel.clone(), 0)]);
    let mut nodes = vec![node(first)];
    let mut at = 0;
    while at < nodes.len() {
        for choice in nodes[at].choices.clone() {
            let mut stage = nodes[at].stage.clone();
            stage.act(choice);
            let number = nodes.len();
            let number = *numbers.entry(stage.kernel.clone()).or_insert(number);
            if number == nodes.len() {
                nodes.push(node(stage));
            }
            nodes[at].next.push(number);
        }
        at += 1;
    }
    nodes
}

/// The shortest way from a state to and through a choice that nobody has made.
fn path_to_something_left(nodes: &[Node], from: usize) -> Option<Vec<usize>> {
    let mut came: HashMap<usize, (usize, usize)> = HashMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if let Some(&choice) = nodes[at].left.first() {
            let mut path = vec![choice];
            let mut back = at;
            while back != from {
                let (before, choice) = came[&back];
                path.push(choice);
                back = before;
            }
            path.reverse();
            return Some(path);
        }
        for (choice, &next) in nodes[at].next.iter().enumerate() {
            if next != from && !came.contains_key(&next) {
                came.insert(next, (at, choice));
                queue.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::{Numbers, Step};
    use crate::suite::GRAPHS;
    use iocp_model::{Action, Effect, ProcessId, Rule};
    use std::collections::BTreeMap;

    /// A transition: the state it starts in, and the call in words.
    type Transition = (u64, String);

    fn words(step: &Step) -> Option<String> {
        let Step::Call(call) = step else { return None };
        let args = serde_json::to_string(&call.args).expect("plain data is JSON");
        Some(format!("{} {} {args}", call.thread, call.op))
    }

    /// The transitions that a program takes in a kernel of its own, read from its words alone.
    fn taken(program: &Program, workers: usize, into: &mut BTreeSet<Transition>) {
        let mut kernel = Kernel::new(Profile::Win11, 1);
        let names = ["M", "A", "B", "C"];
        let threads: BTreeMap<&str, _> = names[..=workers]
            .iter()
            .map(|name| (*name, kernel.create_thread(ProcessId(0))))
            .collect();
        let mut numbers = Numbers::default();
        for step in &program.steps {
            let before = kernel.fingerprint();
            let action = match step {
                Step::Call(call) => {
                    let thread = threads[call.thread.as_str()];
                    let call = numbers.call(&call.thread, &call.op, &call.args);
                    Action::Call { thread, call: call.expect("the model has this call") }
                }
                Step::Await(wait) => Action::Expire { thread: threads[wait.r#await.as_str()] },
            };
            let mut effects: Vec<(Rule, Effect)> = Vec::new();
            kernel.apply(action, &mut effects).expect("the program is one of the model's");
            for (_, effect) in effects {
                if let (Effect::HandleOpened { handle, .. }, Step::Call(call)) = (&effect, step) {
                    numbers.know(&call.bind[0], handle.0);
                }
            }
            into.extend(words(step).map(|words| (before, words)));
        }
    }

    /// All that there are: every choice in every state that can be reached.
    fn all(concurrency: u32, workers: usize, depth: usize) -> BTreeSet<Transition> {
        let mut transitions = BTreeSet::new();
        for node in graph(concurrency, workers, depth) {
            for choice in &node.choices {
                let mut stage = node.stage.clone();
                let from = stage.len();
                stage.act(*choice);
                let words = stage.steps_from(from).iter().find_map(words);
                transitions
                    .insert((node.stage.kernel.fingerprint(), words.expect("a choice is a call")));
            }
        }
        transitions
    }

    #[test]
    fn the_programs_of_the_suite_take_every_transition_of_the_small_state_graph() {
        for (concurrency, workers, depth) in GRAPHS {
            let tour = tour(concurrency, workers, depth, 60);
            let all = all(concurrency, workers, depth);
            println!(
                "{} states, {} transitions, {} programs",
                tour.states,
                tour.transitions,
                tour.programs.len()
            );
            assert_eq!(all.len(), tour.transitions);
            let mut seen = BTreeSet::new();
            tour.programs.iter().for_each(|program| taken(program, workers, &mut seen));
            assert_eq!(all.difference(&seen).count(), 0, "transitions that no program takes");
            // Without the last program something is missing: none is there for nothing.
            let mut fewer = BTreeSet::new();
            let most = &tour.programs[..tour.programs.len() - 1];
            most.iter().for_each(|program| taken(program, workers, &mut fewer));
            assert!(all.difference(&fewer).count() > 0);
        }
    }
}
