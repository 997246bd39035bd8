use evidence::Evidence;
use evidence::account::Charge;
use model::http_version::HttpVersion;
use model::index::ArmIndex;
use model::recording::{Recording, StopReason};
use model::socket::ThreadWait;
use model::trace::Milestone;
use model::trial::Outcome;
use model::witness::{Closer, ConnectionRow, StreamCounts, StreamRow};
use proptest::prelude::*;
use test_support::arbitrary::{any_columns, any_socket, any_witness};
use test_support::sample::client_threads::{client_thread, loading};
use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};
use test_support::sample::{Sample, stream_row};

use super::*;
use crate::batch::ClientCapacity;
use crate::bottleneck::Limit;

/// A client with two cores and one thread.
const CLIENT: ArmFacts = ArmFacts {
    cores: 2,
    threading: Threading::OneAtATime,
    connecting: Connecting::WaitsForOwn,
    server_room: None,
};

/// Three trials of this kind, with what the socket witness saw of `threads` threads.
fn recording(trial: &SyntheticTrial, threads: u64) -> Recording {
    let requests = u32::try_from(trial.witness.requests.len()).expect("is small");
    let mut sample = Sample::new(&[("a/x", requests)]);
    let arm = format!("a/x@{requests}");
    for _ in 0..3 {
        sample.block_in_order(&[(&arm, trial.end())]);
        sample.last_run().columns = trial.columns.clone();
        sample.last_trial().witness = Some(trial.witness.clone());
        sample.last_trial().socket = Some(Box::new(trial.sockets(threads)));
    }
    sample.end(StopReason::Blocks)
}

fn replay(trial: &SyntheticTrial, threads: u64) -> ArmReplay {
    let recording = recording(trial, threads);
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    ArmReplay::new(&evidence.arms[ArmIndex(0)], CLIENT, 0).expect("its requests were observed")
}

fn saved(replay: &ArmReplay, changes: &[Change]) -> f64 {
    replay.gain(changes).expect("is calibrated").saved.seconds * 1e3
}

fn steps(requests: usize) -> Vec<Steps> {
    vec![Steps { wait: 30_000, ..Steps::default() }; requests]
}

#[test]
fn a_sample_is_spread_over_all_trials() {
    assert_eq!(sample(3, 4, 7), [0, 1, 2]);
    let many = sample(400, 4, 7);
    assert_eq!((many.len(), many[0], many[1]), (20, 7, 27));
    assert_eq!(sample(9, 1_000_000, 0), [0, 3, 6]);
    assert!(sample(0, 4, 1).is_empty());
}

#[test]
fn the_replay_reproduces_what_was_measured() {
    let trials = [
        (SyntheticTrial::over(1, Opening::Once, 500, &steps(6)), 1),
        (SyntheticTrial::over(1, Opening::Always, 500, &steps(6)), 1),
        (SyntheticTrial::over(2, Opening::Once, 500, &steps(6)), 2),
        (SyntheticTrial::over(6, Opening::Once, 500, &steps(6)), 1),
        (SyntheticTrial::over(3, Opening::Never, 500, &steps(6)), 3),
    ];
    for (trial, threads) in trials {
        let replay = replay(&trial, threads);
        assert!(replay.error().abs() < 0.01, "{threads} threads: {}", replay.error());
    }
}

/// The replay without the socket witness.
fn replay_of_report(trial: &SyntheticTrial) -> ArmReplay {
    let mut recording = recording(trial, 1);
    recording.trials.iter_mut().for_each(|trial| trial.socket = None);
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    ArmReplay::new(&evidence.arms[ArmIndex(0)], CLIENT, 0).expect("its requests were observed")
}

/// The same requests as streams of one connection that an earlier trial opened.
fn as_streams(mut trial: SyntheticTrial) -> SyntheticTrial {
    trial.witness.connections.clear();
    for (place, row) in (0..).zip(&mut trial.witness.requests) {
        (row.connection, row.ordinal) = (0, place + 1);
        let headers_in = row.last_byte_in;
        row.stream = Some(StreamRow { headers_in, open: place + 1, ..stream_row(2 * place + 1) });
    }
    trial
}

