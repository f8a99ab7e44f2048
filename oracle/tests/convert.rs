//! Converters: logs of real programs and histories of queues, told as traces and back.

use iocp_oracle::convert::{ConvertError, Source, Summary, Target, from_trace, to_trace};
use iocp_oracle::trace::{Event, Reader, Res, Writer};

fn told(source: Source, log: &str) -> Result<(String, Summary), ConvertError> {
    let mut out = Vec::new();
    let summary = to_trace(source, log.as_bytes(), &mut out)?;
    Ok((String::from_utf8(out).expect("a trace is UTF-8"), summary))
}

fn events(trace: &str) -> Vec<Event> {
    let mut reader = Reader::new(trace.as_bytes()).expect("a trace begins with meta");
    let mut events = Vec::new();
    while let Some(traced) = reader.next_event().unwrap_or_else(|e| panic!("{e}\n{trace}")) {
        events.push(traced.event);
    }
    events
}

fn written(trace: &str) -> String {
    let mut reader = Reader::new(trace.as_bytes()).unwrap();
    let mut writer = Writer::new(Vec::new(), reader.meta()).unwrap();
    while let Some(traced) = reader.next_event().unwrap() {
        writer.event_at(&traced.event, traced.ts).unwrap();
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

const LOGS: &[(&str, &str, [usize; 4])] = &[
    // name, log, [ports made, posts, packets removed, times a remove found nothing]
    ("libuv-async", include_str!("corpus/logs/libuv-async.txt"), [1, 3, 3, 6]),
    (
        "libuv-tcp_close_reset_client",
        include_str!("corpus/logs/libuv-tcp_close_reset_client.txt"),
        [1, 0, 36, 3],
    ),
    ("libevent-iocp-port", include_str!("corpus/logs/libevent-iocp-port.txt"), [1, 12, 12, 6]),
    ("wepoll-multi-poll", include_str!("corpus/logs/wepoll-multi-poll.txt"), [10, 0, 100, 110]),
    ("asio-io_context", include_str!("corpus/logs/asio-io_context.txt"), [11, 97, 93, 2]),
];

/// The counts are those of users.md 2.2, taken from the logs by other means.
#[test]
fn every_request_of_the_server_logs_is_told() {
    for (name, log, counts) in LOGS {
        let (trace, _) = told(Source::WineServer, log).unwrap();
        let mut found = [0; 4];
        for event in events(&trace) {
            let call = match &event {
                Event::Call { call, .. } => format!("{call:?}"),
                _ => String::new(),
            };
            found[0] += usize::from(call.starts_with("NtCreateIoCompletion"));
            found[1] += usize::from(call.starts_with("NtSetIoCompletion"));
            found[2] +=
                usize::from(matches!(event, Event::Ret { res: Res { key: Some(_), .. }, .. }));
            found[3] += usize::from(matches!(
                event,
                Event::Waiting { seen: iocp_oracle::trace::Seen::Asked, .. }
            ));
        }
        assert_eq!(found, *counts, "{name}");
        assert_eq!(written(&trace), trace, "{name}: written as it was read");
    }
}

#[test]
fn a_thread_that_does_something_else_has_left_its_wait() {
    let log = "0104: remove_completion( handle=006c )\n\
               0104: remove_completion() = PENDING { ckey=0 }\n\
               0104: add_completion( handle=006c, ckey=1, cvalue=2, information=3, status=0 )\n\
               0104: add_completion() = 0\n";
    let (trace, _) = told(Source::WineServer, log).unwrap();
    let timed_out =
        |e: &Event| matches!(e, Event::Ret { res: Res { status: Some(0x102), .. }, .. });
    assert_eq!(events(&trace).iter().filter(|e| timed_out(e)).count(), 1, "{trace}");
}

#[test]
fn a_log_that_ends_in_the_middle_of_a_request_is_told_up_to_there() {
    let whole = LOGS[2].1;
    for cut in (0..whole.len()).step_by(97) {
        match told(Source::WineServer, &whole[..cut]) {
            Ok((trace, _)) => {
                events(&trace);
            }
            Err(error) => assert!(matches!(error, ConvertError::Nothing(_)), "{error}"),
        }
    }
}

#[test]
fn a_relay_log_is_told_with_unknown_results() {
    let log = "\
1886.900:010c:0110:Call ntdll.NtCreateIoCompletion(0159fe40,1f0003,0,1) ret=7b07
1886.901:010c:0110:Ret  ntdll.NtCreateIoCompletion() retval=00000000 ret=7b07
1886.967:010c:0118:Call ntdll.NtRemoveIoCompletion(00000030,159fe20,159fe18,159fd30,0) ret=7b07
1887.025:010c:0110:Call ntdll.NtSetIoCompletion(00000030,00000065,0,0,0000000b) ret=7b07
1887.028:010c:0110:Ret  ntdll.NtSetIoCompletion() retval=00000000 ret=7b07
1887.028:010c:0118:Ret  ntdll.NtRemoveIoCompletion() retval=00000000 ret=7b07
";
    let (trace, summary) = told(Source::WineRelay, log).unwrap();
    assert_eq!(summary, Summary { told: 6, skipped: 0 });
    let (meta, rest) = trace.split_once('\n').unwrap();
    for word in ["interval", "unknown", "unlogged", "implicit", "wine-relay"] {
        assert!(meta.contains(word), "{meta} lacks {word}");
    }
    let expected = r#"{"ev":"object","handle":"0x30","kind":"port","concurrency":1}
{"ev":"call","id":1,"tid":"0118","op":"NtRemoveIoCompletion",ARGS1}
{"ev":"call","id":2,"tid":"0110","op":"NtSetIoCompletion",ARGS2}
{"ev":"ret","id":2,"tid":"0110","res":{"status":"0x0"}}
{"ev":"ret","id":1,"tid":"0118","res":{"status":"0x0"}}
{"ev":"end","dropped":0}
"#;
    let args = r#""args":{"port":"0x30","timeout":"infinite"}"#;
    let expected = expected.replace("ARGS1", args);
    let args =
        r#""args":{"context":"0x0","information":11,"key":"0x65","port":"0x30","status":"0x0"}"#;
    assert_eq!(rest, expected.replace("ARGS2", args));
}

const HISTORY: &str = "0 e 0 0 2\n1 d 0 1 3\n1 d -1 4 7\n0 e 7 5 6\n0 d 7 8 9\n";

#[test]
fn a_porcupine_history_comes_back_from_its_trace() {
    let (trace, summary) = told(Source::Porcupine, HISTORY).unwrap();
    assert_eq!(summary.told, 5);
    let mut back = Vec::new();
    from_trace(Target::Porcupine, trace.as_bytes(), &mut back).unwrap();
    assert_eq!(String::from_utf8(back).unwrap(), HISTORY);
}

#[test]
fn a_jepsen_history_comes_back_from_its_trace() {
    let (trace, _) = told(Source::Porcupine, HISTORY).unwrap();
    let mut jepsen = Vec::new();
    from_trace(Target::Jepsen, trace.as_bytes(), &mut jepsen).unwrap();
    let jepsen = String::from_utf8(jepsen).unwrap();
    assert!(jepsen.starts_with("{:type :invoke, :f :enqueue, :value 0, :process 0, :index 0}\n"));
    let (again, _) = told(Source::Jepsen, &jepsen).unwrap();
    assert_eq!(again.replace("jepsen", "porcupine"), trace);
}

#[test]
fn what_did_not_happen_or_never_returned_is_told_so() {
    let jepsen = "[{:type :invoke, :f :enqueue, :value 1, :process 0}\n\
                  {:type :fail, :f :enqueue, :value 1, :process 0}\n\
                  {:type :invoke, :f :dequeue, :value nil, :process 1}\n\
                  {:type :info, :f :start, :process :nemesis}\n\
                  {:type :info, :f :dequeue, :value nil, :process 1}]\n";
    let (trace, summary) = told(Source::Jepsen, jepsen).unwrap();
    assert_eq!(summary, Summary { told: 4, skipped: 1 });
    let calls = events(&trace).iter().filter(|e| matches!(e, Event::Call { .. })).count();
    assert_eq!(calls, 2, "the port and the dequeue: {trace}");
}

#[test]
fn a_trace_opens_in_perfetto_with_an_arrow_for_each_packet() {
    let (trace, _) = told(Source::WineServer, LOGS[2].1).unwrap();
    let mut out = Vec::new();
    from_trace(Target::Perfetto, trace.as_bytes(), &mut out).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let events = json["traceEvents"].as_array().unwrap();
    let count = |ph: &str| events.iter().filter(|e| e["ph"] == ph).count();
    assert_eq!((count("s"), count("f")), (12, 12));
    assert_eq!(count("E"), events.iter().filter(|e| e["ph"] == "B").count());
}

#[test]
fn what_is_no_log_is_refused_with_its_place() {
    let refused = |source, text: &str| told(source, text).unwrap_err().to_string();
    assert_eq!(
        refused(Source::Porcupine, "0 e 1 2 3\n0 x 1 4 5\n"),
        "line 2, column 3: expected `client e|d value call return`, all but the kind integers"
    );
    assert_eq!(
        refused(Source::Jepsen, "{:type :ok, :f :enqueue, :value 1, :process 0}"),
        "line 1: expected an :invoke of this process first"
    );
    assert!(refused(Source::WineServer, "hello\n").starts_with("no line"));
    assert!(refused(Source::WineRelay, "").starts_with("no line"));
}
