//! Detects the batch sizes beyond a limit. There a batch runs in waves or reopens its connections, so
//! its time is not on the line of the smaller sizes.

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

/// The narrowest limit of `arm` that a batch of `size` exceeds. None for sequential requests, which
/// need no more than one worker or connection.
pub(super) fn beyond(arm: &MeasuredArm<'_>, size: BatchSize) -> Option<LeftOut> {
    if arm.is_sequential() {
        return None;
    }
    let conditions = &arm.planned().conditions;
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
