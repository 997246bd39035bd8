//! What arms would gain that open a session for each batch, if they kept it.
//!
//! A cold session is what was asked for, so this is no finding: it answers the question what a warm one
//! would change.

use replay::Gain;
use schemars::JsonSchema;
use serde::Serialize;
use stats::estimate::Estimate;

use crate::arms::ArmAnalysis;
use crate::margin::least_gain;
use crate::whatif::{Predictor, Setting};

/// By how much a batch would become shorter if its session were kept between batches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct KeptSession {
    /// How much.
    #[serde(flatten)]
    pub saved: Estimate,
    /// Whether it rests on something that was not seen.
    pub extrapolated: bool,
}

/// Adds what a kept session would save to the arms that open theirs for each batch.
pub(crate) fn add(arms: &mut [ArmAnalysis], predictor: Predictor<'_, '_>) {
    for arm in arms {
        arm.kept_session = KeptSession::predict(arm, predictor);
    }
}

impl KeptSession {
    /// Nothing where the arm has no session to keep, or would certainly gain nothing that matters.
    fn predict(arm: &ArmAnalysis, predictor: Predictor<'_, '_>) -> Option<Self> {
        arm.conditions.get("session").filter(|session| *session == "cold")?;
        let warm = Setting { name: "session".to_owned(), value: "warm".to_owned() };
        let evidence = predictor.evidence.arm(&arm.arm)?;
        let Gain { saved, extrapolated } = predictor.gain(evidence, vec![warm])?;
        let is_certain = saved.low.is_none_or(|low| low > 0.0);
        let is_worth_it = saved.seconds >= least_gain(arm.mean()?);
        (is_certain && is_worth_it).then_some(Self { saved, extrapolated })
    }
}

#[cfg(test)]
mod tests {
    use model::recording::StopReason;
    use test_support::sample::Sample;
    use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};

    use crate::{Analysis, analyse};

    /// One arm of three requests in turn, which opens its connection like this.
    fn recorded(opening: Opening, session: &str) -> Analysis {
        let trial = SyntheticTrial::over(1, opening, 500, &[Steps::default(); 3]);
        let mut sample = Sample::new(&[("a/x", 3)]);
        sample.plan().arms[0].conditions.insert("session".to_owned(), session.to_owned());
        for _ in 0..3 {
            sample.block_in_order(&[("a/x@3", trial.end())]);
            sample.last_run().columns = trial.columns.clone();
            sample.last_trial().witness = Some(trial.witness.clone());
            sample.last_trial().socket = Some(Box::new(trial.sockets(1)));
        }
        analyse(&sample.end(StopReason::Blocks))
    }

    #[test]
    fn a_cold_arm_alone_says_what_a_kept_session_would_save_and_has_no_finding_for_it() {
        let cold = recorded(Opening::Once, "cold");
        let kept = cold.arms[0].kept_session.expect("is predicted");
        let warm = recorded(Opening::Never, "cold").arms[0].mean().expect("has a time");
        let saved = cold.arms[0].mean().expect("has a time") - warm;
        assert!((kept.saved.seconds - saved).abs() < 1e-3, "{kept:?}, not {saved}");
        assert!(cold.findings.iter().all(|finding| !finding.keeps_session()));
    }

    #[test]
    fn a_warm_arm_and_one_that_opens_nothing_have_no_session_to_keep() {
        assert_eq!(recorded(Opening::Once, "warm").arms[0].kept_session, None);
        assert_eq!(recorded(Opening::Never, "cold").arms[0].kept_session, None);
    }
}
