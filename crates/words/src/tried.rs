//! Sentences about changes that were imposed on the user's code.

use explain::{Attribution, TriedChange, TriedVerdict};
use model::experiment::FactorKind;

use crate::list::counted;
use crate::number::{bare_millis, millis};

/// `Tried for you: one TLS context saves 206 ms of 443 (confirmed)`, without a full stop.
pub fn sentence(tried: &TriedChange) -> String {
    let change = change(tried);
    let saved = tried.saved.map_or(0.0, |saved| saved.seconds);
    let batch = bare_millis(tried.batch_seconds.unwrap_or_default());
    let result = match tried.verdict {
        TriedVerdict::Saves => format!("saves {} of {batch} (confirmed)", millis(saved)),
        TriedVerdict::Unsure if saved > 0.0 => {
            format!("saves {} of {batch} (one block)", millis(saved))
        }
        TriedVerdict::Unsure => format!("saves nothing in {batch} ms (one block)"),
        TriedVerdict::Nothing => "saves nothing beyond noise".to_owned(),
        TriedVerdict::Costs => format!("costs {}", millis(-saved)),
        TriedVerdict::NotImposed => format!(
            "could not be imposed, because it had no effect in {} of {}",
            tried.trials_without_effect,
            counted(tried.trials, "trial")
        ),
        TriedVerdict::Failed => "does not work: every batch failed".to_owned(),
    };
    format!("Tried for you: {change} {result}")
}

/// The change that certainly saves most, if one does.
pub fn best(attribution: &Attribution) -> Option<&TriedChange> {
    let saved = |tried: &TriedChange| tried.saved.map_or(0.0, |saved| saved.seconds);
    let saves = attribution.tried.iter().filter(|tried| tried.verdict == TriedVerdict::Saves);
    saves.max_by(|a, b| saved(a).total_cmp(&saved(b)))
}

/// The change, as the subject of a sentence.
fn change(tried: &TriedChange) -> String {
    let (condition, value) = tried.setting.split_once('=').unwrap_or_default();
    match tried.factor {
        FactorKind::SharedContext => "one TLS context".to_owned(),
        FactorKind::Workers | FactorKind::FewerAtOnce if condition == "concurrency" => {
            format!("a semaphore of {value}")
        }
        FactorKind::Workers | FactorKind::FewerAtOnce => format!("a pool of {value} workers"),
        FactorKind::Pool => format!("a pool of {value} connections"),
        FactorKind::TrustEnvironment => "turning trust_env off".to_owned(),
        FactorKind::Lookups => "looking names up once".to_owned(),
        FactorKind::NoDelay => "TCP_NODELAY".to_owned(),
        FactorKind::Compression => "turning compression off".to_owned(),
        FactorKind::SleepsSkipped => "skipping sleeps".to_owned(),
        FactorKind::GarbageCollection => "freezing garbage collection".to_owned(),
        FactorKind::EventLoop => "uvloop".to_owned(),
        FactorKind::WarmSession
        | FactorKind::PlainText
        | FactorKind::Resumption
        | FactorKind::Sleep => tried.setting.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use explain::Estimate;

    fn tried(factor: FactorKind, setting: &str, verdict: TriedVerdict) -> TriedChange {
        let saved = match verdict {
            TriedVerdict::Costs => Some(-0.0123),
            TriedVerdict::NotImposed | TriedVerdict::Failed => None,
            _ => Some(0.206),
        };
        TriedChange {
            factor,
            setting: setting.to_owned(),
            verdict,
            saved: saved.map(|seconds| Estimate { seconds, low: None, high: None }),
            batch_seconds: saved.map(|_| 0.443),
            trials: 4,
            trials_without_effect: 3,
        }
    }

    #[test]
    fn says_what_a_change_saved_and_whether_that_is_confirmed() {
        let shared =
            |verdict| sentence(&tried(FactorKind::SharedContext, "context=shared", verdict));
        let start = "Tried for you: one TLS context";
        for (verdict, end) in [
            (TriedVerdict::Saves, "saves 206 ms of 443 (confirmed)"),
            (TriedVerdict::Unsure, "saves 206 ms of 443 (one block)"),
            (TriedVerdict::Nothing, "saves nothing beyond noise"),
            (TriedVerdict::Costs, "costs 12.3 ms"),
            (
                TriedVerdict::NotImposed,
                "could not be imposed, because it had no effect in 3 of 4 trials",
            ),
            (TriedVerdict::Failed, "does not work: every batch failed"),
        ] {
            assert_eq!(shared(verdict), format!("{start} {end}"));
        }
        for (setting, subject) in
            [("workers=16", "a pool of 16 workers"), ("concurrency=16", "a semaphore of 16")]
        {
            let said = sentence(&tried(FactorKind::Workers, setting, TriedVerdict::Saves));
            assert!(said.contains(&format!(": {subject} saves 206 ms")), "{said}");
        }
    }
}
