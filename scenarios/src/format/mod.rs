//! Scenario version 1, as data: every key, what its value may be, what it means.
//!
//! Owns the words of the format. What the words do is in [`compile`](crate::compile) and
//! [`vm`](crate::vm).

mod steps;

pub(crate) use steps::{MATCH, STEPS, result_fields};

use crate::calls::FILE_KIND_WORDS;
use crate::shape::Shape::{
    Either, Expression, Flag, Integer, List, Map, Name, Steps as Program, Table, Text, Words,
};
use crate::shape::{Field, Record, Shape, optional, required};

/// The version of the format.
pub const VERSION: i64 = 1;

const TEXTS: Shape = List(&Text);
const EXPRESSIONS: Shape = Map(&Expression);
const CONDITIONS: Shape = Table(&Expression);

/// A whole scenario.
pub(crate) static SCENARIO: Record = Record {
    name: "a scenario",
    fields: &[
        required("version", Integer(VERSION, VERSION), "the version of this format"),
        required("title", Text, "what it shows, in one line"),
        optional("group", Text, "the shelf of the library it stands on"),
        optional("about", Text, "what happens and why, in a few sentences"),
        optional("notice", TEXTS, "what to look at in the run"),
        optional("rules", TEXTS, "ids of the rules it shows (`iocp rules`)"),
        optional("facts", TEXTS, "ids of the facts it restates (`D03`)"),
        optional("misconceptions", TEXTS, "ids of the misconceptions it answers (`E18`)"),
        optional("source", Text, "where it comes from"),
        optional("profile", Text, "the Windows version it is about (`win7`), or `wine-8.0`"),
        optional("deviate", TEXTS, "departures from that version (`wake-order=fifo`)"),
        optional(
            "parameters",
            Map(&Either(&[Integer(i64::MIN, i64::MAX), Shape::Record(&PARAMETER)])),
            "numbers that `--set NAME=VALUE` changes; a plain number is the default",
        ),
        optional("variants", Map(&Shape::Record(&VARIANT)), "named settings of the parameters"),
        optional("processors", Expression, "processors of the machine; 4 if not given"),
        optional("processes", List(&Name), "further processes; threads and objects say `in`"),
        optional("ports", Map(&Shape::Record(&PORT)), "completion ports"),
        optional("files", Map(&Shape::Record(&FILE)), "files, devices, single sockets"),
        optional("pairs", List(&Shape::Record(&PAIR)), "connected pipes and sockets"),
        optional("events", Map(&Shape::Record(&EVENT)), "event objects"),
        optional("semaphores", Map(&Shape::Record(&SEMAPHORE)), "semaphores"),
        optional("mutexes", Map(&Shape::Record(&PLAIN)), "mutexes, also for `lock` and `unlock`"),
        optional("jobs", Map(&Shape::Record(&PLAIN)), "job objects"),
        optional("reserves", Map(&Shape::Record(&PLAIN)), "reserve objects for packets"),
        optional("wait_packets", Map(&Shape::Record(&PLAIN)), "wait completion packet objects"),
        optional("handles", Map(&Shape::Record(&HANDLE)), "further handles to objects above"),
        optional("shared", EXPRESSIONS, "shared variables with their first values"),
        optional("overlapped", Map(&Shape::Record(&OVERLAPPED)), "OVERLAPPED structures"),
        required(
            "threads",
            Map(&Either(&[Program, Shape::Record(&THREAD)])),
            "the threads; a list of steps stands for a thread with that program",
        ),
        optional("order", List(&Text), "whose steps come first, one word a step (see FORMAT.md)"),
        optional("always", CONDITIONS, "named conditions that hold in every state"),
        optional("never", CONDITIONS, "named conditions that hold in no state"),
        optional("sometimes", CONDITIONS, "named conditions that hold in some state of some run"),
        optional("finally", CONDITIONS, "named conditions that hold at every end"),
        optional("outcome", TEXTS, "observations that tell one end from another"),
        optional("breaks", TEXTS, "properties that this scenario is there to break"),
    ],
};

