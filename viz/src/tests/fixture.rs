//! A small story for the tests of the renderers.

use crate::story::*;

fn span(doing: Doing, from: u64, to: u64, label: &str) -> Span {
    Span { doing, from, to, label: label.to_owned() }
}

fn note(text: &str, rule: &str, weight: Weight) -> Note {
    Note { text: text.to_owned(), rule: Some(rule.to_owned()), weight }
}

fn port(active: u32, packets: &[&str], waiters: &[&str]) -> Vec<PortPicture> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    vec![PortPicture {
        name: "port".to_owned(),
        active,
        concurrency: Some(1),
        packets: owned(packets),
        waiters: owned(waiters),
        closed: false,
    }]
}

/// Two threads wait; the last to come gets the packet, and blocks; the other gets the next.
pub(crate) fn hand_off() -> Story {
    let step = |at, lane, action: &str, notes, ports| Step {
        at,
        lane: Some(lane),
        action: action.to_owned(),
        notes,
        ports,
    };
    Story {
        title: "Hand-off".to_owned(),
        notice: vec!["The thread that waited last is released first.".to_owned()],
        semantics: "win11".to_owned(),
        clock: Clock::Steps,
        lanes: vec![
            Lane {
                name: "A".to_owned(),
                spans: vec![span(Doing::Waiting, 0, 4, ""), span(Doing::Running, 4, 6, "")],
            },
            Lane {
                name: "B".to_owned(),
                spans: vec![
                    span(Doing::Waiting, 0, 1, ""),
                    span(Doing::Running, 1, 3, "key 7"),
                    span(Doing::Blocked, 3, 4, ""),
                ],
            },
            Lane { name: "producer".to_owned(), spans: vec![span(Doing::Running, 0, 4, "")] },
        ],
        steps: vec![
            step(
                1,
                2,
                "posts key 7 to port",
                vec![
                    note(
                        "key 7 goes straight to B, the last to wait",
                        "release-lifo",
                        Weight::Main,
                    ),
                    note("the active count goes from 0 to 1", "hand-off", Weight::Detail),
                ],
                port(1, &[], &["A"]),
            ),
            step(
                2,
                2,
                "posts key 8 to port",
                vec![note("key 8 is queued: 1 of 1 active", "concurrency-limit", Weight::Main)],
                port(1, &["key 8"], &["A"]),
            ),
            step(
                3,
                1,
                "blocks on something else",
                vec![note("key 8 goes to A", "block-releases-slot", Weight::Main)],
                port(1, &[], &[]),
            ),
            Step {
                at: 7,
                lane: None,
                action: "nothing more can happen".to_owned(),
                notes: vec![note("B <never> comes back & \"waits\"", "no-rule", Weight::Wrong)],
                ports: Vec::new(),
            },
        ],
        arrows: vec![Arrow {
            from_lane: Some(2),
            from: 1,
            to_lane: 1,
            to: 1,
            label: "key 7".into(),
        }],
        rules: vec![RuleCard {
            id: "release-lifo".to_owned(),
            sentence: "The waiter that began to wait last is released first.".to_owned(),
            source: "I/O Completion Ports, Threads and Concurrency".to_owned(),
            grade: "documented".to_owned(),
        }],
        endings: vec![
            Ending { text: "no packet is lost".to_owned(), tone: Tone::Good },
            Ending { text: "deadlock".to_owned(), tone: Tone::Wrong },
        ],
    }
}
