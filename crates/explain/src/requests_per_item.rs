//! How many requests an arm makes for each item of its batch, as the endpoint saw them, or else the
//! socket witness.

use std::collections::BTreeMap;

use evidence::Examined;
use schemars::JsonSchema;
use serde::Serialize;

/// The requests of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RequestCount {
    /// The method; null where it was encrypted, or in a recording of an older version.
    pub method: Option<String>,
    /// The status of the responses; null where it was encrypted, or where there was none.
    pub status: Option<u16>,
    /// How many there were for each item of the batch, as a mean over the trials.
    pub per_item: f64,
}

/// Counts the requests of successful trials of a batch of `items`. Nothing where no witness saw
/// any.
pub(crate) fn count(successes: &[Examined<'_>], items: usize) -> Option<Vec<RequestCount>> {
    let mut counts: BTreeMap<(Option<&str>, Option<u16>), usize> = BTreeMap::new();
    let mut trials = 0_usize;
    for success in successes {
        let Some(traffic) = &success.traffic else { continue };
        trials += 1;
        if let Some(totals) = success.witness().and_then(|witness| witness.totals.as_ref()) {
            for total in &totals.requests {
                let kind = (total.method.as_deref(), Some(total.status));
                *counts.entry(kind).or_default() +=
                    usize::try_from(total.requests).unwrap_or(usize::MAX);
            }
            continue;
        }
        for row in &traffic.requests {
            *counts.entry((row.method, row.status)).or_default() += 1;
        }
    }
    if counts.is_empty() || items == 0 {
        return None;
    }
    let all = (trials * items) as f64;
    let count = |((method, status), requests): ((Option<&str>, Option<u16>), usize)| RequestCount {
        method: method.map(str::to_owned),
        status,
        per_item: requests as f64 / all,
    };
    Some(counts.into_iter().map(count).collect())
}
