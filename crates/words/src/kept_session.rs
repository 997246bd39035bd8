//! What a kept session would save, in a sentence.

use explain::ArmAnalysis;

use crate::number::{bare_millis, millis};

/// `A session that is kept between batches (session=warm) would save 22.9 of 45.4 ms (predicted).` Nothing
/// where an arm has none to keep.
pub fn sentence(arm: &ArmAnalysis) -> Option<String> {
    let (kept, mean) = arm.kept_session.zip(arm.mean())?;
    let predicted = if kept.extrapolated { "predicted, extrapolated" } else { "predicted" };
    let (saved, batch) = (bare_millis(kept.saved.seconds), millis(mean));
    Some(format!(
        "A session that is kept between batches (session=warm) would save {saved} of {batch} ({predicted})."
    ))
}

#[cfg(test)]
mod tests {
    use explain::{Estimate, KeptSession, analyse};
    use model::recording::StopReason;
    use test_support::sample::Sample;

    use super::*;

    #[test]
    fn says_what_of_the_batch_is_saved_and_whether_it_was_extrapolated() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.block(&[("a/x@1", 40)]);
        let mut arm = analyse(&sample.end(StopReason::Blocks)).arms.remove(0);
        assert_eq!(sentence(&arm), None);
        let saved = Estimate { seconds: 0.0229, low: Some(0.02), high: Some(0.025) };
        arm.kept_session = Some(KeptSession { saved, extrapolated: false });
        let found = sentence(&arm).expect("is predicted");
        assert!(found.ends_with("would save 22.9 of 40.0 ms (predicted)."), "{found}");
        arm.kept_session = Some(KeptSession { saved, extrapolated: true });
        let found = sentence(&arm).expect("is predicted");
        assert!(found.ends_with("(predicted, extrapolated)."), "{found}");
    }
}
