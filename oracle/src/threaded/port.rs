//! Ports and workers as ordinary code uses them.

use super::locks::{Locks, StdLocks};
use super::record::{Asked, Got, Line, Log};
use super::seeded::Seeded;
use super::state::{Ended, State, Woken};
use iocp_model::Packet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Ports whose workers may go from one to another.
pub struct Ports<L: Locks = StdLocks> {
    pub(super) state: Arc<L::Mutex<State<L>>>,
}

/// A completion port. Clones are the same port.
pub struct Port<L: Locks = StdLocks> {
    pub(super) state: Arc<L::Mutex<State<L>>>,
    pub(super) index: usize,
}

impl<L: Locks> Clone for Port<L> {
    fn clone(&self) -> Self {
        Port { state: Arc::clone(&self.state), index: self.index }
    }
}

/// A thread that takes packets. It counts for the port that it asked last.
pub struct Worker<L: Locks = StdLocks> {
    state: Arc<L::Mutex<State<L>>>,
    index: usize,
}

impl Ports<StdLocks> {
    /// No ports yet.
    #[allow(clippy::new_without_default, reason = "the default would be for StdLocks only")]
    pub fn new() -> Ports<StdLocks> {
        Ports::with_log(None, Log::default())
    }
}

impl<L: Locks> Ports<L> {
    /// Ports that record what happens to them and may have a fault: for tests.
    pub fn recording(seeded: Option<Seeded>) -> Ports<L> {
        Ports::with_log(seeded, Log::kept())
    }

    fn with_log(seeded: Option<Seeded>, log: Log) -> Ports<L> {
        Ports { state: Arc::new(L::mutex(State::new(seeded, log))) }
    }

    /// A new port that lets at most `concurrency` of its threads be active; 0 stands for the
    /// number of processors.
    pub fn port(&self, concurrency: u32) -> Port<L> {
        let processors = || std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        let limit = if concurrency == 0 { processors() } else { concurrency };
        let mut state = L::lock(&self.state);
        let id = state.log.call(None, Asked::Create { concurrency: limit });
        let index = state.add_port(limit);
        state.log.ret(id, || Got::Port(index));
        drop(state);
        Port { state: Arc::clone(&self.state), index }
    }

    /// A new worker. Each thread that takes packets has its own.
    pub fn worker(&self) -> Worker<L> {
        let index = L::lock(&self.state).add_worker();
        Worker { state: Arc::clone(&self.state), index }
    }

    /// Ends the wait of a worker as if its time were up; nothing happens if it is not waiting.
    /// For clocks other than the system's: a model checker's, a simulation's.
    pub fn expire(&self, worker: usize) {
        L::lock(&self.state).expire(worker);
    }

    /// Which of some workers are parked, all at one moment.
    pub fn parked(&self, workers: &[usize]) -> Vec<bool> {
        let state = L::lock(&self.state);
        workers.iter().map(|worker| state.workers[*worker].parked).collect()
    }

    /// What was recorded since the last time.
    pub fn take_record(&self) -> Vec<Line> {
        L::lock(&self.state).log.take()
    }
}

impl<L: Locks> Port<L> {
    /// Its number among its ports, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Queues a packet, or hands it to the thread that has waited shortest.
    ///
    /// # Errors
    /// [`Ended::Closed`] if the port is closed.
    pub fn post(&self, packet: Packet) -> Result<(), Ended> {
        self.post_by(None, packet)
    }

    fn post_by(&self, worker: Option<usize>, packet: Packet) -> Result<(), Ended> {
        let mut state = L::lock(&self.state);
        let id = state.log.call(worker, Asked::Post { port: self.index, packet });
        if state.ports[self.index].closed && !state.has(Seeded::ClosedPortTakesPosts) {
            state.log.ret(id, || Got::Nothing(Ended::Closed));
            return Err(Ended::Closed);
        }
        if state.has(Seeded::CountsThenHandsOff) && state.below_limit(self.index) {
            drop(state);
            state = L::lock(&self.state);
            if state.ports[self.index].waiters.is_empty() {
                state.ports[self.index].packets.push_back(packet);
            } else {
                state.hand_over(self.index, packet);
            }
        } else {
            state.insert(self.index, packet);
        }
        state.log.ret(id, || Got::Done);
        Ok(())
    }

    /// How many packets are queued. Those on their way to a released thread are not counted.
    pub fn depth(&self) -> u32 {
        self.depth_by(None)
    }

    fn depth_by(&self, worker: Option<usize>) -> u32 {
        let mut state = L::lock(&self.state);
        let id = state.log.call(worker, Asked::Depth { port: self.index });
        let depth = state.depth(self.index);
        state.log.ret(id, || Got::Depth(depth));
        depth
    }

    /// Closes the port: whoever waits is abandoned, what is queued is dropped, what comes later
    /// fails.
    pub fn close(&self) {
        self.close_by(None);
    }

