use super::*;
use model::failure::FailureKind;
use model::plan::Plan;
use model::recording::{Recording, StopReason};
use model::socket::{SocketRequest, SocketWitness, ThreadWait};
use model::trace::Columns;
use model::trial::Trial;
use model::witness::{RequestRow, Witness};
use proptest::prelude::*;
use test_support::arbitrary::{any_columns, any_socket, any_witness};
use test_support::sample::client_threads::{client_thread, client_threads};
use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial, micros};
use test_support::sample::{Sample, failure, plan_for, request_row};

fn millis(millis: u64) -> Span {
    Span::from_millis(millis)
}

/// A recording of one trial of 100 ms of a batch that asks for these paths.
fn recording(paths: &[&str], change: impl FnOnce(&mut Sample)) -> Recording {
    let size = u32::try_from(paths.len()).expect("is small");
    let mut sample = Sample::new(&[("a/x", size)]);
    sample.block(&[(&format!("a/x@{size}"), 100)]);
    change(&mut sample);
    let mut recording = sample.end(StopReason::Blocks);
    let mut plan = plan_for(paths);
    plan.arms[0].name = recording.trials[0].arm.clone();
    recording.plan = Some(plan);
    recording
}

fn of_first(recording: &Recording) -> Waterfall<'_> {
    waterfall(plan(recording), &recording.trials[0]).expect("it ran")
}

fn plan(recording: &Recording) -> &Plan {
    recording.plan.as_ref().expect("has a plan")
}

fn row(millis: u64, answered: u64, ordinal: u64, path: &str, status: u16) -> RequestRow {
    RequestRow {
        connection: 7,
        ordinal,
        path: path.to_owned(),
        status,
        last_byte_in: self::millis(millis),
        handled: self::millis(millis),
        first_byte_out: Some(self::millis(answered)),
        last_byte_out: Some(self::millis(answered)),
        ..request_row()
    }
}

fn phases(row: &Row<'_>) -> Vec<(&'static str, u64, u64)> {
    let in_micros = |span: Span| span.as_nanos() / 1000;
    let phase = |span: &PhaseSpan| (span.phase.name(), in_micros(span.from), in_micros(span.to));
    row.phases.iter().map(phase).collect()
}

fn numbers(waterfall: &Waterfall<'_>) -> Vec<usize> {
    let number = |row: &Row<'_>| row.connection.map_or(0, |connection| connection.number.0);
    waterfall.rows.iter().map(number).collect()
}

/// Three requests of one worker; the first opens the connection.
fn sequential() -> Recording {
    let steps = [Steps::default(); 3];
    let trial = SyntheticTrial::over(1, Opening::Once, 500, &steps);
    recording(&["/todos/1", "/todos/2", "/todos/3"], |sample| {
        sample.last_run().columns = trial.columns.clone();
        sample.last_trial().witness = Some(trial.witness.clone());
    })
}

#[test]
fn a_row_has_the_phases_of_its_request() {
    let recording = sequential();
    let waterfall = of_first(&recording);
    let [first, second, _] = waterfall.rows.as_slice() else { panic!("not three rows") };
    assert_eq!(
        phases(first),
        [
            ("client", 500, 520),
            ("dns", 520, 540),
            ("client", 540, 560),
            ("connect", 560, 660),
            ("tls", 660, 770),
            ("connect", 770, 11_770),
            ("tls", 11_770, 23_800),
            ("client", 23_800, 23_900),
            ("wait", 23_900, 35_070),
            ("client", 35_070, 35_200),
        ]
    );
    assert_eq!(
        phases(second),
        [("client", 35_200, 35_300), ("wait", 35_300, 46_470), ("client", 46_470, 46_600)]
    );
    assert_eq!(first.time_in(Phase::Connect), micros(11_100));
    assert_eq!(second.length(), Some(micros(11_400)));
    assert!(waterfall.rows.iter().all(|row| row.is_on_path));
}

