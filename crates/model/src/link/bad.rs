//! Why a setting of the link cannot be used, and what would be good instead.

use super::{BadFault, BadRate, LARGEST_BODY, Link};
use crate::time::BadSpan;

/// Why a link's setting cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadLink {
    /// The text has no `=`.
    #[error("{0:?} is not a link setting: write KEY=VALUE, such as rtt=11ms")]
    NotASetting(String),
    /// No such key.
    #[error("the link has no setting {0:?}: it knows {known}", known = Link::KEYS.join(", "))]
    UnknownKey(String),
    /// A time that cannot be read.
    #[error("{key}: {source}")]
    BadTime {
        /// The setting.
        key: String,
        /// What is wrong with its value.
        source: BadSpan,
    },
    /// Not a rate.
    #[error("bandwidth: {0}, or none for no bottleneck")]
    BadRate(#[from] BadRate),
    /// Neither on nor off.
    #[error("tls is on or off, not {0:?}")]
    BadSwitch(String),
    /// Not a size of a body.
    #[error("body is a number of bytes from 0 to {LARGEST_BODY}, not {0:?}")]
    BadBody(String),
    /// Not a number of requests.
    #[error("{key} is a number of requests from 1 on, or none for no limit, not {value:?}")]
    BadCount {
        /// The setting.
        key: String,
        /// Its value.
        value: String,
    },
    /// Not a fault.
    #[error("fault: {0}")]
    BadFault(#[from] BadFault),
}
