//! The results as Markdown: what the task prints, and the page `docs/predictions.md`.

use words::number::{millis, millis_with_interval, percent, signed_percent};

use super::cell::Cell;
use super::forecast::{Outcome, Predictor};
use super::grid::{LEARNED, LEARNED_AT_ONCE};
use super::score::{COVERAGE, Checked, MEDIAN, NAMED, NINETIETH, Score};

/// A prediction that is further off than this is listed.
const MISS: f64 = NINETIETH;

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
        let checked: Vec<Checked> =
            self.outcomes.iter().map(|outcome| outcome.check(predictor)).collect();
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
        [self.scores(), self.goal_list(), self.misses()].join("\n")
    }

    /// The page of the documentation.
    pub(crate) fn page(&self, seed: u64) -> String {
        let [small, large] = LEARNED.map(|batch| batch.0);
        let (at_once, cells) = (LEARNED_AT_ONCE.0, self.cells.len());
        let predictions = self.outcomes.len();
        format!(
            "# Predictions: how good they are\n\n\
             `batchmark whatif` predicts what a recorded arm would take under other conditions. This page \
             says how\nfar its predictions are from what was measured then. `cargo xtask foresee --publish` \
             writes it.\n\n\
             - **Learned:** for each client, with TLS and without, a recording of two cells: batches of \
             {small} and {large}\n  requests with {at_once} at once, over a round trip of 10 ms.\n\
             - **Predicted:** {cells} other cells of the grid for five clients, each with a cold and a warm \
             session:\n  {predictions} predictions. They were made before the cells were measured.\n\
             - **The grid:** batches of 4 to 256 requests, 2 to 32 at once, round trips of 2 to 80 ms, with \
             and without\n  TLS, rates of 20 Mbit, 100 Mbit and no limit, a capacity of 1, 4, 16 and no \
             limit. Every body has 4 kB,\n  and the server thinks for 2 ms.\n\
             - **The sample:** seed {seed}. Each next cell is the one whose levels came least often before, of \
             cells in random\n  order. Those whose batch would take more than about 0.6 s are left out.\n\
             - **Error:** the predicted time against the measured mean, as a share of the measured mean.\n\
             - **Named:** in a cell, the arm with the least predicted time is the fastest of the five, or \
             within 2% of it;\n  cold and warm sessions apart.\n\n\
             The straight line goes through the two learned batch sizes. Waves scale the larger of them with \
             the number\nof waves and their round trip.\n\n{}",
            self.summary()
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

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), percent)
}

#[cfg(test)]
mod tests {
    use super::super::baselines::LearnedCell;
    use super::super::client::{CLIENTS, Session, Subject};
    use super::super::forecast::Forecast;
    use super::super::prediction::Predictions;
    use super::super::runs::learned_cell;
    use super::super::score::CellIndex;
    use super::*;
    use explain::Estimate;
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
        assert!(page.contains("workers, extrapolated |") && page.contains("seed 7"), "{page}");
    }
}
