//! What the lessons say is true: the model is asked every question and does every exercise.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use iocp_model::{Deviation, Profile, Rule};
use iocp_scenarios::lesson::{Attempt, Lesson, Stage, Subject};
use iocp_scenarios::{BuiltIn, Style, lesson_schema, library, solution_schema};
use iocp_scheduler::{explore, explore::Options};
use iocp_viz::lessons::{Undecided, answer, check, entries, find};

fn lessons() -> Vec<Lesson> {
    let read = |entry: &iocp_viz::lessons::Entry| {
        Lesson::parse(entry.name, entry.text)
            .unwrap_or_else(|problems| panic!("{}", problems.render(Style::Drawn)))
    };
    entries().iter().map(read).collect()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons")
}

#[test]
fn every_lesson_of_the_folder_is_embedded_in_order() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .expect("the folder of the lessons")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .collect();
    files.sort();
    let names: Vec<&str> = entries().iter().map(|entry| entry.name).collect();
    assert_eq!(names, files);
    for (index, name) in names.iter().enumerate() {
        assert_eq!(name.split('-').next(), Some(format!("{:02}", index + 1).as_str()), "{name}");
        assert_eq!(find(&(index + 1).to_string()).expect("by number").name, *name);
    }
}

#[test]
fn exactly_one_answer_of_every_question_is_right() {
    for lesson in lessons() {
        let answer = answer(&lesson).unwrap_or_else(|why| panic!("{}: {why}", lesson.name));
        println!("{}: {}", lesson.name, lesson.choices[answer.right].text);
    }
}

#[test]
fn every_exercise_is_unsolved_as_given_and_solved_by_the_reference() {
    for lesson in lessons() {
        let name = &lesson.name;
        let given = lesson.attempt("given", &lesson.start());
        let given = given.unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let before = check(&lesson, &given).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(before.objections, Vec::<String>::new(), "{name}: nothing has been changed");
        assert!(!before.solved(), "{name}: there is nothing to do");
        let after = check(&lesson, &lesson.exercise.solution);
        let after = after.unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(after.objections, Vec::<String>::new(), "{name}: the reference breaks a rule");
        for judged in &after.judgement.claims {
            assert!(judged.holds, "{name}: with the reference solution, not: {}", judged.claim);
        }
    }
}

/// The rules that some interleaving of a scenario follows.
fn exercised(stage: &Stage, attempt: &Attempt, rules: &mut BTreeSet<&'static str>) {
    let Subject::Scenario(scenario) = &stage.subject else { return };
    let scenario = attempt.scenario.as_deref().unwrap_or(scenario);
    for settings in [&stage.settings, &attempt.settings] {
        let Ok(program) = scenario.compile(settings) else { continue };
        let options = Options { coverage: true, ..Options::default() };
        let found = explore(&program, &options, &mut ());
        let coverage = found.coverage.expect("it was asked for");
        let seen = Rule::ALL.iter().filter(|rule| coverage.contains(**rule as usize));
        rules.extend(seen.map(|rule| rule.id()));
    }
}

#[test]
fn every_rule_that_a_lesson_teaches_is_at_work_in_it() {
    let mut idle: Vec<String> = vec![];
    for lesson in lessons() {
        let mut rules = BTreeSet::new();
        exercised(&lesson.stage, &Attempt::default(), &mut rules);
        exercised(&lesson.exercise.stage, &Attempt::default(), &mut rules);
        exercised(&lesson.exercise.stage, &lesson.exercise.solution, &mut rules);
        let of_trace = answer(&lesson).expect("one answer").judgement.report.unwrap_or_default();
        for rule in &lesson.rules {
            if !rules.contains(rule.as_str()) && !of_trace.contains(rule.as_str()) {
                idle.push(format!("{}: {rule}, but {rules:?}", lesson.name));
            }
        }
        assert!(!lesson.rules.is_empty(), "{}", lesson.name);
    }
    assert!(idle.is_empty(), "these are never at work:\n{}", idle.join("\n"));
}

