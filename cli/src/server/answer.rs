//! Which answer a request gets: the page to who asks for it by a name of this machine, a sentence
//! to everybody else.

use super::request::{Refused, Request};

/// An answer: a status, and whether the page goes with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Answer {
    status: &'static str,
    sentence: &'static str,
    page: bool,
    body: bool,
}

const fn refusal(status: &'static str, sentence: &'static str) -> Answer {
    Answer { status, sentence, page: false, body: true }
}

/// The answer to a request to the server at this port.
pub(super) fn answer(request: &Request, port: u16) -> Answer {
    // A name that somebody made point to this machine (DNS rebinding) is not one of these.
    let names = ["127.0.0.1", "localhost", "[::1]"];
    let known = names.iter().any(|name| {
        request.host.eq_ignore_ascii_case(&format!("{name}:{port}"))
            || (port == 80 && request.host.eq_ignore_ascii_case(name))
    });
    if !known {
        return refusal("421 Misdirected Request", "this server answers to localhost only");
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return refusal("405 Method Not Allowed", "there is only a page to get here");
    }
    if request.path != "/" {
        return refusal("404 Not Found", "there is only one page here: /");
    }
    Answer { status: "200 OK", sentence: "", page: true, body: request.method == "GET" }
}

impl Answer {
    /// The answer to what is no request.
    pub(super) fn refusing(refused: Refused) -> Answer {
        match refused {
            Refused::Malformed => refusal("400 Bad Request", "this is not HTTP as it should be"),
            Refused::TooLarge => {
                refusal("431 Request Header Fields Too Large", "the request is too long")
            }
            Refused::Body => refusal("413 Content Too Large", "no request has a body here"),
            Refused::TooSlow => refusal("408 Request Timeout", "the request took too long"),
        }
    }

    /// The head, and the body.
    pub(super) fn bytes<'a>(&'a self, page: &'a [u8]) -> (String, &'a [u8]) {
        let (kind, body) = match self.page {
            true => ("text/html; charset=utf-8", page),
            false => ("text/plain; charset=utf-8", self.sentence.as_bytes()),
        };
        let allow = if self.status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{allow}\
             Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\
             X-Frame-Options: DENY\r\nCross-Origin-Resource-Policy: same-origin\r\n\
             Cross-Origin-Opener-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n\r\n",
            self.status,
            body.len()
        );
        (head, if self.body { body } else { &[] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(method: &str, path: &str, host: &str) -> &'static str {
        let (method, path, host) = (method.to_owned(), path.to_owned(), host.to_owned());
        answer(&Request { method, path, host }, 8000).status
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000", "[::1]:8000"] {
            assert_eq!(status("GET", "/", host), "200 OK", "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:80",
            "localhost:8001",
            "evil.example:8000",
            "127.0.0.1:8000:",
            "localhost.evil.example:8000",
            "127.0.0.1.:8000",
            "0.0.0.0:8000",
            "127.0.0.2:8000",
        ] {
            assert_eq!(status("GET", "/", host), "421 Misdirected Request", "{host}");
        }
    }

    #[test]
    fn only_the_page_is_there_and_only_to_get() {
        for path in ["/x", "//", "/?a", "/../", "*", "http://127.0.0.1:8000/", "/favicon.ico"] {
            assert_eq!(status("GET", path, "localhost:8000"), "404 Not Found", "{path}");
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get"] {
            assert_eq!(status(method, "/", "localhost:8000"), "405 Method Not Allowed", "{method}");
        }
    }

    #[test]
    fn a_head_is_answered_without_the_page() {
        let request = Request {
            method: "HEAD".to_owned(),
            path: "/".to_owned(),
            host: "localhost:1".to_owned(),
        };
        let answer = answer(&request, 1);
        let (head, body) = answer.bytes(b"12345");
        assert!(head.contains("Content-Length: 5\r\n"));
        assert_eq!(body, b"");
    }
}
