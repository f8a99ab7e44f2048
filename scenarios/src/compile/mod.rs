//! From text to [`Program`]: names, types, impossible programs.
//!
//! ```text
//! declare  every name and what it is
//! stage    the kernel with its objects, before any thread has done anything
//! lower    steps to instructions        resolve, observe  expressions
//! exhaust  calls for which there may be no memory
//! flow     what cannot be reached, what cannot end, what is dead when
//! judge    properties, outcomes, the order of turns
//! ```
//!
//! Owns every complaint about meaning. A program that leaves here has no dangling reference.

mod calls;
mod completions;
mod constants;
mod declare;
mod exhaust;
mod flow;
mod judge;
mod lower;
mod observe;
mod resolve;
mod rounds;
mod stage;
mod words;

pub(crate) use calls::milliseconds;
pub(crate) use constants::error_name;
pub(crate) use observe::FUNCTIONS;

use std::collections::BTreeMap;

use iocp_model::{Handle, Kernel, Out, ProcessId, Return, Semantics};

use crate::diagnostic::{Diagnostic, Span, similar};
use crate::fault::Fault;
use crate::json::{Node, Value};
use crate::limits;
use crate::parts::Cut;
use crate::program::{Code, Completion, Local, Named, Program, Structure, Thread, Variable};
use crate::scenario::{Scenario, Settings};
use crate::sentence::Teller;
use crate::set::Set;
use crate::world::World;
use crate::world::rename::owners;

/// A number written as such.
pub(crate) fn literal(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Number(text) => {
            text.parse::<i64>().ok().or_else(|| text.parse::<u64>().ok().map(|n| n as i64))
        }
        _ => None,
    }
}

/// What a declared name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Thing {
    Parameter(i64),
    Process(ProcessId),
    /// A handle, by its place in [`Compiler::objects`].
    Handle(usize),
    Overlapped(u16),
    Shared(u16),
    /// By its place in [`Compiler::declared`].
    Thread(usize),
}

impl Thing {
    fn noun(self) -> &'static str {
        match self {
            Thing::Parameter(_) => "a parameter",
            Thing::Process(_) => "a process",
            Thing::Handle(_) => "an object",
            Thing::Overlapped(_) => "an OVERLAPPED",
            Thing::Shared(_) => "a shared variable",
            Thing::Thread(_) => "a thread",
        }
    }
}

/// A declared thread while its code is being made.
#[derive(Clone, Debug)]
struct Declared {
    name: String,
    span: Span,
    count: u16,
    first: u16,
    process: ProcessId,
    outside: bool,
    locals: Vec<Local>,
    /// The names of the OVERLAPPEDs of each instance.
    own: Vec<String>,
    uses_self: bool,
}

struct Compiler<'a> {
    root: &'a Node,
    names: BTreeMap<String, (Span, Thing)>,
    problems: Vec<Diagnostic>,
    processes: Vec<String>,
    declared: Vec<Declared>,
    threads: Vec<Thread>,
    shared: Vec<Variable>,
    overlapped: Vec<Structure>,
    objects: Vec<Named>,
    completions: Vec<Vec<Completion>>,
    codes: Vec<Code>,
    /// Handles of threads that some program names, by actor.
    thread_handles: BTreeMap<u16, Handle>,
    /// How the stage was set.
    log: Vec<Set>,
}

/// Compiles; or everything that is wrong.
pub(crate) fn compile(
    scenario: &Scenario,
    settings: &Settings,
    values: &[(String, i64)],
    semantics: Semantics,
) -> Result<Program, Vec<Diagnostic>> {
    let root = &scenario.root;
    let mut compiler = Compiler {
        root,
        names: BTreeMap::new(),
        problems: vec![],
        processes: vec![],
        declared: vec![],
        threads: vec![],
        shared: vec![],
        overlapped: vec![],
        objects: vec![],
        completions: vec![],
        codes: vec![],
        thread_handles: BTreeMap::new(),
        log: vec![],
    };
    compiler.declare(values);
    compiler.sound()?;
    let processors = compiler.processors();
    compiler.sound()?;
    let mut kernel = compiler.set_stage(semantics, processors);
    compiler.sound()?;
    compiler.lower_threads();
    compiler.sound()?;
    compiler.check_rules();
    let (properties, conditions) = compiler.properties();
    let outcome = compiler.outcome();
    let order = compiler.order();
    let breaks = scenario.breaks(settings.variant.as_deref());
    compiler.check_breaks(&properties);
    compiler.sound()?;
    compiler.finish_codes(&conditions, &outcome);
    compiler.sound()?;
    compiler.keep_processes(&mut kernel);
    compiler.name_thread_handles();
    let mut program = Program {
        owners: owners(&compiler.threads, compiler.overlapped.len()),
        name: scenario.name.clone(),
        title: scenario.title().to_owned(),
        parameters: values.to_vec(),
        semantics,
        processors,
        threads: compiler.threads,
        codes: compiler.codes,
        shared: compiler.shared,
        overlapped: compiler.overlapped,
        completions: compiler.completions,
        objects: compiler.objects,
        order,
        properties,
        conditions,
        outcome,
        breaks,
        identity: identity(scenario, values, semantics),
        log: compiler.log,
        start: World::empty(kernel),
        cut: Default::default(),
        independence: Default::default(),
    };
    program.start = World::first(&program, program.start.clone());
    program.cut = Cut::of(&program);
    let early = std::mem::take(&mut program.start.faults);
    if early.is_empty() { Ok(program) } else { Err(early_faults(&program, &early)) }
}

