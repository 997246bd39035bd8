//! The link of one listener's datagrams: it delays each, and drops some. It reads no clock.
//!
//! Each address of a client has a path of its own. The datagrams of a path keep their order: jitter that changed
//! it would look like loss to QUIC.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use model::link::Loss;
use model::time::{Moment, Span};

use crate::link::bottleneck::Bottleneck;
use crate::link::delay::{Delay, RoundTrip};
use crate::link::jitter::Direction;
use crate::link::loss::Losses;

/// The conditions of a link of datagrams.
#[derive(Clone, Debug)]
pub(crate) struct DatagramConditions {
    /// The round trip.
    pub(crate) round_trip: RoundTrip,
    /// The share of datagrams that get lost, in each direction.
    pub(crate) loss: Option<Loss>,
    /// The bottleneck to the clients.
    pub(crate) bottleneck: Option<Arc<Bottleneck>>,
}

/// What becomes of a datagram on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It passes at this moment.
    Passes(Moment),
    /// It would have passed at this moment, and gets lost.
    IsLost(Moment),
    /// The queue of the bottleneck has no room for it.
    FindsNoRoom,
}

/// A datagram that got lost.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LostDatagram<T> {
    /// The datagram.
    pub(crate) datagram: HeldDatagram<T>,
    /// When it would have passed.
    pub(crate) due: Moment,
}

/// The link of one listener. `T` is what is known of a datagram.
#[derive(Debug)]
pub(crate) struct DatagramLink<T> {
    conditions: DatagramConditions,
    paths: BTreeMap<SocketAddr, Path>,
    held: BTreeMap<Place, HeldDatagram<T>>,
    entered: u64,
}

/// Where a datagram is among all that are held: the order in which they pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    due: Moment,
    /// The number of the datagram.
    entered: u64,
}

/// A datagram on the link.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeldDatagram<T> {
    /// Where it goes.
    pub(crate) direction: Direction,
    /// The client's address.
    pub(crate) peer: SocketAddr,
    /// When it entered the link.
    pub(crate) entered: Moment,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// What is known of it.
    pub(crate) about: T,
}

#[derive(Debug)]
struct Path {
    inward: Lane,
    outward: Lane,
}

/// One direction of a path.
#[derive(Debug)]
struct Lane {
    delay: Delay,
    losses: Losses,
    /// When the last datagram passes.
    last: Moment,
}

impl Lane {
    fn new(conditions: &DatagramConditions, path: u64, direction: Direction) -> Self {
        Self {
            delay: conditions.round_trip.delay(path, direction),
            losses: Losses::new(conditions.loss, path, direction),
            last: Moment::from_nanos(0),
        }
    }

    /// What becomes of a datagram that starts at `moment`.
    fn pass(&mut self, moment: Moment) -> Passage {
        let due = self.delay.pass(moment).max(self.last);
        self.last = due;
        if self.losses.hit_next() { Passage::IsLost(due) } else { Passage::Passes(due) }
    }
}

impl<T> DatagramLink<T> {
    /// A link on which nothing has passed.
    pub(crate) fn new(conditions: DatagramConditions) -> Self {
        Self { conditions, paths: BTreeMap::new(), held: BTreeMap::new(), entered: 0 }
    }

    /// Opens the path of an address. Its number chooses its jitter and its losses.
    pub(crate) fn open(&mut self, peer: SocketAddr, number: u64) {
        let lane = |direction| Lane::new(&self.conditions, number, direction);
        let path = Path { inward: lane(Direction::In), outward: lane(Direction::Out) };
        self.paths.insert(peer, path);
    }

    /// Closes all paths. What is held on them passes.
    pub(crate) fn close_all(&mut self) {
        self.paths.clear();
    }

    /// Holds a datagram until it is due, or drops it. On an address without a path it passes at once. Gives one
    /// that gets lost.
    pub(crate) fn enter(&mut self, datagram: HeldDatagram<T>) -> Option<LostDatagram<T>> {
        let passage = match self.paths.get_mut(&datagram.peer) {
            Some(path) => path.pass(&datagram, self.conditions.bottleneck.as_deref()),
            None => Passage::Passes(datagram.entered),
        };
        match passage {
            Passage::Passes(due) => {
                self.held.insert(Place { due, entered: self.entered }, datagram);
                self.entered += 1;
                None
            }
            Passage::IsLost(due) => Some(LostDatagram { datagram, due }),
            Passage::FindsNoRoom => None,
        }
    }

