//! The link: how the embedded endpoint and the emulated network in front of it behave.
//!
//! The same keys are used in `--link` and as conditions of one strategy, so no value contains a comma.

mod bad;
mod fault;
mod loss;
mod rate;
mod window;

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use bad::BadLink;
pub use fault::{BadFault, Faults, OneIn, Slow, Throttle};
pub use loss::{BadLoss, Loss};
pub use rate::{BadRate, Rate};
pub use window::{BadWindow, Window};

use crate::byte_size::ByteSize;
use crate::http_version::HttpVersion;
use crate::list;
use crate::time::Span;

/// The conditions of the emulated link and of the server behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// The round-trip time: each direction delays by half of it.
    pub rtt: Span,
    /// The maximum extra time of a round trip. Each flight is delayed by a random time between 0 and
    /// half of it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub jitter: Span,
    /// The rate of the bottleneck from the server to the clients, shared by all connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Rate>,
    /// The share of datagrams that get lost, in each direction; only over QUIC, whose datagrams the endpoint
    /// carries itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    /// Whether connections use TLS.
    pub tls: bool,
    /// How long the server takes before it answers.
    pub think: Span,
    /// The size of a body; by default that of a todo, about 100 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<ByteSize>,
    /// How many requests the server handles at once; the others wait in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<NonZeroU32>,
    /// How many requests a connection may carry; the response to the last one announces the close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keepalive: Option<NonZeroU32>,
    /// The newest version of HTTP that the server offers. It offers the older ones too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub http: HttpVersion,
    /// How many streams a client may have open at once on a connection of HTTP/2 or HTTP/3.
    #[serde(default, skip_serializing_if = "is_default")]
    pub streams: StreamLimit,
    /// How many bytes of a request's body a client may send on a stream of HTTP/2 or HTTP/3 before the
    /// server allows more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub window: Window,
    /// The faults of the server.
    #[serde(default, skip_serializing_if = "Faults::are_none")]
    pub fault: Faults,
}

/// How many streams may be open at once on a connection. Serialized as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct StreamLimit(pub NonZeroU32);

impl Default for StreamLimit {
    /// 100, the least that RFC 9113 recommends (section 6.5.2).
    fn default() -> Self {
        const RECOMMENDED: NonZeroU32 = NonZeroU32::new(100).unwrap();
        Self(RECOMMENDED)
    }
}

impl fmt::Display for StreamLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The largest body that the endpoint serves: 1 GiB.
pub const LARGEST_BODY: ByteSize = ByteSize(1 << 30);

/// The value that removes a limit, for the condition of a strategy.
const NONE: &str = "none";

impl Default for Link {
    /// The default link: TLS and a round-trip time of 11 ms.
    fn default() -> Self {
        Self {
            rtt: Span::from_millis(11),
            jitter: Span::ZERO,
            bandwidth: None,
            loss: None,
            tls: true,
            think: Span::ZERO,
            body: None,
            capacity: None,
            keepalive: None,
            http: HttpVersion::default(),
            streams: StreamLimit::default(),
            window: Window::default(),
            fault: Faults::default(),
        }
    }
}

impl Link {
    /// The keys of all settings.
    pub const KEYS: [&'static str; 13] = [
        "rtt",
        "jitter",
        "bandwidth",
        "loss",
        "tls",
        "think",
        "body",
        "capacity",
        "keepalive",
        "http",
        "streams",
        "window",
        "fault",
    ];

    /// Whether the endpoint waits for anything but its clients: it delays, thinks, or closes connections.
    pub fn has_waits(&self) -> bool {
        !self.rtt.is_zero()
            || !self.jitter.is_zero()
            || !self.think.is_zero()
            || self.bandwidth.is_some()
            || self.keepalive.is_some()
            || !self.fault.are_none()
    }

    /// Whether `key` is a setting of the link.
    pub fn knows(key: &str) -> bool {
        Self::KEYS.contains(&key)
    }

