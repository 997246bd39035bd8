//! How many requests a server that is not ours handles at once, by when its responses came.
//!
//! A server with room for `k` requests begins one as soon as fewer than `k` of those before it are unanswered. With
//! the right `k`, what is left of the waits is about equally long. A server whose requests take very different
//! times shows no room this way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use model::time::Span;
use stats::describe::quantile;

/// The most room that is looked for.
const MOST: usize = 64;
/// How many requests are looked at to find it, for each that is in flight: how the queue fills shows it.
const LOOKED_AT: usize = 3;
/// The fewest requests that show it.
const FEWEST: usize = 4;
/// At least this share of the requests must have a time of service between half and twice the median. The spread is
/// that of the same share: the rest may have arrived in another order than they were sent.
const ALIKE: f64 = 0.8;
/// A multiple of the right room leaves little spread too, so the smallest divisor of the best room is taken that leaves
/// nearly as little.
const NEARLY: f64 = 2.0;
/// A spread of this share of the service is as good as none.
const EVEN: f64 = 0.1;
/// The least share of the waits that is spent in the queue.
const QUEUED: f64 = 0.25;
/// The server may get two requests in the other order if they are sent within this time.
const AT_ONCE: Span = Span::from_nanos(500_000);
/// How many earlier requests one may overtake in this way.
const OVERTAKEN: usize = 2;
/// The longest mean time of a body, as a share of the service: the bytes of longer bodies may delay each other.
const ON_THE_WAY: f64 = 0.1;
/// The least share of the requests that must be alike where the room is known otherwise.
const AGREES: f64 = 0.5;
/// At most this part of the spread of the waits is left in the times of service.
const LEFT: f64 = 0.5;

/// An exchange with the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange {
    /// The place of its request in the columns.
    pub(crate) request: usize,
    pub(crate) sent: Span,
    pub(crate) first_byte: Span,
    pub(crate) done: Span,
}

impl Exchange {
    pub(crate) const fn wait(&self) -> Span {
        self.first_byte.saturating_sub(self.sent)
    }
}

/// The room of a server, and how long each request waited for it.
#[derive(Clone, Debug)]
pub struct ServerRoom {
    /// How many requests the server handles at once.
    pub requests: usize,
    round_trip: Span,
    /// The waits of the requests and how much of each was spent in the queue, in the order of the columns.
    waits: Vec<Waited>,
}

/// How long a request waited for its response.
#[derive(Clone, Copy, Debug, Default)]
struct Waited {
    all: Span,
    queued: Span,
}

impl ServerRoom {
    /// The room that the exchanges of a batch show. A round trip of the network takes `round_trip`.
    pub(crate) fn find(exchanges: &[Exchange], round_trip: Span) -> Option<Self> {
        let sent = in_order(exchanges);
        if sent.len() < FEWEST {
            return None;
        }
        let in_flight = most_in_flight(&sent);
        let seen = &sent[..sent.len().min(LOOKED_AT * in_flight.max(FEWEST))];
        let unlimited = Fit::new(seen, usize::MAX, round_trip);
        let rooms = (1..in_flight.min(MOST + 1)).map(|room| Fit::new(seen, room, round_trip));
        let is_fit = |fit: &Fit| fit.is_even() && fit.spread < LEFT * unlimited.spread;
        let fits: Vec<Fit> = rooms.filter(is_fit).collect();
        let best = *fits.iter().min_by(|one, other| one.spread.total_cmp(&other.spread))?;
        let is_near = |fit: &&Fit| fit.spread <= (NEARLY * best.spread).max(EVEN * fit.service);
        let divides = |fit: &&Fit| best.room.is_multiple_of(fit.room);
        let best = *fits.iter().filter(divides).find(is_near)?;
        if mean_body(seen) > ON_THE_WAY * best.service {
            return None;
        }
        Some(Self::with(&sent, best.room, round_trip))
    }

    /// A room that is known otherwise, where these exchanges agree with it.
    pub(crate) fn known(exchanges: &[Exchange], room: usize, round_trip: Span) -> Option<Self> {
        let sent = in_order(exchanges);
        let agrees = Fit::new(&sent, room, round_trip).alike >= AGREES;
        agrees.then(|| Self::with(&sent, room, round_trip))
    }

    /// This room, and the queue before it of exchanges in the order of sending.
    fn with(sent: &[Exchange], room: usize, round_trip: Span) -> Self {
        let mut waits = vec![Waited::default(); sent.len()];
        for (one, queued) in sent.iter().zip(queues(sent, room, round_trip)) {
            if let Some(waited) = waits.get_mut(one.request) {
                *waited = Waited { all: one.wait(), queued: queued.min(one.wait()) };
            }
        }
        Self { requests: room, round_trip, waits }
    }

