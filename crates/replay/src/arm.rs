//! The replay of an arm: its trials as batches, checked against what was measured, and what they would
//! take under other conditions.

use evidence::ArmEvidence;
use evidence::account::Charge;
use model::time::Span;
use stats::estimate::Estimate;

use crate::batch::{Batch, Connecting, Request, Resource};
use crate::bottleneck::Bottleneck;
use crate::change::{Change, apply_all};
use crate::client_work::ClientWork;
use crate::growth::{self, Growth};
use crate::learn::{Learnt, learn};
use crate::predict::{requests_with, seconds, shortened};
use crate::simulate::{Replayed, simulate};
use crate::start_growth::{Beginning, start_growth};
use crate::wake::set_wake;
use crate::work_costs::{WorkCosts, WorkStretch, set_scan};

/// The maximum number of trials of an arm that are replayed.
const MOST_TRIALS: usize = 20;
/// The maximum number of requests of all of its trials together; three trials are always replayed.
const MOST_REQUESTS: usize = 200_000;
const LEAST_TRIALS: usize = 3;
/// The maximum number of requests of all trials together in one prediction, which replays each several
/// times.
const MOST_PREDICTED_REQUESTS: usize = 20_000;
/// The maximum number of these trials, and of their requests together, in which the bottleneck is found:
/// each is replayed a dozen times. One trial is always replayed.
const MOST_BOTTLENECK_TRIALS: usize = 6;
const MOST_BOTTLENECK_REQUESTS: usize = 2_000;
/// The maximum number of trials in which the room of a server is looked for.
const MOST_ROOM_TRIALS: usize = 7;
/// How far a replay may be from the measured batch, as a share of it: the median over the trials.
const TOLERANCE: f64 = 0.05;
/// By how much of a predicted time the model is usually wrong, where the replay of what was measured is
/// exact. It was chosen on the cells of `cargo xtask foresee` with seed 1, of which 86% lie in intervals
/// of this error and 77% in half of it, so these shares say nothing of cells with another seed.
const MODEL_ERROR: f64 = 0.06;
/// By how much of a predicted gain the model is usually wrong.
const GAIN_ERROR: f64 = 0.1;

/// What is known of an arm besides its trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArmFacts {
    /// How many cores it may use.
    pub cores: usize,
    /// What runs its threads.
    pub threading: Threading,
    /// What a request does whose connection is being opened.
    pub connecting: Connecting,
    /// How many requests its server handles at once, where any arm shows that.
    pub server_room: Option<usize>,
}

/// What runs the threads of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threading {
    /// One at a time: an interpreter lock.
    OneAtATime,
    /// There is one, which runs an event loop.
    EventLoop,
    /// Each on a core of its own.
    Parallel,
    /// Unknown: what the threads waited for shows it.
    #[default]
    Unknown,
}

/// The replay of an arm.
#[derive(Clone, Debug)]
pub struct ArmReplay {
    trials: Vec<ReplayedTrial>,
    /// The median of the errors of the replays, as a share of the measured batches.
    error: f64,
}

/// A trial and its replay.
#[derive(Clone, Debug)]
struct ReplayedTrial {
    /// How long the batch took.
    measured: Span,
    /// How long its requests took that are replayed: those of the stretch of a sampled trial.
    observed: Span,
    batch: Batch,
    replayed: Replayed,
    stretches: Vec<WorkStretch>,
}

/// How the batches of an arm began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchBeginning(Beginning);

/// What a batch would take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Its time, with an interval in which the measured mean lies in 95 of 100 cases.
    pub batch: Estimate,
    /// Whether it rests on something that was not seen, such as more requests at once.
    pub extrapolated: bool,
}

/// What a change would save.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// By how much the batch becomes shorter.
    pub saved: Estimate,
    /// Whether it rests on something that was not seen, such as more requests at once.
    pub extrapolated: bool,
}

impl ArmReplay {
    /// Replays a sample of the arm's trials, spread over its blocks; `seed` decides which. Nothing where
    /// no request of any trial was observed.
    pub fn new(arm: &ArmEvidence<'_>, facts: ArmFacts, seed: u64) -> Option<Self> {
        let setting = arm.setting.as_ref()?;
        let replayed = |trial: &usize| {
            let examined = &arm.successes[*trial];
            let Learnt { batch, stretches } = learn(examined, examined.setting(setting), facts)?;
            let replayed = simulate(&batch);
            let (measured, observed) = (examined.batch_time(), examined.observed_time());
            Some(ReplayedTrial { measured, observed, batch, replayed, stretches })
        };
        let sample = sample(arm.successes.len(), setting.paths.len(), seed);
        let trials: Vec<ReplayedTrial> = sample.iter().filter_map(replayed).collect();
        let error = median(trials.iter().map(ReplayedTrial::error))?;
        Some(Self { trials, error })
    }

