//! The client's own time, split by what its threads did.

use super::*;
use ThreadWait::{InterpreterLock, Lock, Network, Sleep, Timer};
use model::socket::{ClientThread, ThreadWait, Wait};
use test_support::sample::client_threads::{
    MillisWait, client_thread, client_threads, loading, written_request,
};

/// A request: the thread that wrote it, when, and when its response was read, in milliseconds.
type Written = (u32, u64, u64);

/// The charges of a batch of these requests on a server that is not ours, by a client of these threads.
fn charged(length: u64, threads: Vec<ClientThread>, requests: &[Written]) -> Vec<(Charge, u64)> {
    charges(&recording(length, threads, requests))
}

fn recording(length: u64, threads: Vec<ClientThread>, requests: &[Written]) -> Recording {
    let sent: Vec<u64> = requests.iter().map(|&(_, sent, _)| sent).collect();
    let read: Vec<u64> = requests.iter().map(|&(_, _, read)| read).collect();
    let columns = columns(&[
        (Milestone::Writing, &sent),
        (Milestone::Sent, &sent),
        (Milestone::FirstByte, &read),
        (Milestone::Done, &read),
    ]);
    let rows = (0..).zip(requests);
    let rows = rows.map(|(item, &(thread, sent, read))| written_request(item, thread, sent, read));
    let socket = client_threads(threads, rows.collect());
    let mut sample = batch(requests.len() as u32, length, columns, Witness::default());
    sample.last_trial().witness = None;
    sample.last_trial().socket = Some(Box::new(socket));
    sample.end(StopReason::Blocks)
}

#[test]
fn a_sleep_between_two_requests_is_charged_to_it() {
    let waits = [(Network, 1, 20), (Sleep, 22, 72), (Network, 75, 95)];
    let found = charged(100, vec![client_thread(0, 100, &waits)], &[(0, 1, 20), (0, 75, 95)]);
    let expected = [
        (Charge::Exchange, 19),
        (Charge::Turns, 20),
        (Charge::Start, 1),
        (Charge::Client, 10),
        (Charge::Sleep, 50),
    ];
    assert_eq!(found, expected);
}

#[test]
fn certificates_that_a_batch_loads_again_are_its_preparation() {
    let waits = [(Network, 20, 40), (Lock, 55, 60), (Network, 80, 100)];
    let requests = [(0, 20, 40), (0, 80, 100)];
    let loads = |loads: &[(u64, u64)]| {
        charged(100, vec![loading(client_thread(0, 100, &waits), loads)], &requests)
    };
    let exchanges = [(Charge::Exchange, 20), (Charge::Turns, 20)];
    let again = [(Charge::Preparation, 15 + 25), (Charge::Start, 5), (Charge::Client, 15)];
    assert_eq!(loads(&[(0, 15), (45, 70)]), [&exchanges[..], &again].concat());
    let once = [(Charge::Start, 20), (Charge::Client, 35), (Charge::Lock, 5)];
    assert_eq!(loads(&[(0, 15)]), [&exchanges[..], &once].concat());
}

#[test]
fn a_sleep_while_a_name_is_looked_up_belongs_to_the_lookup() {
    let columns = columns(&[
        (Milestone::Resolving, &[10]),
        (Milestone::Resolved, &[70]),
        (Milestone::Writing, &[70]),
        (Milestone::Sent, &[70]),
        (Milestone::FirstByte, &[90]),
        (Milestone::Done, &[90]),
    ]);
    let thread = client_thread(0, 90, &[(Sleep, 0, 70), (Network, 70, 90)]);
    let mut sample = batch(1, 90, columns, Witness::default());
    sample.last_trial().witness = None;
    let socket = client_threads(vec![thread], vec![written_request(0, 0, 70, 90)]);
    sample.last_trial().socket = Some(Box::new(socket));
    let found = charges(&sample.end(StopReason::Blocks));
    assert_eq!(found, [(Charge::Exchange, 20), (Charge::Lookup, 60), (Charge::Sleep, 10)]);
}

