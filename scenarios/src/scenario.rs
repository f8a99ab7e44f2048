//! A scenario as its author wrote it: checked text, prose, parameters.
//!
//! Owns reading and writing the format. What a scenario does is found by
//! [`Scenario::compile`].

use iocp_model::{Deviation, Semantics};

use crate::checker::Checker;
use crate::compile;
use crate::diagnostic::{Diagnostic, Problems, similar};
use crate::format;
use crate::json::{self, Node};
use crate::program::Program;
use crate::shape::Shape;
use crate::write;

/// A well-formed scenario. Names in it may still lead nowhere; [`Scenario::compile`] finds out.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) root: Node,
}

/// A number that `--set` changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value if nothing is set.
    pub default: i64,
    /// The least value.
    pub min: i64,
    /// The greatest value.
    pub max: i64,
    /// What it is, or nothing.
    pub about: String,
}

/// A named setting of the parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// What is different.
    pub about: String,
    /// The parameters it sets.
    pub set: Vec<(String, i64)>,
    /// The properties it is there to break.
    pub breaks: Vec<String>,
}

/// With what a scenario is compiled.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// A variant of the scenario.
    pub variant: Option<String>,
    /// Parameters (`--set`); these win over the variant.
    pub set: Vec<(String, i64)>,
    /// Windows version and deviations, if not those the scenario names.
    pub semantics: Option<Semantics>,
}

/// Why a scenario cannot be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Invalid {
    /// A setting does not fit the scenario: a sentence.
    Setting(SettingError),
    /// The scenario itself is wrong.
    Scenario(Problems),
}

/// A setting that does not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SettingError {
    /// No such parameter.
    UnknownParameter {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No such variant.
    UnknownVariant {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A value below the least or above the greatest.
    OutOfRange {
        /// The parameter and its range.
        parameter: Parameter,
        /// What was asked for.
        value: i64,
    },
}

impl std::fmt::Display for SettingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, name, known) = match self {
            SettingError::OutOfRange { parameter, value } => {
                let Parameter { name, min, max, .. } = parameter;
                return write!(f, "parameter {name} is between {min} and {max}, not {value}");
            }
            SettingError::UnknownParameter { name, known } => ("parameter", name, known),
            SettingError::UnknownVariant { name, known } => ("variant", name, known),
        };
        write!(f, "the scenario has no {what} `{name}`")?;
        if let Some(meant) = similar(name, known.iter().map(String::as_str)) {
            write!(f, "; did you mean `{meant}`?")?;
        } else if !known.is_empty() {
            write!(f, "; it has {}", known.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingError {}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Invalid::Setting(error) => error.fmt(f),
            Invalid::Scenario(problems) => problems.fmt(f),
        }
    }
}

impl std::error::Error for Invalid {}

impl Scenario {
    /// Reads a scenario. `name` is what messages call it: a path or a library name.
    ///
    /// # Errors
    /// Everything that is wrong with the structure of the text, at most
    /// [`limits::PROBLEMS`](crate::limits::PROBLEMS) problems.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, Problems> {
        let root =
            json::parse(text).map_err(|problem| Problems::new(name, text, vec![*problem]))?;
        let mut checker = Checker::new(&format::STEPS);
        checker.check(&root, &Shape::Record(&format::SCENARIO), "a scenario");
        if !checker.problems.is_empty() {
            return Err(Problems::new(name, text, checker.problems));
        }
        Ok(Scenario { name: name.to_owned(), source: text.to_owned(), root })
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn text(&self, key: &str) -> &str {
        self.root.get(key).and_then(Node::text).unwrap_or_default()
    }

    fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        self.root.get(key).into_iter().flat_map(Node::elements).filter_map(Node::text)
    }

    /// What it shows, in one line.
    pub fn title(&self) -> &str {
        self.text("title")
    }

    /// The shelf of the library it stands on.
    pub fn group(&self) -> &str {
        self.text("group")
    }

    /// What happens and why.
    pub fn about(&self) -> &str {
        self.text("about")
    }

    /// Where it comes from.
    pub fn source_of_facts(&self) -> &str {
        self.text("source")
    }

    /// What to look at.
    pub fn notice(&self) -> impl Iterator<Item = &str> {
        self.texts("notice")
    }

    /// Ids of the rules it shows.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.texts("rules")
    }

    /// Ids of the facts it restates.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        self.texts("facts")
    }

    /// Ids of the misconceptions it answers.
    pub fn misconceptions(&self) -> impl Iterator<Item = &str> {
        self.texts("misconceptions")
    }

    /// The parameters, in the order of the file.
    pub fn parameters(&self) -> Vec<Parameter> {
        let entries = self.root.get("parameters").map(Node::entries).unwrap_or_default();
        let read = |entry: &json::Entry| {
            let number = |key| entry.value.get(key).and_then(compile::literal);
            Parameter {
                name: entry.key.clone(),
                default: compile::literal(&entry.value).or(number("default")).unwrap_or(0),
                min: number("min").unwrap_or(i64::MIN),
                max: number("max").unwrap_or(i64::MAX),
                about: entry.value.get("about").and_then(Node::text).unwrap_or("").to_owned(),
            }
        };
        entries.iter().map(read).collect()
    }

    /// The variants, in the order of the file.
    pub fn variants(&self) -> Vec<Variant> {
        let entries = self.root.get("variants").map(Node::entries).unwrap_or_default();
        let read = |entry: &json::Entry| {
            let settings = entry.value.get("set").map(Node::entries).unwrap_or_default();
            let breaks = entry.value.get("breaks").map(Node::elements).unwrap_or_default();
            Variant {
                name: entry.key.clone(),
                about: entry.value.get("about").and_then(Node::text).unwrap_or("").to_owned(),
                set: settings
                    .iter()
                    .map(|e| (e.key.clone(), compile::literal(&e.value).unwrap_or(0)))
                    .collect(),
                breaks: breaks.iter().filter_map(Node::text).map(str::to_owned).collect(),
            }
        };
        entries.iter().map(read).collect()
    }

    /// The properties that this scenario, or one of its variants, is there to break.
    pub fn breaks(&self, variant: Option<&str>) -> Vec<String> {
        match variant {
            None => self.texts("breaks").map(str::to_owned).collect(),
            Some(name) => self
                .variants()
                .into_iter()
                .find(|variant| variant.name == name)
                .map(|variant| variant.breaks)
                .unwrap_or_default(),
        }
    }

    /// The scenario as JSON text, in the order of its keys and in one form, whatever the form of
    /// the source. Reading it gives the same scenario again.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        write::write(&self.root, 0, &mut out);
        out.push('\n');
        out
    }

    /// The scenario as a JSON value.
    pub fn to_json(&self) -> serde_json::Value {
        self.root.to_json()
    }

    /// Resolves every name and number: what is left can be run.
    ///
    /// # Errors
    /// A setting that does not fit, or everything that is wrong with the scenario.
    pub fn compile(&self, settings: &Settings) -> Result<Program, Invalid> {
        let values = self.values(settings).map_err(Invalid::Setting)?;
        let semantics = self.semantics(settings).map_err(|problems| {
            Invalid::Scenario(Problems::new(&self.name, &self.source, problems))
        })?;
        compile::compile(self, settings, &values, semantics).map_err(|problems| {
            Invalid::Scenario(Problems::new(&self.name, &self.source, problems))
        })
    }

    /// The value of every parameter.
    fn values(&self, settings: &Settings) -> Result<Vec<(String, i64)>, SettingError> {
        let parameters = self.parameters();
        let mut values: Vec<_> = parameters.iter().map(|p| (p.name.clone(), p.default)).collect();
        let mut changes = vec![];
        if let Some(name) = &settings.variant {
            let variants = self.variants();
            match variants.iter().find(|variant| variant.name == *name) {
                Some(variant) => changes.extend(variant.set.iter().cloned()),
                None => {
                    let known = variants.into_iter().map(|variant| variant.name).collect();
                    return Err(SettingError::UnknownVariant { name: name.clone(), known });
                }
            }
        }
        changes.extend(settings.set.iter().cloned());
        for (name, value) in changes {
            let Some(index) = parameters.iter().position(|p| p.name == name) else {
                let known = parameters.into_iter().map(|parameter| parameter.name).collect();
                return Err(SettingError::UnknownParameter { name, known });
            };
            let parameter = &parameters[index];
            if !(parameter.min..=parameter.max).contains(&value) {
                return Err(SettingError::OutOfRange { parameter: parameter.clone(), value });
            }
            values[index].1 = value;
        }
        Ok(values)
    }

    /// The semantics the scenario asks for, unless the settings know better.
    fn semantics(&self, settings: &Settings) -> Result<Semantics, Vec<Diagnostic>> {
        if let Some(semantics) = settings.semantics {
            return Ok(semantics);
        }
        let variant =
            settings.variant.as_ref().and_then(|name| self.root.get("variants")?.get(name));
        let levels = [Some(&self.root), variant];
        let mut semantics = Semantics::default();
        let mut problems = vec![];
        for level in levels.into_iter().flatten() {
            if let Some(node) = level.get("profile") {
                match node.text().and_then(Semantics::from_name) {
                    Some(named) => semantics = named,
                    None => problems.push(unknown_profile(node)),
                }
            }
            for node in level.get("deviate").map(Node::elements).unwrap_or_default() {
                match node.text().and_then(Deviation::parse) {
                    Some(deviation) => semantics = semantics.with(deviation),
                    None => problems.push(unknown_deviation(node)),
                }
            }
        }
        if problems.is_empty() { Ok(semantics) } else { Err(problems) }
    }
}

pub(crate) fn unknown_profile(node: &Node) -> Diagnostic {
    let name = node.text().unwrap_or_default();
    let mut known: Vec<&str> = iocp_model::Profile::ALL.iter().map(|p| p.name()).collect();
    known.push("wine-8.0");
    let mut problem =
        Diagnostic::new("unknown-name", node.span, format!("there is no profile `{name}`"));
    if let Some(meant) = similar(name, known.iter().copied()) {
        problem = problem.labelled(format!("did you mean `{meant}`?"));
    }
    problem.help(format!("one of {}", known.join(", ")))
}

pub(crate) fn unknown_deviation(node: &Node) -> Diagnostic {
    let name = node.text().unwrap_or_default();
    let known: Vec<String> = Deviation::ALL.iter().map(ToString::to_string).collect();
    let mut problem =
        Diagnostic::new("unknown-name", node.span, format!("there is no deviation `{name}`"));
    if let Some(meant) = similar(name, known.iter().map(String::as_str)) {
        problem = problem.labelled(format!("did you mean `{meant}`?"));
    }
    problem.help(format!("one of {}", known.join(", ")))
}
