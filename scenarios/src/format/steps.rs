//! What a thread can do, as data.

use super::EXPRESSIONS;
use crate::calls::{EXHAUSTIONS, call_fields};
use crate::shape::Shape::{Either, Expression, Flag, List, Name, Steps as Program, Text, Words};
use crate::shape::{Field, Record, Shape, Steps, Verb, optional, required};

static BRANCH: Record = Record {
    name: "a branch",
    fields: &[
        required("when", Either(&[Expression, Shape::Record(&MATCH)]), "what the result must be"),
        required("do", Program, "what is done then"),
    ],
};

const FIELD: Shape = Expression;

/// The fields of a result, for `expect` and `when`.
pub(crate) static MATCH: Record = Record {
    name: "an expectation",
    fields: &[
        optional("value", FIELD, "what the function returns: TRUE, FALSE, a status, a number"),
        optional("last_error", FIELD, "what the call made of the last error, or `unchanged`"),
        optional("key", FIELD, "the completion key, or `untouched`"),
        optional("bytes", FIELD, "the number of bytes, or `untouched`"),
        optional("overlapped", FIELD, "the address of the OVERLAPPED"),
        optional("status", FIELD, "the status inside a packet or status block"),
        optional("information", FIELD, "the information inside a packet or status block"),
        optional("count", FIELD, "the number of entries removed"),
        optional("handle", FIELD, "the handle given out"),
        optional("depth", FIELD, "the depth of a port"),
        optional("previous", FIELD, "the previous count or state"),
        optional("modes", FIELD, "the notification modes of a file"),
        optional("already_signaled", FIELD, "1 if the target was signaled already"),
        optional("thread", Expression, "the handle of the first thread of a new process"),
    ],
};

/// The keys of [`MATCH`].
pub(crate) fn result_fields() -> impl Iterator<Item = &'static str> {
    MATCH.fields.iter().map(|field| field.key)
}

static COMPLETION: Record = Record {
    name: "a completion",
    fields: &[
        optional("status", Expression, "the final status; STATUS_SUCCESS if not given"),
        optional("bytes", Expression, "the information; all that was asked for if not given"),
        optional("after", Expression, "how many ticks later, in a simulation"),
    ],
};

static DONE: Record = Record {
    name: "an immediate reply",
    fields: &[
        required("status", Expression, "the final status"),
        optional("bytes", Expression, "the information; 0 if not given"),
        optional("returned", Expression, "what the dispatch routine returns, if not that status"),
        optional("marked_pending", Flag, "whether the driver marked the request pending first"),
    ],
};

const INTO: Field = optional("into", Name, "the local that gets the old value");

const fn verb(verb: Field, fields: &'static [Field]) -> Verb {
    Verb { verb, fields }
}

