//! Why a command cannot do what it was asked: a sentence, and what to do about it.

use crate::exit::Exit;

/// A command that cannot go on.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What is wrong, in a sentence without a full stop. May hold a rendered diagnostic.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// Whether the message is drawn already, with a heading of its own.
    pub(crate) rendered: bool,
}

impl Failure {
    /// What is wrong and what to do about it, in one line.
    pub(crate) fn in_a_line(&self) -> String {
        match &self.help {
            Some(help) => format!("{}; {help}", self.message),
            None => self.message.clone(),
        }
    }

    /// The input or the usage is at fault.
    pub(crate) fn bad_input(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::BadInput, message: message.into(), help: None, rendered: false }
    }

    /// There is nothing to check.
    pub(crate) fn nothing_checked(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::NothingChecked, message: message.into(), help: None, rendered: false }
    }

    /// The same: the message is a diagnostic that is drawn already.
    pub(crate) fn rendered(mut self) -> Failure {
        self.rendered = true;
        self
    }

    /// The same, with advice.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }

    /// The same, with "did you mean" if there is something near.
    pub(crate) fn did_you_mean<'a>(
        self,
        wrong: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Failure {
        match crate::nearest::nearest(wrong, candidates) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}
