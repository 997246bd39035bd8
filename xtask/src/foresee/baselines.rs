//! The predictions that the program must beat: a straight line, and waves.

use explain::Estimate;
use stats::line::{Point, fit};

use super::cell::Cell;

/// A learned cell, and what a subject took in it.
#[derive(Clone, Debug)]
pub(crate) struct LearnedCell {
    pub(crate) cell: Cell,
    pub(crate) time: Estimate,
}

/// The time, in seconds, on the line over the batch sizes of the learned cells. It knows nothing of
/// other links and other limits.
pub(crate) fn line(learned: &[LearnedCell], cell: &Cell) -> Option<f64> {
    let points: Vec<Point> = learned
        .iter()
        .map(|known| Point { at: f64::from(known.cell.batch.0), value: known.time.seconds })
        .collect();
    let line = fit(&points)?;
    Some(line.intercept + line.slope * f64::from(cell.batch.0))
}

/// The time, in seconds, if batches take as long as their waves: that of the largest learned batch, by the
/// ratio of the waves' times. It knows nothing of the client, the server's capacity and the rate.
pub(crate) fn waves(learned: &[LearnedCell], cell: &Cell) -> Option<f64> {
    let known = learned.iter().max_by_key(|known| known.cell.batch)?;
    let ratio = cell.wave_time().as_secs_f64() / known.cell.wave_time().as_secs_f64();
    Some(known.time.seconds * ratio)
}

#[cfg(test)]
mod tests {
    use super::super::cell::AtOnce;
    use super::*;
    use model::arm::BatchSize;
    use model::link::Link;
    use model::time::Span;

    fn cell(batch: u32, at_once: u32, rtt: u64) -> Cell {
        let link = Link { rtt: Span::from_millis(rtt), ..Cell::base_link() };
        Cell { batch: BatchSize(batch), at_once: AtOnce(at_once), link }
    }

    /// 40 ms for 4 requests, 96 ms for 32, over a round trip of 10 ms and 2 ms of thinking.
    fn learned() -> [LearnedCell; 2] {
        let known = |batch, millis: f64| LearnedCell {
            cell: cell(batch, 16, 10),
            time: Estimate { seconds: millis / 1e3, low: None, high: None },
        };
        [known(4, 40.0), known(32, 96.0)]
    }

    #[test]
    fn the_line_adds_the_same_for_each_request() {
        let seconds = line(&learned(), &cell(64, 2, 80)).expect("two sizes");
        assert!((seconds - 0.160).abs() < 1e-9, "{seconds}");
        assert_eq!(line(&learned()[..1], &cell(64, 2, 80)), None);
    }

    #[test]
    fn waves_scale_with_their_number_and_the_round_trip() {
        let seconds = |cell: &Cell| waves(&learned(), cell).expect("a size");
        assert!((seconds(&cell(64, 16, 10)) - 0.192).abs() < 1e-9);
        assert!((seconds(&cell(32, 32, 10)) - 0.048).abs() < 1e-9);
        assert!((seconds(&cell(32, 16, 22)) - 0.192).abs() < 1e-9);
        assert_eq!(waves(&[], &cell(32, 16, 22)), None);
    }
}
