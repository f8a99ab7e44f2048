//! Explores `kq` over the full model and prints what it took.
//!
//! `cargo run --release -p iocp-scenarios --example kq_in_full -- 4 2 6 2 [all|none] [THREADS]`

use std::time::Instant;

use iocp_scenarios::{Scenario, Settings};
use iocp_scheduler::explore::Options;
use iocp_scheduler::{Reductions, explore};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |i: usize, default| arguments.get(i).map_or(default, |a| a.parse().expect("a number"));
    let names = ["workers", "producers", "packets", "concurrency"];
    let set = names.iter().zip([3, 2, 2, 1]).enumerate();
    let set = set.map(|(i, (name, default))| ((*name).to_owned(), number(i, default))).collect();
    let reductions = match arguments.get(4).map(String::as_str) {
        Some("all") => Reductions::ALL,
        _ => Reductions::NONE,
    };
    let threads = number(5, 1) as usize;
    let text = include_str!("../library/port/kq.scenario.json");
    let scenario = Scenario::parse("kq", text).expect("the scenario is well-formed");
    let settings = Settings { set, ..Settings::default() };
    let program = scenario.compile(&settings).expect("the parameters are in range");
    let options = Options { reductions, threads, ..Options::default() };
    let start = Instant::now();
    let found = explore(&program, &options, &mut ());
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "states {} transitions {} depth {} terminals {} complete {} {seconds:.2} s, {:.0} ns a transition, {:.1} bytes a state",
        found.states,
        found.transitions,
        found.depth,
        found.terminals,
        found.complete,
        seconds * 1e9 / found.transitions as f64,
        found.peak_memory as f64 / found.states as f64,
    );
}
