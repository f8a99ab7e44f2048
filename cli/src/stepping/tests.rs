//! What is drawn, in files to look at, and what the keys do.

use std::collections::BTreeSet;

use iocp_scenarios::{Settings, library};
use iocp_viz::session::Session;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::app::App;
use super::draw::draw;
use super::errands;
use super::layer::{Errand, Layer, Purpose};
use super::screen::heard;
use super::theme::Theme;
use crate::exit::Exit;

fn app(name: &str) -> App {
    let scenario = library::find(name).expect("a library scenario");
    let session = Session::new(scenario, Settings::default(), 1000).expect("it compiles");
    App::new(session, name.to_owned())
}

/// Presses keys: letters as they are, words in angle brackets.
fn press(app: &mut App, keys: &str) {
    for key in keys.split(' ') {
        let (shift, key) = match key.strip_prefix("Shift+") {
            Some(key) => (KeyModifiers::SHIFT, key),
            None => (KeyModifiers::NONE, key),
        };
        let code = match key {
            "Right" => KeyCode::Right,
            "Left" => KeyCode::Left,
            "Home" => KeyCode::Home,
            "End" => KeyCode::End,
            "Enter" => KeyCode::Enter,
            "Esc" => KeyCode::Esc,
            "PgDn" => KeyCode::PageDown,
            "Backspace" => KeyCode::Backspace,
            "Space" => KeyCode::Char(' '),
            letter => KeyCode::Char(letter.chars().next().expect("a letter")),
        };
        heard(app, &Event::Key(KeyEvent::new(code, shift)));
    }
}

/// The screen as text.
fn screen(app: &mut App, columns: u16, rows: u16, theme: Theme) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a test terminal");
    terminal.draw(|frame| draw(frame, app, theme)).expect("it is drawn");
    let buffer = terminal.backend().buffer();
    let row = |y: u16| -> String {
        (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned()
    };
    (0..rows).map(row).collect::<Vec<_>>().join("\n")
}

fn check(name: &str, app: &mut App, columns: u16, rows: u16) {
    insta::assert_snapshot!(name, screen(app, columns, rows, Theme::Colours));
}

const LIFO: &str = "lifo-limit-over-release";
const TO_THE_POST: &str = "Right Right Right Right Right";

#[test]
fn the_panels_stand_in_columns_on_a_wide_screen() {
    let mut app = app(LIFO);
    check("wide_at_the_beginning", &mut app, 120, 36);
    press(&mut app, TO_THE_POST);
    check("wide_after_the_first_post", &mut app, 120, 36);
    press(&mut app, "End");
    check("wide_at_the_end", &mut app, 120, 36);
}

#[test]
fn the_panels_stand_in_one_column_on_an_ordinary_screen() {
    let mut app = app(LIFO);
    press(&mut app, TO_THE_POST);
    check("ordinary", &mut app, 80, 24);
    check("small", &mut app, 50, 14);
    check("tiny", &mut app, 36, 8);
    check("too_small", &mut app, 30, 6);
}

#[test]
fn the_windows_lie_over_the_panels() {
    let mut app = app(LIFO);
    press(&mut app, "?");
    check("help", &mut app, 90, 30);
    press(&mut app, &format!("Esc {TO_THE_POST} w"));
    check("why", &mut app, 80, 30);
    press(&mut app, "w Left p Right");
    check("question", &mut app, 80, 24);
    press(&mut app, "1");
    check("answer", &mut app, 80, 24);
}

#[test]
fn another_way_is_a_branch_and_both_stay() {
    let mut app = app(LIFO);
    press(&mut app, TO_THE_POST);
    let before = app.len();
    press(&mut app, "1");
    assert_eq!(app.session.branches.len(), 2, "{}", app.message);
    assert_eq!((app.branch, app.at), (1, 6));
    assert_eq!(app.session.branches[0].len(), before);
    check("a_branch", &mut app, 100, 30);
    press(&mut app, "r d");
    assert!(app.message.starts_with("step 6: here"), "{}", app.message);
    press(&mut app, "b");
    assert_eq!(app.branch, 0);
    press(&mut app, "Left 2");
    assert_eq!(app.session.branches.len(), 2, "the way that the branch goes anyway");
}

