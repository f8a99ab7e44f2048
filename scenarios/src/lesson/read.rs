//! From the text of a lesson to a [`Lesson`]: the parts, the data, the names in them.
//!
//! Owns every complaint about a lesson, each with its place in the lesson's file.

use iocp_model::{Deviation, Rule, Semantics};

use super::sections::{self, Piece, Sections};
use super::{Attempt, Choice, Claim, ClaimKind, Exercise, Lesson, Stage, Subject, Task};
use super::{attempt, format};
use crate::checker::Checker;
use crate::compile::literal;
use crate::diagnostic::{Diagnostic, Problems, Span, similar};
use crate::json::{self, Node};
use crate::library;
use crate::scenario::{Invalid, Scenario, Settings};
use crate::shape::Shape;

pub(super) fn read(name: &str, text: &str) -> Result<Lesson, Problems> {
    Reader { name, text, found: vec![] }.lesson()
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn lesson(mut self) -> Result<Lesson, Problems> {
        let (name, text) = (self.name, self.text);
        let sections = match sections::cut(text) {
            Ok(sections) => sections,
            Err(problem) => return Err(Problems::new(name, text, vec![*problem])),
        };
        // What stands before the data becomes white space, so that places stay what they are.
        let blank = |c: char| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
        let before: String = text[..sections.data.span.start].chars().map(blank).collect();
        let data = match json::parse(&(before + sections.data.text)) {
            Ok(data) => data,
            Err(problem) => return Err(Problems::new(name, text, vec![*problem])),
        };
        let mut checker = Checker::new(&crate::format::STEPS);
        checker.check(&data, &Shape::Record(&format::LESSON), "a lesson");
        if !checker.problems.is_empty() {
            return Err(Problems::new(name, text, checker.problems));
        }
        let lesson = self.of_data(&sections, &data);
        match (lesson, self.found.is_empty()) {
            (Some(lesson), true) => Ok(lesson),
            _ => Err(Problems::new(name, text, self.found)),
        }
    }

    fn of_data(&mut self, sections: &Sections<'_>, data: &Node) -> Option<Lesson> {
        for rule in data.get("rules").map(Node::elements).unwrap_or_default() {
            self.rule(rule);
        }
        let stage = self.stage(data, None, sections.trace)?;
        let choices = self.choices(sections, data, &stage);
        let exercise = self.exercise(sections, data.get("exercise")?, &stage)?;
        let own = |piece: Piece<'_>| piece.text.to_owned();
        Some(Lesson {
            name: self.name.to_owned(),
            title: own(sections.title),
            intro: own(sections.intro),
            question: own(sections.question),
            choices,
            answer: own(sections.answer),
            stage,
            exercise,
            rules: texts(data, "rules"),
            source: data.get("source").and_then(Node::text).unwrap_or_default().to_owned(),
        })
    }

    fn rule(&mut self, node: &Node) {
        let id = node.text().unwrap_or_default();
        if Rule::from_id(id).is_none() {
            let known = Rule::ALL.iter().map(|rule| rule.id());
            let message = format!("there is no rule `{id}`");
            let mut problem = Diagnostic::new("unknown-name", node.span, message);
            if let Some(meant) = similar(id, known) {
                problem = problem.labelled(format!("did you mean `{meant}`?"));
            }
            self.found.push(problem.help("`iocp rules` lists all rules"));
        }
    }

    /// What a question or an exercise is about; `usual` if it does not say.
    fn stage(
        &mut self,
        node: &Node,
        usual: Option<&Stage>,
        trace: Option<Piece<'_>>,
    ) -> Option<Stage> {
        let settings = settings(node, &mut self.found);
        let own = node.get("scenario").map(|scenario| self.scenario(scenario));
        let subject = match (own, usual, trace) {
            (Some(scenario), ..) => Subject::Scenario(Box::new(scenario?)),
            (None, Some(usual), _) => usual.subject.clone(),
            (None, None, Some(trace)) => Subject::Trace(trace.text.to_owned()),
            (None, None, None) => {
                let at = Span::new(node.span.start, node.span.start + 1);
                let message = "a lesson is about a `scenario` or a trace in a block ```jsonl";
                self.found.push(Diagnostic::new("missing-key", at, message));
                return None;
            }
        };
        // The settings of the question are not those of an exercise that has its own scenario.
        let mentions = format::settings().iter().any(|key| node.get(key).is_some());
        let settings = match usual {
            Some(usual) if !mentions && node.get("scenario").is_none() => usual.settings.clone(),
            _ => settings,
        };
        Some(Stage { subject, settings })
    }

    fn scenario(&mut self, node: &Node) -> Option<Scenario> {
        let Some(name) = node.text() else {
            let source = self.text.to_owned();
            return Some(Scenario { name: self.name.to_owned(), source, root: node.clone() });
        };
        let found = library::find(name);
        if found.is_none() {
            let message = format!("there is no scenario `{name}` in the library");
            let mut problem = Diagnostic::new("unknown-name", node.span, message);
            if let Some(meant) = similar(name, library::names()) {
                problem = problem.labelled(format!("did you mean `{meant}`?"));
            }
            self.found.push(problem.help("`iocp list` lists the scenarios"));
        }
        found
    }

    fn choices(&mut self, sections: &Sections<'_>, data: &Node, stage: &Stage) -> Vec<Choice> {
        let Some(list) = data.get("choices") else { return vec![] };
        let (texts, claims) = (&sections.choices, list.elements());
        if texts.len() != claims.len() || claims.len() < 2 {
            let message = format!(
                "{} answers are listed under `## Question`, and {} claims stand here",
                texts.len(),
                claims.len()
            );
            let problem = Diagnostic::new("choices", list.span, message);
            self.found.push(problem.help("a claim for each answer, two answers at least"));
        }
        let choice = |(text, node): (&Piece<'_>, &Node)| Choice {
            text: text.text.split_whitespace().collect::<Vec<_>>().join(" "),
            claims: self.claims(node, stage),
        };
        texts.iter().zip(claims).map(choice).collect()
    }

    /// The claims of an object, each of them meaningful for this stage.
    fn claims(&mut self, node: &Node, stage: &Stage) -> Vec<Claim> {
        let mut claims = vec![];
        for kind in ClaimKind::ALL {
            let Some(value) = node.get(kind.key()) else { continue };
            let claim = |text: String, span| Claim { kind, text, span };
            match kind {
                ClaimKind::AllowedIf => {
                    claims.push(claim(texts(node, kind.key()).join(", "), value.span));
                }
                ClaimKind::Rule => {
                    self.rule(value);
                    claims.push(claim(value.text().unwrap_or_default().to_owned(), value.span));
                }
                ClaimKind::Verdict => {
                    claims.push(claim(value.text().unwrap_or_default().to_owned(), value.span));
                }
                _ => {
                    let all = value.elements().iter();
                    claims.extend(all.map(|n| claim(written(n), n.span)));
                }
            }
        }
        let of_trace = matches!(stage.subject, Subject::Trace(_));
        if let Some(wrong) = claims.iter().find(|claim| claim.kind.is_of_trace() != of_trace) {
            let what = if of_trace { "a trace" } else { "a scenario" };
            let message = format!("`{}` says nothing about {what}", wrong.kind.key());
            self.found.push(Diagnostic::new("claim", wrong.span, message));
        }
        if claims.is_empty() {
            let message = "this claims nothing, so it would always be true";
            self.found.push(Diagnostic::new("claim", node.span, message));
        }
        self.try_claims(stage, &claims);
        claims
    }

    /// The scenario alone, then with the claims: what is wrong then is wrong with the claims.
    fn try_claims(&mut self, stage: &Stage, claims: &[Claim]) {
        let Some(scenario) = stage.scenario() else { return };
        let alone = scenario.compile(&stage.settings).map(|_| vec![]);
        let (with, names) = scenario.with_claims(claims);
        let found = match alone {
            Err(error) => Err(error),
            Ok(nothing) => match with.compile(&stage.settings) {
                Ok(program) => {
                    let known = |name: &String| program.properties.iter().any(|p| p.name == *name);
                    let pairs = claims.iter().zip(&names).filter(|(_, name)| !known(name));
                    Ok(pairs
                        .map(|(claim, name)| {
                            let message = format!("the scenario has no property `{name}`");
                            Diagnostic::new("unknown-name", claim.span, message)
                        })
                        .chain(nothing)
                        .collect())
                }
                Err(Invalid::Scenario(problems)) => Ok(problems.diagnostics),
                Err(error) => Err(error),
            },
        };
        match found {
            Ok(found) => self.found.extend(found),
            Err(Invalid::Scenario(problems)) if scenario.name == self.name => {
                self.found.extend(problems.diagnostics);
            }
            Err(error) => {
                let message = format!("{}: {error}", scenario.name);
                self.found.push(Diagnostic::new("scenario", Span::new(0, 0), message));
            }
        }
    }

    fn exercise(
        &mut self,
        sections: &Sections<'_>,
        node: &Node,
        usual: &Stage,
    ) -> Option<Exercise> {
        let stage = self.stage(node, Some(usual), None)?;
        let task = match node.get("task").and_then(Node::text)? {
            "edit" => Task::Edit,
            "settings" => Task::Settings,
            _ => Task::Order,
        };
        let goal = self.claims(node.get("goal")?, &stage);
        let solution = self.solution(node.get("solution")?, &stage);
        if task != Task::Settings && stage.scenario().is_none() {
            let message = "a trace is no scenario: only settings can be changed";
            self.found.push(Diagnostic::new("exercise", node.span, message));
        }
        let own = |piece: Piece<'_>| piece.text.to_owned();
        Some(Exercise {
            task,
            text: own(sections.exercise),
            hint: own(sections.hint),
            solved: own(sections.solved),
            stage,
            may_change: texts(node, "may_change"),
            goal,
            solution,
        })
    }

    fn solution(&mut self, node: &Node, stage: &Stage) -> Attempt {
        let attempt = attempt::of_node(node, &mut self.found);
        let patched = node.get("scenario").zip(stage.scenario());
        let scenario = patched.map(|(part, scenario)| Box::new(scenario.patched(part)));
        Attempt { scenario, ..attempt }
    }
}

