//! The words of the caveats: one line for the summary, the full sentence, and the page of each.
//!
//! Each caveat has a file of its own, by its code. Detection lives in `explain::caveats`.

mod aa_missed;
mod arms_differ;
mod asyncio_debug;
mod autocorrelation;
mod batch_sampled;
mod batch_too_large;
mod carry_over;
mod client_cpu;
mod coarse_timer;
mod condition_without_effect;
mod document;
mod drift;
mod few_blocks;
mod free_threading;
mod headers_not_sent;
mod http2_declined;
mod known_delay_missed;
mod late_answers;
mod machine_saturated;
mod parts;
mod process_effect;
mod shadowed_module;
mod slot_effect;
mod slow_first_trials;
mod sockets_unseen;
mod stalls_dominate;
mod stopped_by_budget;
mod unequal_bytes;
mod unequal_errors;
mod unequal_fact;
mod unequal_facts;
mod unequal_protocols;
mod warm_connections;
mod witnesses_disagree;

pub use document::CaveatDocument;
use explain::caveats::{Caveat, CaveatCode, Reason};

/// Dispatches to the file of each caveat. A caveat without its words does not compile.
macro_rules! caveat_words {
    ($($Caveat:ident => $file:ident,)+) => {
        fn short_reason(reason: &Reason) -> String {
            match reason {
                $(Reason::$Caveat(found) => $file::short(found),)+
            }
        }

        /// The full sentence of a reason that no run has shown yet.
        pub fn reason_sentence(reason: &Reason) -> String {
            match reason {
                $(Reason::$Caveat(found) => $file::sentence(found),)+
            }
        }

        /// What the caveat says, in a few words: the title of its page in an index.
        pub const fn title(code: CaveatCode) -> &'static str {
            match code {
                $(CaveatCode::$Caveat => $file::TITLE,)+
            }
        }

        /// The page of a caveat as Markdown: what it means, how it is detected, what to do.
        pub const fn page(code: CaveatCode) -> &'static str {
            match code {
                $(CaveatCode::$Caveat => $file::PAGE,)+
            }
        }
    };
}

caveat_words! {
    AaMissed => aa_missed,
    KnownDelayMissed => known_delay_missed,
    UnequalErrors => unequal_errors,
    UnequalBytes => unequal_bytes,
    WitnessesDisagree => witnesses_disagree,
    StallsDominate => stalls_dominate,
    ProcessEffect => process_effect,
    Autocorrelation => autocorrelation,
    Drift => drift,
    CarryOver => carry_over,
    SlotEffect => slot_effect,
    FewBlocks => few_blocks,
    HeadersNotSent => headers_not_sent,
    Http2Declined => http2_declined,
    ConditionWithoutEffect => condition_without_effect,
    UnequalProtocols => unequal_protocols,
    UnequalFacts => unequal_facts,
    ShadowedModule => shadowed_module,
    MachineSaturated => machine_saturated,
    ClientCpu => client_cpu,
    AsyncioDebug => asyncio_debug,
    FreeThreading => free_threading,
    SlowFirstTrials => slow_first_trials,
    WarmConnections => warm_connections,
    LateAnswers => late_answers,
    SocketsUnseen => sockets_unseen,
    BatchSampled => batch_sampled,
    BatchTooLarge => batch_too_large,
    CoarseTimer => coarse_timer,
    StoppedByBudget => stopped_by_budget,
    ArmsDiffer => arms_differ,
}

/// One line of at most 72 columns for the summary: what was seen, its size, what to do. Only the name
/// of a module that a driver reports can make it longer.
pub fn short(caveat: &Caveat) -> String {
    short_reason(caveat.reason())
}

/// The full sentence: what was seen, what it means, what to do.
pub fn sentence(caveat: &Caveat) -> String {
    reason_sentence(caveat.reason())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_starts_with_its_code_and_ends_with_what_to_do() {
        for code in CaveatCode::ALL {
            let page = page(code);
            assert!(page.starts_with(&format!("# {code}\n\n{}.\n", title(code))), "{page}");
            assert!(page.contains("\n## How it is detected\n"), "{page}");
            assert!(page.contains("\n## What to do\n"), "{page}");
            assert!(page.ends_with(".\n"), "{page}");
            assert!(page.lines().all(|line| line.len() <= 100), "{page}");
        }
    }
}
