//! A job divided among machines that never talk: which part is whose (`--shard`), what a part
//! leaves behind (`--shard-file`), and what several of them say together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::report::{Report, Suite};

/// One part of a job: `slice:2/8` or `hash:2/8`, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Shard {
    by: By,
    /// Which part, from 1.
    pub(crate) index: u64,
    /// Of how many.
    pub(crate) count: u64,
}

/// How things are dealt out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    /// By turns: parts of one size.
    Slice,
    /// By name: a thing stays where it is when others come and go.
    Hash,
}

/// Which part of a job is done here.
#[derive(clap::Args)]
pub(crate) struct PartArguments {
    /// Only a part: slice:M/N by turns, hash:M/N by name
    #[arg(long, value_name = "PART")]
    pub(crate) shard: Option<Shard>,
    /// Write what this part found, for iocp merge
    #[arg(long, value_name = "FILE", requires = "shard")]
    pub(crate) shard_file: Option<PathBuf>,
}

/// More parts than this are a slip of the keyboard.
const COUNT_MAX: u64 = 1_000_000;

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let wrong = || "expected slice:M/N or hash:M/N with M from 1 to N".to_owned();
        let (by, part) = text.split_once(':').ok_or_else(wrong)?;
        let by = match by {
            "slice" => By::Slice,
            "hash" => By::Hash,
            _ => return Err(wrong()),
        };
        let (index, count) = part.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        let (index, count) = (number(index)?, number(count)?);
        match index >= 1 && index <= count && count <= COUNT_MAX {
            true => Ok(Shard { by, index, count }),
            false => Err(wrong()),
        }
    }
}

impl Shard {
    /// This part of some things.
    pub(crate) fn part<T>(self, things: Vec<T>, name: impl Fn(&T) -> &str) -> Vec<T> {
        let mine = |(position, thing): &(usize, T)| {
            let number = match self.by {
                By::Slice => *position as u64,
                By::Hash => iocp_scheduler::hash(name(thing).as_bytes()),
            };
            number % self.count == self.index - 1
        };
        things.into_iter().enumerate().filter(mine).map(|(_, thing)| thing).collect()
    }
}

/// What a part leaves behind.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShardFile {
    /// Always `iocp-shard`.
    format: String,
    /// Always 1.
    version: u64,
    /// The program and the rules that made it.
    edition: String,
    /// What the whole job was: parts of different jobs do not mix.
    job: String,
    /// Which part.
    pub(crate) shard: Shard,
    /// Whether it came to its end.
    pub(crate) complete: bool,
    /// The command.
    pub(crate) command: String,
    /// The semantics.
    pub(crate) semantics: String,
    /// What was checked.
    pub(crate) suites: Vec<Suite>,
    /// Rules that were reached, by id.
    pub(crate) rules: BTreeSet<String>,
}

/// A file longer than this is no part.
const BYTES_MAX: u64 = 256 << 20;

/// The program's version, and a fingerprint of its rules: two editions may judge differently.
fn edition() -> String {
    let mut text = String::new();
    for rule in iocp_model::Rule::ALL {
        text.push_str(rule.id());
        text.push_str(rule.sentence());
    }
    format!("{}+{:016x}", env!("CARGO_PKG_VERSION"), iocp_scheduler::hash(text.as_bytes()))
}

/// What a job is, from all that it depends on.
pub(crate) fn job<'a>(options: &[&'a str], names: impl Iterator<Item = &'a str>) -> String {
    let text: Vec<&str> = options.iter().copied().chain(names).collect();
    format!("{:016x}", iocp_scheduler::hash(text.join("\n").as_bytes()))
}