    /// How many requests the arm's server handles at once, where it is not ours and most of a few trials show it.
    pub fn server_room(arm: &ArmEvidence<'_>, seed: u64) -> Option<usize> {
        let setting = arm.setting.as_ref().filter(|setting| setting.link.is_none())?;
        let sample = sample(arm.successes.len(), setting.paths.len(), seed);
        let looked_at = sample.iter().take(MOST_ROOM_TRIALS);
        let mut rooms: Vec<Option<usize>> = looked_at
            .map(|&trial| {
                let examined = &arm.successes[trial];
                Some(examined.server_room(examined.setting(setting), None)?.requests)
            })
            .collect();
        // Those that show none come first.
        rooms.sort_unstable();
        *rooms.get(rooms.len() / 2)?
    }

    /// The stretches in which its client worked.
    pub fn stretches(&self) -> impl Iterator<Item = &WorkStretch> {
        self.trials.iter().flat_map(|trial| &trial.stretches)
    }

    /// Learns from arms of the same client, this one included, what its work costs beside its requests.
    pub fn learn_costs(&mut self, seen: &[WorkStretch]) {
        let WorkCosts { wake, scan } = WorkCosts::of_stretches(seen);
        if !scan.is_zero() {
            self.adjust(|batch, replayed| set_scan(batch, replayed, scan));
        }
        if !wake.is_zero() {
            self.adjust(|batch, replayed| set_wake(batch, replayed, wake));
        }
    }

    /// Learns from arms of the same client, this one included, how requests that begin together delay the first.
    pub fn learn_beginnings(&mut self, seen: &[BatchBeginning]) {
        let growth = start_growth(&seen.iter().map(|beginning| beginning.0).collect::<Vec<_>>());
        for trial in self.trials.iter_mut().filter(|trial| trial.batch.has_event_loop) {
            trial.batch.start_growth = growth;
        }
    }

    /// Adjusts the batch of each trial with its replay, and replays it again.
    fn adjust(&mut self, adjust: impl Fn(&mut Batch, &Replayed)) {
        for trial in &mut self.trials {
            adjust(&mut trial.batch, &trial.replayed);
            trial.replayed = simulate(&trial.batch);
        }
        self.error = median(self.trials.iter().map(ReplayedTrial::error)).unwrap_or(self.error);
    }

    /// How its batches began; nothing where connections were opened, or its client is no event loop.
    pub fn beginning(&self) -> Option<BatchBeginning> {
        let beginnings = self.trials.iter().filter_map(|trial| Beginning::new(&trial.batch));
        Beginning::mean(&beginnings.collect::<Vec<_>>()).map(BatchBeginning)
    }

    /// The median of the errors of the replays of what was measured, as a share of the batch.
    pub const fn error(&self) -> f64 {
        self.error
    }

    /// Whether the replay reproduces what was measured. Where it does not, it predicts nothing.
    pub fn is_calibrated(&self) -> bool {
        self.error.abs() <= TOLERANCE
    }

    /// How long these causes take in a batch, on the critical path or not, in seconds: the mean over the
    /// trials.
    pub fn time_of(&self, causes: &[Charge]) -> f64 {
        let time = |trial: &ReplayedTrial| trial.parts() * trial.batch.time_of(causes).as_secs();
        let times = self.trials.iter().map(time);
        times.sum::<f64>() / self.trials.len().max(1) as f64
    }

    /// Whether these causes take any time.
    pub fn has(&self, causes: &[Charge]) -> bool {
        self.trials.iter().any(|trial| trial.batch.has(causes))
    }

    /// Whether requests open connections although their worker has one.
    pub fn reopens(&self) -> bool {
        let opens = |request: &Request| !request.reopening.is_empty();
        self.trials.iter().any(|trial| trial.batch.requests.iter().any(opens))
    }

    /// The first trial's batch, of which all have the same resources.
    pub fn batch(&self) -> Option<&Batch> {
        Some(&self.trials.first()?.batch)
    }

