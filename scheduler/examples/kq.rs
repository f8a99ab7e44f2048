//! Explores KQ and prints one line of figures: `kq W P K C [--threads N] [--no-reduction]
//! [--no-symmetry] [--no-partial-order] [--no-fusing] [--producers] [--parts] [--max-states N]`.

#[path = "../tests/all/systems/kq.rs"]
#[allow(dead_code)]
mod kq;

use std::time::Instant;

use iocp_scheduler::Reductions;
use iocp_scheduler::explore::{Options, explore};
use kq::{Equal, Kq};

fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|given| given == word);
    let after = |word: &str| {
        let place = words.iter().position(|given| given == word)?;
        words.get(place + 1)?.parse::<u64>().ok()
    };
    let numbers: Vec<u64> = words.iter().map_while(|word| word.parse().ok()).collect();
    let [workers, producers, packets, concurrency] = numbers[..] else {
        eprintln!("usage: kq WORKERS PRODUCERS PACKETS CONCURRENCY [options]");
        std::process::exit(2);
    };
    let mut reductions = if has("--no-reduction") { Reductions::NONE } else { Reductions::ALL };
    reductions.symmetry &= !has("--no-symmetry");
    reductions.partial_order &= !has("--no-partial-order");
    reductions.fusing &= !has("--no-fusing");
    let equal = if has("--producers") { Equal::WorkersAndProducers } else { Equal::Workers };
    let mut system =
        Kq::new(workers as usize, producers as usize, packets as u8, concurrency as u8);
    system.cut = has("--parts");
    let options = Options {
        reductions,
        threads: after("--threads").unwrap_or(1) as usize,
        max_states: after("--max-states"),
        ..Options::default()
    };
    let start = Instant::now();
    let found = explore(&system.with_equal(equal), &options, &mut ());
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "W={workers} P={producers} K={packets} C={concurrency} states={} transitions={} depth={} \
         terminals={} complete={} violated={} sec={seconds:.3} ns/transition={:.0} \
         peakMB={:.1} bytes/state={:.1} own={:.1}",
        found.states,
        found.transitions,
        found.depth,
        found.terminals,
        found.complete,
        found.is_violated(),
        seconds * 1e9 / found.transitions as f64,
        peak_bytes() as f64 / 1048576.0,
        peak_bytes() as f64 / found.states as f64,
        found.peak_memory as f64 / found.states as f64,
    );
}
