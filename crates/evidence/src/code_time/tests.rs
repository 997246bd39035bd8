use super::*;
use crate::Evidence;
use SampleState::{Inside, Suspended};
use model::index::ArmIndex;
use model::recording::{Recording, StopReason};
use model::socket::ThreadWait::{InterpreterLock, Lock, Network, Sleep, Timer};
use model::socket::{ClientThread, Wait};
use model::trial::Stage;
use test_support::sample::Sample as Recorded;
use test_support::sample::client_threads::{client_thread, client_threads, written_request};
use test_support::sample::profiles::{MillisSample, code_place, profile};

/// A request: the thread that wrote it, when, and when its response was read, in milliseconds.
type Written = (u32, u64, u64);

/// A profiled batch of these requests by a client of these threads, whose numbers begin with 7.
fn profiled(threads: &[ClientThread], requests: &[Written], profile: Profile) -> Recording {
    let size = u32::try_from(requests.len()).expect("is small");
    let name = format!("a/x@{size}");
    let mut sample = Recorded::new(&[("a/x", size)]);
    let length = threads.iter().map(|thread| thread.ended).max().unwrap_or_default();
    sample.block_in_order(&[(&name, length)]);
    let rows = (0..).zip(requests);
    let rows = rows.map(|(item, &(thread, sent, read))| written_request(item, thread, sent, read));
    let numbered = (7..).zip(threads.iter().cloned());
    let threads = numbered.map(|(id, thread)| ClientThread { id: Some(id), ..thread }).collect();
    sample.last_trial().socket = Some(Box::new(client_threads(threads, rows.collect())));
    sample.last_trial().stage = Stage::Profile;
    sample.last_run().profile = Some(Box::new(profile));
    sample.without_witness().end(StopReason::Blocks)
}

/// The lines of these charges, and their shares in percent.
fn lines(recording: &Recording, charges: &[Charge]) -> Vec<(u32, f64)> {
    let evidence = Evidence::of_recording(recording).expect("has a plan");
    let shares = evidence.arms[ArmIndex(0)].code_time.lines(charges);
    shares.iter().map(|line| (line.line, (100.0 * line.share).round())).collect()
}

fn inside(at: u64, thread: u32, line: u32) -> MillisSample {
    (at, thread, Inside, line)
}

#[test]
fn a_line_has_the_time_of_the_path_in_which_its_thread_is_there() {
    let thread = client_thread(0, 100, &[(Network, 1, 20), (Sleep, 22, 72), (Network, 75, 95)]);
    let samples = [inside(22, 7, 3), inside(72, 7, 4), inside(75, 7, 5), inside(100, 7, 5)];
    let requests = [(0, 1, 20), (0, 75, 95)];
    let recording = profiled(&[thread], &requests, profile(&samples, &[]));
    assert_eq!(lines(&recording, &[Charge::Sleep]), [(4, 100.0)]);
    assert_eq!(lines(&recording, &[Charge::Client]), [(5, 80.0), (3, 20.0)]);
    assert_eq!(lines(&recording, &[Charge::Client, Charge::Sleep]).len(), 3);
    assert_eq!(lines(&recording, &[Charge::Lock]), []);
}

#[test]
fn time_in_which_no_sample_was_taken_has_no_line() {
    let thread = client_thread(0, 60, &[(Network, 0, 20), (Network, 40, 60)]);
    let samples = [inside(25, 7, 3), inside(50, 8, 4)];
    let requests = [(0, 0, 20), (0, 40, 60)];
    let recording = profiled(&[thread], &requests, profile(&samples, &[]));
    assert_eq!(lines(&recording, &[Charge::Client]), [(3, 25.0)]);
}

#[test]
fn a_suspended_task_sleeps_and_does_nothing_else() {
    let thread = client_thread(0, 80, &[(Network, 0, 20), (Timer, 30, 60), (Network, 60, 80)]);
    let samples = [(30, 7, Suspended, 3), (60, 7, Suspended, 3)];
    let requests = [(0, 0, 20), (0, 60, 80)];
    let recording = profiled(&[thread], &requests, profile(&samples, &[]));
    assert_eq!(lines(&recording, &[Charge::Sleep]), [(3, 100.0)]);
    assert_eq!(lines(&recording, &[Charge::Client]), []);
}

#[test]
fn the_line_that_waits_for_a_lock_is_named_and_not_the_one_that_holds_it() {
    let threads = [
        client_thread(0, 70, &[(Lock, 3, 70)]),
        client_thread(1, 22, &[(Network, 2, 20)]),
        client_thread(2, 42, &[(Lock, 3, 21), (Network, 22, 40)]),
        client_thread(2, 62, &[(Lock, 3, 41), (Network, 42, 60)]),
    ];
    let at = |millis: u64| [inside(millis, 7, 9), inside(millis, 8, 4), inside(millis, 9, 3)];
    let samples: Vec<MillisSample> = (1..21).flat_map(at).collect();
    let requests = [(1, 2, 20), (2, 22, 40), (3, 42, 60)];
    let recording = profiled(&threads, &requests, profile(&samples, &[]));
    let found = lines(&recording, &[Charge::Lock]);
    assert_eq!(found.first().map(|&(line, _)| line), Some(3), "{found:?}");
    assert!(found.iter().all(|&(line, _)| line == 3), "{found:?}");
}

