//! `iocp explain`: one rule, deviation, profile, status or item of the specification.

use iocp_model::{Deviation, NtStatus, Profile, Rule, Semantics};
use iocp_scenarios::library;
use serde_json::json;

use super::rules::RuleObject;
use crate::choose;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reference::{self, Row};
use crate::terminal::{BOLD, DIM, RULE, Terminal, wrap};

/// Explain a rule: its sentence, source, grade, and who departs from it
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A rule, deviation, profile, fact, vector, misconception, source or status
    #[arg(value_name = "RULE")]
    id: String,
    /// Print an object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let id = arguments.id.as_str();
    if let Some(rule) = Rule::from_id(&id.to_lowercase()) {
        if arguments.json {
            terminal.json(&RuleObject::of(rule));
        } else {
            explain_rule(rule, terminal);
        }
        return Ok(Exit::Holds);
    }
    let rows = reference::find(id);
    if !rows.is_empty() {
        explain_rows(&rows, arguments.json, terminal);
        return Ok(Exit::Holds);
    }
    let lines = if id == "deviations" {
        Some(Deviation::ALL.iter().map(|d| format!("{d}: {}", d.sentence())).collect())
    } else {
        explain_deviation(id).or_else(|| explain_profile(id)).or_else(|| explain_status(id))
    };
    let Some(lines) = lines else { return Err(unknown(id)) };
    if arguments.json {
        terminal.json(&json!({ "id": id, "text": lines }));
    } else {
        print_lines(&lines, terminal);
    }
    Ok(Exit::Holds)
}

fn print_lines(lines: &[String], terminal: &mut Terminal) {
    let columns = terminal.columns;
    for line in lines.iter().flat_map(|line| wrap(line, columns)) {
        terminal.line(&line);
    }
}

fn explain_rule(rule: Rule, terminal: &mut Terminal) {
    terminal.line(&format!("{RULE}{}{RULE:#}", rule.id()));
    let width = terminal.columns - 2;
    for line in wrap(rule.sentence(), width) {
        terminal.line(&format!("  {BOLD}{line}{BOLD:#}"));
    }
    let mut entry = |name: &str, text: &str| {
        for (row, line) in wrap(text, width.saturating_sub(10)).iter().enumerate() {
            let name = if row == 0 { name } else { "" };
            terminal.line(&format!("  {DIM}{name:<8}{DIM:#}  {line}"));
        }
    };
    entry("grade", &format!("{}: {}", rule.grade(), meaning(rule)));
    entry("holds in", &rule.versions().to_string());
    for source in reference::sources(rule) {
        entry("source", &reference::with_place(source));
    }
    for fact in rule.facts() {
        for row in reference::find(fact) {
            entry("fact", &format!("{fact}: {}", row.said()));
        }
    }
    for deviation in Deviation::ALL.iter().filter(|d| d.rule() == rule) {
        let wine = if Semantics::wine_8_0().has(*deviation) { " (Wine 8.0 does)" } else { "" };
        entry("departs", &format!("{deviation}{wine}: {}", deviation.sentence()));
    }
}

fn meaning(rule: Rule) -> &'static str {
    match rule.grade() {
        iocp_model::Grade::Documented => "Microsoft's documentation says so",
        iocp_model::Grade::Observed => "a test that runs on Windows shows it",
        iocp_model::Grade::Reimplementation => "an independent implementation does so",
        iocp_model::Grade::Inferred => "no source says it; it follows from the others",
    }
}

fn explain_rows(rows: &[Row], as_json: bool, terminal: &mut Terminal) {
    if as_json {
        let objects: Vec<_> = rows
            .iter()
            .map(|row| {
                let cells: Vec<_> = row
                    .cells
                    .iter()
                    .map(|(name, text)| json!({ "name": name, "text": text }))
                    .collect();
                json!({ "id": row.id(), "document": row.document, "section": row.section,
                        "cells": cells, "scenarios": library::showing(row.id()) })
            })
            .collect();
        terminal.json(&objects);
        return;
    }
    for row in rows {
        let (document, section) = (row.document, row.section);
        terminal.line(&format!("{RULE}{}{RULE:#}  {DIM}{document}: {section}{DIM:#}", row.id()));
        for (name, text) in row.cells.iter().skip(1).filter(|(_, text)| !text.is_empty()) {
            for (index, line) in wrap(text, terminal.columns - 4).iter().enumerate() {
                if index == 0 {
                    terminal.line(&format!("  {DIM}{name}{DIM:#}"));
                }
                terminal.line(&format!("    {line}"));
            }
        }
        let named: Vec<&str> = Rule::ALL
            .iter()
            .filter(|rule| rule.facts().contains(&row.id()))
            .map(|rule| rule.id())
            .collect();
        if !named.is_empty() {
            terminal.line(&format!("  {DIM}rules{DIM:#}"));
            terminal.line(&format!("    {}", named.join(", ")));
        }
        explain_scenarios(row.id(), terminal);
    }
}

