//! Renderers for runs, traces and state graphs of completion ports.
//!
//! Everything that is drawn is first a [`story::Story`] or a [`graph::Graph`]: plain data, made
//! from a run, a trace or an exploration. A renderer is a pure function from that to text.
//! Nothing here computes a transition, and nothing reads a file or a clock.

pub mod escape;
// The page holds the model, so the model does not hold the page.
#[cfg(not(target_arch = "wasm32"))]
pub mod explorer;
mod frame;
pub mod from_graph;
pub mod from_run;
#[cfg(feature = "judge")]
pub mod from_trace;
pub mod gantt;
pub mod graph;
#[cfg(not(target_arch = "wasm32"))]
mod hints;
pub mod html;
pub mod keys;
pub mod lessons;
pub mod mermaid;
pub mod palette;
pub mod perfetto;
pub mod session;
pub mod story;
pub mod svg;
#[cfg(test)]
mod tests;
pub mod text;
