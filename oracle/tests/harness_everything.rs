//! Level `everything` asks for all that a driver can be asked for, and each of its calls is judged.

use iocp_model::Profile;
use iocp_oracle::driver::{Answer, Command, Fault, Hello, Implementation, Limits};
use iocp_oracle::harness::{Case, Config, Kind, Level, ModelDriver, Outcome, Search, judge};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What the `win32` driver can be asked for and no program does, with the reason.
const NOT_ASKED_FOR: &[(&str, &str)] = &[
    ("GetQueuedCompletionStatusNullOutputs", "a fault of the caller, which may end the driver"),
    ("ExitProcess", "it ends the driver, and the case with it"),
    ("CreateFile", "a disk or a directory decides when its operations end"),
    ("LockFileEx", "needs a disk"),
    ("ReadDirectoryChangesW", "needs a directory"),
    ("TransmitFile", "needs a disk"),
    ("DeviceIoControl", "what a control does is in its code, of which the model knows nothing"),
    ("NtDeviceIoControlFile", "the same"),
    ("NtFsControlFile", "the same"),
    ("TransactNamedPipe", "needs a pipe whose client reads messages, which no call asks for"),
    ("AcceptEx", "needs a listener and somebody outside"),
    ("ConnectEx", "the same"),
    ("WSASendTo", "needs datagrams, which may be lost"),
    ("WSARecvFrom", "the same"),
    ("connect", "what somebody outside does"),
    ("send", "the same"),
    ("sendto", "the same"),
    ("abort", "the same"),
    ("touch", "the same"),
    ("ReadStatusBlock", "a look at memory, and no call"),
];

/// The names in the table of the driver's source.
fn names_of_the_win32_driver() -> BTreeSet<&'static str> {
    let source = include_str!("../drivers/win32/src/ops/mod.rs");
    let table = source.split_once("pub const NAMES").expect("the table").1;
    let table = table.split_once("];").expect("its end").0;
    let lines = table.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.flat_map(|line| line.split('"').skip(1).step_by(2)).collect()
}

#[test]
fn all_that_a_driver_can_be_asked_for_is_asked_for_or_has_a_reason() {
    let asked: BTreeSet<&str> = Kind::ALL.iter().flat_map(|kind| kind.needs()).collect();
    let left_out: BTreeSet<&str> = NOT_ASKED_FOR.iter().map(|(name, _)| *name).collect();
    let names = names_of_the_win32_driver();
    assert!(names.len() > 90, "{names:?}");
    let both: Vec<_> = asked.intersection(&left_out).collect();
    assert_eq!(both, Vec::<&&str>::new());
    let known: BTreeSet<&str> = asked.union(&left_out).copied().collect();
    assert_eq!(names, known);
    for kind in Kind::ALL {
        assert!(!kind.needs().is_empty(), "{kind:?}");
    }
}

fn config() -> Config {
    let limits = Limits { case: Duration::from_secs(10), settle: Duration::from_millis(500) };
    Config { level: Level::Everything, limits, ..Config::default() }
}

/// Cases as the search makes them.
fn cases(count: usize) -> Vec<Case> {
    let config = config();
    let mut maker = Search::new(&config);
    (0..count).map(|_| maker.next_case()).collect()
}

/// The model, but for one function, of which every result is wrong.
struct Lies {
    model: ModelDriver,
    about: String,
    open: BTreeMap<u64, String>,
}

impl Lies {
    fn about(op: &str) -> Lies {
        let (model, open) = (ModelDriver::new(Profile::Win11), BTreeMap::new());
        Lies { model, about: op.to_owned(), open }
    }
}

/// The least that a function can do wrong.
fn wrong(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(ok) => Some(json!(!ok)),
        Value::Number(number) => Some(json!(number.as_i64()? + 1)),
        Value::String(text) if text == "0x00000000" => Some(json!("0xc0000001")),
        Value::String(text) if text.len() == 10 && text.starts_with("0x") => {
            Some(json!("0x00000000"))
        }
        Value::String(_) => Some(json!("NULL")),
        _ => None,
    }
}

impl Implementation for Lies {
    fn reset(&mut self) -> Result<Hello, Fault> {
        self.open.clear();
        self.model.reset()
    }

    fn send(&mut self, command: &Command) -> Result<(), Fault> {
        if let Command::Call { id, op, .. } = command {
            self.open.insert(*id, op.clone());
        }
        self.model.send(command)
    }

    fn receive(&mut self, until: Instant) -> Result<Option<Answer>, Fault> {
        Ok(self.model.receive(until)?.map(|answer| match answer {
            Answer::Ret { id, mut res } if self.open.get(&id) == Some(&self.about) => {
                if let Some(lie) = res.get("value").and_then(wrong) {
                    res.insert("value".to_owned(), lie);
                }
                Answer::Ret { id, res }
            }
            answer => answer,
        }))
    }

    fn hello(&self) -> Hello {
        self.model.hello()
    }

    fn noise(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Functions whose value says nothing: they give none, or one that is for nobody to foresee.
const WITHOUT_A_VALUE: [&str; 4] = ["ExitThread", "SetLastError", "Sleep", "SwitchToThread"];

#[test]
fn a_wrong_result_of_any_call_that_a_program_makes_is_found() {
    let cases = cases(100);
    let (mut made, mut found) = (BTreeSet::new(), BTreeSet::new());
    for case in &cases {
        for call in case.script(Profile::Win11).program.calls() {
            made.insert(call.op.clone());
            if found.contains(&call.op) || WITHOUT_A_VALUE.contains(&call.op.as_str()) {
                continue;
            }
            let outcome = judge(&mut Lies::about(&call.op), case, &config());
            if matches!(outcome, Outcome::Violated(_)) {
                found.insert(call.op.clone());
            }
        }
    }
    let asked = Kind::ALL.iter().flat_map(|kind| kind.needs());
    let never_made: Vec<&str> = asked.filter(|op| !made.contains(*op)).collect();
    assert_eq!(never_made, Vec::<&str>::new(), "in {} cases", cases.len());
    let missed: Vec<&String> = made.difference(&found).collect();
    assert_eq!(missed, WITHOUT_A_VALUE);
}

#[test]
fn every_kind_of_move_is_made_in_every_way_and_holds_on_the_model() {
    let mut ways = BTreeMap::new();
    let mut model = ModelDriver::new(Profile::Win11);
    for case in cases(120) {
        for m in &case.moves {
            *ways.entry(m.kind).or_insert(0) += 1;
        }
        let outcome = judge(&mut model, &case, &config());
        assert!(matches!(outcome, Outcome::Holds), "{case}: {outcome:?}");
    }
    println!("{ways:?}");
    let never: Vec<_> = Kind::ALL.iter().filter(|kind| !ways.contains_key(*kind)).collect();
    assert_eq!(never, Vec::<&Kind>::new());
}
