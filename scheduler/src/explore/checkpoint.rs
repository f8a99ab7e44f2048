//! A search in a file.
//!
//! Version 2, little endian: `iocpsrch`, version, identity of the system, the reductions in use,
//! then everything [`Search`] needs to go on, and at the end the XXH64 of all before it. A
//! checkpoint is written between two chunks, so the resumed search cuts the same chunks and ends
//! with the same result. Whoever writes to a file makes it durable first and renames it then
//! (see [`Observer::save`](super::Observer::save)); a file cut short or damaged is refused.

use std::fmt;
use std::io::{self, Read, Write};

use super::findings::{Findings, OutcomeTally, Sighting, Tally};
use super::frontier::Frontier;
use super::options::Options;
use super::recall::{open, part};
use super::search::Search;
use super::table::{SHARDS, shard_of, stored};
use super::values::{self, About, Values, put_numbers, take_numbers};
use crate::coverage::Coverage;
use crate::property::EndingKind;
use crate::system::System;
use crate::wire::{Reader, WireError, Writer};

const MAGIC: &[u8; 8] = b"iocpsrch";
const VERSION: u32 = 3;
const KINDS: [EndingKind; 3] = [EndingKind::Finished, EndingKind::Deadlock, EndingKind::Stuck];

/// Why a checkpoint cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It could not be read.
    Io(io::Error),
    /// It is not a checkpoint of a search.
    NotACheckpoint,
    /// It has a version that this program does not know.
    Version(u32),
    /// It was written for another scenario, other parameters or other rules.
    OtherSystem,
    /// It was written by a search with other reductions, coverage or memory.
    OtherSearch,
    /// It is cut short or damaged.
    Damaged,
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the checkpoint cannot be read: {error}"),
            Self::NotACheckpoint => f.write_str("this is not a checkpoint of a search"),
            Self::Version(version) => write!(
                f,
                "the checkpoint has format version {version}; this program knows {VERSION}"
            ),
            Self::OtherSystem => f.write_str(
                "the checkpoint was written for another scenario, other parameters or other rules",
            ),
            Self::OtherSearch => f.write_str(
                "the checkpoint was written by a search with other reductions, coverage or memory",
            ),
            Self::Damaged => f.write_str("the checkpoint is cut short or damaged"),
        }
    }
}

impl std::error::Error for CheckpointError {}

impl From<WireError> for CheckpointError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Io(error) => Self::Io(error),
            WireError::Malformed => Self::Damaged,
        }
    }
}

/// Writes a search that stands between two chunks.
pub(crate) fn write<S: System>(search: &Search<'_, S>, to: &mut dyn Write) -> io::Result<()> {
    let mut out = Writer::new(to);
    out.bytes(MAGIC)?;
    out.u32(VERSION)?;
    out.u64(search.system.identity())?;
    out.u32(manner(search))?;
    out.u32(search.level)?;
    out.u64(search.states)?;
    out.u64(search.peak as u64)?;
    write_findings(&search.findings, &mut out)?;
    for shard in &search.table.shards {
        out.u64(shard.len() as u64)?;
        for (fingerprint, tag) in shard.entries() {
            out.u64(fingerprint)?;
            out.u32(tag)?;
        }
    }
    out.u64(search.lead as u64)?;
    out.u64(search.cursor as u64)?;
    out.u64(search.current.len() as u64)?;
    let current = &search.current;
    write_states(search, current.walk(search.cursor..current.len()), &mut out)?;
    out.u64(search.next.pushed() as u64)?;
    write_states(search, search.next.all(), &mut out)?;
    out.finish()
}

fn manner<S: System>(search: &Search<'_, S>) -> u32 {
    let used = search.used;
    let (coverage, parts) = (search.options.coverage, search.parts > 1);
    let switches = [used.symmetry, used.partial_order, used.fusing, coverage, parts];
    switches.iter().rev().fold(0, |bits, on| bits << 1 | u32::from(*on))
}

