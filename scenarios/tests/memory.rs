//! A search that remembers what actors do, by the parts of the state their steps depend on, finds
//! what a search without memory finds: on the whole library.

use iocp_scenarios::{Settings, library};
use iocp_scheduler::explore::Options;
use iocp_scheduler::{Reductions, explore};

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
                let mut found = explore(&program, &options, &mut ());
                found.peak_memory = 0;
                found
            };
            assert_eq!(search(true), search(false), "{} ({variant:?})", entry.name);
        }
    }
}
