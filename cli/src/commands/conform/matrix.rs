//! The matrix by rule: on the terminal, and as tables of the page.

use iocp_model::Rule;
use iocp_oracle::suite::{NotAsked, RuleRow, RuleStanding};

use crate::report::{Cell, Mark, Table};
use crate::terminal::{BOLD, DIM, GOOD, Terminal, WRONG, wrap};

/// Programs that a row names; the rest is counted.
const PROGRAMS_MAX: usize = 6;

const STANDINGS: [RuleStanding; 5] = [
    RuleStanding::Diverges,
    RuleStanding::NotSeen,
    RuleStanding::NotSupported,
    RuleStanding::NotObservable,
    RuleStanding::Conforms,
];

/// How many rules there are of each kind, and each rule that diverges.
pub(super) fn print(rules: &[RuleRow], not_observable: &[NotAsked], terminal: &mut Terminal) {
    let count = |standing| rules.iter().filter(|row| row.standing == standing).count();
    let words: Vec<String> = STANDINGS
        .iter()
        .rev()
        .map(|standing| format!("{} {}", count(*standing), standing.words()))
        .collect();
    terminal.line(&format!("{BOLD}Rules{BOLD:#}: {}", words.join(", ")));
    let scenarios = not_observable.len();
    terminal.line(&format!(
        "{scenarios} scenarios of the library are not observable; --json and --report html=FILE \
         say why"
    ));
    for row in rules.iter().filter(|row| row.standing != RuleStanding::Conforms) {
        let style = match row.standing {
            RuleStanding::Diverges => WRONG,
            RuleStanding::Conforms => GOOD,
            _ => DIM,
        };
        let (word, rule) = (row.standing.words(), &row.rule);
        terminal.line(&format!("{style}{word:14}{style:#}  {rule}"));
        for line in wrap(&remark(row), terminal.columns.saturating_sub(16)) {
            terminal.line(&format!("                {line}"));
        }
    }
}

/// Why a row says what it says.
fn remark(row: &RuleRow) -> String {
    match row.standing {
        RuleStanding::Diverges if row.deviations.is_empty() => {
            "no deviation explains it".to_owned()
        }
        RuleStanding::Diverges => row.deviations.join("; "),
        RuleStanding::NotObservable => row.why.clone(),
        _ => String::new(),
    }
}

/// The tables of the page.
pub(super) fn tables(rules: &[RuleRow], not_observable: &[NotAsked]) -> Vec<Table> {
    let mut tables = vec![Table {
        title: "By rule".to_owned(),
        about: "How the implementation stands on every rule of the model. A rule conforms if a \
                program that follows it gives what Windows gives; it diverges if every smallest \
                explanation of some program departs from it, or none is known and it is the one \
                that is broken."
            .to_owned(),
        head: ["Rule", "Standing", "Smallest deviation, or why not", "Programs"]
            .map(str::to_owned)
            .to_vec(),
        rows: STANDINGS
            .iter()
            .flat_map(|standing| rules.iter().filter(move |row| row.standing == *standing))
            .map(row)
            .collect(),
    }];
    if !not_observable.is_empty() {
        let scenario =
            |n: &NotAsked| vec![Cell::plain(n.scenario.clone()), Cell::plain(n.why.clone())];
        tables.push(Table {
            title: "Scenarios that are not observable".to_owned(),
            about: "Scenarios of the library that no implementation can be asked from outside, \
                    and why."
                .to_owned(),
            head: ["Scenario", "Why"].map(str::to_owned).to_vec(),
            rows: not_observable.iter().map(scenario).collect(),
        });
    }
    tables
}

fn row(row: &RuleRow) -> Vec<Cell> {
    let sentence = Rule::from_id(&row.rule).map_or("", Rule::sentence);
    let mark = match row.standing {
        RuleStanding::Conforms => Mark::Good,
        RuleStanding::Diverges => Mark::Bad,
        RuleStanding::NotSeen => Mark::Unsure,
        RuleStanding::NotSupported | RuleStanding::NotObservable => Mark::Quiet,
    };
    let mut programs = row.programs.iter().take(PROGRAMS_MAX).cloned().collect::<Vec<_>>();
    let more = row.programs.len().saturating_sub(PROGRAMS_MAX);
    if more > 0 {
        programs.push(format!("and {more} more"));
    }
    vec![
        Cell::with(row.rule.clone(), sentence),
        Cell::marked(mark, row.standing.words()),
        Cell::plain(remark(row)),
        Cell::plain(programs.join(", ")),
    ]
}
