//! Histories as Porcupine's `Operation` has them, one a line, sorted by call:
//! `client kind value call return`, kind `e` (put) or `d` (take), value -1 for a take that found
//! nothing, times as integers. A history whose last operations never returned has `-` there.

use std::io::{BufRead, Write};

use super::Summary;
use super::error::{ConvertError, Lines};
use super::history::{Answer, Half, Operation, read_trace, write_trace};

const EXPECTED: &str = "`client e|d value call return`, all but the kind integers";

pub(super) fn to_trace(input: impl BufRead, output: impl Write) -> Result<Summary, ConvertError> {
    let mut lines = Lines::new(input);
    // Time, returns after calls of the same time (those overlap), then the half.
    let mut halves: Vec<(i64, bool, Half)> = Vec::new();
    let mut operation = 0;
    while let Some(line) = lines.next()? {
        if line.trim().is_empty() {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let syntax = |n: usize| {
            let column =
                words.get(n).map_or(line.len(), |w| w.as_ptr() as usize - line.as_ptr() as usize);
            ConvertError::Syntax { line: 0, column: column + 1, expected: EXPECTED }
        };
        let number =
            |n: usize| words.get(n).and_then(|w| w.parse::<i64>().ok()).ok_or_else(|| syntax(n));
        let parsed = (|| {
            let client =
                words.first().and_then(|w| w.parse::<u64>().ok()).ok_or_else(|| syntax(0))?;
            let value = number(2)?;
            let (what, answer) = match words.get(1) {
                Some(&"e") => (Operation::Put(value), Answer::Done),
                Some(&"d") if value < 0 => (Operation::Take, Answer::Empty),
                Some(&"d") => (Operation::Take, Answer::Value(value)),
                _ => return Err(syntax(1)),
            };
            if words.len() > 5 {
                return Err(syntax(5));
            }
            let returned = match words.get(4) {
                Some(&"-") => None,
                _ => Some(number(4)?),
            };
            Ok((client, what, answer, number(3)?, returned))
        })();
        let (client, what, answer, call, returned) = parsed.map_err(|e| match e {
            ConvertError::Syntax { column, expected, .. } => {
                ConvertError::Syntax { line: lines.number, column, expected }
            }
            other => other,
        })?;
        halves.push((call, false, Half::Call { operation, client, what }));
        if let Some(time) = returned {
            halves.push((time, true, Half::Ret { operation, answer }));
        }
        operation += 1;
    }
    if operation == 0 {
        return Err(ConvertError::Nothing("an operation of a history"));
    }
    halves.sort_by_key(|(time, ret, _)| (*time, *ret));
    write_trace(halves.into_iter().map(|(_, _, half)| half), "porcupine", output)?;
    Ok(Summary { told: operation as u64, skipped: 0 })
}

pub(super) fn from_trace(
    input: impl BufRead,
    mut output: impl Write,
) -> Result<Summary, ConvertError> {
    let halves = read_trace(input)?;
    let mut answers: Vec<Option<(Answer, usize)>> = Vec::new();
    for (time, half) in halves.iter().enumerate() {
        match half {
            Half::Call { .. } => answers.push(None),
            Half::Ret { operation, answer } => answers[*operation] = Some((*answer, time)),
        }
    }
    for (time, half) in halves.iter().enumerate() {
        let Half::Call { operation, client, what } = half else { continue };
        let (kind, value) = match (what, answers[*operation]) {
            (Operation::Put(value), _) => ("e", *value),
            (Operation::Take, Some((Answer::Value(value), _))) => ("d", value),
            (Operation::Take, _) => ("d", -1),
        };
        match answers[*operation] {
            Some((_, returned)) => writeln!(output, "{client} {kind} {value} {time} {returned}")?,
            None => writeln!(output, "{client} {kind} {value} {time} -")?,
        }
    }
    output.flush()?;
    Ok(Summary { told: answers.len() as u64, skipped: 0 })
}
