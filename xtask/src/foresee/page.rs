//! The results as Markdown: what the task prints, and the page `docs/predictions.md`.

use std::collections::BTreeMap;

use explain::Estimate;
use stats::describe::describe;
use words::number::{millis, millis_with_interval, percent, signed_percent};

use super::cell::Cell;
use super::client::{CLIENTS, Session, Subject};
use super::forecast::{Outcome, Predictor};
use super::grid::{LEARNED, LEARNED_AT_ONCE};
use super::score::{COVERAGE, Checked, MEDIAN, NAMED, NINETIETH, Score};

/// A prediction that is further off than this is listed.
const MISS: f64 = NINETIETH;

/// What follows if the cells were measured less exactly than the goal for the median error.
const NOISY: &str = " That\nis more than the goal for the median error, so some of the errors are those of the \
    measurement.";

/// A goal, and whether it is reached.
pub(crate) struct Goal {
    words: String,
    pub(crate) is_reached: bool,
}

/// The results of all cells.
pub(crate) struct Results {
    pub(crate) cells: Vec<Cell>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Results {
    fn score(&self, predictor: Predictor) -> Score {
        self.score_where(predictor, |_| true)
    }

    /// The score of a predictor over some of the outcomes.
    fn score_where(&self, predictor: Predictor, counts: impl Fn(&Outcome) -> bool) -> Score {
        let counted = self.outcomes.iter().filter(|outcome| counts(outcome));
        let checked: Vec<Checked> = counted.map(|outcome| outcome.check(predictor)).collect();
        Score::new(&checked)
    }

    /// The goals for the program's predictions.
    pub(crate) fn goals(&self) -> [Goal; 4] {
        let score = self.score(Predictor::Program);
        let at_most = |value: Option<f64>, goal| value.is_some_and(|value| value <= goal);
        let named = score.named_share();
        [
            Goal {
                words: format!("median error {} (goal: at most 5%)", share(score.median)),
                is_reached: at_most(score.median, MEDIAN),
            },
            Goal {
                words: format!(
                    "90th percentile of the errors {} (goal: at most 10%)",
                    share(score.ninetieth)
                ),
                is_reached: at_most(score.ninetieth, NINETIETH),
            },
            Goal {
                words: format!(
                    "{} of the measured times are inside the 95% interval (goal: 90% to 98%)",
                    share(score.coverage)
                ),
                is_reached: score.coverage.is_some_and(|share| COVERAGE.contains(&share)),
            },
            Goal {
                words: format!("the fastest arm is named in {} (goal: 95%)", share(named)),
                is_reached: named.is_some_and(|share| share >= NAMED),
            },
        ]
    }

    /// The scores of all predictors, the goals and the misses.
    pub(crate) fn summary(&self) -> String {
        [
            self.scores(),
            self.certainty(),
            self.goal_list(),
            self.parts(),
            self.misses(),
            self.refusals(),
        ]
        .join("\n")
    }

    /// The page of the documentation.
    pub(crate) fn page(&self, seed: u64) -> String {
        let [small, large] = LEARNED.map(|batch| batch.0);
        format!(
            include_str!("page.md"),
            small = small,
            large = large,
            at_once = LEARNED_AT_ONCE.0,
            cells = self.cells.len(),
            predictions = self.outcomes.len(),
            seed = seed,
            results = self.summary(),
        )
    }

    fn scores(&self) -> String {
        let mut text = "## Results\n\n\
            | predictor | predicted | refused | median error | 90th percentile | in the interval | fastest named |\n\
            | --- | --- | --- | --- | --- | --- | --- |\n"
            .to_owned();
        for predictor in Predictor::ALL {
            let score = self.score(predictor);
            text += &format!(
                "| {predictor} | {} | {} | {} | {} | {} | {} of {} |\n",
                score.predicted,
                score.refused,
                share(score.median),
                share(score.ninetieth),
                share(score.coverage),
                score.named,
                score.ranked,
            );
        }
        text
    }

    fn goal_list(&self) -> String {
        let line = |goal: &Goal| {
            format!("- {}: {}\n", if goal.is_reached { "pass" } else { "FAIL" }, goal.words)
        };
        self.goals().iter().map(line).collect()
    }

    /// How certain the measured times are: no prediction can be shown to be closer.
    fn certainty(&self) -> String {
        let half_width = |outcome: &Outcome| {
            let Estimate { seconds, low, high } = outcome.measured;
            Some((high? - low?) / 2.0 / seconds)
        };
        let half_widths: Vec<f64> = self.outcomes.iter().filter_map(half_width).collect();
        let median = describe(&half_widths).median;
        let too_noisy = median.is_some_and(|median| median > MEDIAN);
        format!(
            "The measured means are uncertain by {}: the median half-width of their intervals.{}\n",
            share(median),
            if too_noisy { NOISY } else { "" },
        )
    }

    /// The program's score by client, by session, by what was learned, and by what the program says of it.
    fn parts(&self) -> String {
        let mut text = "## Parts\n\n\
            | part | predicted | refused | median error | 90th percentile | in the interval |\n\
            | --- | --- | --- | --- | --- | --- |\n"
            .to_owned();
        for client in CLIENTS {
            let counts = |outcome: &Outcome| outcome.forecast.subject.client == client;
            text += &part(client.strategy, &self.score_where(Predictor::Program, counts));
        }
        for session in Session::ALL {
            let counts = |outcome: &Outcome| outcome.forecast.subject.session == session;
            let name = format!("{} sessions", session.name());
            text += &part(&name, &self.score_where(Predictor::Program, counts));
        }
        for (name, beyond) in [
            (format!("at most {} at once", LEARNED_AT_ONCE.0), false),
            (format!("more than {} at once", LEARNED_AT_ONCE.0), true),
        ] {
            let counts = |outcome: &Outcome| self.is_beyond(outcome) == beyond;
            text += &part(&name, &self.score_where(Predictor::Program, counts));
        }
        for (name, extrapolated) in [("not extrapolated", false), ("extrapolated", true)] {
            let counts = |outcome: &Outcome| {
                let program = &outcome.forecast.program;
                program.time().is_some() && program.extrapolated == extrapolated
            };
            text += &part(name, &self.score_where(Predictor::Program, counts));
        }
        text
    }

    /// Whether a cell has more requests in flight than the learned cells had.
    fn is_beyond(&self, outcome: &Outcome) -> bool {
        let cell = self.cells.get(outcome.forecast.cell.0);
        cell.is_some_and(|cell| cell.in_flight() > LEARNED_AT_ONCE)
    }

    /// Why predictions were refused, with the number of each arm and reason.
    fn refusals(&self) -> String {
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for forecast in self.outcomes.iter().map(|outcome| &outcome.forecast) {
            if let Some(reason) = &forecast.program.refused {
                let Subject { client, session } = forecast.subject;
                let arm = format!("{} {}", session.name(), client.strategy);
                *reasons.entry(format!("| {arm} | {reason} |")).or_default() += 1;
            }
        }
        let rows: String =
            reasons.into_iter().map(|(reason, count)| format!("{reason} {count} |\n")).collect();
        format!("## Refusals\n\n| arm | reason | predictions |\n| --- | --- | --- |\n{rows}")
    }

    /// The predictions that are off by more than a tenth, the worst first.
    fn misses(&self) -> String {
        let mut missed: Vec<Miss<'_>> =
            self.outcomes.iter().filter_map(|outcome| Miss::new(outcome, &self.cells)).collect();
        missed.sort_by(|one, other| other.error.abs().total_cmp(&one.error.abs()));
        let (count, rows) = (missed.len(), missed.iter().map(Miss::row).collect::<String>());
        format!(
            "## Misses\n\n{count} predictions are off by more than {}.\n\n\
             | error | predicted | measured | arm | cell | bottleneck |\n\
             | --- | --- | --- | --- | --- | --- |\n{rows}",
            percent(MISS)
        )
    }
}

/// A prediction that is far off.
struct Miss<'a> {
    outcome: &'a Outcome,
    cell: &'a Cell,
    error: f64,
}

