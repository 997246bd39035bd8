//! The closed list of caveats: a line for each, with its code and the type of its figures.

use super::aa_missed::AaMissed;
use super::arms_differ::ArmsDiffer;
use super::asyncio_debug::AsyncioDebug;
use super::autocorrelation::RatioAutocorrelation;
use super::batch_sampled::BatchSampled;
use super::batch_too_large::BatchTooLarge;
use super::carry_over::CarryOver;
use super::client_cpu::ClientCpu;
use super::coarse_timer::CoarseTimer;
use super::condition_without_effect::ConditionWithoutEffect;
use super::detected::CaveatKind;
use super::drift::RatioDrift;
use super::few_blocks::FewBlocks;
use super::free_threading::FreeThreading;
use super::headers_not_sent::HeadersNotSent;
use super::http2_declined::Http2Declined;
use super::known_delay_missed::KnownDelayMissed;
use super::late_answers::LateAnswers;
use super::machine_saturated::MachineSaturated;
use super::process_effect::ProcessEffect;
use super::shadowed_module::ShadowedModule;
use super::slot_effect::SlotEffect;
use super::slow_first_trials::SlowFirstTrials;
use super::sockets_unseen::SocketsUnseen;
use super::stalls_dominate::StallsDominate;
use super::stopped_by_budget::StoppedByBudget;
use super::unequal_bytes::UnequalBytes;
use super::unequal_errors::UnequalErrors;
use super::unequal_facts::UnequalFacts;
use super::unequal_protocols::UnequalProtocols;
use super::warm_connections::WarmConnections;
use super::witnesses_disagree::WitnessesDisagree;

