//! One line of steps. Keeps the steps and a state now and then, so that every state is near.

use std::sync::Arc;

use iocp_model::Effect;
use iocp_scenarios::Program;
use iocp_scenarios::stepper::{Activity, Stepper, Taken};
use iocp_scheduler::{Choice, Schedule, System};

/// Steps between two states that are kept. Going back replays at most so many.
const SPACING: usize = 64;

/// What a thread does between two steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Doing {
    /// What.
    pub activity: Activity,
    /// The key of the packet it works on.
    pub packet: Option<u64>,
}

/// Where a branch left another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parted {
    /// From which.
    pub from: usize,
    /// After how many steps.
    pub at: usize,
}

/// A line of steps.
pub struct Branch {
    /// What it is called.
    pub name: String,
    /// Where it left another branch, if it did.
    pub parted: Option<Parted>,
    steps: Vec<Arc<Taken>>,
    /// The state after 0, SPACING, 2 * SPACING, ... steps.
    kept: Vec<Stepper>,
    /// The state looked at last, and after how many steps it is.
    hand: (usize, Stepper),
    /// What every thread does after 0, 1, 2, ... steps, thread by thread.
    doing: Vec<Doing>,
    threads: usize,
}

impl Branch {
    /// A branch without steps.
    pub fn new(name: &str, program: Arc<Program>) -> Branch {
        let stepper = Stepper::new(program);
        let activities = stepper.activities();
        let doing = activities.iter().map(|a| Doing { activity: *a, packet: None }).collect();
        Branch {
            name: name.to_owned(),
            parted: None,
            steps: vec![],
            kept: vec![stepper.clone()],
            hand: (0, stepper),
            doing,
            threads: activities.len(),
        }
    }

    /// What is being run.
    pub fn program(&self) -> &Arc<Program> {
        self.hand.1.program()
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The step after `at` steps.
    pub fn step(&self, at: usize) -> Option<&Taken> {
        self.steps.get(at).map(|taken| &**taken)
    }

    /// What every thread does after `at` steps.
    pub fn doing(&self, at: usize) -> &[Doing] {
        let at = at.min(self.len());
        &self.doing[at * self.threads..(at + 1) * self.threads]
    }

    /// The choices of all steps.
    pub fn choices(&self) -> Vec<Choice> {
        self.steps.iter().map(|taken| taken.step.choice).collect()
    }

    /// The same as data to keep.
    pub fn schedule(&self) -> Schedule {
        Schedule::new(self.program().identity(), self.choices())
    }

    /// The state after `at` steps (or at the end, if there are fewer).
    pub fn stepper(&mut self, at: usize) -> &Stepper {
        let at = at.min(self.len());
        let (place, _) = self.hand;
        if place > at || at - place > SPACING {
            let near = at / SPACING;
            self.hand = (near * SPACING, self.kept[near].clone());
        }
        while self.hand.0 < at {
            let choice = self.steps[self.hand.0].step.choice;
            // What was possible once is possible again: the same state, the same choice.
            self.hand.1.take(choice);
            self.hand.0 += 1;
        }
        &self.hand.1
    }

    /// Adds a step at the end; whether the choice is possible there.
    pub fn push(&mut self, choice: Choice) -> bool {
        self.stepper(self.len());
        let Some(taken) = self.hand.1.take(choice) else { return false };
        let mut doing: Vec<Doing> = self.doing(self.len()).to_vec();
        for (doing, activity) in doing.iter_mut().zip(self.hand.1.activities()) {
            doing.activity = activity;
        }
        for consequence in &taken.step.effects {
            let (thread, packet) = match &consequence.effect {
                Effect::Removed { thread, packet, .. }
                | Effect::Released { thread, packet, .. } => (*thread, Some(packet.key)),
                Effect::Parked { thread, .. } => (*thread, None),
                _ => continue,
            };
            if let Some(actor) = self.program().actor_of(thread) {
                doing[actor].packet = packet;
            }
        }
        self.doing.extend(doing);
        self.steps.push(Arc::new(taken));
        self.hand.0 = self.steps.len();
        if self.steps.len().is_multiple_of(SPACING) {
            self.kept.push(self.hand.1.clone());
        }
        true
    }

    /// Adds steps as far as they are possible; how many were.
    pub fn follow(&mut self, choices: &[Choice]) -> usize {
        let room = super::STEPS_MAX.saturating_sub(self.len());
        choices.iter().take(room).take_while(|choice| self.push(**choice)).count()
    }

    /// A branch with the same first steps.
    pub(super) fn parted_at(&self, name: &str, from: usize, at: usize) -> Branch {
        let near = at / SPACING;
        Branch {
            name: name.to_owned(),
            parted: Some(Parted { from, at }),
            steps: self.steps[..at].to_vec(),
            kept: self.kept[..=near].to_vec(),
            hand: (near * SPACING, self.kept[near].clone()),
            doing: self.doing[..(at + 1) * self.threads].to_vec(),
            threads: self.threads,
        }
    }
}