#[test]
fn every_step_forward_can_be_taken_back() {
    for name in library::names().step_by(9) {
        let mut app = app(name);
        let mut there = vec![];
        for _ in 0..app.len() {
            there.push(screen(&mut app, 100, 30, Theme::None));
            press(&mut app, "Right");
        }
        for before in there.iter().rev() {
            press(&mut app, "Left");
            assert_eq!(&screen(&mut app, 100, 30, Theme::None), before, "{name}");
        }
        assert_eq!(app.at, 0, "{name}");
    }
}

#[test]
fn micro_steps_stop_between_the_effects_and_meet_the_steps_again() {
    let mut app = app(LIFO);
    press(&mut app, TO_THE_POST);
    press(&mut app, "Left m Right");
    assert_eq!((app.at, app.part), (4, 1));
    check("a_micro_step", &mut app, 100, 30);
    let effects = app.session.branches[0].step(4).expect("a step").step.effects.len();
    for _ in 1..effects {
        press(&mut app, "Right");
    }
    assert_eq!((app.at, app.part), (5, 0));
    for _ in 0..effects {
        press(&mut app, "Left");
    }
    assert_eq!((app.at, app.part), (4, 0));
}

#[test]
fn while_predicting_nothing_to_come_is_shown() {
    let mut app = app(LIFO);
    press(&mut app, "p");
    let shown = screen(&mut app, 120, 36, Theme::None);
    assert!(shown.contains("no step yet"), "{shown}");
    press(&mut app, "p g 4 Enter p Right");
    assert!(matches!(app.layer, Layer::Asked { .. }));
    let shown = screen(&mut app, 120, 36, Theme::None);
    assert!(!shown.contains("release-lifo") && !shown.contains("hands the packet"), "{shown}");
    press(&mut app, "2");
    assert_eq!(app.score, (1, 1));
    assert!(screen(&mut app, 120, 36, Theme::None).contains("release-lifo"));
    press(&mut app, "Right");
    assert_eq!(app.at, 5);
}

#[test]
fn calls_are_jumped_between_and_a_number_goes_anywhere() {
    let mut app = app(LIFO);
    press(&mut app, "Shift+Right Shift+Right");
    assert_eq!(app.at, 3, "the second call of the run");
    press(&mut app, "Shift+Left");
    assert_eq!(app.at, 1);
    press(&mut app, "g 1 2 Enter");
    assert_eq!(app.at, 12);
    press(&mut app, "g x Enter");
    assert_eq!((app.at, app.message.as_str()), (12, "`x` is no step"));
    press(&mut app, "g 9 9 9 Enter");
    assert_eq!(app.at, app.len());
    press(&mut app, "Home");
    assert_eq!(app.at, 0);
}

#[test]
fn the_filter_is_typed_and_keeps_what_it_matches() {
    let mut app = app(LIFO);
    press(&mut app, "End / r e l e a s e - l i Enter");
    assert_eq!(app.filter, "release-li");
    let shown = screen(&mut app, 120, 36, Theme::None);
    assert!(shown.contains("Log: only `release-li`"), "{shown}");
    assert_eq!(shown.matches("calls PostQueued").count(), 1, "{shown}");
}

#[test]
fn what_is_left_out_of_the_log_is_typed_and_both_filters_count() {
    let mut app = app(LIFO);
    press(&mut app, "End o C A L L S Enter");
    assert_eq!(app.hide, "CALLS");
    check("log_without_calls", &mut app, 120, 36);
    press(&mut app, "/ r e l e a s e Enter");
    let shown = screen(&mut app, 120, 36, Theme::None);
    assert!(shown.contains("Log: only `release`, not `CALLS`"), "{shown}");
    press(&mut app, "/ z Enter");
    assert!(screen(&mut app, 120, 36, Theme::None).contains("no such step"));
    for _ in 0..5 {
        press(&mut app, "o Backspace Enter");
    }
    assert_eq!(app.hide, "", "the text is there to be changed");
}

