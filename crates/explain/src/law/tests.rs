use super::*;
use crate::{Analysis, analyse, predict};
use evidence::Evidence;
use model::plan::Plan;
use model::recording::{Recording, StopReason};
use model::time::Span;
use model::trace::{Columns, Milestone};
use model::trial::Outcome;
use test_support::noise::{Noise, repetitions};
use test_support::sample::Sample;
use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};

/// The order in which a synthetic strategy makes its requests.
#[derive(Clone, Copy, PartialEq)]
enum RequestOrder {
    Sequential,
    Concurrent,
}

/// A strategy whose law is known, in milliseconds.
#[derive(Clone, Copy)]
struct SyntheticStrategy {
    name: &'static str,
    order: RequestOrder,
    setup: f64,
    latency: f64,
    serial: f64,
    /// What n − 1, squared, adds.
    bend: f64,
}

const SEQUENTIAL: SyntheticStrategy = SyntheticStrategy {
    name: "a/in-turn",
    order: RequestOrder::Sequential,
    setup: 24.0,
    latency: 11.0,
    serial: 11.5,
    bend: 0.0,
};

const CONCURRENT: SyntheticStrategy = SyntheticStrategy {
    name: "b/at-once",
    order: RequestOrder::Concurrent,
    setup: 30.0,
    latency: 11.0,
    serial: 0.5,
    bend: 0.0,
};

impl SyntheticStrategy {
    /// Adds a trial of `n` requests: its parts are each off by some percent.
    fn trial(self, sample: &mut Sample, n: u32, noise: &mut Noise) {
        let mut off = |part: f64, share: f64| part * (1.0 + share * noise.normal());
        let setup = off(self.setup, 0.04);
        let latency = off(self.latency, 0.02);
        let further = f64::from(n) - 1.0;
        let bend = self.bend * further * further;
        let serial = match self.order {
            RequestOrder::Sequential => latency + off(self.serial - self.latency, 0.05),
            RequestOrder::Concurrent => off(self.serial, 0.05),
        };
        let mut columns = Columns::default();
        for request in 0..n {
            let writing =
                setup + serial * f64::from(request) + if request + 1 == n { bend } else { 0.0 };
            let started = if self.order == RequestOrder::Sequential { writing } else { 0.0 };
            for (milestone, millis) in [
                (Milestone::Submitted, started),
                (Milestone::Started, started),
                (Milestone::Writing, writing),
                (Milestone::Sent, writing),
                (Milestone::FirstByte, writing + latency),
                (Milestone::Done, writing + latency),
            ] {
                let at = Span::from_nanos((1e6 * millis) as u64);
                columns.milestones[milestone].get_or_insert_default().push(Some(at));
            }
        }
        let end = columns.at(Milestone::Done, n as usize - 1).expect("is done");
        sample.add_trial(&format!("{}@{n}", self.name), 0);
        let run = sample.last_run();
        run.finished = run.started + end;
        run.columns = columns;
        run.usage.user = Some(Span::from_millis(u64::from(n)));
        run.usage.system = Some(Span::ZERO);
    }
}

fn run(
    strategies: &[SyntheticStrategy],
    sizes: &[u32],
    blocks: usize,
    noise: &mut Noise,
) -> Recording {
    changed(strategies, sizes, blocks, noise, |_| ())
}

/// A run of a plan that was changed first.
fn changed(
    strategies: &[SyntheticStrategy],
    sizes: &[u32],
    blocks: usize,
    noise: &mut Noise,
    change: impl Fn(&mut Plan),
) -> Recording {
    let arms: Vec<(&str, u32)> = strategies
        .iter()
        .flat_map(|strategy| sizes.iter().map(move |&size| (strategy.name, size)))
        .collect();
    let mut sample = Sample::new(&arms);
    change(sample.plan());
    for _ in 0..blocks {
        sample.block(&[]);
        for strategy in strategies {
            for &size in sizes {
                strategy.trial(&mut sample, size, noise);
            }
        }
    }
    sample.end(StopReason::Blocks)
}

