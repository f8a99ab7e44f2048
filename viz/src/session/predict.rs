//! A question about the next step, and its answer as the model gives it.

use std::collections::BTreeSet;

use iocp_model::{Deviation, Effect, Object, Rule};

use super::Branch;

/// Somebody no packet goes to.
pub(super) const NOBODY: &str = "nobody";
/// No rule says.
pub(super) const OPEN: &str = "not determined by the rules";

/// A question with one right answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// The question.
    pub text: String,
    /// The possible answers.
    pub options: Vec<String>,
    /// The right one.
    pub answer: String,
    /// What decides, in sentences.
    pub because: Vec<String>,
    /// The rule that decides, if one does.
    pub rule: Option<Rule>,
}

/// The question about the step after `at` steps; none where nothing is worth asking: the branch
/// ends there, or no port has anybody to serve or anything to give.
pub fn question(branch: &mut Branch, at: usize) -> Option<Question> {
    let picture = branch.stepper(at).picture();
    let program = std::sync::Arc::clone(branch.program());
    let taken = branch.step(at)?;
    let waiting = picture.ports.iter().any(|port| !port.waiters.is_empty());
    let queued = picture.ports.iter().any(|port| !port.packets.is_empty());
    let removes = |effect: &Effect| {
        matches!(effect, Effect::Removed { .. } | Effect::Released { .. } | Effect::Queued { .. })
    };
    let moves = taken.step.effects.iter().any(|consequence| removes(&consequence.effect));
    if !(waiting || queued) || !(moves || taken.is_call) {
        return None;
    }
    let mut takers = BTreeSet::new();
    let mut because = vec![];
    let mut rule = None;
    for consequence in &taken.step.effects {
        if let Effect::Removed { thread, .. } | Effect::Released { thread, .. } = consequence.effect
        {
            takers.insert(program.object_name(Object::Thread(thread)));
            because.push(consequence.sentence.clone());
            rule = Some(consequence.rule);
        }
    }
    let several = picture.ports.iter().any(|port| port.waiters.len() > 1);
    let released = taken.step.effects.iter().any(|c| matches!(c.effect, Effect::Released { .. }));
    let open = program.semantics().has(Deviation::WakeOrderAny) && several && released;
    if takers.is_empty() {
        let decisive = taken.step.effects.iter().find(|c| removes(&c.effect));
        let decisive = decisive.or(taken.step.effects.last());
        rule = decisive.map(|consequence| consequence.rule);
        because.extend(decisive.map(|consequence| consequence.sentence.clone()));
    }
    let answer = match (open, takers.len()) {
        (true, _) => OPEN.to_owned(),
        (false, 0) => NOBODY.to_owned(),
        (false, 1) => takers.first().cloned().unwrap_or_default(),
        // More than one thread gets something: the first that does.
        (false, _) => takers.into_iter().collect::<Vec<_>>().join(" and "),
    };
    let mut options: Vec<String> = picture.threads.iter().map(|t| t.name.clone()).collect();
    if !options.contains(&answer) && answer != NOBODY && answer != OPEN {
        options.push(answer.clone());
    }
    options.extend([NOBODY.to_owned(), OPEN.to_owned()]);
    let text = format!("{}. Who gets a packet in this step?", taken.step.action);
    Some(Question { text, options, answer, because, rule })
}
