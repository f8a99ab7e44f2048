//! `iocp rules`: the rule table.

use iocp_model::{Deviation, Rule};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{BOLD, DIM, RULE, Terminal, wrap};

/// Print the rule table: what Windows does, where that is written, how sure that is
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only rules that hold this text in their id, sentence, source or facts
    text: Option<String>,
    /// Print an array of objects
    #[arg(long)]
    json: bool,
}

/// A rule as `--json` prints it.
#[derive(Serialize)]
pub(super) struct RuleObject {
    id: &'static str,
    sentence: &'static str,
    source: &'static str,
    grade: &'static str,
    since: &'static str,
    until: Option<&'static str>,
    facts: &'static [&'static str],
    deviations: Vec<String>,
}

impl RuleObject {
    pub(super) fn of(rule: Rule) -> RuleObject {
        let departs = |deviation: &&Deviation| deviation.rule() == rule;
        RuleObject {
            id: rule.id(),
            sentence: rule.sentence(),
            source: rule.source(),
            grade: rule.grade().name(),
            since: rule.versions().since.name(),
            until: rule.versions().until.map(|profile| profile.name()),
            facts: rule.facts(),
            deviations: Deviation::ALL.iter().filter(departs).map(|d| d.to_string()).collect(),
        }
    }

    fn holds(&self, text: &str) -> bool {
        let texts = [self.id, self.sentence, self.source].into_iter();
        texts.chain(self.facts.iter().copied()).any(|other| other.to_lowercase().contains(text))
    }
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let text = arguments.text.as_deref().unwrap_or_default().to_lowercase();
    let rules: Vec<RuleObject> = Rule::ALL
        .iter()
        .map(|rule| RuleObject::of(*rule))
        .filter(|rule| rule.holds(&text))
        .collect();
    if arguments.json {
        terminal.json(&rules);
        return Ok(Exit::Holds);
    }
    if rules.is_empty() {
        return Err(Failure::bad_input(format!("no rule speaks of `{text}`"))
            .did_you_mean(&text, Rule::ALL.iter().map(|rule| rule.id())));
    }
    for rule in &rules {
        let versions = match rule.until {
            Some(until) => format!("until {until}"),
            None if rule.since == "xp" => "all versions".to_owned(),
            None => format!("since {}", rule.since),
        };
        terminal
            .line(&format!("{RULE}{}{RULE:#}  {DIM}{}, {versions}{DIM:#}", rule.id, rule.grade));
        for line in wrap(rule.sentence, terminal.columns - 4) {
            terminal.line(&format!("    {line}"));
        }
    }
    let noun = if rules.len() == 1 { "rule" } else { "rules" };
    terminal.line(&format!(
        "{BOLD}{} {noun}{BOLD:#}; `iocp explain RULE` says where one comes from",
        rules.len()
    ));
    Ok(Exit::Holds)
}