    fn close_by(&self, worker: Option<usize>) {
        let mut state = L::lock(&self.state);
        let id = state.log.call(worker, Asked::Close { port: self.index });
        state.close(self.index);
        state.log.ret(id, || Got::Done);
    }
}

impl<L: Locks> Worker<L> {
    /// Its number among the workers, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Takes the oldest packet, waiting for one if need be; `None` waits without end.
    ///
    /// # Errors
    /// Why there is none.
    pub fn remove(&mut self, port: &Port<L>, timeout: Option<Duration>) -> Result<Packet, Ended> {
        let packets = self.remove_some(port, None, timeout)?;
        Ok(packets[0])
    }

    /// Takes at most `count` packets, oldest first. It waits only if there is none, and does not
    /// wait for more.
    ///
    /// # Errors
    /// Why there is none.
    pub fn remove_batch(
        &mut self,
        port: &Port<L>,
        count: u32,
        timeout: Option<Duration>,
    ) -> Result<Vec<Packet>, Ended> {
        self.remove_some(port, Some(count), timeout)
    }

    fn remove_some(
        &mut self,
        port: &Port<L>,
        batch: Option<u32>,
        timeout: Option<Duration>,
    ) -> Result<Vec<Packet>, Ended> {
        assert!(Arc::ptr_eq(&self.state, &port.state), "a worker takes from ports of its own set");
        let micros = timeout.map(|timeout| timeout.as_micros() as u64);
        let asked = Asked::Remove { port: port.index, batch, timeout: micros };
        let mut state = L::lock(&self.state);
        let id = state.log.call(Some(self.index), asked);
        let result = if batch == Some(0) {
            Err(Ended::NothingAsked)
        } else if state.ports[port.index].closed {
            Err(Ended::Closed)
        } else {
            state.begin_remove(self.index, port.index);
            let found = state.take(port.index, batch.unwrap_or(1) as usize);
            if !found.is_empty() {
                Ok(found)
            } else if timeout == Some(Duration::ZERO) {
                state.end_poll(self.index, port.index);
                Err(Ended::TimedOut)
            } else {
                if state.has(Seeded::LooksThenParks) {
                    drop(state);
                    state = L::lock(&self.state);
                }
                state.park(self.index, port.index);
                let woken;
                (state, woken) = self.wait(state, timeout);
                match woken {
                    Woken::Packet(packet) => Ok(vec![packet]),
                    Woken::Ended(ended) => Err(ended),
                }
            }
        };
        state.log.ret(id, || match &result {
            Ok(packets) if batch.is_none() => Got::Packet(packets[0]),
            Ok(packets) => Got::Batch(packets.clone()),
            Err(ended) => Got::Nothing(*ended),
        });
        result
    }

    /// Waits until somebody has ended the wait, or the time is up.
    fn wait<'a>(
        &self,
        mut state: L::Guard<'a, State<L>>,
        timeout: Option<Duration>,
    ) -> (L::Guard<'a, State<L>>, Woken) {
        let bell = Arc::clone(&state.workers[self.index].bell);
        // A deadline beyond what the clock can say is no deadline.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let worker = if state.has(Seeded::RingsOutOfTurn) {
                (0..state.workers.len()).find(|w| state.workers[*w].woken.is_some())
            } else {
                Some(self.index)
            };
            if let Some(woken) = worker.and_then(|worker| state.workers[worker].woken.take()) {
                return (state, woken);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            state = L::wait(&bell, state, left);
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                state.expire(self.index);
            }
        }
    }

    /// The same as [`Port::post`], in the name of this worker.
    ///
    /// # Errors
    /// [`Ended::Closed`] if the port is closed.
    pub fn post(&self, port: &Port<L>, packet: Packet) -> Result<(), Ended> {
        port.post_by(Some(self.index), packet)
    }

    /// The same as [`Port::depth`], in the name of this worker.
    pub fn depth(&self, port: &Port<L>) -> u32 {
        port.depth_by(Some(self.index))
    }

    /// The same as [`Port::close`], in the name of this worker.
    pub fn close(&self, port: &Port<L>) {
        port.close_by(Some(self.index));
    }

    /// Does something that may wait for long. The worker does not count as active meanwhile, so
    /// that another one may have its place.
    pub fn blocking<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        self.block();
        let result = wait();
        self.unblock();
        result
    }

    /// The first half of [`Worker::blocking`].
    pub fn block(&mut self) {
        L::lock(&self.state).block(self.index);
    }

    /// The second half of [`Worker::blocking`].
    pub fn unblock(&mut self) {
        L::lock(&self.state).unblock(self.index);
    }
}

/// A worker that goes away gives its place to another.
impl<L: Locks> Drop for Worker<L> {
    fn drop(&mut self) {
        if L::usable() {
            L::lock(&self.state).exit(self.index);
        }
    }
}
