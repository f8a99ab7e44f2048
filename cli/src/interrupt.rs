//! Ctrl-C: the first asks a search to stop and report, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Exit;

static STOP: AtomicBool = AtomicBool::new(false);

/// From now on an interrupt only raises the flag; another one ends the program.
pub(crate) fn listen() -> &'static AtomicBool {
    // A second call, or a system without signals, leaves things as they are: an interrupt then
    // ends the program, which is what it did before.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    &STOP
}

/// Whether somebody asked to stop.
pub(crate) fn asked() -> bool {
    STOP.load(Ordering::SeqCst)
}
