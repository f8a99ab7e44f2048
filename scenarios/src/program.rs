//! A compiled scenario: every name resolved, every program a list of instructions.
//!
//! Owns the compiled form, which never changes. What changes is the
//! [`World`](crate::world::World).

use std::ops::Range;

use iocp_model::{
    Arrival, Call, FileId, Handle, NtStatus, Object, ProcessId, Reply, Semantics, ThreadId,
};
use iocp_scheduler::Property;

use crate::calls::Function;
use crate::diagnostic::Span;
use crate::independence::Independence;
use crate::parts::Cut;
use crate::set::Set;
use crate::value::{Expr, Needs, ResultField};
use crate::world::World;

/// A scenario that can be run: with its parameters, its Windows version, its stage set.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) parameters: Vec<(String, i64)>,
    pub(crate) semantics: Semantics,
    pub(crate) processors: u32,
    pub(crate) threads: Vec<Thread>,
    pub(crate) codes: Vec<Code>,
    pub(crate) shared: Vec<Variable>,
    pub(crate) overlapped: Vec<Structure>,
    /// Whose each OVERLAPPED is.
    pub(crate) owners: Vec<Option<(u16, u16)>>,
    pub(crate) completions: Vec<Vec<Completion>>,
    pub(crate) objects: Vec<Named>,
    pub(crate) order: Vec<Turn>,
    pub(crate) properties: Vec<Property>,
    /// The conditions behind the properties, by property number; built-in ones have none.
    pub(crate) conditions: Vec<Option<Expr>>,
    /// What tells one end from another; empty: everything the threads recorded and how they ended.
    pub(crate) outcome: Vec<(String, Expr)>,
    pub(crate) breaks: Vec<String>,
    pub(crate) identity: u64,
    /// How the stage was set.
    pub(crate) log: Vec<Set>,
    pub(crate) start: World,
    pub(crate) cut: Cut,
    pub(crate) independence: Independence,
}

/// One instance of a declared thread. Its place in [`Program::threads`] is its actor number.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    /// `worker`, or `worker-2` if there are several.
    pub(crate) name: String,
    /// Which code it runs.
    pub(crate) code: usize,
    /// Its number among its equals.
    pub(crate) instance: u32,
    /// The kernel's thread; nobody's for somebody outside.
    pub(crate) kernel: Option<ThreadId>,
    pub(crate) process: ProcessId,
    /// Where its locals lie among all locals.
    pub(crate) locals: Range<u16>,
    /// The numbers of its OVERLAPPEDs.
    pub(crate) overlapped: Range<u16>,
    /// May wait for ever.
    pub(crate) daemon: bool,
    /// Waits for a `start` step.
    pub(crate) created: bool,
    /// When it starts in a simulation.
    pub(crate) at: u64,
}

/// What all instances of a declared thread run.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// The actors that run it.
    pub(crate) actors: Range<u16>,
    pub(crate) instructions: Vec<Instruction>,
    /// Where each instruction stands in the source.
    pub(crate) spans: Vec<Span>,
    /// What is still needed of the thread before each instruction.
    pub(crate) needs: Vec<Needs>,
    pub(crate) locals: Vec<Local>,
    /// Whether reaching the end is a step of its own: somebody can tell that the thread exits.
    pub(crate) exit_is_a_step: bool,
    /// Whether the instances may be exchanged for each other, and if not, why.
    pub(crate) interchangeable: Result<(), &'static str>,
}

/// A local variable.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    /// Hidden counters have names that no author can write.
    pub(crate) name: String,
    pub(crate) initial: i64,
    /// Somebody outside the thread looks at it, so it is never cleared.
    pub(crate) observed: bool,
}

/// A shared variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) initial: i64,
}

/// An OVERLAPPED.
#[derive(Clone, Debug)]
pub(crate) struct Structure {
    pub(crate) name: String,
    /// What its `hEvent` holds.
    pub(crate) event: Handle,
    /// The program allocates it, so it must free it too.
    pub(crate) allocated: bool,
}

/// An object of the stage by name.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) process: ProcessId,
    pub(crate) handle: Handle,
    pub(crate) object: Object,
}

/// A way a pending operation may complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Completion {
    pub(crate) status: NtStatus,
    /// All that was asked for, if not given.
    pub(crate) bytes: Option<u64>,
    /// Ticks after it was issued, in a simulation.
    pub(crate) after: u64,
}

/// One element of a scripted order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    /// The thread takes its next step.
    Step(u16),
    /// Its wait times out.
    Expire(u16),
    /// Its wait outside the model ends.
    Unblock(u16),
    /// The oldest pending operation of the file completes in its first way.
    Complete(FileId),
}

/// An argument of a call.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Operand {
    Constant(u64),
    Value(Expr),
    /// Milliseconds; `u32::MAX` is for ever.
    Milliseconds(Expr),
    /// The `hEvent` of the OVERLAPPED at this address.
    EventOf(Expr),
}

