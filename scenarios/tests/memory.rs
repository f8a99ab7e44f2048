//! A search that remembers what actors do, by the parts of the state their steps depend on, finds
//! what a search without memory finds: on the whole library.

use iocp_scenarios::{Program, Scenario, Settings, World, library};
use iocp_scheduler::explore::Options;
use iocp_scheduler::{
    Actor, Choice, Ending, Marks, Property, PropertySet, Reductions, System, explore,
};

#[test]
fn remembering_by_parts_changes_no_result() {
    for entry in library::entries() {
        let scenario = library::find(entry.name).expect("it is in the list");
        let variants = scenario.variants();
        let names = std::iter::once(None).chain(variants.iter().map(|v| Some(v.name.clone())));
        for variant in names {
            let settings = Settings { variant: variant.clone(), ..Settings::default() };
            let Ok(program) = scenario.compile(&settings) else { continue };
            let search = |remember| {
                let options = Options {
                    reductions: Reductions::NONE,
                    remember,
                    max_states: Some(5_000),
                    ..Options::default()
                };
                explore(&program, &options, &mut ()).without_paths()
            };
            assert_eq!(search(true), search(false), "{} ({variant:?})", entry.name);
        }
    }
}

/// A program whose first thread is said to depend on one part less than it does, or of which
/// it is said that the properties see nothing.
struct Narrowed {
    program: Program,
    /// The part that is left out.
    without: u32,
    blind: bool,
}

impl System for Narrowed {
    type State = World;

    fn scope(&self, digests: &[u128], actor: Actor) -> u128 {
        let scope = self.program.scope(digests, actor);
        if actor == 0 { scope & !(1 << self.without) } else { scope }
    }

    fn identity(&self) -> u64 {
        self.program.identity()
    }
    fn actors(&self) -> u16 {
        self.program.actors()
    }
    fn initial(&self) -> World {
        self.program.initial()
    }
    fn enabled(&self, state: &World, choices: &mut Vec<Choice>) {
        self.program.enabled(state, choices);
    }
    fn apply(&self, state: &mut World, choice: Choice) -> PropertySet {
        self.program.apply(state, choice)
    }
    fn restore(&self, into: &mut World, from: &World) {
        self.program.restore(into, from);
    }
    fn encode(&self, state: &World, bytes: &mut Vec<u8>) {
        self.program.encode(state, bytes);
    }
    fn decode(&self, bytes: &[u8], into: &mut World) {
        self.program.decode(bytes, into);
    }
    fn parts(&self) -> usize {
        self.program.parts()
    }
    fn encode_parts(&self, state: &World, bytes: &mut Vec<u8>, ends: &mut Vec<u32>) {
        self.program.encode_parts(state, bytes, ends);
    }
    fn digest(&self, state: &World, part: usize) -> u128 {
        self.program.digest(state, part)
    }
    fn view(&self) -> u128 {
        self.program.view()
    }
    fn glance(&self, state: &World, part: usize) -> Option<u128> {
        if self.blind { Some(0) } else { self.program.glance(state, part) }
    }
    fn properties(&self) -> &[Property] {
        self.program.properties()
    }
    fn check(&self, state: &World) -> Marks {
        self.program.check(state)
    }
    fn ending(&self, state: &World) -> Ending {
        self.program.ending(state)
    }
    fn outcome(&self, state: &World) -> String {
        self.program.outcome(state)
    }
}

/// The planted fault of this file: a scope that lacks the shared variables, which the first thread
/// reads and never writes. Nothing else notices that; the comparison does.
#[test]
fn a_scope_that_lacks_what_a_step_reads_is_noticed_by_the_comparison() {
    let text = r#"{
        "version": 1, "title": "t", "shared": {"flag": 0},
        "threads": {
            "reader": [{"work": 1}, {"load": "flag", "into": "x"}, {"record": "x"}, {"work": 1}],
            "writer": [{"work": 1}, {"store": "flag", "value": 1}, {"work": 1}]
        }
    }"#;
    let scenario = Scenario::parse("t", text).expect("it is sound");
    let compile = || scenario.compile(&Settings::default()).expect("it is sound");
    let search = |without, remember| {
        let reductions = Reductions::NONE;
        let options = Options { reductions, remember, ..Options::default() };
        let narrowed = Narrowed { program: compile(), without, blind: false };
        explore(&narrowed, &options, &mut ()).without_paths()
    };
    let parts = compile().parts() as u32;
    let sound = search(127, true);
    assert_eq!(sound.0.outcomes.len(), 2, "the reader sees 0 or 1");
    assert_eq!(search(127, false), sound);
    // That a step changes nothing outside its scope is checked, so leaving out what the reader
    // writes is found out on the way; leaving out what it reads gives a wrong result.
    let noticed = (0..parts).filter(|without| {
        let result = std::panic::catch_unwind(|| search(*without, true));
        result.is_ok_and(|found| found != sound)
    });
    assert_eq!(noticed.count(), 1, "one part is read and not written");
}

/// The other planted fault: glances that say nothing of what invariants and conditions see.
#[test]
fn a_glance_that_says_too_little_is_noticed_by_the_comparison() {
    let kq = library::find("kq").expect("it is in the list");
    let search = |blind, remember| {
        let program = kq.compile(&Settings::default()).expect("it is sound");
        let options = Options { reductions: Reductions::NONE, remember, ..Options::default() };
        explore(&Narrowed { program, without: 127, blind }, &options, &mut ()).without_paths()
    };
    let sound = search(false, false);
    assert_eq!(search(false, true), sound);
    assert_eq!(search(true, false), sound, "who does not remember does not ask");
    assert_ne!(search(true, true), sound);
}
