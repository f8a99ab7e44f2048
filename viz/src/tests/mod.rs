//! Every renderer against a kept file, and against names that try to break out.
//!
//! `UPDATE_EXPECTED=1 cargo test -p iocp-viz` writes the files anew; look at the difference.

pub(crate) mod fixture;

use proptest::prelude::*;

use crate::graph::{Edge, Graph, Kind, Node, dot};
use crate::story::{Ending, Story, Tone};
use crate::text::{TextOptions, text};
use crate::{html, mermaid, perfetto, svg};

fn check(name: &str, actual: &str) {
    let path = format!("{}/src/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, actual).expect("the folder can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if actual != expected {
        let differs = actual.lines().zip(expected.lines()).position(|(a, b)| a != b);
        let line = differs.unwrap_or_else(|| actual.lines().count().min(expected.lines().count()));
        let actual = actual.lines().nth(line).unwrap_or("<the end>");
        let expected = expected.lines().nth(line).unwrap_or("<the end>");
        panic!("{name}:{}:\n  expected {expected}\n  got      {actual}", line + 1);
    }
}

fn options(plain: bool, detail: bool) -> TextOptions {
    TextOptions { columns: 80, plain, detail }
}

#[test]
fn text_is_as_kept() {
    check("hand-off.ansi", &text(&fixture::hand_off(), options(false, false)));
}

#[test]
fn plain_text_with_detail_is_as_kept_and_ascii() {
    let plain = text(&fixture::hand_off(), options(true, true));
    check("hand-off.plain.txt", &plain);
    assert!(plain.is_ascii());
}

#[test]
fn svg_is_as_kept() {
    check("hand-off.svg", &svg::svg(&fixture::hand_off()));
}

#[test]
fn mermaid_is_as_kept() {
    check("hand-off.mmd", &mermaid::mermaid(&fixture::hand_off()));
}

#[test]
fn perfetto_is_as_kept() {
    check("hand-off.perfetto.json", &perfetto::perfetto(&fixture::hand_off()));
}

#[test]
fn dot_is_as_kept() {
    check("small.dot", &dot(&graph("a \"state\"")));
}

#[test]
fn the_page_holds_the_story_and_asks_nobody_else() {
    let page = html::html(&fixture::hand_off());
    check("hand-off.html", &page);
    for word in ["http:", "https:", "src=", "@import", "url(", "innerHTML", "fetch("] {
        let found = page.matches(word).count();
        // The one address is the name of the SVG language, which nobody asks for.
        let allowed = usize::from(word == "http:");
        assert_eq!(found, allowed, "{word}");
    }
}

#[test]
fn a_long_story_is_cut_in_mermaid_and_says_so() {
    let mut story = fixture::hand_off();
    story.steps = story.steps.iter().cycle().take(100).cloned().collect();
    let diagram = mermaid::mermaid(&story);
    assert!(diagram.ends_with("and 60 more steps\n"), "{diagram}");
}

#[test]
fn fifty_thousand_steps_are_drawn_without_a_surprise() {
    let mut story = fixture::hand_off();
    let steps = story.steps.clone();
    story.steps = (0..50_000)
        .map(|at| crate::story::Step { at, ..steps[at as usize % steps.len()].clone() })
        .collect();
    assert!(svg::svg(&story).len() < 2_000_000);
    assert!(html::html(&story).len() < 40_000_000);
    assert!(text(&story, options(false, true)).lines().count() > 50_000);
}

fn graph(name: &str) -> Graph {
    let node = |kind| Node { lines: vec![name.to_owned(), "active 1 of 1".to_owned()], kind };
    Graph {
        title: name.to_owned(),
        nodes: vec![node(Kind::Ordinary), node(Kind::End), node(Kind::Wrong)],
        edges: vec![
            Edge { from: 0, to: 1, label: name.to_owned() },
            Edge { from: 0, to: 2, label: name.to_owned() },
        ],
        complete: false,
    }
}

/// The fixture with every text replaced.
fn named(name: &str) -> Story {
    let mut story = fixture::hand_off();
    let put = |text: &mut String| name.clone_into(text);
    put(&mut story.title);
    put(&mut story.semantics);
    story.notice.iter_mut().for_each(put);
    for lane in &mut story.lanes {
        put(&mut lane.name);
        lane.spans.iter_mut().for_each(|span| put(&mut span.label));
    }
    for step in &mut story.steps {
        put(&mut step.action);
        for note in &mut step.notes {
            put(&mut note.text);
            note.rule.as_mut().into_iter().for_each(put);
        }
        for port in &mut step.ports {
            put(&mut port.name);
            port.packets.iter_mut().chain(&mut port.waiters).for_each(put);
        }
    }
    story.arrows.iter_mut().for_each(|arrow| put(&mut arrow.label));
    for rule in &mut story.rules {
        put(&mut rule.id);
        put(&mut rule.sentence);
        put(&mut rule.source);
        put(&mut rule.grade);
    }
    story.endings = vec![Ending { text: name.to_owned(), tone: Tone::Wrong }];
    story
}

/// Texts that mean something to one of the formats, and any others.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("</script><script>alert(1)</script>".to_owned()),
        Just("]]></desc><!-- \" onload='x' &#0;".to_owned()),
        Just("\u{1b}[2J\r\nend\n%%{init}%% participant x; # \\".to_owned()),
        Just("@STORY@ @TITLE@".to_owned()),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_name_breaks_a_picture(name in nasty()) {
        let picture = svg::svg(&named(&name));
        let read = roxmltree::Document::parse(&picture).expect("well formed");
        let plain = svg::svg(&named("x"));
        let plain = roxmltree::Document::parse(&plain).expect("well formed");
        // Labels come and go with their length; nothing else may.
        let rectangles = |d: &roxmltree::Document<'_>| {
            d.descendants().filter(|node| node.has_tag_name("rect")).count()
        };
        prop_assert_eq!(rectangles(&read), rectangles(&plain));
    }

    #[test]
    fn no_name_breaks_the_page(name in nasty()) {
        let page = html::html(&named(&name));
        let count = |page: &str, what: &str| page.to_lowercase().matches(what).count();
        let plain = html::html(&named("x"));
        for what in ["<script", "</script", "<p>", "<li", "<title", "</pre"] {
            prop_assert_eq!(count(&page, what), count(&plain, what), "{}", what);
        }
        let (_, rest) = page.split_once("id=\"story\">").expect("the story");
        let (data, _) = rest.split_once("</script>").expect("its end");
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        prop_assert_eq!(data["lanes"][0]["name"].as_str(), Some(name.as_str()));
    }

    #[test]
    fn no_name_breaks_perfetto(name in nasty()) {
        let trace = perfetto::perfetto(&named(&name));
        let read: serde_json::Value = serde_json::from_str(&trace).expect("JSON");
        prop_assert_eq!(read["traceEvents"][0]["args"]["name"].as_str(), Some(name.as_str()));
    }

    #[test]
    fn no_name_adds_a_line_to_a_diagram(name in nasty()) {
        let lines = |name: &str| mermaid::mermaid(&named(name)).split(['\n', '\r']).count();
        prop_assert_eq!(lines(&name), lines("x"));
        let lines = |name: &str| dot(&graph(name)).split(['\n', '\r']).count();
        prop_assert_eq!(lines(&name), lines("x"));
    }

    #[test]
    fn no_name_moves_the_cursor(name in nasty()) {
        for plain in [false, true] {
            let text = text(&named(&name), options(plain, true));
            // Our own styles end in `m`; nothing else may follow an escape.
            for rest in text.split('\u{1b}').skip(1) {
                let style = rest.split_once('m').map_or(rest, |(style, _)| style);
                prop_assert!(style.chars().all(|c| "[;0123456789".contains(c)), "{:?}", rest);
            }
            prop_assert!(!text.contains('\r'));
            prop_assert_eq!(plain && text.contains('\u{1b}'), false);
        }
    }
}
