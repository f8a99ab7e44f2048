//! What can lie over the panels, and what has to be done elsewhere.

use iocp_viz::session::Question;

/// What lies over the panels.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Layer {
    /// Nothing.
    #[default]
    Panels,
    /// The keys.
    Help,
    /// Why, alone.
    Why,
    /// Handles and references.
    Handles,
    /// What is wrong with the scenario that was edited.
    Problems(Vec<String>),
    /// Text is being typed.
    Typing {
        /// What for.
        purpose: Purpose,
        /// What is there so far.
        text: String,
    },
    /// A question about the next step, and the answer given (from 0).
    Asked {
        /// The question.
        question: Question,
        /// The answer.
        picked: Option<usize>,
    },
}

/// What is being typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// A part of the words of a step.
    Filter,
    /// Words that no step of the log is to have.
    Hide,
    /// The name of a file to save to; what can be saved is listed meanwhile.
    Save,
    /// Whether to replace a file that is there already.
    Replace,
    /// The number of a step.
    Step,
    /// The number of a lesson; the lessons are listed meanwhile.
    Lesson,
}

/// What the panels cannot do themselves: others need the screen for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Errand {
    /// The scenario in an editor.
    Edit,
    /// A lesson, by its number from 1.
    Lesson(usize),
}
