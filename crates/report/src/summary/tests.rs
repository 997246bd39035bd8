use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::*;
use crate::style::Colour;
use crate::text::width;
use insta::assert_snapshot;
use model::arm::{ArmName, Label};
use model::failure::FailureKind;
use model::recording::StopReason;
use model::trial::Outcome;
use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};
use test_support::sample::{Sample, failure};

fn laid_out(analysis: &Analysis, recording: &Recording, columns: usize) -> String {
    let style = Style { width: columns, colour: Colour::Off, ..Style::default() };
    lines(analysis, recording, style).join("\n")
}

fn in_columns(recording: &Recording, columns: usize) -> String {
    laid_out(&explain::analyse(recording), recording, columns)
}

fn shown(recording: &Recording) -> String {
    in_columns(recording, 80)
}

/// Three strategies, of which the user's own is the subject.
fn own_code() -> Recording {
    let mut sample = Sample::new(&[("own/fetch", 4), ("ureq/sequential", 4), ("hyper/async", 4)]);
    for jitter in 0..4 {
        sample.block(&[
            ("own/fetch@4", 80 + jitter),
            ("ureq/sequential@4", 100),
            ("hyper/async@4", 50),
        ]);
    }
    sample.plan().references =
        ["ureq/sequential", "hyper/async"].map(|name| Label(name.to_owned())).into();
    sample.end(StopReason::Blocks)
}

/// An arm that never succeeded, and one that sometimes did.
fn failures() -> Recording {
    let mut sample =
        Sample::new(&[("ureq/sequential", 2), ("ureq/threads", 2), ("hyper/async", 2)]);
    let status = || Some(failure(FailureKind::Status, "status 404, expected 200"));
    for _ in 0..3 {
        sample.block(&[("ureq/sequential@2", 100), ("ureq/threads@2", 60)]);
        sample.add_failed("hyper/async@2", &[status(), status()]);
    }
    sample.block(&[("ureq/sequential@2", 100)]);
    sample.add_failed("ureq/threads@2", &[status(), None]);
    sample.lost("hyper/async@2", "the driver died of signal 11");
    sample.end(StopReason::Interrupted)
}

#[test]
fn arms_that_do_not_differ_each_have_their_cause() {
    let each = [Steps { preparation: 20_000, ..Steps::default() }; 4];
    let trial = SyntheticTrial::over(1, Opening::Always, 0, &each);
    let mut sample = Sample::new(&[("own/x", 4), ("own/y", 4)]);
    for _ in 0..6 {
        sample.block_in_order(&[("own/x@4", trial.end()), ("own/y@4", trial.end())]);
    }
    let mut recording = sample.end(StopReason::Blocks);
    for one in &mut recording.trials {
        let Outcome::Ran(run) = &mut one.outcome else { panic!("it ran") };
        run.columns = trial.columns.clone();
        one.witness = Some(trial.witness.clone());
    }
    let text = shown(&recording);
    assert_eq!(text.matches("likely: tls_preparation").count(), 2, "{text}");
}