/// Writes what a part found.
pub(crate) fn save(
    path: &Path,
    shard: Shard,
    job: String,
    report: &Report,
    complete: bool,
    rules: BTreeSet<String>,
) -> Result<(), Failure> {
    let suites = serde_json::to_value(&report.suites).expect("plain data is JSON");
    let file = ShardFile {
        format: "iocp-shard".to_owned(),
        version: 1,
        edition: edition(),
        job,
        shard,
        complete,
        command: report.command.to_owned(),
        semantics: report.semantics.clone(),
        suites: serde_json::from_value(suites).expect("what it writes it reads"),
        rules,
    };
    let text = serde_json::to_string_pretty(&file).expect("plain data is JSON");
    crate::save::save(path, text.as_bytes())
}

/// Reads a part.
pub(crate) fn read(path: &Path) -> Result<ShardFile, Failure> {
    let name = path.display();
    let bad = |why: &dyn std::fmt::Display| Failure::bad_input(format!("{name}: {why}"));
    let input = crate::input::read(path, BYTES_MAX)?;
    let file: ShardFile = serde_json::from_str(input.text()?)
        .map_err(|error| bad(&format!("no part that --shard-file wrote: {error}")))?;
    let shard = file.shard;
    if (file.format.as_str(), file.version) != ("iocp-shard", 1) {
        return Err(bad(&"expected `iocp-shard` version 1"));
    }
    if !(1..=shard.count).contains(&shard.index) || shard.count > COUNT_MAX {
        return Err(bad(&format!("there is no part {} of {}", shard.index, shard.count)));
    }
    Ok(file)
}

/// Why parts cannot be put together, if they cannot.
pub(crate) fn misfit(parts: &[(&Path, ShardFile)]) -> Option<String> {
    let (first_path, first) = parts.first()?;
    let here = edition();
    for (path, part) in parts {
        let index = part.shard.index;
        let name = path.display();
        if part.edition != first.edition || part.edition != here {
            let (theirs, this) = (&part.edition, &here);
            return Some(format!("{name} is of edition {theirs}, this program is {this}"));
        }
        let same = part.job == first.job && part.shard.count == first.shard.count;
        if !same || part.shard.by != first.shard.by || part.command != first.command {
            let first = first_path.display();
            return Some(format!("{name} (part {index}) belongs to another job than {first}"));
        }
        if !part.complete {
            let count = part.shard.count;
            return Some(format!("{name} (part {index} of {count}) was interrupted"));
        }
    }
    let mut there = BTreeMap::new();
    for (path, part) in parts {
        let index = part.shard.index;
        if let Some(other) = there.insert(index, path) {
            let (one, two) = (other.display(), path.display());
            return Some(format!("part {index} is there twice: {one}, {two}"));
        }
    }
    let missing: Vec<u64> =
        (1..=first.shard.count).filter(|index| !there.contains_key(index)).take(20).collect();
    let names: Vec<String> = missing.iter().map(u64::to_string).collect();
    let count = first.shard.count;
    (!missing.is_empty())
        .then(|| format!("of {count} parts these are missing: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_is_in_exactly_one_part() {
        let things: Vec<String> = (0..100).map(|n| format!("thing {n}")).collect();
        for by in ["slice", "hash"] {
            let mut all = Vec::new();
            for index in 1..=7 {
                let shard: Shard = format!("{by}:{index}/7").parse().expect("a shard");
                let part = shard.part(things.clone(), |thing| thing);
                assert!(!part.is_empty(), "{by}:{index}/7 has nothing");
                all.extend(part);
            }
            all.sort_by_key(|thing| things.iter().position(|other| other == thing));
            assert_eq!(all, things);
        }
    }

    #[test]
    fn by_hash_a_thing_stays_where_it_is_when_others_go() {
        let things: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        let shard: Shard = "hash:2/3".parse().expect("a shard");
        let all = shard.part(things.clone(), |thing| thing);
        let fewer = shard.part(things[10..].to_vec(), |thing| thing);
        let left: Vec<String> =
            all.into_iter().filter(|thing| things[10..].contains(thing)).collect();
        assert_eq!(fewer, left);
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["slice:0/3", "slice:4/3", "hash:1/0", "slice:1", "turns:1/2", "slice:a/b", ""]
        {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