/// Defines the codes and the reasons from one list.
macro_rules! caveats {
    ($( $(#[doc = $doc:literal])+ $Caveat:ident($Figures:ty) = $code:literal, )+) => {
        model::closed_list! {
            /// The code of a caveat.
            pub enum CaveatCode {
                $( $(#[doc = $doc])+ $Caveat = $code, )+
            }
        }

        impl CaveatCode {
            /// Whether it takes away the verdict on every ratio of two of its arms.
            pub const fn vetoes(self) -> bool {
                match self {
                    $(Self::$Caveat => <$Figures as CaveatKind>::VETOES,)+
                }
            }

            /// Whether it concerns how the arms are set up, not what their trials showed.
            pub const fn concerns_setup(self) -> bool {
                match self {
                    $(Self::$Caveat => <$Figures as CaveatKind>::CONCERNS_SETUP,)+
                }
            }
        }

        /// A reason to trust a result less, with its figures.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Reason {
            $( $(#[doc = $doc])+ $Caveat($Figures), )+
        }

        impl Reason {
            /// Its code.
            pub const fn code(&self) -> CaveatCode {
                match self {
                    $(Self::$Caveat(_) => CaveatCode::$Caveat,)+
                }
            }
        }

        $(
            impl From<$Figures> for Reason {
                fn from(figures: $Figures) -> Self {
                    Self::$Caveat(figures)
                }
            }
        )+
    };
}

// The most serious first: vetoes, then what makes verdicts or intervals wrong, then what makes times
// unrepresentative, then notes. The summary shows the first three of a run.
caveats! {
    /// Two equal arms differ.
    AaMissed(AaMissed) = "aa_missed",
    /// A delay that the endpoint added was not measured.
    KnownDelayMissed(KnownDelayMissed) = "known_delay_missed",
    /// Two compared arms failed in different ways, or only one of them failed.
    UnequalErrors(UnequalErrors) = "unequal_errors",
    /// Two compared arms read bodies of different sizes.
    UnequalBytes(UnequalBytes) = "unequal_bytes",

    /// The client and the endpoint contradict each other about the same trials.
    WitnessesDisagree(WitnessesDisagree) = "witnesses_disagree",
    /// The mean and the ranks of the log-ratios lead to different verdicts.
    StallsDominate(StallsDominate) = "stalls_dominate",
    /// The driver processes of an arm differ from each other.
    ProcessEffect(ProcessEffect) = "process_effect",
    /// The ratio of a block depends on the block before.
    Autocorrelation(RatioAutocorrelation) = "autocorrelation",
    /// A ratio changed from the first third of the blocks to the last.
    Drift(RatioDrift) = "drift",
    /// The time of an arm depends on which arm ran before it.
    CarryOver(CarryOver) = "carry_over",
    /// The time of a trial depends on its place in the block.
    SlotEffect(SlotEffect) = "slot_effect",
    /// There are too few blocks to detect drift or dependence.
    FewBlocks(FewBlocks) = "few_blocks",

    /// User code or a command does not take the headers of the command line.
    HeadersNotSent(HeadersNotSent) = "headers_not_sent",
    /// A condition that was imposed on the user's code changed nothing.
    ConditionWithoutEffect(ConditionWithoutEffect) = "condition_without_effect",
    /// Arms that asked for HTTP/2 made requests over HTTP/1.1.
    Http2Declined(Http2Declined) = "http2_declined",
    /// The arms used different protocols or TLS settings.
    UnequalProtocols(UnequalProtocols) = "unequal_protocols",
    /// The arms differ in a setting that is known to change times.
    UnequalFacts(UnequalFacts) = "unequal_facts",
    /// A Python module is provided by another package than the one of its name.
    ShadowedModule(ShadowedModule) = "shadowed_module",
    /// The machine's cores were busy most of the time.
    MachineSaturated(MachineSaturated) = "machine_saturated",
    /// A client used almost all the CPU that it can use.
    ClientCpu(ClientCpu) = "client_cpu",
    /// The debug mode of asyncio is on.
    AsyncioDebug(AsyncioDebug) = "asyncio_debug",
    /// Python runs without its global interpreter lock.
    FreeThreading(FreeThreading) = "free_threading",
    /// The first counted trial of a process is slower than its other trials.
    SlowFirstTrials(SlowFirstTrials) = "slow_first_trials",
    /// Trials with a warm session opened connections.
    WarmConnections(WarmConnections) = "warm_connections",
    /// Requests took longer for the client than for the endpoint.
    LateAnswers(LateAnswers) = "late_answers",
    /// The socket witness did not see all that a client did.
    SocketsUnseen(SocketsUnseen) = "sockets_unseen",
    /// The trials of very large batches are sampled.
    BatchSampled(BatchSampled) = "batch_sampled",
    /// The batches are so large that their single requests are not analysed.
    BatchTooLarge(BatchTooLarge) = "batch_too_large",
    /// The clock is too coarse for the measured times.
    CoarseTimer(CoarseTimer) = "coarse_timer",

    /// The time budget ended the run before its goal.
    StoppedByBudget(StoppedByBudget) = "stopped_by_budget",
    /// The arms differ in ways that the command line did not set.
    ArmsDiffer(ArmsDiffer) = "arms_differ",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vetoes_are_the_most_serious_caveats() {
        let vetoing = |code: &CaveatCode| code.vetoes();
        let vetoes: Vec<&str> =
            CaveatCode::ALL.iter().copied().filter(vetoing).map(CaveatCode::name).collect();
        assert_eq!(vetoes, ["aa_missed", "known_delay_missed", "unequal_errors", "unequal_bytes"]);
        assert!(CaveatCode::ALL[..vetoes.len()].iter().all(vetoing));
    }

    #[test]
    fn eight_caveats_concern_the_setup() {
        let codes = CaveatCode::ALL.into_iter().filter(|code| code.concerns_setup());
        assert_eq!(
            codes.map(CaveatCode::name).collect::<Vec<_>>(),
            [
                "headers_not_sent",
                "http2_declined",
                "unequal_protocols",
                "unequal_facts",
                "shadowed_module",
                "asyncio_debug",
                "free_threading",
                "arms_differ"
            ]
        );
    }
}