/// No step can be blamed for what goes wrong before the first one: the scenario is.
fn early_faults(program: &Program, faults: &[Fault]) -> Vec<Diagnostic> {
    let told = |fault: &Fault| {
        let span = program.code(fault.actor).spans[usize::from(fault.pc)];
        let message = "this goes wrong before the thread has taken a step";
        Diagnostic::new("bad-start", span, message).help(Teller { program }.fault(fault))
    };
    faults.iter().map(told).collect()
}

/// Scenario, parameters, semantics and format, as a number: what decides the transition graph.
fn identity(scenario: &Scenario, values: &[(String, i64)], semantics: Semantics) -> u64 {
    let text = format!(
        "{} {values:?} {} {:?} {}",
        crate::format::VERSION,
        semantics.profile,
        semantics.deviations().collect::<Vec<_>>(),
        scenario.to_text()
    );
    iocp_scheduler::hash(text.as_bytes())
}

impl Compiler<'_> {
    fn processors(&mut self) -> u32 {
        match self.root.get("processors") {
            Some(node) => self.bounded(node, 1, i64::from(limits::PROCESSORS)) as u32,
            None => 4,
        }
    }

    /// From now on the handles of threads have names like all others.
    fn name_thread_handles(&mut self) {
        for (actor, handle) in &self.thread_handles {
            let thread = &self.threads[usize::from(*actor)];
            let Some(id) = thread.kernel else { continue };
            let (name, process) = (thread.name.clone(), thread.process);
            let (handle, object) = (*handle, iocp_model::Object::Thread(id));
            self.objects.push(Named { name, process, handle, object });
        }
    }

    /// A process ends with its last thread, and takes its handles along. That is not what a
    /// scenario means by the end of its threads, so such a process gets a thread that sleeps on.
    fn keep_processes(&mut self, kernel: &mut Kernel) {
        for process in 0..=self.processes.len() as u16 {
            let process = ProcessId(process);
            let mut inside = self.threads.iter().filter(|thread| thread.process == process);
            let exits = |thread: &Thread| self.codes[thread.code].exit_is_a_step;
            if inside.all(|thread| thread.kernel.is_none() || exits(thread)) {
                let thread = kernel.create_thread(process);
                let made = self.log.iter().filter_map(|set| match set {
                    Set::Call {
                        result: Return { out: Out::Created { process: Some(handle), .. }, .. },
                        ..
                    } => Some(*handle),
                    _ => None,
                });
                let child =
                    process.index().checked_sub(1).and_then(|child| made.clone().nth(child));
                if let Some(process) = child {
                    self.log.push(Set::Further { thread, process });
                }
            }
        }
    }

    /// Stops here if anything is wrong so far.
    fn sound(&mut self) -> Result<(), Vec<Diagnostic>> {
        if self.problems.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.problems)) }
    }

    fn complain(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// What a name is; a complaint if it is nothing, or not what is wanted.
    fn find(
        &mut self,
        name: &str,
        span: Span,
        wanted: &str,
        fits: impl Fn(Thing) -> bool,
    ) -> Option<Thing> {
        match self.names.get(name) {
            Some((_, thing)) if fits(*thing) => Some(*thing),
            Some((declared, thing)) => {
                let message = format!("`{name}` is {}, not {wanted}", thing.noun());
                let problem = Diagnostic::new("wrong-kind", span, message)
                    .labelled(format!("{wanted} is expected here"))
                    .related(*declared, "declared here");
                self.complain(problem);
                None
            }
            None => {
                let known = self.names.iter().filter(|(_, (_, thing))| fits(*thing));
                let known: Vec<String> = known.map(|(name, _)| name.clone()).collect();
                self.complain(unknown(name, span, wanted, &known));
                None
            }
        }
    }

    /// The same for a string of the scenario.
    fn find_node(
        &mut self,
        node: &Node,
        wanted: &str,
        fits: impl Fn(Thing) -> bool,
    ) -> Option<Thing> {
        let name = node.text()?;
        self.find(name, node.span, wanted, fits)
    }
}

/// The complaint about a name that leads nowhere.
fn unknown(name: &str, span: Span, wanted: &str, known: &[String]) -> Diagnostic {
    let message = format!("`{name}` is not declared");
    let mut problem = Diagnostic::new("unknown-name", span, message);
    problem = match similar(name, known.iter().map(String::as_str)) {
        Some(meant) => problem.labelled(format!("did you mean `{meant}`?")),
        None => problem.labelled(format!("{wanted} is expected here")),
    };
    // The constants are many and well known; the author's own names are what helps.
    let own = known.iter().filter(|name| constants::constant(name).is_none());
    let own: Vec<&str> = own.take(20).map(String::as_str).collect();
    match own.is_empty() {
        true => problem.help(format!("nothing here is {wanted}")),
        false => problem.help(format!("there is {}", own.join(", "))),
    }
}