/// Words in back quotes that look like ids: `release-lifo`, `wake-order=fifo`.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|word| {
        let id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-=".contains(c);
        Rule::from_id(word).is_some() || word.contains('-') && word.chars().all(id)
    })
}

fn prose(lesson: &Lesson) -> String {
    let Lesson { intro, question, answer, exercise, .. } = lesson;
    let choices: Vec<&str> = lesson.choices.iter().map(|choice| choice.text.as_str()).collect();
    [intro, question, &choices.join("\n"), answer]
        .into_iter()
        .chain([&exercise.text, &exercise.hint, &exercise.solved])
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_rule_and_deviation_that_the_prose_names_exists() {
    let known = |id: &str| {
        Rule::from_id(id).is_some()
            || Deviation::parse(id).is_some()
            || Profile::ALL.iter().any(|profile| profile.name() == id)
            || BuiltIn::ALL.iter().any(|property| property.name() == id)
            || library::entry(id).is_some()
            || ["wine-8.0", "skip-port-on-success"].contains(&id)
            || iocp_oracle::suite::programs().iter().any(|program| program.name == id)
    };
    let mut named = 0;
    for lesson in lessons() {
        let prose = prose(&lesson);
        for id in ids(&prose) {
            assert!(known(id), "{}: there is no `{id}`", lesson.name);
            named += 1;
        }
        for rule in &lesson.rules {
            let said = ids(&prose).any(|id| id == rule);
            assert!(said, "{}: `rules` lists {rule}, the prose does not name it", lesson.name);
        }
    }
    assert!(named >= 2 * entries().len(), "only {named} ids found");
}

#[test]
fn every_lesson_obeys_the_published_schema() {
    let validator = jsonschema::validator_for(&lesson_schema()).expect("a schema");
    for entry in entries() {
        let (_, data) = entry.text.rsplit_once("```json\n").expect("data");
        let (data, _) = data.split_once("```").expect("its end");
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&data).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", entry.name);
    }
    let validator = jsonschema::validator_for(&solution_schema()).expect("a schema");
    let good = serde_json::json!({"version": 1, "deviate": ["wake-order=fifo"]});
    let bad = serde_json::json!({"version": 1, "deviation": ["wake-order=fifo"]});
    assert!(validator.is_valid(&good) && !validator.is_valid(&bad));
}

