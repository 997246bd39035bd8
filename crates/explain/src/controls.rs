//! The controls: whether this run measures what it should.
//!
//! One copy of an arm must not differ from it (A/A). Another copy, whose server thinks longer, must
//! differ by the time that the endpoint held its requests on the critical path. Both are compared
//! with their original in the blocks in which both succeeded. A control is missed if its 99.9%
//! interval excludes the expected value; at 95%, four controls would condemn 18% of healthy runs.
//! The half-width of the A/A ratio at 95% is the noise floor: a smaller difference cannot be
//! detected.

use std::collections::BTreeSet;

use model::arm::{Arm, ArmName, BatchSize, Role};
use model::time::Span;
use model::witness::RequestRow;
use schemars::JsonSchema;
use serde::Serialize;
use stats::describe::describe;
use stats::quantity::Confidence;
use stats::ratio::PairedRatio;
use stats::student::SampleMean;

use crate::ratios;
use evidence::{ArmEvidence, Evidence, Examined, PairedTrials};

/// A control compared with the arm that it copies.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ControlAnalysis {
    /// The control.
    pub arm: ArmName,
    /// The arm that it copies.
    pub of: ArmName,
    /// Which control it is: `aa` or `delay`.
    pub role: Role,
    /// The batch size of both.
    pub batch_size: BatchSize,
    /// The number of blocks in which both succeeded.
    pub blocks: usize,
    /// The control's time divided by the other's: the geometric mean over these blocks.
    pub ratio: Option<f64>,
    /// The lower end of its 95% interval; null below two blocks, as are all ends.
    pub low: Option<f64>,
    /// The upper end of its 95% interval.
    pub high: Option<f64>,
    /// The half-width of that interval, as a share of the ratio: a smaller difference cannot be
    /// detected. Null for a delay.
    pub noise_floor: Option<f64>,
    /// The control's time minus the other's: the mean over these blocks.
    pub seconds: Option<f64>,
    /// The lower end of its 95% interval.
    pub seconds_low: Option<f64>,
    /// The upper end of its 95% interval.
    pub seconds_high: Option<f64>,
    /// How much longer the endpoint held the requests on the critical path of the control. Null if
    /// that is unknown, and for the A/A copy.
    pub expected_seconds: Option<f64>,
    /// The interval by which the control is judged.
    pub gate: Option<Gate>,
    /// Whether that interval excludes the expected value; null if there is nothing to judge.
    pub missed: Option<bool>,
}

/// A 99.9% interval: of the ratio for an A/A copy, of the seconds for a delay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Gate {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Gate {
    fn excludes(self, expected: f64) -> bool {
        expected < self.low || self.high < expected
    }
}

/// Compares every control with the arm that it copies.
pub(crate) fn analyse(evidence: &Evidence<'_>) -> Vec<ControlAnalysis> {
    let original = |control: &Arm| {
        evidence
            .measured()
            .find(|arm| arm.arm.label == control.label && arm.size() == control.batch_size)
    };
    evidence
        .arms
        .iter()
        .filter(|arm| matches!(arm.arm.role, Role::Aa | Role::Delay))
        .filter_map(|control| Some(Copied { control, of: original(control.arm)? }))
        .map(|copied| copied.analyse())
        .collect()
}

/// A control and the arm that it copies.
struct Copied<'a> {
    control: &'a ArmEvidence<'a>,
    of: &'a ArmEvidence<'a>,
}

impl Copied<'_> {
    fn analyse(&self) -> ControlAnalysis {
        let control = self.control.arm;
        let gate = Confidence::new(0.999).expect("99.9 % is between 0 and 1");
        let pairs = self.control.pairs(self.of);
        let log_ratios = ratios::log_ratios(self.control, self.of);
        let ratio = PairedRatio::new(&log_ratios);
        let interval = ratio.and_then(|ratio| ratio.interval(Confidence::NINETY_FIVE));
        let noise = ratio.and_then(|ratio| ratio.half_width(Confidence::NINETY_FIVE));
        let seconds =
            SampleMean::new(&pairs.iter().map(PairedTrials::seconds).collect::<Vec<f64>>());
        let around = |confidence| {
            let seconds = seconds?;
            let half_width = seconds.half_width(confidence)?;
            Some(Gate { low: seconds.mean - half_width, high: seconds.mean + half_width })
        };
        let delay = control.role == Role::Delay;
        let expected = if delay { expected(&pairs) } else { None };
        let by_ratio = || {
            let interval = ratio?.interval(gate)?;
            Some(Gate { low: interval.low.ratio().value(), high: interval.high.ratio().value() })
        };
        let gate = if delay { around(gate) } else { by_ratio() };
        let truth = if delay { expected } else { Some(1.0) };
        let plain = around(Confidence::NINETY_FIVE);
        ControlAnalysis {
            arm: control.name.clone(),
            of: self.of.arm.name.clone(),
            role: control.role,
            batch_size: control.batch_size,
            blocks: pairs.len(),
            ratio: ratio.map(|ratio| ratio.mean().ratio().value()),
            low: interval.map(|interval| interval.low.ratio().value()),
            high: interval.map(|interval| interval.high.ratio().value()),
            noise_floor: noise.filter(|_| !delay).map(|noise| noise.share()),
            seconds: seconds.map(|seconds| seconds.mean),
            seconds_low: plain.map(|plain| plain.low),
            seconds_high: plain.map(|plain| plain.high),
            expected_seconds: expected,
            gate,
            missed: gate.zip(truth).map(|(gate, truth)| gate.excludes(truth)),
        }
    }
}

