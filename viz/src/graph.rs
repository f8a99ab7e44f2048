//! A state graph as it is drawn: what an exploration found, as plain data.

use std::fmt::Write;

use crate::escape::dot as quoted;

/// States and steps between them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Graph {
    /// One line.
    pub title: String,
    /// The states; the first is where every run starts.
    pub nodes: Vec<Node>,
    /// The steps.
    pub edges: Vec<Edge>,
    /// Whether `nodes` are all there are.
    pub complete: bool,
}

/// A state.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Node {
    /// What it looks like, a line each.
    pub lines: Vec<String>,
    /// What is special about it.
    pub kind: Kind,
}

/// What is special about a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// Nothing.
    #[default]
    Ordinary,
    /// A run ends here as it should.
    End,
    /// Something is wrong here.
    Wrong,
}

/// A step from one state to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The state before.
    pub from: usize,
    /// The state after.
    pub to: usize,
    /// Who did what.
    pub label: String,
}

/// The graph in the DOT language of Graphviz.
pub fn dot(graph: &Graph) -> String {
    const STRING: &str = "a string takes all";
    let mut out = String::from("digraph iocp {\n  rankdir=TB;\n");
    writeln!(out, "  label=\"{}\";", quoted(&title(graph))).expect(STRING);
    out.push_str("  node [shape=box, style=rounded, fontname=\"monospace\", fontsize=10];\n");
    out.push_str("  edge [fontname=\"monospace\", fontsize=9];\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        // `\l` ends a line and sets it to the left.
        let label: String = node.lines.iter().map(|line| format!("{}\\l", quoted(line))).collect();
        let extra = match node.kind {
            Kind::Ordinary if index == 0 => ", penwidth=2",
            Kind::Ordinary => "",
            Kind::End => ", peripheries=2",
            Kind::Wrong => ", style=\"rounded,filled\", fillcolor=\"#50001D\", fontcolor=white",
        };
        writeln!(out, "  s{index} [label=\"{label}\"{extra}];").expect(STRING);
    }
    for edge in &graph.edges {
        let label = quoted(&edge.label);
        writeln!(out, "  s{} -> s{} [label=\"{label}\"];", edge.from, edge.to).expect(STRING);
    }
    out.push_str("}\n");
    out
}

fn title(graph: &Graph) -> String {
    match graph.complete {
        true => graph.title.clone(),
        false => format!("{} (the first {} states only)", graph.title, graph.nodes.len()),
    }
}
