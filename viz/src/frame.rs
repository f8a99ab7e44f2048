//! What the page of a trace and the explorer have in common: texts with places to fill, the bar for
//! stepping, the list of keys, the log.

use std::fmt::Write;

use crate::escape::xml;
use crate::keys::{self, Place};

const BAR: &str = include_str!("page/bar.html");
const LOG: &str = include_str!("page/log.html");
const NODES: &str = include_str!("page/nodes.js");
const STRING: &str = "a string takes all";

/// What a page has besides stepping.
pub(crate) struct Bar {
    /// Switches: the name, what it says, what it does with its key.
    pub(crate) toggles: &'static [(&'static str, &'static str, &'static str)],
    /// Whose keys are listed.
    pub(crate) place: Place,
}

/// A text whose places, a name between two signs, are filled: those that all pages have here, the
/// others by `fill`.
pub(crate) fn filled(
    page: &str,
    bar: &Bar,
    out: &mut String,
    fill: &mut dyn FnMut(&str, &mut String),
) {
    let mut rest = page;
    while let Some((before, after)) = rest.split_once('@') {
        let (name, after) = after.split_once('@').expect("names stand between two signs");
        out.push_str(before);
        match name {
            "BAR" => filled(BAR, bar, out, fill),
            "LOG" => out.push_str(LOG),
            "TOGGLES" => toggles(bar, out),
            "KEYS" => keys(bar, out),
            other => fill(other, out),
        }
        rest = after;
    }
    out.push_str(rest);
}

fn toggles(bar: &Bar, out: &mut String) {
    for (id, text, title) in bar.toggles {
        let attributes = format!("id=\"{id}\" type=\"button\" title=\"{title}\"");
        writeln!(out, "<button {attributes} aria-pressed=\"false\">{text}</button>").expect(STRING);
    }
}

fn keys(bar: &Bar, out: &mut String) {
    for key in keys::keys(bar.place) {
        let [keys, what] = [key.keys, key.what].map(xml);
        writeln!(out, "<tr><td>{keys}</td><td>{what}</td></tr>").expect(STRING);
    }
}

/// Scripts after those that all pages have, as if they were one.
pub(crate) fn script(scripts: &[&str], out: &mut String) {
    out.push_str("'use strict';\n(() => {\n");
    [&NODES].into_iter().chain(scripts).for_each(|script| out.push_str(script));
    out.push_str("})();\n");
}
