//! A server for one page, to programs on this machine only.
//!
//! Written on `std::net`: the page is one body that never changes, so all there is to HTTP here is
//! to refuse everything else. A server crate would bring routes, bodies, keep-alive and years of
//! upkeep for that; the small one that would fit (tiny_http) has had no release since 2022.
//!
//! ```text
//! request  the head of a request, read strictly
//! answer   which answer it gets
//! ```
//!
//! Owns the limits: connections at once, time and bytes for a request.

mod answer;
mod request;

use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use answer::Answer;

/// Connections served at once; more are turned away.
const CONNECTIONS_MAX: usize = 16;
/// For a request to come to its end.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// For its answer to be taken.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// How often the server looks whether it should stop.
const LOOK: Duration = Duration::from_millis(40);

/// A server that listens and does not answer yet.
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on loopback; port 0 takes a free one.
    pub(crate) fn listen(port: u16) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Server { listener, address })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` says so.
    pub(crate) fn serve(&self, page: &Arc<[u8]>, stop: &dyn Fn() -> bool) -> io::Result<()> {
        let busy = Arc::new(AtomicUsize::new(0));
        while !stop() {
            match self.listener.accept() {
                Ok((stream, peer)) => self.take(stream, peer, page, &busy),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::sleep(LOOK);
                }
                // A connection that is gone before it is accepted, or a moment without file
                // descriptors: neither ends the server.
                Err(_) => std::thread::sleep(LOOK),
            }
        }
        Ok(())
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr, page: &Arc<[u8]>, busy: &Arc<AtomicUsize>) {
        // Nothing but this machine can reach a loopback address; asked again all the same.
        if !peer.ip().is_loopback() {
            return;
        }
        if busy.fetch_add(1, Ordering::SeqCst) >= CONNECTIONS_MAX {
            busy.fetch_sub(1, Ordering::SeqCst);
            return;
        }
        let place = Place(Arc::clone(busy));
        let (page, port) = (Arc::clone(page), self.address.port());
        // No thread to be had: the place is given back and the connection closed.
        let _ = std::thread::Builder::new().spawn(move || {
            let _place = place;
            // Whoever hangs up early has had what it wanted.
            let _ = conversation(stream, &page, port);
        });
    }
}

/// One of the connections served at once, given back when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One request, one answer, and the end.
fn conversation(mut stream: TcpStream, page: &[u8], port: u16) -> io::Result<()> {
    let deadline = Instant::now() + REQUEST_TIME;
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    let answer = match request::read(&mut stream, deadline) {
        Ok(request) => answer::answer(&request, port),
        Err(refused) => Answer::refusing(refused),
    };
    // A request that took too long is told so; the answer has a time of its own.
    let deadline = Instant::now() + ANSWER_TIME;
    let (head, body) = answer.bytes(page);
    send(&mut stream, head.as_bytes(), deadline)?;
    send(&mut stream, body, deadline)?;
    stream.shutdown(Shutdown::Write)?;
    request::drain(&mut stream, deadline);
    Ok(())
}

/// Writes all of it, or gives up at the deadline: a reader that is slow on purpose keeps nothing.
fn send(stream: &mut TcpStream, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_write_timeout(Some(left))?;
        match stream.write(bytes)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}
