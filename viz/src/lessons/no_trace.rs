//! In the place of the judge of traces, where it is left out: it would double the page.

use iocp_scenarios::Settings;
use iocp_scenarios::lesson::Claim;

use super::judge::{Judgement, Undecided};

pub(super) fn judge(_: &str, _: &Settings, _: &[Claim]) -> Result<Judgement, Undecided> {
    let sentence = "the judge of traces is in the command: `iocp learn`";
    Err(Undecided::BadTrace(sentence.to_owned()))
}