/// The mean over the pairs of how much longer the endpoint held the control's path than the other's.
fn expected(pairs: &[PairedTrials<'_>]) -> Option<f64> {
    let held: Option<Vec<f64>> = pairs
        .iter()
        .map(|pair| Some(held_on_path(pair.arm)?.as_secs() - held_on_path(pair.versus)?.as_secs()))
        .collect();
    describe(&held?).mean
}

/// How long the endpoint held the requests on a trial's critical path, by its own report; nothing
/// where it did not see one of them. The link's holds count beside the think time: where one of them
/// is late, the next is shorter. So does the wait for a turn where the server's capacity is limited:
/// all requests before it in the queue are delayed too.
fn held_on_path(trial: &Examined<'_>) -> Option<Span> {
    trial.witness()?;
    let path = trial.path.as_ref()?;
    let requests: BTreeSet<usize> = path.segments().filter_map(|segment| segment.request).collect();
    requests.into_iter().map(|request| Some(held(trial.joined.get(request)?.request?))).sum()
}

fn held(row: &RequestRow) -> Span {
    let before_handled = row.handled.saturating_sub(row.last_byte_in).max(row.hold_in);
    before_handled + row.think + row.hold_out.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use crate::caveats::{CaveatCode, Reason};
    use model::recording::{Recording, StopReason};
    use model::trace::Milestone;
    use model::trial::Trial;
    use model::witness::Witness;
    use stats::verdict::Verdict;
    use test_support::noise::Noise;
    use test_support::sample::{self, Sample};

    const NAMES: [&str; 4] = ["a/x@1", "b/y@1", "a/x@1#aa", "a/x@1#delay"];

    /// The behaviour of a simulated run.
    #[derive(Clone, Copy)]
    struct SimulatedRun {
        /// The time of the A/A copy divided by the original's.
        copy: f64,
        /// How long the endpoint reports to have held each request, in milliseconds.
        held: u64,
        /// How much longer the delayed copy really takes.
        delay: f64,
    }

    const HEALTHY: SimulatedRun = SimulatedRun { copy: 1.0, held: 5, delay: 0.005 };

    /// Twelve blocks of two arms of one request with their two controls, with noise of 1%.
    fn run(simulated: SimulatedRun, noise: &mut Noise) -> Recording {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("a/x", 1), ("a/x", 1)]);
        sample.set_role(2, NAMES[2], Role::Aa);
        sample.set_role(3, NAMES[3], Role::Delay);
        let seconds = [0.1, 0.05, 0.1 * simulated.copy, 0.1 + simulated.delay];
        for _ in 0..12 {
            sample.block(&[]);
            for (name, seconds) in NAMES.into_iter().zip(seconds) {
                let nanos = 1e9 * seconds + 1e6 * noise.normal();
                let think = if name == NAMES[3] { simulated.held } else { 0 };
                trial(&mut sample, name, Span::from_nanos(nanos as u64), Span::from_millis(think));
            }
        }
        sample.end(StopReason::Blocks)
    }

    /// A trial of one request that starts and ends with the batch.
    fn trial(sample: &mut Sample, arm: &str, time: Span, think: Span) {
        sample.add_trial(arm, 0);
        let run = sample.last_run();
        run.finished = run.started + time;
        run.columns.milestones[Milestone::Submitted] = Some(vec![Some(Span::ZERO)]);
        run.columns.milestones[Milestone::Done] = Some(vec![Some(time)]);
        let mut request = sample::request_row();
        request.think = think;
        sample.last_trial().witness = Some(Witness {
            connections: Vec::new(),
            requests: vec![request].into(),
            drained: true,
            ..Witness::default()
        });
    }

    #[test]
    fn a_queued_request_is_held() {
        let mut row = sample::request_row();
        row.last_byte_in = Span::from_millis(100);
        row.hold_in = Span::from_millis(5);
        row.handled = Span::from_millis(125);
        row.think = Span::from_millis(10);
        row.hold_out = Some(Span::from_millis(6));
        assert_eq!(held(&row), Span::from_millis(25 + 10 + 6));
    }

    fn near(value: Option<f64>, expected: f64, within: f64) -> bool {
        value.is_some_and(|value| (value - expected).abs() < within)
    }

    #[test]
    fn healthy_controls_are_not_missed_and_show_the_noise_floor() {
        let analysis = analyse(&run(HEALTHY, &mut Noise::new(1)));
        let [aa, delay] = &analysis.controls[..] else { panic!("two controls") };
        assert_eq!((aa.role, delay.role), (Role::Aa, Role::Delay));
        assert_eq!((aa.of.0.as_str(), delay.of.0.as_str()), (NAMES[0], NAMES[0]));
        assert_eq!((aa.blocks, aa.missed, delay.missed), (12, Some(false), Some(false)));
        // Noise of 1.4% per log-ratio, divided by the root of 12, times t = 2.2 for 11 degrees of
        // freedom.
        assert!(near(aa.noise_floor, 0.009, 0.004) && delay.noise_floor.is_none(), "{aa:?}");
        assert!(near(aa.ratio, 1.0, 0.01) && aa.expected_seconds.is_none());
        assert!(near(delay.expected_seconds, 0.005, 1e-9));
        assert!(near(delay.seconds, 0.005, 0.001), "{delay:?}");
        assert!(delay.seconds_low < delay.seconds && delay.seconds < delay.seconds_high);
        let gate = delay.gate.expect("has a gate");
        assert!(Some(gate.low) < delay.seconds_low && delay.seconds_high < Some(gate.high));
        assert_eq!(analysis.ratios[0].verdict, Verdict::Faster);
    }

    #[test]
    fn a_missed_control_vetoes_the_verdicts_of_its_size_only() {
        let mut recording = run(SimulatedRun { copy: 1.05, ..HEALTHY }, &mut Noise::new(2));
        let analysis = analyse(&recording);
        assert_eq!(analysis.controls[0].missed, Some(true));
        assert_eq!(analysis.ratios[0].verdict, Verdict::Vetoed);
        let caveat = &analysis.caveats[0];
        assert_eq!((caveat.code(), caveat.arms().len()), (CaveatCode::AaMissed, 4));
        let Reason::AaMissed(found) = caveat.reason() else { panic!("{caveat:?}") };
        assert_eq!((found.control.0.as_str(), found.original.0.as_str()), (NAMES[2], NAMES[0]));
        let plan = recording.plan.as_mut().expect("has a plan");
        let original = plan.arms[0].clone();
        let at_two = |name: &ArmName| ArmName(name.0.replace("@1", "@2"));
        for arm in &mut plan.arms[..2] {
            arm.batch_size = BatchSize(2);
            arm.name = at_two(&arm.name);
        }
        plan.arms.insert(0, original);
        let measured = recording.trials.iter().filter(|trial| !trial.arm.0.contains('#'));
        let again: Vec<Trial> =
            measured.map(|trial| Trial { arm: at_two(&trial.arm), ..trial.clone() }).collect();
        recording.trials.extend(again);
        let analysis = analyse(&recording);
        assert_eq!(analysis.controls[0].missed, Some(true));
        assert_eq!(analysis.ratios[0].verdict, Verdict::Faster);
    }

    #[test]
    fn a_missed_delay_vetoes_the_verdicts() {
        let analysis = analyse(&run(SimulatedRun { delay: 0.0, ..HEALTHY }, &mut Noise::new(3)));
        assert_eq!(analysis.controls[1].missed, Some(true));
        let caveat = &analysis.caveats[0];
        assert!(caveat.vetoes());
        let Reason::KnownDelayMissed(found) = caveat.reason() else { panic!("{caveat:?}") };
        assert!(near(Some(found.expected), 0.005, 1e-9), "{found:?}");
        assert_eq!(analysis.ratios[0].verdict, Verdict::Vetoed);
    }

    #[test]
    fn controls_seldom_condemn_a_healthy_run() {
        let mut noise = Noise::new(4);
        let runs = 400;
        let condemned = (0..runs)
            .filter(|_| {
                let recording = run(HEALTHY, &mut noise);
                let evidence = Evidence::of_recording(&recording).expect("has a plan");
                let controls = super::analyse(&evidence);
                controls.iter().any(|control| control.missed == Some(true))
            })
            .count();
        // Two gates with 1 in 1000 each make 1 in 500.
        assert!(condemned <= 3, "{condemned} of {runs}");
    }

    #[test]
    fn an_unknown_delay_is_not_judged() {
        let mut unseen = run(SimulatedRun { delay: 0.0, ..HEALTHY }, &mut Noise::new(5));
        for trial in &mut unseen.trials {
            trial.witness = None;
        }
        let analysis = analyse(&unseen);
        assert_eq!(
            (analysis.controls[1].expected_seconds, analysis.controls[1].missed),
            (None, None)
        );
        assert_eq!(analysis.ratios[0].verdict, Verdict::Faster);
        let mut short = run(SimulatedRun { copy: 2.0, ..HEALTHY }, &mut Noise::new(6));
        short.trials.truncate(4);
        let analysis = analyse(&short);
        assert_eq!((analysis.controls[0].blocks, analysis.controls[0].missed), (1, None));
    }
}
