//! Learning as a person, a pipe and a script meet it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use super::{code, err, iocp, out};

/// `iocp learn ...` in a folder of its own, with its progress there.
fn learn(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = iocp(&["learn"]);
    command.args(arguments).current_dir(folder).env("XDG_STATE_HOME", folder.join("state"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    // A command that needs no more input may be gone by now.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    child.wait_with_output().expect("it ends")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn progress(folder: &Path) -> serde_json::Value {
    let path = folder.join("state/iocp/progress.json");
    let progress = serde_json::from_slice(&fs::read(path).expect("the progress")).expect("JSON");
    let schema = out(&iocp(&["schema", "progress"]).output().expect("it starts"));
    let schema = serde_json::from_str(&schema).expect("JSON");
    jsonschema::validate(&schema, &progress).unwrap_or_else(|error| panic!("{error}"));
    progress
}

const FIRST: &str = "01-what-a-port-is";

/// A solution of the first exercise.
fn solve_first(folder: &Path) {
    let file = folder.join(format!("{FIRST}.scenario.json"));
    let text = fs::read_to_string(&file).expect("the file it begins with");
    let post = r#"{"call": "PostQueuedCompletionStatus", "port": "P", "key": 7}"#;
    assert!(text.contains(post), "{text}");
    fs::write(file, text.replace(post, &format!("{post}, {post}"))).expect("a file");
}

#[test]
fn a_lesson_asks_first_answers_then_and_goes_on_where_it_stopped() {
    let folder = folder();
    let first = learn(folder.path(), &[], "2\nw\n");
    let said = out(&first);
    let question = said.find("Question: What happens").expect("the question");
    let answer = said.find("A packet is not a signal").expect("the answer");
    assert!(question < answer && said[question..answer].contains("> 2"), "{said}");
    assert!(said.contains("Right.") && said.contains("Exercise: Change main"), "{said}");
    assert_eq!(code(&first), 0);
    assert_eq!(progress(folder.path())["lessons"][FIRST]["answered"], 2);

    solve_first(folder.path());
    let second = out(&learn(folder.path(), &[], "c\nn\nq\n"));
    assert!(second.contains("You have answered this"), "{second}");
    assert!(second.contains("Solved."), "{second}");
    assert!(second.contains("Packets and keys  (2 of 19)"), "{second}");
    assert_eq!(progress(folder.path())["lessons"][FIRST]["solved"], true);

    let third = out(&learn(folder.path(), &[], ""));
    assert!(third.starts_with("Packets and keys  (2 of 19)"), "{third}");
    assert!(out(&learn(folder.path(), &["list"], "")).contains("1 of 19 done"));
}

#[test]
fn a_wrong_answer_is_shown_a_run_and_only_the_first_counts() {
    let folder = folder();
    let output = learn(folder.path(), &["answer", "1", "1"], "");
    let said = out(&output);
    assert_eq!(code(&output), 1);
    assert!(said.contains("Not so.") && said.contains("This run shows"), "{said}");
    assert!(said.contains("hands the packet key=7 to worker"), "{said}");
    let again = learn(folder.path(), &["answer", "1", "2", "--json"], "");
    assert_eq!(code(&again), 0);
    let object: serde_json::Value = serde_json::from_str(&out(&again)).expect("JSON");
    assert_eq!((&object["answer"], &object["right"]), (&2.into(), &2.into()));
    assert_eq!(progress(folder.path())["lessons"][FIRST]["right"], false);
}

#[test]
fn an_exercise_is_checked_from_a_file_with_exit_codes() {
    let folder = folder();
    let file = format!("{FIRST}.scenario.json");
    let made = learn(folder.path(), &["exercise", "1", "-o", &file, "--hint"], "");
    assert_eq!(code(&made), 0, "{}", err(&made));
    let unsolved = learn(folder.path(), &["check", "1", &file], "");
    assert_eq!(code(&unsolved), 1);
    assert!(out(&unsolved).contains("no   at every end records(worker) == 2"));
    solve_first(folder.path());
    let refused = learn(folder.path(), &["exercise", "1", "-o", &file], "");
    assert_eq!(code(&refused), 2, "somebody's work is not overwritten");
    assert!(err(&refused).contains("is there already"));
    let solved = learn(folder.path(), &["check", FIRST, &file, "--json"], "");
    assert_eq!(code(&solved), 0);
    let object: serde_json::Value = serde_json::from_str(&out(&solved)).expect("JSON");
    assert_eq!(object["solved"], true);
    assert_eq!(object["goals"].as_array().expect("goals").len(), 2);
    assert_eq!(progress(folder.path())["lessons"][FIRST]["attempts"], 2);
}

#[test]
fn settings_can_be_handed_in_through_a_pipe() {
    let folder = folder();
    let wanted = r#"{"version": 1, "deviate": ["wake-order=fifo"]}"#;
    assert_eq!(code(&learn(folder.path(), &["check", "3", "-"], wanted)), 0);
    let wrong = r#"{"version": 1, "deviate": ["wake-odrer=fifo"]}"#;
    let output = learn(folder.path(), &["check", "3", "-"], wrong);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("did you mean `wake-order=fifo`?"), "{}", err(&output));
    let much = r#"{"version": 1, "profile": "wine-8.0"}"#;
    let output = learn(folder.path(), &["check", "19", "-"], much);
    assert_eq!(code(&output), 1, "a preset is no diagnosis: {}", out(&output));
    assert!(out(&output).contains("close=keeps-waiting is not needed"), "{}", out(&output));
}

#[test]
fn damaged_progress_is_said_and_kept_aside() {
    let folder = folder();
    let state = folder.path().join("state/iocp");
    fs::create_dir_all(&state).expect("a folder");
    for number in 1..=2 {
        fs::write(state.join("progress.json"), "{\"version\": 1, \"les").expect("a file");
        let output = learn(folder.path(), &["answer", "1", "2"], "");
        assert_eq!(code(&output), 0);
        let aside = format!("progress.json.damaged-{number}");
        assert!(err(&output).contains("is damaged; it is now"), "{}", err(&output));
        assert!(err(&output).contains(&aside), "{}", err(&output));
        let kept = fs::read_to_string(state.join(aside)).expect("it is kept");
        assert_eq!(kept, "{\"version\": 1, \"les");
        assert_eq!(progress(folder.path())["lessons"][FIRST]["right"], true);
    }
}

#[test]
fn progress_of_a_later_edition_is_left_alone() {
    let folder = folder();
    let file = folder.path().join("mine.json");
    let later = "{\"version\": 2, \"lessons\": {}}";
    fs::write(&file, later).expect("a file");
    let output = learn(folder.path(), &["--progress", "mine.json", "answer", "1", "2"], "");
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("a later version of iocp"), "{}", err(&output));
    assert_eq!(fs::read_to_string(&file).expect("it is there"), later);
}

