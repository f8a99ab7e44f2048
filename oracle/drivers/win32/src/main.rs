//! `iocp-driver-win32`: makes completion-port calls on the system it runs on, in named threads,
//! as the lines on standard input say, and tells on standard output what they gave.
//!
//! One thread (this file's) talks; the named threads only call. Between two calls a named thread
//! spins and yields, and never sleeps: a thread that slept while waiting for orders would no longer
//! count as active, and no port's concurrency limit could be seen. So nothing on a named thread
//! takes a lock, writes a file or allocates if it can be helped: its orders come, and its results
//! go, through one atomic word (`worker`).
//!
//! The protocol is documented in the harness (`oracle/src/driver/`).

#[cfg(windows)]
mod args;
#[cfg(windows)]
mod faults;
#[cfg(windows)]
mod names;
#[cfg(windows)]
mod native;
#[cfg(windows)]
mod ops;
#[cfg(windows)]
mod out;
#[cfg(windows)]
mod session;
#[cfg(windows)]
mod settle;
#[cfg(windows)]
mod slots;
#[cfg(windows)]
mod wine;
#[cfg(windows)]
mod worker;

#[cfg(windows)]
fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(session::BYSTANDER) {
        session::stand_by(arguments.next().and_then(|id| id.parse().ok()).unwrap_or(0));
        return;
    }
    session::run();
}

#[cfg(not(windows))]
fn main() {
    eprintln!("this driver makes Windows calls: build it for Windows (see build.sh)");
    std::process::exit(2);
}