/// The numbers of parts mean something only while a search runs. A file has their bytes, after
/// the length of each.
fn write_states<'a, S: System>(
    search: &Search<'_, S>,
    states: impl Iterator<Item = (u64, &'a [u8])>,
    out: &mut Writer<'_>,
) -> io::Result<()> {
    let (mut numbers, mut bytes, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let mut text = Vec::new();
    for (fingerprint, mut record) in states {
        out.u64(fingerprint)?;
        if search.parts == 1 {
            out.short(record)?;
            continue;
        }
        take_numbers(&mut record, search.parts, &mut numbers)
            .expect("records of the frontier are whole");
        bytes.clear();
        ends.clear();
        open(&search.values).put_together(&numbers, &mut bytes, &mut ends);
        text.clear();
        let mut start = 0;
        for end in &ends {
            put_numbers(&[end - start], &mut text);
            start = *end;
        }
        text.extend_from_slice(&bytes);
        out.short(&text)?;
    }
    Ok(())
}

/// Gives the parts of all states of a frontier numbers again, and each state its column.
fn number_states<S: System>(
    system: &S,
    values: &mut Values,
    frontier: &mut Frontier,
    lead: usize,
) -> Result<(), CheckpointError> {
    let mut state = system.initial();
    let (mut lengths, mut numbers, mut record) = (Vec::new(), Vec::new(), Vec::new());
    for row in frontier.rows() {
        // They were all read into the first column.
        let texts = std::mem::take(&mut row[0]);
        for (fingerprint, mut bytes) in texts.walk(0..texts.len()) {
            let damaged = CheckpointError::Damaged;
            take_numbers(&mut bytes, system.parts(), &mut lengths).ok_or(damaged)?;
            let (mut ends, mut end) = (Vec::with_capacity(lengths.len()), 0_u32);
            for length in &lengths {
                end = end.checked_add(*length).ok_or(CheckpointError::Damaged)?;
                ends.push(end);
            }
            let whole = end as usize == bytes.len();
            if !whole || stored(values::fingerprint(bytes, &ends)) != fingerprint {
                return Err(CheckpointError::Damaged);
            }
            let mut decoded = false;
            numbers.clear();
            for place in 0..ends.len() {
                let (number, _) = values.number(place, part(bytes, &ends, place), || {
                    if !std::mem::replace(&mut decoded, true) {
                        system.decode(bytes, &mut state);
                    }
                    About::of(system, &state, place)
                });
                numbers.push(number);
            }
            record.clear();
            put_numbers(&numbers, &mut record);
            row[values.column(lead, &numbers)].push(fingerprint, &record);
        }
    }
    Ok(())
}

fn write_findings(findings: &Findings, out: &mut Writer<'_>) -> io::Result<()> {
    out.u64(findings.transitions)?;
    out.u64(findings.terminals)?;
    out.u64(findings.tallies.len() as u64)?;
    for tally in &findings.tallies {
        out.u64(tally.violated)?;
        out.u64(tally.witnessed)?;
        write_sighting(tally.violation, out)?;
        write_sighting(tally.witness, out)?;
    }
    out.u64(findings.outcomes.len() as u64)?;
    for ((kind, name), tally) in &findings.outcomes {
        out.u32(*kind as u32)?;
        out.text(name)?;
        out.u64(tally.count)?;
        out.u32(tally.level)?;
        out.u64(tally.state)?;
        out.u64(tally.member)?;
        out.u64(tally.reasons.len() as u64)?;
        for reason in &tally.reasons {
            out.text(reason)?;
        }
    }
    let words = findings.coverage.words();
    out.u64(words.len() as u64)?;
    words.iter().try_for_each(|word| out.u64(*word))
}

fn write_sighting(seen: Option<Sighting>, out: &mut Writer<'_>) -> io::Result<()> {
    let Some(seen) = seen else { return out.u32(0) };
    out.u32(if seen.in_step { 2 } else { 1 })?;
    out.u32(seen.level)?;
    out.u64(seen.state)
}

/// Reads a search that can go on.
pub(crate) fn read<'a, S: System>(
    system: &'a S,
    options: &'a Options,
    from: &mut dyn Read,
) -> Result<Search<'a, S>, CheckpointError> {
    let mut search = Search::empty(system, options);
    let mut input = Reader::new(from);
    read_header(&search, &mut input)?;
    search.level = input.u32()?;
    search.states = input.u64()?;
    search.peak = input.u64()? as usize;
    search.findings = read_findings(search.findings.tallies.len(), &mut input)?;
    for index in 0..SHARDS {
        let count = input.u64()?;
        let shard = &mut search.table.shards[index];
        shard.reserve(input.plausible(count, 12) as usize);
        for _ in 0..count {
            let (fingerprint, tag) = (input.u64()?, input.u32()?);
            if shard_of(fingerprint) != index || fingerprint == 0 {
                return Err(CheckpointError::Damaged);
            }
            shard.insert_raw(fingerprint, tag);
        }
    }
    let lead = input.u64()?;
    let known = lead < search.parts as u64;
    search.lead = known.then_some(lead as usize).ok_or(CheckpointError::Damaged)?;
    let (cursor, all) = (input.u64()?, input.u64()?);
    let rest = all.checked_sub(cursor).ok_or(CheckpointError::Damaged)?;
    read_states(rest, &mut search.current, &mut input)?;
    search.current.seal();
    let pushed = input.u64()?;
    read_states(pushed, &mut search.next, &mut input)?;
    input.finish()?;
    if search.table.len() as u64 != search.states {
        return Err(CheckpointError::Damaged);
    }
    if search.parts > 1 {
        let mut values = open(&search.values);
        number_states(system, &mut values, &mut search.current, search.lead)?;
        number_states(system, &mut values, &mut search.next, search.lead)?;
        drop(values);
        search.order();
    }
    Ok(search)
}