    /// How long the client works for a batch, summed over its threads, in seconds: the mean over the
    /// trials. Nothing without a trial.
    pub fn client_work(&self) -> Option<f64> {
        let work = |trial: &ReplayedTrial| {
            let busy = trial.replayed.busy;
            let working = busy[Resource::Client].saturating_sub(trial.batch.idle());
            trial.parts() * (working + busy[Resource::Core]).as_secs()
        };
        let sum: f64 = self.trials.iter().map(work).sum();
        (!self.trials.is_empty()).then(|| sum / self.trials.len() as f64)
    }

    /// What the client works for a request and for a connection; nothing without a trial.
    pub fn work_by_part(&self) -> Option<ClientWork> {
        let works = self.trials.iter().map(|trial| ClientWork::of_batch(&trial.batch));
        ClientWork::median(&works.collect::<Vec<_>>())
    }

    /// How long the client would work for a batch, if it did no more for each request than it does before it
    /// writes the first, in seconds: the mean over the trials. What it does then, no response makes it do.
    /// Nothing without a trial.
    pub fn least_client_work(&self) -> Option<f64> {
        let work = |trial: &ReplayedTrial| trial.parts() * trial.batch.work_before_all().as_secs();
        let sum: f64 = self.trials.iter().map(work).sum();
        (!self.trials.is_empty()).then(|| sum / self.trials.len() as f64)
    }

    /// How many requests were in flight at once, at most.
    pub fn workers(&self) -> usize {
        self.trials.iter().map(|trial| trial.batch.workers.len()).max().unwrap_or(1)
    }

    /// What the changes together would save; nothing where the replay is not calibrated.
    pub fn gain(&self, changes: &[Change]) -> Option<Gain> {
        if !self.is_calibrated() {
            return None;
        }
        let saved = |growth: Growth| {
            let saved = self
                .trials
                .iter()
                .map(|trial| trial.saved(&growth::with(changes, &trial.batch, growth)));
            Estimate::from_blocks(&saved.collect::<Vec<f64>>())
        };
        let usual = saved(Growth::Usual)?;
        let error = GAIN_ERROR * usual.seconds.abs();
        let mut gain = Gain { saved: widen(usual, error), extrapolated: false };
        if self.goes_beyond(changes) {
            let bounds = [saved(Growth::Most)?, saved(Growth::Least)?];
            gain.extrapolated = gain.saved.include(&bounds);
        }
        Some(gain)
    }

    /// What the batch would take with these changes; nothing where the replay is not calibrated.
    ///
    /// The noise is Student's t over the trials, of which each block has one. Resampling them covers the
    /// mean of 8 log-normal times in 89% of cases, with intervals that are 24% narrower; t in 96%.
    pub fn predict(&self, changes: &[Change]) -> Option<Prediction> {
        if !self.is_calibrated() {
            return None;
        }
        let sample = self.trials_for(self.requests_with(changes));
        let time = |growth: Growth| {
            let trials = sample.iter().map(|&trial| &self.trials[trial]);
            let times =
                trials.map(|trial| trial.time(&growth::with(changes, &trial.batch, growth)));
            Estimate::from_blocks(&times.collect::<Vec<f64>>())
        };
        let usual = time(Growth::Usual)?;
        let error = self.model_error(changes) * usual.seconds;
        let usual = of_another_run(usual);
        let mut prediction = Prediction { batch: widen(usual, error), extrapolated: false };
        if self.goes_beyond(changes) {
            let bounds = [time(Growth::Most)?, time(Growth::Least)?];
            prediction.extrapolated = prediction.batch.include(&bounds);
        }
        // No batch takes less than no time.
        prediction.batch.low = prediction.batch.low.map(|low| low.max(0.0));
        Some(prediction)
    }

    /// What holds the batch back most with these changes.
    pub fn bottleneck(&self, changes: &[Change]) -> Option<Bottleneck> {
        if !self.is_calibrated() {
            return None;
        }
        let requests = self.requests_with(changes);
        let most = (MOST_BOTTLENECK_REQUESTS / requests.max(1)).clamp(1, MOST_BOTTLENECK_TRIALS);
        let sample = spread(self.trials.len(), most, |step| (step - 1) / 2);
        let shorter = shortened(self.batch()?, changes, MOST_BOTTLENECK_REQUESTS);
        let changes = shorter.as_deref().unwrap_or(changes);
        let changed = |trial: &usize| apply_all(&self.trials[*trial].batch, changes);
        Bottleneck::of_batches(&sample.iter().map(changed).collect::<Vec<Batch>>())
    }

    /// How many requests the batch has with these changes.
    fn requests_with(&self, changes: &[Change]) -> usize {
        self.batch().map_or(0, |batch| requests_with(batch, changes))
    }