    /// When the next datagram is due.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.held.first_key_value().map(|(place, _)| place.due)
    }

    /// The next datagram that is due by `by`.
    pub(crate) fn release(&mut self, by: Moment) -> Option<HeldDatagram<T>> {
        let first = self.held.first_entry()?;
        (first.key().due <= by).then(|| first.remove())
    }
}

impl Path {
    fn pass<T>(&mut self, datagram: &HeldDatagram<T>, bottleneck: Option<&Bottleneck>) -> Passage {
        match (datagram.direction, bottleneck) {
            (Direction::In, _) => self.inward.pass(datagram.entered),
            (Direction::Out, None) => self.outward.pass(datagram.entered),
            (Direction::Out, Some(bottleneck)) => {
                match bottleneck.pass_or_drop(datagram.bytes.len(), datagram.entered) {
                    Some(passed) => self.outward.pass(passed),
                    None => Passage::FindsNoRoom,
                }
            }
        }
    }
}

impl<T> HeldDatagram<T> {
    /// How long the link has held it at `now`.
    pub(crate) fn hold(&self, now: Moment) -> Span {
        now.since(self.entered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

    fn micros(micros: u64) -> Moment {
        Moment::from_nanos(micros * 1000)
    }

    fn link(text: &str) -> DatagramLink<u32> {
        let link: model::link::Link = text.parse().expect("a link");
        let mut datagrams = DatagramLink::new(DatagramConditions {
            round_trip: RoundTrip { base: link.rtt, jitter: link.jitter },
            loss: link.loss,
            bottleneck: link.bandwidth.map(|rate| Arc::new(Bottleneck::new(rate))),
        });
        datagrams.open(PEER, 1);
        datagrams
    }

    fn datagram(direction: Direction, about: u32, entered: Moment) -> HeldDatagram<u32> {
        HeldDatagram { direction, peer: PEER, entered, bytes: vec![0; 1000], about }
    }

    /// The datagrams in the order in which they pass, with the microsecond.
    fn pass_all(link: &mut DatagramLink<u32>) -> Vec<(u32, u64)> {
        std::iter::from_fn(|| {
            let due = link.due()?;
            assert!(link.release(Moment::from_nanos(due.as_nanos() - 1)).is_none());
            Some((link.release(due)?.about, due.as_nanos() / 1000))
        })
        .collect()
    }

    #[test]
    fn holds_each_datagram_for_half_a_round_trip() {
        let mut link = link("rtt=10ms");
        assert_eq!(link.enter(datagram(Direction::Out, 1, micros(100))), None);
        assert_eq!(link.enter(datagram(Direction::In, 2, micros(50))), None);
        assert_eq!(pass_all(&mut link), [(2, 5050), (1, 5100)]);
    }

    #[test]
    fn datagrams_out_pass_the_bottleneck_until_its_queue_is_full() {
        // A datagram takes a millisecond.
        let mut link = link("rtt=10ms,bandwidth=8Mbit");
        for number in 0..200 {
            let lost = link.enter(datagram(Direction::Out, number, micros(0)));
            assert_eq!(lost, None, "a full queue is no loss");
        }
        assert_eq!(link.enter(datagram(Direction::In, 200, micros(0))), None);
        let passed = pass_all(&mut link);
        assert_eq!(passed[..3], [(200, 5000), (0, 6000), (1, 7000)]);
        assert_eq!(passed.last(), Some(&(100, 106_000)), "the others found no room");
    }

    #[test]
    fn jitter_keeps_the_order_and_loss_leaves_gaps() {
        let mut link = link("rtt=10ms,jitter=8ms,loss=20%");
        let lost = (0..1000).filter_map(|number| {
            let entered = micros(u64::from(number) * 10);
            let lost = link.enter(datagram(Direction::In, number, entered))?;
            assert!(lost.due >= Moment::from_nanos(entered.as_nanos() + 5_000_000));
            Some(lost.datagram.about)
        });
        let lost: Vec<u32> = lost.collect();
        let passed = pass_all(&mut link);
        assert!(passed.is_sorted_by_key(|(_, due)| *due), "in their order");
        assert!(passed.iter().all(|(number, _)| !lost.contains(number)));
        assert_eq!(passed.len() + lost.len(), 1000);
        // Of 1000, 800 ± 13 (one standard deviation) pass.
        assert!((740..860).contains(&passed.len()), "{} passed", passed.len());
    }

    #[test]
    fn holds_nothing_without_a_path() {
        let mut link = link("rtt=10ms,loss=50%");
        link.close_all();
        for number in 0..5 {
            assert_eq!(link.enter(datagram(Direction::Out, number, micros(7))), None);
        }
        assert_eq!(pass_all(&mut link), (0..5).map(|number| (number, 7)).collect::<Vec<_>>());
    }
}
