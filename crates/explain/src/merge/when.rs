//! When each place was measured, on the one clock of the collector.

use model::recording::{ClockComparison, Recording};
use model::time::Moment;
use model::trial::Outcome;
use schemars::JsonSchema;
use serde::Serialize;
use stats::clock_offset::{ClockOffset, Stamps};

use super::NamedRecording;

const NANOS: f64 = 1e9;

/// When a place was measured, in seconds since the first place began.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TimeOfRun {
    /// When its first trial began.
    pub began: f64,
    /// When its last trial ended.
    pub ended: f64,
    /// How far the clock of the place is ahead of the collector's; negative where it is behind. These clocks count
    /// from the start of their machine.
    pub offset: f64,
    /// All three are off by at most this, as far as the clocks are: half the round trip of the shortest exchange.
    pub bound: f64,
}

/// A run on the collector's clock, in nanoseconds.
struct Stretch {
    began: i128,
    ended: i128,
    offset: i128,
    bound: u128,
}

/// The time of each place; none where the clocks of a place were not compared, or by another collector.
pub(super) fn times(recordings: &[NamedRecording]) -> Vec<Option<TimeOfRun>> {
    let recordings = || recordings.iter().map(|named| &named.recording);
    let clock = |recording: &'_ Recording| recording.header.clock.clone();
    let collector = recordings().find_map(clock).map(|clock| clock.collector);
    let is_his = |clock: &ClockComparison| Some(&clock.collector) == collector.as_ref();
    let stretches: Vec<Option<Stretch>> =
        recordings().map(|of| stretch(of, &clock(of).filter(|clock| is_his(clock))?)).collect();
    let start = stretches.iter().flatten().map(|stretch| stretch.began).min().unwrap_or_default();
    let since_start = |nanos: i128| (nanos - start) as f64 / NANOS;
    let time = |stretch: Stretch| TimeOfRun {
        began: since_start(stretch.began),
        ended: since_start(stretch.ended),
        offset: stretch.offset as f64 / NANOS,
        bound: stretch.bound as f64 / NANOS,
    };
    stretches.into_iter().map(|stretch| stretch.map(time)).collect()
}

/// Whether two of these runs overlapped, as far as the clocks can tell.
pub(super) fn any_overlap(times: &[TimeOfRun]) -> bool {
    let overlap = |one: &TimeOfRun, other: &TimeOfRun| {
        let together = one.ended.min(other.ended) - one.began.max(other.began);
        together > one.bound + other.bound
    };
    let earlier = |place: usize| &times[..place];
    times
        .iter()
        .enumerate()
        .any(|(place, time)| earlier(place).iter().any(|other| overlap(time, other)))
}

fn stretch(recording: &Recording, clock: &ClockComparison) -> Option<Stretch> {
    let stamps = clock.exchanges.iter().map(|exchange| Stamps {
        sent: exchange.sent.as_nanos(),
        received: exchange.received.as_nanos(),
        replied: exchange.replied.as_nanos(),
        arrived: exchange.arrived.as_nanos(),
    });
    let offset = ClockOffset::best(stamps)?;
    let runs = || {
        recording.trials.iter().filter_map(|trial| match &trial.outcome {
            Outcome::Ran(run) => Some(run),
            Outcome::Lost(_) => None,
        })
    };
    let at = |moment: Moment| i128::from(moment.as_nanos()) - offset.nanos;
    Some(Stretch {
        began: at(runs().map(|run| run.started).min()?),
        ended: at(runs().map(|run| run.finished).max()?),
        offset: offset.nanos,
        bound: offset.bound,
    })
}