/// `set`, `variant`, `profile` and `deviate` of an object.
pub(super) fn settings(node: &Node, found: &mut Vec<Diagnostic>) -> Settings {
    let set = node.get("set").map(Node::entries).unwrap_or_default();
    let set = set.iter().map(|e| (e.key.clone(), literal(&e.value).unwrap_or(0))).collect();
    let variant = node.get("variant").and_then(Node::text).map(str::to_owned);
    Settings { variant, set, semantics: semantics(node, found) }
}

fn semantics(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Semantics> {
    let mut semantics = None;
    if let Some(profile) = node.get("profile") {
        semantics = profile.text().and_then(Semantics::from_name);
        if semantics.is_none() {
            found.push(crate::scenario::unknown_profile(profile));
        }
    }
    for deviation in node.get("deviate").map(Node::elements).unwrap_or_default() {
        match deviation.text().and_then(Deviation::parse) {
            Some(known) => semantics = Some(semantics.unwrap_or_default().with(known)),
            None => found.push(crate::scenario::unknown_deviation(deviation)),
        }
    }
    semantics
}

fn texts(node: &Node, key: &str) -> Vec<String> {
    let elements = node.get(key).map(Node::elements).unwrap_or_default();
    elements.iter().filter_map(Node::text).map(str::to_owned).collect()
}

/// A condition as text: it may be a plain number.
fn written(node: &Node) -> String {
    match &node.value {
        json::Value::Number(text) | json::Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}
