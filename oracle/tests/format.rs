//! The trace format: what is read is what was written, and what is wrong is said with its place.

use std::io::{BufReader, Read};

use iocp_model::{Access, Attributes, Call, Handle, NtStatus, Overlapped, Timeout};
use iocp_oracle::trace::{
    Entry, Event, Io, Level, Limits, Meta, Object, Order, Reader, Res, Seen, TraceError,
    UNKNOWN_TIMEOUT, Writer, schema,
};
use proptest::prelude::*;

const META: &str = r#"{"ev":"meta","format":"iocp-trace","version":1}"#;

fn read(text: &str) -> Result<Vec<Event>, TraceError> {
    let mut reader = Reader::new(text.as_bytes())?;
    let mut events = Vec::new();
    while let Some(traced) = reader.next_event()? {
        events.push(traced.event);
    }
    Ok(events)
}

/// The message for a trace whose lines after `meta` are these.
fn error(lines: &[&str]) -> String {
    match read(&format!("{META}\n{}\n", lines.join("\n"))) {
        Ok(events) => panic!("read without an error: {events:?}"),
        Err(error) => error.to_string(),
    }
}

const REMOVE: &str =
    r#"{"ev":"call","id":1,"tid":7,"op":"NtRemoveIoCompletion","args":{"port":"0x30"}}"#;