/// Types a name in the place of the one that is offered.
fn name_it(app: &mut App, name: &str) {
    press(app, "x");
    for _ in 0..LIFO.len() + 4 {
        press(app, "Backspace");
    }
    for letter in name.chars() {
        heard(app, &Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)));
    }
}

#[test]
fn the_branch_is_saved_as_what_the_name_says_and_nothing_is_replaced_unasked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a name").to_owned();
    let read = |name: &str| std::fs::read_to_string(path(name)).expect("a file");
    let mut app = app(LIFO);
    press(&mut app, TO_THE_POST);
    press(&mut app, "1 x");
    check("save", &mut app, 80, 24);
    press(&mut app, "Esc");
    for (name, part) in [
        ("a.svg", "<svg"),
        ("a.mmd", "sequenceDiagram"),
        ("a.txt", "calls PostQueuedCompletionStatus"),
        ("a.perfetto.json", "traceEvents"),
        ("a.dot", "digraph"),
        ("a.html", "\"at\":6"),
    ] {
        name_it(&mut app, &path(name));
        press(&mut app, "Enter");
        assert_eq!(app.message, format!("saved as {}", path(name)));
        assert!(read(name).contains(part), "{name}");
    }
    let token = app.session.branches[1].schedule().to_string();
    assert!(read("a.html").contains(&token), "this branch, not the first");

    std::fs::write(path("a.txt"), "mine").expect("a file");
    let answers = ["Enter Enter", "Enter Esc", "Enter n Enter", "Enter y Enter"];
    for (keys, kept) in answers.into_iter().zip([true, true, true, false]) {
        name_it(&mut app, &path("a.txt"));
        press(&mut app, keys);
        assert_eq!(read("a.txt") == "mine", kept, "{keys}: {}", app.message);
    }
    name_it(&mut app, &path("a.gif"));
    press(&mut app, "Enter");
    assert!(app.message.contains("end its name with one of"), "{}", app.message);
    name_it(&mut app, &path("no-such-folder/a.txt"));
    press(&mut app, "Enter");
    assert!(app.message.starts_with("cannot write"), "{}", app.message);
}

#[test]
fn it_is_asked_before_a_file_is_replaced() {
    let mut app = app(LIFO);
    app.target = "lifo.svg".to_owned();
    app.layer = Layer::Typing { purpose: Purpose::Replace, text: String::new() };
    check("replace", &mut app, 80, 24);
    press(&mut app, "n Enter");
    assert_eq!(app.message, "lifo.svg stays as it is");
}

#[test]
fn a_link_comes_back_to_the_same_step() {
    let mut first = app(LIFO);
    press(&mut first, &format!("{TO_THE_POST} 1 s"));
    let message = first.message.clone();
    let words: Vec<&str> = message.split(' ').collect();
    let token = words[words.iter().position(|word| *word == "--replay").expect("a token") + 1];
    assert_eq!(words[words.len() - 1], "6");
    check("a_link", &mut first, 60, 20);
    let mut second = app(LIFO);
    let schedule = token.parse().expect("a schedule");
    let found = iocp_viz::session::restored(&mut second.session, &schedule, 6, None);
    let found = found.expect("there is room");
    assert_eq!(found.mismatches, Vec::<String>::new());
    let fingerprint =
        |app: &mut App, branch: usize| app.session.branches[branch].stepper(6).fingerprint();
    assert_eq!(fingerprint(&mut first, 1), fingerprint(&mut second, found.branch));
}

#[test]
fn handles_and_what_keeps_them_are_shown_at_every_step() {
    let mut app = app("replacing-an-association");
    check("handles_at_the_beginning", &mut app, 80, 24);
    press(&mut app, "End h");
    check("handles_at_the_end", &mut app, 80, 24);
    press(&mut app, "h");
    assert_eq!(app.layer, Layer::Panels);
}

