//! The short guide that `iocp` prints without arguments: what to try first.

use std::fmt::Write;

/// Examples under `-h`.
pub(crate) const EXAMPLES: &str = "\
Examples:
  iocp run lifo-limit-over-release       watch a port at work
  iocp explore kq --set workers=3        every interleaving
  iocp explain release-lifo              a rule, where it is written, who departs from it
  iocp conform --driver ./my-driver      does this implementation behave like Windows?";

/// A heading and its lines: an example command and what it does.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

const GROUPS: [Group; 5] = [
    (
        "Learn",
        &[
            ("iocp learn", "lessons: a question first, then the answer"),
            (
                "iocp step lifo-limit-over-release",
                "step by hand, forward and back, and another way",
            ),
        ],
    ),
    (
        "Scenarios",
        &[
            ("iocp run lifo-limit-over-release", "watch a port at work, each step with its rule"),
            ("iocp list", "the scenarios that come with it"),
            ("iocp explore kq", "every interleaving: how it can end, and what breaks"),
            ("iocp replay iocp1:TOKEN", "a run that run, explore or a report named"),
            ("iocp view kq -o kq.html", "draw it: .html, .svg, .mmd, .perfetto.json, .dot, .txt"),
            ("iocp serve", "step, branch and ask \"what if\" in a browser"),
            ("iocp diff win7 win11", "what changed between two Windows versions"),
        ],
    ),
    (
        "The rules",
        &[
            ("iocp explain release-lifo", "a rule: its sentence, source, grade, and departures"),
            ("iocp rules", "all of them"),
        ],
    ),
    (
        "Other implementations",
        &[
            ("iocp check a.trace.jsonl", "would Windows have allowed what this trace shows?"),
            ("iocp conform --driver threaded", "drive one through the conformance suite"),
            ("iocp fuzz --driver ./my-driver", "random programs, and the shortest that goes wrong"),
            ("iocp merge part-*.json", "the parts of a divided job as one"),
            ("iocp convert wine.log --from wine-server", "a log of another system as a trace"),
        ],
    ),
    (
        "For your tools",
        &[
            ("iocp schema scenario", "the JSON Schema of a file format"),
            ("iocp completions bash", "completions for bash, zsh, fish or powershell"),
            ("iocp man", "the manual page"),
        ],
    ),
];

/// The guide.
pub(crate) fn guide() -> String {
    let bold = anstyle::Style::new().bold();
    let mut text =
        format!("{bold}iocp{bold:#} - the Windows I/O completion port, one rule at a time\n");
    for (heading, lines) in GROUPS {
        write!(text, "\n{bold}{heading}{bold:#}\n").expect("a string takes all");
        for (example, what) in lines {
            writeln!(text, "  {example:<42} {what}").expect("a string takes all");
        }
    }
    text.push_str("\nMore: iocp COMMAND -h, and iocp --help for the exit codes.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, guide};
    use clap::CommandFactory;

    fn named() -> Vec<&'static str> {
        let lines = GROUPS.iter().flat_map(|(_, lines)| lines.iter());
        lines.map(|(example, _)| example.split(' ').nth(1).expect("iocp COMMAND")).collect()
    }

    #[test]
    fn the_guide_names_every_command_and_no_other() {
        let command = crate::arguments::Cli::command();
        let mut there: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        let mut named = named();
        there.sort_unstable();
        named.sort_unstable();
        named.dedup();
        assert_eq!(named, there);
    }

    #[test]
    fn the_guide_fits_a_small_terminal() {
        for line in anstream::adapter::strip_str(&guide()).to_string().lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}
