//! The completion matrix (facts 1G) as programs: when an operation queues a packet, sets its event,
//! signals its file, writes its status block.
//!
//! The table of facts asks a driver in the kernel, which answers as it is told. From user mode a
//! named pipe brings about what it can: [`ROWS`] says for each row of the matrix how, or why not.

use super::expect::expect;
use crate::driver::{CallStep, Program, Step};
use serde_json::{Map, Value as Json, json};

/// A row of the matrix: whether the operation is marked pending, and the severity of its status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Whether the driver marks it pending.
    pub pended: bool,
    /// `success`, `informational`, `warning` or `error`.
    pub severity: &'static str,
    /// What a pipe does to bring it about; nothing if it cannot.
    pub ways: &'static [Way],
    /// Why not, if it cannot.
    pub why_not: &'static str,
}

/// Something that a pipe does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// A write that there is room for.
    Write,
    /// A read of data that is there.
    Read,
    /// A read of a part of a message that is there.
    PartialRead,
    /// A write to an end that is closed.
    WriteToClosed,
    /// A read from an end that is closed.
    ReadFromClosed,
    /// A look at what is there, which is nothing.
    Peek,
    /// A read, and then data comes.
    ReadThenData,
    /// A read of a part of a message that comes later.
    ReadThenPart,
    /// A read, and then the other end closes.
    ReadThenClose,
    /// A read, and then its thread cancels it.
    ReadThenCancel,
}

const fn row(pended: bool, severity: &'static str, ways: &'static [Way]) -> Row {
    Row { pended, severity, ways, why_not: "" }
}

const fn never(pended: bool, severity: &'static str, why_not: &'static str) -> Row {
    Row { pended, severity, ways: &[], why_not }
}

const FSCTL_PIPE_PEEK: u32 = 0x11_400c;

const NO_SUCH: &str =
    "no operation that a program can start ends with an informational status on its own";

/// The rows. A partial read is not pended before Windows 8 and is since: either row.
#[rustfmt::skip]
pub const ROWS: [Row; 8] = [
    row(false, "success", &[Way::Write, Way::Read]),
    never(false, "informational", NO_SUCH),
    never(false, "warning", "since Windows 8 a pipe marks a partial read pending; datagram-too-long shows what warns at once"),
    row(false, "error", &[Way::WriteToClosed, Way::ReadFromClosed]),
    row(true, "success", &[Way::Peek, Way::ReadThenData]),
    never(true, "informational", NO_SUCH),
    row(true, "warning", &[Way::PartialRead, Way::ReadThenPart]),
    row(true, "error", &[Way::ReadThenClose, Way::ReadThenCancel]),
];

/// How the file is tied to a port, if it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tie {
    None,
    Port,
    /// With FILE_SKIP_COMPLETION_PORT_ON_SUCCESS.
    Skip,
}

/// How the operation is to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Told {
    Context,
    EventAndContext,
    Event,
    Nothing,
    /// By an APC: for files without a port.
    Routine,
}

/// The programs: one for each way of each row, all ties and ways to be told in it.
pub fn matrix() -> Vec<Program> {
    let ways = ROWS.iter().flat_map(|row| row.ways.iter().map(move |way| (row, *way)));
    ways.map(|(row, way)| expect(program(row, way))).collect()
}

fn program(row: &Row, way: Way) -> Program {
    let mut cells = Cells::default();
    cells.call(
        "CreateIoCompletionPort",
        json!({
            "file": "-1", "existing_port": "NULL", "key": 0, "concurrency": 0,
        }),
        &["P"],
    );
    cells.call("CreateEvent", json!({ "manual_reset": true, "initial": false }), &["E"]);
    for tie in [Tie::None, Tie::Port, Tie::Skip] {
        for told in [Told::Context, Told::EventAndContext, Told::Event, Told::Nothing] {
            cells.cell(way, tie, told);
        }
    }
    cells.cell(way, Tie::None, Told::Routine);
    let pended = if row.pended { "pended" } else { "at-once" };
    let words = name(way);
    Program {
        format: "iocp-program".to_owned(),
        version: 1,
        name: format!("matrix-{pended}-{}-{words}", row.severity),
        title: format!(
            "What is told of an operation with {} {} ({})",
            if row.severity == "error" { "an error" } else { row.severity },
            if row.pended { "that was pended" } else { "at once" },
            words.replace('-', " "),
        ),
        facts: ["G01", "G02", "G03", "G05", "G06", "G07", "G08", "G09", "G11", "G13", "G14"]
            .map(str::to_owned)
            .to_vec(),
        rules: Vec::new(),
        steps: cells.steps,
    }
}