#[test]
fn a_milestone_has_its_source() {
    let mut recording = sequential();
    let sources = |recording: &Recording| -> Vec<(Milestone, MilestoneSource)> {
        let waterfall = of_first(recording);
        waterfall.rows[1]
            .milestones
            .iter()
            .map(|passed| (passed.milestone, passed.source))
            .collect()
    };
    let by = |source, milestones: &[Milestone]| -> Vec<(Milestone, MilestoneSource)> {
        milestones.iter().map(|&milestone| (milestone, source)).collect()
    };
    use Milestone::{Done, FirstByte, Sent, Started, Submitted, Writing};
    let all = [Submitted, Started, Writing, Sent, FirstByte, Done];
    assert_eq!(sources(&recording), by(MilestoneSource::Trace, &all));
    let model::trial::Outcome::Ran(run) = &mut recording.trials[0].outcome else {
        panic!("it ran")
    };
    run.columns = Columns { connection: run.columns.connection.take(), ..Columns::default() };
    let seen = [Sent, FirstByte, Done];
    assert_eq!(sources(&recording), by(MilestoneSource::Endpoint, &seen));
}

#[test]
fn a_trial_without_any_report_has_rows_without_phases() {
    let recording = recording(&["/a", "/b"], |_| {});
    let waterfall = of_first(&recording);
    let items: Vec<Option<usize>> = waterfall.rows.iter().map(|row| row.item).collect();
    assert_eq!(items, [Some(0), Some(1)]);
    for row in &waterfall.rows {
        assert_eq!((row.begin(), row.length(), row.connection), (None, None, None));
        assert!(row.milestones.is_empty() && row.witness.is_none() && row.status.is_none());
    }
    assert_eq!((waterfall.connections, waterfall.length), (0, millis(100)));
}

#[test]
fn rows_are_in_the_order_in_which_requests_were_handed_over() {
    let recording = recording(&["/a", "/b", "/c"], |sample| {
        let submitted = vec![Some(millis(8)), None, Some(millis(3))];
        let columns = Columns::default().with(Milestone::Submitted, submitted);
        sample.last_run().columns = columns;
    });
    let items: Vec<_> = of_first(&recording).rows.iter().map(|row| row.item).collect();
    assert_eq!(items, [Some(2), Some(0), Some(1)]);
}

#[test]
fn connections_are_numbered_from_one_in_the_order_of_the_rows() {
    let steps = [Steps::default(); 4];
    let mut trial = SyntheticTrial::over(2, Opening::Once, 500, &steps);
    for connection in trial.columns.connection.iter_mut().flatten() {
        *connection = connection.map(|number| 30 - number);
    }
    let paths = ["/todos/1", "/todos/2", "/todos/3", "/todos/4"];
    let with = |witness: Option<Witness>| {
        recording(&paths, |sample| {
            sample.last_run().columns = trial.columns.clone();
            sample.last_trial().witness = witness;
        })
    };
    for recording in [with(Some(trial.witness.clone())), with(None)] {
        let waterfall = of_first(&recording);
        assert_eq!((numbers(&waterfall), waterfall.connections), (vec![1, 2, 1, 2], 2));
        let opened = waterfall.rows.iter().filter_map(|row| row.connection);
        let opened: Vec<bool> = opened.map(|connection| connection.is_opened).collect();
        assert_eq!(opened, [true, true, false, false]);
    }
}

#[test]
fn a_request_of_which_only_the_client_knows_the_connection_shares_the_number_of_the_witness() {
    let steps = [Steps::default(); 2];
    let mut trial = SyntheticTrial::over(1, Opening::Once, 500, &steps);
    trial.witness.requests.pop();
    let recording = recording(&["/todos/1", "/todos/2"], |sample| {
        sample.last_run().columns = trial.columns.clone();
        sample.last_trial().witness = Some(trial.witness.clone());
    });
    assert_eq!(numbers(&of_first(&recording)), [1, 1]);
}