/// A lesson with one thing changed.
fn changed(name: &str, from: &str, to: &str) -> String {
    let text = find(name).map(|_| entries().iter().find(|e| e.name == name).expect("it").text);
    let text = text.expect("a lesson");
    assert!(text.contains(from), "{name} has no {from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_question_with_a_false_answer_is_found_out() {
    let from = r#"{"finally": ["recorded(worker, 7) == 1", "waiters(P) == 1"]}"#;
    let to = r#"{"finally": ["recorded(worker, 7) == 1", "waiters(P) == 2"]}"#;
    let lesson = Lesson::parse("planted", &changed("01-what-a-port-is", from, to));
    let lesson = lesson.expect("well-formed");
    assert!(matches!(answer(&lesson), Err(Undecided::NotOneAnswer(right)) if right.is_empty()));
}

#[test]
fn a_question_with_two_right_answers_is_found_out() {
    let from = r#"{"finally": ["depth(P) == 1", "waiters(P) == 2"]}"#;
    let to = r#"{"finally": ["depth(P) == 0"]}"#;
    let lesson = Lesson::parse("planted", &changed("01-what-a-port-is", from, to));
    let lesson = lesson.expect("well-formed");
    assert!(matches!(answer(&lesson), Err(Undecided::NotOneAnswer(right)) if right == [1, 2]));
}

#[test]
fn a_solution_that_does_not_solve_is_found_out() {
    let from = r#"{"call": "PostQueuedCompletionStatus", "port": "P", "key": 8}"#;
    let text = changed("01-what-a-port-is", from, r#"{"work": 1}"#);
    let lesson = Lesson::parse("planted", &text).expect("well-formed");
    let checked = check(&lesson, &lesson.exercise.solution).expect("it can be judged");
    assert!(!checked.solved());
    let unmet: Vec<String> = (checked.judgement.claims.iter().filter(|judged| !judged.holds))
        .map(|judged| judged.claim.to_string())
        .collect();
    assert_eq!(unmet, ["at every end records(worker) == 2"]);
    assert!(checked.judgement.claims[0].example.is_some(), "a run shows it");
}

#[test]
fn a_change_where_none_is_allowed_is_refused() {
    let lesson = find("01-what-a-port-is").expect("a lesson");
    let text = lesson.start().replace("\"concurrency\": 2", "\"concurrency\": 3");
    let attempt = lesson.attempt("mine", &text).expect("well-formed");
    let checked = check(&lesson, &attempt).expect("it can be judged");
    let wanted = ["ports.P has changed; this exercise is about threads.main only"];
    assert_eq!(checked.objections, wanted);
    let lesson = find("03-last-in-first-out").expect("a lesson");
    let attempt = lesson.attempt("mine", r#"{"version": 1, "profile": "xp"}"#).expect("settings");
    let checked = check(&lesson, &attempt).expect("it can be judged");
    assert_eq!(checked.objections, ["`profile` is given; this exercise is about deviate only"]);
}

#[test]
fn an_order_is_judged_over_all_that_can_follow_and_a_schedule_over_one_run() {
    use iocp_scenarios::run::{Simulation, simulate};
    use iocp_scheduler::policy::RandomWalk;
    let lesson = find("18-be-the-scheduler").expect("a lesson");
    let solved = |text: &str| {
        let attempt = lesson.attempt("mine", text).expect("well-formed");
        check(&lesson, &attempt).map(|checked| checked.solved())
    };
    let with = |order: &str| format!("{{\"version\": 1, \"order\": [{order}]}}");
    let whole = r#""main", "worker-0", "worker-0", "main", "main""#;
    assert!(solved(&with(whole)).expect("judged"));
    // Not far enough: the flag may still be set late.
    assert!(!solved(&with(r#""main", "worker-0", "worker-0", "main""#)).expect("judged"));
    // An order that cannot be.
    assert!(!solved(&with(r#""worker-0", "worker-0", "worker-0""#)).expect("judged"));
    let stage = &lesson.exercise.stage;
    let program = stage.scenario().expect("a scenario").compile(&stage.settings).expect("it");
    let mut seen = BTreeSet::new();
    for seed in 0..60 {
        let run = simulate(&program, &mut RandomWalk::new(seed), Simulation::default());
        let done = run.end.outcome.starts_with("sum(worker.callbacks) = 1,");
        assert_eq!(solved(&run.schedule.to_string()).expect("judged"), done, "seed {seed}");
        seen.insert(done);
        let cut = run.schedule.choices()[..3].to_vec();
        let cut = iocp_scheduler::Schedule::new(0, cut).to_string();
        assert!(matches!(solved(&cut), Err(Undecided::NotOver)));
    }
    assert_eq!(seen.len(), 2, "both ways are seen");
    assert!(lesson.attempt("mine", "iocp1:nonsense").is_err());
}

/// The last lesson, about its trace instead of the scenario that makes the same calls.
fn of_trace() -> Lesson {
    let name = "19-judge-wine-yourself";
    let text = entries().iter().find(|entry| entry.name == name).expect("it").text;
    let (prose, _) = text.split_once("  \"scenario\": {").expect("a scenario");
    let data = r#"  "choices": [
    {"verdict": "conforms"},
    {"verdict": "diverges", "rule": "release-lifo"},
    {"verdict": "inconclusive"}
  ],
  "exercise": {
    "task": "settings",
    "may_change": ["deviate"],
    "goal": {"verdict": "conforms"},
    "solution": {"deviate": ["wake-order=fifo"]}
  }
}
```
"#;
    let lesson = Lesson::parse(name, &format!("{prose}{data}"));
    lesson.unwrap_or_else(|problems| panic!("{}", problems.render(Style::Drawn)))
}

#[test]
fn the_judge_of_traces_says_of_the_last_lesson_what_every_interleaving_says() {
    let (trace, scenario) = (of_trace(), find("19-judge-wine-yourself").expect("a lesson"));
    let right = |lesson: &Lesson| answer(lesson).expect("one answer").right;
    assert_eq!((right(&trace), right(&scenario)), (1, 1));
    let mut seen = BTreeSet::new();
    for deviation in Deviation::ALL {
        let text = format!("{{\"version\": 1, \"deviate\": [\"{deviation}\"]}}");
        let solved = |lesson: &Lesson| {
            let attempt = lesson.attempt("mine", &text).expect("well-formed");
            check(lesson, &attempt).expect("it can be judged").solved()
        };
        assert_eq!(solved(&trace), solved(&scenario), "{deviation}");
        seen.insert(solved(&trace));
    }
    assert_eq!(seen.len(), 2, "some deviations allow it, some do not");
}

/// What is wrong with a text, a line each.
fn problems(text: &str) -> String {
    match Lesson::parse("planted.md", text) {
        Ok(_) => String::new(),
        Err(problems) => problems.render(Style::Plain),
    }
}

#[test]
fn what_is_wrong_with_a_lesson_is_said_with_its_place() {
    let name = "01-what-a-port-is";
    let cases = [
        ("## Answer", "## Anwser", "a lesson has no section `Anwser`"),
        ("## Hint", "## Solved", "the section `Solved` is not in its place"),
        ("# What a port is", "What a port is", "a lesson begins with its title"),
        ("3. It stays", "It stays", "2 answers are listed"),
        ("\"remove-parks\"", "\"remove-park\"", "did you mean `remove-parks`?"),
        ("waiters(P) == 1", "waiters(Q) == 1", "Q"),
        ("\"finally\": [\"recorded", "\"finaly\": [\"recorded", "did you mean `finally`?"),
        ("\"goal\": {\"finally\"", "\"goal\": {\"verdict\"", "verdict"),
        ("```json", "```yaml", "the lesson has no data"),
        ("\"task\": \"edit\"", "\"task\": \"write\"", "`task` cannot be `write`"),
    ];
    for (from, to, said) in cases {
        let text = changed(name, from, to);
        let problems = problems(&text);
        assert!(problems.contains(said), "{to}: {problems}");
        assert!(problems.starts_with("planted.md, line "), "{problems}");
    }
    let text = changed(name, "\"remove-parks\"", "\"remove-park\"");
    let line = 1 + text.lines().position(|line| line.contains("remove-park\"")).expect("the line");
    assert!(problems(&text).starts_with(&format!("planted.md, line {line}, column 13:")));
}

#[test]
fn no_text_makes_the_reader_panic() {
    use proptest::test_runner::{Config, TestRunner};
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, proptest_rng());
    let place = (0..entries().len(), 0.0..1.0f64, 0.0..1.0f64, ".{0,12}");
    let ran = runner.run(&place, |(lesson, at, length, insert)| {
        let text = entries()[lesson].text;
        let boundary = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let from = boundary((at * text.len() as f64) as usize);
        let to = boundary((from as f64 + length * 40.0) as usize).min(text.len()).max(from);
        let broken = format!("{}{insert}{}", &text[..from], &text[boundary(to)..]);
        if let Err(problems) = Lesson::parse("broken", &broken) {
            problems.render(Style::Drawn);
        }
        Ok(())
    });
    ran.expect("no panic");
}

fn proptest_rng() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}