    /// How long a request waited before the server began to handle it.
    pub fn queued(&self, request: usize) -> Span {
        self.waits.get(request).map_or(Span::ZERO, |waited| waited.queued)
    }

    /// How long the server worked on a request.
    pub fn service(&self, request: usize) -> Span {
        let waited = self.waits.get(request).copied().unwrap_or_default();
        waited.all.saturating_sub(waited.queued).saturating_sub(self.round_trip)
    }
}

/// The exchanges in the order in which the server got their requests: that of sending, but of two that were sent at about
/// the same time the one that was answered first came first.
fn in_order(exchanges: &[Exchange]) -> Vec<Exchange> {
    let mut order = exchanges.to_vec();
    order.sort_by_key(|one| one.sent);
    for end in 1..order.len() {
        for place in (1..=end).rev().take(OVERTAKEN) {
            let [before, after] = [order[place - 1], order[place]];
            let is_close = after.sent.saturating_sub(before.sent) <= AT_ONCE;
            if !is_close || before.first_byte <= after.first_byte {
                break;
            }
            order.swap(place - 1, place);
        }
    }
    order
}

/// How long a body took on average, in seconds.
fn mean_body(exchanges: &[Exchange]) -> f64 {
    let all: Span = exchanges.iter().map(|one| one.done.saturating_sub(one.first_byte)).sum();
    all.as_secs() / exchanges.len().max(1) as f64
}

/// The most exchanges that were in flight at once, of those in the order of sending.
fn most_in_flight(exchanges: &[Exchange]) -> usize {
    let mut ends: Vec<Span> = exchanges.iter().map(|one| one.first_byte).collect();
    ends.sort_unstable();
    let over = |moment: Span| ends.partition_point(|&end| end <= moment);
    let at_sending =
        (1..).zip(exchanges).map(|(sent, one): (usize, _)| sent.saturating_sub(over(one.sent)));
    at_sending.max().unwrap_or_default()
}

/// How long each exchange waits in the queue of a server with this room, in the order of sending.
fn queues(sent: &[Exchange], room: usize, round_trip: Span) -> Vec<Span> {
    // The last `room` responses, the first of which on top: when it had left, there was room.
    let mut last: BinaryHeap<Reverse<Span>> = BinaryHeap::new();
    let queue = |one: &Exchange| {
        let is_full = last.len() >= room;
        let left = last.peek().filter(|_| is_full).map_or(Span::ZERO, |&Reverse(left)| left);
        last.push(Reverse(one.first_byte));
        if last.len() > room {
            last.pop();
        }
        left.saturating_sub(round_trip).saturating_sub(one.sent)
    };
    sent.iter().map(queue).collect()
}

/// How well a room explains the waits.
#[derive(Clone, Copy, Debug)]
struct Fit {
    room: usize,
    /// The median time of service, in seconds.
    service: f64,
    /// How far the times of service that count are from it on average, in seconds.
    spread: f64,
    /// The share of them between half and twice the median.
    alike: f64,
    /// The share of the waits that is spent in the queue.
    queued: f64,
}

impl Fit {
    fn new(sent: &[Exchange], room: usize, round_trip: Span) -> Self {
        let queues = queues(sent, room, round_trip);
        // Negative where a response came before there was room for its request.
        let service = |(one, queued): (&Exchange, &Span)| {
            one.wait().as_secs() - queued.as_secs() - round_trip.as_secs()
        };
        let services: Vec<f64> = sent.iter().zip(&queues).map(service).collect();
        let mut sorted = services.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = quantile(&sorted, 0.5).unwrap_or_default();
        let mut off: Vec<f64> = services.iter().map(|service| (service - middle).abs()).collect();
        off.sort_by(f64::total_cmp);
        let count = services.len().max(1) as f64;
        let counting = ((ALIKE * count).ceil() as usize).max(1);
        let is_alike =
            |service: &&f64| **service > 0.0 && (0.5 * middle..=2.0 * middle).contains(*service);
        let waits: Span = sent.iter().map(Exchange::wait).sum();
        let queued: Span = queues.iter().copied().sum();
        Self {
            room,
            service: middle,
            spread: if middle > 0.0 {
                off.iter().take(counting).sum::<f64>() / counting as f64
            } else {
                f64::INFINITY
            },
            alike: services.iter().filter(is_alike).count() as f64 / count,
            queued: queued.as_secs() / waits.as_secs().max(f64::MIN_POSITIVE),
        }
    }

