//! Work that several threads take piece by piece.

use std::sync::Mutex;
use std::thread;

/// Lets every worker take one piece of work after the other until none is left. The first of them
/// works on the thread that called: a thread less to start, and no core is left to one that waits.
pub(super) fn share<W: Send, T: Send>(
    work: impl Iterator<Item = T> + Send,
    workers: &mut [W],
    act: impl Fn(T, &mut W) + Sync,
) {
    let Some((first, others)) = workers.split_first_mut() else { return };
    if others.is_empty() {
        work.for_each(|piece| act(piece, first));
        return;
    }
    let work = Mutex::new(work);
    let take = || work.lock().expect("no worker panics while it takes work").next();
    let (take, act) = (&take, &act);
    let until_none_is_left = move |worker: &mut W| {
        while let Some(piece) = take() {
            act(piece, worker);
        }
    };
    thread::scope(|scope| {
        for worker in others {
            scope.spawn(move || until_none_is_left(worker));
        }
        until_none_is_left(first);
    });
}
