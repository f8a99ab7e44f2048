//! Where two branches part: the first step that is not the same, or that only one has.

use super::Branch;

/// The first difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Both have this many steps in common.
    pub at: usize,
    /// What the left one does then; nothing if it ends.
    pub left: Vec<String>,
    /// What the right one does then.
    pub right: Vec<String>,
}

/// The first difference between two branches; none if they are alike in every word.
pub fn first_difference(left: &Branch, right: &Branch) -> Option<Difference> {
    let longest = left.len().max(right.len());
    let at = (0..longest).find(|at| told(left, *at) != told(right, *at))?;
    Some(Difference { at, left: told(left, at), right: told(right, at) })
}

/// A step in words: what is done, and what comes of it.
fn told(branch: &Branch, at: usize) -> Vec<String> {
    let Some(taken) = branch.step(at) else { return vec![] };
    let mut out = vec![taken.step.action.clone()];
    out.extend(
        taken
            .step
            .effects
            .iter()
            .map(|consequence| format!("{} ({})", consequence.sentence, consequence.rule.id())),
    );
    out
}
