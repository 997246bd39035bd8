//! The grid, and which of its cells are measured.
//!
//! Cells are dealt at random: of each dimension, the levels in an order that depends on the seed only (the
//! shuffle that orders blocks). Cells whose batch would take too long are left out. Of the others, each
//! next cell is the one whose levels came least often before, so that even a small sample has every level.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, Result};
use model::arm::BatchSize;
use model::link::{Link, Rate};
use model::time::Span;
use runner::schedule::block_order;

use super::cell::{AtOnce, Cell};

const BATCHES: [u32; 7] = [4, 8, 16, 32, 64, 128, 256];
const AT_ONCE: [u32; 5] = [2, 4, 8, 16, 32];
const RTT_MILLIS: [u64; 6] = [2, 5, 10, 20, 40, 80];
const TLS: [bool; 2] = [true, false];
const BANDWIDTHS: [&str; 3] = ["none", "100Mbit", "20Mbit"];
const CAPACITIES: [Option<u32>; 4] = [None, Some(16), Some(4), Some(1)];

/// The most requests at once in any cell, and how many connections every client keeps.
pub(crate) const MOST_AT_ONCE: u32 = 32;

/// The two batch sizes that are learned from, with [`LEARNED_AT_ONCE`] at once: one below the limit and
/// one beyond it.
pub(crate) const LEARNED: [BatchSize; 2] = [BatchSize(4), BatchSize(32)];
/// How many requests at once the learned cells make.
pub(crate) const LEARNED_AT_ONCE: AtOnce = AtOnce(16);

/// How many cells are dealt, of which the sample is chosen.
const ROWS: usize = 420;
/// The longest rough time of a measured batch.
const LONGEST: Duration = Duration::from_millis(600);

/// The numbers of levels of the dimensions: the batch, the requests at once, the round trip, TLS, the rate
/// and the capacity.
const DIMENSIONS: [usize; 6] =
    [BATCHES.len(), AT_ONCE.len(), RTT_MILLIS.len(), TLS.len(), BANDWIDTHS.len(), CAPACITIES.len()];

/// The link of the learned cells, with and without TLS.
pub(crate) fn learned_link(tls: bool) -> Link {
    Link { rtt: Span::from_millis(10), tls, ..Cell::base_link() }
}

/// So many cells of the grid, other than the learned ones, for a seed.
pub(crate) fn sample(seed: u64, count: usize) -> Result<Vec<Cell>> {
    let mut pool = deal(seed)?;
    let mut sample: Vec<Candidate> = Vec::new();
    while let (true, Some(next)) = (sample.len() < count, least_seen(&pool, &sample)) {
        sample.push(pool.remove(next));
    }
    Ok(sample.into_iter().map(|candidate| candidate.cell).collect())
}

/// A cell with its level in each dimension.
#[derive(Clone, Debug, PartialEq)]
struct Candidate {
    levels: [usize; DIMENSIONS.len()],
    cell: Cell,
}

/// The cells that may be measured, in the order of a seed.
fn deal(seed: u64) -> Result<Vec<Candidate>> {
    let orders: Vec<_> = (0..).zip(DIMENSIONS).map(|(at, _)| block_order(seed, at, ROWS)).collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    let levels_in = |row: usize| std::array::from_fn(|at| orders[at][row].0 % DIMENSIONS[at]);
    for levels in (0..ROWS).map(levels_in) {
        let candidate = Candidate { levels, cell: cell(levels)? };
        let cell = &candidate.cell;
        let is_usable = cell.rough_time() <= LONGEST && !is_learned(cell);
        if is_usable && !candidates.contains(&candidate) {
            candidates.push(candidate);
        }
    }
    Ok(candidates)
}

/// The cell of these levels.
fn cell(
    [batch, at_once, rtt, tls, bandwidth, capacity]: [usize; DIMENSIONS.len()],
) -> Result<Cell> {
    let link = Link {
        rtt: Span::from_millis(RTT_MILLIS[rtt]),
        tls: TLS[tls],
        bandwidth: rate(BANDWIDTHS[bandwidth])?,
        capacity: CAPACITIES[capacity].and_then(NonZeroU32::new),
        ..Cell::base_link()
    };
    Ok(Cell { batch: BatchSize(BATCHES[batch]), at_once: AtOnce(AT_ONCE[at_once]), link })
}

/// The candidate whose levels the sample has least, each dimension counting alike; the first of several.
fn least_seen(pool: &[Candidate], sample: &[Candidate]) -> Option<usize> {
    let seen = |candidate: &Candidate| -> usize {
        let of_dimension = |at: usize| {
            let level = candidate.levels[at];
            let same = sample.iter().filter(|chosen| chosen.levels[at] == level).count();
            same * DIMENSIONS[at]
        };
        (0..DIMENSIONS.len()).map(of_dimension).sum()
    };
    (0..pool.len()).min_by_key(|&place| seen(&pool[place]))
}

fn rate(words: &str) -> Result<Option<Rate>> {
    match words {
        "none" => Ok(None),
        rate => rate.parse().map(Some).with_context(|| format!("{rate} is no rate")),
    }
}

fn is_learned(cell: &Cell) -> bool {
    LEARNED.contains(&cell.batch)
        && cell.at_once == LEARNED_AT_ONCE
        && cell.link == learned_link(cell.link.tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_cells_again_and_another_seed_others() {
        let cells = sample(1, 30).expect("samples");
        assert_eq!(cells.len(), 30);
        assert_eq!(cells, sample(1, 30).expect("samples"));
        assert_ne!(cells, sample(2, 30).expect("samples"));
        assert_eq!(cells[..10], sample(1, 10).expect("samples"));
    }

    #[test]
    fn a_sample_has_every_level_of_every_dimension() {
        let cells = sample(1, 18).expect("samples");
        for batch in BATCHES {
            assert!(cells.iter().any(|cell| cell.batch.0 == batch), "{batch} requests");
        }
        for at_once in AT_ONCE {
            assert!(cells.iter().any(|cell| cell.at_once.0 == at_once), "{at_once} at once");
        }
        for rtt in RTT_MILLIS.map(Span::from_millis) {
            assert!(cells.iter().any(|cell| cell.link.rtt == rtt), "{rtt}");
        }
        let with_tls = cells.iter().filter(|cell| cell.link.tls).count();
        assert!((7..=11).contains(&with_tls), "{with_tls} of {} with TLS", cells.len());
        for rate in BANDWIDTHS.map(|words| rate(words).expect("is a rate")) {
            assert!(cells.iter().any(|cell| cell.link.bandwidth == rate), "{rate:?}");
        }
        for capacity in CAPACITIES.map(|count| count.and_then(NonZeroU32::new)) {
            assert!(cells.iter().any(|cell| cell.link.capacity == capacity), "{capacity:?}");
        }
    }

    #[test]
    fn no_sampled_cell_takes_too_long_or_was_learned() {
        for cell in sample(3, ROWS).expect("samples") {
            assert!(cell.rough_time() <= LONGEST, "{cell}");
            assert!(!is_learned(&cell), "{cell}");
        }
    }

    #[test]
    fn no_cell_makes_more_requests_at_once_than_clients_keep_connections() {
        assert_eq!(AT_ONCE.into_iter().max(), Some(MOST_AT_ONCE));
    }
}
