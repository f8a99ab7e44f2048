//! `iocp serve`: the page for this machine, and nothing for anybody else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{code, err, iocp, run};

struct Served {
    child: Child,
    address: SocketAddr,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn served() -> Served {
    let mut child =
        iocp(&["serve", "release-lifo"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("a pipe");
    BufReader::new(out).read_line(&mut line).expect("it says where");
    let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
    let address = address.expect("an address").parse().expect("an address");
    Served { child, address }
}

/// What comes back for these bytes.
fn answer(served: &Served, request: &str) -> String {
    let mut stream = TcpStream::connect(served.address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    String::from_utf8(answer).expect("text")
}

fn get(served: &Served, path: &str, host: &str) -> String {
    answer(served, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
}

#[test]
fn it_serves_the_explorer_on_loopback_and_prints_the_address() {
    let served = served();
    assert!(served.address.ip().is_loopback());
    let page = get(&served, "/", &served.address.to_string());
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{}", &page[..page.len().min(200)]);
    assert!(page.contains("<title>") && page.contains("id=\"module\""));
    let (head, body) = page.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
    assert!(get(&served, "/", &format!("localhost:{}", served.address.port())).contains("200 OK"));
}

#[test]
fn it_refuses_other_hosts_paths_methods_and_bodies() {
    let served = served();
    let host = served.address.to_string();
    let refused = |request: String, status: &str| {
        let answer = answer(&served, &request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
        assert!(!answer.contains("id=\"module\""));
    };
    refused("GET / HTTP/1.1\r\nHost: rebound.example\r\n\r\n".to_owned(), "421");
    refused("GET / HTTP/1.1\r\n\r\n".to_owned(), "400");
    refused(format!("GET /etc/passwd HTTP/1.1\r\nHost: {host}\r\n\r\n"), "404");
    refused(format!("GET /../x HTTP/1.1\r\nHost: {host}\r\n\r\n"), "404");
    refused(format!("DELETE / HTTP/1.1\r\nHost: {host}\r\n\r\n"), "405");
    refused(format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999\r\n\r\n"), "413");
    refused(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\nmore"), "413");
    refused(format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "a".repeat(40_000)), "431");
    refused("\u{1}\u{2}\r\n\r\n".to_owned(), "400");
    assert!(get(&served, "/", &host).contains("200 OK"), "it goes on");
}

#[test]
fn nobody_who_is_slow_keeps_others_away() {
    let served = served();
    let host = served.address.to_string();
    let slow: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = TcpStream::connect(served.address).expect("it listens");
            stream.write_all(b"GET / HTTP/1.1\r\nHost:").expect("it reads");
            stream
        })
        .collect();
    assert!(get(&served, "/", &host).contains("200 OK"), "others are served meanwhile");
    let started = Instant::now();
    for mut stream in slow {
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it gives up");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    assert!(started.elapsed() < Duration::from_secs(30), "it gives up soon");
}

#[test]
fn a_port_that_is_taken_is_said() {
    let served = served();
    let port = served.address.port().to_string();
    let output = run(&["serve", "release-lifo", "--port", &port]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("cannot listen"), "{}", err(&output));
}
