//! The data of a lesson, version 1: every key, what its value may be, what it means.

use crate::format::SCENARIO;
use crate::shape::Shape::{Either, Expression, Integer, List, Map, Text, Words};
use crate::shape::{Record, Shape, optional, required};

/// The version of the format.
pub const VERSION: i64 = 1;

const TEXTS: Shape = List(&Text);
const CONDITIONS: Shape = List(&Expression);
const NUMBERS: Shape = Map(&Integer(i64::MIN, i64::MAX));

/// The JSON block at the end of a lesson.
pub(crate) static LESSON: Record = Record {
    name: "a lesson",
    fields: &[
        required("version", Integer(VERSION, VERSION), "the version of this format"),
        required("rules", TEXTS, "ids of the rules it teaches (`iocp rules`)"),
        optional("source", Text, "where it comes from"),
        optional(
            "scenario",
            Either(&[Text, Shape::Record(&SCENARIO)]),
            "what the question is about: a library name or a scenario; without it, the trace",
        ),
        optional("set", NUMBERS, "parameters of that scenario"),
        optional("variant", Text, "a variant of that scenario"),
        optional("profile", Text, "the Windows version of the question (`win7`), or `wine-8.0`"),
        optional("deviate", TEXTS, "departures from that version (`wake-order=fifo`)"),
        required(
            "choices",
            List(&Shape::Record(&CLAIMS)),
            "what each answer of the list under `## Question` claims; one must be true",
        ),
        required("exercise", Shape::Record(&EXERCISE), "what is to be done"),
    ],
};

/// What an answer claims. All of it must be true of the model.
static CLAIMS: Record = Record {
    name: "a claim",
    fields: &[
        optional("always", CONDITIONS, "conditions that hold in every state"),
        optional("never", CONDITIONS, "conditions that hold in no state"),
        optional("sometimes", CONDITIONS, "conditions that hold in some state of some run"),
        optional("finally", CONDITIONS, "conditions that hold at every end"),
        optional("holds", TEXTS, "properties that hold (`deadlock`, or one of the scenario)"),
        optional("breaks", TEXTS, "properties that are broken"),
        optional("verdict", VERDICTS, "what `iocp check` says of the trace"),
        optional("rule", Text, "the rule that the trace breaks"),
        optional("allowed_if", TEXTS, "a smallest set of deviations that allows the trace"),
    ],
};

const VERDICTS: Shape = Words(&["conforms", "diverges", "inconclusive"]);

static EXERCISE: Record = Record {
    name: "an exercise",
    fields: &[
        required(
            "task",
            Words(&["edit", "settings", "order"]),
            "what is handed in: a changed scenario, settings, or an order of steps",
        ),
        optional(
            "scenario",
            Either(&[Text, Shape::Record(&SCENARIO)]),
            "what it begins with, if not the scenario of the question",
        ),
        optional("set", NUMBERS, "parameters of that scenario, to begin with"),
        optional("variant", Text, "a variant of that scenario, to begin with"),
        optional("profile", Text, "the Windows version, to begin with"),
        optional("deviate", TEXTS, "departures from that version, to begin with"),
        optional(
            "may_change",
            TEXTS,
            "parts of the scenario (`threads.worker`) or settings (`set`) that may change",
        ),
        required("goal", Shape::Record(&CLAIMS), "what must then be true"),
        required("solution", Shape::Record(&SOLUTION), "one way to do it"),
    ],
};

const SETTINGS: [&str; 4] = ["set", "variant", "profile", "deviate"];

/// The settings that an exercise can be about.
pub(crate) const fn settings() -> &'static [&'static str] {
    &SETTINGS
}

static SOLUTION: Record = Record {
    name: "a solution",
    fields: &[
        optional(
            "scenario",
            Shape::Part(&SCENARIO),
            "the parts that change; in an object of names only those given",
        ),
        optional("set", NUMBERS, "parameters"),
        optional("variant", Text, "a variant"),
        optional("profile", Text, "a Windows version, or `wine-8.0`"),
        optional("deviate", TEXTS, "departures from that version"),
        optional("order", TEXTS, "whose steps come first, as in a scenario"),
    ],
};

/// What a learner hands in where it is no scenario.
pub(crate) static ATTEMPT: Record = Record {
    name: "a solution",
    fields: &[
        required("version", Integer(VERSION, VERSION), "the version of this format"),
        optional("set", NUMBERS, "parameters"),
        optional("variant", Text, "a variant"),
        optional("profile", Text, "a Windows version, or `wine-8.0`"),
        optional("deviate", TEXTS, "departures from that version"),
        optional("order", TEXTS, "whose steps come first, as in a scenario"),
        optional("schedule", Text, "a token that `iocp run` or `iocp step` gave: one run"),
    ],
};
