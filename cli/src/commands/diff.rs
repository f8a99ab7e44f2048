//! `iocp diff`: what changed between two Windows versions, in the rules or in one scenario.

use std::collections::BTreeSet;

use iocp_model::{Deviation, Rule, Semantics};
use iocp_scenarios::run::{Run, Simulation, Step, simulate};
use iocp_scenarios::{Scenario, Settings, library};
use iocp_scheduler::explore::{self, Options};
use iocp_scheduler::policy::RoundRobin;
use serde_json::{Value, json};

use crate::choose;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
use crate::terminal::{BOLD, DIM, RULE, Terminal, WRONG, wrap};

/// States explored for the ways in which a scenario can end.
const STATES_MAX: u64 = 100_000;

/// Say what changed between two Windows versions
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  iocp diff win7 win11
  iocp diff win11 wine-8.0 lifo-limit-over-release")]
pub(crate) struct Arguments {
    /// A profile: xp, vista, win7, win8, win8.1, win10, win11 or wine-8.0
    #[arg(value_name = "PROFILE")]
    before: String,
    /// Another
    #[arg(value_name = "PROFILE")]
    after: String,
    /// What changes for this scenario; without it, which rules differ
    scenario: Option<String>,
    /// Print an object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let before = choose::semantics(&arguments.before)?;
    let after = choose::semantics(&arguments.after)?;
    match &arguments.scenario {
        None => rules(arguments, before, after, terminal),
        Some(name) => {
            let (scenario, _) = scenario::find(name, terminal)?;
            in_scenario(arguments, &scenario, [before, after], terminal)?;
        }
    }
    Ok(Exit::Holds)
}

/// A rule that holds in one and not in the other, or a departure that one makes.
struct Difference {
    only_in: String,
    rule: Rule,
    deviation: Option<Deviation>,
}

fn differences(arguments: &Arguments, before: Semantics, after: Semantics) -> Vec<Difference> {
    let mut found = Vec::new();
    for rule in Rule::ALL {
        let (was, is) =
            (rule.versions().contains(before.profile), rule.versions().contains(after.profile));
        if was != is {
            let only_in = if was { &arguments.before } else { &arguments.after };
            found.push(Difference { only_in: only_in.clone(), rule: *rule, deviation: None });
        }
    }
    for deviation in Deviation::ALL {
        if before.has(*deviation) != after.has(*deviation) {
            let only_in = if before.has(*deviation) { &arguments.before } else { &arguments.after };
            let (rule, deviation) = (deviation.rule(), Some(*deviation));
            found.push(Difference { only_in: only_in.clone(), rule, deviation });
        }
    }
    found
}

/// The first library scenario that shows a rule.
fn shown_by(rule: Rule) -> Option<&'static str> {
    library::names().find(|name| {
        library::find(name).is_some_and(|scenario| scenario.rules().any(|id| id == rule.id()))
    })
}

fn rules(arguments: &Arguments, before: Semantics, after: Semantics, terminal: &mut Terminal) {
    let differences = differences(arguments, before, after);
    if arguments.json {
        let objects = differences.iter().map(|difference| {
            json!({ "only_in": difference.only_in, "rule": difference.rule.id(),
                    "sentence": difference.rule.sentence(),
                    "deviation": difference.deviation.map(|deviation| deviation.to_string()),
                    "scenario": shown_by(difference.rule) })
        });
        terminal.json(&json!({ "version": 1, "command": "diff", "before": arguments.before,
                               "after": arguments.after,
                               "differences": objects.collect::<Vec<_>>() }));
        return;
    }
    if differences.is_empty() {
        terminal.line(&format!("{} and {} have the same rules", arguments.before, arguments.after));
    }
    let columns = terminal.columns;
    for Difference { only_in, rule, deviation } in &differences {
        let (what, sentence) = match deviation {
            Some(deviation) => (format!("departs: {deviation}"), deviation.sentence()),
            None => ("only".to_owned(), rule.sentence()),
        };
        terminal.line(&format!("{BOLD}{only_in}{BOLD:#} {what}  {RULE}{rule}{RULE:#}"));
        for line in wrap(sentence, columns - 4) {
            terminal.line(&format!("    {line}"));
        }
        if let Some(name) = shown_by(*rule) {
            let (before, after) = (&arguments.before, &arguments.after);
            terminal.line(&format!("    {DIM}see: iocp diff {before} {after} {name}{DIM:#}"));
        }
    }
}

/// The same scenario under two semantics.
struct Side {
    name: String,
    run: Run,
    /// The ways it can end; none if there are too many states to say.
    outcomes: Option<BTreeSet<String>>,
}

