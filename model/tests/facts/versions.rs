//! Which functions a Windows version has. What else changed between versions is in the tests of
//! the facts; that every rule is seen in its versions and in no other, in `rules.rs`.

use crate::stage::*;

#[test]
fn a_function_is_there_from_its_version_on() {
    let null = Handle::NULL;
    let (key, context, information, status) = (1, 1, 1, NtStatus::SUCCESS);
    let file = null;
    let table = [
        (Profile::Xp, Call::GetQueuedCompletionStatus { port: null, timeout: ZERO }),
        (Profile::Xp, Call::NtRemoveIoCompletion { port: null, timeout: ZERO }),
        (Profile::Xp, Call::CancelIo { file }),
        (Profile::Vista, remove_ex(null, 1, ZERO, false)),
        (Profile::Vista, gqcs_ex(null, 1, ZERO, false)),
        (Profile::Vista, Call::CancelIoEx { file, overlapped: Overlapped::NULL }),
        (Profile::Vista, Call::NtCancelIoFileEx { file, status_block: Overlapped::NULL }),
        (Profile::Vista, Call::CancelSynchronousIo { thread: null }),
        (Profile::Vista, Call::SetFileCompletionNotificationModes { file, flags: 1 }),
        (Profile::Win7, Call::NtAllocateReserveObject { for_packet: true }),
        (
            Profile::Win7,
            Call::NtSetIoCompletionEx {
                port: null,
                reserve: null,
                key,
                context,
                status,
                information,
            },
        ),
        (Profile::Win8, Call::NtCreateWaitCompletionPacket {}),
        (
            Profile::Win8,
            Call::NtAssociateWaitCompletionPacket {
                packet: null,
                port: null,
                target: null,
                key,
                context,
                status,
                information,
            },
        ),
        (
            Profile::Win8,
            Call::NtCancelWaitCompletionPacket { packet: null, remove_signaled: false },
        ),
        (
            Profile::Win8,
            Call::GetOverlappedResultEx {
                file,
                overlapped: overlapped(1),
                timeout: ZERO,
                alertable: false,
            },
        ),
    ];
    for (since, call) in table {
        for profile in Profile::ALL {
            let mut w = World::new(profile);
            let [main] = w.threads();
            let before = w.kernel.clone();
            let missing = matches!(w.try_call(main, call.clone()), Err(Refusal::NotExported(_)));
            assert_eq!(missing, profile < since, "{call:?} on {profile}");
            assert!(!missing || w.kernel == before, "a refusal changes nothing");
        }
    }
}

#[test]
fn names_of_profiles_and_presets_are_found_again() {
    for profile in Profile::ALL {
        assert_eq!(Semantics::from_name(profile.name()), Some(profile.into()));
        assert_eq!(profile.to_string(), profile.name());
    }
    assert_eq!(Semantics::from_name("wine-8.0"), Some(Semantics::wine_8_0()));
    assert_eq!(Semantics::from_name("win95"), None);
    assert_eq!(Profile::default(), Profile::Win11);
    for text in ["wake-order", "wake-order=", "wake-order=lifo", "=fifo", ""] {
        assert_eq!(Deviation::parse(text), None, "{text}");
    }
    let wine: Vec<_> = Semantics::wine_8_0().deviations().collect();
    assert!(wine.contains(&Deviation::WakeOrderFifo) && !wine.contains(&Deviation::PacketsLifo));
}

#[test]
fn the_ranges_of_versions_read_as_words() {
    let range = |since, until| Versions { since, until }.to_string();
    assert_eq!(range(Profile::Xp, None), "all versions");
    assert_eq!(range(Profile::Win8, None), "win8 and later");
    assert_eq!(range(Profile::Xp, Some(Profile::Win7)), "up to win7");
    assert_eq!(range(Profile::Vista, Some(Profile::Win7)), "vista to win7");
    assert_eq!(range(Profile::Vista, Some(Profile::Vista)), "vista only");
}
