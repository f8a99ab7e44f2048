//! The head of a request, read strictly: what is not plainly HTTP/1.1 without a body is refused.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Bytes of a head; browsers send a tenth of it.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Headers of a request.
const HEADERS_MAX: usize = 100;
/// Bytes read and thrown away after a refusal, so that the sender gets to read the answer.
const DRAIN_BYTES_MAX: usize = 64 << 10;
/// How long that may take.
const DRAIN_TIME: Duration = Duration::from_millis(200);

/// What is known of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// The value of the one `Host` header.
    pub(super) host: String,
}

/// Why a request is not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// It is not HTTP.
    Malformed,
    /// Its head is too long, or has too many lines.
    TooLarge,
    /// It brings a body.
    Body,
    /// It did not come to its end in time.
    TooSlow,
}

/// Reads a head.
pub(super) fn read(stream: &mut TcpStream, deadline: Instant) -> Result<Request, Refused> {
    let mut head: Vec<u8> = Vec::with_capacity(1024);
    let mut buffer = [0; 2048];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return Err(Refused::TooSlow);
        }
        let count = match stream.read(&mut buffer) {
            Ok(0) => return Err(Refused::Malformed),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(Refused::TooSlow),
        };
        head.extend_from_slice(&buffer[..count]);
        let end = head.windows(4).position(|four| four == b"\r\n\r\n");
        if end.unwrap_or(head.len()) > HEAD_BYTES_MAX {
            return Err(Refused::TooLarge);
        }
        if let Some(end) = end {
            let behind = head.len() > end + 4;
            let request = parse(&head[..end])?;
            return if behind { Err(Refused::Body) } else { Ok(request) };
        }
    }
}

/// A head without the empty line that ends it.
fn parse(head: &[u8]) -> Result<Request, Refused> {
    let text = std::str::from_utf8(head).map_err(|_| Refused::Malformed)?;
    if !text
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte) || matches!(byte, b'\r' | b'\n' | b'\t'))
    {
        return Err(Refused::Malformed);
    }
    let mut host = None;
    let mut lines = text.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, path, "HTTP/1.1" | "HTTP/1.0"] = first.as_slice() else {
        return Err(Refused::Malformed);
    };
    for (count, line) in lines.enumerate() {
        if count >= HEADERS_MAX {
            return Err(Refused::TooLarge);
        }
        let (name, value) = line.split_once(':').ok_or(Refused::Malformed)?;
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) || value.contains(['\r', '\n']) {
            return Err(Refused::Malformed);
        }
        let value = value.trim_matches([' ', '\t']);
        match name.to_ascii_lowercase().as_str() {
            // Two hosts: one for a check, another for who is behind it.
            "host" if host.is_some() => return Err(Refused::Malformed),
            "host" => host = Some(value.to_owned()),
            "content-length" if value != "0" => return Err(Refused::Body),
            "transfer-encoding" => return Err(Refused::Body),
            _ => {}
        }
    }
    let host = host.ok_or(Refused::Malformed)?;
    Ok(Request { method: (*method).to_owned(), path: (*path).to_owned(), host })
}

/// Reads what is still on its way, within limits: closing with unread bytes would take the answer
/// away from the sender.
pub(super) fn drain(stream: &mut TcpStream, deadline: Instant) {
    let until = deadline.min(Instant::now() + DRAIN_TIME);
    let mut buffer = [0; 4096];
    let mut count = 0;
    while count < DRAIN_BYTES_MAX {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => count += read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_is_read() {
        let request = parse(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAccept: */*").expect("HTTP");
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/"));
        assert_eq!(request.host, "127.0.0.1:80");
    }

    #[test]
    fn what_is_not_plainly_http_is_refused() {
        for head in [
            "",
            "GET",
            "GET /",
            "GET  / HTTP/1.1\r\nHost: a",
            "GET / HTTP/2\r\nHost: a",
            "GET / HTTP/1.1",
            "GET / HTTP/1.1\r\nHost a",
            "GET / HTTP/1.1\r\n: a\r\nHost: a",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b",
            "GET / HTTP/1.1\r\nHo st: a",
            "GET / HTTP/1.1\r\nHost: a\r\n folded",
            "GET / HTTP/1.1\nHost: a",
            "GET / HTTP/1.1\r\nHost: a\u{0}",
            "GET /\u{e9} HTTP/1.1\r\nHost: a",
        ] {
            assert_eq!(parse(head.as_bytes()), Err(Refused::Malformed), "{head:?}");
        }
    }

    #[test]
    fn a_body_is_refused_whatever_announces_it() {
        for header in ["Content-Length: 5", "content-length: 00", "Transfer-Encoding: chunked"] {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{header}");
            assert_eq!(parse(head.as_bytes()), Err(Refused::Body), "{header}");
        }
    }
}
