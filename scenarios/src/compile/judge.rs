//! Properties, outcomes and scripted orders.

use iocp_model::{Object, Rule};
use iocp_scheduler::{Expectation, Property};

use super::resolve::Place;
use super::{Compiler, Thing, unknown};
use crate::builtin::BuiltIn;
use crate::diagnostic::Diagnostic;
use crate::json::Node;
use crate::limits;
use crate::program::Turn;
use crate::value::Expr;

impl Compiler<'_> {
    pub(super) fn properties(&mut self) -> (Vec<Property>, Vec<Option<Expr>>) {
        let mut properties: Vec<Property> = BuiltIn::ALL
            .iter()
            .map(|built_in| Property::new(built_in.name(), built_in.expectation()))
            .collect();
        let mut conditions = vec![None; properties.len()];
        let kinds = [
            ("always", Expectation::Always),
            ("never", Expectation::Never),
            ("sometimes", Expectation::Sometimes),
            ("finally", Expectation::Finally),
        ];
        for (key, expectation) in kinds {
            for entry in self.entries(key) {
                let taken = properties.iter().any(|property| property.name == entry.key);
                if taken {
                    let message = format!("there is a property `{}` already", entry.key);
                    self.complain(Diagnostic::new("declared-twice", entry.key_span, message));
                }
                if properties.len() == limits::PROPERTIES {
                    let message = format!("there are more than {} properties", limits::PROPERTIES);
                    self.complain(Diagnostic::new("too-many", entry.key_span, message));
                    return (properties, conditions);
                }
                properties.push(Property::new(entry.key.clone(), expectation));
                conditions.push(Some(self.expression(&entry.value, Place::OBSERVER)));
            }
        }
        (properties, conditions)
    }

    pub(super) fn outcome(&mut self) -> Vec<(String, Expr)> {
        let elements = self.root.get("outcome").map(Node::elements).unwrap_or_default();
        let mut outcome = vec![];
        for node in elements {
            let label = node.text().unwrap_or_default().to_owned();
            outcome.push((label, self.expression(node, Place::OBSERVER)));
        }
        outcome
    }

    /// `A` takes its next step; `A times out`; `A resumes`; `F completes`.
    pub(super) fn order(&mut self) -> Vec<Turn> {
        let elements = self.root.get("order").map(Node::elements).unwrap_or_default();
        if let Some(node) = elements.get(limits::TURNS) {
            let message = format!("an order has {} turns at most", limits::TURNS);
            self.complain(Diagnostic::new("too-many", node.span, message));
        }
        elements.iter().take(limits::TURNS).filter_map(|node| self.turn(node)).collect()
    }

    fn turn(&mut self, node: &Node) -> Option<Turn> {
        let text = node.text().unwrap_or_default();
        let (name, what) = text.split_once(' ').unwrap_or((text, ""));
        if what == "completes" {
            let fits = |thing| matches!(thing, Thing::Handle(_));
            let Thing::Handle(index) = self.find(name, node.span, "a file", fits)? else {
                return None;
            };
            if let Object::File(file) = self.objects[index].object {
                return Some(Turn::Complete(file));
            }
            self.complain(Diagnostic::new("wrong-kind", node.span, "this is not a file"));
            return None;
        }
        let actor = self.one_thread(name, node)?;
        match what {
            "" => Some(Turn::Step(actor)),
            "times out" => Some(Turn::Expire(actor)),
            "resumes" => Some(Turn::Unblock(actor)),
            _ => {
                let message = format!("`{text}` is no turn");
                let problem = Diagnostic::new("unknown-word", node.span, message);
                let help = "`A`, `A times out`, `A resumes`, or `F completes` for a file";
                self.complain(problem.help(help));
                None
            }
        }
    }

    /// `A`, or `worker-1` for one of several.
    fn one_thread(&mut self, name: &str, node: &Node) -> Option<u16> {
        if let Some(actor) = self.threads.iter().position(|thread| thread.name == name) {
            return Some(actor as u16);
        }
        let known: Vec<String> = self.threads.iter().map(|thread| thread.name.clone()).collect();
        self.complain(unknown(name, node.span, "a thread", &known));
        None
    }

    pub(super) fn check_rules(&mut self) {
        for node in self.root.get("rules").map(Node::elements).unwrap_or_default() {
            let id = node.text().unwrap_or_default();
            if Rule::from_id(id).is_none() {
                let known: Vec<String> = Rule::ALL.iter().map(|r| r.id().to_owned()).collect();
                let problem = unknown(id, node.span, "a rule", &known);
                self.complain(problem.help("`iocp rules` lists all rules"));
            }
        }
    }

    /// What a scenario is there to break must exist.
    pub(super) fn check_breaks(&mut self, properties: &[Property]) {
        let own = self.root.get("breaks").into_iter();
        let variants = self.entries("variants").iter().filter_map(|v| v.value.get("breaks"));
        let named: Vec<&Node> = own.chain(variants).flat_map(Node::elements).collect();
        for node in named {
            let name = node.text().unwrap_or_default();
            if !properties.iter().any(|property| property.name == name) {
                let known: Vec<String> = properties.iter().map(|p| p.name.clone()).collect();
                self.complain(unknown(name, node.span, "a property", &known));
            }
        }
        for entry in self.entries("variants") {
            for set in entry.value.get("set").map(Node::entries).unwrap_or_default() {
                let fits = |thing| matches!(thing, Thing::Parameter(_));
                self.find(&set.key, set.key_span, "a parameter", fits);
            }
        }
    }
}
