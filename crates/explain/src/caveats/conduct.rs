//! What lies with one client: that it tells something else than the endpoint saw, begins slowly,
//! connects when it should not, or is too busy.

use std::collections::BTreeMap;

use model::arm::ArmName;
use stats::describe::describe;

use super::CaveatInput;
use crate::agreement::Disagreement;
use crate::arms::ArmAnalysis;
use crate::caveat::Caveat;
use crate::caveat::reason::{Busy, Disputed, Late, Opened, Reason, SlowFirst};
use evidence::ArmEvidence;
use evidence::threads::{MOST_OF_ONE_THREAD, fetching_threads};

/// How many further trials a process must have before its first is held against them.
const ENOUGH_OTHERS: usize = 5;
/// How many robust standard deviations above the others a first trial must lie.
const FAR: f64 = 10.0;
/// The standard deviation of a normal sample over its median distance from the median (Hampel, "The
/// influence curve and its role in robust estimation", JASA 69, 1974).
const ROBUST: f64 = 1.4826;
/// How far above the median of the others a first trial must lie to matter.
const MATTERS: f64 = 1.02;
/// The share of what a client can use from which on it is near its limit.
const NEAR_LIMIT: f64 = 0.8;

/// Arms whose processes are slow in their first counted trial.
pub(super) fn slow_first_trials(input: &CaveatInput<'_>) -> Option<Caveat> {
    let arms: Vec<SlowFirst> = input.evidence.measured().filter_map(slow_first).collect();
    caveat(arms, |one| &one.arm, |arms| Reason::SlowFirstTrials { arms })
}

/// A first trial is slow where it lies ten robust standard deviations above the median of the
/// others of its process, and so far that it matters. An arm is where that holds for more than half
/// of its processes: a single stall is not enough where there are several.
fn slow_first(arm: &ArmEvidence<'_>) -> Option<SlowFirst> {
    let mut by_process: BTreeMap<u32, Vec<Option<f64>>> = BTreeMap::new();
    for trial in arm.counted() {
        let seconds = trial.batch_time().map(|time| time.as_secs());
        by_process.entry(trial.process).or_default().push(seconds);
    }
    let judged: Vec<Option<f64>> =
        by_process.values().filter_map(|process| excess(process)).collect();
    let slow: Vec<f64> = judged.iter().copied().flatten().collect();
    let excess = describe(&slow).median.filter(|_| 2 * slow.len() > judged.len())?;
    Some(SlowFirst { arm: arm.arm.name.clone(), slow: slow.len(), processes: judged.len(), excess })
}

/// How much longer a process's first trial took than the median of its others, where it is slow;
/// the outer nothing stands for a process that cannot be judged, the inner for one that is well.
fn excess(process: &[Option<f64>]) -> Option<Option<f64>> {
    let (first, others) = process.split_first()?;
    let first = (*first)?;
    let others: Vec<f64> = others.iter().copied().flatten().collect();
    let median = describe(&others).median?;
    let far: Vec<f64> = others.iter().map(|other| (other - median).abs()).collect();
    let limit = median + FAR * ROBUST * describe(&far).median?;
    (others.len() >= ENOUGH_OTHERS)
        .then(|| (first > limit && first > MATTERS * median).then_some(first / median))
}

/// Arms of whose trials client and endpoint tell what cannot both be true.
pub(super) fn disputed(input: &CaveatInput<'_>) -> Option<Caveat> {
    let disputed = |arm: &ArmAnalysis| {
        let lateness = |about: &Disagreement| matches!(about, Disagreement::Residence(_));
        let about = arm.disagreements.iter().copied().filter(|about| !lateness(about));
        let about: Vec<Disagreement> = about.collect();
        (!about.is_empty()).then(|| Disputed { arm: arm.arm.clone(), about })
    };
    let arms: Vec<Disputed> = input.measured().filter_map(disputed).collect();
    caveat(arms, |one| &one.arm, |arms| Reason::WitnessesDisagree { arms })
}

/// Arms whose requests took longer for the client than for the endpoint, by more than it takes to
/// wake a client.
pub(super) fn late_answers(input: &CaveatInput<'_>) -> Option<Caveat> {
    let late = |arm: &ArmAnalysis| {
        arm.disagreements.iter().find_map(|about| match about {
            Disagreement::Residence(stay) => Some(Late { arm: arm.arm.clone(), stay: *stay }),
            _ => None,
        })
    };
    let arms: Vec<Late> = input.measured().filter_map(late).collect();
    caveat(arms, |one| &one.arm, |arms| Reason::LateAnswers { arms })
}

