//! What comes out of a driver, read within bounds: it is untrusted.

use super::Answer;
use std::io::{BufRead, BufReader, Read};

/// No answer is longer.
pub(super) const LINE_BYTES_MAX: usize = 1 << 18;
/// Characters of a line that is no answer that are kept.
pub(super) const NOISE_CHARS_MAX: usize = 400;

/// One thing that came out of a driver.
#[derive(Clone, PartialEq, Debug)]
pub enum Heard {
    /// An answer.
    Answer(Answer),
    /// A line that is none, cut if it is long.
    Noise(String),
    /// A line that is longer than any answer. Nothing is read after it.
    LineTooLong,
}

/// What is in a driver's output, line by line. A line that is longer than any answer is not read
/// to its end.
pub fn heard_in(output: impl Read) -> impl Iterator<Item = Heard> {
    lines(output).map(|line| match line {
        None => Heard::LineTooLong,
        Some(line) => match serde_json::from_str(&line) {
            Ok(answer) => Heard::Answer(answer),
            Err(_) => noise(&line),
        },
    })
}

/// What a driver writes to its standard error: no answers.
pub(super) fn noise_in(errors: impl Read) -> impl Iterator<Item = Heard> {
    lines(errors).map(|line| line.map_or(Heard::LineTooLong, |line| noise(&line)))
}

/// What is no protocol is shown to people: it may not speak to their terminal.
fn noise(line: &str) -> Heard {
    let shown = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
    Heard::Noise(line.chars().take(NOISE_CHARS_MAX).map(shown).collect())
}

/// The lines of a stream; `None` for the one that is too long, which is the last.
fn lines(stream: impl Read) -> impl Iterator<Item = Option<String>> {
    let mut stream = Some(BufReader::new(stream));
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        let limit = LINE_BYTES_MAX as u64 + 1;
        match stream.as_mut()?.take(limit).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) if line.len() > LINE_BYTES_MAX => {
                stream = None;
                Some(None)
            }
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                Some(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_noise_and_a_line_without_end_are_told_apart() {
        let mut output = b"{\"ans\":\"reset\"}\r\nhel\x1blo\n\xff\n".to_vec();
        output.extend(vec![b'x'; 2 * LINE_BYTES_MAX]);
        output.extend(b"\n{\"ans\":\"restart\"}\n");
        let heard: Vec<Heard> = heard_in(output.as_slice()).collect();
        let noise = |text: &str| Heard::Noise(text.to_owned());
        let expected = [
            Heard::Answer(Answer::Reset),
            noise("hel\u{fffd}lo"),
            noise("\u{fffd}"),
            Heard::LineTooLong,
        ];
        assert_eq!(heard, expected);
    }
}