#[test]
fn the_replay_reproduces_streams_that_share_a_connection() {
    let mut slow = steps(6);
    slow[5].wait = 50_000;
    for requests in [steps(6), slow] {
        let trial = as_streams(SyntheticTrial::over(6, Opening::Never, 500, &requests));
        let replay = replay(&trial, 1);
        assert!(replay.error().abs() < 0.01, "{}", replay.error());
        assert_eq!((replay.workers(), replay.batch().and_then(|it| it.streams)), (6, Some(100)));
        // Without the socket witness the client's report shows the same.
        let replay = replay_of_report(&trial);
        assert!(replay.error().abs() < 0.01, "{}", replay.error());
    }
}

#[test]
fn connections_that_carried_no_stream_were_opened_too() {
    let trial = as_streams(SyntheticTrial::over(4, Opening::Never, 30_000, &steps(4)));
    let mut opened = SyntheticTrial::over(4, Opening::Once, 500, &steps(4)).witness.connections;
    let streams =
        |opened| StreamCounts { http: HttpVersion::Http2, opened, most: opened, limit: 100 };
    for row in &mut opened {
        let carried = if row.id == 0 { 4 } else { 0 };
        *row = ConnectionRow { streams: Some(streams(carried)), requests: carried, ..row.clone() };
    }
    let mut raced = trial;
    raced.witness.connections = opened;
    for (place, row) in (0..).zip(&mut raced.witness.requests) {
        row.ordinal = place;
    }
    for begun in [Milestone::Submitted, Milestone::Started] {
        raced.columns.milestones[begun] = Some(vec![Some(Span::from_nanos(400_000)); 4]);
    }
    let replay = replay_of_report(&raced);
    let batch = replay.batch().expect("has a trial");
    assert_eq!((batch.openings.len(), batch.connecting), (4, Connecting::TakesFirst));
}

#[test]
fn a_client_without_an_event_loop_needs_a_core_for_its_handshakes() {
    let replay = replay(&SyntheticTrial::over(1, Opening::Once, 500, &steps(6)), 1);
    let batch = replay.batch().expect("has a trial");
    let on = |resource: Resource| {
        let mut steps = batch.openings.iter().flatten();
        steps.any(|step| step.resource == resource && step.cause == Some(Charge::Handshake))
    };
    assert!(on(Resource::Core) && !on(Resource::Delay), "{:?}", batch.openings);
}

#[test]
fn more_workers_save_what_requests_wait_for_each_other() {
    let replay = replay(&SyntheticTrial::over(2, Opening::Never, 500, &steps(6)), 2);
    assert_eq!(replay.workers(), 2);
    // Three waves of 30 ms become one.
    let saved = saved(&replay, &[Change::Workers(6)]);
    assert!((saved - 60.0).abs() < 2.0, "{saved}");
    assert_eq!(replay.bottleneck(&[]).map(|found| found.limit), Some(Limit::Concurrency));
}

#[test]
fn a_kept_session_saves_every_opening() {
    let replay = replay(&SyntheticTrial::over(1, Opening::Always, 500, &steps(4)), 1);
    // Each opens with two round trips of 11 ms, and 1.3 ms more.
    let saved = saved(&replay, &[Change::KeptSession]);
    assert!((saved - 4.0 * 23.3).abs() < 2.0, "{saved}");
}

/// What a kept session saves of a cold batch that ends 6 ms after its last request; its connection is closed 2 ms
/// before that.
fn saved_where_closed_by(closer: Closer) -> f64 {
    let trial = SyntheticTrial::over(1, Opening::Once, 500, &steps(4));
    let closed = trial.end() + Span::from_millis(4);
    let mut sample = Sample::new(&[("a/x", 4)]);
    sample.plan().arms[0].conditions.insert("session".to_owned(), "cold".to_owned());
    for _ in 0..3 {
        sample.block_in_order(&[("a/x@4", closed + Span::from_millis(2))]);
        sample.last_run().columns = trial.columns.clone();
        sample.last_trial().witness = Some(trial.witness.clone());
        let mut sockets = trial.sockets(1);
        for connection in &mut sockets.connections {
            (connection.closed, connection.closed_by) = (Some(closed), Some(closer));
        }
        sample.last_trial().socket = Some(Box::new(sockets));
    }
    let recording = sample.end(StopReason::Blocks);
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    let replay = ArmReplay::new(&evidence.arms[ArmIndex(0)], CLIENT, 0);
    saved(&replay.expect("its requests were observed"), &[Change::KeptSession])
}

#[test]
fn a_kept_session_saves_the_end_of_the_session_too() {
    let more = saved_where_closed_by(Closer::Client) - saved_where_closed_by(Closer::Server);
    assert!((more - 4.0).abs() < 0.1, "{more}");
}

