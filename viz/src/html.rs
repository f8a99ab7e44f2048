//! A story as one HTML file that needs nothing else: no network, no server.
//!
//! The page walks the story that is embedded in it. It computes no transition; what it says of a
//! rule is in the story too.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::escape::{json_in_script, xml};
use crate::frame::{Bar, filled, script};
use crate::keys::Place;
use crate::palette::{self, Ink, Role};
use crate::story::{Arrow, Clock, Doing, Lane, Note, PortPicture, RuleCard, Story, Tone};
use crate::text::{TextOptions, text};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
const STRING: &str = "a string takes all";
/// Steps that are also written as text, for readers without JavaScript.
const TEXT_STEPS_MAX: usize = 500;

const BAR: Bar =
    Bar { toggles: &[("detail", "details", "Kernel details (m)")], place: Place::Trace };

/// The page.
pub fn html(story: &Story) -> String {
    let mut out = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + 4096);
    filled(PAGE, &BAR, &mut out, &mut |name, out| fill(out, name, story));
    out
}

fn fill(out: &mut String, name: &str, story: &Story) {
    match name {
        "TITLE" => out.push_str(&xml(&story.title)),
        "SEMANTICS" => out.push_str(&xml(&story.semantics)),
        "NOTICE" => {
            for sentence in &story.notice {
                write!(out, "<p>{}</p>", xml(sentence)).expect(STRING);
            }
        }
        "STYLE" => {
            out.push_str(&variables());
            out.push_str(STYLE);
        }
        "TEXT" => out.push_str(&xml(&as_text(story))),
        "ENDINGS" => endings(out, story),
        "STORY" => {
            let data = serde_json::to_string(&Data::of(story)).expect("plain data is JSON");
            out.push_str(&json_in_script(&data));
        }
        "SCRIPT" => script(&[SCRIPT], out),
        other => unreachable!("the page names no `{other}`"),
    }
}

fn endings(out: &mut String, story: &Story) {
    if story.endings.is_empty() {
        out.push_str("<p>Nothing was asked.</p>");
        return;
    }
    out.push_str("<ul>");
    for ending in &story.endings {
        let class = if ending.tone == Tone::Wrong { "bad" } else { "plain" };
        let mark = ending.tone.word();
        write!(out, "<li class=\"{class}\">{mark}: {}</li>", xml(&ending.text)).expect(STRING);
    }
    out.push_str("</ul>");
}

fn as_text(story: &Story) -> String {
    let short = Story {
        steps: story.steps.iter().take(TEXT_STEPS_MAX).cloned().collect(),
        ..story.clone()
    };
    text(&short, TextOptions { columns: 100, plain: true, detail: false })
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}

/// The colours of the palette as CSS variables, in light, in dark, and where the reader chose.
pub(crate) fn variables() -> String {
    let mut out = String::new();
    for (selector, dark) in [
        (":root", false),
        ("@media(prefers-color-scheme:dark){:root:not([data-theme=light])", true),
        (":root[data-theme=dark]", true),
    ] {
        let ink = |role: Role| if dark { role.dark } else { role.light };
        write!(out, "{selector}{{color-scheme:{}", if dark { "dark" } else { "light" })
            .expect(STRING);
        let Ink { fill, text } = ink(palette::PAGE);
        let (soft, line) = if dark { ("#1E252E", "#6C7A89") } else { ("#EEF1F5", "#767F8C") };
        let focus = if dark { "#9CC4FF" } else { "#0B57D0" };
        write!(out, ";--page:{fill};--text:{text};--soft:{soft};--line:{line};--focus:{focus}")
            .expect(STRING);
        for role in [palette::PACKET, palette::WRONG].into_iter().chain(Doing::ALL.map(palette::of))
        {
            let (class, Ink { fill, text }) = (role.class, ink(role));
            write!(out, ";--{class}:{fill};--{class}-text:{text}").expect(STRING);
        }
        out.push_str(if selector.starts_with('@') { "}}" } else { "}" });
    }
    out
}

/// The story as the page reads it: a step says how the ports look only where that changed.
#[derive(Serialize)]
struct Data<'a> {
    clock: Clock,
    end: u64,
    lanes: &'a [Lane],
    steps: Vec<StepData<'a>>,
    arrows: &'a [Arrow],
    rules: &'a [RuleCard],
    words: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
struct StepData<'a> {
    at: u64,
    lane: Option<usize>,
    action: &'a str,
    notes: &'a [Note],
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<&'a [PortPicture]>,
}

impl<'a> Data<'a> {
    fn of(story: &'a Story) -> Data<'a> {
        let mut before: &[PortPicture] = &[];
        let steps = story
            .steps
            .iter()
            .map(|step| {
                let changed = step.ports != before;
                before = &step.ports;
                StepData {
                    at: step.at,
                    lane: step.lane,
                    action: &step.action,
                    notes: &step.notes,
                    ports: changed.then_some(&step.ports),
                }
            })
            .collect();
        Data {
            clock: story.clock,
            end: story.end(),
            lanes: &story.lanes,
            steps,
            arrows: &story.arrows,
            rules: &story.rules,
            words: Doing::ALL.into_iter().map(|doing| (doing.key(), doing.word())).collect(),
        }
    }
}