    /// Sets one setting.
    ///
    /// # Errors
    /// If the key is unknown or does not accept the value.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), BadLink> {
        match key {
            "rtt" => self.rtt = time(key, value)?,
            "jitter" => self.jitter = time(key, value)?,
            "bandwidth" => self.bandwidth = unless_none(value, |value| Ok(value.parse()?))?,
            "loss" => self.loss = unless_none(value, |value| Ok(value.parse()?))?,
            "tls" => self.tls = switch(value)?,
            "think" => self.think = time(key, value)?,
            "body" => self.body = Some(body(value)?),
            "capacity" => self.capacity = unless_none(value, |value| count(key, value))?,
            "keepalive" => self.keepalive = unless_none(value, |value| count(key, value))?,
            "http" => self.http = version(value)?,
            "streams" => self.streams = StreamLimit(streams(value)?),
            "window" => self.window = value.parse()?,
            "fault" => {
                self.fault = unless_none(value, |value| Ok(value.parse()?))?.unwrap_or_default();
            }
            _ => return Err(BadLink::UnknownKey(key.to_owned())),
        }
        Ok(())
    }
}

fn unless_none<T>(
    value: &str,
    read: impl FnOnce(&str) -> Result<T, BadLink>,
) -> Result<Option<T>, BadLink> {
    if value == NONE { Ok(None) } else { read(value).map(Some) }
}

fn time(key: &str, value: &str) -> Result<Span, BadLink> {
    value.parse().map_err(|source| BadLink::BadTime { key: key.to_owned(), source })
}

fn switch(value: &str) -> Result<bool, BadLink> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(BadLink::BadSwitch(value.to_owned())),
    }
}

fn body(value: &str) -> Result<ByteSize, BadLink> {
    let size: ByteSize = value.parse()?;
    if size > LARGEST_BODY {
        return Err(BadLink::LargeBody(size));
    }
    Ok(size)
}

fn count(key: &str, value: &str) -> Result<NonZeroU32, BadLink> {
    let bad = || BadLink::BadCount { key: key.to_owned(), value: value.to_owned() };
    value.parse().map_err(|_| bad())
}

fn version(value: &str) -> Result<HttpVersion, BadLink> {
    list::parse(value).map_err(|_| BadLink::BadVersion(value.to_owned()))
}

fn streams(value: &str) -> Result<NonZeroU32, BadLink> {
    value.parse().map_err(|_| BadLink::BadStreams(value.to_owned()))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(span: &Span) -> bool {
    span.is_zero()
}

impl FromStr for Link {
    type Err = BadLink;

    /// Reads `rtt=11ms,tls=on,think=2ms,body=100kB`. A setting that is not named keeps its default.
    fn from_str(text: &str) -> Result<Self, BadLink> {
        let mut link = Self::default();
        for setting in text.split(',').filter(|setting| !setting.is_empty()) {
            let (key, value) =
                setting.split_once('=').ok_or_else(|| BadLink::NotASetting(setting.to_owned()))?;
            link.set(key, value)?;
        }
        Ok(link)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rtt={},tls={}", self.rtt, if self.tls { "on" } else { "off" })?;
        if !self.jitter.is_zero() {
            write!(formatter, ",jitter={}", self.jitter)?;
        }
        if let Some(rate) = self.bandwidth {
            write!(formatter, ",bandwidth={rate}")?;
        }
        if let Some(share) = self.loss {
            write!(formatter, ",loss={share}")?;
        }
        if !self.think.is_zero() {
            write!(formatter, ",think={}", self.think)?;
        }
        if let Some(bytes) = self.body {
            write!(formatter, ",body={bytes}")?;
        }
        if let Some(requests) = self.capacity {
            write!(formatter, ",capacity={requests}")?;
        }
        if let Some(requests) = self.keepalive {
            write!(formatter, ",keepalive={requests}")?;
        }
        if !is_default(&self.http) {
            write!(formatter, ",http={}", self.http)?;
        }
        if !is_default(&self.streams) {
            write!(formatter, ",streams={}", self.streams)?;
        }
        if !is_default(&self.window) {
            write!(formatter, ",window={}", self.window)?;
        }
        if !self.fault.are_none() {
            write!(formatter, ",fault={}", self.fault)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