static PARAMETER: Record = Record {
    name: "a parameter",
    fields: &[
        required("default", Integer(i64::MIN, i64::MAX), "its value if nothing is set"),
        optional("min", Integer(i64::MIN, i64::MAX), "the least value"),
        optional("max", Integer(i64::MIN, i64::MAX), "the greatest value"),
        optional("about", Text, "what it is"),
    ],
};

static VARIANT: Record = Record {
    name: "a variant",
    fields: &[
        optional("about", Text, "what is different and what it leads to"),
        optional("set", Map(&Integer(i64::MIN, i64::MAX)), "the parameters it sets"),
        optional("profile", Text, "the Windows version it runs under"),
        optional("deviate", TEXTS, "departures from that version"),
        optional("breaks", TEXTS, "properties that this variant is there to break"),
    ],
};

const IN: Field =
    optional("in", Name, "the process whose handle it is; the first one if not given");
const PORT_OF: Field = optional("port", Name, "the port it is associated with from the start");
const KEY_OF: Field = optional("key", Expression, "the completion key of that association");
const MODES: Field = optional(
    "modes",
    List(&Words(&["skip-port-on-success", "skip-set-event", "skip-set-user-event"])),
    "notification modes set from the start",
);
const SYNCHRONOUS: Field =
    optional("overlapped", Flag, "whether it was opened for overlapped use; true if not given");

static PORT: Record = Record {
    name: "a port",
    fields: &[
        optional(
            "concurrency",
            Expression,
            "the concurrency value; 0 (if not given) is one for each processor",
        ),
        IN,
    ],
};

static FILE: Record = Record {
    name: "a file",
    fields: &[
        required("kind", Words(FILE_KIND_WORDS), "what it is"),
        SYNCHRONOUS,
        optional("inherit", Flag, "whether child processes inherit the handle"),
        PORT_OF,
        KEY_OF,
        MODES,
        IN,
    ],
};

static PAIR: Record = Record {
    name: "a pair",
    fields: &[
        required(
            "kind",
            Words(&["pipe", "socket"]),
            "a named pipe (server end first) or two sockets",
        ),
        required("ends", Map(&Shape::Record(&END)), "the two ends by name, in order"),
        optional("message", Flag, "message mode, for a pipe"),
        IN,
    ],
};

static END: Record =
    Record { name: "an end of a pair", fields: &[SYNCHRONOUS, PORT_OF, KEY_OF, MODES] };

static EVENT: Record = Record {
    name: "an event",
    fields: &[
        optional("manual_reset", Flag, "whether it stays set until it is reset; true if not given"),
        optional("initial", Flag, "whether it is set at the start"),
        IN,
    ],
};

static SEMAPHORE: Record = Record {
    name: "a semaphore",
    fields: &[
        optional("initial", Expression, "the count at the start; 0 if not given"),
        optional("maximum", Expression, "the greatest count"),
        IN,
    ],
};

static PLAIN: Record = Record { name: "an object", fields: &[IN] };

static HANDLE: Record = Record {
    name: "a handle",
    fields: &[
        required("of", Name, "the object or handle it duplicates"),
        IN,
        optional(
            "access",
            List(&Words(&["query", "modify", "synchronize", "all"])),
            "the access it grants; the same as the original if not given",
        ),
    ],
};

static OVERLAPPED: Record = Record {
    name: "an OVERLAPPED",
    fields: &[
        optional("event", Name, "the event in `hEvent`"),
        optional("low_bit", Flag, "whether the low bit of `hEvent` is set: no packet is wanted"),
    ],
};

static THREAD: Record = Record {
    name: "a thread",
    fields: &[
        required("program", Program, "what it does"),
        optional("count", Expression, "how many of them run; `self` numbers them from 0"),
        optional("about", Text, "who it is"),
        IN,
        optional("locals", EXPRESSIONS, "variables of each instance with their first values"),
        optional("overlapped", Map(&Shape::Record(&OVERLAPPED)), "OVERLAPPEDs of each instance"),
        optional("daemon", Flag, "whether it may wait for ever: that is then no deadlock"),
        optional(
            "outside",
            Flag,
            "no thread of the machine but somebody outside: only `arrive`, variables and `await`",
        ),
        optional("created", Flag, "does nothing until a `start` step names it"),
        optional("at", Expression, "the tick at which it starts, in a simulation"),
    ],
};
