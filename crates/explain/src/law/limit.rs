//! Which batch sizes lie beyond a limit: there a batch comes in waves, or its connections are opened
//! anew, and its time is not on the line of the smaller ones.

use model::arm::BatchSize;
use schemars::JsonSchema;
use serde::Serialize;

use crate::measured::MeasuredArm;
use evidence::setting::LIMITS;

/// The condition that says how many connections are kept from batch to batch.
const POOL: &str = "pool";

/// A batch size that lies beyond a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// The batch size.
    pub batch_size: BatchSize,
    /// The condition that sets the limit.
    pub condition: String,
    /// The limit: less than the batch size.
    pub limit: u32,
}

/// The narrowest limit that a batch of `size` goes beyond in the way of `side`; none for requests
/// that are made one after another, which need no more than one of anything.
pub(super) fn beyond(side: &MeasuredArm<'_>, size: BatchSize) -> Option<LeftOut> {
    if side.is_sequential() {
        return None;
    }
    let conditions = &side.planned().conditions;
    let kept = conditions.get("session").is_some_and(|session| session == "warm");
    let pool = Some(POOL).filter(|_| kept);
    LIMITS
        .into_iter()
        .chain(pool)
        .filter_map(|name| Some((name, conditions.get(name)?.parse::<u32>().ok()?)))
        .filter(|&(_name, limit)| BatchSize(limit) < size)
        .min_by_key(|&(_name, limit)| limit)
        .map(|(name, limit)| LeftOut { batch_size: size, condition: name.to_owned(), limit })
}