#[test]
fn a_timer_with_nothing_in_flight_is_a_sleep() {
    let waits = [(Network, 0, 20), (Timer, 20, 70), (Network, 70, 90)];
    let found = charged(90, vec![client_thread(0, 90, &waits)], &[(0, 0, 20), (0, 70, 90)]);
    assert_eq!(found, [(Charge::Exchange, 20), (Charge::Turns, 20), (Charge::Sleep, 50)]);
}

#[test]
fn starts_that_outpace_the_responses_are_held_back() {
    let waits: Vec<_> = (0..8).map(|turn| (Timer, 10 * turn, 10 * turn + 10)).collect();
    let threads = vec![client_thread(0, 105, &[&waits[..], &[(Network, 80, 105)]].concat())];
    let requests: Vec<Written> = (0..9).map(|turn| (0, 10 * turn, 10 * turn + 25)).collect();
    // Nine responses of 25 ms, of which the last was held back until 80 ms.
    let expected = [(Charge::Exchange, 25), (Charge::HeldBack, 80)];
    assert_eq!(charged(105, threads, &requests), expected);
}

#[test]
fn responses_at_the_moment_of_regular_starts_let_none_of_them_go() {
    let kind = |turn: u64| if turn < 3 { Timer } else { Network };
    let waits: Vec<_> = (0..8).map(|turn| (kind(turn), 10 * turn, 10 * turn + 10)).collect();
    let threads = vec![client_thread(0, 100, &[&waits[..], &[(Network, 80, 100)]].concat())];
    let requests: Vec<Written> = (0..9).map(|turn| (0, 10 * turn, 10 * turn + 20)).collect();
    let expected = [(Charge::Exchange, 20), (Charge::HeldBack, 80)];
    assert_eq!(charged(100, threads, &requests), expected);
}

#[test]
fn sleeps_that_end_together_hold_no_start_back() {
    let threads = (0..3).map(|_| client_thread(0, 90, &[(Sleep, 0, 60), (Network, 60, 90)]));
    let requests = [(0, 60, 90), (1, 60, 90), (2, 60, 90)];
    let found = charged(90, threads.collect(), &requests);
    assert_eq!(found, [(Charge::Exchange, 30), (Charge::Sleep, 60)]);
}

#[test]
fn a_look_at_what_is_there_is_no_wait_for_the_clock() {
    // Before each request the client asks whether its connection was closed, which takes no time.
    let mut thread =
        client_thread(0, 60, &[(Network, 0, 20), (Network, 20, 40), (Network, 40, 60)]);
    for at in [20, 40] {
        let (from, to) = (ms(at), ms(at) + Span::from_nanos(30_000));
        thread.waits.push(Wait { kind: Timer, from, to });
    }
    let requests = [(0, 0, 20), (0, 0, 15), (0, 21, 40), (0, 41, 60)];
    let found = charged(60, vec![thread], &requests);
    assert!(found.iter().all(|&(charge, _)| charge != Charge::HeldBack), "{found:?}");
}

#[test]
fn a_sleep_before_the_first_of_requests_in_turn_holds_none_back() {
    let waits = [(Sleep, 0, 60), (Network, 60, 80), (Network, 80, 100)];
    let found = charged(100, vec![client_thread(0, 100, &waits)], &[(0, 60, 80), (0, 80, 100)]);
    assert_eq!(found, [(Charge::Exchange, 20), (Charge::Turns, 20), (Charge::Sleep, 60)]);
}

#[test]
fn a_sleep_before_each_of_requests_in_turn_holds_none_back() {
    let waits = [(Sleep, 0, 30), (Network, 30, 50), (Sleep, 50, 80), (Network, 80, 100)];
    let found = charged(100, vec![client_thread(0, 100, &waits)], &[(0, 30, 50), (0, 80, 100)]);
    assert_eq!(found, [(Charge::Exchange, 20), (Charge::Turns, 20), (Charge::Sleep, 60)]);
}

#[test]
fn a_fixed_spacing_after_a_burst_is_held_back() {
    let waits = [
        (Network, 0, 20),
        (Timer, 20, 25),
        (Network, 25, 45),
        (Timer, 45, 50),
        (Network, 50, 70),
        (Timer, 70, 75),
        (Network, 75, 95),
    ];
    let requests = [(0, 0, 20), (0, 0, 20), (0, 25, 45), (0, 50, 70), (0, 75, 95)];
    let found = charged(95, vec![client_thread(0, 95, &waits)], &requests);
    assert_eq!(found, [(Charge::Exchange, 20), (Charge::HeldBack, 75)]);
}

