//! Places whose times and ratios are known, for the tests of what shows a merge.

use explain::merge::NamedRecording;
use model::recording::{ClockComparison, ClockExchange};
use model::time::{Moment, Span};
use model::trial::Outcome;
use test_support::noise::{self, Noise, Turn};

/// A place whose batches take `factor` times as long, and where `c/z` takes `ratio` times as long as `a/x`.
pub(crate) fn place(name: &str, seed: u64, factor: f64, ratio: f64) -> NamedRecording {
    let log_time = |Turn { arm, noise, .. }: Turn<'_>| {
        let of_arm: f64 = if arm == 2 { ratio } else { 1.0 };
        factor.ln() + of_arm.ln() + 0.01 * noise.normal()
    };
    let mut recording = noise::run(&mut Noise::new(seed), 10, 10, log_time);
    recording.header.started_at = format!("2026-01-01T00:00:{seed:02}Z");
    NamedRecording { place: name.to_owned(), recording }
}

/// Says that the first trial began after these seconds of the collector's clock.
pub(crate) fn clocked(mut named: NamedRecording, collector: &str, seconds: u64) -> NamedRecording {
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

pub(crate) fn three() -> Vec<NamedRecording> {
    let mut places =
        vec![place("paris", 1, 1.0, 0.6), place("tokyo", 2, 3.0, 0.5), place("local", 3, 1.1, 0.7)];
    places[1].recording.header.environment.cpu = Some("Another".to_owned());
    places
}
