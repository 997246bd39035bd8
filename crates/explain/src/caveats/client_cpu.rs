//! `client_cpu`: a client is limited by its own CPU time, not by the network or the server.

use model::arm::ArmName;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::arms::ArmAnalysis;
use evidence::ArmEvidence;
use evidence::threads::{MOST_OF_ONE_THREAD, fetching_threads};

/// A client that uses this share of the CPU that it can use is near its limit.
const NEAR_LIMIT: f64 = 0.8;

/// A client used almost all the CPU that it can use.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientCpu {
    /// The arms.
    pub arms: Vec<BusyClient>,
}

/// An arm whose client used almost all the CPU that it can use.
#[derive(Clone, Debug, PartialEq)]
pub struct BusyClient {
    /// The arm.
    pub arm: ArmName,
    /// How many cores it used on average during a batch.
    pub cores: f64,
    /// How many cores it can use at most.
    pub usable_cores: usize,
}

impl CaveatKind for ClientCpu {}

/// Detects it in the measured arms.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<ClientCpu>> {
    let busy = |arm: &ArmAnalysis| {
        let cores = arm.cpu_share?;
        let usable_cores = usable_cores(input, arm, cores);
        (cores >= NEAR_LIMIT * usable_cores as f64).then(|| BusyClient {
            arm: arm.arm.clone(),
            cores,
            usable_cores,
        })
    };
    let arms: Vec<BusyClient> = input.measured().filter_map(busy).collect();
    Detected::for_arms(arms, |found| &found.arm, |arms| ClientCpu { arms })
}

/// A core for each thread that makes requests, up to those of the machine. A client that reports no
/// threads has one, unless its runtime has one for each core or it uses more than one thread can.
fn usable_cores(input: &CaveatInput<'_>, arm: &ArmAnalysis, used: f64) -> usize {
    let cores = input.recording.header.environment.cores.map(|cores| cores as usize);
    let counted = input.evidence.arm(&arm.arm).into_iter().flat_map(ArmEvidence::counted);
    let reported = counted.filter_map(fetching_threads).max().filter(|&threads| threads > 1);
    let multi = arm.conditions.get("runtime").is_some_and(|runtime| runtime == "multi");
    let several = multi || used > MOST_OF_ONE_THREAD;
    let threads = reported.or_else(|| cores.filter(|_| several)).unwrap_or(1);
    threads.min(cores.unwrap_or(threads)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes};
    use model::recording::StopReason;
    use model::time::Span;
    use model::trial::Run;
    use test_support::sample::Sample;

    /// The cores that a client of this CPU time in 100 ms uses, and those that it can use, where it
    /// is near its limit.
    fn busy(cpu: u64, report: impl Fn(&mut Run)) -> Option<(f64, usize)> {
        let mut sample = Sample::new(&[("a/x", 4)]);
        for _ in 0..12 {
            sample.block(&[("a/x@4", 100)]);
            let run = sample.last_run();
            run.usage.user = Some(Span::from_millis(cpu));
            run.usage.system = Some(Span::ZERO);
            report(run);
        }
        let found = caveats(&sample.end(StopReason::Blocks));
        let [caveat] = &found[..] else {
            assert_eq!(found, []);
            return None;
        };
        let Reason::ClientCpu(found) = caveat.reason() else { panic!("{caveat:?}") };
        let [BusyClient { arm, cores, usable_cores }] = &found.arms[..] else { panic!("one arm") };
        assert_eq!(arm.0, "a/x@4");
        Some(((100.0 * cores).round() / 100.0, *usable_cores))
    }

    fn named_workers(workers: [u64; 4]) -> impl Fn(&mut Run) {
        move |run| run.columns.worker = Some(workers.map(Some).to_vec())
    }

    fn started_threads(count: u64) -> impl Fn(&mut Run) {
        move |run| run.usage.thread_starts = Some((1..=count).map(Span::from_millis).collect())
    }

    #[test]
    fn a_client_is_at_its_limit_near_a_core_for_each_thread() {
        let nothing = |_: &mut Run| {};
        assert_eq!(busy(79, nothing), None);
        assert_eq!(busy(81, nothing), Some((0.81, 1)));
        assert_eq!(busy(105, nothing), Some((1.05, 1)));
        // Two workers can use the two cores of the machine, and four can use no more.
        for workers in [[0, 1, 1, 0], [0, 1, 2, 3]] {
            assert_eq!(busy(100, named_workers(workers)), None);
            assert_eq!(busy(159, named_workers(workers)), None);
            assert_eq!(busy(161, named_workers(workers)), Some((1.61, 2)));
        }
        assert_eq!(busy(100, started_threads(4)), None);
        assert_eq!(busy(161, started_threads(4)), Some((1.61, 2)));
        assert_eq!(busy(100, started_threads(1)), Some((1.0, 1)));
        // One thread cannot use this much, whatever the client reports.
        assert_eq!(busy(151, nothing), None);
        assert_eq!(busy(161, nothing), Some((1.61, 2)));
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
}