/// The client looks names up with calls of its own, in which its threads sleep.
#[test]
fn what_a_thread_sleeps_in_a_lookup_is_the_lookup_and_holds_nothing_back() {
    let slow = [Steps { lookup: 40_000, ..Steps::default() }; 2];
    let trial = SyntheticTrial::over(2, Opening::Once, 1_000, &slow);
    let mut recording = recording(&trial, 2);
    let end = trial.end().as_nanos() / 1_000_000 + 1;
    for trial in &mut recording.trials {
        let sockets = trial.socket.as_mut().expect("was watched");
        sockets.lookups.clear();
        let thread = client_thread(1, end, &[(ThreadWait::Sleep, 2, 41)]);
        let main = client_thread(0, end, &[(ThreadWait::Lock, 0, end)]);
        sockets.threads = vec![thread.clone(), thread, main];
    }
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    let replay = ArmReplay::new(&evidence.arms[ArmIndex(0)], CLIENT, 0).expect("is observed");
    assert!(replay.has(&[Charge::Lookup]) && !replay.has(&[Charge::HeldBack]));
}

/// A thread opens a connection for each of four requests, and loads certificates for 20 ms before it does so.
#[test]
fn certificates_that_are_loaded_before_a_connection_belong_to_its_opening() {
    let each = Steps { lookup: 20_000, preparation: 0, ..Steps::default() };
    let trial = SyntheticTrial::over(1, Opening::Always, 0, &[each; 4]);
    let mut columns = trial.columns.clone();
    for unseen in
        [Milestone::Submitted, Milestone::Started, Milestone::Resolving, Milestone::Resolved]
    {
        columns.milestones[unseen] = None;
    }
    let mut recording = recording(&trial, 1);
    let end = trial.end().as_nanos() / 1_000_000 + 1;
    for trial in &mut recording.trials {
        let Outcome::Ran(run) = &mut trial.outcome else { panic!("it ran") };
        run.columns = columns.clone();
        let sockets = trial.socket.as_mut().expect("was watched");
        let lookups = std::mem::take(&mut sockets.lookups);
        let loads = lookups.iter().map(|it| it.ended.as_nanos() / 1_000_000);
        let loads: Vec<(u64, u64)> = loads.map(|ended| (ended - 20, ended)).collect();
        sockets.threads = vec![loading(client_thread(0, end, &[]), &loads)];
    }
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    let replay = ArmReplay::new(&evidence.arms[ArmIndex(0)], CLIENT, 0).expect("is observed");
    let shared = saved(&replay, &[Change::SharedContext]);
    assert!((shared - 60.0).abs() < 3.0, "{shared}");
    let reused = saved(&replay, &[Change::ReusedConnections]);
    assert!(reused > shared + 60.0, "{reused}");
}

/// Three workers, of which a server that is not ours handles two at once, for 10 ms each.
#[test]
fn the_room_of_a_server_that_is_not_ours_keeps_more_workers_from_saving_anything() {
    let first = [10_000, 15_000, 20_000];
    let wait = |place: usize| first.get(place).copied().unwrap_or(15_000);
    let steps: Vec<Steps> =
        (0..18).map(|place| Steps { wait: wait(place), ..Steps::default() }).collect();
    let trial = SyntheticTrial::over(3, Opening::Never, 0, &steps);
    let mut sample = Sample::new(&[("a/x", 18)]);
    for _ in 0..3 {
        sample.block_in_order(&[("a/x@18", trial.end())]);
        sample.last_run().columns = trial.columns.clone();
        sample.last_run().usage.user = Some(Span::from_millis(1));
        sample.last_run().usage.system = Some(Span::ZERO);
        sample.last_trial().socket = Some(Box::new(trial.sockets(3)));
    }
    let recording = sample.without_witness().end(StopReason::Blocks);
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    let saved_by_workers = |server_room| {
        let facts = ArmFacts { server_room, ..CLIENT };
        let replay = ArmReplay::new(&evidence.arms[ArmIndex(0)], facts, 0).expect("is observed");
        assert!(replay.error().abs() < 0.05, "{}", replay.error());
        saved(&replay, &[Change::Workers(18)])
    };
    assert!(saved_by_workers(Some(2)) < 5.0);
    assert!(saved_by_workers(None) > 50.0, "the three alone do not show the room");
}

