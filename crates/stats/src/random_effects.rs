//! The mean of ratios that were measured in several places, each with an error of its own, and what a further
//! place may show: a random-effects meta-analysis.
//!
//! The places are a sample of places: their true log-ratios vary around the mean with a variance τ². It is
//! estimated by Paule and Mandel's moments, solved with Newton's method (DerSimonian and Kacker,
//! "Random-effects model for meta-analysis of clinical trials: an update", Contemporary Clinical Trials 28,
//! 2007). The interval of the mean is that of Hartung and Knapp and of Sidik and Jonkman, with Student's t and
//! k − 1 degrees of freedom, and never narrower than the errors of the places allow (Knapp and Hartung,
//! "Improved tests for a random effects meta-regression with a single covariate", Statistics in Medicine 22,
//! 2003). The prediction interval is that of a further place's true ratio (Higgins, Thompson and Spiegelhalter,
//! "A re-evaluation of random-effects meta-analysis", J. R. Statist. Soc. A 172, 2009), with k − 2 degrees of
//! freedom.
//!
//! Assumes that the places are independent and near normal. The simulation below says why it is not the usual
//! normal interval of DerSimonian and Laird: with few places that one misses the truth too often.

use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};

use crate::quantity::{Confidence, HalfWidth, Interval, LogRatio, Probability, count};
use crate::ratio::PairedRatio;

/// No standard error of a log-ratio is smaller: clocks count nanoseconds. Without a least one, a place whose
/// blocks are all alike would have all the weight.
const LEAST_ERROR: f64 = 1e-9;
/// Newton's method ends when a step changes τ² by less than this share of it.
const SETTLED: f64 = 1e-12;
/// It converges within ten steps; more than these are never made.
const MOST_STEPS: usize = 200;

/// The ratio of one place, with its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaceRatio {
    mean: f64,
    /// The square of the standard error, above zero.
    variance: f64,
}

impl PlaceRatio {
    /// The ratio of a place's blocks; none below two blocks, which have no error.
    pub fn new(ratio: &PairedRatio) -> Option<Self> {
        Some(Self::with_variance(ratio.mean().0, ratio.standard_error()?.powi(2)))
    }

    const fn with_variance(mean: f64, variance: f64) -> Self {
        Self { mean, variance: variance.max(LEAST_ERROR * LEAST_ERROR) }
    }
}

/// The mean over places of a ratio, and how much the places differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomEffects {
    places: usize,
    mean: f64,
    /// The square of the mean's standard error.
    variance: f64,
    /// τ², in squared log-ratios.
    between: f64,
    /// Cochran's Q.
    excess: f64,
}

/// How much places differ beyond their errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heterogeneity {
    /// τ: the standard deviation of the places' true log-ratios.
    pub between: HalfWidth,
    /// I²: the share of the variation that no error of a place explains, from 0 to 1 (Higgins and Thompson,
    /// "Quantifying heterogeneity in a meta-analysis", Statistics in Medicine 21, 2002).
    pub share: f64,
    /// The p-value of the differences if all places have one true ratio (Cochran's Q).
    pub probability: Probability,
}

impl RandomEffects {
    /// The mean of these places; none below two.
    pub fn new(places: &[PlaceRatio]) -> Option<Self> {
        let freedom = places.len().checked_sub(1).filter(|&freedom| freedom > 0)?;
        let between = paule_mandel(places, count(freedom));
        let weighted = Weighted::new(places, between);
        // Above zero, τ² makes the scatter equal its expectation, so that the factor is 1.
        let factor = (weighted.scatter / count(freedom)).max(1.0);
        Some(Self {
            places: places.len(),
            mean: weighted.mean,
            variance: factor / weighted.weight,
            between,
            excess: Weighted::new(places, 0.0).scatter,
        })
    }

    /// How many places there are, at least two.
    pub const fn places(&self) -> usize {
        self.places
    }

    /// The mean log-ratio.
    pub const fn mean(&self) -> LogRatio {
        LogRatio(self.mean)
    }

    /// The interval of the mean.
    pub fn interval(&self, confidence: Confidence) -> Interval {
        let half_width = quantile(confidence, self.freedom()) * self.variance.sqrt();
        Interval::around(self.mean(), HalfWidth(half_width))
    }

