//! A story as a Mermaid sequence diagram, for issues and documents that draw them.

use std::fmt::Write;

use crate::escape::mermaid as quoted;
use crate::story::{Story, Weight};

/// More steps than this are no picture any more; the rest is counted, not drawn.
pub const STEPS_MAX: usize = 40;
const STRING: &str = "a string takes all";

/// The diagram: threads and ports as participants, steps as messages, what followed as notes.
pub fn mermaid(story: &Story) -> String {
    let mut out = String::from("sequenceDiagram\n");
    writeln!(out, "    title {}", quoted(&story.title)).expect(STRING);
    for (index, lane) in story.lanes.iter().enumerate() {
        writeln!(out, "    participant L{index} as {}", quoted(&lane.name)).expect(STRING);
    }
    let outside = story.steps.iter().take(STEPS_MAX).any(|step| step.lane.is_none());
    if outside {
        out.push_str("    participant E as environment\n");
    }
    for (index, step) in story.steps.iter().take(STEPS_MAX).enumerate() {
        let who = participant(step.lane);
        // A step with exactly one thread released by it is a message to that thread.
        let to = story.arrows.iter().find(|a| a.from == step.at && a.from_lane == step.lane);
        let target = to.map_or_else(|| who.clone(), |arrow| format!("L{}", arrow.to_lane));
        let action = quoted(&step.action);
        writeln!(out, "    {who}->>{target}: {} {action}", index + 1).expect(STRING);
        for note in step.notes.iter().filter(|note| note.weight != Weight::Detail) {
            let rule = note.rule.as_ref().map_or_else(String::new, |rule| format!(" by {rule}"));
            let text = quoted(&format!("{}{rule}", note.text));
            writeln!(out, "    Note over {target}: {text}").expect(STRING);
        }
    }
    let left = story.steps.len().saturating_sub(STEPS_MAX);
    if left > 0 {
        let first = if story.lanes.is_empty() { "E" } else { "L0" };
        writeln!(out, "    Note over {first}: and {left} more steps").expect(STRING);
    }
    out
}

fn participant(lane: Option<usize>) -> String {
    lane.map_or_else(|| "E".to_owned(), |index| format!("L{index}"))
}
