//! "Did you mean": the candidate that looks most like what was typed.

/// Names less alike than this are no help.
const LIKENESS_MIN: f64 = 0.7;

/// The candidate nearest to `wrong`, if one is near; the first of equals.
pub(crate) fn nearest<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let mut best: Option<(&str, f64)> = None;
    for candidate in candidates {
        let likeness = strsim::jaro_winkler(&wrong, &candidate.to_lowercase());
        if likeness > best.map_or(LIKENESS_MIN, |(_, most)| most) {
            best = Some((candidate, likeness));
        }
    }
    best.map(|(candidate, _)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_mended() {
        assert_eq!(nearest("win1", ["win10", "vista"]), Some("win10"));
        assert_eq!(nearest("RELEASE-LFIO", ["hand-off", "release-lifo"]), Some("release-lifo"));
    }

    #[test]
    fn something_else_altogether_is_not() {
        assert_eq!(nearest("zebra", ["win10", "vista"]), None);
    }
}