#[test]
fn what_is_wrong_is_said_with_line_and_column() {
    let cases: &[(&[&str], &str)] = &[
        (&["{"], "line 2, column 1: EOF while parsing an object"),
        (
            &["[1]"],
            "line 2, column 1: invalid type: sequence, expected an object with the key \"ev\"",
        ),
        (&[r#"{"ev":"call" "id":1}"#], "line 2, column 14: expected `,` or `}`"),
        (&[r#"{"id":1}"#], "line 2, column 1: `a line` needs the key `ev`"),
        (
            &[r#"{"ev":"cal"}"#],
            "line 2, column 2: there is no event `cal` (names that begin with `x-` are skipped); did you mean `call`?",
        ),
        (&[r#"{"ev":"settled","tld":3}"#], "line 2, column 17: this event has no key `tld`"),
        (
            &[r#"{"ev":"exit","tid":3,"did":4}"#],
            "line 2, column 22: this event has no key `did`; did you mean `tid`?",
        ),
        (&[r#"{"ev":"ret","id":1,"id":2}"#], "line 2, column 23: duplicate field `id`"),
        (&[r#"{"ev":"exit"}"#], "line 2, column 1: `exit` needs the key `tid`"),
        (
            &[r#"{"ev":"call","id":1,"tid":7,"op":"NtRemoveIoCompletions"}"#],
            "line 2, column 29: there is no call `NtRemoveIoCompletions` in the model",
        ),
        (
            &[r#"{"ev":"call","id":1,"tid":7,"op":"NtRemoveIoCompletion","args":{"port":[1]}}"#],
            "line 2, column 72: invalid type: sequence, expected a number, or a string with one such as \"0x65\"",
        ),
        (
            &[
                r#"{"ev":"call","id":1,"tid":7,"op":"NtRemoveIoCompletion","args":{"port":1,"timeout":"soon"}}"#,
            ],
            "line 2, column 57: arguments of `NtRemoveIoCompletion`: `timeout` is \"infinite\", \"zero\" or a number of microseconds",
        ),
        (
            &[REMOVE, r#"{"ev":"ret","id":1,"res":{"bites":3}}"#],
            "line 3, column 33: unknown field `bites`",
        ),
        (&[REMOVE, REMOVE], "line 3, column 14: id 1 has been used by an earlier call"),
        (&[r#"{"ev":"ret","id":1}"#], "line 2, column 13: no open call has the id 1"),
        (
            &[REMOVE, r#"{"ev":"ret","id":1}"#, r#"{"ev":"ret","id":1}"#],
            "line 4, column 13: no open call has the id 1",
        ),
        (
            &[REMOVE, r#"{"ev":"ret","id":1,"tid":8}"#],
            "line 3, column 20: call 1 was made by thread 7, but 8 returns from it",
        ),
        (
            &[REMOVE, r#"{"ev":"call","id":2,"tid":7,"op":"GetLastError"}"#],
            "line 3, column 21: thread 7 cannot call: its call 1 of line 2 has not returned",
        ),
        (
            &[r#"{"ev":"end"}"#, r#"{"ev":"settled"}"#],
            "line 3, column 1: there is a line after `end`",
        ),
        (&[META], "line 2, column 1: `meta` stands once, on the first line"),
    ];
    for (lines, expected) in cases {
        let found = error(lines);
        assert!(found.starts_with(expected), "{lines:?}\n found {found}\n wants {expected}");
    }
}

#[test]
fn the_first_line_must_be_meta_of_version_1() {
    let message = |text: &str| read(text).unwrap_err().to_string();
    assert!(message("").starts_with("line 1, column 1: the first line must be"));
    assert!(message("{\"ev\":\"end\"}\n").starts_with("line 1, column 1: the first line must be"));
    let later = META.replace("\"version\":1", "\"version\":2");
    assert_eq!(message(&later), "line 1, column 36: version 2 of the format; this program reads 1");
    let typo = META.replace("\"version\"", "\"ordr\":\"total\",\"version\"");
    assert_eq!(
        message(&typo),
        "line 1, column 36: this event has no key `ordr`; did you mean `order`?"
    );
    assert!(message(&META.replace("iocp-trace", "perfetto")).contains("unknown variant"));
}

#[test]
fn a_file_cut_in_the_middle_of_a_line_is_truncated() {
    let whole = format!("{META}\n{REMOVE}");
    let cut = &whole[..whole.len() - 5];
    let error = read(cut).unwrap_err();
    assert_eq!(
        (error.line, error.column, error.problem.to_string()),
        (2, cut.len() as u64 - META.len() as u64, "the file ends in the middle of a line".into())
    );
    assert_eq!(read(&whole).unwrap().len(), 1, "a last line without its end is a line");
}

#[test]
fn an_extension_is_skipped() {
    let events = read(&format!(
        "{META}\n{{\"ev\":\"x-probe\",\"any\":[1]}}\n\n{{\"ev\":\"settled\",\"x-why\":1}}\n"
    ));
    assert_eq!(events.unwrap(), [Event::Settled]);
}

/// Yields one endless line, in pieces, and counts them.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.fill(b' ');
        self.0 += buffer.len() as u64;
        assert!(self.0 < 100 << 20, "read on past the limit");
        Ok(buffer.len())
    }
}

#[test]
fn a_line_of_100_mb_is_refused_before_it_is_read() {
    let text = format!("{META}\n").into_bytes();
    let endless = std::io::Cursor::new(text).chain(Endless(0));
    let mut reader = Reader::new(BufReader::new(endless)).unwrap();
    let error = reader.next_event().unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 1048577: the line is longer than 1048576 bytes");
}

#[test]
fn open_calls_are_bounded() {
    let mut text = format!("{META}\n");
    for id in 0..12 {
        text += &REMOVE
            .replace("\"id\":1", &format!("\"id\":{id}"))
            .replace("\"tid\":7", &format!("\"tid\":{id}"));
        text += "\n";
    }
    let limits = Limits { open_calls: 10, ..Limits::default() };
    let mut reader = Reader::with_limits(text.as_bytes(), limits).unwrap();
    let error = std::iter::repeat_with(|| reader.next_event()).find_map(Result::err).unwrap();
    assert_eq!(error.to_string(), "line 12, column 1: too many open calls to keep");
}

fn call(call: Call) -> Event {
    Event::Call { id: 5, tid: "w".into(), call }
}

/// One of everything.
fn samples() -> Vec<Event> {
    let port = Handle(0x30);
    let big = u64::MAX - 1;
    vec![
        call(Call::NtCreateIoCompletion {
            access: Access::ALL,
            attributes: Attributes::Named(3),
            concurrency: 2,
        }),
        call(Call::CreateIoCompletionPort {
            file: Handle::INVALID,
            existing_port: Handle::NULL,
            key: big,
            concurrency: 0,
        }),
        call(Call::NtRemoveIoCompletion { port, timeout: UNKNOWN_TIMEOUT }),
        call(Call::NtRemoveIoCompletion { port, timeout: Timeout::Infinite }),
        call(Call::GetQueuedCompletionStatus { port, timeout: Timeout::Finite(5) }),
        call(Call::GetQueuedCompletionStatusEx {
            port,
            count: 4,
            timeout: Timeout::Zero,
            alertable: true,
        }),
        call(Call::GetQueuedCompletionStatusEx {
            port,
            count: 4,
            timeout: UNKNOWN_TIMEOUT,
            alertable: true,
        }),
        call(Call::PostQueuedCompletionStatus {
            port,
            bytes: 9,
            key: big,
            overlapped: Overlapped(big),
        }),
        call(Call::NtSetIoCompletion {
            port,
            key: 1,
            context: 2,
            status: NtStatus::CANCELLED,
            information: big,
        }),
        call(Call::WaitForMultipleObjects {
            handles: vec![port, Handle(8)],
            all: true,
            timeout: Timeout::Finite(1),
            alertable: false,
        }),
        call(Call::GetLastError {}),
        Event::Ret { id: 5, tid: None, res: Res::default() },
        Event::Ret {
            id: 5,
            tid: Some(3.into()),
            res: Res {
                status: Some(0xC000_0120),
                ok: Some(false),
                error: Some(258),
                handle: Some(big),
                int: Some(-1),
                key: Some(big),
                bytes: Some(big),
                entries: Some(vec![Entry { key: Some(1), ..Entry::default() }, Entry::default()]),
                already_signaled: Some(true),
                ..Res::default()
            },
        },
        Event::Waiting { tid: 3.into(), seen: Seen::Parked },
        Event::Waiting { tid: big.into(), seen: Seen::Again },
        Event::Block { tid: 3.into() },
        Event::Unblock { tid: 3.into() },
        Event::Exit { tid: 3.into() },
        Event::Settled,
        Event::Io(Io {
            file: Some(port),
            overlapped: Some(big),
            status: Some(0),
            information: None,
        }),
        Event::Object { handle: port, kind: Object::Port, concurrency: Some(2) },
        Event::Note { text: "quoted \"so\" \u{1F980}".into() },
        Event::End { dropped: 2 },
    ]
}

#[test]
fn every_event_comes_back_as_it_was_written_and_obeys_the_schema() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is a schema");
    for event in samples() {
        let meta = Meta::new(Level::Win32, Order::Interval);
        let mut writer = Writer::new(Vec::new(), &meta).unwrap();
        // A return needs its call, by whoever is said to return.
        let caller = match &event {
            Event::Ret { tid: Some(tid), .. } => Some(tid.clone()),
            Event::Ret { tid: None, .. } => Some("w".into()),
            _ => None,
        };
        if let Some(tid) = caller.clone() {
            writer.event(&Event::Call { id: 5, tid, call: Call::GetLastError {} }).unwrap();
        }
        writer.event_at(&event, Some(77)).unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        for line in text.lines() {
            let json = serde_json::from_str(line).unwrap();
            assert!(validator.is_valid(&json), "{line}");
        }
        let back = read(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(back.last(), Some(&event), "{text}");
        assert_eq!(Reader::new(text.as_bytes()).unwrap().meta(), &meta);
    }
    assert!(!validator.is_valid(&serde_json::json!({ "ev": "ret", "idd": 1 })));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        if let Ok(mut reader) = Reader::new(&bytes[..]) {
            while let Ok(Some(_)) = reader.next_event() {}
        }
    }

    #[test]
    fn a_trace_with_a_byte_changed_is_read_or_refused(
        at in 0usize..4000,
        byte in any::<u8>(),
        cut in 0usize..4000,
    ) {
        let mut writer = Writer::new(Vec::new(), &Meta::new(Level::Nt, Order::Total)).unwrap();
        for (id, event) in samples().into_iter().enumerate() {
            let event = match event {
                Event::Call { call, .. } => {
                    let id = id as u64;
                    Event::Call { id, tid: id.into(), call }
                }
                other => other,
            };
            writer.event(&event).unwrap();
        }
        let mut bytes = writer.finish().unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(cut.max(1));
        if let Ok(mut reader) = Reader::new(&bytes[..]) {
            while let Ok(Some(_)) = reader.next_event() {}
        }
    }
}
