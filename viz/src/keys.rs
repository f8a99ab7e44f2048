//! The keys of the explorer, of the page of a trace and of the terminal: one table, which every
//! help prints, and which tests compare with what the keys do.

/// Where something is a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the explorer, the page with the model in it.
    Explorer,
    /// In the page of a trace.
    Trace,
    /// In the terminal.
    Terminal,
}

use Place::{Explorer, Terminal, Trace};

const EVERYWHERE: &[Place] = &[Explorer, Trace, Terminal];
const STEPPING: &[Place] = &[Explorer, Terminal];

/// Keys that do one thing, or two that belong together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// What to press, with commas between.
    pub keys: &'static str,
    /// What to write where lines are written; nothing where that makes no sense.
    pub words: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Where it is a key.
    pub places: &'static [Place],
}

const fn key(
    keys: &'static str,
    words: &'static str,
    what: &'static str,
    places: &'static [Place],
) -> Key {
    Key { keys, words, what, places }
}

/// All keys, in the order in which help lists them.
pub const KEYS: [Key; 29] = [
    key("Right, Left", "Enter, back", "the next step, the step before", EVERYWHERE),
    key(
        "Shift+Right, Shift+Left",
        "call, uncall",
        "to the end of the next call, to the call before",
        STEPPING,
    ),
    key("Home, End", "first, last", "the beginning, the end", EVERYWHERE),
    key("1-9", "1, 2, ...", "let that happen; before the end: in a new branch", STEPPING),
    key("Space", "", "play, stop", EVERYWHERE),
    key("g", "g N", "go to a step", EVERYWHERE),
    key("r", "r", "run on from the end, everybody in turn", STEPPING),
    key("b", "b", "the next branch", STEPPING),
    key("d", "d", "difference: where this branch and another part", STEPPING),
    key("p", "p", "predict: a question before each step that has one", STEPPING),
    key("m", "m", "micro-steps: the effects of a step one by one", STEPPING),
    key("m", "", "details of the kernel, or none", &[Trace]),
    key("w", "w", "why: what happened, and the rules that decided it", STEPPING),
    key("h", "h", "handles and references", STEPPING),
    key("PgUp, PgDn", "", "read on in why, in handles, in this list", &[Terminal]),
    key("+, -", "", "more, less of the chart", &[Trace]),
    key("/", "/TEXT", "the log: only steps whose words contain a text", EVERYWHERE),
    key("o", "o TEXT", "the log: no steps whose words contain a text", EVERYWHERE),
    key("e", "e", "edit the scenario, then step through that", STEPPING),
    key("Ctrl+Space", "", "in the editor: what fits at the cursor", &[Explorer]),
    key("Ctrl+Enter", "", "in the editor: step through its text", &[Explorer]),
    key("l", "l, l N", "the lessons", STEPPING),
    key("s", "s", "share: what comes back to this very step", STEPPING),
    key("x", "x, x FILE", "save as a file: a picture, a page", STEPPING),
    key("t", "", "theme: other colours", EVERYWHERE),
    key("?", "?", "this list", EVERYWHERE),
    key("Esc", "", "leave what is open", &[Explorer, Trace]),
    key("q, Esc", "q", "leave what is open; if nothing is, stop", &[Terminal]),
    key("Ctrl+c", "", "stop at once", &[Terminal]),
];

/// The keys of a place.
pub fn keys(place: Place) -> impl Iterator<Item = Key> {
    KEYS.into_iter().filter(move |key| key.places.contains(&place))
}
