//! The content of each column of a picture: what takes most of the time that the column shows.

use std::collections::BTreeMap;

use model::time::Span;

use super::scale::Scale;

/// A part of the time of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<K> {
    pub(super) from: Span,
    pub(super) to: Span,
    pub(super) kind: K,
}

/// The kind of each column; nothing where nothing happens. The parts are in order and do not overlap.
pub(super) fn cells<K: Copy + Ord>(parts: &[Part<K>], scale: Scale) -> Vec<Option<K>> {
    let mut parts = parts.iter().peekable();
    let cell = |column: usize| {
        let (from, to) = (scale.begin(column), scale.begin(column + 1));
        let mut times = BTreeMap::<K, Span>::new();
        while let Some(part) = parts.peek() {
            if part.from >= to {
                break;
            }
            let within = part.to.min(to).saturating_sub(part.from.max(from));
            let time = times.entry(part.kind).or_default();
            *time = *time + within;
            if part.to > to {
                break;
            }
            parts.next();
        }
        let most = times.iter().rev().max_by_key(|(_, time)| **time);
        most.filter(|(_, time)| !time.is_zero()).map(|(kind, _)| *kind)
    };
    (0..scale.columns).map(cell).collect()
}
