//! The law of the batch: what a strategy's time is made of, over its batch sizes.

use model::strategy::Conditions;
use schemars::JsonSchema;
use serde::Serialize;

/// The parts of T(n) = setup + latency + serial (n − 1), in seconds, each with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Law {
    /// The strategy's whole name.
    pub strategy: String,
    /// Its conditions.
    pub conditions: Conditions,
    /// What a batch costs before its first request.
    pub setup: f64,
    /// The lower end of its interval.
    pub setup_low: f64,
    /// The upper end of its interval.
    pub setup_high: f64,
    /// What the first request waits.
    pub latency: f64,
    /// The lower end of its interval.
    pub latency_low: f64,
    /// The upper end of its interval.
    pub latency_high: f64,
    /// What each further request adds.
    pub serial: f64,
    /// The lower end of its interval.
    pub serial_low: f64,
    /// The upper end of its interval.
    pub serial_high: f64,
}
