//! What peers outside do to the files of a case. The protocol has commands for it (`connect`,
//! `send`, `abort`), which are not calls of the model: a trace shows what arrives instead.

use std::collections::{BTreeMap, VecDeque};

use iocp_model::Arrival;
use serde_json::{Map, Value};

use super::trace::Numbers;
use crate::trace::Event;

/// Who is connected with whom, by the names of handles.
#[derive(Default)]
pub(crate) struct Peers {
    /// The other end of a connection.
    other: BTreeMap<String, String>,
    /// Sockets that belong to somebody outside.
    outside: Vec<String>,
    /// For each listener: sockets that wait for a connection, and connections that wait for one.
    accepting: BTreeMap<String, VecDeque<String>>,
    connecting: BTreeMap<String, VecDeque<String>>,
}

fn text<'a>(args: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    args.get(name).and_then(Value::as_str)
}

impl Peers {
    /// The event for a command by which somebody outside acts; `None` if it is a call like any
    /// other, `Some(None)` if what it does reaches no file of the case.
    pub(crate) fn acts(
        &self,
        numbers: &Numbers,
        op: &str,
        args: &Map<String, Value>,
    ) -> Option<Option<Event>> {
        let arrives = |name: Option<&String>, what| {
            let file = name.and_then(|name| numbers.named(name))?;
            Some(Event::Arrive { file, what })
        };
        let end = |key| text(args, key).and_then(|name| self.other.get(name));
        match op {
            "connect" => {
                let listener = text(args, "file").map(str::to_owned);
                Some(arrives(listener.as_ref(), Arrival::Connect))
            }
            "send" => {
                let bytes = args.get("length").and_then(Value::as_u64).unwrap_or(0) as u32;
                Some(arrives(end("file"), Arrival::Data(bytes)))
            }
            "sendto" | "touch" => {
                // A notice about a name of two letters has 16 bytes.
                let bytes = args.get("length").and_then(Value::as_u64).unwrap_or(16) as u32;
                let file = text(args, "file").map(str::to_owned);
                Some(arrives(file.as_ref(), Arrival::Data(bytes)))
            }
            "abort" => Some(arrives(end("file"), Arrival::Reset)),
            "CloseHandle" | "NtClose" => {
                let name = text(args, "handle")?;
                let theirs = self.outside.iter().any(|outside| outside == name);
                theirs.then(|| arrives(end("handle"), Arrival::Close))
            }
            _ => None,
        }
    }

    /// Learns from a call that has returned, or that pends.
    pub(crate) fn learn(&mut self, op: &str, args: &Map<String, Value>, bind: &[String]) {
        match (op, bind) {
            ("SocketPair", [one, two]) => self.connected(one, two),
            ("connect", [client]) => {
                let Some(listener) = text(args, "file") else { return };
                self.outside.push(client.clone());
                self.connecting.entry(listener.to_owned()).or_default().push_back(client.clone());
                self.introduce(listener);
            }
            ("AcceptEx", _) => {
                let (Some(listener), Some(socket)) = (text(args, "file"), text(args, "other"))
                else {
                    return;
                };
                self.accepting.entry(listener.to_owned()).or_default().push_back(socket.to_owned());
                self.introduce(listener);
            }
            _ => {}
        }
    }

    fn connected(&mut self, one: &str, two: &str) {
        self.other.insert(one.to_owned(), two.to_owned());
        self.other.insert(two.to_owned(), one.to_owned());
    }

    /// The oldest connection goes to the socket that has waited longest.
    fn introduce(&mut self, listener: &str) {
        let accepting = self.accepting.entry(listener.to_owned()).or_default();
        let connecting = self.connecting.entry(listener.to_owned()).or_default();
        if accepting.is_empty() || connecting.is_empty() {
            return;
        }
        if let (Some(socket), Some(client)) = (accepting.pop_front(), connecting.pop_front()) {
            self.connected(&socket, &client);
        }
    }
}