    /// The trials to replay for a number of requests: fewer trials where that would take long.
    fn trials_for(&self, requests: usize) -> Vec<usize> {
        let most = (MOST_PREDICTED_REQUESTS / requests.max(1)).max(LEAST_TRIALS);
        spread(self.trials.len(), most, |step| (step - 1) / 2)
    }

    /// By how much of a predicted time the model is usually wrong. It errs more the more often the
    /// requests that were seen are repeated.
    fn model_error(&self, changes: &[Change]) -> f64 {
        let Some(batch) = self.batch() else { return MODEL_ERROR };
        let repeats = self.requests_with(changes) as f64 / batch.requests.len().max(1) as f64;
        MODEL_ERROR * (1.0 + repeats.max(1.0).log2()).sqrt() + self.error.abs()
    }

    /// Whether the changes rest on what was not seen: more requests at once, or openings.
    fn goes_beyond(&self, changes: &[Change]) -> bool {
        self.trials.iter().any(|trial| growth::goes_beyond(changes, &trial.batch))
    }
}

impl ReplayedTrial {
    fn error(&self) -> f64 {
        let observed = self.observed.as_secs();
        if observed > 0.0 { self.replayed.batch.as_secs() / observed - 1.0 } else { 0.0 }
    }

    /// How many times the replayed requests are contained in the batch, by their time.
    fn parts(&self) -> f64 {
        let observed = self.observed.as_secs();
        if observed > 0.0 { self.measured.as_secs() / observed } else { 1.0 }
    }

    /// By how much what was measured is longer than its replay, as a factor.
    fn scale(&self) -> f64 {
        let replayed = self.replayed.batch.as_secs();
        if replayed > 0.0 { self.observed.as_secs() / replayed } else { 1.0 }
    }

    fn time(&self, changes: &[Change]) -> f64 {
        let sets_size = |change: &Change| matches!(change, Change::Requests(_));
        // Where the number of requests is given, they are all that are replayed.
        let parts = if changes.iter().any(sets_size) { 1.0 } else { self.parts() };
        parts * self.scale() * seconds(&self.batch, changes)
    }

    fn saved(&self, changes: &[Change]) -> f64 {
        self.measured.as_secs() - self.time(changes)
    }
}

/// An estimate with the interval for the mean of as many trials in another run, which has noise of its
/// own.
fn of_another_run(estimate: Estimate) -> Estimate {
    let Estimate { seconds, low, high } = estimate;
    let wider = |end: f64| seconds + std::f64::consts::SQRT_2 * (end - seconds);
    Estimate { seconds, low: low.map(wider), high: high.map(wider) }
}

/// Widens an interval by an error of the model, which is independent of the noise.
fn widen(estimate: Estimate, error: f64) -> Estimate {
    let half = |end: Option<f64>| end.map_or(0.0, |end| (end - estimate.seconds).abs());
    let low = estimate.seconds - half(estimate.low).hypot(error);
    let high = estimate.seconds + half(estimate.high).hypot(error);
    Estimate { seconds: estimate.seconds, low: Some(low), high: Some(high) }
}

/// An interval that can be widened to other estimates.
trait Include {
    /// Widens the interval to the centres of other estimates. Whether that makes it much wider.
    fn include(&mut self, others: &[Estimate]) -> bool;
}

impl Include for Estimate {
    fn include(&mut self, others: &[Estimate]) -> bool {
        let width = |estimate: &Self| estimate.high.unwrap_or(0.0) - estimate.low.unwrap_or(0.0);
        let before = width(self);
        for other in others {
            self.low = self.low.map(|low| low.min(other.seconds));
            self.high = self.high.map(|high| high.max(other.seconds));
        }
        width(self) > MUCH_WIDER * before
    }
}

/// An interval that becomes this much wider because of what was not seen is called extrapolated.
const MUCH_WIDER: f64 = 1.5;

/// The trials to replay: equally far apart, from one on that the seed decides.
fn sample(trials: usize, requests: usize, seed: u64) -> Vec<usize> {
    let most = (MOST_REQUESTS / requests.max(1)).clamp(LEAST_TRIALS, MOST_TRIALS);
    spread(trials, most, |step| usize::try_from(seed % step as u64).unwrap_or_default())
}

/// At most `most` of some trials, equally far apart; `first` is the first of them, by their distance.
fn spread(trials: usize, most: usize, first: impl Fn(usize) -> usize) -> Vec<usize> {
    let step = trials.div_ceil(most).max(1);
    (first(step)..trials).step_by(step).collect()
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests;
