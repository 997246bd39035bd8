//! What it costs a client to begin work again after it has waited for a while.
//!
//! What it does first takes longer than the same work in the middle of others, probably because its data has left
//! the caches. How much longer is learnt from all trials of a client: some of its work follows a long wait, and
//! some a short one.

use model::time::Span;

use crate::batch::Batch;
use crate::shorten::{seconds, shorten};
use crate::simulate::{Replayed, Woken};

/// After a wait of this length, work costs half of what it costs after a very long one. Of aiohttp and hyper in a
/// virtual machine, over waits of 0.05 to 80 ms, the cost is 4% after 0.5 ms, 15% after 1.5 ms, 20% after 2.3 ms,
/// 45% after 3.5 ms, and the same from 5 ms on.
const HALF_COLD: Span = Span::from_nanos(3_200_000);
/// A wait that costs less than this share leaves a client warm, and one that costs more than the rest cold.
const WARM: f64 = 0.1;
/// The least number of stretches of work after a short wait, and of those after a long one.
const LEAST_SEEN: usize = 5;
/// What seems to cost a client more than this many times what a request does is work of another kind that follows a
/// wait: waiting costs aiohttp and hyper 2.5 times as much as a request.
const MOST_TIMES: f64 = 5.0;
/// The most stretches that are fitted, of more equally far apart.
const MOST_ROWS: usize = 2_000;
/// How often the weights of the fit are computed again.
const ROUNDS: usize = 20;
/// How strongly the fit prefers that writing a request and reading a response cost the same. That decides only where
/// nothing that was seen does.
const ALIKE: f64 = 1e-4;

/// A stretch in which a client worked, after a wait in which nothing of it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wakeup {
    /// How long it had waited.
    pub waited: Span,
    /// How long it worked, summed over its threads.
    pub worked: Span,
    /// How many requests it wrote.
    pub written: usize,
    /// How many responses it read to their end.
    pub read: usize,
}

/// The share of the cost of a very long wait that work after this one costs: between 0 and 1.
pub(crate) fn coldness(waited: Span) -> f64 {
    let cubed = |span: Span| span.as_secs().powi(3);
    cubed(waited) / (cubed(waited) + cubed(HALF_COLD))
}

/// How much longer a client works after a very long wait; zero where it was not seen after short and long ones.
pub(crate) fn wake_cost(seen: &[Wakeup]) -> Span {
    let count = |is: fn(f64) -> bool| seen.iter().filter(|it| is(coldness(it.waited))).count();
    let is_known =
        count(|cold| cold < WARM) >= LEAST_SEEN && count(|cold| cold > 1.0 - WARM) >= LEAST_SEEN;
    let step = seen.len().div_ceil(MOST_ROWS).max(1);
    let rows: Vec<Row> = seen.iter().step_by(step).map(Row::new).collect();
    let fitted = is_known.then(|| fit(&rows)).flatten();
    let cost = |costs: [f64; PARTS]| {
        let [written, read, woken] = costs.map(|cost| cost.max(0.0));
        (woken <= MOST_TIMES * (written + read)).then(|| seconds(woken))
    };
    fitted.and_then(cost).unwrap_or_default()
}

/// What the work of a stretch consists of: what it writes, what it reads, and what the wait before it costs. Each is a
/// column of the fit.
const PARTS: usize = 3;
const WRITING: usize = 0;
const READING: usize = 1;

/// One row of the fit.
struct Row {
    counts: [f64; PARTS],
    worked: f64,
}

impl Row {
    fn new(seen: &Wakeup) -> Self {
        let counts = [seen.written as f64, seen.read as f64, coldness(seen.waited)];
        Self { counts, worked: seen.worked.as_secs() }
    }

    fn error(&self, costs: &[f64; PARTS]) -> f64 {
        self.worked - self.counts.iter().zip(costs).map(|(count, cost)| count * cost).sum::<f64>()
    }

    /// The variance of what a stretch takes grows with what is done in it.
    fn size(&self) -> f64 {
        1.0 + self.counts[WRITING] + self.counts[READING]
    }
}

