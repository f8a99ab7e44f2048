//! A link to a step: a schedule, a place and a check of the state there. Restoring replays, and
//! says where the replay and the link do not agree.

use iocp_scheduler::{Schedule, System};

use super::{Session, SessionError};

/// What became of a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Restored {
    /// The branch that it made.
    pub branch: usize,
    /// After how many steps.
    pub at: usize,
    /// What does not agree, in sentences.
    pub mismatches: Vec<String>,
}

/// Replays a link's schedule as a branch. `checksum` is the state's fingerprint at `at` when the
/// link was made.
///
/// # Errors
/// If there is no room for the branch.
pub fn restored(
    session: &mut Session,
    schedule: &Schedule,
    at: usize,
    checksum: Option<u64>,
) -> Result<Restored, SessionError> {
    let program = std::sync::Arc::clone(session.branch(0)?.program());
    let mut mismatches = vec![];
    if !schedule.was_made_for(program.identity()) {
        mismatches.push(
            "The link was made for another scenario, other settings or another version.".to_owned(),
        );
    }
    let mut branch = super::Branch::new("link", program);
    let wanted = schedule.choices().len();
    let fitting = branch.follow(schedule.choices());
    if fitting < wanted {
        mismatches.push(format!(
            "Step {} of the link is not possible any more; the {fitting} steps before it are \
             shown.",
            fitting + 1
        ));
    }
    if at > fitting {
        mismatches.push(format!("The link points to step {at}, and there are {fitting}."));
    }
    let at = at.min(fitting);
    if let Some(checksum) = checksum
        && branch.stepper(at).fingerprint() != checksum
    {
        mismatches
            .push(format!("The state after step {at} is not the one that the link was made from."));
    }
    if session.branches.len() == 1 && session.branches[0].choices() == branch.choices() {
        return Ok(Restored { branch: 0, at, mismatches });
    }
    let branch = session.add(branch)?;
    Ok(Restored { branch, at, mismatches })
}
