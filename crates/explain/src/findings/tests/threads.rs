//! Causes that show in what the client's threads did, on a server that is not ours.

use super::*;
use crate::threads::WaitingThreads;
use ThreadWait::{InterpreterLock, Lock, Network, Sleep, Timer};
use model::profile::SampleState::Inside;
use model::socket::{ClientThread, ThreadWait};
use model::trace::Columns;
use model::trial::Stage;
use test_support::sample::client_threads::{client_thread, client_threads, written_request};
use test_support::sample::profiles::{MillisSample, profile};

/// A request: the thread that wrote it, when, and when its response was read, in milliseconds.
type Written = (u32, u64, u64);

/// A batch that took this number of milliseconds, with its threads and requests.
#[derive(Clone, Debug)]
struct ThreadBatch {
    length: u64,
    threads: Vec<ClientThread>,
    requests: Vec<Written>,
}

fn batch(length: u64, threads: Vec<ClientThread>, requests: &[Written]) -> ThreadBatch {
    ThreadBatch { length, threads, requests: requests.to_vec() }
}

/// A batch of one thread that runs whenever it does not wait.
fn one_thread(length: u64, waits: &[(ThreadWait, u64, u64)], requests: &[Written]) -> ThreadBatch {
    batch(length, vec![client_thread(0, length, waits)], requests)
}

/// The findings of arms with these batches, the same in every block.
fn findings_of_threads(arms: &[(&str, ThreadBatch)]) -> Vec<Finding> {
    let labels: Vec<(&str, u32)> =
        arms.iter().map(|(label, batch)| (*label, batch.requests.len() as u32)).collect();
    let mut sample = Sample::new(&labels);
    for _ in 0..BLOCKS {
        sample.block(&[]);
        for (label, batch) in arms {
            add_batch(&mut sample, &format!("{label}@{}", batch.requests.len()), batch);
        }
    }
    findings(sample.without_witness())
}

fn add_batch(sample: &mut Sample, arm: &str, batch: &ThreadBatch) {
    sample.add_trial(arm, batch.length);
    let column = |at: fn(&Written) -> u64| {
        batch.requests.iter().map(|row| Some(Span::from_millis(at(row)))).collect::<Vec<_>>()
    };
    let (sent, read) = (column(|row| row.1), column(|row| row.2));
    sample.last_run().columns = Columns::default()
        .with(Milestone::Writing, sent.clone())
        .with(Milestone::Sent, sent)
        .with(Milestone::FirstByte, read.clone())
        .with(Milestone::Done, read);
    let rows = (0..).zip(&batch.requests);
    let rows = rows.map(|(item, &(thread, sent, read))| written_request(item, thread, sent, read));
    let socket = client_threads(batch.threads.clone(), rows.collect());
    sample.last_trial().socket = Some(Box::new(socket));
}

/// Two requests one after another, with a wait of 50 ms between them or without it.
fn in_turn(wait: Option<ThreadWait>) -> ThreadBatch {
    match wait {
        Some(wait) => one_thread(
            92,
            &[(Network, 1, 21), (wait, 21, 71), (Network, 72, 92)],
            &[(0, 1, 21), (0, 72, 92)],
        ),
        None => one_thread(42, &[(Network, 1, 21), (Network, 22, 42)], &[(0, 1, 21), (0, 22, 42)]),
    }
}

#[test]
fn a_sleep_between_requests_is_found_compared_and_alone_and_where_all_arms_sleep() {
    for wait in [Sleep, Timer] {
        let (slow, fast) = (("a/x", in_turn(Some(wait))), ("b/y", in_turn(None)));
        let compared = findings_of_threads(&[slow.clone(), fast.clone()]);
        assert_found(&compared, FindingCode::Sleeping, ["a/x@2", "b/y@2"], 50_000);
        let alone = findings_of_threads(std::slice::from_ref(&slow));
        assert_found(&alone, FindingCode::Sleeping, ["a/x@2", ""], 50_000);
        let alike = findings_of_threads(&[slow.clone(), ("b/y", slow.1)]);
        assert_found(&alike, FindingCode::Sleeping, ["a/x@2", ""], 50_000);
        assert_found(&alike, FindingCode::Sleeping, ["b/y@2", ""], 50_000);
        assert_not_found(&findings_of_threads(&[fast]), FindingCode::Sleeping);
    }
}

