use evidence::noise::{self, Noise, Turn};
use explain::merge::{NamedRecording, merge as merge_recordings};
use insta::assert_snapshot;
use model::recording::{ClockComparison, ClockExchange, Recording};
use model::time::{Moment, Span};
use model::trial::Outcome;

use super::*;

/// A place whose batches take `factor` times as long, and where `c/z` takes `ratio` times as long as `a/x`.
fn place(name: &str, seed: u64, factor: f64, ratio: f64) -> NamedRecording {
    let log_time = |Turn { arm, noise, .. }: Turn<'_>| {
        let of_arm: f64 = if arm == 2 { ratio } else { 1.0 };
        factor.ln() + of_arm.ln() + 0.01 * noise.normal()
    };
    let mut recording = noise::run(&mut Noise::new(seed), 10, 10, log_time);
    recording.header.started_at = format!("2026-01-01T00:00:{seed:02}Z");
    NamedRecording { place: name.to_owned(), recording }
}

/// Says that the first trial began after these seconds of the collector's clock.
fn clocked(mut named: NamedRecording, collector: &str, seconds: u64) -> NamedRecording {
    let ahead = Span::from_secs(1000);
    let sent = Moment::from_nanos(1_000_000) + Span::from_secs(seconds);
    for trial in &mut named.recording.trials {
        let Outcome::Ran(run) = &mut trial.outcome else { continue };
        run.started = run.started + Span::from_secs(seconds) + ahead;
        run.finished = run.finished + Span::from_secs(seconds) + ahead;
    }
    let exchange = |trip: u64| ClockExchange {
        sent,
        received: sent + ahead + Span::from_nanos(trip / 2),
        replied: sent + ahead + Span::from_nanos(trip / 2),
        arrived: sent + Span::from_nanos(trip),
    };
    named.recording.header.clock = Some(ClockComparison {
        collector: collector.to_owned(),
        exchanges: vec![exchange(9_000_000), exchange(800_000)],
    });
    named
}

fn shown(places: &[NamedRecording], width: usize) -> String {
    let style = Style { width, ..Style::default() };
    merge(&merge_recordings(places).expect("can be merged"), style)
}

fn three() -> Vec<NamedRecording> {
    let mut places =
        vec![place("paris", 1, 1.0, 0.6), place("tokyo", 2, 3.0, 0.5), place("local", 3, 1.1, 0.7)];
    places[1].recording.header.environment.cpu = Some("Another".to_owned());
    places
}

#[test]
fn places_that_differ_are_shown_beside_their_mean() {
    assert_snapshot!(shown(&three(), 80));
}

#[test]
fn a_narrow_terminal_has_an_entry_for_each_place() {
    let text = shown(&three(), 60);
    assert!(text.lines().all(|line| text::width(line) <= 60), "{text}");
}

#[test]
fn places_that_agree_are_shown_with_their_times() {
    let places: Vec<NamedRecording> = (0..5)
        .map(|index| {
            let name = format!("worker-{index}");
            clocked(place(&name, index + 1, 1.0, 0.6), "notebook", 40 * index)
        })
        .collect();
    assert_snapshot!(shown(&places, 80));
}

#[test]
fn a_place_without_an_interval_is_left_out_of_the_mean() {
    let mut places = three();
    let only_first = |recording: &mut Recording| {
        recording.trials.retain(|trial| trial.place().is_some_and(|place| place.block == 0));
    };
    only_first(&mut places[2].recording);
    assert_snapshot!(shown(&places, 80));
}