#[test]
fn nowhere_to_save_is_no_reason_to_stop() {
    let folder = folder();
    fs::write(folder.path().join("file"), "").expect("a file");
    let output = learn(folder.path(), &["--progress", "file/p.json", "answer", "1", "2"], "");
    assert_eq!(code(&output), 2, "a path through a file cannot be read either");
    let mut command = iocp(&["learn", "answer", "1", "2"]);
    let output = command.current_dir(folder.path()).output().expect("it starts");
    assert_eq!(code(&output), 0);
    assert!(err(&output).contains("no place for your progress"), "{}", err(&output));
}

#[test]
fn plain_lessons_are_ascii_without_charts() {
    let folder = folder();
    for lesson in 1..=19 {
        let number = lesson.to_string();
        let output = learn(folder.path(), &["answer", &number, "1", "--plain"], "");
        let said = out(&output);
        assert!(said.is_ascii(), "lesson {lesson}: {said}");
        assert!(!said.contains('\u{1b}'), "lesson {lesson}");
        assert!(err(&output).is_empty(), "lesson {lesson}: {}", err(&output));
    }
}

#[test]
fn wrong_lessons_and_answers_are_answered_with_the_right_ones() {
    let folder = folder();
    for (arguments, said) in [
        (&["answer", "1", "4"] as &[&str], "the answers are 1 to 3, not 4"),
        (&["answer", "1", "0"], "the answers are 1 to 3, not 0"),
        (&["answer", "20", "1"], "there is no lesson `20`"),
        (&["show", "03-last-in-first-ou"], "did you mean `03-last-in-first-out`?"),
        (&["check", "1", "nothing.json"], "there is no file nothing.json"),
    ] {
        let output = learn(folder.path(), arguments, "");
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).contains(said), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn the_dialogue_answers_whatever_is_typed() {
    let folder = folder();
    let input = "?\nnonsense\n99\nh\nw\n\na\n2\n3\nh\nc nothing.json\n\u{0}\nq\n";
    let output = learn(folder.path(), &[], input);
    assert_eq!(code(&output), 0);
    let said = out(&output);
    for line in ["The answers are 1 to 3.", "That is for the exercise", "First a guess"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(err(&output).contains("there is no file nothing.json"), "{}", err(&output));
}
