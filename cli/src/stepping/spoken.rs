//! The same in sentences: one line in, some lines out. For pipes, for scripts, and for whoever has
//! a screen read out.

use std::io::{BufRead, Read};

use iocp_viz::keys::{Place, keys};

use super::app::App;
use super::command::Command;
use super::errands;
use super::layer::{Errand, Layer};
use super::saving;
use super::view::View;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// A longer line is nobody's.
const LINE_BYTES_MAX: u64 = 4096;

/// Steps as long as there are lines.
pub(crate) fn spoken(
    app: &mut App,
    prompts: bool,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let view = app.view(1);
    terminal.line(&format!("{}, {}.", view.title, view.semantics));
    place(&view, terminal);
    if !app.message.is_empty() {
        terminal.line(&app.message);
    }
    loop {
        if let Some(exit) = app.exit {
            return Ok(exit);
        }
        if prompts {
            terminal.print("a number, Enter for the next step, ? for help > ");
        }
        terminal.flush()?;
        let mut line = String::new();
        let read = std::io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line);
        match read {
            Ok(0) => return Ok(Exit::Holds),
            Ok(_) => {}
            Err(error) => {
                return Err(Failure::bad_input(format!("standard input cannot be read: {error}")));
            }
        }
        match Command::of_line(&line) {
            None => terminal.line("That is no command; ? lists them."),
            Some(Command::Help) => help(terminal),
            Some(Command::Why) => why(&app.view(1), terminal),
            Some(Command::Handles) => handles(&app.view(1), terminal),
            Some(Command::Lessons) => {
                for line in errands::lessons(app.progress.as_deref()) {
                    terminal.line(&line);
                }
                terminal.line("l and a number opens one.");
            }
            // An editor would read the lines that are meant for us.
            Some(Command::Edit) if !prompts => {
                terminal
                    .line("An editor needs a terminal; `iocp step FILE` takes a file of yours.");
            }
            Some(Command::AskSave) => {
                for line in saving::kinds() {
                    terminal.line(&line);
                }
                terminal.line("x and a name that ends so saves this branch.");
            }
            Some(command @ (Command::Filter(_) | Command::Hide(_))) => {
                app.obey(command);
                log(&app.view(1000), terminal);
            }
            Some(command) => {
                let before = (app.branch, app.at, app.part);
                let was_asked = matches!(app.layer, Layer::Asked { .. });
                app.obey(command);
                if let Some(errand) = app.errand.take() {
                    errands::run(app, &errand, terminal);
                    went(app, &errand, terminal);
                    continue;
                }
                say(app, before, was_asked, terminal);
            }
        }
    }
}

/// How an errand went, and where we are after it.
fn went(app: &mut App, errand: &Errand, terminal: &mut Terminal) {
    terminal.line(&app.message);
    if let Layer::Problems(problems) = &app.layer {
        for problem in problems {
            terminal.line(problem);
        }
        app.layer = Layer::Panels;
    } else if *errand == Errand::Edit {
        place(&app.view(1), terminal);
    }
}

/// What a command has changed.
fn say(app: &mut App, before: (usize, usize, usize), was_asked: bool, terminal: &mut Terminal) {
    if !app.message.is_empty() {
        terminal.line(&app.message);
    }
    if let Layer::Asked { question, picked } = &app.layer {
        match picked {
            None => {
                terminal.line(&question.text);
                for (index, option) in question.options.iter().enumerate() {
                    terminal.line(&format!("{}. {option}", index + 1));
                }
            }
            Some(picked) => {
                let right = question.options[*picked] == question.answer;
                let verdict = if right { "Right" } else { "Not so" };
                terminal.line(&format!("{verdict}: {}.", question.answer));
                for because in &question.because {
                    terminal.line(because);
                }
                if let Some(rule) = question.rule {
                    terminal.line(&format!("Rule {}: {}", rule.id(), rule.sentence()));
                }
            }
        }
    } else if before != (app.branch, app.at, app.part) || was_asked {
        let view = app.view(1);
        taken(&view, terminal);
        place(&view, terminal);
    }
}