fn side(
    scenario: &Scenario,
    name: &str,
    semantics: Semantics,
    terminal: &Terminal,
) -> Result<Side, Failure> {
    let settings = Settings { semantics: Some(semantics), ..Settings::default() };
    let program =
        scenario.compile(&settings).map_err(|error| scenario::invalid(error, terminal))?;
    let run = simulate(&program, &mut RoundRobin::new(), Simulation::default());
    let options = Options { max_states: Some(STATES_MAX), witnesses: 0, ..Options::default() };
    let exploration = explore::explore(&program, &options, &mut ());
    let outcomes = exploration.complete.then(|| {
        let word =
            |outcome: &explore::Outcome| format!("{}: {}", outcome.kind.word(), outcome.name);
        exploration.outcomes.iter().map(word).collect()
    });
    Ok(Side { name: name.to_owned(), run, outcomes })
}

fn in_scenario(
    arguments: &Arguments,
    scenario: &Scenario,
    semantics: [Semantics; 2],
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let before = side(scenario, &arguments.before, semantics[0], terminal)?;
    let after = side(scenario, &arguments.after, semantics[1], terminal)?;
    let first = first_difference(&before.run, &after.run);
    if arguments.json {
        terminal.json(&object(&before, &after, first));
    } else {
        print(scenario, &before, &after, first, terminal);
    }
    Ok(())
}

/// The first step (from 0) that is not the same; times do not count.
fn first_difference(before: &Run, after: &Run) -> Option<usize> {
    let same = |a: &Step, b: &Step| a.action == b.action && told(a) == told(b);
    let common = before.steps.iter().zip(&after.steps).take_while(|(a, b)| same(a, b)).count();
    (common < before.steps.len().max(after.steps.len())).then_some(common)
}

fn told(step: &Step) -> Vec<&str> {
    step.effects.iter().map(|effect| effect.sentence.as_str()).collect()
}

fn step_object(side: &Side, step: usize) -> Value {
    let Some(step) = side.run.steps.get(step) else { return Value::Null };
    let effects = step
        .effects
        .iter()
        .map(|effect| json!({ "rule": effect.rule.id(), "sentence": effect.sentence }));
    json!({ "action": step.action, "effects": effects.collect::<Vec<_>>() })
}

fn object(before: &Side, after: &Side, first: Option<usize>) -> Value {
    let of = |side: &Side| {
        json!({ "profile": side.name, "outcome": side.run.end.outcome, "outcomes": side.outcomes,
                "step": first.map(|step| step_object(side, step)) })
    };
    json!({ "version": 1, "command": "diff", "first_difference": first.map(|step| step + 1),
            "before": of(before), "after": of(after) })
}

fn print(
    scenario: &Scenario,
    before: &Side,
    after: &Side,
    first: Option<usize>,
    terminal: &mut Terminal,
) {
    terminal.line(&format!("{BOLD}{}{BOLD:#}", scenario.title()));
    match first {
        None => terminal.line("the run is the same, step by step"),
        Some(step) => {
            terminal.line(&format!("the runs part at step {}", step + 1));
            for side in [before, after] {
                terminal.line(&format!("{BOLD}{}{BOLD:#}", side.name));
                match side.run.steps.get(step) {
                    Some(step) => print_step(step, terminal),
                    None => terminal.line("  the run has ended"),
                }
            }
        }
    }
    for side in [before, after] {
        terminal.line(&format!("{BOLD}{}{BOLD:#} ends: {}", side.name, side.run.end.outcome));
    }
    match (&before.outcomes, &after.outcomes) {
        (Some(was), Some(is)) if was == is => {
            terminal.line(&format!("every way it can end is the same: {}", was.len()));
        }
        (Some(was), Some(is)) => {
            for (name, mine, other) in [(&before.name, was, is), (&after.name, is, was)] {
                for outcome in mine.difference(other) {
                    terminal.line(&format!("only {BOLD}{name}{BOLD:#} can end: {outcome}"));
                }
            }
        }
        _ => terminal.line(&format!(
            "{WRONG}not explored{WRONG:#}: more than {STATES_MAX} states, so other ends may differ too"
        )),
    }
}

fn print_step(step: &Step, terminal: &mut Terminal) {
    terminal.line(&format!("  {}", step.action));
    for effect in &step.effects {
        let (sentence, rule) = (&effect.sentence, effect.rule);
        terminal.line(&format!("    -> {sentence}  {RULE}{rule}{RULE:#}"));
    }
}