#[test]
fn a_redirect_has_a_row_before_the_row_of_its_item() {
    let recording = recording(&["/a", "/b"], |sample| {
        let requests = vec![
            row(10, 20, 0, "/a", 302),
            row(30, 40, 1, "/there/a", 200),
            row(50, 60, 2, "/b", 200),
        ];
        let witness = Witness { requests: requests.into(), ..Witness::default() };
        sample.last_trial().witness = Some(witness);
        let at = |moments: [u64; 2]| moments.map(millis).map(Some).to_vec();
        let columns = Columns::default();
        let columns = columns.with(Milestone::Submitted, at([2, 48]));
        let columns = columns.with(Milestone::Writing, at([9, 49]));
        let columns = columns.with(Milestone::Sent, at([30, 50]));
        sample.last_run().columns = columns.with(Milestone::Done, at([42, 61]));
    });
    let waterfall = of_first(&recording);
    let kinds: Vec<(RowKind, Option<usize>)> =
        waterfall.rows.iter().map(|row| (row.kind, row.item)).collect();
    let redirect = RowKind::Detour(DetourCause::Redirect);
    let expected = [(redirect, Some(0)), (RowKind::Item, Some(0)), (RowKind::Item, Some(1))];
    assert_eq!(kinds, expected);
    let [first, again, _] = waterfall.rows.as_slice() else { panic!("not three rows") };
    assert_eq!(
        phases(first),
        [("client", 2_000, 9_000), ("send", 9_000, 10_000), ("wait", 10_000, 20_000)]
    );
    assert_eq!(
        phases(again),
        [("send", 20_000, 30_000), ("wait", 30_000, 40_000), ("client", 40_000, 42_000)]
    );
    assert_eq!((first.status, again.status), (Some(302), Some(200)));
    assert_eq!((first.path.as_deref(), again.path.as_deref()), (Some("/a"), Some("/a")));
    let passed = |row: &Row<'_>| -> Vec<Milestone> {
        row.milestones.iter().map(|passed| passed.milestone).collect()
    };
    use Milestone::{Done, FirstByte, Sent, Submitted, Writing};
    assert_eq!(passed(first), [Submitted, Writing, Sent, FirstByte, Done]);
    assert_eq!(passed(again), [Sent, FirstByte, Done]);
}

#[test]
fn a_request_that_belongs_to_no_item_has_a_row() {
    let recording = recording(&["/a", "/b"], |sample| {
        let requests = vec![
            row(5, 6, 0, "/token", 200),
            row(7, 9, 1, "/time", 200),
            row(10, 20, 2, "/a", 200),
        ];
        sample.last_trial().witness =
            Some(Witness { requests: requests.into(), ..Witness::default() });
    });
    let waterfall = of_first(&recording);
    let rows: Vec<(RowKind, Option<&str>)> =
        waterfall.rows.iter().map(|row| (row.kind, row.path.as_deref())).collect();
    let expected = [
        (RowKind::Unmatched, Some("/token")),
        (RowKind::Unmatched, Some("/time")),
        (RowKind::Item, Some("/a")),
        (RowKind::Item, Some("/b")),
    ];
    assert_eq!(rows, expected);
    assert_eq!(phases(&waterfall.rows[0]), [("wait", 5_000, 6_000)]);
}

#[test]
fn the_view_of_the_endpoint_goes_before_that_of_the_socket_witness() {
    let socket = || SocketRequest {
        item: Some(0),
        writing: millis(9),
        sent: millis(9),
        first_byte: Some(millis(21)),
        last_byte: Some(millis(22)),
        ..SocketRequest::default()
    };
    let with = |witness: Option<Witness>| {
        recording(&["/a"], |sample| {
            let socket =
                SocketWitness { requests: vec![socket()].into(), ..SocketWitness::default() };
            sample.last_trial().socket = Some(Box::new(socket));
            sample.last_trial().witness = witness;
        })
    };
    let seen = |recording: &Recording| of_first(recording).rows[0].witness.expect("was seen");
    let requests = vec![row(10, 20, 0, "/a", 200)];
    let both = seen(&with(Some(Witness { requests: requests.into(), ..Witness::default() })));
    assert_eq!((both.by, both.arrived), (RequestWitness::Endpoint, millis(10)));
    assert_eq!((both.handled, both.answered), (Some(millis(10)), Some(millis(20))));
    let alone = seen(&with(None));
    assert_eq!((alone.by, alone.arrived), (RequestWitness::Socket, millis(9)));
    assert_eq!((alone.handled, alone.answered), (None, Some(millis(22))));
}

#[test]
fn a_lane_has_the_waits_of_its_thread_within_the_batch() {
    let recording = recording(&["/a"], |sample| {
        let threads = vec![
            client_thread(0, 100, &[(ThreadWait::Lock, 5, 95)]),
            client_thread(20, 120, &[(ThreadWait::Network, 30, 40), (ThreadWait::Sleep, 90, 110)]),
        ];
        sample.last_trial().socket = Some(Box::new(client_threads(threads, Vec::new())));
    });
    let waterfall = of_first(&recording);
    let lanes: Vec<Vec<(Option<ThreadWait>, u64, u64)>> = waterfall
        .threads
        .iter()
        .map(|lane| {
            let in_millis = |span: Span| span.as_nanos() / 1_000_000;
            let stretch =
                |part: &ThreadStretch| (part.wait, in_millis(part.from), in_millis(part.to));
            lane.stretches.iter().map(stretch).collect()
        })
        .collect();
    let (lock, network, sleep) = (ThreadWait::Lock, ThreadWait::Network, ThreadWait::Sleep);
    assert_eq!(lanes[0], [(None, 0, 5), (Some(lock), 5, 95), (None, 95, 100)]);
    let second = [(None, 20, 30), (Some(network), 30, 40), (None, 40, 90), (Some(sleep), 90, 100)];
    assert_eq!(lanes[1], second);
    assert_eq!(waterfall.threads[0].role, ThreadRole::Main);
}

