//! The report as one page: no script, nothing loaded from anywhere, every text escaped.

use super::{Case, Outcome, Report, Suite, Table};
use iocp_viz::escape::xml as escape;
use std::fmt::Write as _;

const STRING: &str = "a string takes all";
const STYLE: &str = include_str!("html.css");

/// The page: what came out, the tables that the command adds, and every case.
pub(super) fn html(report: &Report, tables: &[Table]) -> String {
    let mut out = String::new();
    let title = format!("iocp {}: {}", report.command, verdict(report));
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>iocp {}</h1>\n<p>{}, under <b>{}</b></p>\n</header>\n",
        escape(report.command),
        escape(&names(report)),
        escape(&report.semantics),
        title = escape(&title),
    )
    .expect(STRING);
    counts(&mut out, report);
    for table in tables {
        draw(&mut out, table);
    }
    for suite in &report.suites {
        cases(&mut out, suite);
    }
    let version = env!("CARGO_PKG_VERSION");
    write!(out, "<footer>iocp {version}</footer>\n</body>\n</html>\n").expect(STRING);
    out
}

fn verdict(report: &Report) -> String {
    let [_, failed, unsure] = tally(report);
    match (failed, unsure) {
        (0, 0) if report.cases().next().is_none() => "nothing was checked".to_owned(),
        (0, 0) => "all of it holds".to_owned(),
        (0, unsure) => format!("{unsure} inconclusive"),
        (failed, _) => format!("{failed} failed"),
    }
}

fn names(report: &Report) -> String {
    match report.suites.as_slice() {
        [suite] => suite.name.clone(),
        suites => format!("{} suites", suites.len()),
    }
}

fn tally(report: &Report) -> [usize; 3] {
    [Outcome::Passed, Outcome::Failed, Outcome::Inconclusive].map(|outcome| report.count(outcome))
}

fn counts(out: &mut String, report: &Report) {
    let words = [("good", "passed"), ("bad", "failed"), ("unsure", "inconclusive")];
    out.push_str("<ul class=\"counts\">\n");
    for ((class, word), count) in words.into_iter().zip(tally(report)) {
        let class = if count == 0 { "none" } else { class };
        writeln!(out, "<li class=\"{class}\"><b>{count}</b> {word}</li>").expect(STRING);
    }
    out.push_str("</ul>\n");
}