#[test]
fn three_strategies_fit_one_screen() {
    let text = shown(&Sample::three_strategies(12));
    assert!(text.lines().count() <= 28, "{text}");
    assert_snapshot!(text, @"
    embedded endpoint, rtt 11 ms, TLS · 2 cores · 12 blocks, every ratio within 2%
    batch 4, in ms      time  vs fastest                  setup  wait  client  queue
      hyper/async       50.4  fastest            ███▌      23.3  11.2    15.7    0.3
      ureq/threads      60.4  1.20 [1.20, 1.20]  ████▎     23.3  11.2    25.7    0.3
      ureq/sequential  100.4  1.99 [1.99, 2.00]  ███████   23.3  44.7    32.5    0.0
    Why
      ureq/threads     25.6 of 60.4 ms: work before the first request. Create
        session, event loop and threads once, for all batches (session=warm).
                                                                  likely: cold_start
      ureq/sequential  32.7 of 100 ms: one request at a time. Send the requests
        concurrently, as ureq/threads and hyper/async do. likely: serial_round_trips
    Bottleneck
      hyper/async      opening connections: 23.7 of 50.4 ms
      ureq/threads     client CPU 42% busy; next is opening connections
      ureq/sequential  one request at a time; next is the client at 17%
    seconds     ureq/sequential          ureq/threads           hyper/async
    count                    12                    12                    12
    mean               0.100420              0.060420              0.050420
    std                0.000296              0.000296              0.000296
    min                0.100000              0.060000              0.050000
    25%                0.100209              0.060209              0.050209
    50%                0.100390              0.060390              0.050390
    75%                0.100582              0.060582              0.050582
    max                0.100959              0.060959              0.050959
    in ms    100|▄██▄▄█ ▄▄▄|101  60.0|▄██▄▄█ ▄▄▄|61.0  50.0|▄██▄▄█ ▄▄▄|51.0
    ratio              baseline  0.602 [0.601, 0.602]  0.502 [0.501, 0.503]
    verdict                                    faster                faster
    More: batchmark report --full, batchmark explain serial_round_trips
    ");
}

#[test]
fn shows_times_as_multiples_of_the_floor_where_it_is_an_arm() {
    let mut sample = Sample::new(&[("ureq/threads", 4), ("floor/async", 4), ("hyper/async", 4)]);
    for jitter in 0..4 {
        let floor = ("floor/async@4", 50 + jitter);
        sample.block(&[("ureq/threads@4", 120), floor, ("hyper/async@4", 40 + jitter)]);
    }
    let text = shown(&sample.end(StopReason::Blocks));
    let row = |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_default();
    let figures: Vec<&str> = ["batch 4", "hyper/async", "floor/async", "ureq/threads"]
        .into_iter()
        .map(|name| {
            row(name)
                .split("  ")
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .nth(3)
                .unwrap_or_default()
        })
        .collect();
    assert_eq!(figures, ["vs floor", "0.806", "floor", "2.33"], "{text}");
}

/// Every recording of the documents, by its path.
fn documented() -> Vec<(PathBuf, Recording)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recordings");
    let files = [folder.clone(), folder.join("findings")].into_iter().flat_map(|folder| {
        let entries = fs::read_dir(folder).expect("the folder exists");
        entries.map(|entry| entry.expect("an entry can be read").path())
    });
    let files = files.filter(|path| path.extension().is_some_and(|it| it == "jsonl"));
    let read = |path: PathBuf| {
        let file = BufReader::new(fs::File::open(&path).expect("the recording can be opened"));
        (path, Recording::read(file).expect("is a recording"))
    };
    files.map(read).collect()
}

/// The recording with these conditions typed for each of its arms.
fn with_conditions(mut recording: Recording, conditions: impl Fn(usize) -> String) -> Recording {
    let plan = recording.plan.as_mut().expect("has a plan");
    let labels: BTreeSet<Label> = plan.arms.iter().map(|arm| arm.label.clone()).collect();
    let renamed: BTreeMap<Label, Label> = labels
        .into_iter()
        .enumerate()
        .map(|(place, label)| {
            let separator = if label.0.contains(':') { ',' } else { ':' };
            let new = Label(format!("{label}{separator}{}", conditions(place)));
            (label, new)
        })
        .collect();
    let rename = |label: &mut Label| *label = renamed.get(label).unwrap_or(label).clone();
    rename(&mut plan.baseline);
    plan.references.iter_mut().for_each(rename);
    for arm in &mut plan.arms {
        let old = arm.label.0.clone();
        rename(&mut arm.label);
        let name = ArmName(arm.name.0.replacen(&old, &arm.label.0, 1));
        for trial in recording.trials.iter_mut().filter(|trial| trial.arm == arm.name) {
            trial.arm = name.clone();
        }
        arm.name = name;
    }
    recording
}

/// One screen for a batch size, and two for two.
fn assert_fits(path: &Path, recording: &Recording) {
    let analysis = explain::analyse(recording);
    let text = laid_out(&analysis, recording, 80);
    let limit = match analysis.batch_sizes.len() {
        2 => 60,
        sizes => 28 * sizes,
    };
    let lines = text.lines().count();
    assert!(lines <= limit, "{lines} lines of {}:\n{text}", path.display());
}

#[test]
fn every_documented_recording_fits_one_screen_a_batch_size() {
    let recordings = documented();
    assert!(recordings.len() > 20, "{} recordings", recordings.len());
    for (path, recording) in recordings {
        assert_fits(&path, &recording);
    }
}

#[test]
fn long_labels_fit_one_screen_a_batch_size() {
    let shared = "session=warm,workers=16,timeout=30s,context=shared";
    for (path, recording) in documented() {
        assert_fits(&path, &with_conditions(recording.clone(), |_| shared.to_owned()));
        let different = |place| format!("session=warm,workers={place},retries=none,pool=shared");
        assert_fits(&path, &with_conditions(recording.clone(), different));
        let nothing_shared = |place: usize| {
            let conditions = (0..5).map(|at| format!("setting{at}=value{place}"));
            conditions.collect::<Vec<_>>().join(",")
        };
        assert_fits(&path, &with_conditions(recording, nothing_shared));
    }
}