#[test]
fn a_lock_between_requests_is_found_with_the_threads_that_waited() {
    let found = findings_of_threads(&[("a/x", in_turn(Some(Lock))), ("b/y", in_turn(None))]);
    assert_found(&found, FindingCode::LockWait, ["a/x@2", "b/y@2"], 50_000);
    let waiting = WaitingThreads { threads: 1.0, seconds: 0.05 };
    let waited = FindingEvidence::Waited { wait: Lock, waiting };
    assert!(the(&found, FindingCode::LockWait, "a/x@2").evidence.contains(&waited), "{found:?}");
}

#[test]
fn starts_that_a_timer_spaces_are_found_with_their_spacing() {
    let waits: Vec<_> = (0..4).map(|turn| (Timer, 10 * turn, 10 * turn + 10)).collect();
    let waits = [&waits[..], &[(Network, 40, 65)]].concat();
    let spaced: Vec<Written> = (0..5).map(|turn| (0, 10 * turn, 10 * turn + 25)).collect();
    let paced = one_thread(65, &waits, &spaced);
    let at_once = one_thread(25, &[(Network, 0, 25)], &[(0, 0, 25); 5]);
    let found = findings_of_threads(&[("a/x", paced), ("b/y", at_once)]);
    assert_found(&found, FindingCode::StartsHeldBack, ["a/x@5", "b/y@5"], 40_000);
    let spacing = FindingEvidence::Spacing(0.01);
    let held_back = the(&found, FindingCode::StartsHeldBack, "a/x@5");
    assert!(held_back.evidence.contains(&spacing), "{found:?}");
    for other in [FindingCode::WorkerLimit, FindingCode::ColdStart, FindingCode::ServerCapacity] {
        assert_not_found(&found, other);
    }
}

#[test]
fn threads_that_sleep_in_turn_before_their_first_requests_gain_all_of_their_sleeps() {
    // Each sleeps for 10 ms while it has a lock.
    let worker = |turn: u64| {
        let (locked, asleep) = (10 * turn, 10 * turn + 10);
        let waits = [(Lock, 0, locked), (Sleep, locked, asleep), (Network, asleep, asleep + 20)];
        client_thread(1, asleep + 20, &waits[usize::from(turn == 0)..])
    };
    let main = |length| client_thread(0, length, &[(Lock, 0, length)]);
    let threads = [main(70)].into_iter().chain((0..5).map(worker)).collect();
    let requests: Vec<Written> =
        (0..5).map(|turn| (1 + turn as u32, 10 * turn + 10, 10 * turn + 30)).collect();
    let paced = batch(70, threads, &requests);
    let found = findings_of_threads(&[("a/x", paced)]);
    let held_back = the(&found, FindingCode::StartsHeldBack, "a/x@5");
    let Promise::Gains(gain) = held_back.promise else { panic!("{:?}", held_back.promise) };
    // The threads begin after 1 ms.
    assert!((gain.saved.seconds - 0.049).abs() < 1e-3, "{gain:?}");
}

#[test]
fn a_thread_that_waits_unseen_does_not_compute() {
    let waits = [(Network, 0, 20), (Network, 70, 90)];
    let mut written = one_thread(90, &waits, &[(0, 0, 20), (0, 70, 90)]);
    written.threads[0].running = Some(Span::from_millis(5));
    let kept = one_thread(45, &[(Network, 0, 20), (Network, 25, 45)], &[(0, 0, 20), (0, 25, 45)]);
    let found = findings_of_threads(&[("a/x", written), ("b/y", kept)]);
    assert_found(&found, FindingCode::BlockingCall, ["a/x@2", "b/y@2"], 45_000);
    assert_not_found(&found, FindingCode::ClientCpu);
}

#[test]
fn a_sleep_in_an_event_loop_blocks_it_while_a_response_lies_ready() {
    let asleep = one_thread(220, &[(Network, 0, 20), (Sleep, 20, 220)], &[(0, 0, 20), (0, 0, 220)]);
    let awake = one_thread(21, &[(Network, 0, 20)], &[(0, 0, 20), (0, 0, 21)]);
    let found = findings_of_threads(&[("a/x", asleep), ("b/y", awake)]);
    assert_found(&found, FindingCode::LoopBlocked, ["a/x@2", "b/y@2"], 200_000);
    for other in [FindingCode::Straggler, FindingCode::ServerCapacity, FindingCode::Sleeping] {
        assert_not_found(&found, other);
    }
}

