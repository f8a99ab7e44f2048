//! The catalogue of seeded faults: each is caught, and the page says by which means and after how
//! many cases. The tables are written by the tests that catch them.

use iocp_oracle::threaded::Seeded;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/FAULTS.md");

/// The means, what they are, and what they have caught.
const MEANS: [(&str, &str); 3] = [
    ("lockstep", include_str!("data/faults-lockstep.txt")),
    ("files", include_str!("data/faults-files.txt")),
    ("loom", include_str!("data/faults-loom.txt")),
];

/// What a line of a table says behind the name of its fault, in a sentence.
fn told(means: &str, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match (means, words.as_slice()) {
        ("lockstep", ["suite", suite, "random", random]) => {
            let case = |what: &str, number: &str| match number {
                "-" => None,
                number => Some(format!("{what} {number}")),
            };
            let ways = [
                case("lockstep, program", suite).map(|text| format!("{text} of the suite")),
                case("random program", random),
            ];
            ways.into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
        ("files", rest) => format!("lockstep with files, {}", rest.join(" ")),
        (_, rest) => format!("loom, {}", rest.join(" ")),
    }
}

fn page() -> String {
    let mut page = "# Seeded faults\n\n\
        The threaded port can be told to have one of these faults (`iocp conform --driver \
        threaded=NAME`), so that whoever looks for faults can be tested. Each is caught; the last \
        column says by which means, and after how many cases: programs of the suite and random \
        programs in lockstep with the model, random programs over files, interleavings under \
        loom.\n\n\
        This page is written by `IOCP_BLESS=1 cargo test -p iocp-oracle --test fault_catalogue` \
        from the tables of the tests that catch the faults, and compared by the same command \
        without the variable.\n\n\
        | fault | what goes wrong | caught by |\n|---|---|---|\n"
        .to_owned();
    for fault in Seeded::ALL {
        let caught: Vec<String> = MEANS
            .iter()
            .flat_map(|(means, table)| table.lines().map(move |line| (*means, line)))
            .filter_map(|(means, line)| {
                let (name, rest) = line.split_once(' ')?;
                (name == fault.name()).then(|| told(means, rest))
            })
            .collect();
        assert!(!caught.is_empty(), "no table says who catches {}", fault.name());
        let (name, sentence) = (fault.name(), fault.sentence());
        page.push_str(&format!("| `{name}` | {sentence} | {} |\n", caught.join("; ")));
    }
    page
}

#[test]
fn every_fault_is_in_the_catalogue_with_the_means_that_catches_it() {
    assert!(Seeded::ALL.len() >= 25);
    let page = page();
    println!("{page}");
    if std::env::var_os("IOCP_BLESS").is_some() {
        std::fs::write(PAGE, &page).expect("the page can be written");
    }
    let committed = std::fs::read_to_string(PAGE).expect("the page is part of the crate");
    assert_eq!(page, committed);
}