/// Warm arms that opened connections in counted trials.
pub(super) fn warm_connections(input: &CaveatInput<'_>) -> Option<Caveat> {
    let warm = |arm: &&ArmEvidence<'_>| {
        arm.arm.conditions.get("session").is_some_and(|kept| kept == "warm")
    };
    let opened = |arm: &ArmEvidence<'_>| {
        let known = arm.successes.iter().filter_map(|success| success.connections);
        let opened: Vec<usize> =
            known.map(|connections| connections.opened).filter(|&opened| opened > 0).collect();
        let (connections, trials) = (opened.iter().sum(), opened.len());
        (trials > 0).then(|| Opened { arm: arm.arm.name.clone(), connections, trials })
    };
    let arms: Vec<Opened> = input.evidence.measured().filter(warm).filter_map(opened).collect();
    caveat(arms, |one| &one.arm, |arms| Reason::WarmConnections { arms })
}

/// Arms whose client was near the most CPU that it can use.
pub(super) fn client_cpu(input: &CaveatInput<'_>) -> Option<Caveat> {
    let busy = |arm: &ArmAnalysis| {
        let cores = arm.cpu_share?;
        let of = usable_cores(input, arm, cores);
        let near = cores >= NEAR_LIMIT * of as f64;
        near.then(|| Busy { arm: arm.arm.clone(), cores, of })
    };
    let arms: Vec<Busy> = input.measured().filter_map(busy).collect();
    caveat(arms, |one| &one.arm, |arms| Reason::ClientCpu { arms })
}

/// A core for each thread that makes requests, as far as the machine has so many. A client that tells
/// of no threads has one, unless its runtime has one for each core or it uses more than one can.
fn usable_cores(input: &CaveatInput<'_>, arm: &ArmAnalysis, used: f64) -> usize {
    let cores = input.recording.header.environment.cores.map(|cores| cores as usize);
    let counted = input.evidence.arm(&arm.arm).into_iter().flat_map(ArmEvidence::counted);
    let told = counted.filter_map(fetching_threads).max().filter(|&threads| threads > 1);
    let multi = arm.conditions.get("runtime").is_some_and(|runtime| runtime == "multi");
    let several = multi || used > MOST_OF_ONE_THREAD;
    let threads = told.or_else(|| cores.filter(|_| several)).unwrap_or(1);
    threads.min(cores.unwrap_or(threads)).max(1)
}

