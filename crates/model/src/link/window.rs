//! A window of HTTP/2's flow control.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::byte_size::ByteSize;

/// How many bytes may be sent before the receiver allows more: 1 to 2147483647. Serialized as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
pub struct Window(u32);

/// The largest window (RFC 9113, section 6.9.1).
const LARGEST: u32 = (1 << 31) - 1;

impl Window {
    /// In bytes.
    pub const fn bytes(self) -> u32 {
        self.0
    }
}

impl Default for Window {
    /// 65535 bytes, the initial window of HTTP/2 (RFC 9113, section 6.9.2).
    fn default() -> Self {
        Self(65_535)
    }
}

/// Why a text or a number is not a window.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} is not a window: write a number of bytes from 1 to 2147483647, such as 65535 or 1MiB"
)]
pub struct BadWindow(String);

impl TryFrom<u32> for Window {
    type Error = BadWindow;

    fn try_from(bytes: u32) -> Result<Self, BadWindow> {
        if (1..=LARGEST).contains(&bytes) {
            Ok(Self(bytes))
        } else {
            Err(BadWindow(bytes.to_string()))
        }
    }
}

impl From<Window> for u32 {
    fn from(window: Window) -> Self {
        window.0
    }
}

impl FromStr for Window {
    type Err = BadWindow;

    fn from_str(text: &str) -> Result<Self, BadWindow> {
        let bytes = text.parse::<ByteSize>().ok().and_then(|size| u32::try_from(size.0).ok());
        bytes.and_then(|bytes| Self::try_from(bytes).ok()).ok_or_else(|| BadWindow(text.to_owned()))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        ByteSize(u64::from(self.0)).fmt(formatter)
    }
}
