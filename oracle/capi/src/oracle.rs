//! What stands behind the pointer that C holds: a checker, or why there is none any more. No
//! `unsafe` here.

use crate::{
    IOCP_ORACLE_BAD_INPUT, IOCP_ORACLE_CONFORMS, IOCP_ORACLE_DIVERGES, IOCP_ORACLE_INCONCLUSIVE,
    IOCP_ORACLE_INTERNAL_ERROR, IOCP_ORACLE_NOTHING_CHECKED,
};
use iocp_model::{Deviation, Semantics};
use iocp_oracle::check::{Checker, Options, Report, Verdict};
use serde_json::json;

/// What a check may cost. 0 in any place is the usual limit.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Limits {
    /// Transitions of the model.
    pub steps: u64,
    /// States of the model at once.
    pub states: u64,
    /// Bytes that the states may take, roughly.
    pub memory: u64,
    /// Processors of the traced machine, where the trace does not say.
    pub processors: u32,
}

/// An oracle, which only its functions look into.
pub struct Oracle {
    state: State,
    /// The report on what was fed so far, until more is fed.
    report: Option<Report>,
}

enum State {
    Works(Box<Checker<'static>>),
    NoTrace(String),
    Broken,
}

impl Oracle {
    /// `None` if there is no such semantics.
    pub(crate) fn new(semantics: &str, limits: Limits) -> Option<Oracle> {
        let mut options = Options { semantics: named(semantics)?, ..Options::default() };
        let or = |asked: u64, usual: usize| match asked {
            0 => usual,
            asked => usize::try_from(asked).unwrap_or(usize::MAX),
        };
        if limits.steps > 0 {
            (options.steps_max, options.diagnosis_steps_max) = (limits.steps, limits.steps);
        }
        options.states_max = or(limits.states, options.states_max);
        options.memory_max = or(limits.memory, options.memory_max);
        if limits.processors > 0 {
            options.processors = limits.processors;
        }
        Some(Oracle { state: State::Works(Box::new(Checker::new(options))), report: None })
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) -> i32 {
        self.report = None;
        let error = match &mut self.state {
            State::Works(checker) => match checker.feed(bytes) {
                Ok(()) => return IOCP_ORACLE_CONFORMS,
                Err(error) => error.to_string(),
            },
            State::NoTrace(_) => return IOCP_ORACLE_BAD_INPUT,
            State::Broken => return IOCP_ORACLE_INTERNAL_ERROR,
        };
        self.state = State::NoTrace(error);
        IOCP_ORACLE_BAD_INPUT
    }

    /// The report, made once.
    fn report(&mut self) -> Option<&Report> {
        if self.report.is_none()
            && let State::Works(checker) = &self.state
        {
            self.report = checker.report();
        }
        self.report.as_ref()
    }

    pub(crate) fn verdict(&mut self) -> i32 {
        match &self.state {
            State::Works(checker) => match checker.verdict() {
                Some(Verdict::Conforms) => IOCP_ORACLE_CONFORMS,
                Some(Verdict::Diverges) => IOCP_ORACLE_DIVERGES,
                Some(Verdict::Inconclusive) => IOCP_ORACLE_INCONCLUSIVE,
                Some(Verdict::NothingChecked) | None => IOCP_ORACLE_NOTHING_CHECKED,
            },
            State::NoTrace(_) => IOCP_ORACLE_BAD_INPUT,
            State::Broken => IOCP_ORACLE_INTERNAL_ERROR,
        }
    }

    pub(crate) fn line(&mut self) -> u64 {
        self.report().and_then(|report| report.line).unwrap_or(0)
    }

    pub(crate) fn text(&mut self) -> String {
        if let Some(report) = self.report() {
            return report.render("trace");
        }
        match &self.state {
            State::Works(_) => "nothing was fed\n".to_owned(),
            State::NoTrace(why) => format!("{why}\n"),
            State::Broken => "the oracle has met a fault of its own\n".to_owned(),
        }
    }

    pub(crate) fn json(&mut self) -> String {
        if let Some(report) = self.report() {
            return serde_json::to_string(report).expect("plain data is JSON");
        }
        let object = match &self.state {
            State::Works(_) => json!({ "verdict": "nothing_checked" }),
            State::NoTrace(why) => json!({ "verdict": "bad_input", "error": why }),
            State::Broken => json!({ "verdict": "internal_error" }),
        };
        object.to_string()
    }

    /// It met a panic: nobody looks into it again.
    pub(crate) fn breaks(&mut self) {
        (self.state, self.report) = (State::Broken, None);
    }
}

/// `win11`, or `win7 wake-order=fifo`; nothing is the newest Windows.
fn named(text: &str) -> Option<Semantics> {
    let mut words = text.split_whitespace().peekable();
    let base = match words.peek() {
        Some(word) if !word.contains('=') => {
            let base = Semantics::from_name(word);
            words.next();
            base?
        }
        _ => Options::default().semantics,
    };
    words.try_fold(base, |semantics, word| Some(semantics.with(Deviation::parse(word)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semantics_have_names_and_departures() {
        let fifo = Semantics::from_name("win7").expect("a profile").with(Deviation::WakeOrderFifo);
        assert_eq!(named("win7 wake-order=fifo"), Some(fifo));
        assert_eq!(named(" wine-8.0 "), Some(Semantics::wine_8_0()));
        assert_eq!(named(""), Some(Options::default().semantics));
        for wrong in ["win12", "win7 wake-order=lilo", "win7 win8", "wake-order=fifo win7"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_broken_oracle_stays_broken() {
        let mut oracle = Oracle::new("", Limits::default()).expect("a semantics");
        oracle.breaks();
        assert_eq!(oracle.feed(b"x"), IOCP_ORACLE_INTERNAL_ERROR);
        assert_eq!((oracle.verdict(), oracle.line()), (IOCP_ORACLE_INTERNAL_ERROR, 0));
        assert!(oracle.text().contains("fault") && oracle.json().contains("internal_error"));
    }
}
