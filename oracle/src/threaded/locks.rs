//! The locks that a port is built on, so that a model checker can put in its own.

use std::ops::DerefMut;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A family of locks: a mutex, and a bell that one thread waits for.
pub trait Locks: Sized + Send + Sync + 'static {
    /// Owns a value that one thread at a time may use.
    type Mutex<T: Send + 'static>: Send + Sync;
    /// The right to use it.
    type Guard<'a, T: Send + 'static>: DerefMut<Target = T>;
    /// What a parked thread waits for. Each worker has its own.
    type Bell: Send + Sync;

    /// A mutex around a value.
    fn mutex<T: Send + 'static>(value: T) -> Self::Mutex<T>;
    /// A bell.
    fn bell() -> Self::Bell;
    /// Waits for the mutex.
    fn lock<T: Send + 'static>(mutex: &Self::Mutex<T>) -> Self::Guard<'_, T>;
    /// Lets go of the mutex and waits for the bell, for at most a time if one is given. It may
    /// wake for no reason.
    fn wait<'a, T: Send + 'static>(
        bell: &Self::Bell,
        guard: Self::Guard<'a, T>,
        limit: Option<Duration>,
    ) -> Self::Guard<'a, T>;
    /// Wakes the thread that waits for the bell.
    fn ring(bell: &Self::Bell);
    /// Whether locks can be taken at all. A model checker's cannot once it has found a fault and
    /// clears up.
    fn usable() -> bool {
        true
    }
}

/// The locks of the standard library.
#[derive(Debug)]
pub struct StdLocks;

impl Locks for StdLocks {
    type Mutex<T: Send + 'static> = Mutex<T>;
    type Guard<'a, T: Send + 'static> = MutexGuard<'a, T>;
    type Bell = Condvar;

    fn mutex<T: Send + 'static>(value: T) -> Mutex<T> {
        Mutex::new(value)
    }

    fn bell() -> Condvar {
        Condvar::new()
    }

    fn lock<T: Send + 'static>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        // No code of the user's runs under the lock, and ours leaves the state whole.
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a, T: Send + 'static>(
        bell: &Condvar,
        guard: MutexGuard<'a, T>,
        limit: Option<Duration>,
    ) -> MutexGuard<'a, T>
    where
        // As in the trait, where the lifetime is part of the guard's name.
        'a: 'a,
    {
        match limit {
            None => bell.wait(guard).unwrap_or_else(PoisonError::into_inner),
            Some(limit) => {
                bell.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    fn ring(bell: &Condvar) {
        bell.notify_one();
    }
}
