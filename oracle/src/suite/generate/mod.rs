//! Programs made from the model: at random, or so that together they take every transition of a
//! small port. The model says which threads can call, and what each call gives on Windows.

mod stage;
mod tour;
mod words;

use crate::driver::Program;
use iocp_model::Semantics;
use stage::{Choice, Stage};
pub use tour::{Tour, tour};

/// How large a generated program may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Threads that remove packets.
    pub workers: usize,
    /// Ports.
    pub ports: usize,
    /// Steps after the ports and events have been made.
    pub steps: usize,
}

/// A small generator of numbers (splitmix64): the same seed gives the same program everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides.max(1) as u64) as usize
    }
}

/// The program of a seed. What it expects, and which threads it takes to be free, is what the
/// model does under `semantics`.
pub fn generate(seed: u64, size: Size, semantics: impl Into<Semantics>) -> Program {
    let mut dice = Dice(seed);
    let concurrency: Vec<u32> = (0..size.ports.max(1)).map(|_| 1 + dice.roll(3) as u32).collect();
    let mut stage = Stage::new(semantics.into(), &concurrency, size.workers);
    for _ in 0..size.steps {
        let choices = stage.choices();
        let weighted: Vec<Choice> =
            choices.iter().flat_map(|choice| vec![*choice; weight(choice)]).collect();
        let Some(choice) = weighted.get(dice.roll(weighted.len())) else { break };
        stage.act(*choice);
    }
    let title = format!("What the model does with seed {seed}");
    stage.program(&format!("seed-{seed}"), &title)
}

/// How often a kind of step is taken: a case is over when the port is closed, and poorer when a
/// thread is gone.
fn weight(choice: &Choice) -> usize {
    match choice {
        Choice::Post { .. } => 8,
        Choice::Remove { .. } => 4,
        Choice::Unblock { .. } => 6,
        Choice::Block { .. } => 3,
        Choice::Depth { .. } => 1,
        Choice::Exit { .. } | Choice::Close { .. } => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::Step;
    use iocp_model::Profile;

    const SIZE: Size = Size { workers: 3, ports: 2, steps: 30 };

    #[test]
    fn the_same_seed_gives_the_same_program_and_another_seed_another() {
        assert_eq!(generate(7, SIZE, Profile::Win11), generate(7, SIZE, Profile::Win11));
        assert_ne!(
            generate(7, SIZE, Profile::Win11).steps,
            generate(8, SIZE, Profile::Win11).steps
        );
    }

    #[test]
    fn a_generated_program_is_a_program_and_expects_something_of_every_call() {
        for seed in 0..50 {
            let program = generate(seed, SIZE, Profile::Win11);
            let text = serde_json::to_string(&program).expect("plain data");
            assert_eq!(Program::parse(&text).expect("it reads its own output"), program);
            for step in &program.steps {
                assert!(
                    matches!(step, Step::Await(_))
                        || matches!(step, Step::Call(call) if call.windows.is_some())
                );
            }
        }
    }
}