/// The scenarios that show it, or why none does.
fn explain_scenarios(id: &str, terminal: &mut Terminal) {
    let names = library::showing(id);
    let reason = library::NOT_SHOWN.iter().find(|(known, _)| *known == id);
    let text = match reason {
        _ if !names.is_empty() => names.join(", "),
        Some((_, reason)) => format!("none: {reason}."),
        None => return,
    };
    terminal.line(&format!("  {DIM}scenarios{DIM:#}"));
    for line in wrap(&text, terminal.columns - 4) {
        terminal.line(&format!("    {line}"));
    }
}

/// `wake-order=fifo`, or `wake-order` for all its values.
fn explain_deviation(id: &str) -> Option<Vec<String>> {
    let lines: Vec<String> = Deviation::ALL
        .iter()
        .filter(|d| d.to_string() == id || d.name() == id)
        .flat_map(|d| {
            let wine = if Semantics::wine_8_0().has(*d) { " Wine 8.0 does so." } else { "" };
            [
                format!("{d}: {}{wine}", d.sentence()),
                format!("It departs from {}: {}", d.rule(), d.rule().sentence()),
            ]
        })
        .collect();
    (!lines.is_empty()).then_some(lines)
}

fn explain_profile(id: &str) -> Option<Vec<String>> {
    let semantics = Semantics::from_name(id)?;
    let profile = semantics.profile;
    let mut lines = vec![match profile {
        _ if semantics != profile.into() => {
            format!("{id}: {profile}, with these departures, each measured:")
        }
        Profile::Win10 => "win10: Windows 10 1607 and later, and Server 2016 and later.".to_owned(),
        other => format!("{other}: a Windows version. Rules that do not hold in all versions:"),
    }];
    lines.extend(semantics.deviations().map(|d| format!("  {d}: {}", d.sentence())));
    if semantics == profile.into() {
        let special = Rule::ALL.iter().filter(|rule| {
            let versions = rule.versions();
            versions.contains(profile)
                && (versions.since != Profile::Xp || versions.until.is_some())
        });
        lines.extend(
            special.map(|rule| format!("  {rule} ({}): {}", rule.versions(), rule.sentence())),
        );
    }
    Some(lines)
}

/// `STATUS_TIMEOUT`, `TIMEOUT` or `0x102`.
fn explain_status(id: &str) -> Option<Vec<String>> {
    let upper = id.to_uppercase();
    let status = match upper.strip_prefix("0X") {
        Some(hex) => NtStatus(u32::from_str_radix(hex, 16).ok()?),
        None => NtStatus::from_name(upper.strip_prefix("STATUS_").unwrap_or(&upper))?,
    };
    let kind = format!("{:?}", status.severity()).to_lowercase();
    let name =
        status.name().map_or_else(|| "unnamed here".to_owned(), |name| format!("STATUS_{name}"));
    Some(vec![format!(
        "0x{:08X} is {name}: severity {kind}, Win32 error {}.",
        status.0,
        status.to_win32()
    )])
}

fn unknown(id: &str) -> Failure {
    let deviations: Vec<String> = Deviation::ALL.iter().map(ToString::to_string).collect();
    let mut candidates: Vec<&str> = deviations.iter().map(String::as_str).collect();
    candidates.extend(Rule::ALL.iter().map(|rule| rule.id()));
    candidates.extend(choose::names());
    let rows = reference::rows();
    candidates.extend(rows.iter().map(|row| row.id()));
    Failure::bad_input(format!("nothing here is called `{id}`"))
        .help("`iocp rules` lists the rules, `iocp explain deviations` the deviations")
        .did_you_mean(id, candidates)
}
