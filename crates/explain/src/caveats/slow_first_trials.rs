//! `slow_first_trials`: the first counted trial of a driver process is slower than its others.

use std::collections::BTreeMap;

use model::arm::ArmName;
use stats::describe::describe;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use evidence::ArmEvidence;

/// A process is judged only with this many trials after its first.
const ENOUGH_OTHERS: usize = 5;
/// A slow first trial lies this many robust standard deviations above the others.
const FAR: f64 = 10.0;
/// The standard deviation of a normal sample over its median distance from the median (Hampel, "The
/// influence curve and its role in robust estimation", JASA 69, 1974).
const ROBUST: f64 = 1.4826;
/// A slow first trial takes at least this many times the median of the others.
const MATTERS: f64 = 1.02;

/// The first counted trial of a process is slower than its other trials.
#[derive(Clone, Debug, PartialEq)]
pub struct SlowFirstTrials {
    /// The arms.
    pub arms: Vec<SlowStart>,
}

/// An arm whose processes have a slow first trial.
#[derive(Clone, Debug, PartialEq)]
pub struct SlowStart {
    /// The arm.
    pub arm: ArmName,
    /// In how many of its processes the first trial is slow.
    pub slow: usize,
    /// How many of its processes could be judged.
    pub processes: usize,
    /// The median over the slow processes: the first trial's time over the median of the others.
    pub excess: f64,
}

impl CaveatKind for SlowFirstTrials {}

/// Detects it in the measured arms.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<SlowFirstTrials>> {
    let arms: Vec<SlowStart> = input.evidence.measured().filter_map(slow_start).collect();
    Detected::for_arms(arms, |found| &found.arm, |arms| SlowFirstTrials { arms })
}

/// An arm starts slowly where more than half of its processes do: where there are several, a single
/// stall is not enough.
fn slow_start(arm: &ArmEvidence<'_>) -> Option<SlowStart> {
    let mut by_process: BTreeMap<u32, Vec<Option<f64>>> = BTreeMap::new();
    for trial in arm.counted() {
        let seconds = trial.batch_time().map(|time| time.as_secs());
        by_process.entry(trial.process).or_default().push(seconds);
    }
    let judged: Vec<FirstTrial> = by_process.values().filter_map(|times| judge(times)).collect();
    let slow: Vec<f64> = judged.iter().filter_map(FirstTrial::slow).collect();
    let excess = describe(&slow).median.filter(|_| 2 * slow.len() > judged.len())?;
    Some(SlowStart { arm: arm.arm.name.clone(), slow: slow.len(), processes: judged.len(), excess })
}

/// The first trial of a process.
#[derive(Clone, Copy, Debug, PartialEq)]
enum FirstTrial {
    /// Its time over the median of the others.
    Slow(f64),
    Usual,
}

impl FirstTrial {
    const fn slow(&self) -> Option<f64> {
        match self {
            Self::Slow(excess) => Some(*excess),
            Self::Usual => None,
        }
    }
}

/// Judges the first trial of a process by the median of the others and their distance from it.
/// Nothing where it failed or too few others succeeded.
fn judge(times: &[Option<f64>]) -> Option<FirstTrial> {
    let (first, others) = times.split_first()?;
    let first = (*first)?;
    let others: Vec<f64> = others.iter().copied().flatten().collect();
    if others.len() < ENOUGH_OTHERS {
        return None;
    }
    let median = describe(&others).median?;
    let distances: Vec<f64> = others.iter().map(|other| (other - median).abs()).collect();
    let limit = median + FAR * ROBUST * describe(&distances).median?;
    let is_slow = first > limit && first > MATTERS * median;
    Some(if is_slow { FirstTrial::Slow(first / median) } else { FirstTrial::Usual })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes, named};
    use evidence::Evidence;
    use test_support::noise::{self, ARMS, Noise, Turn};

    fn first_slower(by: f64, renewed: u32) -> impl Fn(Turn<'_>) -> f64 {
        move |turn| {
            let first = turn.arm == 1 && turn.block.is_multiple_of(renewed);
            0.01 * turn.noise.normal() + if first { by } else { 0.0 }
        }
    }

    #[test]
    fn detects_processes_that_start_slowly() {
        let recording = noise::run(&mut Noise::new(1), 20, 10, first_slower(0.2, 10));
        let found = caveats(&recording);
        let caveat = named(&found, "slow_first_trials");
        assert_eq!(caveat.arms(), [ArmName(ARMS[1].to_owned())]);
        let Reason::SlowFirstTrials(found) = caveat.reason() else { panic!("{caveat:?}") };
        let [arm] = &found.arms[..] else { panic!("one arm") };
        assert_eq!((arm.slow, arm.processes), (2, 2));
        assert!((1.195..1.295).contains(&arm.excess), "{arm:?}");
        assert!(!caveat.vetoes());
    }

    #[test]
    fn ignores_one_slow_process_of_two_and_processes_with_few_trials() {
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
    fn seldom_raises_a_false_alarm() {
        let alarms = |seed, blocks| {
            let mut noise = Noise::new(seed);
            (0..1000)
                .filter(|_| {
                    let recording = noise::run(&mut noise, blocks, 10, |turn| turn.noise.trial());
                    let evidence = Evidence::of_recording(&recording).expect("has a plan");
                    let arm = evidence.arm(&ArmName(ARMS[0].to_owned())).expect("is planned");
                    slow_start(arm).is_some()
                })
                .count()
        };
        // A single stall decides about a single process.
        let (one, two) = (alarms(3, 10), alarms(4, 20));
        assert!(one <= 15 && two <= 2, "{one} and {two} of 1000");
    }
}
