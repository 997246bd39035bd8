//! The closed list of reasons, each one noun with its figures.

use model::arm::{ArmName, Label};
use model::phase::Phase;
use model::time::Span;
use stats::verdict::Verdict;

use super::aspect::Aspect;
use super::difference::Difference;
use crate::agreement::{Disagreement, Dispute};

/// A reason to trust a result less. Times are in seconds, effects on a time are natural logarithms
/// of a ratio.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reason {
    /// Two equal arms differ.
    AaMissed { control: ArmName, of: ArmName, low: f64, high: f64 },
    /// A delay that was added was not found.
    KnownDelayMissed { control: ArmName, expected: f64, low: f64, high: f64 },
    /// One arm failed where the other did not.
    UnequalErrors { arm: Failing, baseline: Failing },
    /// One arm read bodies of other sizes.
    UnequalBytes { arm: Bodies, baseline: Bodies },
    /// The mean and the ranks of the log-ratios lead to two verdicts.
    StallsDominate { arm: ArmName, baseline: ArmName, by_mean: Judged, by_ranks: Judged },
    /// The arms are not alike in what nobody asked to differ.
    ArmsDiffer { differences: Vec<Difference> },
    /// One of these differences changes times.
    Unequal { aspect: Aspect, difference: Difference },
    /// A library is not the one whose name it bears.
    ShadowedModule(Shadowed),
    /// asyncio checks itself while it runs.
    AsyncioDebug { ways: Vec<Label> },
    /// The interpreter lets several threads run its code at once.
    FreeThreading { ways: Vec<Label> },
    /// A ratio changed from the first third of the blocks to the last.
    Drift { arm: ArmName, baseline: ArmName, change: f64 },
    /// A block's log-ratio says something about the next one's.
    Autocorrelation { arm: ArmName, baseline: ArmName, correlation: f64 },
    /// A trial's place in its block matters.
    SlotEffect { per_place: f64 },
    /// Which arm ran before matters.
    CarryOver { arm: ArmName, between: f64, within: f64 },
    /// Which process ran a trial matters.
    ProcessEffect { arm: ArmName, processes: usize, between: f64, within: f64 },
    /// The client and the endpoint tell what cannot both be true of the same trials.
    WitnessesDisagree { arms: Vec<Disputed> },
    /// The client had its answers later than the endpoint gave them.
    LateAnswers { arms: Vec<Late> },
    /// The first counted trial of a process is slower than its others.
    SlowFirstTrials { arms: Vec<SlowFirst> },
    /// Warm trials opened connections.
    WarmConnections { arms: Vec<Opened> },
    /// A client was about as busy as it can be.
    ClientCpu { arms: Vec<Busy> },
    /// All cores were busy during the blocks.
    MachineSaturated { busy: f64 },
    /// The clock's steps are too long for what was measured.
    CoarseTimer { resolution: Span, shortest: Stretch },
    /// The time was up before enough was known.
    StoppedByBudget { blocks: usize, wanted: Wanted },
    /// There are too few blocks to see dependence.
    FewBlocks { blocks: usize },
}

/// An arm's failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failing {
    pub(crate) arm: ArmName,
    /// How many of its trials failed.
    pub(crate) failed: usize,
    /// How many trials it had.
    pub(crate) trials: usize,
    /// In which ways, each once.
    pub(crate) ways: Vec<String>,
}

/// The bytes of an arm's bodies in a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bodies {
    pub(crate) arm: ArmName,
    pub(crate) least: u64,
    pub(crate) most: u64,
}

/// A ratio with its 95 % interval and what the rule of decision makes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Judged {
    pub(crate) ratio: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) verdict: Verdict,
}

/// A module that a distribution of another name provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shadowed {
    /// As it is imported.
    pub(crate) module: String,
    pub(crate) version: String,
    /// Where it really comes from.
    pub(crate) distribution: String,
}

/// An arm whose client and endpoint disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disputed {
    pub(crate) arm: ArmName,
    pub(crate) about: Vec<Disagreement>,
}

