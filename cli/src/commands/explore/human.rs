//! What `iocp explore` prints for people. The same search prints the same bytes: how long it took
//! and how much it held goes to standard error.

use std::time::Duration;

use iocp_model::Rule;
use iocp_scheduler::explore::{Exploration, PropertyReport, Verdict};
use iocp_scheduler::starvation::Starvation;
use iocp_scheduler::{EndingKind, Expectation, Reduced, Schedule};

use iocp_scenarios::{BuiltIn, Exercise, exercise};

use super::Found;
use crate::terminal::{BOLD, DIM, GOOD, RULE, Terminal, WRONG, wrap};
use crate::watch::grouped;

/// Outcomes shown; the rest is counted. `--json` has them all.
const OUTCOMES_MAX: usize = 40;

pub(super) fn print(found: &Found<'_>, elapsed: Duration, terminal: &mut Terminal) {
    let exploration = found.exploration;
    heading(found, terminal);
    extent(exploration, terminal);
    terminal.line("");
    outcomes(exploration, terminal);
    terminal.line("");
    properties(found, terminal);
    starvation(found, terminal);
    coverage(exploration, terminal);
    let megabytes = exploration.peak_memory as f64 / f64::from(1 << 20);
    let seconds = elapsed.as_secs_f64();
    terminal.remark(&format!("{seconds:.2} s, at most {megabytes:.1} MiB for the search"));
}

pub(super) fn heading(found: &Found<'_>, terminal: &mut Terminal) {
    let program = &found.loaded.program;
    let mut with = crate::choose::in_words(program.semantics());
    for (name, value) in program.parameters() {
        with.push_str(&format!(", {name}={value}"));
    }
    terminal.line(&format!("{BOLD}{}{BOLD:#}  {}", program.name(), program.title()));
    terminal.line(&format!("{DIM}{with}{DIM:#}"));
}

fn extent(exploration: &Exploration, terminal: &mut Terminal) {
    let Exploration { states, transitions, depth, terminals, .. } = exploration;
    let all = match exploration.complete {
        true => "everything is explored".to_owned(),
        false => format!("{WRONG}incomplete{WRONG:#}: {}", why_incomplete(exploration)),
    };
    terminal.line(&all);
    terminal.line(&format!(
        "{} states, {} transitions, {depth} levels, {} ends",
        grouped(*states),
        grouped(*transitions),
        grouped(*terminals)
    ));
    let fates: Vec<String> = exploration
        .reductions
        .iter()
        .map(|(name, reduced)| match reduced {
            Reduced::Applied => format!("{name} applied"),
            Reduced::SwitchedOff => format!("{name} off"),
            Reduced::NotApplicable(why) => format!("{name} not applicable ({why})"),
        })
        .collect();
    for line in wrap(&format!("reductions: {}", fates.join("; ")), terminal.columns) {
        terminal.line(&format!("{DIM}{line}{DIM:#}"));
    }
    let chance = exploration.collision_probability;
    terminal.line(&format!(
        "{DIM}chance that a collision of fingerprints hid a state: {chance:.1e}{DIM:#}"
    ));
}

/// Which bound was hit, and what is left open.
pub(super) fn why_incomplete(exploration: &Exploration) -> String {
    let limit = exploration.limit.map_or_else(String::new, |limit| limit.to_string());
    format!(
        "{limit} was hit; {} states were found and not expanded",
        grouped(exploration.unexpanded)
    )
}

fn outcomes(exploration: &Exploration, terminal: &mut Terminal) {
    terminal.line(&format!("{BOLD}how it can end{BOLD:#}"));
    for outcome in exploration.outcomes.iter().take(OUTCOMES_MAX) {
        let style = if outcome.kind == EndingKind::Finished { GOOD } else { WRONG };
        let word = outcome.kind.word();
        terminal.line(&format!(
            "  {:<9}  {style}{word}{style:#}  {}  {DIM}({} ends){DIM:#}",
            outcome.frequency.word(),
            outcome.name,
            grouped(outcome.count)
        ));
        for reason in &outcome.reasons {
            terminal.line(&format!("             {reason}"));
        }
        if let Some(witness) = &outcome.witness {
            terminal.line(&format!("             {DIM}{witness}{DIM:#}"));
        }
    }
    let left = exploration.outcomes.len().saturating_sub(OUTCOMES_MAX);
    if left > 0 {
        terminal.line(&format!("  and {left} more ways"));
    }
    if exploration.outcomes.is_empty() {
        terminal.line("  no end was found");
    }
}

