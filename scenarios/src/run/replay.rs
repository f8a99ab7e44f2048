//! A schedule from an exploration, one step after the other: there is one processor for
//! everybody, and every step starts when the one before it is over.

use iocp_scheduler::policy::{Policy, Replay};
use iocp_scheduler::{Schedule, System};

use super::Run;
use super::clock::Clock;
use super::recorder::Recorder;
use crate::program::Program;
use crate::world::enabled::{Way, move_of};

/// Runs a schedule again. Where a choice is not possible any more (the scenario has changed), the
/// run goes on by turns to the end; the number of that step comes back with the run.
pub fn replay(program: &Program, schedule: &Schedule, max_steps: usize) -> (Run, Option<u64>) {
    let mut policy = Replay::new(schedule);
    let mut world = program.initial();
    let mut recorder = Recorder::new(program);
    let mut clock = Clock::new(program);
    let mut choices = vec![];
    let started = vec![true; program.threads.len()];
    recorder.look(&world, 0);
    let cut = loop {
        choices.clear();
        program.enabled(&world, &mut choices);
        if choices.is_empty() {
            break false;
        }
        if recorder.steps() >= max_steps {
            break true;
        }
        let Some(choice) = policy.choose(recorder.steps() as u64, &choices) else { break true };
        let before = clock.now;
        let way = move_of(program, choice).way;
        let mut running = vec![false; program.threads.len()];
        match way {
            Way::Step { actor, leaf } => {
                clock.now += clock.cost(program, &world, actor, leaf);
                running[actor] = true;
            }
            other => clock.now = clock.now.max(clock.due(other).unwrap_or(before)),
        }
        recorder.pass(&world, before, clock.now, &running, &started);
        clock.before(program, &world, way);
        let effects = recorder.take(&mut world, choice, clock.now);
        clock.after(program, &world, &effects, &mut |_| 0);
    };
    let stopped = policy.stopped_fitting();
    (recorder.finish(&world, clock.now, cut), stopped)
}