/// A table of a command's own. The first cell of a row is its head; a cell may have a class.
fn draw(out: &mut String, table: &Table) {
    let (title, about) = (escape(&table.title), escape(&table.about));
    write!(out, "<section>\n<h2>{title}</h2>\n<p>{about}</p>\n<div class=\"wide\"><table>\n<tr>")
        .expect(STRING);
    for head in &table.head {
        write!(out, "<th scope=\"col\">{}</th>", escape(head)).expect(STRING);
    }
    out.push_str("</tr>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            let text = escape(&cell.text);
            let text = match cell.mark {
                Some(mark) => format!("<span class=\"mark {}\">{text}</span>", mark.class()),
                None => text,
            };
            let under = match cell.under.as_str() {
                "" => String::new(),
                under => format!("<small>{}</small>", escape(under)),
            };
            match index {
                0 => write!(out, "<th scope=\"row\">{text}{under}</th>"),
                _ => write!(out, "<td>{text}{under}</td>"),
            }
            .expect(STRING);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n</section>\n");
}

/// The cases of a suite: what is wrong first and open, the rest closed.
fn cases(out: &mut String, suite: &Suite) {
    writeln!(out, "<section>\n<h2>{}</h2>", escape(&suite.name)).expect(STRING);
    for outcome in [Outcome::Failed, Outcome::Inconclusive, Outcome::Passed] {
        for one in suite.cases.iter().filter(|case| case.outcome == outcome) {
            case(out, suite, one);
        }
    }
    out.push_str("</section>\n");
}

fn case(out: &mut String, suite: &Suite, case: &Case) {
    let (class, word) = match case.outcome {
        Outcome::Passed => ("good", "passed"),
        Outcome::Failed => ("bad", "failed"),
        Outcome::Inconclusive => ("unsure", "inconclusive"),
    };
    let mark = format!("<span class=\"mark {class}\">{word}</span>");
    let head = format!("{mark} <b>{}</b> {}", escape(&case.name), escape(&case.message));
    if body_is_empty(case) {
        writeln!(out, "<p class=\"case\">{head}</p>").expect(STRING);
        return;
    }
    let open = if case.outcome == Outcome::Passed { "" } else { " open" };
    writeln!(out, "<details class=\"case\"{open}><summary>{head}</summary>").expect(STRING);
    if let (Some(file), Some(line)) = (&suite.file, case.line) {
        writeln!(out, "<p>{}:{line}</p>", escape(file)).expect(STRING);
    }
    if let Some(rule) = &case.rule {
        let (id, sentence) = (escape(&rule.id), escape(&rule.sentence));
        let source = escape(&rule.source);
        writeln!(out, "<p><b>{id}</b> {sentence} <small>{source}</small></p>").expect(STRING);
    }
    if !case.detail.is_empty() {
        writeln!(out, "<pre>{}</pre>", escape(&case.detail)).expect(STRING);
    }
    if !case.steps.is_empty() {
        out.push_str("<ol>\n");
        for step in &case.steps {
            let (thread, text) = (escape(&step.thread), escape(&step.text));
            writeln!(out, "<li><b>{thread}</b> {text}</li>").expect(STRING);
        }
        out.push_str("</ol>\n");
    }
    if let Some(replay) = &case.replay {
        writeln!(out, "<p>Again: <code>{}</code></p>", escape(replay)).expect(STRING);
    }
    for assumption in &case.assumptions {
        writeln!(out, "<p>Assumed: {}</p>", escape(assumption)).expect(STRING);
    }
    out.push_str("</details>\n");
}

fn body_is_empty(case: &Case) -> bool {
    let same = case.detail.is_empty() || case.detail == case.message;
    same && case.steps.is_empty() && case.rule.is_none() && case.replay.is_none()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{case, report};
    use super::super::{Cell, Mark, Table};
    use super::*;

    #[test]
    fn no_text_of_a_case_is_markup() {
        let evil = "</style><script>alert(1)</script>\" onload='x'\u{202e}\u{1b}[0m";
        let mut bad = case(evil, Outcome::Failed);
        bad.message = evil.to_owned();
        bad.detail = evil.to_owned();
        bad.replay = Some(evil.to_owned());
        bad.assumptions = vec![evil.to_owned()];
        let table = Table {
            title: evil.to_owned(),
            about: evil.to_owned(),
            head: vec![evil.to_owned()],
            rows: vec![vec![Cell::marked(Mark::Bad, evil)]],
        };
        let mut report = report(vec![bad]);
        report.semantics = evil.to_owned();
        report.suites[0].name = evil.to_owned();
        let page = html(&report, &[table]);
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(!page.contains("\u{202e}") && !page.contains('\u{1b}'));
        // Quotes end no attribute: every one that is left is ours.
        assert!(!page.contains("onload='"));
    }

    #[test]
    fn nothing_is_loaded_and_everything_is_there() {
        let page = html(&report(vec![case("a", Outcome::Failed), case("b", Outcome::Passed)]), &[]);
        for word in ["src=", "href=", "url(", "@import", "http:", "https:"] {
            assert!(!page.contains(word), "{word}");
        }
        for word in
            ["<b>1</b> failed", "<b>1</b> passed", "release-lifo", "traces/a,b:c.trace.jsonl:7"]
        {
            assert!(page.contains(word), "{word}: {page}");
        }
        assert!(page.contains("<details class=\"case\" open>"));
    }
}