impl<'a> Miss<'a> {
    fn new(outcome: &'a Outcome, cells: &'a [Cell]) -> Option<Self> {
        let error = outcome.check(Predictor::Program).error()?;
        let cell = cells.get(outcome.forecast.cell.0)?;
        (error.abs() > MISS).then_some(Self { outcome, cell, error })
    }

    fn row(&self) -> String {
        let forecast = &self.outcome.forecast;
        let predicted = forecast.program.time().map_or_else(String::new, |time| {
            millis_with_interval(time.seconds, time.low.zip(time.high))
        });
        let extrapolated = if forecast.program.extrapolated { ", extrapolated" } else { "" };
        format!(
            "| {} | {predicted} | {} | {} {} | {} | {}{extrapolated} |\n",
            signed_percent(self.error),
            millis(self.outcome.measured.seconds),
            forecast.subject.session.name(),
            forecast.subject.client.strategy,
            self.cell,
            forecast.program.bottleneck.as_deref().unwrap_or("not known"),
        )
    }
}

fn part(name: &str, score: &Score) -> String {
    let Score { predicted, refused, .. } = score;
    let [median, ninetieth, coverage] = [score.median, score.ninetieth, score.coverage].map(share);
    format!("| {name} | {predicted} | {refused} | {median} | {ninetieth} | {coverage} |\n")
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), percent)
}

