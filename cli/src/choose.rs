//! Which Windows: `--profile` and `--deviate`.

use iocp_model::{Deviation, Profile, Semantics};

use crate::failure::Failure;

/// The preset that is not a Windows version.
const PRESETS: [&str; 1] = ["wine-8.0"];

/// Options that choose the semantics.
#[derive(Clone, clap::Args)]
pub(crate) struct SemanticsArguments {
    /// Windows version, or `wine-8.0` (xp, vista, win7, win8, win8.1, win10, win11)
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// One departure from a rule, such as wake-order=fifo; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) deviate: Vec<String>,
}

impl SemanticsArguments {
    /// Whether anything was chosen.
    pub(crate) fn is_chosen(&self) -> bool {
        self.profile.is_some() || !self.deviate.is_empty()
    }

    /// The same as arguments of a command line.
    pub(crate) fn as_arguments(&self) -> String {
        let profile = self.profile.iter().map(|name| format!(" --profile {name}"));
        let deviate = self.deviate.iter().map(|text| format!(" --deviate {text}"));
        profile.chain(deviate).collect()
    }

    /// What was chosen, on top of what would be used without a choice.
    pub(crate) fn on(&self, base: Semantics) -> Result<Semantics, Failure> {
        let base = match &self.profile {
            Some(name) => semantics(name)?,
            None => base,
        };
        self.deviate.iter().try_fold(base, |semantics, text| Ok(semantics.with(deviation(text)?)))
    }
}

/// The semantics of a name.
pub(crate) fn semantics(name: &str) -> Result<Semantics, Failure> {
    Semantics::from_name(name).ok_or_else(|| {
        let failure = Failure::bad_input(format!("there is no profile `{name}`"))
            .help(format!("the profiles are {}", names().join(", ")));
        match crate::nearest::nearest(name, names()) {
            Some(_) => failure.did_you_mean(name, names()),
            None => failure,
        }
    })
}

/// Names that `--profile` takes.
pub(crate) fn names() -> Vec<&'static str> {
    Profile::ALL.iter().map(|profile| profile.name()).chain(PRESETS).collect()
}

/// The deviation written `NAME=VALUE`.
pub(crate) fn deviation(text: &str) -> Result<Deviation, Failure> {
    Deviation::parse(text).ok_or_else(|| {
        let all: Vec<String> = Deviation::ALL.iter().map(ToString::to_string).collect();
        let of_that_name: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .filter(|known| known.split('=').next() == text.split('=').next())
            .collect();
        let failure = Failure::bad_input(format!("there is no deviation `{text}`"));
        if of_that_name.is_empty() {
            failure
                .help("`iocp explain deviations` lists them")
                .did_you_mean(text, all.iter().map(String::as_str))
        } else {
            failure.help(format!("there is {}", of_that_name.join(", ")))
        }
    })
}

/// A semantics in words: `win11`, or `win11 with wake-order=fifo and close=keeps-waiting`.
pub(crate) fn in_words(semantics: Semantics) -> String {
    let departures: Vec<String> = semantics.deviations().map(|d| d.to_string()).collect();
    let preset = PRESETS.into_iter().find(|name| Semantics::from_name(name) == Some(semantics));
    match (preset, departures.as_slice()) {
        (Some(preset), _) => preset.to_owned(),
        (None, []) => semantics.profile.to_string(),
        (None, some) => format!("{} with {}", semantics.profile, some.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_is_listed_is_taken() {
        for name in names() {
            assert_eq!(in_words(semantics(name).expect(name)), name);
        }
        for known in Deviation::ALL {
            assert_eq!(deviation(&known.to_string()).expect("known"), *known);
        }
    }

    #[test]
    fn a_wrong_value_is_answered_with_the_right_ones() {
        let failure = deviation("wake-order=lilo").expect_err("no such value");
        assert_eq!(failure.help.as_deref(), Some("there is wake-order=fifo, wake-order=any"));
        let failure = deviation("wake-odrer=fifo").expect_err("no such name");
        assert_eq!(failure.help.as_deref(), Some("did you mean `wake-order=fifo`?"));
        let failure = semantics("win-11").expect_err("no such profile");
        assert_eq!(failure.help.as_deref(), Some("did you mean `win11`?"));
    }
}