    /// The interval that holds the true ratio of a further place; none below three places.
    pub fn prediction(&self, confidence: Confidence) -> Option<Interval> {
        let freedom = self.freedom().checked_sub(1).filter(|&freedom| freedom > 0)?;
        let half_width = quantile(confidence, freedom) * (self.between + self.variance).sqrt();
        Some(Interval::around(self.mean(), HalfWidth(half_width)))
    }

    /// How much the places differ beyond their errors.
    pub fn heterogeneity(&self) -> Heterogeneity {
        let freedom = count(self.freedom());
        let chance = ChiSquared::new(freedom).expect("there is a degree of freedom");
        Heterogeneity {
            between: HalfWidth(self.between.sqrt()),
            share: if self.excess > freedom { 1.0 - freedom / self.excess } else { 0.0 },
            probability: Probability(chance.sf(self.excess).clamp(0.0, 1.0)),
        }
    }

    const fn freedom(&self) -> usize {
        self.places - 1
    }
}

fn quantile(confidence: Confidence, freedom: usize) -> f64 {
    let student = StudentsT::new(0.0, 1.0, count(freedom)).expect("there is a degree of freedom");
    student.inverse_cdf(1.0 - confidence.risk() / 2.0)
}

/// The places, each weighted by the inverse of its variance and τ².
struct Weighted {
    mean: f64,
    /// The sum of the weights.
    weight: f64,
    /// The weighted sum of the squared differences from the mean.
    scatter: f64,
    /// The derivative of `scatter` by τ², with its sign changed.
    slope: f64,
}

impl Weighted {
    fn new(places: &[PlaceRatio], between: f64) -> Self {
        let weight_of = |place: &PlaceRatio| 1.0 / (place.variance + between);
        let weight: f64 = places.iter().map(weight_of).sum();
        let mean = places.iter().map(|place| weight_of(place) * place.mean).sum::<f64>() / weight;
        let (mut scatter, mut slope) = (0.0, 0.0);
        for place in places {
            let part = weight_of(place) * (place.mean - mean).powi(2);
            scatter += part;
            slope += weight_of(place) * part;
        }
        Self { mean, weight, scatter, slope }
    }
}

