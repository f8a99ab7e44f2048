//! The test vectors of semantics.md A14 and the transitions of A5, as scripts.

use crate::stage::{Do::*, Got::*, *};

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const D: usize = 3;

#[test]
fn v1_a_new_caller_waits_at_the_limit_although_packets_are_queued() {
    facts(&["V1"]);
    let steps = &[(Post(1), &[][..]), (Post(2), &[]), (Get(A), &[(A, Key(1))]), (Get(B), &[])];
    Script { max: 1, steps, end: (1, &[2], &[B]) }.play(Profile::Win11);
}

#[test]
fn v2_t6_a_thread_that_asks_another_port_frees_its_slot_here() {
    facts(&["V2"]);
    let steps = &[
        (Post(1), &[][..]),
        (Post(2), &[]),
        (Get(A), &[(A, Key(1))]),
        (Get(B), &[]),
        (PollOther(A), &[(A, Error(258)), (B, Key(2))]),
    ];
    let w = Script { max: 1, steps, end: (1, &[], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::LeavingPortReleases));
}

#[test]
fn v3_t5_t7_t8_a_thread_that_unblocks_exceeds_the_limit_until_the_threads_ask_again() {
    facts(&["V3"]);
    let steps = &[
        (Post(7), &[][..]),
        (Post(8), &[]),
        (Post(9), &[]),
        (Get(A), &[(A, Key(7))]),
        (Get(B), &[]),
        (Block(A), &[(B, Key(8))]),
        (Unblock(A), &[]),
    ];
    Script { max: 1, steps, end: (2, &[9], &[]) }.play(Profile::Win11);
    let steps = &[
        (Post(7), &[][..]),
        (Post(8), &[]),
        (Post(9), &[]),
        (Get(A), &[(A, Key(7))]),
        (Get(B), &[]),
        (Block(A), &[(B, Key(8))]),
        (Unblock(A), &[]),
        (Get(B), &[]),
        (Get(A), &[(A, Key(9))]),
    ];
    Script { max: 1, steps, end: (1, &[], &[B]) }.play(Profile::Win11);
}

#[test]
fn v4_a_thread_that_polls_holds_a_slot_for_as_long_as_it_runs() {
    facts(&["V4"]);
    let steps = &[
        (Poll(A), &[(A, Error(258))][..]),
        (Get(B), &[]),
        (Post(5), &[]),
        (Block(A), &[(B, Key(5))]),
    ];
    Script { max: 1, steps, end: (1, &[], &[]) }.play(Profile::Win11);
    let steps = &[
        (Poll(A), &[(A, Error(258))][..]),
        (Get(B), &[]),
        (Post(5), &[]),
        (Exit(A), &[(B, Key(5))]),
    ];
    Script { max: 1, steps, end: (1, &[], &[]) }.play(Profile::Win11);
    let steps = &[(Poll(A), &[(A, Error(258))][..]), (Get(B), &[]), (Post(5), &[])];
    Script { max: 1, steps, end: (1, &[5], &[B]) }.play(Profile::Win11);
}

#[test]
fn v5_t11_a_timeout_alone_can_exceed_the_limit() {
    facts(&["V5"]);
    let steps = &[
        (Post(1), &[][..]),
        (Get(A), &[(A, Key(1))]),
        (GetIn(B), &[]),
        (Expire(B), &[(B, Error(258))]),
    ];
    let w = Script { max: 1, steps, end: (2, &[], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::TimeoutKeepsSlot));
}

/// The layout of Wine's scheduling test: main (C here) has taken a packet, A waits, then B.
#[test]
fn v6_who_gets_three_packets_posted_back_to_back_depends_on_the_limit() {
    facts(&["V6", "D03", "D04"]);
    let one = &[
        (Post(1), &[][..]),
        (Get(C), &[(C, Key(1))]),
        (Get(A), &[]),
        (Get(B), &[]),
        (PostBy(C, 3), &[(C, Done)]),
        (PostBy(C, 4), &[(C, Done)]),
        (PostBy(C, 5), &[(C, Done)]),
        (Get(C), &[(C, Key(3))]),
    ];
    Script { max: 1, steps: one, end: (1, &[4, 5], &[B, A]) }.play(Profile::Win11);
    let two = &[
        (Post(1), &[][..]),
        (Get(C), &[(C, Key(1))]),
        (Get(A), &[]),
        (Get(B), &[]),
        (PostBy(C, 3), &[(B, Key(3)), (C, Done)]),
        (PostBy(C, 4), &[(C, Done)]),
        (PostBy(C, 5), &[(C, Done)]),
        (Get(C), &[(C, Key(4))]),
        (Block(C), &[(A, Key(5))]),
    ];
    Script { max: 2, steps: two, end: (2, &[], &[]) }.play(Profile::Win11);
    let three = &[
        (Post(1), &[][..]),
        (Get(C), &[(C, Key(1))]),
        (Get(A), &[]),
        (Get(B), &[]),
        (PostBy(C, 3), &[(B, Key(3)), (C, Done)]),
        (PostBy(C, 4), &[(A, Key(4)), (C, Done)]),
        (PostBy(C, 5), &[(C, Done)]),
        (Get(C), &[(C, Key(5))]),
    ];
    Script { max: 3, steps: three, end: (3, &[], &[]) }.play(Profile::Win11);
    // Concurrency 0 stands for the processors, four of them here.
    Script { max: 0, steps: three, end: (3, &[], &[]) }.play(Profile::Win11);
}