/// An arm whose requests took longer for the client than for the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    pub(crate) arm: ArmName,
    /// The sum over the requests of a trial.
    pub(crate) stay: Dispute<Span>,
}

/// An arm whose processes begin slowly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SlowFirst {
    pub(crate) arm: ArmName,
    /// In how many of its processes.
    pub(crate) slow: usize,
    /// Of how many that could be judged.
    pub(crate) processes: usize,
    /// The median, over the slow ones, of the first trial's time over that of the median of the rest.
    pub(crate) excess: f64,
}

/// A warm arm that opened connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) arm: ArmName,
    pub(crate) connections: usize,
    /// In how many counted trials.
    pub(crate) trials: usize,
}

/// An arm whose client was about as busy as it can be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Busy {
    pub(crate) arm: ArmName,
    /// How many cores it used on average.
    pub(crate) cores: f64,
    /// How many it can use at most.
    pub(crate) of: usize,
}

/// The shortest stretch of time that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stretch {
    /// The phase; nothing for a whole batch.
    pub(crate) phase: Option<Phase>,
    pub(crate) seconds: f64,
}

/// What a run was to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wanted {
    Blocks(u32),
    /// Every ratio to within this share of it.
    Precision(f64),
}

impl Reason {
    /// Every code that there is.
    pub(crate) const CODES: [&'static str; 25] = [
        "aa_missed",
        "known_delay_missed",
        "unequal_errors",
        "unequal_bytes",
        "stalls_dominate",
        "unequal_protocols",
        "drift",
        "autocorrelation",
        "slot_effect",
        "carry_over",
        "process_effect",
        "slow_first_trials",
        "warm_connections",
        "client_cpu",
        "machine_saturated",
        "coarse_timer",
        "stopped_by_budget",
        "few_blocks",
        "witnesses_disagree",
        "late_answers",
        "arms_differ",
        "unequal_facts",
        "shadowed_module",
        "asyncio_debug",
        "free_threading",
    ];

    pub(crate) const fn code(&self) -> &'static str {
        Self::CODES[match self {
            Self::AaMissed { .. } => 0,
            Self::KnownDelayMissed { .. } => 1,
            Self::UnequalErrors { .. } => 2,
            Self::UnequalBytes { .. } => 3,
            Self::StallsDominate { .. } => 4,
            Self::Unequal { aspect, .. } if aspect.is_of_protocol() => 5,
            Self::Drift { .. } => 6,
            Self::Autocorrelation { .. } => 7,
            Self::SlotEffect { .. } => 8,
            Self::CarryOver { .. } => 9,
            Self::ProcessEffect { .. } => 10,
            Self::SlowFirstTrials { .. } => 11,
            Self::WarmConnections { .. } => 12,
            Self::ClientCpu { .. } => 13,
            Self::MachineSaturated { .. } => 14,
            Self::CoarseTimer { .. } => 15,
            Self::StoppedByBudget { .. } => 16,
            Self::FewBlocks { .. } => 17,
            Self::WitnessesDisagree { .. } => 18,
            Self::LateAnswers { .. } => 19,
            Self::ArmsDiffer { .. } => 20,
            Self::Unequal { .. } => 21,
            Self::ShadowedModule(_) => 22,
            Self::AsyncioDebug { .. } => 23,
            Self::FreeThreading { .. } => 24,
        }]
    }

    /// Whether it says what the arms are rather than what their trials showed.
    pub(crate) const fn is_of_fairness(&self) -> bool {
        matches!(
            self,
            Self::ArmsDiffer { .. }
                | Self::Unequal { .. }
                | Self::ShadowedModule(_)
                | Self::AsyncioDebug { .. }
                | Self::FreeThreading { .. }
        )
    }

    /// Whether a result is worth nothing with it: where the instrument was shown to err, and where
    /// two arms did not do the same work.
    pub(crate) const fn vetoes(&self) -> bool {
        matches!(
            self,
            Self::AaMissed { .. }
                | Self::KnownDelayMissed { .. }
                | Self::UnequalErrors { .. }
                | Self::UnequalBytes { .. }
        )
    }
}
