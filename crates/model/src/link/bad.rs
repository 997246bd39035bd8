//! Why a setting of the link cannot be used, and what to write instead.

use super::{BadFault, BadLoss, BadRate, BadWindow, LARGEST_BODY};
use crate::byte_size::{BadByteSize, ByteSize};
use crate::time::BadSpan;

/// Why a link's setting cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadLink {
    /// The text has no `=`.
    #[error("{0:?} is not a link setting: write KEY=VALUE, such as rtt=11ms")]
    NotASetting(String),
    /// No such key; [`super::Link::KEYS`] lists them.
    #[error("the link has no setting {0:?}")]
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
    /// Not a share of datagrams.
    #[error("loss: {0}, or none for no loss")]
    BadLoss(#[from] BadLoss),
    /// Neither on nor off.
    #[error("tls must be on or off, not {0:?}")]
    BadSwitch(String),
    /// Not a number of bytes.
    #[error("body: {0}")]
    BadBody(#[from] BadByteSize),
    /// A body that is larger than the endpoint serves.
    #[error("body: {0} is too large: write a size up to {LARGEST_BODY}, such as 100kB")]
    LargeBody(ByteSize),
    /// Not a number of requests.
    #[error("{key} must be a number of requests from 1 up, or none for no limit, not {value:?}")]
    BadCount {
        /// The setting.
        key: String,
        /// Its value.
        value: String,
    },
    /// Not a version of HTTP that the endpoint speaks.
    #[error("http must be 1.1, 2 or 3, not {0:?}")]
    BadVersion(String),
    /// Not a number of streams.
    #[error("streams must be a number from 1 up, not {0:?}")]
    BadStreams(String),
    /// Not a window.
    #[error("window: {0}")]
    BadWindow(#[from] BadWindow),
    /// Not a fault.
    #[error("fault: {0}")]
    BadFault(#[from] BadFault),
}