#[test]
fn v7_v8_the_most_recent_waiter_is_released_again_and_again() {
    facts(&["V7", "V8"]);
    let steps = &[
        (Get(A), &[][..]),
        (Get(B), &[]),
        (Post(7), &[(B, Key(7))]),
        (Get(B), &[]),
        (Post(8), &[(B, Key(8))]),
    ];
    let w = Script { max: 2, steps, end: (1, &[], &[A]) }.play(Profile::Win11);
    assert!(w.saw(Rule::ReleaseLifo));
}

#[test]
fn v9_a_thread_woken_by_an_event_counts_beside_the_one_that_set_it() {
    facts(&["V9"]);
    let steps = &[
        (Post(1), &[][..]),
        (Get(A), &[(A, Key(1))]),
        (Get(B), &[]),
        (WaitEvent(A), &[]),
        (Post(2), &[(B, Key(2))]),
        (SetEvent(B), &[(A, Signaled), (B, Done)]),
        (Post(3), &[]),
        (Get(B), &[]),
    ];
    Script { max: 1, steps, end: (1, &[3], &[B]) }.play(Profile::Win11);
}

#[test]
fn v10_t9_the_slot_of_a_thread_that_exits_releases_a_waiter() {
    facts(&["V10"]);
    let steps = &[
        (Post(1), &[][..]),
        (Get(A), &[(A, Key(1))]),
        (Post(2), &[]),
        (Post(3), &[]),
        (Get(B), &[]),
        (Exit(A), &[(B, Key(2))]),
    ];
    let w = Script { max: 1, steps, end: (1, &[3], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::ExitReleasesSlot));
}

#[test]
fn v11_t13_closing_the_last_handle_abandons_every_waiter() {
    facts(&["V11"]);
    let steps = &[(Get(A), &[][..]), (Get(B), &[]), (Close, &[(A, Error(735)), (B, Error(735))])];
    Script { max: 1, steps, end: (0, &[], &[]) }.play(Profile::Win11);
}

#[test]
fn v12_three_packets_for_three_waiters_stop_three_threads_only_if_each_exits() {
    facts(&["V12"]);
    let room = &[
        (Get(A), &[][..]),
        (Get(B), &[]),
        (Get(C), &[]),
        (Post(1), &[(C, Key(1))]),
        (Post(2), &[(B, Key(2))]),
        (Post(3), &[(A, Key(3))]),
    ];
    Script { max: 3, steps: room, end: (3, &[], &[]) }.play(Profile::Win11);
    let looping = &[
        (Get(A), &[][..]),
        (Get(B), &[]),
        (Get(C), &[]),
        (Post(1), &[(C, Key(1))]),
        (Post(2), &[]),
        (Post(3), &[]),
        (Get(C), &[(C, Key(2))]),
        (Get(C), &[(C, Key(3))]),
        (Get(C), &[]),
    ];
    Script { max: 1, steps: looping, end: (0, &[], &[C, B, A]) }.play(Profile::Win11);
    let exiting = &[
        (Get(A), &[][..]),
        (Get(B), &[]),
        (Get(C), &[]),
        (Post(1), &[(C, Key(1))]),
        (Post(2), &[]),
        (Post(3), &[]),
        (Exit(C), &[(B, Key(2))]),
        (Exit(B), &[(A, Key(3))]),
        (Exit(A), &[]),
    ];
    Script { max: 1, steps: exiting, end: (0, &[], &[]) }.play(Profile::Win11);
}

#[test]
fn v13_a_packet_of_zeroes_is_no_timeout() {
    facts(&["V13"]);
    let mut w = World::new(Profile::Win11);
    let [main] = w.threads();
    let p = w.port(1);
    w.post(main, p, 0);
    let zeroes = Out::Packet { bytes: Some(0), key: Some(0), overlapped: Overlapped::NULL };
    let expected = Return { value: Value::Bool(true), last_error: None, out: zeroes };
    assert_eq!(w.remove(main, p), Some(expected));
}