/// Two threads that compute 40 ms each after their responses, while the other waits for the
/// interpreter lock or not.
fn computing(waits: bool) -> ThreadBatch {
    let waits = |from, to| if waits { vec![(InterpreterLock, from, to)] } else { Vec::new() };
    let worker = |wait: Vec<_>| client_thread(1, 100, &[vec![(Network, 1, 20)], wait].concat());
    let main = client_thread(0, 100, &[(Lock, 0, 100)]);
    let threads = vec![main, worker(waits(60, 100)), worker(waits(20, 60))];
    batch(100, threads, &[(1, 1, 20), (2, 1, 20)])
}

/// The same threads without the computing.
fn idle() -> ThreadBatch {
    let worker = || client_thread(1, 20, &[(Network, 1, 20)]);
    let threads = vec![client_thread(0, 20, &[(Lock, 0, 20)]), worker(), worker()];
    batch(20, threads, &[(1, 1, 20), (2, 1, 20)])
}

#[test]
fn threads_that_wait_for_the_interpreter_lock_run_one_at_a_time() {
    let found = findings_of_threads(&[("a/x", computing(true)), ("b/y", idle())]);
    assert_found(&found, FindingCode::GilWait, ["a/x@2", "b/y@2"], 40_000);
    assert_found(&found, FindingCode::ClientSerialised, ["a/x@2", "b/y@2"], 40_000);
    assert_not_found(&found, FindingCode::ClientCpu);
    let waiting = WaitingThreads { threads: 2.0, seconds: 0.08 };
    let waited = FindingEvidence::Waited { wait: InterpreterLock, waiting };
    for code in [FindingCode::GilWait, FindingCode::ClientSerialised] {
        assert!(the(&found, code, "a/x@2").evidence.contains(&waited), "{found:?}");
    }
}

#[test]
fn threads_that_run_at_the_same_time_compute_compared_and_where_all_arms_do() {
    let found = findings_of_threads(&[("a/x", computing(false)), ("b/y", idle())]);
    assert_found(&found, FindingCode::ClientCpu, ["a/x@2", "b/y@2"], 80_000);
    assert_not_found(&found, FindingCode::ClientSerialised);
    let alike = findings_of_threads(&[("a/x", computing(false)), ("b/y", computing(false))]);
    assert_found(&alike, FindingCode::ClientCpu, ["a/x@2", ""], 80_000);
    assert_found(&alike, FindingCode::ClientCpu, ["b/y@2", ""], 80_000);
}

#[test]
fn requests_in_turn_are_found_where_all_arms_make_them_so() {
    let three = one_thread(60, &[(Network, 0, 60)], &[(0, 0, 20), (0, 20, 40), (0, 40, 60)]);
    let alike = findings_of_threads(&[("a/x", three.clone()), ("b/y", three)]);
    assert_found(&alike, FindingCode::SerialRoundTrips, ["a/x@3", ""], 40_000);
    assert_found(&alike, FindingCode::SerialRoundTrips, ["b/y@3", ""], 40_000);
}

#[test]
fn a_slower_arm_has_only_the_causes_of_its_gap_where_both_send_in_turn() {
    let requests = [(0, 0, 20), (0, 20, 40), (0, 40, 60)];
    let fast = one_thread(60, &[(Network, 0, 60)], &requests);
    let slow = one_thread(70, &[(Network, 0, 60), (Sleep, 60, 70)], &requests);
    let found = findings_of_threads(&[("a/x", slow), ("b/y", fast)]);
    let of_slower: Vec<FindingCode> =
        found.iter().filter(|it| it.arm.0 == "a/x@3").map(|it| it.code).collect();
    assert_eq!(of_slower, [FindingCode::Sleeping], "{:?}", summaries(&found));
}

