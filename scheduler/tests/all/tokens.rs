//! Schedules and choices as text, and back.

use iocp_scheduler::{Choice, Schedule, ScheduleError};
use proptest::prelude::*;

fn schedules() -> impl Strategy<Value = Schedule> {
    let small = (0..40_u16, 0..5_u16);
    let choice = prop_oneof![9 => small, 1 => any::<(u16, u16)>()];
    let choices = choice.prop_map(|(actor, alternative)| Choice::new(actor, alternative));
    (any::<u64>(), prop::collection::vec(choices, 0..60))
        .prop_map(|(identity, choices)| Schedule::new(identity, choices))
}

proptest! {
    #[test]
    fn a_schedule_prints_and_parses_back(schedule in schedules()) {
        let token = schedule.to_string();
        prop_assert_eq!(token.parse::<Schedule>(), Ok(schedule));
    }

    #[test]
    fn a_changed_character_is_noticed(schedule in schedules(), at in any::<prop::sample::Index>()) {
        let token = schedule.to_string();
        let at = at.index(token.len());
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("tokens are ASCII");
        prop_assert!(changed.parse::<Schedule>().is_err());
    }

    #[test]
    fn a_lost_character_is_noticed(schedule in schedules(), at in any::<prop::sample::Index>()) {
        let mut token = schedule.to_string();
        let at = at.index(token.len());
        token.remove(at);
        prop_assert!(token.parse::<Schedule>().ok() != Some(schedule));
    }

    #[test]
    fn any_text_is_a_token_or_an_error(text in "(iocp1:)?[ -~é]{0,40}") {
        if let Ok(schedule) = text.parse::<Schedule>() {
            prop_assert_eq!(schedule.to_string(), text);
        }
    }

    #[test]
    fn a_choice_prints_and_parses_back(actor in any::<u16>(), alternative in any::<u16>()) {
        let choice = Choice::new(actor, alternative);
        prop_assert_eq!(choice.to_string().parse(), Ok(choice));
    }
}

#[test]
fn a_token_is_short_and_the_same_for_ever() {
    let steps = [(0, 0), (1, 0), (0, 1), (2, 0), (2, 7)];
    let choices = steps.map(|(actor, alternative)| Choice::new(actor, alternative)).to_vec();
    let schedule = Schedule::new(42, choices);
    assert_eq!(schedule.to_string(), "iocp1:VrUABAEICwd5Djs");
    assert!(schedule.was_made_for(42) && !schedule.was_made_for(43));
}

#[test]
fn garbage_is_refused_with_a_reason() {
    let error = |text: &str| text.parse::<Schedule>().expect_err("garbage");
    assert_eq!(error("0.2.1"), ScheduleError::Prefix);
    assert_eq!(error("iocp2:AAAA"), ScheduleError::Prefix);
    assert_eq!(error("iocp1:AA=A"), ScheduleError::Digit { at: 8 });
    assert_eq!(error("iocp1:"), ScheduleError::Short);
    assert_eq!(error("iocp1:A"), ScheduleError::Short);
    assert_eq!(error("iocp1:AAAAAAAA"), ScheduleError::Checksum);
    assert!(error("iocp1:AA=A").to_string().contains("character 9"));
    for text in ["", ".", "1.", ".1", "65536", "1.65536", "+1", "1.2.3"] {
        assert!(text.parse::<Choice>().is_err(), "{text}");
    }
}