fn name(way: Way) -> &'static str {
    match way {
        Way::Write => "write",
        Way::Read => "read",
        Way::PartialRead => "partial-read",
        Way::WriteToClosed => "write-to-closed",
        Way::ReadFromClosed => "read-from-closed",
        Way::Peek => "peek",
        Way::ReadThenData => "read-then-data",
        Way::ReadThenPart => "read-then-part",
        Way::ReadThenClose => "read-then-close",
        Way::ReadThenCancel => "read-then-cancel",
    }
}

/// Steps, cell by cell.
#[derive(Default)]
struct Cells {
    steps: Vec<Step>,
    count: usize,
}

impl Cells {
    fn call(&mut self, op: &str, args: Json, bind: &[&str]) {
        let args: Map<String, Json> = args.as_object().cloned().unwrap_or_default();
        // The other end of a pipe is a device, and nobody sees it work.
        let quiet_ms = u64::from(matches!(op, "CloseHandle" | "CancelIo" | "WriteFile")) * 10;
        let bind = bind.iter().map(|name| (*name).to_owned()).collect();
        let step = CallStep { bind, quiet_ms, ..CallStep::new("A", op, args) };
        self.steps.push(Step::Call(step));
    }

    /// Sets one up, does it, looks at everything.
    fn cell(&mut self, way: Way, tie: Tie, told: Told) {
        self.count += 1;
        let (server, client) = (format!("S{}", self.count), format!("C{}", self.count));
        let slot = format!("o{}", self.count);
        let pipe = json!({ "overlapped": true, "message": true });
        self.call("CreateNamedPipe", pipe, &[&server]);
        self.call("OpenNamedPipe", json!({ "server": server, "overlapped": true }), &[&client]);
        if tie != Tie::None {
            self.call(
                "CreateIoCompletionPort",
                json!({
                    "file": client, "existing_port": "P", "key": 123, "concurrency": 0,
                }),
                &[],
            );
        }
        if tie == Tie::Skip {
            let modes = json!({ "file": client, "flags": 1 });
            self.call("SetFileCompletionNotificationModes", modes, &[]);
        }
        self.before(way, &server);
        // Whatever was signaled is reset when the operation starts.
        self.call("SetEvent", json!({ "event": "E" }), &[]);
        self.operation(way, told, &client, &slot);
        self.after(way, &server, &client);
        if told == Told::Routine {
            self.call("SleepEx", json!({ "timeout": 0, "alertable": true }), &[]);
        }
        self.call("ReadStatusBlock", json!({ "overlapped": slot }), &[]);
        self.call("WaitForSingleObject", json!({ "handle": "E", "timeout": 0 }), &[]);
        self.call("WaitForSingleObject", json!({ "handle": client, "timeout": 0 }), &[]);
        self.call("NtRemoveIoCompletion", json!({ "port": "P", "timeout": 0 }), &[]);
        self.call("CloseHandle", json!({ "handle": client }), &[]);
        if !matches!(way, Way::WriteToClosed | Way::ReadFromClosed | Way::ReadThenClose) {
            self.call("CloseHandle", json!({ "handle": server }), &[]);
        }
    }

    fn write(&mut self, server: &str) {
        let args = json!({ "file": server, "length": 9, "overlapped": "o40" });
        self.call("WriteFile", args, &[]);
    }

    fn before(&mut self, way: Way, server: &str) {
        match way {
            Way::Read | Way::PartialRead => self.write(server),
            Way::WriteToClosed | Way::ReadFromClosed => {
                self.call("CloseHandle", json!({ "handle": server }), &[]);
            }
            _ => {}
        }
    }

    fn operation(&mut self, way: Way, told: Told, client: &str, slot: &str) {
        let writes = matches!(way, Way::Write | Way::WriteToClosed);
        let length = if matches!(way, Way::PartialRead | Way::ReadThenPart) { 1 } else { 9 };
        let mut args = json!({ "file": client, "length": length, "status_block": slot });
        args["context"] = match told {
            Told::Context | Told::EventAndContext => json!(456),
            Told::Event | Told::Nothing | Told::Routine => json!(0),
        };
        if matches!(told, Told::EventAndContext | Told::Event) {
            args["event"] = json!("E");
        }
        if told == Told::Routine {
            args["routine"] = json!(3);
        }
        if way == Way::Peek {
            args["code"] = json!(FSCTL_PIPE_PEEK);
            args["length"] = json!(64);
        }
        let op = match way {
            Way::Peek => "NtFsControlFile",
            _ if writes => "NtWriteFile",
            _ => "NtReadFile",
        };
        self.call(op, args, &[]);
    }

    fn after(&mut self, way: Way, server: &str, client: &str) {
        match way {
            Way::ReadThenData | Way::ReadThenPart => self.write(server),
            Way::ReadThenClose => self.call("CloseHandle", json!({ "handle": server }), &[]),
            Way::ReadThenCancel => self.call("CancelIo", json!({ "file": client }), &[]),
            _ => {}
        }
    }
}