/// The step that led here.
fn taken(view: &View, terminal: &mut Terminal) {
    let Some(taken) = &view.taken else { return };
    terminal.line(&format!("{}.", taken.step.action.trim_end_matches('.')));
    for consequence in taken.step.effects.iter().take(view.shown) {
        let text = consequence.sentence.trim_end_matches('.');
        terminal.line(&format!("  {text} ({}).", consequence.rule.id()));
    }
    for fault in &taken.step.faults {
        terminal.line(&format!("  Wrong: {fault}"));
    }
    for broken in &taken.broken {
        terminal.line(&format!("  Broken: {}: {}", broken.property, broken.sentence));
    }
}

/// Where we are, the ports, the threads, what can happen.
fn place(view: &View, terminal: &mut Terminal) {
    terminal.line(&format!("Now at {}.", view.place));
    for port in &view.picture.ports {
        let list = |items: Vec<String>| match items.is_empty() {
            true => "none".to_owned(),
            false => items.join(", then "),
        };
        terminal.line(&format!(
            "Port {}: active {} of {}; packets, head first: {}; waiters, top first: {}{}.",
            port.name,
            port.active,
            port.concurrency,
            list(port.packets.iter().map(|packet| packet.text.clone()).collect()),
            list(port.waiters.clone()),
            if port.closed { "; closed" } else { "" },
        ));
    }
    for thread in &view.picture.threads {
        terminal.line(&format!("{}: {}.", thread.name, thread.doing));
    }
    for (index, (offer, goes_on)) in view.offers.iter().enumerate() {
        let next = if *goes_on { " (this branch)" } else { "" };
        terminal.line(&format!("{}. {}{next}", index + 1, offer.sentence));
    }
    for withheld in &view.withheld {
        terminal.line(&withheld.reason);
    }
    if let Some(ended) = &view.ended {
        let reasons = ended.reasons.join(" ");
        terminal.line(format!("It has ended: {}. {reasons}", ended.kind.word()).trim_end());
        for broken in &ended.broken {
            terminal.line(&format!("Broken: {}: {}", broken.property, broken.sentence));
        }
    }
}

fn why(view: &View, terminal: &mut Terminal) {
    let Some(taken) = &view.taken else {
        terminal.line("Nothing has happened yet.");
        return;
    };
    let mut told = vec![];
    for consequence in taken.step.effects.iter().take(view.shown) {
        let rule = consequence.rule;
        if !told.contains(&rule) {
            told.push(rule);
            terminal.line(&format!(
                "Rule {}, {}: {}",
                rule.id(),
                rule.grade().name(),
                rule.sentence()
            ));
            terminal.line(&format!("  Source: {}.", rule.source()));
        }
    }
    for change in &view.changes {
        let before = if change.before.is_empty() { "-" } else { &change.before };
        let after = if change.after.is_empty() { "-" } else { &change.after };
        terminal.line(&format!("{}: {before}, now {after}.", change.what));
    }
}

/// Who keeps what alive, a sentence each.
fn handles(view: &View, terminal: &mut Terminal) {
    for (name, rows) in view.references() {
        for row in rows {
            terminal.line(&format!("{name}: {row}."));
        }
    }
}

fn log(view: &View, terminal: &mut Terminal) {
    for row in &view.log {
        let rule = row.rule.map_or_else(String::new, |rule| format!(" ({})", rule.id()));
        let here = if row.here { "here, " } else { "" };
        terminal.line(&format!("{here}step {}: {}{rule}", row.number, row.action));
    }
    if view.log.is_empty() {
        terminal.line("No step has that in its words.");
    }
}

fn help(terminal: &mut Terminal) {
    for key in keys(Place::Terminal).filter(|key| !key.words.is_empty()) {
        terminal.line(&format!("  {:<12} {}", key.words, key.what));
    }
}