#[test]
fn three_strategies_at_two_sizes_fit_sixty_lines() {
    let mut recording = Sample::three_sizes(12);
    let is_kept = |size: u32| size != 1;
    let plan = recording.plan.as_mut().expect("has a plan");
    plan.arms.retain(|arm| is_kept(arm.batch_size.0));
    recording.trials.retain(|trial| !trial.arm.0.ends_with("@1"));
    let text = shown(&recording);
    assert_eq!(text.matches("vs fastest").count(), 2, "{text}");
    assert!(text.lines().count() <= 60, "{text}");
}

#[test]
fn speaks_of_own_code_and_of_the_fastest_reference() {
    let text = shown(&own_code());
    assert!(!text.contains("ureq/sequential"), "{text}");
    assert_snapshot!(text, @"
    embedded endpoint, rtt 11 ms, TLS · 2 cores · 4 blocks
    batch 4, in ms             time  vs fastest         setup  wait  client  queue
      hyper/async (reference)  50.0  fastest                -     -       -      -
      own/fetch                81.5  1.63 [1.59, 1.67]      -     -       -      -
    Why: no cause found, because requests were not observed: own/fetch

    seconds  own/fetch           hyper/async
    count            4                     4
    mean      0.081500              0.050000
    std       0.001291              0.000000
    min       0.080000              0.050000
    25%       0.080750              0.050000
    50%       0.081500              0.050000
    75%       0.082250              0.050000
    max       0.083000              0.050000
    ratio     baseline  0.614 [0.598, 0.629]
    verdict                           faster

    caveat: only 4 blocks: measure at least 10 (-n 10)
    Stopped at the maximum of 4 blocks. At least one ratio is still uncertain by
    more than 2%.
    More: batchmark report --full, batchmark explain few_blocks
    ");
}

#[test]
fn names_arms_without_a_time_and_what_failed() {
    assert_snapshot!(shown(&failures()), @"
    embedded endpoint, rtt 11 ms, TLS · 2 cores · 3 blocks
    batch 2, in ms      time  vs fastest                  setup  wait  client  queue
      ureq/threads      60.0  fastest            ████▎        -     -       -      -
      ureq/sequential  100.0  1.67 [1.67, 1.67]  ███████      -     -       -      -
      hyper/async: no time, all batches failed: status 6 requests, lost 1 trial
      no verdict: a caveat forbids to compare these times
    Why: no cause found, because requests were not observed: ureq/sequential

    seconds  ureq/sequential          ureq/threads  hyper/async
    count                  4                     3            0
    mean            0.100000              0.060000            -
    std             0.000000              0.000000            -
    min             0.100000              0.060000            -
    25%             0.100000              0.060000            -
    50%             0.100000              0.060000            -
    75%             0.100000              0.060000            -
    max             0.100000              0.060000            -
    ratio           baseline  0.600 [0.600, 0.600]            -
    verdict                                 vetoed       vetoed

    failed: ureq/threads@2: 1 of 2 requests failed in 1 of 4 trials: GET
      https://127.0.0.1:40001/todos/1 (status 404, expected 200)
    failed: hyper/async@2: every request failed: GET
      https://127.0.0.1:40001/todos/1 and 1 other (status 404, expected 200); 1 of 4
      trials lost (the driver died of signal 11)
    caveat: one arm failed in 1 of 4 trials, another in none: fix the failures
    Stopped by hand after 3 blocks.
    More (2 caveats): batchmark report --full, batchmark explain unequal_errors
    ");
}

#[test]
fn caveats_that_read_the_same_are_shown_once() {
    let long = |name: &str| format!("own/{name}_with_a_name_that_leaves_no_room_for_another_one");
    let labels = ["first", "second"].map(long);
    let mut sample = Sample::new(&[("ureq/threads", 2), (&labels[0], 2), (&labels[1], 2)]);
    let status = || Some(failure(FailureKind::Status, "status 404, expected 200"));
    for _ in 0..3 {
        sample.block(&[("ureq/threads@2", 60)]);
        for label in &labels {
            sample.add_failed(&format!("{label}@2"), &[status(), status()]);
        }
    }
    let text = shown(&sample.end(StopReason::Blocks));
    let caveats = text.lines().filter(|line| line.starts_with("caveat: one arm failed in"));
    assert_eq!(caveats.count(), 1, "{text}");
}

#[test]
fn fits_sixty_columns() {
    assert_snapshot!(in_columns(&Sample::three_strategies(12), 60), @r"
    embedded endpoint, rtt 11 ms, TLS · 2 cores
    12 blocks, every ratio within 2%
    batch 4, in ms
         time  vs fastest         setup  wait  client  queue
      hyper/async
         50.4  fastest             23.3  11.2    15.7    0.3
      ureq/threads
         60.4  1.20 [1.20, 1.20]   23.3  11.2    25.7    0.3
      ureq/sequential
        100.4  1.99 [1.99, 2.00]   23.3  44.7    32.5    0.0
    Why
      ureq/threads     25.6 of 60.4 ms: work before the first
        request. Create session, event loop and threads once,
        for all batches (session=warm).       likely: cold_start
      ureq/sequential  32.7 of 100 ms: one request at a time.
        Send the requests concurrently, as ureq/threads and
        hyper/async do.               likely: serial_round_trips
    Bottleneck
      hyper/async      opening connections: 23.7 of 50.4 ms
      ureq/threads     client CPU 42% busy
      ureq/sequential  one request at a time

    seconds  ureq/sequential    ureq/threads     hyper/async
    count                 12              12              12
    mean            0.100420        0.060420        0.050420
    std             0.000296        0.000296        0.000296
    min             0.100000        0.060000        0.050000
    25%             0.100209        0.060209        0.050209
    50%             0.100390        0.060390        0.050390
    75%             0.100582        0.060582        0.050582
    max             0.100959        0.060959        0.050959
    ratio           baseline           0.602           0.502
    95%                       [0.601, 0.602]  [0.501, 0.503]
    verdict                           faster          faster

    More: batchmark report --full, batchmark explain
    serial_round_trips
    ");
}

#[test]
fn no_line_is_wider_than_the_screen_and_colours_change_nothing_else() {
    let mut wild = Sample::new(&[("ureq/sequential", 4), ("hyper/async", 4)]);
    wild.block(&[("ureq/sequential@4", 90_000), ("hyper/async@4", 2)]);
    wild.block(&[("ureq/sequential@4", 3), ("hyper/async@4", 1)]);
    let recordings = [
        Sample::three_strategies(12),
        Sample::three_sizes(3),
        own_code(),
        failures(),
        wild.end(StopReason::Blocks),
    ];
    for recording in &recordings {
        let analysis = explain::analyse(recording);
        for columns in 60..=200 {
            let style = Style { width: columns, colour: Colour::Off, ..Style::default() };
            let plain = lines(&analysis, recording, style);
            for line in &plain {
                assert!(width(line) <= columns, "{} of {columns} columns: {line}", width(line));
                assert_eq!(line, line.trim_end());
            }
            let inked = lines(&analysis, recording, Style { colour: Colour::Ansi, ..style });
            let inked: Vec<String> = inked.iter().map(|line| without_colours(line)).collect();
            assert_eq!(inked, plain);
        }
    }
}

#[test]
fn a_narrow_terminal_is_taken_for_sixty_columns() {
    let recording = Sample::three_strategies(3);
    assert_eq!(in_columns(&recording, 1), in_columns(&recording, 60));
    assert_eq!(in_columns(&recording, 999), in_columns(&recording, 200));
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_code, rest)| rest))
}

/// Arms that open a connection for each batch of three requests in turn.
fn cold(labels: &[&str]) -> Recording {
    let trial = SyntheticTrial::over(1, Opening::Once, 500, &[Steps::default(); 3]);
    let arms: Vec<(&str, u32)> = labels.iter().map(|label| (*label, 3)).collect();
    let mut sample = Sample::new(&arms);
    for arm in &mut sample.plan().arms {
        arm.conditions.insert("session".to_owned(), "cold".to_owned());
    }
    for _ in 0..3 {
        sample.block(&[]);
        for label in labels {
            sample.add_trial(&format!("{label}@3"), 0);
            let run = sample.last_run();
            run.finished = run.started + trial.end();
            run.columns = trial.columns.clone();
            sample.last_trial().witness = Some(trial.witness.clone());
            sample.last_trial().socket = Some(Box::new(trial.sockets(1)));
        }
    }
    sample.end(StopReason::Blocks)
}

#[test]
fn only_a_cold_arm_alone_says_what_a_kept_session_would_save() {
    let says = |labels: &[&str]| shown(&cold(labels)).contains("A session that is kept between");
    assert!(says(&["a/x"]), "{}", shown(&cold(&["a/x"])));
    assert!(!says(&["a/x", "b/y"]));
}
