//! Numbers as people type them: `20K`, `4G`, `5m`.

use std::time::Duration;

/// A count: `20K` is 20,000.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    scaled(text, 1000)
}

/// Bytes: `4G` is 4 * 2^30.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    scaled(text, 1024)
}

fn scaled(text: &str, step: u64) -> Result<u64, String> {
    let wrong = || "expected a whole number, with K, M or G if it is large".to_owned();
    let (digits, power) = match text.chars().last() {
        Some('k' | 'K') => (&text[..text.len() - 1], 1),
        Some('m' | 'M') => (&text[..text.len() - 1], 2),
        Some('g' | 'G') => (&text[..text.len() - 1], 3),
        _ => (text, 0),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    step.checked_pow(power).and_then(|factor| number.checked_mul(factor)).ok_or_else(wrong)
}

/// A span of time: `30` and `30s` are seconds, `5m` minutes, `1h` an hour.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected seconds, or a time such as 30s, 5m or 1h".to_owned();
    let (digits, factor) = match text.chars().last() {
        Some('s') => (&text[..text.len() - 1], 1),
        Some('m') => (&text[..text.len() - 1], 60),
        Some('h') => (&text[..text.len() - 1], 3600),
        _ => (text, 1),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).map(Duration::from_secs).ok_or_else(wrong)
}

/// A span of time that may not be nothing.
pub(crate) fn some_time(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("expected a time that is not 0".to_owned()),
        time => Ok(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_multiply() {
        assert_eq!(count("20K"), Ok(20_000));
        assert_eq!(bytes("4G"), Ok(4 << 30));
        assert_eq!(count("7"), Ok(7));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "K", "-1", "1.5", "1e6", "99999999999999999999", "18446744073709551615K"] {
            assert!(count(text).is_err(), "{text}");
        }
        for text in ["", "s", "5d", "-1s"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(some_time("0").is_err() && some_time("1") == Ok(Duration::from_secs(1)));
    }
}