/// What a thread can do.
pub(crate) static STEPS: Steps = Steps {
    words: &[
        ("exit", "the thread exits; a step"),
        ("break", "leaves the innermost loop; no step"),
        ("continue", "starts the next round of the innermost loop; no step"),
    ],
    verbs: &[
        verb(
            required("work", Expression, "computes for so many ticks; a step"),
            &[optional(
                "uses",
                List(&Name),
                "what it needs: `result`, `batch`, locals; `result` if not given",
            )],
        ),
        verb(
            required(
                "block",
                Expression,
                "waits outside the model, so many ticks in a simulation; a step, and the environment ends it",
            ),
            &[],
        ),
        verb(
            required("loop", Program, "goes round for ever, until `break` or `exit`"),
            &[
                optional("times", Expression, "so many rounds"),
                optional("while", Expression, "as long as this holds, tested before each round"),
                optional("counter", Name, "a local that numbers the rounds from 0"),
            ],
        ),
        verb(
            required(
                "each",
                Name,
                "a local that goes through the indices of the last batch; `result[i].key` reads an entry",
            ),
            &[required("do", Program, "what is done for each entry")],
        ),
        verb(
            required(
                "choose",
                List(&Program),
                "goes one of these ways; no step: the first step of each is possible at once",
            ),
            &[],
        ),
        verb(
            required("if", Expression, "tests locals, parameters and the last result; no step"),
            &[
                required("then", Program, "what is done if it is not 0"),
                optional("else", Program, "what is done if it is 0"),
            ],
        ),
        verb(required("let", EXPRESSIONS, "sets locals; no step"), &[]),
        verb(
            required(
                "record",
                Expression,
                "adds a value to what the thread shows at the end; no step",
            ),
            &[],
        ),
        verb(
            required("assert", Expression, "must hold here; no step"),
            &[optional("else", Text, "what went wrong, in a sentence")],
        ),
        verb(
            required("load", Name, "reads a shared variable; a step"),
            &[required("into", Name, "the local that gets the value")],
        ),
        verb(
            required("store", Name, "writes a shared variable; a step"),
            &[required("value", Expression, "the value")],
        ),
        verb(
            required("exchange", Name, "writes a shared variable and reads what it was; a step"),
            &[required("value", Expression, "the value"), INTO],
        ),
        verb(
            required(
                "cas",
                Name,
                "writes a shared variable if it has a value (compare and swap); a step",
            ),
            &[
                required("compare", Expression, "the value it must have"),
                required("value", Expression, "the value it gets"),
                INTO,
            ],
        ),
        verb(
            required("add", Name, "adds to a shared variable; a step"),
            &[required("value", Expression, "how much"), INTO],
        ),
        verb(required("lock", Name, "waits for a mutex; a step"), &[]),
        verb(required("unlock", Name, "releases a mutex; a step"), &[]),
        verb(
            required(
                "spin_until",
                Expression,
                "stays active until this holds of shared variables and locals; a step",
            ),
            &[],
        ),
        verb(
            required(
                "await",
                Expression,
                "goes on once this holds of anything observable; orders test runs; a step",
            ),
            &[],
        ),
        verb(
            required(
                "join",
                Name,
                "waits until all instances of a thread have exited; a step each",
            ),
            &[],
        ),
        verb(required("alloc", Name, "allocates an OVERLAPPED; a step"), &[]),
        verb(required("free", Name, "frees an OVERLAPPED; a step"), &[]),
        verb(required("start", Name, "starts a thread that is declared `created`; a step"), &[]),
        verb(
            required("arrive", Name, "something happens to a file from outside; a step"),
            &[
                optional(
                    "what",
                    Words(&["data", "connect", "close", "reset"]),
                    "what; `data` if not given",
                ),
                optional("bytes", Expression, "how much data"),
            ],
        ),
    ],
    common: &[optional("note", Text, "a remark for the reader")],
    call: &[
        required("call", Text, "the function"),
        optional("as", Name, "the local or shared variable that gets the handle given out"),
        optional(
            "second",
            Name,
            "the variable for the second handle of a pair, or for the thread of a new process",
        ),
        optional("expect", Shape::Record(&MATCH), "what the result must be"),
        optional("let", EXPRESSIONS, "sets locals once the call has returned"),
        optional("record", Expression, "adds a value to what the thread shows at the end"),
        optional("on", List(&Shape::Record(&BRANCH)), "the first branch that matches is taken"),
        optional("else", Program, "what is done if no branch matches"),
        optional(
            "reply",
            Either(&[Words(&["driver", "pending"]), Shape::Record(&DONE)]),
            "what the driver answers, for an operation; `driver` if not given",
        ),
        optional(
            "completes",
            List(&Shape::Record(&COMPLETION)),
            "the ways a pending operation may end",
        ),
        optional(
            "may_fail",
            List(&Words(EXHAUSTIONS)),
            "how a post, a new port or an association may fail for want of memory, each a possibility of its own",
        ),
    ],
    calls: call_fields,
};