#[test]
fn a_failed_trial_has_a_waterfall_and_a_lost_one_has_none() {
    let failed = recording(&["/a", "/b"], |sample| {
        let errors = [Some(failure(FailureKind::Reset, "cut off")), None];
        sample.last_run().columns.error = Some(errors.to_vec());
    });
    let waterfall = of_first(&failed);
    let errors: Vec<Option<FailureKind>> =
        waterfall.rows.iter().map(|row| row.error.map(|error| error.kind)).collect();
    assert_eq!(errors, [Some(FailureKind::Reset), None]);
    let mut sample = Sample::new(&[("a/x", 1)]);
    sample.lost("a/x@1", "the driver died");
    let lost = sample.end(StopReason::Blocks);
    assert_eq!(super::waterfall(plan(&lost), &lost.trials[0]), None);
}

#[test]
fn picks_the_fastest_the_median_and_the_slowest_successful_trial() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
    sample.pilot("a/x@1", &[None]);
    for (arm, millis) in [("a/x@1", 30), ("b/y@1", 1), ("a/x@1", 20), ("a/x@1", 40)] {
        sample.block(&[(arm, millis)]);
    }
    sample.failed("a/x@1", &[Some(failure(FailureKind::Reset, "cut off"))]);
    sample.lost("b/y@1", "the driver died");
    let mut recording = sample.end(StopReason::Blocks);
    let picked = |recording: &Recording, arm: &str| {
        let trials = pick(recording, &ArmName(arm.to_owned()))?;
        Some(trials.map(|trial: &Trial| trial.batch_time().expect("succeeded")))
    };
    let of = |fast, median, slow| {
        Some(PerPace::from_fn(|pace| match pace {
            Pace::Fast => millis(fast),
            Pace::Median => millis(median),
            Pace::Slow => millis(slow),
        }))
    };
    assert_eq!(picked(&recording, "a/x@1"), of(20, 30, 40));
    assert_eq!(picked(&recording, "b/y@1"), of(1, 1, 1));
    assert_eq!(picked(&recording, "c/z@1"), None);
    recording.trials.retain(|trial| trial.batch_time() != Some(millis(40)));
    assert_eq!(picked(&recording, "a/x@1"), of(20, 20, 30));
}

#[test]
fn of_equal_times_the_first_trial_is_picked() {
    let mut sample = Sample::new(&[("a/x", 1)]);
    for _ in 0..3 {
        sample.block(&[("a/x@1", 30)]);
    }
    let recording = sample.end(StopReason::Blocks);
    let picked = pick(&recording, &ArmName("a/x@1".to_owned())).expect("has trials");
    assert_eq!(picked.map(|trial| trial.id), PerPace::from_fn(|pace| TrialId(pace as u64)));
}

proptest! {
    #[test]
    fn phases_are_in_order_and_within_the_batch(
        columns in any_columns(),
        witness in prop::option::of(any_witness()),
        socket in prop::option::of(any_socket()),
    ) {
        let columns = Columns { status: None, ..columns };
        let recording = recording(&["/todos/1", "/todos/2"], |sample| {
            sample.last_run().columns = columns;
            sample.last_trial().witness = witness;
            sample.last_trial().socket = socket.map(Box::new);
        });
        let waterfall = of_first(&recording);
        prop_assert!(waterfall.rows.len() >= 2);
        for row in &waterfall.rows {
            let mut cursor = Span::ZERO;
            for span in &row.phases {
                prop_assert!(cursor <= span.from && span.from < span.to);
                cursor = span.to;
            }
            prop_assert!(cursor <= waterfall.length);
        }
        let numbers = numbers(&waterfall);
        prop_assert_eq!(numbers.into_iter().max().unwrap_or(0), waterfall.connections);
    }
}