#[test]
fn a_line_calls_what_has_most_of_its_time() {
    let thread = client_thread(0, 60, &[(Network, 0, 20), (Network, 40, 60)]);
    let calling = |library: &str, inner: Option<&str>| CodePlace {
        library: Some(library.to_owned()),
        inner: inner.map(str::to_owned),
        ..code_place(3)
    };
    let places = [calling("requests.get", Some("connect")), calling("requests.get", Some("load"))];
    let mut profile = profile(&[inside(25, 7, 3), inside(40, 7, 3)], &places);
    profile.samples.place = vec![0, 1];
    let recording = profiled(&[thread], &[(0, 0, 20), (0, 40, 60)], profile);
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    let shares = evidence.arms[ArmIndex(0)].code_time.lines(&[Charge::Client]);
    let [line] = &shares[..] else { panic!("one line: {shares:?}") };
    assert_eq!((line.library, line.inner), (Some("requests.get"), Some("load")));
}

#[test]
fn the_sampler_is_no_thread_of_the_client() {
    // The main thread waits for the thread that makes the requests, not for the sampler.
    let threads = [
        client_thread(0, 60, &[(Lock, 0, 60)]),
        client_thread(0, 59, &[(Network, 0, 20), (Network, 40, 58)]),
        client_thread(0, 60, &[(Sleep, 0, 10)]),
    ];
    let samples = [inside(60, 7, 1), inside(60, 8, 2), inside(60, 9, 3)];
    let mut profile = profile(&samples, &[]);
    let requests = [(1, 0, 20), (1, 40, 58)];
    let with = |profile: Profile| lines(&profiled(&threads, &requests, profile), &[Charge::Client]);
    assert!(with(profile.clone()).iter().any(|&(line, _)| line == 3), "the sampler ends its wait");
    profile.sampler = Some(9);
    assert_eq!(with(profile), [(2, 100.0)]);
}

#[test]
fn a_computation_that_is_sampled_blocks_the_loop_as_one_that_is_not() {
    // The loop reads the first response at 20, computes until 220, and finds the second one there.
    let mut thread = client_thread(0, 221, &[(Network, 1, 20)]);
    let sampled: Vec<u64> = (30..220).step_by(10).collect();
    for &at in &sampled {
        let at = Span::from_millis(at).as_nanos();
        let [from, to] = [at - 100_000, at + 100_000].map(Span::from_nanos);
        thread.waits.push(Wait { kind: InterpreterLock, from, to });
    }
    let samples: Vec<MillisSample> = sampled.iter().map(|&at| inside(at, 7, 3)).collect();
    let requests = [(0, 1, 20), (0, 1, 220)];
    let with =
        |samples: &[MillisSample]| profiled(&[thread.clone()], &requests, profile(samples, &[]));
    let recording = with(&samples);
    assert_eq!(lines(&recording, &[Charge::LoopBlocked]), [(3, 95.0)]);
    assert_eq!(lines(&recording, &[Charge::InterpreterLock]), []);
    let other_times: Vec<MillisSample> = sampled.iter().map(|&at| inside(at + 5, 7, 3)).collect();
    assert_eq!(lines(&with(&other_times), &[Charge::LoopBlocked]), []);
}

mod any_profile {
    use super::*;
    use proptest::prelude::*;
    use test_support::arbitrary::any_socket;

    fn any_profile() -> impl Strategy<Value = Profile> {
        let sample = (0u32..6, 0u32..4, prop::bool::ANY, 0u32..4);
        let samples = prop::collection::vec(sample, 0..20);
        let times = prop::collection::vec(0u64..60_000_000, 0..5);
        (times, samples).prop_map(|(times, samples)| {
            let mut profile = Profile {
                times: times.into_iter().map(Span::from_nanos).collect(),
                places: vec![code_place(1), code_place(2)],
                ..Profile::default()
            };
            for (time, thread, is_inside, place) in samples {
                let columns = &mut profile.samples;
                columns.time.push(time);
                columns.thread.push(thread);
                columns.state.push(if is_inside { Inside } else { Suspended });
                columns.place.push(place);
            }
            profile
        })
    }

    proptest! {
        #[test]
        fn gives_shares_of_at_most_one_whatever_a_driver_reports(
            profile in any_profile(), mut socket in any_socket()
        ) {
            for (id, thread) in (0..).zip(&mut socket.threads) {
                thread.id = Some(id);
            }
            let mut sample = Recorded::new(&[("a/x", 2)]);
            sample.block(&[("a/x@2", 60)]);
            sample.last_trial().socket = Some(Box::new(socket));
            sample.last_trial().stage = Stage::Profile;
            sample.last_run().profile = Some(Box::new(profile));
            let recording = sample.end(StopReason::Blocks);
            for (_, share) in lines(&recording, &Charge::ALL) {
                prop_assert!((0.0..=100.0).contains(&share));
            }
        }
    }
}
