//! Stepping by hand: through a pipe, and on a real terminal inside tmux.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::{code, err, iocp, out};

const LIFO: &str = "lifo-limit-over-release";

fn step(arguments: &[&str], input: &str) -> Output {
    let mut command = iocp(&["step"]);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    // A command that needs no more input may be gone by now.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    child.wait_with_output().expect("it ends")
}

#[test]
fn through_a_pipe_each_line_is_a_command_and_each_answer_sentences() {
    let output = step(&[LIFO], "\n\n\n\n\nw\nback\n?\nnonsense\n/lifo\nq\n");
    assert_eq!((code(&output), err(&output)), (0, String::new()));
    let said = out(&output);
    for sentence in [
        "Now at step 0 of 16.",
        "Port P: active 0 of 1; packets, head first: none; waiters, top first: B, then A.",
        "  P hands the packet key=1 to B (release-lifo).",
        "Rule release-lifo, documented:",
        "A cannot take a step: it waits for a packet of P, and P has no packet.",
        "That is no command; ? lists them.",
        "here, step 4:",
    ] {
        assert!(said.contains(sentence) || sentence.starts_with("here"), "{sentence}: {said}");
    }
    assert!(!said.contains('\u{1b}') && said.is_ascii(), "{said}");
}

#[test]
fn a_branch_is_taken_and_a_token_comes_back_to_it() {
    let said = out(&step(&[LIFO], "g 5\n1\ns\n"));
    let command = said.lines().find(|line| line.starts_with("iocp step ")).expect("a command");
    let arguments: Vec<&str> = command.split(' ').skip(2).collect();
    assert_eq!(arguments.last(), Some(&"6"));
    let again = out(&step(&arguments, ""));
    assert!(again.contains("Now at branch 2 of 2, step 6 of 6."), "{again}");
    let foreign = step(&["kq", "--replay", arguments[2], "--at", "6"], "");
    assert!(out(&foreign).contains("made for another scenario"), "{}", out(&foreign));
}

#[test]
fn a_prediction_is_asked_for_answered_and_explained() {
    let said = out(&step(&[LIFO], "g 4\np\n\n2\n\n"));
    assert!(said.contains("Who gets a packet in this step?"), "{said}");
    let (before, after) = said.split_once("Right: B.").expect("the answer");
    assert!(!before.contains("release-lifo"), "{before}");
    assert!(after.contains("Rule release-lifo"), "{after}");
    assert!(after.contains("Now at step 5 of 16."), "{after}");
}

#[test]
fn handles_and_lessons_are_said_in_sentences_and_an_editor_is_not_begun_in_a_pipe() {
    let said = out(&step(&["replacing-an-association"], "last\nh\nl\nl 99\ne\nq\n"));
    for sentence in [
        "Handles: 0xc in process0 names F.",
        "Objects: Q (port), 1 handle; kept by associated with F.",
        "Files: F tells Q with key 2.",
        "19. Judge Wine yourself",
        "the lessons are 1 to 19",
        "An editor needs a terminal; `iocp step FILE` takes a file of yours.",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
}

#[test]
fn a_line_leaves_steps_out_of_the_log_and_another_saves_the_branch() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.svg");
    let name = file.display();
    let said =
        out(&step(&[LIFO], &format!("o calls\nx {name}\nx {name}\nx! {name}\nx\nx a.gif\ns\n")));
    assert!(said.contains("step 2: ") && !said.contains("step 1: "), "{said}");
    for sentence in [
        &format!(
            "saved as {name}\n{name} is there already; x! {name} replaces it\nsaved as {name}"
        ),
        ".mmd            a Mermaid sequence diagram",
        "`a.gif` does not say what to draw; end its name with one of",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    let token = said.split(' ').find(|word| word.starts_with("iocp1:")).expect("a token");
    let same = folder.path().join("view.svg");
    let viewed = iocp(&["view", LIFO, "--replay", token, "-o"]).arg(&same).output();
    assert_eq!(code(&viewed.expect("it runs")), 0);
    let [saved, viewed] = [&file, &same].map(std::fs::read_to_string);
    assert!(saved.expect("a file") == viewed.expect("a file"), "as `iocp view` draws it");
}

#[test]
fn what_cannot_be_stepped_is_said() {
    for (arguments, said) in [
        (&["no-such-scenario"] as &[&str], "there is no scenario"),
        (&[LIFO, "--replay", "nonsense"], "not a replay token"),
        (&[LIFO, "--set", "x=1"], "no parameter `x`"),
    ] {
        let output = step(arguments, "");
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).contains(said), "{arguments:?}: {}", err(&output));
    }
}

/// A terminal of its own inside tmux, gone with the value.
struct Tmux {
    folder: tempfile::TempDir,
}