/// A call in a program.
#[derive(Clone, Debug)]
pub(crate) struct CallSite {
    pub(crate) function: &'static Function,
    pub(crate) operands: Vec<Operand>,
    pub(crate) handles: Vec<Operand>,
    /// The finished call, if nothing in it varies.
    pub(crate) constant: Option<Call>,
    pub(crate) reply: Reply,
    /// The status with which it fails: the system has no memory for it.
    pub(crate) exhausted: Option<NtStatus>,
    /// Which of [`Program::completions`] says how it may end, for an operation.
    pub(crate) completes: Option<u16>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a field of a result must be.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Wanted {
    Is(Expr),
    /// The call must have left it alone.
    Untouched,
}

/// What a thread does. The first half are steps; the rest happens as part of the step before.
#[derive(Clone, Debug)]
pub(crate) enum Instruction {
    Call(Box<CallSite>),
    Work(Expr, Needs),
    Block(Expr),
    Exit,
    Load {
        variable: u16,
        into: u16,
    },
    Store {
        variable: u16,
        value: Expr,
    },
    Exchange {
        variable: u16,
        value: Expr,
        into: Option<u16>,
    },
    CompareAndSwap {
        variable: u16,
        compare: Expr,
        value: Expr,
        into: Option<u16>,
    },
    Add {
        variable: u16,
        value: Expr,
        into: Option<u16>,
    },
    SpinUntil(Expr),
    Await(Expr),
    Allocate(Expr),
    Free(Expr),
    Start(Range<u16>),
    Arrive {
        file: FileId,
        arrival: ArrivalOf,
    },

    Let {
        local: u16,
        value: Expr,
    },
    /// A handle goes into a shared variable as part of the call that gave it out.
    Publish {
        variable: u16,
        value: Expr,
    },
    Record(Expr),
    Assert {
        condition: Expr,
        message: String,
    },
    Expect(Vec<(ResultField, Wanted)>),
    Jump(u16),
    /// Goes on behind if the condition holds, else there.
    Unless(Expr, u16),
    /// Goes on behind if the result matches, else there.
    UnlessMatch(Vec<(ResultField, Wanted)>, u16),
    Choose(Vec<u16>),
    End,
}

/// What arrives.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum ArrivalOf {
    Data(Expr),
    Other(Arrival),
}

impl Instruction {
    /// Whether it is a step of its own.
    pub(crate) fn is_step(&self) -> bool {
        use Instruction::{
            Add, Allocate, Arrive, Await, Block, Call, CompareAndSwap, Exchange, Exit, Free, Load,
            SpinUntil, Start, Store, Work,
        };
        matches!(
            self,
            Call(_)
                | Work(..)
                | Block(_)
                | Exit
                | Load { .. }
                | Store { .. }
                | Exchange { .. }
                | CompareAndSwap { .. }
                | Add { .. }
                | SpinUntil(_)
                | Await(_)
                | Allocate(_)
                | Free(_)
                | Start(_)
                | Arrive { .. }
        )
    }
}

impl Instruction {
    /// Visits what a silent instruction tests, assigns or shows.
    pub(crate) fn tested(&self, visit: &mut impl FnMut(&Expr)) {
        match self {
            Instruction::Let { value, .. } | Instruction::Record(value) => visit(value),
            Instruction::Assert { condition, .. } | Instruction::Unless(condition, _) => {
                visit(condition);
            }
            Instruction::Expect(wanted) | Instruction::UnlessMatch(wanted, _) => {
                for (_, wanted) in wanted {
                    if let Wanted::Is(value) = wanted {
                        visit(value);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Program {
    /// The scenario's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it shows.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The value of every parameter.
    pub fn parameters(&self) -> &[(String, i64)] {
        &self.parameters
    }

    /// The Windows version and the deviations.
    pub fn semantics(&self) -> Semantics {
        self.semantics
    }

    /// The processors of the machine.
    pub fn processors(&self) -> u32 {
        self.processors
    }

    /// The names of all threads, by actor number.
    pub fn thread_names(&self) -> impl Iterator<Item = &str> {
        self.threads.iter().map(|thread| thread.name.as_str())
    }

    /// The properties that the scenario is there to break, as it was compiled.
    pub fn breaks(&self) -> &[String] {
        &self.breaks
    }

    /// The properties that the scenario declares, the built-in ones left out.
    pub fn properties_of_scenario(&self) -> impl Iterator<Item = &Property> {
        self.properties.iter().skip(crate::builtin::BuiltIn::ALL.len())
    }

    /// What a kernel object is called: its name on the stage, or its kind and number.
    pub fn object_name(&self, object: Object) -> String {
        crate::ending::object_name(self, object)
    }

    /// The concurrency value of a port that the stage was set with.
    pub fn concurrency(&self, port: iocp_model::PortId) -> Option<u32> {
        self.start.kernel.port(port).map(|port| port.concurrency)
    }

    /// The ports the stage was set with, by name.
    pub fn ports(&self) -> impl Iterator<Item = (&str, iocp_model::PortId)> {
        self.objects.iter().filter_map(|named| match named.object {
            Object::Port(port) => Some((named.name.as_str(), port)),
            _ => None,
        })
    }

    /// The thread of the scenario that is this thread of the kernel, by actor number.
    pub fn actor_of(&self, thread: ThreadId) -> Option<usize> {
        self.actor(thread)
    }

    pub(crate) fn code(&self, actor: usize) -> &Code {
        &self.codes[self.threads[actor].code]
    }

    /// The actor that is this thread of the kernel.
    pub(crate) fn actor(&self, thread: ThreadId) -> Option<usize> {
        // Kernel threads are made in the order of the actors, so the first guess is nearly always
        // right; somebody outside shifts it.
        let guess = thread.index();
        match self.threads.get(guess) {
            Some(found) if found.kernel == Some(thread) => Some(guess),
            _ => self.threads.iter().position(|found| found.kernel == Some(thread)),
        }
    }
}