#[test]
fn a_pause_after_each_response_counts_by_itself_only() {
    let turns = [0, 70, 140];
    let waits: Vec<_> =
        turns.iter().flat_map(|at| [(Network, *at, at + 20), (Timer, at + 20, at + 70)]).collect();
    let requests: Vec<Written> = turns.iter().flat_map(|&at| [(0, at, at + 20); 2]).collect();
    let found = charged(160, vec![client_thread(0, 160, &waits[..5])], &requests);
    assert_eq!(found, [(Charge::Exchange, 20), (Charge::Waves, 40), (Charge::Sleep, 100)]);
}

/// Three threads that each wait for a lock until the thread before has its response.
fn behind_a_lock() -> Vec<ClientThread> {
    vec![
        client_thread(0, 70, &[(Lock, 0, 70)]),
        client_thread(1, 70, &[(Network, 2, 22), (Lock, 22, 70)]),
        client_thread(1, 70, &[(Lock, 2, 22), (Network, 22, 42), (Lock, 42, 70)]),
        client_thread(1, 70, &[(Lock, 2, 42), (Network, 42, 62), (Lock, 62, 70)]),
    ]
}

#[test]
fn threads_that_wait_for_a_lock_in_turn_are_charged_to_the_lock() {
    let requests = [(1, 2, 22), (2, 22, 42), (3, 42, 62)];
    let found = charged(62, behind_a_lock(), &requests);
    assert_eq!(found, [(Charge::Exchange, 20), (Charge::Start, 2), (Charge::Lock, 40)]);
}

#[test]
fn a_worker_that_waits_for_work_does_not_wait_for_a_lock() {
    // Both workers made a request before; while one makes the next, the other has nothing to do.
    let threads = vec![
        client_thread(0, 80, &[(Network, 0, 80)]),
        client_thread(1, 80, &[(Network, 2, 20), (Lock, 20, 40), (Network, 40, 60)]),
        client_thread(20, 80, &[(Network, 20, 40), (Lock, 40, 60), (Network, 60, 80)]),
    ];
    let requests = [(1, 2, 20), (2, 20, 40), (1, 40, 60), (2, 60, 80)];
    let found = charged(80, threads, &requests);
    assert_eq!(found, [(Charge::Exchange, 18), (Charge::Turns, 60), (Charge::Start, 2)]);
}

#[test]
fn a_thread_whose_first_request_the_main_thread_hands_over_does_not_wait_for_a_lock() {
    // The second thread was started for the second request, which the first one took.
    let threads = vec![
        client_thread(0, 82, &[(Network, 2, 21), (Network, 22, 41), (Network, 42, 62)]),
        client_thread(1, 82, &[(Network, 2, 20), (Lock, 20, 22), (Network, 23, 40)]),
        client_thread(21, 82, &[(Lock, 22, 43), (Network, 43, 61)]),
    ];
    let found = charged(62, threads, &[(1, 2, 20), (1, 23, 40), (2, 43, 61)]);
    assert!(found.iter().all(|&(charge, _)| charge != Charge::Lock), "{found:?}");
    assert!(found.contains(&(Charge::Turns, 35)), "{found:?}");
}

#[test]
fn several_requests_at_a_time_behind_a_semaphore_are_waves() {
    let threads = vec![
        client_thread(0, 42, &[(Lock, 0, 42)]),
        client_thread(1, 42, &[(Network, 2, 22), (Lock, 22, 42)]),
        client_thread(1, 42, &[(Network, 2, 22), (Lock, 22, 42)]),
        client_thread(1, 42, &[(Lock, 2, 22), (Network, 22, 42)]),
    ];
    let found = charged(42, threads, &[(1, 2, 22), (2, 2, 22), (3, 22, 42)]);
    assert!(found.iter().all(|&(charge, _)| charge != Charge::Lock), "{found:?}");
}