/// The cost of each part with the least sum of absolute errors, by weighted least squares whose weights are computed
/// again from the errors (Schlossmacher, 1973): some stretches contain what has nothing to do with requests.
fn fit(rows: &[Row]) -> Option<[f64; PARTS]> {
    let mut costs = solve(rows, &vec![1.0; rows.len()])?;
    for _ in 0..ROUNDS {
        let scaled = |row: &Row| row.error(&costs).abs() / row.size().sqrt();
        let errors: Vec<f64> = rows.iter().map(scaled).collect();
        let least = least_error(errors.clone());
        let weights: Vec<f64> = errors.iter().map(|error| 1.0 / error.max(least)).collect();
        costs = solve(rows, &weights)?;
    }
    Some(costs)
}

/// Errors below a tenth of the median one all count the same.
fn least_error(mut errors: Vec<f64>) -> f64 {
    errors.sort_by(f64::total_cmp);
    let median = errors.get(errors.len() / 2).copied().unwrap_or_default();
    (0.1 * median).max(1e-9)
}

/// The weighted least squares; none where they are not determined.
fn solve(rows: &[Row], weights: &[f64]) -> Option<[f64; PARTS]> {
    let mut equations = [[0.0; PARTS + 1]; PARTS];
    let mut total = 0.0;
    for (row, weight) in rows.iter().zip(weights) {
        let weight = weight / row.size();
        total += weight;
        for (one, equation) in row.counts.iter().zip(&mut equations) {
            for (sum, other) in equation.iter_mut().zip(row.counts.iter().chain([&row.worked])) {
                *sum += weight * one * other;
            }
        }
    }
    for (one, other) in [(WRITING, READING), (READING, WRITING)] {
        equations[one][one] += ALIKE * total;
        equations[one][other] -= ALIKE * total;
    }
    eliminate(equations)
}

/// Solves equations by elimination; none where they are not independent.
fn eliminate(mut equations: [[f64; PARTS + 1]; PARTS]) -> Option<[f64; PARTS]> {
    for at in 0..PARTS {
        let largest = |one: &usize, other: &usize| {
            equations[*one][at].abs().total_cmp(&equations[*other][at].abs())
        };
        let pivot = (at..PARTS).max_by(largest)?;
        equations.swap(at, pivot);
        let row = equations[at];
        if row[at].abs() < f64::MIN_POSITIVE {
            return None;
        }
        for equation in (0..PARTS).filter(|&other| other != at) {
            let factor = equations[equation][at] / row[at];
            for (value, of_row) in equations[equation].iter_mut().zip(row) {
                *value -= factor * of_row;
            }
        }
    }
    Some(std::array::from_fn(|at| equations[at][PARTS] / equations[at][at]))
}

