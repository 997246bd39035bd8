//! The rows of a merged ratio: its places, their mean, and a further place.

use explain::merge::{MergedRatio, RatioOfPlace};
use words::number::Decimals;

use super::UNKNOWN;

/// What a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowOf {
    Place,
    Mean,
    /// The interval of a place that was not measured.
    FurtherPlace,
}

/// A row.
pub(crate) struct Row {
    pub(crate) of: RowOf,
    pub(crate) name: String,
    /// Those of a place.
    pub(crate) blocks: Option<usize>,
    pub(crate) ratio: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
}

impl Row {
    pub(crate) fn ratio(&self) -> String {
        self.ratio.map_or_else(String::new, |it| Decimals::for_ratio(it).write(it))
    }

    pub(crate) fn interval(&self) -> String {
        let Some((low, high)) = self.interval else { return UNKNOWN.to_owned() };
        Decimals::for_ratio(self.ratio.unwrap_or(low)).write_interval(low, high)
    }
}

/// The rows of a ratio. The last two are missing where there is no mean.
pub(crate) fn rows(ratio: &MergedRatio) -> Vec<Row> {
    let place = |place: &RatioOfPlace| Row {
        of: RowOf::Place,
        name: place.place.clone(),
        blocks: Some(place.blocks),
        ratio: place.ratio,
        interval: place.low.zip(place.high),
    };
    let mut rows: Vec<Row> = ratio.places.iter().map(place).collect();
    if ratio.ratio.is_some() {
        rows.push(Row {
            of: RowOf::Mean,
            name: "mean of places".to_owned(),
            blocks: None,
            ratio: ratio.ratio,
            interval: ratio.low.zip(ratio.high),
        });
        rows.push(Row {
            of: RowOf::FurtherPlace,
            name: "a further place".to_owned(),
            blocks: None,
            ratio: None,
            interval: ratio.next_low.zip(ratio.next_high),
        });
    }
    rows
}
