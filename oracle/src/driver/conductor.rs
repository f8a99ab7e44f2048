//! Conducts one implementation through one program, in lockstep, and writes down what was said.

use super::program::{AwaitStep, CallStep};
use super::{Answer, Command, Fault, Implementation, Program, Step};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The limits of a case.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long the whole case may take.
    pub case: Duration,
    /// How long the driver may take to settle.
    pub settle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { case: Duration::from_secs(20), settle: Duration::from_secs(3) }
    }
}

/// One line of the conversation.
#[derive(Clone, PartialEq, Debug)]
pub enum Said {
    /// A thread was told to call.
    Call {
        /// The number of the call, from 1.
        id: u64,
        /// The thread.
        thread: String,
        /// The function.
        op: String,
        /// Its arguments.
        args: Map<String, Value>,
        /// Names for the handles that it gives.
        bind: Vec<String>,
    },
    /// A call returned.
    Ret {
        /// Which.
        id: u64,
        /// With what.
        res: Map<String, Value>,
    },
    /// The thread of a call ended inside it.
    Exit {
        /// Which call.
        id: u64,
        /// Its thread.
        thread: String,
    },
    /// The implementation has no such call.
    Unsupported {
        /// Which.
        id: u64,
        /// Why.
        why: String,
    },
    /// Every call that has not returned is waiting.
    Settled {
        /// Those calls.
        waiting: Vec<u64>,
        /// Whether the driver saw it.
        sure: bool,
    },
}

/// How a call ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Ending {
    /// It returned.
    Returned(Map<String, Value>),
    /// It had not returned when the program ended.
    Never,
    /// Its thread ended.
    Exit,
    /// The implementation lacks it.
    Unsupported(String),
    /// It could not be made: its thread was still inside an earlier call, or had ended.
    NotMade,
}

/// A call of the program and what became of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Talk {
    /// The step of the program, from 0.
    pub step: usize,
    /// Whether it was waiting when everything had settled after it.
    pub waited: bool,
    /// How it ended.
    pub ending: Ending,
}

/// Everything that was said in a case.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Conversation {
    /// In order.
    pub said: Vec<Said>,
    /// The calls, by number (from 1).
    pub talks: BTreeMap<u64, Talk>,
    /// What the driver printed besides.
    pub noise: Vec<String>,
    /// Why it broke off, if it did.
    pub fault: Option<Fault>,
}

/// Runs programs on an implementation.
pub struct Conductor<'a, I: Implementation> {
    implementation: &'a mut I,
    limits: Limits,
    until: Instant,
    conversation: Conversation,
    /// The call each thread is in.
    inside: BTreeMap<String, u64>,
    /// Threads that have ended.
    gone: BTreeSet<String>,
}

impl<'a, I: Implementation> Conductor<'a, I> {
    /// Runs one program from a fresh start. What goes wrong on the way is in the conversation.
    pub fn run(implementation: &'a mut I, program: &Program, limits: Limits) -> Conversation {
        let mut conductor = Conductor {
            until: Instant::now() + limits.case,
            implementation,
            limits,
            conversation: Conversation::default(),
            inside: BTreeMap::new(),
            gone: BTreeSet::new(),
        };
        if let Err(fault) = conductor.play(program) {
            conductor.conversation.fault = Some(fault);
        }
        conductor.conversation.noise = conductor.implementation.noise();
        conductor.conversation
    }

    fn play(&mut self, program: &Program) -> Result<(), Fault> {
        self.implementation.reset()?;
        self.until = Instant::now() + self.limits.case;
        for (index, step) in program.steps.iter().enumerate() {
            let done = match step {
                Step::Call(call) => self.call(index, call),
                Step::Await(call) => self.wait_for(call),
            };
            match done {
                Err(Fault::Died { .. }) if self.ends_the_process(step) => return Ok(()),
                done => done?,
            }
        }
        Ok(())
    }

    /// Whether this step made the driver end, as it should: then all its threads are gone.
    fn ends_the_process(&mut self, step: &Step) -> bool {
        let ends = matches!(step, Step::Call(call) if call.op == "ExitProcess");
        if ends {
            for (thread, id) in std::mem::take(&mut self.inside) {
                if let Some(talk) = self.conversation.talks.get_mut(&id) {
                    talk.ending = Ending::Exit;
                }
                self.conversation.said.push(Said::Exit { id, thread });
            }
        }
        ends
    }

