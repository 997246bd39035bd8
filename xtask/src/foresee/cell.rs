//! A cell of the grid: a batch size, a limit of requests at once, and a link.

use std::fmt;
use std::time::Duration;

use model::arm::BatchSize;
use model::byte_size::ByteSize;
use model::link::Link;
use model::time::Span;

/// The size of every body: large enough that a rate shows.
const BODY: ByteSize = ByteSize(4000);
/// How long the server thinks, so that its capacity shows.
const THINK: Span = Span::from_millis(2);
/// What a client does for a request, as a guess: it only decides which cells take too long.
const CLIENT: Span = Span::from_millis(2);

/// How many requests a client makes at once: its workers, or its permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AtOnce(pub(crate) u32);

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) batch: BatchSize,
    pub(crate) at_once: AtOnce,
    pub(crate) link: Link,
}

impl Cell {
    /// The link of all cells, but for what the grid varies.
    pub(crate) fn base_link() -> Link {
        Link { body: Some(BODY), think: THINK, ..Link::default() }
    }

    /// The value of `--link`.
    pub(crate) fn link_words(&self) -> String {
        let fixed = [format!("think={THINK}"), format!("body={}B", BODY.0)];
        let settings = self.link_settings().into_iter().chain(fixed);
        settings.collect::<Vec<_>>().join(",")
    }

    /// What the grid varies of the link, as `name=value`.
    pub(crate) fn link_settings(&self) -> Vec<String> {
        let Link { rtt, tls, bandwidth, capacity, .. } = &self.link;
        let bandwidth = bandwidth.map_or_else(|| "none".to_owned(), |rate| rate.to_string());
        let capacity = capacity.map_or_else(|| "none".to_owned(), |count| count.to_string());
        vec![
            format!("rtt={rtt}"),
            format!("tls={}", if *tls { "on" } else { "off" }),
            format!("bandwidth={bandwidth}"),
            format!("capacity={capacity}"),
        ]
    }

    /// The most requests that are in flight: a small batch does not reach the limit.
    pub(crate) fn in_flight(&self) -> AtOnce {
        self.at_once.min(AtOnce(self.batch.0))
    }

    /// How many requests one worker or permit serves, one after another, at most.
    pub(crate) const fn waves(&self) -> u32 {
        self.batch.0.div_ceil(self.at_once.0)
    }

    /// What waves of requests take that wait for nothing but the round trip and the server.
    pub(crate) fn wave_time(&self) -> Duration {
        let trip = duration(self.link.rtt) + duration(self.link.think);
        trip * self.waves()
    }

    /// Roughly what a batch takes: the largest of the waves, the queue of the server, the bytes on the
    /// link, and the client's work.
    pub(crate) fn rough_time(&self) -> Duration {
        let requests = self.batch.0;
        let served = self
            .link
            .capacity
            .map_or(Duration::ZERO, |room| duration(THINK) * requests / room.get());
        let bytes = u64::from(requests) * BODY.0;
        let sent = self.link.bandwidth.map_or(Duration::ZERO, |rate| duration(rate.time_of(bytes)));
        [self.wave_time(), served, sent, duration(CLIENT) * requests]
            .into_iter()
            .max()
            .unwrap_or_default()
    }
}

fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.as_nanos())
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AtOnce(at_once) = self.at_once;
        let settings = self.link_settings().join(",");
        write!(formatter, "{} requests, {at_once} at once, {settings}", self.batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    fn cell(batch: u32, at_once: u32, link: Link) -> Cell {
        Cell { batch: BatchSize(batch), at_once: AtOnce(at_once), link }
    }

    #[test]
    fn a_cell_writes_the_link_that_the_program_reads() {
        let link = Link {
            rtt: Span::from_millis(20),
            tls: false,
            bandwidth: Some("20Mbit".parse().expect("is a rate")),
            capacity: NonZeroU32::new(4),
            ..Cell::base_link()
        };
        let cell = cell(64, 8, link.clone());
        let mut read = Link::default();
        for setting in cell.link_words().split(',') {
            let (name, value) = setting.split_once('=').expect("is a setting");
            read.set(name, value).expect("the link takes it");
        }
        assert_eq!(read, link);
    }

    #[test]
    fn a_batch_below_the_limit_has_all_its_requests_in_flight() {
        assert_eq!(cell(4, 32, Cell::base_link()).in_flight(), AtOnce(4));
        assert_eq!(cell(64, 32, Cell::base_link()).in_flight(), AtOnce(32));
    }

    #[test]
    fn a_batch_takes_as_many_waves_as_it_fills() {
        let link = Link { rtt: Span::from_millis(8), ..Cell::base_link() };
        assert_eq!(cell(8, 8, link.clone()).waves(), 1);
        assert_eq!(cell(9, 8, link.clone()).waves(), 2);
        assert_eq!(cell(9, 8, link).wave_time(), Duration::from_millis(20));
    }

    #[test]
    fn the_rough_time_is_that_of_the_bottleneck() {
        let link = || Link { rtt: Span::from_millis(8), ..Cell::base_link() };
        let room = Link { capacity: NonZeroU32::new(1), ..link() };
        let rate = Link { bandwidth: Some("2Mbit".parse().expect("is a rate")), ..link() };
        assert_eq!(cell(4, 2, link()).rough_time(), Duration::from_millis(20));
        assert_eq!(cell(32, 32, room).rough_time(), Duration::from_millis(64));
        assert_eq!(cell(32, 32, rate).rough_time(), Duration::from_millis(512));
    }
}