/// One caveat for all arms that show the same.
fn caveat<T>(
    found: Vec<T>,
    name: fn(&T) -> &ArmName,
    reason: fn(Vec<T>) -> Reason,
) -> Option<Caveat> {
    let arms: Vec<ArmName> = found.iter().map(|one| name(one).clone()).collect();
    (!arms.is_empty()).then(|| Caveat::new(arms, reason(found)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::tests::{caveats, codes, named};
    use evidence::Evidence;
    use evidence::noise::{self, ARMS, Noise, Turn};
    use evidence::sample::Sample;
    use model::recording::{Recording, StopReason};
    use model::time::Span;
    use model::trace::Milestone;
    use model::trial::Run;

    fn first_slower(by: f64, renewed: u32) -> impl Fn(Turn<'_>) -> f64 {
        move |turn| {
            let first = turn.arm == 1 && turn.block.is_multiple_of(renewed);
            0.01 * turn.noise.normal() + if first { by } else { 0.0 }
        }
    }

    #[test]
    fn processes_that_begin_slowly_are_found() {
        let recording = noise::run(&mut Noise::new(1), 20, 10, first_slower(0.2, 10));
        let found = caveats(&recording);
        let caveat = named(&found, "slow_first_trials");
        assert_eq!(caveat.arms(), [ArmName(ARMS[1].to_owned())]);
        assert!(caveat.sentence().contains("b/y@4 by 2"), "{}", caveat.sentence());
        assert!(caveat.sentence().contains("(in 2 of 2 processes)"));
        assert!(!caveat.vetoes());
    }

    #[test]
    fn one_slow_process_of_two_is_chance_and_too_few_trials_cannot_tell() {
        let found = |blocks, renewed, slow_every| {
            let slow = first_slower(0.2, slow_every);
            codes(&noise::run(&mut Noise::new(2), blocks, renewed, slow))
                .contains(&"slow_first_trials")
        };
        assert!(found(10, 10, 10));
        assert!(!found(20, 10, 20));
        assert!(!found(20, 5, 5));
    }

    #[test]
    fn slow_beginnings_are_seldom_found_where_there_are_none() {
        let alarms = |seed, blocks| {
            let mut noise = Noise::new(seed);
            (0..1000)
                .filter(|_| {
                    let recording = noise::run(&mut noise, blocks, 10, |turn| turn.noise.trial());
                    let evidence = Evidence::of_recording(&recording).expect("has a plan");
                    let arm = evidence.arm(&ArmName(ARMS[0].to_owned())).expect("is planned");
                    slow_first(arm).is_some()
                })
                .count()
        };
        // A single process is at the mercy of a single stall.
        let (one, two) = (alarms(3, 10), alarms(4, 20));
        assert!(one <= 15 && two <= 2, "{one} and {two} of 1000");
    }

    fn warm(opened: impl Fn(u32) -> usize) -> Recording {
        let mut sample = Sample::new(&[("a/x", 1)]);
        let conditions = &mut sample.plan().arms[0].conditions;
        conditions.insert("session".to_owned(), "warm".to_owned());
        for block in 0..12 {
            sample.block(&[("a/x@1", 10)]);
            sample.witness(&vec![false; opened(block)]);
        }
        sample.end(StopReason::Blocks)
    }

    #[test]
    fn warm_trials_should_open_no_connections_and_cold_ones_do() {
        let found = caveats(&warm(|block| if block < 2 { 3 } else { 0 }));
        let caveat = named(&found, "warm_connections");
        assert!(caveat.sentence().contains("a/x@1 (6 in 2 trials)"));
        assert_eq!(codes(&warm(|_| 0)), [""; 0]);
        assert_eq!(codes(&Sample::three_ways(12)), [""; 0]);
    }

    fn busy(cpu: u64, tell: impl Fn(&mut Run)) -> Vec<String> {
        let mut sample = Sample::new(&[("a/x", 4)]);
        for _ in 0..12 {
            sample.block(&[("a/x@4", 100)]);
            let run = sample.last_run();
            run.usage.user = Some(Span::from_millis(cpu));
            run.usage.system = Some(Span::ZERO);
            tell(run);
        }
        caveats(&sample.end(StopReason::Blocks)).iter().map(Caveat::sentence).collect()
    }

    fn named_workers(workers: [u64; 4]) -> impl Fn(&mut Run) {
        move |run| run.columns.worker = Some(workers.map(Some).to_vec())
    }

    fn started_threads(count: u64) -> impl Fn(&mut Run) {
        move |run| run.usage.thread_starts = Some((1..=count).map(Span::from_millis).collect())
    }

    #[test]
    fn a_client_is_at_its_limit_near_a_core_for_each_thread() {
        let none = [""; 0];
        let nothing = |_: &mut Run| {};
        assert_eq!(busy(79, nothing), none);
        assert!(busy(81, nothing)[0].contains("a/x@4 (0.81 of 1 core)"));
        assert!(busy(105, nothing)[0].contains("(1.05 of 1 core)"));
        // Two workers can use the two cores of the machine, and four can use no more.
        for workers in [[0, 1, 1, 0], [0, 1, 2, 3]] {
            assert_eq!(busy(100, named_workers(workers)), none);
            assert_eq!(busy(159, named_workers(workers)), none);
            assert!(busy(161, named_workers(workers))[0].contains("(1.61 of 2 cores)"));
        }
        assert_eq!(busy(100, started_threads(4)), none);
        assert!(busy(161, started_threads(4))[0].contains("(1.61 of 2 cores)"));
        assert!(busy(100, started_threads(1))[0].contains("(1.00 of 1 core)"));
        // What uses so much is no single thread, whoever has told of it.
        assert_eq!(busy(151, nothing), none);
        assert!(busy(161, nothing)[0].contains("(1.61 of 2 cores)"));
    }

    #[test]
    fn a_runtime_with_a_thread_for_each_core_can_use_them_all() {
        let mut sample = Sample::new(&[("a/x", 4)]);
        let conditions = &mut sample.plan().arms[0].conditions;
        conditions.insert("runtime".to_owned(), "multi".to_owned());
        for _ in 0..12 {
            sample.block(&[("a/x@4", 100)]);
            sample.last_run().usage.user = Some(Span::from_millis(100));
            sample.last_run().usage.system = Some(Span::ZERO);
        }
        assert_eq!(codes(&sample.end(StopReason::Blocks)), [""; 0]);
    }

    #[test]
    fn a_client_that_tells_something_else_than_the_endpoint_saw_is_disputed() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        for _ in 0..12 {
            sample.block(&[("a/x@1", 10)]);
            sample.witness(&[false]);
            sample.last_run().columns.bytes = Some(vec![Some(0)]);
        }
        let found = caveats(&sample.end(StopReason::Blocks));
        let caveat = named(&found, "witnesses_disagree");
        assert!(caveat.sentence().contains("a/x@1 (bytes 0 against 80 in 12 trials)"));
    }

    #[test]
    fn a_client_that_has_its_answers_late_is_told_apart_from_one_that_errs() {
        let codes = |millis| {
            let mut sample = Sample::new(&[("a/x", 1)]);
            for _ in 0..12 {
                sample.block(&[("a/x@1", 100)]);
                sample.witness(&[false]);
                let request =
                    &mut sample.last_trial().witness.as_mut().expect("is there").requests[0];
                request.last_byte_out = Some(Span::from_millis(50));
                request.first_byte_out = request.last_byte_out;
                let columns = &mut sample.last_run().columns;
                columns.milestones[Milestone::Writing] = Some(vec![Some(Span::ZERO)]);
                columns.milestones[Milestone::Done] = Some(vec![Some(Span::from_millis(millis))]);
            }
            codes(&sample.end(StopReason::Blocks))
        };
        assert_eq!(codes(50), [""; 0]);
        assert_eq!(codes(60), ["late_answers"]);
        assert_eq!(codes(40), ["witnesses_disagree"]);
    }
}
