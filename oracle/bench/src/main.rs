//! porcupine-rs on the histories that `histories.py` makes, read as a queue: `e` puts, `d` takes,
//! and -1 is a take that found nothing. Prints the verdict.

use porcupine_rs::{CheckResult, Model, Operation, check_operations_timeout};
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Clone)]
struct Queue;

#[derive(Clone, Debug)]
enum Op {
    Put(i64),
    Take(i64),
}

impl Model for Queue {
    type State = VecDeque<i64>;
    type Op = Op;
    type Metadata = ();

    fn init() -> VecDeque<i64> {
        VecDeque::new()
    }

    fn step(state: &VecDeque<i64>, op: &Op) -> (bool, VecDeque<i64>) {
        let mut next = state.clone();
        let possible = match op {
            Op::Put(value) => {
                next.push_back(*value);
                true
            }
            Op::Take(-1) => next.is_empty(),
            Op::Take(value) => next.pop_front() == Some(*value),
        };
        (possible, next)
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("usage: iocp-bench-histories FILE SECONDS");
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(20);
    let text = std::fs::read_to_string(path).expect("the history can be read");
    let operation = |line: &str| -> Option<Operation<Queue>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let value = words.get(2)?.parse().ok()?;
        Some(Operation {
            client_id: words.first()?.parse().ok(),
            call_time: words.get(3)?.parse().ok()?,
            return_time: words.get(4)?.parse().ok()?,
            op: if *words.get(1)? == "e" { Op::Put(value) } else { Op::Take(value) },
            metadata: None,
        })
    };
    let history: Vec<Operation<Queue>> =
        text.lines().map(|line| operation(line).expect("a line of a history")).collect();
    let verdict = match check_operations_timeout(&history, Duration::from_secs(seconds)) {
        CheckResult::Ok => "accepts",
        CheckResult::Illegal => "rejects",
        CheckResult::Unknown => "gives up",
    };
    println!("{verdict}");
}
