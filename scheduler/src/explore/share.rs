//! Work that several threads take piece by piece.

use std::sync::Mutex;
use std::thread;

/// Lets every worker take one piece of work after the other until none is left.
pub(super) fn share<W: Send, T: Send>(
    work: impl Iterator<Item = T> + Send,
    workers: &mut [W],
    act: impl Fn(T, &mut W) + Sync,
) {
    if let [worker] = workers {
        work.for_each(|piece| act(piece, worker));
        return;
    }
    let work = Mutex::new(work);
    let (work, act) = (&work, &act);
    let take = || work.lock().expect("no worker panics while it takes work").next();
    thread::scope(|scope| {
        for worker in workers {
            scope.spawn(move || {
                while let Some(piece) = take() {
                    act(piece, worker);
                }
            });
        }
    });
}