fn read_header<S: System>(
    search: &Search<'_, S>,
    input: &mut Reader<'_>,
) -> Result<(), CheckpointError> {
    let mut magic = [0; 8];
    match input.bytes(&mut magic) {
        Ok(()) if magic == *MAGIC => {}
        Err(WireError::Io(error)) => return Err(CheckpointError::Io(error)),
        _ => return Err(CheckpointError::NotACheckpoint),
    }
    let version = input.u32()?;
    if version != VERSION {
        return Err(CheckpointError::Version(version));
    }
    if input.u64()? != search.system.identity() {
        return Err(CheckpointError::OtherSystem);
    }
    if input.u32()? != manner(search) {
        return Err(CheckpointError::OtherSearch);
    }
    Ok(())
}

fn read_states(
    count: u64,
    frontier: &mut Frontier,
    input: &mut Reader<'_>,
) -> Result<(), CheckpointError> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        let fingerprint = input.u64()?;
        input.short(&mut bytes)?;
        frontier.push(fingerprint, 0, &bytes);
    }
    Ok(())
}

fn read_findings(properties: usize, input: &mut Reader<'_>) -> Result<Findings, CheckpointError> {
    let mut findings = Findings::new(properties);
    findings.transitions = input.u64()?;
    findings.terminals = input.u64()?;
    if input.u64()? != properties as u64 {
        return Err(CheckpointError::Damaged);
    }
    for tally in &mut findings.tallies {
        *tally = Tally {
            violated: input.u64()?,
            witnessed: input.u64()?,
            violation: read_sighting(input)?,
            witness: read_sighting(input)?,
        };
    }
    for _ in 0..input.u64()? {
        let kind = KINDS.get(input.u32()? as usize).ok_or(CheckpointError::Damaged)?;
        let name = input.text()?;
        let (count, level) = (input.u64()?, input.u32()?);
        let (state, member) = (input.u64()?, input.u64()?);
        let mut reasons = Vec::new();
        for _ in 0..input.u64()? {
            reasons.push(input.text()?);
        }
        let tally = OutcomeTally { count, level, state, member, reasons };
        findings.outcomes.insert((*kind, name), tally);
    }
    let mut words = Vec::new();
    for _ in 0..input.u64()? {
        words.push(input.u64()?);
    }
    findings.coverage = Coverage::from_words(words);
    Ok(findings)
}

fn read_sighting(input: &mut Reader<'_>) -> Result<Option<Sighting>, CheckpointError> {
    let how = input.u32()?;
    if how == 0 {
        return Ok(None);
    }
    let (level, state) = (input.u32()?, input.u64()?);
    Ok(Some(Sighting { level, state, in_step: how == 2 }))
}