/// Requests of one thread each, which works for 10 ms after it has sent its request, before it waits.
fn work_after_the_write(requests: u32) -> Recording {
    let places = u64::from(requests);
    let trial = SyntheticTrial::over(places, Opening::Never, 0, &steps(requests as usize));
    let mut recording = recording(&trial, places);
    let end = trial.end().as_nanos() / 1_000_000 + 1;
    for trial in &mut recording.trials {
        let sockets = trial.socket.as_mut().expect("was watched");
        sockets.threads = (0..places)
            .map(|place| {
                let turn = [
                    (ThreadWait::InterpreterLock, 0, 10 * place),
                    (ThreadWait::Network, 10 * place + 10, end),
                ];
                client_thread(0, end, &turn[usize::from(place == 0)..])
            })
            .collect();
    }
    recording
}

#[test]
fn processes_work_at_once_and_threads_behind_one_lock_do_not() {
    let client = |processes: u32| {
        let mut recording = work_after_the_write(2);
        for trial in &mut recording.trials {
            let threads = &mut trial.socket.as_mut().expect("was watched").threads;
            for (process, thread) in (0..processes).cycle().zip(threads) {
                thread.process = process;
            }
        }
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let replay = ArmReplay::new(&evidence.arms[ArmIndex(0)], CLIENT, 0).expect("is observed");
        replay.batch().expect("has trials").client
    };
    assert_eq!([client(1), client(2)], [ClientCapacity::One, ClientCapacity::Cores]);
}

#[test]
fn what_threads_do_while_they_could_wait_keeps_others_from_working() {
    let recording = work_after_the_write(2);
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    let replay = ArmReplay::new(&evidence.arms[ArmIndex(0)], CLIENT, 0).expect("is observed");
    let work = replay.client_work().expect("was replayed");
    assert!((work - 0.02).abs() < 0.002, "{work}");
    assert!(replay.error().abs() < 0.05, "{}", replay.error());
}

#[test]
fn the_time_of_a_cause_that_is_removed_is_saved_where_nothing_else_takes_as_long() {
    let mut slow = steps(6);
    slow[2].wait = 90_000;
    let sequential = replay(&SyntheticTrial::over(1, Opening::Never, 0, &slow), 1);
    let without = [Change::without(&[Charge::Straggle])];
    assert!(sequential.has(&[Charge::Straggle]));
    let alone = saved(&sequential, &without);
    assert!((alone - 60.0).abs() < 2.0, "{alone}");
    // Another request ends as late, because its body takes long.
    slow[3].body = 62_000;
    let at_once = replay(&SyntheticTrial::over(6, Opening::Never, 0, &slow), 1);
    assert!(at_once.has(&[Charge::Straggle]));
    let beside = saved(&at_once, &without);
    assert!(beside.abs() < 1.0, "{beside}");
}

#[test]
fn a_prediction_beyond_what_was_seen_has_a_wider_interval() {
    let replay = replay(&SyntheticTrial::over(2, Opening::Never, 500, &steps(6)), 2);
    let width = |changes: &[Change]| {
        let batch = replay.predict(changes).expect("is calibrated").batch;
        batch.high.zip(batch.low).map(|(high, low)| (high - low) / batch.seconds).expect("has ends")
    };
    assert!(width(&[Change::Workers(6)]) >= width(&[Change::Workers(1)]));
}

proptest! {
    #[test]
    fn no_trial_makes_it_panic(
        nanos in 0_u64..80_000_000,
        columns in any_columns(),
        witness in prop::option::of(any_witness()),
        socket in prop::option::of(any_socket()),
        workers in 0_usize..20,
    ) {
        let mut sample = Sample::new(&[("a/x", 2)]);
        for _ in 0..2 {
            sample.block(&[("a/x@2", 0)]);
            let run = sample.last_run();
            run.finished = run.started + Span::from_nanos(nanos);
            run.columns = columns.clone();
            sample.last_trial().witness.clone_from(&witness);
            sample.last_trial().socket = socket.clone().map(Box::new);
        }
        let recording = sample.end(StopReason::Blocks);
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let arm = &evidence.arms[ArmIndex(0)];
        if let Some(replay) = ArmReplay::new(arm, ArmFacts::default(), 3) {
            let changes = [
                Change::Workers(workers),
                Change::KeptSession,
                Change::SharedContext,
                Change::KeptConnections(workers / 2),
                Change::ClientWork(2.0),
                Change::Room(Some(0)),
            ];
            for change in changes {
                let changes = [change];
                let gain = replay.gain(&changes);
                prop_assert!(gain.is_none_or(|gain| gain.saved.seconds.is_finite()));
                replay.bottleneck(&changes);
            }
        }
    }
}
