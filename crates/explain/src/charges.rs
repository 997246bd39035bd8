//! What the batches of an arm are charged to, on average.

use evidence::Examined;
use evidence::account::{Charge, PerCharge};

/// The mean seconds of each charge over the trials, which sum to the mean batch time. A trial without an
/// observed milestone is the client's as a whole; nothing where no trial has one.
pub(crate) fn mean(successes: &[Examined<'_>]) -> Option<PerCharge<f64>> {
    successes.iter().find(|success| success.account.is_some())?;
    let charged = |success: &Examined<'_>, charge: Charge| match &success.account {
        Some(account) => account.charged_to(charge),
        None if charge == Charge::Client => success.batch_time(),
        None => Default::default(),
    };
    let mean = |charge: Charge| {
        let nanos = successes.iter().map(|success| u128::from(charged(success, charge).as_nanos()));
        nanos.sum::<u128>() as f64 / 1e9 / successes.len() as f64
    };
    Some(PerCharge::from_fn(mean))
}

#[cfg(test)]
mod tests {
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn the_charges_of_an_arm_sum_to_its_mean() {
        let analysis = crate::analyse(&Sample::three_strategies(5));
        for arm in &analysis.arms {
            let charges = arm.charges.expect("the sample has milestones");
            let sum: f64 = charges.values().sum();
            assert!((sum - arm.mean().expect("has a time")).abs() < 1e-9, "{}: {sum}", arm.arm);
        }
    }

    #[test]
    fn an_arm_without_milestones_has_no_charges() {
        let mut sample = Sample::new(&[("own/fetch", 2)]);
        sample.block(&[("own/fetch@2", 10)]);
        let analysis = crate::analyse(&sample.end(StopReason::Blocks));
        assert_eq!(analysis.arms[0].charges, None);
    }
}
