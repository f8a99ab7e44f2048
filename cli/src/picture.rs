//! What a run, a trace or a state graph can be drawn as: the suffix of a file says it.

use std::path::Path;

use iocp_model::Semantics;
use iocp_scenarios::{Program, Scenario, library};
use iocp_viz::explorer::Start;
use iocp_viz::story::Story;
use iocp_viz::text::{TextOptions, text};
use iocp_viz::{html, mermaid, perfetto, svg};

use crate::failure::Failure;

/// What to draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Picture {
    Html,
    Svg,
    Mermaid,
    Perfetto,
    Dot,
    Text,
}

/// What can be drawn, by suffix and in words; a longer suffix first.
pub(crate) const KINDS: [(&str, Picture, &str); 6] = [
    (".perfetto.json", Picture::Perfetto, "a trace for Perfetto"),
    (".html", Picture::Html, "a page to step through, for any browser"),
    (".svg", Picture::Svg, "a picture"),
    (".mmd", Picture::Mermaid, "a Mermaid sequence diagram"),
    (".dot", Picture::Dot, "the graph of all states, for Graphviz"),
    (".txt", Picture::Text, "text"),
];

/// What the name of a file asks for.
pub(crate) fn picture(output: &Path) -> Result<Picture, Failure> {
    let name = output.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    let found = KINDS.iter().find(|(suffix, ..)| name.ends_with(suffix));
    found.map(|(_, picture, _)| *picture).ok_or_else(|| {
        let suffixes: Vec<&str> = KINDS.iter().map(|(suffix, ..)| *suffix).collect();
        Failure::bad_input(format!("`{}` does not say what to draw", output.display()))
            .help(format!("end its name with one of {}", suffixes.join(", ")))
    })
}

/// A story as one of them.
pub(crate) fn drawn(story: &Story, picture: Picture) -> String {
    match picture {
        Picture::Html => html::html(story),
        Picture::Svg => svg::svg(story),
        Picture::Mermaid => mermaid::mermaid(story),
        Picture::Perfetto => perfetto::perfetto(story),
        Picture::Text | Picture::Dot => plain(story),
    }
}

/// A story as text without colours.
pub(crate) fn plain(story: &Story) -> String {
    let options = TextOptions { columns: 100, plain: false, detail: true };
    anstream::adapter::strip_str(&text(story, options)).to_string()
}

/// What the explorer begins with; the semantics, if it is not the scenario's own.
pub(crate) fn start(
    scenario: &Scenario,
    program: &Program,
    variant: Option<&str>,
    chosen: Option<Semantics>,
) -> Start {
    let name = scenario.name();
    let of_library = library::entry(name).is_some_and(|entry| entry.text == scenario.source());
    Start {
        title: scenario.title().to_owned(),
        scenario: of_library.then(|| name.to_owned()),
        text: (!of_library).then(|| scenario.source().to_owned()),
        variant: variant.map(str::to_owned),
        set: program.parameters().to_vec(),
        profile: chosen.map(|semantics| semantics.profile.name().to_owned()),
        deviate: chosen
            .map(|semantics| semantics.deviations().map(|d| d.to_string()).collect())
            .unwrap_or_default(),
        ..Start::default()
    }
}
