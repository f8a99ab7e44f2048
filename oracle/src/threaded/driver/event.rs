//! An event: what a thread blocks on outside every port.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An event; each wait takes the signal.
#[derive(Default)]
pub(crate) struct Event {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    signaled: bool,
    /// The flags of those who wait: a signal clears them, so that nobody is taken to wait who is
    /// about to go on.
    asleep: Vec<Arc<AtomicBool>>,
}

impl Event {
    /// Signals it.
    pub(crate) fn set(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.signaled = true;
        for flag in inner.asleep.drain(..) {
            flag.store(false, Ordering::SeqCst);
        }
        self.changed.notify_one();
    }

    /// Takes the signal, if it is there; says whether it was.
    pub(crate) fn poll(&self) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut inner.signaled)
    }

    /// Waits for the signal and takes it; says whether it came in time. `asleep` is true while it
    /// waits.
    pub(crate) fn wait(&self, asleep: &Arc<AtomicBool>, limit: Option<Duration>) -> bool {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        while !inner.signaled {
            asleep.store(true, Ordering::SeqCst);
            inner.asleep.push(Arc::clone(asleep));
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            inner = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner),
            };
        }
        asleep.store(false, Ordering::SeqCst);
        std::mem::take(&mut inner.signaled)
    }
}