#[test]
fn a_finding_of_the_clients_time_names_the_lines_of_a_profiled_trial() {
    let slow = in_turn(Some(Sleep));
    let found = |samples: &[MillisSample]| {
        let mut sample = Sample::new(&[("a/x", 2)]);
        for _ in 0..BLOCKS {
            sample.block(&[]);
            add_batch(&mut sample, "a/x@2", &slow);
        }
        add_batch(&mut sample, "a/x@2", &slow);
        let trial = sample.last_trial();
        trial.stage = Stage::Profile;
        trial.socket.as_mut().expect("was recorded").threads[0].id = Some(7);
        sample.last_run().profile = Some(Box::new(profile(samples, &[])));
        findings(sample.without_witness())
    };
    let lines = |findings: &[Finding], code: FindingCode| -> Vec<[u32; 2]> {
        let of_code = findings.iter().filter(|finding| finding.code == code);
        let lines = of_code.flat_map(|finding| &finding.lines);
        lines.map(|line| [line.line, (1e3 * line.seconds).round() as u32]).collect()
    };
    let samples = [(21, 7, Inside, 3), (61, 7, Inside, 4), (68, 7, Inside, 5), (71, 7, Inside, 6)];
    let findings = found(&samples);
    assert_eq!(lines(&findings, FindingCode::Sleeping), [[4, 40], [5, 7]]);
    assert_eq!(lines(&findings, FindingCode::SerialRoundTrips), [[0; 2]; 0]);
    assert_eq!(lines(&found(&[]), FindingCode::Sleeping), [[0; 2]; 0]);
}

/// The findings of own code with one of these batches in each block, beside a copy whose sleeps were
/// skipped this often.
fn findings_where_sleeps_are_skipped(times: u64, batches: &[ThreadBatch]) -> Vec<Finding> {
    let (arm, copy) = ("own/x@2", "own/x@2#sleeps=skipped");
    let mut sample = Sample::new(&[("own/x", 2), ("own/x", 2)]);
    sample.set_role(1, copy, Role::Toggle);
    for (_, batch) in (0..BLOCKS).zip(batches.iter().cycle()) {
        sample.block(&[]);
        add_batch(&mut sample, arm, batch);
        add_batch(&mut sample, copy, &in_turn(None));
        sample.last_run().imposed.insert("sleeps".to_owned(), times);
    }
    experiment(&mut sample, arm, FactorKind::SleepsSkipped, "sleeps=skipped");
    findings(sample.without_witness())
}

#[test]
fn skipping_the_sleeps_of_own_code_confirms_them_if_it_took_effect() {
    let sleeping = [in_turn(Some(Sleep))];
    let skipped = findings_where_sleeps_are_skipped(1, &sleeping);
    assert_found(&skipped, FindingCode::Sleeping, ["own/x@2", ""], 50_000);
    assert!(the(&skipped, FindingCode::Sleeping, "own/x@2").because, "{skipped:?}");
    let not_skipped = findings_where_sleeps_are_skipped(0, &sleeping);
    assert!(!the(&not_skipped, FindingCode::Sleeping, "own/x@2").because, "{not_skipped:?}");
}

#[test]
fn skipping_sleeps_confirms_only_the_largest_of_the_causes_that_it_removes() {
    let blocking =
        one_thread(220, &[(Network, 0, 20), (Sleep, 20, 220)], &[(0, 0, 20), (0, 0, 220)]);
    let found = findings_where_sleeps_are_skipped(1, &[in_turn(Some(Sleep)), blocking]);
    assert!(the(&found, FindingCode::LoopBlocked, "own/x@2").because, "{found:?}");
    assert!(!the(&found, FindingCode::Sleeping, "own/x@2").because, "{found:?}");
}

#[test]
fn a_profiled_trial_changes_nothing_but_the_lines() {
    let sleeps = in_turn(Some(Sleep));
    let mut sample = Sample::new(&[("a/x", 2)]);
    for _ in 0..BLOCKS {
        sample.block(&[]);
        add_batch(&mut sample, "a/x@2", &sleeps);
    }
    let without = sample.clone();
    let slower = in_turn(Some(Lock));
    for length in [slower.length, 10 * slower.length] {
        add_batch(&mut sample, "a/x@2", &ThreadBatch { length, ..slower.clone() });
        sample.last_trial().stage = Stage::Profile;
        let samples = [(71, 7, Inside, 4)];
        sample.last_run().profile = Some(Box::new(profile(&samples, &[])));
        sample.last_trial().socket.as_mut().expect("was recorded").threads[0].id = Some(7);
    }
    let analysis = |sample: Sample| {
        let mut analysis = analyse(&sample.without_witness().end(StopReason::Blocks));
        analysis.findings.iter_mut().for_each(|finding| finding.lines.clear());
        analysis
    };
    assert_eq!(analysis(sample), analysis(without));
}