/// τ² at which the scatter equals its expectation; zero if it is smaller anyway.
fn paule_mandel(places: &[PlaceRatio], expected: f64) -> f64 {
    let mut between = 0.0;
    for _ in 0..MOST_STEPS {
        let weighted = Weighted::new(places, between);
        let above = weighted.scatter - expected;
        if above <= 0.0 || weighted.slope <= 0.0 {
            break;
        }
        // The scatter is convex and falls with τ², so that each step ends below the root.
        let step = above / weighted.slope;
        between += step;
        if step <= SETTLED * between {
            break;
        }
    }
    between
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use crate::simulation::random::Random;
    use proptest::prelude::*;

    /// Thirteen trials of a vaccine against tuberculosis (Colditz et al., JAMA 271, 1994): cases and others,
    /// with the vaccine and without.
    const VACCINE: [[f64; 4]; 13] = [
        [4.0, 119.0, 11.0, 128.0],
        [6.0, 300.0, 29.0, 274.0],
        [3.0, 228.0, 11.0, 209.0],
        [62.0, 13536.0, 248.0, 12619.0],
        [33.0, 5036.0, 47.0, 5761.0],
        [180.0, 1361.0, 372.0, 1079.0],
        [8.0, 2537.0, 10.0, 619.0],
        [505.0, 87886.0, 499.0, 87892.0],
        [29.0, 7470.0, 45.0, 7232.0],
        [17.0, 1699.0, 65.0, 1600.0],
        [186.0, 50448.0, 141.0, 27197.0],
        [5.0, 2493.0, 3.0, 2338.0],
        [27.0, 16886.0, 29.0, 17825.0],
    ];

    fn vaccine() -> Vec<PlaceRatio> {
        let of = |[cases, others, unprotected, rest]: [f64; 4]| {
            let (with, without) = (cases + others, unprotected + rest);
            PlaceRatio::with_variance(
                (cases / with).ln() - (unprotected / without).ln(),
                1.0 / cases - 1.0 / with + 1.0 / unprotected - 1.0 / without,
            )
        };
        VACCINE.map(of).to_vec()
    }

    #[test]
    fn matches_the_published_analysis_of_the_vaccine_trials() {
        // Viechtbauer, "Conducting meta-analyses in R with the metafor package", J. Statistical Software 36,
        // 2010: Q = 152.23 with 12 degrees of freedom, and τ² = 0.3181 by Paule and Mandel.
        let found = RandomEffects::new(&vaccine()).expect("there are thirteen");
        assert!((found.excess - 152.233).abs() < 5e-4, "{found:?}");
        assert!((found.between - 0.3181).abs() < 5e-5, "{found:?}");
        assert!((found.mean - -0.7150).abs() < 5e-4, "{found:?}");
        let heterogeneity = found.heterogeneity();
        assert!((heterogeneity.share - 0.9212).abs() < 5e-5);
        assert!(heterogeneity.probability.value() < 1e-4);
    }

    #[test]
    fn equal_places_have_the_error_of_their_blocks_alone() {
        let places = [PlaceRatio::with_variance(0.2, 0.01); 4];
        let found = RandomEffects::new(&places).expect("there are four");
        assert!((found.mean - 0.2).abs() < 1e-12 && found.between == 0.0);
        // t with three degrees of freedom is 3.18245, the error 0.1 / 2.
        let interval = found.interval(Confidence::NINETY_FIVE);
        assert!((interval.high.0 - (0.2 + 3.182_446 * 0.05)).abs() < 1e-6, "{interval:?}");
        let heterogeneity = found.heterogeneity();
        assert_eq!((heterogeneity.share, heterogeneity.probability.value()), (0.0, 1.0));
    }

    #[test]
    fn two_places_predict_no_third_and_one_has_no_mean() {
        let place = |mean| PlaceRatio::with_variance(mean, 0.01);
        assert_eq!(RandomEffects::new(&[]), None);
        assert_eq!(RandomEffects::new(&[place(0.1)]), None);
        let two = RandomEffects::new(&[place(0.1), place(0.3)]).expect("there are two");
        assert!((two.mean - 0.2).abs() < 1e-12);
        assert_eq!(two.prediction(Confidence::NINETY_FIVE), None);
    }

    #[test]
    fn places_without_any_spread_have_a_mean() {
        let places = [0.1, 0.3, 0.2].map(|mean| PlaceRatio::with_variance(mean, 0.0));
        let found = RandomEffects::new(&places).expect("there are three");
        assert!((found.mean - 0.2).abs() < 1e-9, "{found:?}");
        assert!((found.between.sqrt() - 0.1).abs() < 1e-6, "{found:?}");
    }

    /// The noise of a block's log-ratio.
    const NOISE: f64 = 0.05;

    /// A place whose true ratio is off `truth` by a deviation of `between`, measured in these blocks.
    fn place(random: &mut Random, truth: f64, between: f64, blocks: usize) -> PlaceRatio {
        let here = truth + between * random.normal();
        let blocks: Vec<LogRatio> =
            (0..blocks).map(|_| LogRatio(here + NOISE * random.normal())).collect();
        let ratio = PairedRatio::new(&blocks).expect("there are blocks");
        PlaceRatio::new(&ratio).expect("there are two")
    }

    /// The normal interval of DerSimonian and Laird.
    fn der_simonian_laird(places: &[PlaceRatio]) -> Interval {
        let fixed = Weighted::new(places, 0.0);
        let squares: f64 = places.iter().map(|place| place.variance.powi(-2)).sum();
        let freedom = count(places.len() - 1);
        let between =
            ((fixed.scatter - freedom) / (fixed.weight - squares / fixed.weight)).max(0.0);
        let weighted = Weighted::new(places, between);
        let half_width = 1.959_964 * weighted.weight.sqrt().recip();
        Interval::around(LogRatio(weighted.mean), HalfWidth(half_width))
    }

    #[test]
    fn the_interval_covers_the_mean_where_the_normal_one_does_not() {
        for (places, between) in [(2, 0.1), (3, 0.0), (3, 0.1), (5, 0.02), (5, 0.3), (10, 0.1)] {
            let mut random = Random::new(31 + places as u64);
            let mut normal = Coverage::default();
            let covered = Coverage::count(1500, |truth| {
                let sample: Vec<PlaceRatio> =
                    (0..places).map(|_| place(&mut random, truth.0, between, 20)).collect();
                normal.add(der_simonian_laird(&sample).contains(truth));
                Some(RandomEffects::new(&sample)?.interval(Confidence::NINETY_FIVE))
            });
            let what = format!("{places} places that differ by {between}");
            covered.assert_between(0.935, 1.0, &what);
            println!("DerSimonian and Laird, {what}: {:.3}", normal.share());
            if places <= 3 && between > 0.0 {
                assert!(normal.share() < 0.9, "{what}: {}", normal.share());
            }
        }
    }

    #[test]
    fn the_interval_covers_the_mean_of_places_with_stalls_and_few_blocks() {
        let mut random = NoisyMachine::random(41);
        let covered = Coverage::count(1500, |truth| {
            let place = |random: &mut Random| {
                let here = LogRatio(truth.0 + 0.1 * random.normal());
                let ratio = PairedRatio::new(&NoisyMachine::pair(random, 10, here))?;
                PlaceRatio::new(&ratio)
            };
            let places: Vec<PlaceRatio> = (0..4).filter_map(|_| place(&mut random)).collect();
            Some(RandomEffects::new(&places)?.interval(Confidence::NINETY_FIVE))
        });
        covered.assert_between(0.935, 0.99, "four places with stalls");
    }

    #[test]
    fn the_prediction_holds_the_ratio_of_a_further_place() {
        for (places, between) in [(3, 0.1), (5, 0.1), (10, 0.1), (10, 0.02)] {
            let mut random = Random::new(51 + places as u64);
            let mut held = Coverage::default();
            for _ in 0..repetitions(1500) {
                let sample: Vec<PlaceRatio> =
                    (0..places).map(|_| place(&mut random, 0.0, between, 20)).collect();
                let further = LogRatio(between * random.normal());
                let found = RandomEffects::new(&sample).expect("there are places");
                let interval = found.prediction(Confidence::NINETY_FIVE).expect("there are three");
                held.add(interval.contains(further));
            }
            held.assert_between(0.92, 1.0, &format!("a place beside {places}, {between}"));
        }
    }

    #[test]
    fn equal_places_are_rarely_called_different() {
        let mut random = Random::new(61);
        let mut alarms = Coverage::default();
        for _ in 0..repetitions(1500) {
            let sample: Vec<PlaceRatio> =
                (0..4).map(|_| place(&mut random, 0.0, 0.0, 40)).collect();
            let found = RandomEffects::new(&sample).expect("there are places");
            alarms.add(found.heterogeneity().probability.value() <= 0.01);
        }
        alarms.assert_between(0.0, 0.02, "Cochran's Q at 1%");
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_the_interval(
            values in prop::collection::vec((-1.0..1.0, 1e-6..0.1), 2..9),
        ) {
            let places = |sign: f64| -> Vec<PlaceRatio> {
                let of = |&(mean, variance): &(f64, f64)| {
                    PlaceRatio::with_variance(sign * mean, variance)
                };
                values.iter().map(of).collect()
            };
            let interval = |sign| {
                RandomEffects::new(&places(sign)).expect("two").interval(Confidence::NINETY_FIVE)
            };
            let (there, back) = (interval(1.0), interval(-1.0));
            prop_assert!((there.low.0 + back.high.0).abs() < 1e-9);
            prop_assert!((there.high.0 + back.low.0).abs() < 1e-9);
        }

        #[test]
        fn the_scatter_equals_its_expectation_unless_the_errors_explain_it(
            values in prop::collection::vec((-1.0..1.0, 1e-6..0.1), 2..9),
        ) {
            let places: Vec<PlaceRatio> = values
                .iter()
                .map(|&(mean, variance)| PlaceRatio::with_variance(mean, variance))
                .collect();
            let expected = count(places.len() - 1);
            let between = paule_mandel(&places, expected);
            let scatter = Weighted::new(&places, between).scatter;
            if between > 0.0 {
                prop_assert!((scatter - expected).abs() < 1e-6 * expected, "{scatter}");
            } else {
                prop_assert!(scatter <= expected);
            }
        }
    }
}
