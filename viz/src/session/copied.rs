//! A branch as a Rust test: the scenario, the schedule, and what came of every step.

use std::fmt::Write;

use iocp_model::Semantics;

use super::{Session, SessionError, in_words};

const STRING: &str = "a string takes all";
/// Steps that are written out; a longer run is checked by its end alone.
const STEPS_WRITTEN_MAX: usize = 200;

/// The test. It needs `iocp-scenarios` and `iocp-scheduler`, and `iocp-model` for a semantics.
///
/// # Errors
/// If there is no such branch.
pub fn rust_test(session: &mut Session, number: usize) -> Result<String, SessionError> {
    let schedule = session.schedule(number)?;
    let branch = &mut session.branches[number];
    let semantics = branch.program().semantics();
    let at_end = branch.stepper(branch.len()).clone();
    // Whoever hands a scenario in with a name has it from the library.
    let from_library = session.scenario.name() != super::UNNAMED;
    let mut out = String::new();
    let name = identifier(session.scenario.title());
    writeln!(out, "// {}; {}.", session.scenario.title(), in_words(semantics)).expect(STRING);
    let needs_semantics = semantics != Semantics::default();
    if needs_semantics {
        out.push_str("use iocp_model::Semantics;\n");
    }
    let library = if from_library { "library" } else { "Scenario" };
    writeln!(out, "use iocp_scenarios::{{Settings, {library}, replay}};").expect(STRING);
    writeln!(out, "\n#[test]\nfn {name}() {{").expect(STRING);
    match from_library {
        true => {
            let name = session.scenario.name();
            writeln!(out, "    let scenario = library::find({name:?}).expect(\"it is there\");")
        }
        false => {
            let text = raw(session.scenario.source());
            writeln!(
                out,
                "    let text = {text};\n    let scenario = Scenario::parse(\"scenario\", text)\
                 .expect(\"it is a scenario\");"
            )
        }
    }
    .expect(STRING);
    settings(&mut out, session, semantics, needs_semantics);
    let branch = &session.branches[number];
    let steps = branch.len();
    writeln!(out, "    let program = scenario.compile(&settings).expect(\"it compiles\");")
        .expect(STRING);
    writeln!(out, "    let schedule = \"{schedule}\";").expect(STRING);
    out.push_str("    let schedule = schedule.parse().expect(\"it is a schedule\");\n");
    writeln!(out, "    let (run, stopped) = replay(&program, &schedule, {steps});").expect(STRING);
    out.push_str("    assert_eq!(stopped, None, \"a step is not possible any more\");\n");
    if steps <= STEPS_WRITTEN_MAX {
        out.push_str("    let rules = |step: usize| {\n");
        out.push_str("        let effects = run.steps[step].effects.iter();\n");
        out.push_str("        effects.map(|e| e.rule.id()).collect::<Vec<_>>().join(\" \")\n");
        out.push_str("    };\n");
        for at in 0..steps {
            let Some(taken) = branch.step(at) else { break };
            let rules: Vec<&str> = taken.step.effects.iter().map(|e| e.rule.id()).collect();
            writeln!(out, "    assert_eq!(run.steps[{at}].action, {:?});", taken.step.action)
                .expect(STRING);
            if !rules.is_empty() {
                writeln!(out, "    let wanted = \"{}\";", rules.join(" ")).expect(STRING);
                writeln!(out, "    assert_eq!(rules({at}), wanted);").expect(STRING);
            }
        }
    }
    writeln!(out, "    assert_eq!(run.steps.len(), {steps});").expect(STRING);
    if let Some(ended) = at_end.ended() {
        writeln!(out, "    assert_eq!(run.end.outcome, {:?});", ended.outcome).expect(STRING);
    }
    out.push_str("}\n");
    Ok(out)
}

fn settings(out: &mut String, session: &Session, semantics: Semantics, needed: bool) {
    let variant = session.settings.variant.as_ref();
    if !needed && variant.is_none() && session.settings.set.is_empty() {
        out.push_str("    let settings = Settings::default();\n");
        return;
    }
    out.push_str("    let settings = Settings {\n");
    if let Some(variant) = variant {
        writeln!(out, "        variant: Some({variant:?}.to_owned()),").expect(STRING);
    }
    if !session.settings.set.is_empty() {
        let set = session.settings.set.iter();
        let set: Vec<String> =
            set.map(|(name, value)| format!("({name:?}.to_owned(), {value})")).collect();
        writeln!(out, "        set: vec![{}],", set.join(", ")).expect(STRING);
    }
    if needed {
        let profile = semantics.profile.name();
        let mut expression = format!("Semantics::from_name({profile:?}).expect(\"a profile\")");
        for deviation in semantics.deviations() {
            let parsed = format!("iocp_model::Deviation::parse(\"{deviation}\")");
            write!(expression, "\n            .with({parsed}.expect(\"a deviation\"))")
                .expect(STRING);
        }
        writeln!(out, "        semantics: Some(\n            {expression},\n        ),")
            .expect(STRING);
    }
    out.push_str("        ..Settings::default()\n    };\n");
}

/// A title as the name of a function.
fn identifier(title: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let mut name: String = title.chars().map(letter).take(60).collect();
    while name.contains("__") {
        name = name.replace("__", "_");
    }
    let name = name.trim_matches('_');
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name.to_owned(),
        _ => format!("run_{name}"),
    }
}

/// A text as a raw string that it cannot end.
fn raw(text: &str) -> String {
    let mut fence = "#".to_owned();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    format!("r{fence}\"{text}\"{fence}")
}