    fn call(&mut self, step: usize, call: &CallStep) -> Result<(), Fault> {
        let id = self.conversation.talks.len() as u64 + 1;
        let CallStep { thread, op, args, bind, .. } = call.clone();
        if self.inside.contains_key(&thread) || self.gone.contains(&thread) {
            let talk = Talk { step, waited: false, ending: Ending::NotMade };
            self.conversation.talks.insert(id, talk);
            return Ok(());
        }
        self.implementation.send(&Command::Call {
            id,
            thread: thread.clone(),
            op: op.clone(),
            args: args.clone(),
            bind: bind.clone(),
        })?;
        self.inside.insert(thread.clone(), id);
        self.conversation.talks.insert(id, Talk { step, waited: false, ending: Ending::Never });
        self.conversation.said.push(Said::Call { id, thread, op, args, bind });
        let waiting = self.settle(call.quiet_ms)?;
        if let Some(talk) = self.conversation.talks.get_mut(&id) {
            talk.waited = waiting.contains(&id);
        }
        Ok(())
    }

    fn wait_for(&mut self, step: &AwaitStep) -> Result<(), Fault> {
        let until = self.until.min(Instant::now() + Duration::from_millis(step.ms));
        while self.inside.contains_key(&step.r#await) {
            match self.implementation.receive(until)? {
                Some(answer) => self.hear(answer)?,
                None => break,
            }
        }
        self.settle(0).map(|_| ())
    }

    /// Asks the driver to settle, hears it out, and gives the calls that wait.
    fn settle(&mut self, quiet_ms: u64) -> Result<Vec<u64>, Fault> {
        let limit_ms = self.limits.settle.as_millis() as u64;
        self.implementation.send(&Command::Settle { quiet_ms, limit_ms })?;
        // The driver's own limit, and time to say so.
        let limit = self.limits.settle + Duration::from_millis(quiet_ms) + Duration::from_secs(2);
        let until = self.until.min(Instant::now() + limit);
        loop {
            match self.implementation.receive(until)? {
                Some(Answer::Settled { mut waiting, sure, .. }) => {
                    waiting.retain(|id| self.inside.values().any(|inside| inside == id));
                    let said = Said::Settled { waiting: waiting.clone(), sure };
                    self.conversation.said.push(said);
                    return Ok(waiting);
                }
                Some(answer) => self.hear(answer)?,
                None => {
                    let milliseconds = limit.as_millis() as u64;
                    return Err(Fault::Hung { what: "settle", milliseconds });
                }
            }
        }
    }

    fn hear(&mut self, answer: Answer) -> Result<(), Fault> {
        let (id, ending, said) = match answer {
            Answer::Ret { id, res } => (id, Ending::Returned(res.clone()), Said::Ret { id, res }),
            Answer::Exit { id, thread } => (id, Ending::Exit, Said::Exit { id, thread }),
            Answer::Unsupported { id, why } => {
                (id, Ending::Unsupported(why.clone()), Said::Unsupported { id, why })
            }
            other => {
                let answer = format!("{other:?}").chars().take(400).collect();
                return Err(Fault::OutOfTurn { answer });
            }
        };
        match &said {
            Said::Exit { thread, .. } => {
                self.gone.insert(thread.clone());
            }
            // A name may be given again.
            Said::Ret { id, .. } => {
                let made = self.conversation.said.iter().rev().find_map(|said| match said {
                    Said::Call { id: call, bind, .. } if call == id => Some(bind.clone()),
                    _ => None,
                });
                made.iter().flatten().for_each(|name| {
                    self.gone.remove(name);
                });
            }
            _ => {}
        }
        let before = self.inside.len();
        self.inside.retain(|_, inside| *inside != id);
        if self.inside.len() == before {
            let answer = format!("an end of call {id}, which is not open");
            return Err(Fault::OutOfTurn { answer });
        }
        if let Some(talk) = self.conversation.talks.get_mut(&id) {
            talk.ending = ending;
        }
        self.conversation.said.push(said);
        Ok(())
    }
}