/// Gives every arm a condition.
fn with(name: &'static str, value: &'static str) -> impl Fn(&mut Plan) {
    move |plan| {
        for arm in &mut plan.arms {
            arm.conditions.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn only_law(analysis: &Analysis) -> &Law {
    let [law] = &analysis.law[..] else { panic!("one law: {:?}", analysis.law) };
    law
}

fn numbers(sizes: &[BatchSize]) -> Vec<u32> {
    sizes.iter().map(|size| size.0).collect()
}

#[test]
fn the_intervals_of_the_parts_have_their_nominal_coverage() {
    let mut noise = Noise::new(1);
    for (strategy, blocks) in [(SEQUENTIAL, 10), (CONCURRENT, 10), (CONCURRENT, 20)] {
        let repetitions = repetitions(120);
        let mut covered = [0_usize; 3];
        for _ in 0..repetitions {
            let recording = run(&[strategy], &[1, 2, 4, 8], blocks, &mut noise);
            let evidence = Evidence::of_recording(&recording).expect("has a plan");
            let arms = crate::arms::analyse(&evidence);
            let strategies = strategy_arms::all(&evidence, &arms);
            let fit = Fit::new(&strategies[0]);
            let found = [fit.setup(), fit.latency(), fit.serial()];
            let truths = [strategy.setup, strategy.latency, strategy.serial];
            for ((covered, found), truth) in covered.iter_mut().zip(found).zip(truths) {
                let Estimate { low, high, .. } = found.expect("is known");
                let truth = Some(truth / 1e3);
                *covered += usize::from(low <= truth && truth <= high);
            }
        }
        for (covered, part) in covered.into_iter().zip(["setup", "latency", "serial"]) {
            let share = covered as f64 / repetitions as f64;
            println!("{} {part} in {blocks} blocks: {share:.4} of {repetitions}", strategy.name);
            // Two binomial standard errors around what is asked for.
            let error = 2.0 * (0.05 / repetitions as f64).sqrt();
            assert!(0.935 - error <= share && share <= 0.975 + error, "{part}: {share}");
        }
    }
}

#[test]
fn a_law_lists_the_sizes_and_blocks_that_it_was_fitted_to() {
    let analysis = analyse(&run(&[CONCURRENT], &[4, 1, 16], 12, &mut Noise::new(2)));
    let law = only_law(&analysis);
    assert_eq!((law.strategy.as_str(), law.blocks), ("b/at-once", 12));
    assert_eq!((numbers(&law.sizes), law.shape), (vec![1, 4, 16], Some(Shape::Straight)));
    assert_eq!((law.residuals.len(), law.left_out.len()), (3, 0));
    let whole = law.setup.expect("is known") + law.latency.expect("is known");
    assert!((law.intercept.expect("is known") - whole).abs() < 1e-12);
    assert!(law.speed_ups.is_empty(), "it makes all requests at once");
}

#[test]
fn one_size_has_no_law_and_two_sizes_have_the_shape_two_points() {
    assert!(analyse(&run(&[SEQUENTIAL], &[4], 5, &mut Noise::new(3))).law.is_empty());
    let analysis = analyse(&run(&[SEQUENTIAL], &[4, 16], 5, &mut Noise::new(3)));
    let law = only_law(&analysis);
    assert_eq!((law.shape, law.residuals.len()), (Some(Shape::TwoPoints), 0));
    assert!(law.serial_low < Some(0.0115) && Some(0.0115) < law.serial_high);
}

#[test]
fn a_line_with_a_negative_setup_does_not_fit() {
    // The times grow with the square of the size, so that a line begins below zero.
    let bent = SyntheticStrategy { setup: 2.0, bend: 1.0, ..CONCURRENT };
    let analysis = analyse(&run(&[bent], &[4, 16], 6, &mut Noise::new(8)));
    let law = only_law(&analysis);
    assert_eq!(law.negative, [LawPart::Setup, LawPart::Intercept]);
    assert_eq!((law.setup, law.setup_low, law.intercept), (None, None, None));
    assert!(law.serial > Some(0.0) && law.latency > Some(0.0));
}

#[test]
fn a_line_that_does_not_fit_is_not_extrapolated() {
    let crossings = |straight: f64, setup: f64, bend: f64| {
        let straight = SyntheticStrategy { setup: straight, ..SEQUENTIAL };
        let other = SyntheticStrategy { setup, bend, ..CONCURRENT };
        analyse(&run(&[straight, other], &[4, 16], 6, &mut Noise::new(9))).crossings
    };
    let within: Vec<bool> = crossings(24.0, 250.0, 0.0).iter().map(|found| found.within).collect();
    assert_eq!(within, [false]);
    assert_eq!(crossings(300.0, 2.0, 1.0), []);
}

#[test]
fn a_setup_that_is_negative_by_chance_is_zero() {
    let none = SyntheticStrategy { setup: 0.0, ..SEQUENTIAL };
    let laws = (0..20).map(|seed| analyse(&run(&[none], &[1, 4], 5, &mut Noise::new(seed))));
    for analysis in laws {
        let law = only_law(&analysis);
        assert!(law.negative.is_empty() || law.setup.is_none());
        assert!(law.setup.is_none_or(|setup| setup >= 0.0), "{law:?}");
        assert!(law.setup_low.is_none_or(|low| low >= 0.0), "{law:?}");
    }
}

#[test]
fn leaves_out_the_sizes_beyond_a_limit() {
    let limited = |name, value, sizes: &[u32]| {
        changed(&[CONCURRENT], sizes, 5, &mut Noise::new(4), with(name, value))
    };
    let analysis = analyse(&limited("workers", "6", &[1, 4, 16]));
    let law = only_law(&analysis);
    assert_eq!(numbers(&law.sizes), [1, 4]);
    assert_eq!((law.left_out[0].batch_size, law.left_out[0].limit), (BatchSize(16), 6));
    assert_eq!(law.left_out[0].condition, "workers");
    let analysis = analyse(&limited("concurrency", "6", &[4, 16]));
    let law = only_law(&analysis);
    assert_eq!((law.serial, law.shape, law.sizes.len()), (None, None, 0));
    assert_eq!(law.left_out[0].condition, "concurrency");
}

#[test]
fn a_pool_limits_a_warm_session_and_not_a_cold_one() {
    let left_out = |strategy, session: &'static str| {
        let change = |plan: &mut Plan| {
            with("pool", "10")(plan);
            with("session", session)(plan);
        };
        let recording = changed(&[strategy], &[1, 4, 16], 5, &mut Noise::new(5), change);
        only_law(&analyse(&recording)).left_out.len()
    };
    assert_eq!((left_out(CONCURRENT, "warm"), left_out(CONCURRENT, "cold")), (1, 0));
    assert_eq!(left_out(SEQUENTIAL, "warm"), 0, "one connection is enough for one after another");
}

#[test]
fn detects_a_law_that_is_bent() {
    let bent = SyntheticStrategy { bend: 0.3, ..CONCURRENT };
    let analysis = analyse(&run(&[bent, SEQUENTIAL], &[1, 4, 8, 16], 12, &mut Noise::new(6)));
    let law = &analysis.law[0];
    assert_eq!(law.shape, Some(Shape::Bent));
    assert!(law.residuals.iter().any(|residual| residual.bends));
    assert_eq!(analysis.law[1].shape, Some(Shape::Straight));
    assert!(analysis.crossings.is_empty(), "a law that does not hold crosses nothing");
}

#[test]
fn a_sequential_strategy_has_a_maximum_speed_up_and_the_share_that_others_reach() {
    let analysis = analyse(&run(&[SEQUENTIAL, CONCURRENT], &[1, 4, 16], 12, &mut Noise::new(7)));
    let speed_up = &analysis.law[0].speed_ups[1];
    assert_eq!((speed_up.batch_size, analysis.law[0].speed_ups.len()), (BatchSize(16), 2));
    let most = (24.0 + 16.0 * 11.0) / (24.0 + 11.0);
    assert!((speed_up.most.ratio / most - 1.0).abs() < 0.02, "{speed_up:?}");
    let reached = &speed_up.reached[0];
    let times = (35.0 + 15.0 * 11.5) / (41.0 + 15.0 * 0.5);
    assert_eq!(reached.strategy.0, "b/at-once");
    assert!((reached.speed_up.ratio / times - 1.0).abs() < 0.02, "{speed_up:?}");
    assert!((reached.share.ratio / (times / most) - 1.0).abs() < 0.02);
    assert!(reached.share.low < Some(reached.share.ratio));
}

#[test]
fn a_cold_session_is_not_compared_with_a_warm_one() {
    let warm = |plan: &mut Plan| {
        for arm in plan.arms.iter_mut().filter(|arm| arm.strategy == CONCURRENT.name) {
            arm.conditions.insert("session".to_owned(), "warm".to_owned());
        }
    };
    let strategies = [SEQUENTIAL, CONCURRENT];
    let analysis = analyse(&changed(&strategies, &[1, 4, 16], 5, &mut Noise::new(8), warm));
    assert!(analysis.crossings.is_empty());
    assert!(analysis.law[0].speed_ups.iter().all(|speed_up| speed_up.reached.is_empty()));
}

#[test]
fn laws_cross_at_the_expected_size_and_mark_an_extrapolated_crossing() {
    // 35 + 11.5 (n − 1) = 41 + 0.5 (n − 1) at n = 1.55.
    let analysis = analyse(&run(&[SEQUENTIAL, CONCURRENT], &[1, 4, 16], 12, &mut Noise::new(9)));
    let [crossing] = &analysis.crossings[..] else { panic!("one crossing") };
    assert_eq!((crossing.strategy.0.as_str(), crossing.within), ("b/at-once", true));
    assert!(crossing.low < 1.55 && 1.55 < crossing.high, "{crossing:?}");
    let late = SyntheticStrategy { setup: 300.0, ..CONCURRENT };
    let analysis = analyse(&run(&[SEQUENTIAL, late], &[1, 4, 16], 12, &mut Noise::new(10)));
    let [crossing] = &analysis.crossings[..] else { panic!("one crossing") };
    assert!(!crossing.within && crossing.batch_size > 20.0);
    let same = SyntheticStrategy { name: "c/same", ..CONCURRENT };
    let analysis = analyse(&run(&[same, CONCURRENT], &[1, 4, 16], 12, &mut Noise::new(11)));
    assert!(analysis.crossings.is_empty(), "{:?}", analysis.crossings);
}

#[test]
fn predicts_a_size_that_was_not_measured_and_lists_its_doubts() {
    let asked = |recording: &Recording, size| {
        let label = recording.plan.as_ref().expect("has a plan").arms[0].label.clone();
        predict(recording, &label, BatchSize(size)).expect("there is a law")
    };
    let recording = run(&[CONCURRENT], &[1, 2, 4, 8], 30, &mut Noise::new(12));
    let prediction = asked(&recording, 16);
    let Estimate { low, high, .. } = prediction.time.expect("there is a line");
    let truth = Some((41.0 + 15.0 * 0.5) / 1e3);
    assert!(low < truth && truth < high && prediction.doubts.is_empty(), "{prediction:?}");
    // A millisecond of CPU time a request: more than half of the core at 32.
    let doubts = asked(&recording, 32).doubts;
    let Doubt::CpuShows { predicted, .. } = doubts[0] else { panic!("{doubts:?}") };
    assert!((0.5..0.6).contains(&predicted), "{doubts:?}");
    let limited = |workers| {
        changed(&[CONCURRENT], &[1, 2, 4], 30, &mut Noise::new(13), with("workers", workers))
    };
    let beyond = LeftOut { batch_size: BatchSize(8), condition: "workers".to_owned(), limit: 6 };
    let beyond_limit = asked(&without_milestones(limited("6")), 8);
    assert_eq!(beyond_limit.doubts, [Doubt::BeyondLimit(beyond)]);
    assert_eq!(beyond_limit.model, CostModel::Line, "nothing can be replayed");
    assert_eq!(asked(&limited("6"), 8).model, CostModel::Replay);
    assert!(asked(&limited("8"), 8).doubts.is_empty());
    let doubts = asked(&run(&[SEQUENTIAL], &[1, 4], 30, &mut Noise::new(14)), 8).doubts;
    assert_eq!(doubts, [Doubt::TwoSizes]);
    let doubts = asked(&run(&[CONCURRENT], &[1, 2, 4], 3, &mut Noise::new(15)), 64).doubts;
    assert!(doubts.iter().any(|doubt| matches!(doubt, Doubt::Wide(_))), "{doubts:?}");
}

#[test]
fn a_law_without_milestones_has_a_line_and_no_setup_or_latency() {
    let mut sample = Sample::new(&[("a/x", 1), ("a/x", 4), ("a/x", 16)]);
    for jitter in 0..5 {
        sample.block(&[("a/x@1", 20 + jitter), ("a/x@4", 50), ("a/x@16", 170)]);
    }
    let analysis = analyse(&sample.end(StopReason::Blocks));
    let law = only_law(&analysis);
    assert_eq!((law.setup, law.latency), (None, None));
    assert!(law.intercept.is_some() && law.serial.is_some());
}

/// The recording of a client that reports nothing of its requests.
fn without_milestones(mut recording: Recording) -> Recording {
    for trial in &mut recording.trials {
        if let Outcome::Ran(run) = &mut trial.outcome {
            run.columns = Columns::default();
        }
    }
    recording
}

/// Requests of 30 ms that two workers make, in batches of these sizes.
fn two_workers(sizes: &[u32]) -> Recording {
    let arms: Vec<(&str, u32)> = sizes.iter().map(|&size| ("a/x", size)).collect();
    let mut sample = Sample::new(&arms);
    for block in 0..6 {
        sample.block(&[]);
        for &size in sizes {
            let steps = Steps { wait: 30_000 + 20 * block, ..Steps::default() };
            let workers = u64::from(size.min(2));
            let steps = vec![steps; size as usize];
            let trial = SyntheticTrial::over(workers, Opening::Never, 0, &steps);
            sample.add_trial(&format!("a/x@{size}"), 0);
            let run = sample.last_run();
            run.finished = run.started + trial.end();
            run.columns = trial.columns.clone();
            sample.last_trial().witness = Some(trial.witness.clone());
            sample.last_trial().socket = Some(Box::new(trial.sockets(workers)));
        }
    }
    sample.end(StopReason::Blocks)
}

#[test]
fn a_strategy_whose_times_are_not_on_a_line_is_predicted_by_its_replay() {
    let recording = two_workers(&[1, 2, 3, 4]);
    let analysis = analyse(&recording);
    let law = only_law(&analysis);
    assert_eq!(law.shape, Some(Shape::Bent));
    // Two at a time: four and eight rounds of a little more than 30 ms.
    let found: Vec<(u32, CostModel)> =
        law.predictions.iter().map(|found| (found.batch_size.0, found.model)).collect();
    assert_eq!(found, [(8, CostModel::Replay), (16, CostModel::Replay)]);
    for (prediction, rounds) in law.predictions.iter().zip([4.0, 8.0]) {
        let expected = rounds * analysis.arms[0].mean().expect("was measured");
        let off = prediction.time.seconds / expected - 1.0;
        assert!(off.abs() < 0.05 && !prediction.extrapolated, "{prediction:?}");
    }
    let asked = predict(&recording, &law.label, BatchSize(8)).expect("there is a law");
    assert_eq!((asked.model, asked.time), (CostModel::Replay, Some(law.predictions[0].time)));
    let is_wide = |doubt: &Doubt| matches!(doubt, Doubt::Wide(_));
    assert!(asked.doubts.iter().all(is_wide), "the line is not used: {asked:?}");
}

#[test]
fn a_line_that_holds_predicts_larger_batches() {
    let analysis = analyse(&run(&[CONCURRENT], &[1, 2, 4, 8], 30, &mut Noise::new(12)));
    // Four times as many would need more than half of a core, so that the line does not hold there.
    let [twice] = &only_law(&analysis).predictions[..] else { panic!("one size") };
    assert_eq!((twice.batch_size, twice.model), (BatchSize(16), CostModel::Line));
    let truth = Some((41.0 + 15.0 * 0.5) / 1e3);
    assert!(twice.time.low < truth && truth < twice.time.high, "{twice:?}");
}

#[test]
fn what_neither_a_line_nor_a_replay_reproduces_is_not_predicted() {
    let mut sample = Sample::new(&[("a/x", 1), ("a/x", 2), ("a/x", 4)]);
    for jitter in 0..5 {
        sample.block(&[("a/x@1", 20 + jitter), ("a/x@2", 20), ("a/x@4", 170)]);
    }
    let recording = sample.end(StopReason::Blocks);
    let analysis = analyse(&recording);
    let law = only_law(&analysis);
    assert_eq!((law.shape, law.predictions.len()), (Some(Shape::Bent), 0));
    let asked = predict(&recording, &law.label, BatchSize(8)).expect("there is a law");
    assert!(asked.doubts.iter().any(|doubt| matches!(doubt, Doubt::Bent(_))), "{asked:?}");
}
