//! The model as the reference machine of `proptest-state-machine` (feature `state-machine`).
//!
//! ```
//! use iocp_oracle::driver::Implementation;
//! use iocp_oracle::harness::machine::{Model, Setting, drive};
//! use iocp_oracle::harness::{Move, PortDriver, World};
//! use iocp_oracle::threaded::ThreadedDriver; // or PortDriver::<MyPort>
//! use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
//!
//! /// Level, sizes, weights and semantics: the default ones.
//! #[derive(Clone, Debug)]
//! struct Mine;
//! impl Setting for Mine {}
//!
//! struct MyTest;
//! impl StateMachineTest for MyTest {
//!     type SystemUnderTest = (ThreadedDriver, u64);
//!     type Reference = Model<Mine>;
//!
//!     fn init_test(_: &World) -> Self::SystemUnderTest {
//!         let mut driver = ThreadedDriver::new(None);
//!         driver.reset().unwrap();
//!         (driver, 0)
//!     }
//!
//!     fn apply((mut driver, mut calls): Self::SystemUnderTest, world: &World, _: Move)
//!         -> Self::SystemUnderTest
//!     {
//!         // The calls of the last move, and what the model says of all that are open.
//!         if let Err(difference) = drive(&mut driver, world, &mut calls) {
//!             panic!("{difference}");
//!         }
//!         (driver, calls)
//!     }
//! }
//!
//! prop_state_machine! {
//!     # #![proptest_config(proptest::prelude::ProptestConfig { cases: 10,
//!     #     failure_persistence: None, ..Default::default() })]
//!     // #[test]
//!     fn it_behaves_like_windows(sequential 1..20 => MyTest);
//! }
//! it_behaves_like_windows();
//! ```

use super::config::Config;
use super::moves::{Case, Kind, Move};
use super::script::script;
use super::world::World;
use crate::driver::{Answer, CallStep, Command, Expected, Implementation, Step};
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

/// Which level, sizes, weights and semantics a [`Model`] has.
pub trait Setting: Clone + fmt::Debug + 'static {
    /// They.
    fn config() -> Config {
        Config::default()
    }
}

/// The model as a reference machine: its state is a [`World`], its transitions are [`Move`]s.
#[derive(Clone, Debug)]
pub struct Model<S>(PhantomData<S>);

impl<S: Setting> ReferenceStateMachine for Model<S> {
    type State = World;
    type Transition = Move;

    fn init_state() -> BoxedStrategy<World> {
        let config = S::config();
        let ports = prop::collection::vec(1..=3_u8, 1..=usize::from(config.ports.max(1)));
        let workers = 2.min(config.workers.max(1))..=config.workers.max(1);
        let case = (ports, workers).prop_map(|(ports, workers)| Case {
            ports,
            workers,
            moves: Vec::new(),
        });
        case.prop_map(move |case| World::new(&case, config.semantics)).boxed()
    }

    /// A kind by its weight, and one of the moves of that kind that are possible.
    fn transitions(world: &World) -> BoxedStrategy<Move> {
        let moves = kinds::<S>(world)
            .map(|(weight, kind)| (weight, prop::sample::select(world.possible(kind)).boxed()));
        let moves: Vec<(u32, BoxedStrategy<Move>)> = moves.collect();
        if moves.is_empty() {
            // Everybody waits for ever: no move is possible any more, and this one changes nothing.
            return Just(Move { kind: Kind::Unblock, who: 0, what: 0, how: 0 }).boxed();
        }
        prop::strategy::Union::new_weighted(moves).boxed()
    }

    fn apply(mut world: World, m: &Move) -> World {
        world.act(*m);
        world
    }

    /// Where nothing is possible a move that changes nothing is let through: a sequence has a
    /// length to reach, and would be refused for ever.
    fn preconditions(world: &World, m: &Move) -> bool {
        world.is_possible(*m) || kinds::<S>(world).next().is_none()
    }
}

/// The kinds of moves that are possible, by weight.
fn kinds<S: Setting>(world: &World) -> impl Iterator<Item = (u32, Kind)> {
    let config = S::config();
    let kinds = world.kinds(config.level).into_iter();
    kinds.map(move |kind| (config.weight(kind), kind)).filter(|(weight, _)| *weight > 0)
}

/// How long a system under test may take for one call.
const LIMIT: Duration = Duration::from_secs(2);

/// What a system under test did otherwise than the model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Departure {
    /// In a sentence.
    pub what: String,
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Departure {}

/// Makes the calls of a world that have not been made yet (`calls` counts them), and compares what
/// comes back with what the model says.
///
/// # Errors
/// The first thing that is different.
pub fn drive(
    system: &mut impl Implementation,
    world: &World,
    calls: &mut u64,
) -> Result<(), Departure> {
    let steps = script(world).program.steps;
    let fault = |fault: crate::driver::Fault| Departure { what: fault.to_string() };
    let (mut answers, mut waiting) = (Vec::new(), Vec::new());
    for step in &steps[*calls as usize..] {
        *calls += 1;
        let until = Instant::now() + LIMIT;
        if let Step::Call(CallStep { thread, op, args, bind, .. }) = step {
            let (thread, op) = (thread.clone(), op.clone());
            let (args, bind) = (args.clone(), bind.clone());
            system.send(&Command::Call { id: *calls, thread, op, args, bind }).map_err(fault)?;
        } else if let Some(answer) = system.receive(until).map_err(fault)? {
            answers.push(answer);
        }
        let limit_ms = LIMIT.as_millis() as u64;
        system.send(&Command::Settle { quiet_ms: 0, limit_ms }).map_err(fault)?;
        loop {
            match system.receive(until + LIMIT).map_err(fault)? {
                Some(Answer::Settled { waiting: now, .. }) => {
                    waiting = now;
                    break;
                }
                Some(answer) => answers.push(answer),
                None => return Err(Departure { what: "it does not settle".to_owned() }),
            }
        }
    }
    let never = |step: &Step| {
        matches!(step, Step::Call(CallStep { windows: Some(Expected::Word(word)), .. })
            if word == "never")
    };
    let from = *calls;
    let should: Vec<u64> =
        (1..=from).filter(|id| steps.get(*id as usize - 1).is_some_and(never)).collect();
    waiting.sort_unstable();
    if waiting != should {
        let what = format!("calls {should:?} should wait, and {waiting:?} do");
        return Err(Departure { what });
    }
    for answer in answers {
        let (id, found) = match &answer {
            Answer::Ret { id, res } => (*id, Some(res)),
            Answer::Exit { id, .. } => (*id, None),
            other => return Err(Departure { what: format!("unexpected: {other:?}") }),
        };
        let step = (id as usize).checked_sub(1).and_then(|index| steps.get(index));
        let Some(Step::Call(step)) = step else {
            return Err(Departure { what: format!("nobody made call {id}") });
        };
        let met = match (&step.windows, found) {
            (Some(expected), Some(res)) => expected.matches(res),
            (Some(Expected::Word(word)), None) => word == "exit",
            _ => false,
        };
        if !met {
            let (thread, op, expected) = (&step.thread, &step.op, &step.windows);
            let what = format!("call {id} of {from}, {thread} {op}: {expected:?}, not {answer:?}");
            return Err(Departure { what });
        }
    }
    Ok(())
}