#[test]
fn v14_a_worker_that_posts_to_its_own_port_at_the_limit_gets_its_own_packet_back() {
    facts(&["V14"]);
    let steps = &[
        (Post(1), &[][..]),
        (Get(A), &[(A, Key(1))]),
        (Get(B), &[]),
        (PostBy(A, 2), &[(A, Done)]),
        (Get(A), &[(A, Key(2))]),
    ];
    Script { max: 1, steps, end: (1, &[], &[B]) }.play(Profile::Win11);
    // With a slot to spare the waiter has it at once.
    let steps = &[
        (Post(1), &[][..]),
        (Get(A), &[(A, Key(1))]),
        (Get(B), &[]),
        (PostBy(A, 2), &[(A, Done), (B, Key(2))]),
    ];
    Script { max: 2, steps, end: (2, &[], &[]) }.play(Profile::Win11);
}

#[test]
fn v15_two_that_come_back_from_blocking_are_worked_off_by_two_that_ask() {
    facts(&["V15"]);
    let steps = &[
        (Get(A), &[][..]),
        (Get(B), &[]),
        (Get(C), &[]),
        (Get(D), &[]),
        (Post(0), &[(D, Key(0))]),
        (Post(1), &[(C, Key(1))]),
        (Post(2), &[]),
        (Post(3), &[]),
        (Post(4), &[]),
        (Post(5), &[]),
        (Block(D), &[(B, Key(2))]),
        (Block(C), &[(A, Key(3))]),
        (Unblock(C), &[]),
        (Unblock(D), &[]),
        (Get(A), &[]),
        (Get(B), &[]),
        (Get(C), &[(C, Key(4))]),
        (Get(D), &[(D, Key(5))]),
    ];
    Script { max: 2, steps, end: (2, &[], &[B, A]) }.play(Profile::Win11);
}

#[test]
fn t1_a_new_port_is_empty_and_counts_nobody() {
    let w = Script { max: 3, steps: &[], end: (0, &[], &[]) }.play(Profile::Win11);
    let (_, port) = w.kernel.ports().iter().next().expect("it was made");
    assert_eq!((port.concurrency, port.closed), (3, false));
}

#[test]
fn t3_t4_a_thread_counts_from_its_first_packet_and_not_while_it_waits() {
    let steps = &[(Get(A), &[][..])];
    Script { max: 1, steps, end: (0, &[], &[A]) }.play(Profile::Win11);
    let steps = &[(Get(A), &[][..]), (Post(1), &[(A, Key(1))])];
    let w = Script { max: 1, steps, end: (1, &[], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::RemoveAttaches) && w.saw(Rule::ReleaseCounts));
}

#[test]
fn t10_a_waiter_that_is_terminated_takes_no_packet_and_no_slot_with_it() {
    let steps = &[(Get(A), &[][..]), (Get(B), &[]), (Kill(B), &[]), (Post(1), &[(A, Key(1))])];
    let w = Script { max: 1, steps, end: (1, &[], &[]) }.play(Profile::Win11);
    assert!(w.saw(Rule::TerminatedWaiterLeaves));
    // Terminated while it runs: as an exit.
    let steps = &[
        (Post(1), &[][..]),
        (Get(A), &[(A, Key(1))]),
        (Get(B), &[]),
        (Post(2), &[]),
        (Kill(A), &[(B, Key(2))]),
    ];
    Script { max: 1, steps, end: (1, &[], &[]) }.play(Profile::Win11);
    // While it is blocked elsewhere: it held no slot.
    let steps = &[
        (Post(1), &[][..]),
        (Get(A), &[(A, Key(1))]),
        (WaitEvent(A), &[]),
        (Kill(A), &[]),
        (Get(B), &[]),
        (Post(2), &[(B, Key(2))]),
    ];
    Script { max: 1, steps, end: (1, &[], &[]) }.play(Profile::Win11);
    // While it is suspended, whatever it did before.
    let steps = &[
        (Post(1), &[][..]),
        (Get(A), &[(A, Key(1))]),
        (Suspend(A), &[]),
        (Kill(A), &[]),
        (Get(B), &[]),
        (Suspend(B), &[]),
        (Kill(B), &[]),
    ];
    Script { max: 1, steps, end: (0, &[], &[]) }.play(Profile::Win11);
}

#[test]
fn t11_a_timeout_takes_a_waiter_from_any_place_of_the_stack() {
    let steps = &[
        (GetIn(A), &[][..]),
        (GetIn(B), &[]),
        (GetIn(C), &[]),
        (Expire(B), &[(B, Error(258))]),
        (Expire(A), &[(A, Error(258))]),
    ];
    Script { max: 4, steps, end: (2, &[], &[C]) }.play(Profile::Win11);
}

#[test]
fn t12_a_packet_that_was_handed_over_dies_with_its_thread() {
    // The packet left the queue at the hand-off; the thread exits before it asks again.
    let steps = &[
        (Get(A), &[][..]),
        (Post(1), &[(A, Key(1))]),
        (Kill(A), &[]),
        (Poll(B), &[(B, Error(258))]),
    ];
    Script { max: 1, steps, end: (1, &[], &[]) }.play(Profile::Win11);
}