#[test]
fn a_text_that_is_no_scenario_is_told_where_it_is_wrong_and_the_old_one_stays() {
    let mut app = app(LIFO);
    press(&mut app, "Right e");
    assert_eq!(app.errand.take(), Some(Errand::Edit));
    let text = app.session.scenario.source().to_owned();
    let path = std::path::Path::new("mine.scenario.json");
    errands::take(&mut app, path, &text.replacen("\"title\"", "\"titel\"", 1));
    check("problems_of_an_edited_text", &mut app, 80, 24);
    assert_eq!(app.at, 1, "nothing is lost");
    press(&mut app, "Esc");
    errands::take(&mut app, path, &text);
    assert_eq!(app.message, "nothing was changed");
    let posts = text.matches("PostQueuedCompletionStatus").count();
    let title = app.session.scenario.title().to_owned();
    errands::take(&mut app, path, &text.replacen(&title, "Mine", 1));
    assert_eq!((app.session.scenario.title(), app.at, posts > 0), ("Mine", 0, true));
    assert_eq!(app.arguments, "mine.scenario.json");
}

#[test]
fn the_lessons_are_listed_and_one_is_opened_by_its_number() {
    let mut app = app(LIFO);
    app.progress = Some("there is no such file".into());
    press(&mut app, "l");
    check("lessons", &mut app, 80, 24);
    press(&mut app, "1 9 Enter");
    assert_eq!(app.errand.take(), Some(Errand::Lesson(19)));
    for keys in ["l 9 9 Enter", "l 0 Enter", "l x Enter"] {
        press(&mut app, keys);
        assert_eq!((app.errand.take(), app.message.is_empty()), (None, false), "{keys}");
    }
    press(&mut app, "l Enter");
    assert_eq!((&app.layer, app.message.as_str()), (&Layer::Panels, ""));
}

#[test]
fn q_leaves_and_control_c_interrupts_wherever_one_is() {
    for keys in ["Right", "?", "w", "p Right Right Right Right Right", "g", "/ x"] {
        let mut app = app(LIFO);
        press(&mut app, keys);
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        heard(&mut app, &Event::Key(control_c));
        assert_eq!(app.exit, Some(Exit::Interrupted), "{keys}");
    }
    let mut app = app(LIFO);
    press(&mut app, "? q q");
    assert_eq!(app.exit, Some(Exit::Holds));
}

#[test]
fn without_colours_nothing_is_lost() {
    for keys in [TO_THE_POST, "End", "?"] {
        let mut one = app(LIFO);
        press(&mut one, keys);
        let plain = screen(&mut one, 100, 30, Theme::None);
        assert_eq!(plain, screen(&mut one, 100, 30, Theme::Colours));
        let mut terminal = Terminal::new(TestBackend::new(100, 30)).expect("a test terminal");
        terminal.draw(|frame| draw(frame, &mut one, Theme::None)).expect("it is drawn");
        let cells = terminal.backend().buffer().content.iter();
        let colours: BTreeSet<String> = cells.map(|cell| format!("{:?}", cell.fg)).collect();
        assert_eq!(colours.len(), 1, "{colours:?}");
    }
}

#[test]
fn every_size_and_every_scenario_can_be_drawn() {
    for name in library::names() {
        let mut app = app(name);
        press(&mut app, "Right Right End");
        for (columns, rows) in [(1, 1), (36, 8), (50, 100), (100, 20), (300, 9), (200, 60)] {
            screen(&mut app, columns, rows, Theme::Colours);
        }
    }
}

#[test]
fn the_screen_is_ascii_so_that_no_font_lacks_it() {
    let mut app = app(LIFO);
    press(&mut app, "End");
    // The lines around the panels are the one exception: every terminal has them.
    let lines = |c: char| ('\u{2500}'..='\u{257f}').contains(&c);
    let shown = screen(&mut app, 120, 36, Theme::Colours);
    let odd: Vec<char> = shown.chars().filter(|c| !c.is_ascii() && !lines(*c)).collect();
    assert_eq!(odd, Vec::<char>::new());
}