/// Makes what waits cost in the replay of a batch a part of the batch that depends on its waits.
pub(crate) fn set_wake(batch: &mut Batch, replayed: &Replayed, wake: Span) {
    batch.wake = wake;
    let cost = |woken: f64| seconds(woken * wake.as_secs());
    let Woken { requests, openings } = &replayed.woken;
    // What a request is too short for is taken from the next.
    let mut left = Span::ZERO;
    for (opening, &woken) in batch.openings.iter_mut().zip(openings) {
        left = shorten(opening.iter_mut().filter(|step| step.is_computing()), left + cost(woken));
    }
    for (request, &woken) in batch.requests.iter_mut().zip(requests) {
        left = shorten(request.steps_mut().filter(|step| step.is_computing()), left + cost(woken));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Request, Resource, Start, Step};
    use crate::simulate::simulate;

    const fn micros(micros: u64) -> Span {
        Span::from_nanos(micros * 1_000)
    }

    /// A client that works 100 µs for what it writes and 200 µs for what it reads, and 800 µs more after a long wait.
    fn seen(waited: u64, written: usize, read: usize) -> Wakeup {
        let cold = seconds(800e-6 * coldness(micros(waited)));
        let worked = micros(100 * written as u64 + 200 * read as u64) + cold;
        Wakeup { waited: micros(waited), worked, written, read }
    }

    fn many() -> Vec<Wakeup> {
        let warm = (0..10).map(|place| seen(50, 1 + place % 2, 1));
        let cold = (0..10).map(|place| seen(20_000, 0, 1 + place % 3));
        warm.chain(cold).collect()
    }

    #[test]
    fn a_wait_costs_nothing_at_first_half_after_a_while_and_then_always_the_same() {
        let costs = [0, 300, 3_200, 20_000, 90_000].map(|waited| coldness(micros(waited)));
        assert!(costs[0] < 1e-9 && costs[1] < 0.01 && costs[3] > 0.99, "{costs:?}");
        assert!((costs[2] - 0.5).abs() < 1e-9 && costs[4] <= 1.0, "{costs:?}");
    }

    #[test]
    fn work_after_short_and_long_waits_shows_what_a_long_one_costs() {
        let cost = |seen: &[Wakeup]| wake_cost(seen).as_secs() * 1e6;
        assert!((cost(&many()) - 800.0).abs() < 5.0, "{}", cost(&many()));
        // A garbage collection in the middle.
        let odd = Wakeup { worked: micros(30_000), ..seen(50, 1, 1) };
        let disturbed: Vec<Wakeup> = many().into_iter().chain([odd]).collect();
        assert!((cost(&disturbed) - 800.0).abs() < 20.0, "{}", cost(&disturbed));
    }

    #[test]
    fn waits_of_one_length_and_work_of_another_kind_show_no_cost() {
        for waited in [50, 20_000] {
            let alike: Vec<Wakeup> = (0..20).map(|place| seen(waited, 1, 1 + place % 2)).collect();
            assert_eq!(wake_cost(&alike), Span::ZERO, "{waited}");
        }
        let parses = |seen: Wakeup| match coldness(seen.waited) {
            cold if cold > 0.5 => Wakeup { worked: micros(60_000), ..seen },
            _ => seen,
        };
        assert_eq!(wake_cost(&many().into_iter().map(parses).collect::<Vec<_>>()), Span::ZERO);
        assert_eq!(wake_cost(&[]), Span::ZERO);
    }

    /// Three requests in turn, each of 1 ms of work after a response that takes 20 ms.
    fn in_turn() -> Batch {
        let exchange = vec![
            Step::new(Resource::Delay, Span::from_millis(20)),
            Step::new(Resource::Client, Span::from_millis(1)),
        ];
        Batch {
            requests: vec![Request { exchange, ..Request::default() }; 3],
            workers: vec![Start::default()],
            cores: 2,
            ..Batch::default()
        }
    }

    #[test]
    fn work_after_a_wait_takes_longer_but_for_the_first_of_a_batch() {
        let woken = Batch { wake: Span::from_millis(2), ..in_turn() };
        let replayed = simulate(&woken);
        assert_eq!(replayed.woken.requests[0], 0.0);
        assert!((replayed.woken.requests[1] - 1.0).abs() < 0.01, "{:?}", replayed.woken);
        let longer = replayed.batch.saturating_sub(simulate(&in_turn()).batch);
        assert!(longer > micros(3_900) && longer < Span::from_millis(4), "{longer}");
        let side_by_side = Batch { workers: vec![Start::default(); 3], ..woken };
        assert_eq!(simulate(&side_by_side).batch, Span::from_millis(23));
    }

    #[test]
    fn the_replay_of_a_batch_stays_where_a_part_of_its_work_is_due_to_waits() {
        let mut batch = in_turn();
        let before = simulate(&batch);
        set_wake(&mut batch, &before, micros(500));
        let after = simulate(&batch);
        let off = after.batch.as_secs() - before.batch.as_secs();
        assert!(off.abs() < 1e-6, "{off}");
        assert!(batch.requests[1].exchange[1].length < micros(510));
        assert_eq!(batch.requests[0], in_turn().requests[0]);
    }
}
