use super::*;
use crate::join::join_sockets;
use crate::openings::openings;
use crate::setting::ArmSetting;
use model::phase::Phase;
use model::trace::Columns;
use proptest::prelude::*;
use test_support::arbitrary::any_socket;
use test_support::sample::client_threads::{client_thread, client_threads, written_request};
use test_support::sample::plan_for;

fn ms(millis: u64) -> Span {
    Span::from_millis(millis)
}

fn segment(start: u64, end: u64, request: Option<usize>) -> Segment {
    Segment { start: ms(start), end: ms(end), label: Phase::Client.into(), request }
}

/// What the witness shows of a batch of four requests.
fn states(socket: &SocketWitness) -> ThreadStates<'_> {
    let plan = plan_for(&["/0", "/1", "/2", "/3"]);
    let setting = ArmSetting::new(&plan, &plan.arms[0]).expect("has a target");
    let openings = openings(socket);
    let mut joined = vec![Joined::default(); setting.paths.len()];
    join_sockets(&setting, &Columns::default(), socket, &openings, &mut joined);
    ThreadStates::new(Some(socket), &openings, &joined)
}

/// The states of a segment in milliseconds, without those of no length.
fn times(socket: &SocketWitness, segment: Segment) -> Vec<(ThreadState, u64)> {
    let times = states(socket).times(segment);
    let millis = times.map(|time| time.as_nanos() / 1_000_000);
    millis.into_iter().filter(|&(_, millis)| millis > 0).collect()
}

#[test]
fn spreads_a_threads_totals_over_the_time_outside_of_its_long_waits() {
    let mut thread = client_thread(0, 100, &[(ThreadWait::Network, 20, 60)]);
    // Of the 60 ms outside of the long wait it ran for half, waited for a core for a third, and
    // slept shortly for a tenth; the witness did not see the rest.
    thread.running = Some(ms(30));
    thread.runnable = Some(ms(20));
    thread.waited.add(ThreadWait::Sleep, ms(6));
    let socket = client_threads(vec![thread], vec![]);
    let expected = [
        (ThreadState::Running, 15),
        (ThreadState::WaitingForCore, 10),
        (ThreadState::Network, 40),
        (ThreadState::Sleep, 3),
        (ThreadState::Unseen, 2),
    ];
    assert_eq!(times(&socket, segment(10, 80, None)), expected);
}

#[test]
fn a_thread_runs_whenever_it_does_not_wait_where_the_system_does_not_tell() {
    let mut thread = client_thread(0, 100, &[(ThreadWait::Network, 20, 60)]);
    (thread.running, thread.runnable) = (None, None);
    let socket = client_threads(vec![thread], vec![]);
    let expected = [(ThreadState::Running, 30), (ThreadState::Network, 40)];
    assert_eq!(times(&socket, segment(10, 80, None)), expected);
}

#[test]
fn the_main_thread_matters_until_the_thread_of_the_request_exists() {
    let main = client_thread(0, 100, &[(ThreadWait::Sleep, 5, 10), (ThreadWait::Lock, 12, 100)]);
    let worker = client_thread(10, 90, &[(ThreadWait::InterpreterLock, 14, 20)]);
    let socket = client_threads(vec![main, worker], vec![written_request(0, 1, 20, 60)]);
    let expected =
        [(ThreadState::Running, 9), (ThreadState::Sleep, 5), (ThreadState::InterpreterLock, 6)];
    assert_eq!(times(&socket, segment(0, 20, Some(0))), expected);
}

#[test]
fn the_thread_for_which_the_main_thread_waits_matters_after_the_last_request() {
    let main = client_thread(0, 100, &[(ThreadWait::Lock, 12, 92)]);
    let early = client_thread(10, 100, &[(ThreadWait::Lock, 70, 100)]);
    let late = client_thread(10, 100, &[(ThreadWait::Sleep, 80, 90), (ThreadWait::Lock, 91, 100)]);
    let requests = vec![written_request(0, 1, 20, 60), written_request(1, 2, 20, 60)];
    let socket = client_threads(vec![main, early, late], requests);
    let expected = [(ThreadState::Running, 29), (ThreadState::Sleep, 10), (ThreadState::Lock, 1)];
    assert_eq!(times(&socket, segment(60, 100, None)), expected);
}

#[test]
fn the_process_that_sends_requests_matters_while_its_parent_waits_for_it() {
    let parent = client_thread(0, 100, &[(ThreadWait::Network, 2, 98)]);
    let mut child = client_thread(0, 100, &[(ThreadWait::Network, 20, 60)]);
    child.process = 1;
    let threads = || vec![parent.clone(), child.clone()];
    let socket = client_threads(threads(), vec![written_request(0, 1, 20, 60)]);
    assert_eq!(times(&socket, segment(60, 100, None)), [(ThreadState::Running, 40)]);
    // A process with requests of its own waits for its server.
    let socket = client_threads(threads(), vec![written_request(0, 0, 20, 60)]);
    let expected = [(ThreadState::Running, 2), (ThreadState::Network, 38)];
    assert_eq!(times(&socket, segment(60, 100, None)), expected);
}

#[test]
fn nothing_is_known_without_a_witness() {
    let states = ThreadStates::new(None, &[], &[]);
    assert!(!states.are_known());
    assert_eq!(states.times(segment(0, 7, Some(0)))[ThreadState::Unknown], ms(7));
}

#[test]
fn a_thread_with_several_requests_in_flight_is_an_event_loop() {
    let threads = || vec![client_thread(0, 100, &[]), client_thread(0, 100, &[])];
    let is_loop = |requests| {
        let socket = client_threads(threads(), requests);
        states(&socket).is_event_loop(0)
    };
    assert!(is_loop(vec![written_request(0, 0, 10, 30), written_request(1, 0, 20, 40)]));
    assert!(!is_loop(vec![written_request(0, 0, 10, 20), written_request(1, 0, 20, 40)]));
    assert!(!is_loop(vec![written_request(0, 0, 10, 30), written_request(1, 1, 20, 40)]));
    let mut given_up = vec![written_request(0, 0, 10, 30), written_request(0, 0, 20, 40)];
    (given_up[0].first_byte, given_up[0].last_byte) = (None, None);
    assert!(!is_loop(given_up));
}

proptest! {
    #[test]
    fn the_times_of_a_segment_sum_to_its_length(
        socket in any_socket(),
        start in 0u64..60_000_000,
        length in 0u64..60_000_000,
        request in prop::option::of(0usize..3),
    ) {
        let (start, end) = (Span::from_nanos(start), Span::from_nanos(start + length));
        let segment = Segment { start, end, label: Phase::Wait.into(), request };
        let times = states(&socket).times(segment);
        prop_assert_eq!(times.values().copied().sum::<Span>(), segment.length());
    }

    #[test]
    fn the_states_of_a_thread_sum_to_its_life(socket in any_socket()) {
        for (_, history) in states(&socket).histories() {
            let thread = history.thread();
            let times = history.times(thread.began, thread.ended);
            let life = thread.ended.saturating_sub(thread.began);
            prop_assert_eq!(times.values().copied().sum::<Span>(), life);
        }
    }
}