    fn is_even(&self) -> bool {
        self.spread.is_finite() && self.alike >= ALIKE && self.queued >= QUEUED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests that are sent at these times to a server which takes so long for each, in milliseconds.
    fn served(sent: &[u64], room: usize, service: impl Fn(usize) -> u64) -> Vec<Exchange> {
        let mut free = vec![0; room];
        let exchange = |(request, &sent): (usize, &u64)| {
            let place = (0..room).min_by_key(|&place| free[place]).expect("has room");
            let begun = sent.max(free[place]);
            free[place] = begun + service(request);
            let first_byte = Span::from_millis(free[place]);
            Exchange { request, sent: Span::from_millis(sent), first_byte, done: first_byte }
        };
        sent.iter().enumerate().map(exchange).collect()
    }

    fn room(exchanges: &[Exchange]) -> Option<usize> {
        ServerRoom::find(exchanges, Span::ZERO).map(|room| room.requests)
    }

    #[test]
    fn the_room_makes_the_times_of_service_equal() {
        for expected in [1, 2, 5] {
            let exchanges = served(&[0; 16], expected, |request| 10 + request as u64 % 3);
            assert_eq!(room(&exchanges), Some(expected));
        }
        let found = ServerRoom::find(&served(&[0; 6], 2, |_| 10), Span::ZERO).expect("is found");
        let millis = |span: Span| span.as_nanos() / 1_000_000;
        let queued: Vec<u64> = (0..6).map(|request| millis(found.queued(request))).collect();
        assert_eq!(queued, [0, 0, 10, 10, 20, 20]);
        assert!((0..6).all(|request| millis(found.service(request)) == 10));
    }

    /// Six workers, each of which sends its next request when it has a response.
    #[test]
    fn workers_that_wait_for_their_responses_show_the_room_too() {
        let mut exchanges = served(&[0; 6], 2, |_| 10);
        for request in 6..18 {
            let sent = exchanges[request - 6].first_byte;
            let first_byte = exchanges[request - 2].first_byte + Span::from_millis(10);
            exchanges.push(Exchange { request, sent, first_byte, done: first_byte });
        }
        assert_eq!(room(&exchanges), Some(2));
    }

    #[test]
    fn requests_that_are_sent_at_once_may_arrive_in_any_order() {
        let mut exchanges = served(&[0, 2, 4, 6, 6, 6, 8, 9], 1, |_| 20);
        let firsts = [80, 120, 100];
        for (one, first_byte) in exchanges[3..6].iter_mut().zip(firsts) {
            one.first_byte = Span::from_millis(first_byte);
            one.done = one.first_byte;
            one.sent = one.sent + Span::from_nanos(u64::from(first_byte == 100) * 200_000);
        }
        assert_eq!(room(&exchanges), Some(1));
        // A millisecond later it cannot have come first.
        exchanges[5].sent = exchanges[5].sent + Span::from_millis(1);
        assert_eq!(in_order(&exchanges)[5].first_byte, Span::from_millis(100));
    }

    #[test]
    fn a_room_that_is_known_explains_a_queue_that_does_not_show_it() {
        let workers = |count: usize, room: usize| {
            let mut exchanges = served(&vec![0; count], room, |_| 10);
            for request in count..30 {
                let sent = exchanges[request - count].first_byte;
                let free = exchanges[request - room].first_byte.max(sent);
                let first_byte = free + Span::from_millis(10);
                exchanges.push(Exchange { request, sent, first_byte, done: first_byte });
            }
            exchanges
        };
        let known = |exchanges: &[Exchange]| ServerRoom::known(exchanges, 2, Span::ZERO);
        let three = known(&workers(3, 2)).expect("agrees");
        assert_eq!(three.service(20), Span::from_millis(10));
        assert_eq!(known(&workers(2, 2)).map(|room| room.requests), Some(2));
        assert!(known(&workers(8, 8)).is_none(), "eight were handled at once");
    }

    #[test]
    fn a_server_that_is_never_full_shows_no_room() {
        assert_eq!(room(&served(&[0; 16], 16, |request| 10 + request as u64 % 4)), None);
        // Started one after another, they end one after another too.
        let spaced: Vec<u64> = (0..16).map(|request| 5 * request).collect();
        assert_eq!(room(&served(&spaced, 16, |_| 30)), None);
        // Times of service that differ much say nothing.
        assert_eq!(room(&served(&[0; 16], 16, |request| 5 + 7 * (request as u64 * 5 % 16))), None);
        assert_eq!(room(&served(&[0; 3], 1, |_| 10)), None, "too few");
    }
}
