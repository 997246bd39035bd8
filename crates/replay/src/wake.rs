//! What it costs a client to begin work again after it has waited for a while.
//!
//! What it does first takes longer than the same work in the middle of others, probably because its data has left
//! the caches. `work_costs` learns how much longer.

use model::time::Span;

use crate::batch::Batch;
use crate::shorten::{seconds, shorten};
use crate::simulate::{Replayed, Woken};

/// After a wait of this length, work costs half of what it costs after a very long one. Of aiohttp and hyper in a
/// virtual machine, over waits of 0.05 to 80 ms, the cost is 4% after 0.5 ms, 15% after 1.5 ms, 20% after 2.3 ms,
/// 45% after 3.5 ms, and the same from 5 ms on.
const HALF_COLD: Span = Span::from_nanos(3_200_000);
/// The share of the cost of a very long wait that work after this one costs: between 0 and 1.
pub(crate) fn coldness(waited: Span) -> f64 {
    let cubed = |span: Span| span.as_secs().powi(3);
    cubed(waited) / (cubed(waited) + cubed(HALF_COLD))
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

    #[test]
    fn a_wait_costs_nothing_at_first_half_after_a_while_and_then_always_the_same() {
        let costs = [0, 300, 3_200, 20_000, 90_000].map(|waited| coldness(micros(waited)));
        assert!(costs[0] < 1e-9 && costs[1] < 0.01 && costs[3] > 0.99, "{costs:?}");
        assert!((costs[2] - 0.5).abs() < 1e-9 && costs[4] <= 1.0, "{costs:?}");
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