#[cfg(test)]
mod tests {
    use super::super::baselines::LearnedCell;
    use super::super::forecast::Forecast;
    use super::super::prediction::Predictions;
    use super::super::runs::learned_cell;
    use super::super::score::CellIndex;
    use super::*;
    use model::arm::BatchSize;

    /// Two clients in one cell, measured with 100 and 200 ms, and predicted with these times.
    fn results(predicted: [f64; 2]) -> Results {
        let cell = Cell { batch: BatchSize(64), ..learned_cell(BatchSize(4), true) };
        let exact = |seconds| Estimate { seconds, low: None, high: None };
        let learned = [4, 32].map(|batch| LearnedCell {
            cell: learned_cell(BatchSize(batch), true),
            time: exact(0.05),
        });
        let outcome = |place: usize, seconds: f64| {
            let json = format!(
                r#"{{"predictions": [{{"arm": "session=warm", "seconds": {seconds}, "low": 0.09,
                "high": 0.25, "bottleneck": "workers", "extrapolated": true, "refused": null}}]}}"#
            );
            let subject = Subject { client: CLIENTS[place], session: Session::Warm };
            let predictions = Predictions::parse(json.as_bytes()).expect("reads");
            let program = predictions.find(subject).expect("is predicted");
            let measured = exact(0.1 * (place + 1) as f64);
            let forecast = Forecast::new(CellIndex(0), subject, program, &learned, &cell);
            Outcome { forecast, measured }
        };
        let outcomes = vec![outcome(0, predicted[0]), outcome(1, predicted[1])];
        Results { cells: vec![cell], outcomes }
    }

    fn reached(results: &Results) -> [bool; 4] {
        results.goals().map(|goal| goal.is_reached)
    }

    #[test]
    fn the_goals_are_those_of_the_program() {
        // Both intervals hold what was measured: more than 98%, so they are too wide.
        assert_eq!(reached(&results([0.104, 0.191])), [true, true, false, true]);
        assert_eq!(reached(&results([0.14, 0.13])), [false, false, false, false]);
    }

    #[test]
    fn the_page_says_if_the_measurement_was_noisy() {
        let with_half_width = |half_width: f64| {
            let mut results = results([0.104, 0.191]);
            for outcome in &mut results.outcomes {
                let seconds = outcome.measured.seconds;
                let ends = [1.0 - half_width, 1.0 + half_width].map(|share| Some(share * seconds));
                outcome.measured = Estimate { seconds, low: ends[0], high: ends[1] };
            }
            results.page(1)
        };
        let (quiet, noisy) = (with_half_width(0.02), with_half_width(0.08));
        assert!(
            quiet.contains("uncertain by 2%: ") && !quiet.contains("more than the goal"),
            "{quiet}"
        );
        assert!(
            noisy.contains("uncertain by 8%: ") && noisy.contains("more than the goal"),
            "{noisy}"
        );
    }

    #[test]
    fn the_page_lists_every_predictor_and_the_misses() {
        let page = results([0.104, 0.15]).page(7);
        assert!(page.contains("| batchmark whatif | 2 | 0 | 14% |"), "{page}");
        assert!(page.contains("| straight line | 2 | 0 | 62% |"), "{page}");
        assert!(page.contains("| waves | 2 | 0 | 25% |"), "{page}");
        assert!(page.contains("\n1 predictions are off by more than 10%."), "{page}");
        assert!(
            page.contains("| -25% | 150 ms [90, 250] | 200 ms | warm httpx/async | 64 requests"),
            "{page}"
        );
        assert!(page.contains("| httpx/async | 1 | 0 | 25% |"), "{page}");
        assert!(page.contains("| at most 16 at once | 2 | 0 | 14% |"), "{page}");
        assert!(page.contains("| extrapolated | 2 | 0 | 14% |"), "{page}");
        assert!(page.contains("workers, extrapolated |") && page.contains("seed 7"), "{page}");
    }
}