impl Tmux {
    /// Starts a shell in a window of this size; `None`, with the reason on standard error, where
    /// there is no tmux. In CI there has to be one.
    fn start(columns: u16, rows: u16) -> Option<Tmux> {
        if let Err(why) = Command::new("tmux").arg("-V").output() {
            assert!(std::env::var_os("CI").is_none(), "there is no tmux: {why}");
            eprintln!("skipped: there is no tmux: {why}");
            return None;
        }
        let tmux = Tmux { folder: tempfile::tempdir().expect("a folder") };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let folder = env!("CARGO_BIN_EXE_iocp").rsplit_once('/').expect("a folder").0;
        let shell = format!("exec env -u RUST_BACKTRACE PATH={folder}:$PATH PS1='$ ' sh");
        tmux.run(&["new-session", "-d", "-x", &columns, "-y", &rows, &shell]);
        tmux.until("$");
        Some(tmux)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(self.folder.path().join("socket"))
            .args(["-f", "/dev/null"])
            .args(arguments)
            .env_remove("TMUX")
            .env("TERM", "xterm-256color")
            .output()
            .expect("tmux starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn keys(&self, keys: &[&str]) {
        let mut arguments = vec!["send-keys"];
        arguments.extend(keys);
        self.run(&arguments);
    }

    fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// Waits until the screen shows a text.
    fn until(&self, text: &str) -> String {
        self.wait(&format!("no `{text}`"), |screen| screen.contains(text))
    }

    /// Waits until the screen does not show a text any more.
    fn until_gone(&self, text: &str) -> String {
        self.wait(&format!("still `{text}`"), |screen| !screen.contains(text))
    }

    fn wait(&self, otherwise: &str, shows: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if shows(&screen) {
                return screen;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{otherwise} in\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn on_a_terminal_keys_step_and_the_screen_is_put_back() {
    let Some(tmux) = Tmux::start(110, 34) else { return };
    tmux.keys(&["echo before", "Enter"]);
    tmux.keys(&[&format!("iocp step {LIFO}"), "Enter"]);
    tmux.until("step 0 of 16");
    tmux.keys(&["Right", "Right", "Right", "Right", "Right"]);
    let screen = tmux.until("step 5 of 16");
    assert!(screen.contains("P hands the packet key=1 to B"), "{screen}");
    assert!(screen.contains("waiters, top first:  [A]"), "{screen}");
    tmux.keys(&["1"]);
    tmux.until("branch 2 of 2, step 6 of 6");
    tmux.keys(&["b"]);
    tmux.until("branch 1 of 2, step 6 of 16");
    tmux.keys(&["S-Right"]);
    tmux.until("branch 1 of 2, step 7 of 16");
    tmux.keys(&["?"]);
    tmux.until("let that happen");
    tmux.keys(&["Escape"]);
    tmux.until_gone("let that happen");
    tmux.run(&["resize-window", "-x", "60", "-y", "20"]);
    tmux.until("Left Right step  1-9  ? keys  q stop");
    tmux.keys(&["q"]);
    let screen = tmux.until("before");
    assert!(!screen.contains("What if"), "{screen}");
    tmux.keys(&["echo code $?", "Enter"]);
    tmux.until("code 0");
}

#[test]
fn the_branch_is_saved_from_the_screen_and_a_file_replaced_after_a_yes() {
    let Some(tmux) = Tmux::start(100, 30) else { return };
    let file = tmux.folder.path().join(format!("{LIFO}.svg"));
    tmux.keys(&[&format!("cd {}; iocp step {LIFO}", tmux.folder.path().display()), "Enter"]);
    tmux.until("step 0 of 16");
    tmux.keys(&["x"]);
    tmux.until("a Mermaid sequence diagram");
    tmux.keys(&["Enter"]);
    tmux.until(&format!("saved as {LIFO}.svg"));
    std::fs::write(&file, "mine").expect("a file");
    tmux.keys(&["x", "Enter"]);
    tmux.until("is there already; replace it, y or n:");
    tmux.keys(&["n", "Enter"]);
    tmux.until("stays as it is");
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), "mine");
    tmux.keys(&["x", "Enter"]);
    tmux.until("is there already; replace it, y or n:");
    tmux.keys(&["y", "Enter"]);
    tmux.until("saved as");
    assert!(std::fs::read_to_string(&file).expect("a file").contains("<svg"));
    tmux.keys(&["o"]);
    tmux.until("no steps with:");
    tmux.keys(&["calls", "Enter"]);
    tmux.until("Log: not `calls`");
    tmux.keys(&["q"]);
    tmux.until_gone("What if");
}

#[test]
fn control_c_puts_the_screen_back_and_is_130() {
    let Some(tmux) = Tmux::start(80, 24) else { return };
    tmux.keys(&[&format!("iocp step {LIFO}"), "Enter"]);
    tmux.until("step 0 of 16");
    tmux.keys(&["C-c"]);
    tmux.until_gone("What if");
    tmux.keys(&["echo code $?", "Enter"]);
    let screen = tmux.until("code 130");
    assert!(!screen.contains("What if"), "{screen}");
    // The terminal echoes again and breaks lines again.
    tmux.keys(&["stty -a | grep -o ' -\\?icanon\\| -\\?echo '", "Enter"]);
    let screen = tmux.until(" icanon");
    assert!(!screen.contains(" -icanon") && !screen.contains(" -echo "), "{screen}");
}

#[test]
fn a_panic_puts_the_screen_back_before_it_is_reported() {
    let Some(tmux) = Tmux::start(100, 24) else { return };
    tmux.keys(&["export IOCP_PLANTED_PANIC=1", "Enter"]);
    tmux.keys(&[&format!("iocp step {LIFO}; echo code $?"), "Enter"]);
    let screen = tmux.until("code 70");
    assert!(screen.contains("iocp has a fault of its own: a planted panic"), "{screen}");
    assert!(!screen.contains("What if"), "{screen}");
    tmux.keys(&["stty -a | grep -o ' -\\?icanon\\| -\\?echo '", "Enter"]);
    let screen = tmux.until(" icanon");
    assert!(!screen.contains(" -icanon") && !screen.contains(" -echo "), "{screen}");
}

#[test]
fn the_scenario_is_edited_and_a_lesson_opened_from_the_panels() {
    let Some(tmux) = Tmux::start(100, 40) else { return };
    let folder = tmux.folder.path().to_owned();
    let file = folder.join("mine.scenario.json");
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/library");
    let text = std::fs::read_dir(library)
        .expect("the library")
        .filter_map(|group| {
            std::fs::read_to_string(group.ok()?.path().join(format!("{LIFO}.scenario.json"))).ok()
        })
        .next()
        .expect("the scenario");
    std::fs::write(&file, &text).expect("a file");
    // An editor that spoils the text the first time and mends it the second.
    let editor = folder.join("editor");
    std::fs::write(
        &editor,
        "if grep -q titel $1; then sed -i 's/\"titel\": \".*\"/\"title\": \"Mended\"/' $1; \
         else sed -i 's/\"title\"/\"titel\"/' $1; fi\n",
    )
    .expect("a file");
    tmux.keys(&["unset VISUAL EDITOR", "Enter"]);
    tmux.keys(&[&format!("export XDG_STATE_HOME={}", folder.display()), "Enter"]);
    let path = file.display();
    tmux.keys(&[&format!("iocp step {path}"), "Enter"]);
    tmux.until("step 0 of 16");
    tmux.keys(&["e"]);
    tmux.until("set EDITOR");
    tmux.keys(&["q"]);
    tmux.keys(&[&format!("EDITOR='sh {}' iocp step {path}", editor.display()), "Enter"]);
    tmux.until("step 0 of 16");
    tmux.keys(&["e"]);
    let screen = tmux.until("no key `titel`");
    assert!(screen.contains("line 1, column 1"), "{screen}");
    tmux.keys(&["e"]);
    tmux.until("this is your text");
    assert!(tmux.screen().starts_with("Mended"), "{}", tmux.screen());
    tmux.keys(&["l"]);
    tmux.until("19. Judge Wine yourself");
    tmux.keys(&["1", "Enter"]);
    tmux.until("your answer, 1 to 3");
    tmux.keys(&["2", "Enter"]);
    tmux.until("n goes on");
    tmux.keys(&["q", "Enter"]);
    tmux.until("back at the scenario");
    tmux.keys(&["l"]);
    tmux.until("1. What a port is, answered");
    tmux.keys(&["Escape"]);
    tmux.until_gone("Judge Wine yourself");
    tmux.keys(&["q"]);
    tmux.until_gone("What if");
}

#[test]
fn a_lesson_is_a_dialogue_on_a_terminal() {
    let Some(tmux) = Tmux::start(100, 50) else { return };
    let file = tmux.folder.path().join("progress.json");
    tmux.keys(&[&format!("iocp learn --progress {}", file.display()), "Enter"]);
    tmux.until("your answer, 1 to 3");
    tmux.keys(&["2", "Enter"]);
    tmux.until("Right.");
    tmux.until("n goes on");
    tmux.keys(&["s", "Enter"]);
    tmux.until("Two workers and one packet");
    tmux.keys(&["End"]);
    tmux.until("It has ended: finished.");
    tmux.keys(&["q"]);
    tmux.until("n goes on");
    tmux.keys(&["q", "Enter"]);
    tmux.until("Your progress is in");
    assert!(std::fs::read_to_string(file).expect("it is saved").contains("\"right\": true"));
}
