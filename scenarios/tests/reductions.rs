//! Reduced and unreduced search agree on every property, every outcome and its count's kind, on
//! the whole library, with each reduction alone and with all of them.

use std::collections::BTreeMap;

use iocp_scenarios::{Program, Scenario, Settings, library};
use iocp_scheduler::explore::{Exploration, Options, Verdict};
use iocp_scheduler::{Reductions, explore};

/// Unreduced, a library scenario is at most this large.
const MAX_STATES: u64 = 200_000;

const EACH: [(&str, Reductions); 4] = [
    ("symmetry", Reductions { symmetry: true, ..Reductions::NONE }),
    ("partial order", Reductions { partial_order: true, ..Reductions::NONE }),
    ("fusing", Reductions { fusing: true, ..Reductions::NONE }),
    ("all", Reductions::ALL),
];

fn explored(program: &Program, reductions: Reductions) -> Exploration {
    let options = Options { reductions, max_states: Some(MAX_STATES), ..Options::default() };
    explore(program, &options, &mut ())
}

/// What a search says, without what a reduction may change: sizes and paths.
fn verdicts(found: &Exploration) -> (BTreeMap<&str, String>, BTreeMap<String, String>) {
    let properties = found.properties.iter();
    let properties = properties.map(|p| (p.name.as_str(), format!("{:?}", p.verdict))).collect();
    let outcomes = found.outcomes.iter();
    let outcomes = outcomes.map(|o| (o.name.clone(), o.kind.word().to_owned())).collect();
    (properties, outcomes)
}

#[test]
fn reduced_and_unreduced_search_agree_on_the_whole_library() {
    let (mut smaller, mut compared) = (0, 0);
    for name in library::names() {
        let scenario = library::find(name).expect("it is listed");
        let variants = scenario.variants();
        let all = std::iter::once(None).chain(variants.iter().map(|v| Some(v.name.clone())));
        for variant in all {
            let label = format!("{name} {}", variant.clone().unwrap_or_default());
            let program = compiled(&scenario, variant);
            let full = explored(&program, Reductions::NONE);
            assert!(full.complete, "{label} is too large to compare");
            for (reduction, which) in EACH {
                let reduced = explored(&program, which);
                assert!(reduced.complete, "{label} under {reduction}");
                assert_eq!(verdicts(&reduced), verdicts(&full), "{label} under {reduction}");
                assert!(reduced.states <= full.states, "{label} under {reduction} grows");
                smaller += usize::from(reduced.states < full.states);
                compared += 1;
            }
        }
    }
    assert!(smaller > 100, "only {smaller} of {compared} searches were reduced");
}

fn compiled(scenario: &Scenario, variant: Option<String>) -> Program {
    let settings = Settings { variant, ..Settings::default() };
    scenario.compile(&settings).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// Orbits of the reference system when only workers are exchanged (one producer), and verdicts.
#[test]
fn kq_has_as_many_orbits_as_the_reference() {
    let scenario = library::find("kq").expect("kq is in the library");
    // workers, producers, packets, concurrency: states up to renaming of workers
    for ((workers, packets, concurrency), orbits) in [((1, 1, 1), 8), ((2, 2, 1), 39)] {
        let set = [("workers", workers), ("packets", packets), ("concurrency", concurrency)];
        let set = set.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let settings = Settings { set, ..Settings::default() };
        let program = scenario.compile(&settings).unwrap_or_else(|e| panic!("{e}"));
        let found = explored(&program, Reductions { symmetry: true, ..Reductions::NONE });
        assert_eq!(found.states, orbits);
        let broken = found.properties.iter().filter(|p| p.verdict == Verdict::Broken);
        let broken: Vec<&str> = broken.map(|p| p.name.as_str()).collect();
        // One worker alone never exceeds the limit.
        let expected: &[&str] = if orbits == 8 { &["more active than the limit"] } else { &[] };
        assert_eq!(broken, expected);
    }
}