#[test]
fn a_lock_that_has_nothing_to_do_with_responses_is_a_lock_while_several_are_in_flight() {
    let threads = vec![
        client_thread(0, 72, &[(Lock, 0, 72)]),
        client_thread(1, 72, &[(Network, 10, 52), (Lock, 52, 72)]),
        client_thread(1, 72, &[(Lock, 2, 10), (Network, 18, 58), (Lock, 58, 72)]),
        client_thread(1, 72, &[(Lock, 2, 18), (Network, 26, 66), (Lock, 66, 72)]),
    ];
    let found = charged(72, threads, &[(1, 10, 52), (2, 18, 58), (3, 26, 66)]);
    assert!(found.contains(&(Charge::Lock, 16)), "{found:?}");
}

#[test]
fn a_lock_before_a_request_is_charged_to_the_lock_although_nothing_is_in_flight() {
    let waits = [(Network, 1, 20), (Lock, 22, 222), (Network, 225, 245)];
    let found = charged(245, vec![client_thread(0, 245, &waits)], &[(0, 1, 20), (0, 225, 245)]);
    assert!(found.contains(&(Charge::Lock, 200)), "{found:?}");
}

#[test]
fn a_sleep_in_the_thread_of_an_event_loop_blocks_it_while_responses_lie_ready() {
    // The loop reads the first response at 20, sleeps until 220, and finds the second one there.
    let waits = [(Network, 1, 20), (Sleep, 20, 220)];
    let found = charged(221, vec![client_thread(0, 221, &waits)], &[(0, 1, 20), (0, 1, 220)]);
    let expected = [(Charge::Exchange, 19), (Charge::Start, 1), (Charge::Client, 1)];
    assert_eq!(found[..3], expected);
    assert_eq!(found[3..], [(Charge::LoopBlocked, 200)]);
}

/// A thread that ran for a tenth of its life outside of these waits, and did not wait for a core.
fn mostly_unseen(ended: u64, waits: &[MillisWait]) -> ClientThread {
    let thread = client_thread(0, ended, waits);
    let running = thread.running.map(|running| Span::from_nanos(running.as_nanos() / 10));
    ClientThread { running, ..thread }
}

#[test]
fn what_a_thread_neither_ran_nor_waited_for_in_sight_is_a_blocking_call() {
    let waits = [(Network, 0, 20), (Network, 70, 90)];
    let found = charged(90, vec![mostly_unseen(90, &waits)], &[(0, 0, 20), (0, 70, 90)]);
    assert!(found.contains(&(Charge::BlockingCall, 45)), "{found:?}");
    assert!(found.contains(&(Charge::Client, 5)), "{found:?}");
}

#[test]
fn a_call_that_waits_unseen_blocks_an_event_loop() {
    // The loop reads the first response at 20, and finds the second one there at 30.
    let thread = mostly_unseen(30, &[(Network, 0, 20)]);
    let found = charged(30, vec![thread], &[(0, 0, 20), (0, 0, 30)]);
    assert!(found.contains(&(Charge::LoopBlocked, 9)), "{found:?}");
}

#[test]
fn the_wait_for_the_interpreter_lock_and_the_work_beside_it_are_known() {
    let threads = vec![
        client_thread(0, 100, &[(Lock, 0, 100)]),
        client_thread(1, 100, &[(Network, 1, 20), (InterpreterLock, 60, 90), (Lock, 91, 100)]),
        client_thread(1, 100, &[(Network, 1, 20), (InterpreterLock, 20, 60)]),
    ];
    let recording = recording(100, threads, &[(1, 1, 20), (2, 1, 20)]);
    let expected = [
        (Charge::Exchange, 19),
        (Charge::Start, 1),
        (Charge::Client, 40),
        (Charge::InterpreterLock, 40),
    ];
    assert_eq!(charges(&recording), expected);
    let plan = recording.plan.as_ref().expect("has a plan");
    let evidence = Evidence::new(plan, &recording.trials);
    let account = evidence.arms[ArmIndex(0)].successes[0].account.expect("something was observed");
    let computing = account.computing().expect("threads were seen");
    assert_eq!((computing.ran, computing.alone), (ms(40), ms(30)));
}
