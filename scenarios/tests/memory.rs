//! A search that remembers what actors do, by the parts of the state their steps depend on, finds
//! what a search without memory finds: on the whole library.

use iocp_scenarios::{Settings, library};
use iocp_scheduler::explore::{Exploration, Options};
use iocp_scheduler::{Reductions, Schedule, explore};

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
                without_paths(explore(&program, &options, &mut ()))
            };
            assert_eq!(search(true), search(false), "{} ({variant:?})", entry.name);
        }
    }
}

/// A report without its paths, and how long they are: which of several shortest paths is told
/// depends on the order in which states are expanded.
fn without_paths(mut found: Exploration) -> (Exploration, Vec<Option<usize>>) {
    let length = |path: Schedule| path.choices().len();
    let mut lengths = Vec::new();
    for outcome in &mut found.outcomes {
        lengths.push(outcome.witness.take().map(length));
    }
    for property in &mut found.properties {
        lengths.push(property.violation.take().map(|violation| length(violation.found)));
        lengths.push(property.witness.take().map(length));
    }
    found.peak_memory = 0;
    (found, lengths)
}
