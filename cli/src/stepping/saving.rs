//! The branch we look at, as a file: what `iocp view` draws, with the branch in the place of a run.

use std::path::Path;

use iocp_scenarios::replay;
use iocp_viz::explorer::{Start, explorer};
use iocp_viz::{from_graph, from_run, graph};

use super::app::App;
use crate::failure::Failure;
use crate::picture::{KINDS, Picture, drawn, picture, plain, start};
use crate::save::{save, save_new};
use crate::telling::in_words;

/// States of a graph that is saved; `iocp view` can draw more.
const STATES_MAX: u64 = 500;

/// What to do with a file that is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

/// The name that is offered.
pub(super) fn offered(app: &App) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' };
    let name: String = app.session.scenario.name().chars().map(safe).collect();
    format!("{}.svg", if name.is_empty() { "scenario" } else { &name })
}

/// What a name can end with, a line each.
pub(super) fn kinds() -> Vec<String> {
    KINDS.iter().map(|(suffix, _, about)| format!("{suffix:<15} {about}")).collect()
}

/// Saves the branch; whether it was: it is not if there is such a file, which is to be kept.
pub(super) fn save_branch(app: &App, name: &str, existing: Existing) -> Result<bool, Failure> {
    let path = Path::new(name);
    let bytes = bytes(app, picture(path)?);
    match existing {
        Existing::Keep => save_new(path, bytes.as_bytes()),
        Existing::Replace => save(path, bytes.as_bytes()).map(|()| true),
    }
}

fn bytes(app: &App, picture: Picture) -> String {
    let scenario = &app.session.scenario;
    let branch = &app.session.branches[app.branch];
    let program = branch.program();
    if picture == Picture::Dot {
        return graph::dot(&from_graph::graph(program, STATES_MAX));
    }
    let schedule = branch.schedule();
    let run = replay(program, &schedule, branch.len()).0;
    let story = from_run::story(scenario, program, &run, &in_words(program));
    if picture != Picture::Html {
        return drawn(&story, picture);
    }
    let settings = &app.session.settings;
    let start = start(scenario, program, settings.variant.as_deref(), settings.semantics);
    explorer(&Start {
        token: Some(schedule.to_string()),
        at: app.at,
        story: plain(&story),
        ..start
    })
}
