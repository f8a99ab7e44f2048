//! A search that is interrupted and resumed ends as if it had not been.

use std::io::{self, Write};

use iocp_scheduler::Reductions;
use iocp_scheduler::explore::{
    CheckpointError, Exploration, Limit, Observer, Options, Progress, Signal, explore, resume,
};
use proptest::prelude::*;

use crate::systems::kq::{Fault, Kq};

fn system() -> Kq {
    let mut system = Kq::new(3, 2, 2, 1).with_fault(Fault::BlockKeepsCount);
    system.cut = true;
    system
}

fn options(reductions: Reductions) -> Options {
    Options { reductions, ..Options::default() }
}

/// Keeps a checkpoint of every moment.
struct Keep(Vec<Vec<u8>>);

impl Observer for Keep {
    fn poll(&mut self, _: &Progress) -> Signal {
        Signal::Checkpoint
    }

    fn save(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) {
        let mut bytes = Vec::new();
        write(&mut bytes).expect("memory does not fail");
        self.0.push(bytes);
    }
}

fn checkpoints(reductions: Reductions) -> (Exploration, Vec<Vec<u8>>) {
    let mut keep = Keep(Vec::new());
    let found = explore(&system(), &options(reductions), &mut keep);
    (found, keep.0)
}

fn again(reductions: Reductions, mut bytes: &[u8]) -> Result<Exploration, CheckpointError> {
    resume(&system(), &options(reductions), &mut (), &mut bytes)
}

/// All but the memory it took.
fn result(found: Exploration) -> Exploration {
    Exploration { peak_memory: 0, ..found }
}

#[test]
fn a_search_resumed_from_any_checkpoint_ends_with_the_same_result() {
    for reductions in [Reductions::NONE, Reductions::ALL] {
        let (found, checkpoints) = checkpoints(reductions);
        let found = result(found);
        assert!(checkpoints.len() > 10);
        for bytes in &checkpoints {
            assert_eq!(result(again(reductions, bytes).expect("a good checkpoint")), found);
        }
    }
}

#[test]
fn a_search_that_hit_a_bound_goes_on_without_it() {
    let whole = result(explore(&system(), &options(Reductions::NONE), &mut ()));
    let bounded = [
        Options { max_states: Some(1_000), ..options(Reductions::NONE) },
        Options { max_depth: Some(9), ..options(Reductions::NONE) },
    ];
    for bounds in bounded {
        let mut last = Last(Vec::new());
        let found = explore(&system(), &bounds, &mut last);
        assert!(!found.complete && !last.0.is_empty());
        let resumed = again(Reductions::NONE, &last.0).expect("a good checkpoint");
        assert_eq!(result(resumed), whole);
    }
}

struct Last(Vec<u8>);

impl Observer for Last {
    fn save(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) {
        self.0.clear();
        write(&mut self.0).expect("memory does not fail");
    }
}

#[test]
fn a_checkpoint_cut_short_anywhere_is_refused() {
    let (_, checkpoints) = checkpoints(Reductions::ALL);
    let bytes = &checkpoints[checkpoints.len() / 2];
    for length in 0..bytes.len() {
        assert!(again(Reductions::ALL, &bytes[..length]).is_err());
    }
    let longer = [bytes.as_slice(), b"x"].concat();
    assert!(matches!(again(Reductions::ALL, &longer), Err(CheckpointError::Damaged)));
}

#[test]
fn a_checkpoint_of_something_else_is_refused_with_the_reason() {
    let (_, checkpoints) = checkpoints(Reductions::ALL);
    let bytes = &checkpoints[5];
    let other = again(Reductions::NONE, bytes);
    assert!(matches!(other, Err(CheckpointError::OtherSearch)));
    let coverage = Options { coverage: true, ..Options::default() };
    let other = resume(&system(), &coverage, &mut (), &mut bytes.as_slice());
    assert!(matches!(other, Err(CheckpointError::OtherSearch)));
    let sound = Kq::new(3, 2, 2, 1);
    let other = resume(&sound, &Options::default(), &mut (), &mut bytes.as_slice());
    assert!(matches!(other, Err(CheckpointError::OtherSystem)));
    let mut newer = bytes.clone();
    newer[8] += 1;
    assert!(matches!(again(Reductions::ALL, &newer), Err(CheckpointError::Version(4))));
    assert!(matches!(again(Reductions::ALL, b"{}"), Err(CheckpointError::NotACheckpoint)));
}

/// A disk that is full after so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct SaveToFull(Option<io::ErrorKind>);

impl Observer for SaveToFull {
    fn poll(&mut self, _: &Progress) -> Signal {
        Signal::Stop(Limit::Time)
    }

    fn save(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) {
        self.0 = write(&mut Full(100)).err().map(|error| error.kind());
    }
}

#[test]
fn a_disk_that_is_full_is_the_observers_to_report() {
    let mut observer = SaveToFull(None);
    let found = explore(&system(), &Options::default(), &mut observer);
    assert_eq!(found.limit, Some(Limit::Time));
    assert_eq!(observer.0, Some(io::ErrorKind::StorageFull));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_flipped_bit_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8) {
        thread_local! {
            static BYTES: Vec<u8> = checkpoints(Reductions::ALL).1[12].clone();
        }
        let mut bytes = BYTES.with(Clone::clone);
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(again(Reductions::ALL, &bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused(
        start in prop_oneof![Just(&b"iocpsrch\x01\0\0\0"[..]), Just(&b""[..])],
        rest in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        prop_assert!(again(Reductions::ALL, &[start, &rest].concat()).is_err());
    }

    #[test]
    fn arbitrary_bytes_after_a_true_header_are_refused(
        rest in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let (_, checkpoints) = checkpoints(Reductions::ALL);
        let bytes = [&checkpoints[0][..24], &rest].concat();
        prop_assert!(again(Reductions::ALL, &bytes).is_err());
    }
}
