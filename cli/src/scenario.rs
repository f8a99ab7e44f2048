//! Which scenario: a library name, a path or `-`, with its settings.

use std::path::Path;

use iocp_model::Semantics;
use iocp_scenarios::{Invalid, Problems, Program, Scenario, Settings, Style, library, limits};

use crate::choose::SemanticsArguments;
use crate::failure::Failure;
use crate::input;
use crate::terminal::Terminal;

/// A scenario and what to change about it.
#[derive(clap::Args)]
pub(crate) struct ScenarioArguments {
    /// A name from `iocp list`, a file, or - for standard input
    pub(crate) scenario: String,
    #[command(flatten)]
    pub(crate) settings: SettingArguments,
}

/// What to change about a scenario.
#[derive(Clone, clap::Args)]
pub(crate) struct SettingArguments {
    /// A parameter of the scenario; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// A variant of the scenario
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    #[command(flatten)]
    semantics: SemanticsArguments,
}

/// A scenario, ready to run.
pub(crate) struct Loaded {
    /// What was read.
    pub(crate) scenario: Scenario,
    /// What it compiles to.
    pub(crate) program: Program,
    /// The file it came from, if it came from one.
    pub(crate) file: Option<String>,
}

impl ScenarioArguments {
    /// Finds, reads and compiles the scenario.
    pub(crate) fn load(&self, terminal: &Terminal) -> Result<Loaded, Failure> {
        let (scenario, file) = find(&self.scenario, terminal)?;
        let program = self.settings.compile(&scenario, terminal)?;
        Ok(Loaded { scenario, program, file })
    }
}

impl SettingArguments {
    /// Compiles a scenario with these settings.
    pub(crate) fn compile(
        &self,
        scenario: &Scenario,
        terminal: &Terminal,
    ) -> Result<Program, Failure> {
        let invalid = |error| invalid(error, terminal);
        let mut settings = self.settings()?;
        let program = scenario.compile(&settings).map_err(invalid)?;
        if !self.semantics.is_chosen() {
            return Ok(program);
        }
        // A deviation comes on top of what the scenario asks for.
        settings.semantics = Some(self.semantics.on(program.semantics())?);
        scenario.compile(&settings).map_err(invalid)
    }

    /// These settings, with the semantics that come of them.
    pub(crate) fn resolved(
        &self,
        scenario: &Scenario,
        terminal: &Terminal,
    ) -> Result<Settings, Failure> {
        let program = self.compile(scenario, terminal)?;
        let mut settings = self.settings()?;
        if self.semantics.is_chosen() {
            settings.semantics = Some(program.semantics());
        }
        Ok(settings)
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let mut set = Vec::new();
        for text in &self.set {
            let wrong = || {
                Failure::bad_input(format!("`--set {text}` is not NAME=VALUE"))
                    .help("VALUE is a whole number, decimal or 0x")
            };
            let (name, value) = text.split_once('=').ok_or_else(wrong)?;
            set.push((name.to_owned(), number(value).ok_or_else(wrong)?));
        }
        Ok(Settings { variant: self.variant.clone(), set, semantics: None })
    }

    /// The variant that was asked for.
    pub(crate) fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// The semantics, on top of what would be used without a choice.
    pub(crate) fn semantics_on(&self, base: Semantics) -> Result<Semantics, Failure> {
        self.semantics.on(base)
    }

    /// Whether the semantics was chosen here.
    pub(crate) fn chooses_semantics(&self) -> bool {
        self.semantics.is_chosen()
    }

    /// The same as arguments of a command line.
    pub(crate) fn as_arguments(&self) -> String {
        let mut text = String::new();
        if let Some(variant) = &self.variant {
            text.push_str(&format!(" --variant {variant}"));
        }
        for setting in &self.set {
            text.push_str(&format!(" --set {setting}"));
        }
        text.push_str(&self.semantics.as_arguments());
        text
    }
}

/// A whole number of 64 bits, decimal or `0x`.
fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(u64::cast_signed),
        None => text.parse().ok(),
    }
}

/// A library name first; what looks like a path is one.
pub(crate) fn find(name: &str, terminal: &Terminal) -> Result<(Scenario, Option<String>), Failure> {
    if let Some(scenario) = library::find(name) {
        return Ok((scenario, None));
    }
    let path = Path::new(name);
    let is_path = name == "-" || name.contains(['/', '\\', '.']) || path.exists();
    if !is_path {
        let failure = Failure::bad_input(format!("there is no scenario and no file `{name}`"))
            .help("`iocp list` lists the scenarios");
        return Err(failure.did_you_mean(name, library::names()));
    }
    let input = input::read(path, limits::FILE_BYTES as u64)?;
    let scenario = Scenario::parse(&input.name, input.text()?)
        .map_err(|problems| described(&problems, terminal))?;
    Ok((scenario, (name != "-").then(|| name.to_owned())))
}

/// Why a scenario cannot be compiled.
pub(crate) fn invalid(invalid: Invalid, terminal: &Terminal) -> Failure {
    match invalid {
        Invalid::Setting(error) => Failure::bad_input(error.to_string()),
        Invalid::Scenario(problems) => described(&problems, terminal),
    }
}

/// What is wrong with a scenario, drawn as the terminal likes it.
pub(crate) fn described(problems: &Problems, terminal: &Terminal) -> Failure {
    let style = if terminal.plain { Style::Plain } else { Style::Coloured };
    Failure::bad_input(problems.render(style).trim_end()).rendered()
}