/// What the scenario asks, and what is broken, has a line each; the built-in rest shares one.
fn properties(found: &Found<'_>, terminal: &mut Terminal) {
    let built_in = |property: &&PropertyReport| {
        property.verdict != Verdict::Broken
            && BuiltIn::ALL.iter().any(|built_in| built_in.name() == property.name)
    };
    let (shared, own): (Vec<_>, Vec<_>) = found.exploration.properties.iter().partition(built_in);
    for property in own {
        print_property(found, property, terminal);
    }
    for (verdict, style, word) in
        [(Verdict::Holds, GOOD, "holds "), (Verdict::Unknown, WRONG, "open  ")]
    {
        let names: Vec<&str> =
            shared.iter().filter(|p| p.verdict == verdict).map(|p| p.name.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        for (row, line) in wrap(&names.join(", "), terminal.columns - 8).iter().enumerate() {
            let word = if row == 0 { word } else { "      " };
            terminal.line(&format!("{style}{word}{style:#}  {DIM}{line}{DIM:#}"));
        }
    }
}

fn print_property(found: &Found<'_>, property: &PropertyReport, terminal: &mut Terminal) {
    let (style, word) = match property.verdict {
        Verdict::Holds => (GOOD, "holds "),
        Verdict::Broken => (WRONG, "BROKEN"),
        Verdict::Unknown => (WRONG, "open  "),
    };
    let kind = property.expectation.word();
    let many = match property.expectation {
        Expectation::Sometimes => format!("  {DIM}({} states){DIM:#}", grouped(property.witnesses)),
        _ if property.violations > 0 => {
            format!("  {DIM}({} times){DIM:#}", grouped(property.violations))
        }
        _ => String::new(),
    };
    terminal
        .line(&format!("{style}{word}{style:#}  {DIM}{kind:<9}{DIM:#}  {}{many}", property.name));
    if let Some(violation) = &property.violation {
        let steps = violation.shrunk.choices().len();
        terminal.line(&format!("        in {steps} steps: {}", found.replay(&violation.shrunk)));
        print_steps(found, &violation.shrunk, terminal);
    }
}

/// The steps of a schedule, each with what followed by which rule.
fn print_steps(found: &Found<'_>, schedule: &Schedule, terminal: &mut Terminal) {
    let run = found.run(schedule);
    for (index, step) in run.steps.iter().enumerate() {
        terminal.line(&format!("        {:>3}  {}", index + 1, step.action));
        for effect in &step.effects {
            let (sentence, rule) = (&effect.sentence, effect.rule);
            terminal.line(&format!("             -> {sentence}  {RULE}{rule}{RULE:#}"));
        }
        for fault in &step.faults {
            terminal.line(&format!("             {WRONG}{fault}{WRONG:#}"));
        }
    }
}

fn starvation(found: &Found<'_>, terminal: &mut Terminal) {
    let names: Vec<&str> = found.loaded.program.thread_names().collect();
    match &found.exploration.starvation {
        Starvation::NotAsked | Starvation::NobodyWaits => {}
        Starvation::TooLarge { states } => terminal.line(&format!(
            "{DIM}starvation was not looked for: more than {} states{DIM:#}",
            grouped(*states)
        )),
        Starvation::Checked(starving) if starving.is_empty() => {
            terminal.line("nobody can be passed over for ever");
        }
        Starvation::Checked(starving) => {
            for one in starving {
                let name = names.get(usize::from(one.actor)).unwrap_or(&"environment");
                terminal.line(&format!("{BOLD}{name}{BOLD:#} can be passed over for ever"));
                terminal.line(&format!("        first: {}", found.replay(&one.prefix)));
                terminal.line(&format!("        then, again and again: {}", one.cycle));
            }
        }
    }
}

fn coverage(exploration: &Exploration, terminal: &mut Terminal) {
    let Some(coverage) = &exploration.coverage else { return };
    let Exercise { rules, idle, actions, differences } = exercise(coverage);
    let (reached, all) = (rules.len(), Rule::ALL.len());
    terminal.line(&format!("{BOLD}rules reached: {reached} of {all}{BOLD:#}"));
    let ids = |rules: &[Rule]| rules.iter().map(|rule| rule.id()).collect::<Vec<_>>().join(", ");
    let versioned = |rule: &Rule| format!("{} ({})", rule.id(), rule.versions());
    let differences: Vec<String> = differences.iter().map(versioned).collect();
    for (heading, things) in [
        ("reached", ids(&rules)),
        ("not reached", ids(&idle)),
        ("actions", actions.join(", ")),
        ("not so in all versions", differences.join(", ")),
    ] {
        for line in wrap(&format!("{heading}: {things}"), terminal.columns - 2) {
            terminal.line(&format!("  {RULE}{line}{RULE:#}"));
        }
    }
}
