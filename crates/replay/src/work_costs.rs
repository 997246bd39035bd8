//! What a client's work consists of: what a request takes, what each idle connection adds to it, and what a wait before
//! it adds.
//!
//! It is learnt from all stretches of work of a client: some follow a long wait and some a short one, and while some
//! requests are written, more connections are idle than while others are.

use model::time::Span;
use stats::least_deviations::{Observation, fit};

use crate::batch::{Batch, Resource, Step};
use crate::shorten::{seconds, shorten};
use crate::simulate::Replayed;
use crate::wake::coldness;

/// A wait that costs less than this share leaves a client warm, and one that costs more than the rest cold.
const WARM: f64 = 0.1;
/// The least number of stretches of work after a short wait, and of those after a long one.
const LEAST_SEEN: usize = 5;
/// What seems to cost a client more than this many times what a request does is work of another kind that follows a
/// wait: waiting costs aiohttp and hyper 2.5 times as much as a request.
const MOST_TIMES: f64 = 5.0;
/// Below this share of the work, what idle connections seem to add may be noise.
const LEAST_SCANNED: f64 = 0.1;
/// What idle connections add is learnt only where this many times as many were open at some times as at others. Within
/// one batch fewer are idle while more requests are in flight, and those may cost something themselves.
const LEAST_LEVELS: usize = 2;
/// The most stretches that are fitted, of more equally far apart.
const MOST_OBSERVED: usize = 2_000;
/// How strongly the fit prefers that writing a request and reading a response cost the same, and that nothing else
/// costs anything, as a share of the weight of all that was seen.
const PREFERENCE: f64 = 0.01;

/// A stretch in which a client worked, after a wait in which nothing of it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkStretch {
    /// How long it had waited.
    pub waited: Span,
    /// How long it worked, summed over its threads.
    pub worked: Span,
    /// How many requests it wrote.
    pub written: usize,
    /// How many connections were open.
    pub open: usize,
    /// How many of them were idle while it wrote its requests, summed over these.
    pub idle: usize,
    /// How many responses it began to read.
    pub begun: usize,
    /// How many responses it read to their end.
    pub read: usize,
}

/// What a client's work costs beside its requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WorkCosts {
    /// What it costs to begin again after a very long wait.
    pub(crate) wake: Span,
    /// What each idle connection costs, for each request that is written.
    pub(crate) scan: Span,
}

/// What the work of a stretch consists of.
const TERMS: usize = 4;
const WRITTEN: usize = 0;
const READ: usize = 1;
const WOKEN: usize = 2;
const SCANNED: usize = 3;

impl WorkStretch {
    fn observation(&self) -> Observation<TERMS> {
        let mut counts = [0.0; TERMS];
        counts[WRITTEN] = self.written as f64;
        counts[READ] = 0.5 * (self.begun + self.read) as f64;
        counts[WOKEN] = coldness(self.waited);
        counts[SCANNED] = self.idle as f64;
        // The variance of what a stretch takes grows with what is done in it.
        let weight = (1.0 + counts[WRITTEN] + counts[READ]).sqrt().recip();
        Observation { counts, value: self.worked.as_secs(), weight }
    }
}

impl WorkCosts {
    /// What stretches of one client show. A cost that they do not show is zero.
    pub(crate) fn of_stretches(seen: &[WorkStretch]) -> Self {
        let open = || seen.iter().filter(|it| it.written > 0).map(|it| it.open);
        let has_levels = open().max() >= open().min().map(|least| LEAST_LEVELS * least.max(1));
        let step = seen.len().div_ceil(MOST_OBSERVED).max(1);
        let seen: Vec<Observation<TERMS>> =
            seen.iter().step_by(step).map(WorkStretch::observation).collect();
        let total: f64 = seen.iter().map(|it| it.weight).sum();
        let all: Vec<_> = seen.iter().copied().chain(preferences(PREFERENCE * total)).collect();
        let Some(costs) = fit(&all) else { return Self::default() };
        let scan = if has_levels { scan(&seen, &costs) } else { Span::ZERO };
        Self { wake: wake(&seen, &costs), scan }
    }
}

/// What decides only where the stretches do not.
fn preferences(weight: f64) -> [Observation<TERMS>; 3] {
    [[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]].map(|counts| Observation {
        counts,
        value: 0.0,
        weight,
    })
}

fn wake(seen: &[Observation<TERMS>], costs: &[f64; TERMS]) -> Span {
    let count = |is: fn(f64) -> bool| seen.iter().filter(|it| is(it.counts[WOKEN])).count();
    let is_known =
        count(|cold| cold < WARM) >= LEAST_SEEN && count(|cold| cold > 1.0 - WARM) >= LEAST_SEEN;
    let is_usual = costs[WOKEN] <= MOST_TIMES * (costs[WRITTEN] + costs[READ]);
    if is_known && is_usual { seconds(costs[WOKEN]) } else { Span::ZERO }
}

fn scan(seen: &[Observation<TERMS>], costs: &[f64; TERMS]) -> Span {
    let scanned: f64 = seen.iter().map(|it| it.counts[SCANNED] * costs[SCANNED]).sum();
    let worked: f64 = seen.iter().map(|it| it.value).sum();
    if scanned >= LEAST_SCANNED * worked { seconds(costs[SCANNED]) } else { Span::ZERO }
}

/// Makes the work for connections that are idle in the replay of a batch a part of the batch that grows with them.
pub(crate) fn set_scan(batch: &mut Batch, replayed: &Replayed, scan: Span) {
    if !batch.has_event_loop {
        return;
    }
    batch.scan = scan;
    // What a request is too short for is taken from the next.
    let mut left = Span::ZERO;
    for (request, &idle) in batch.requests.iter_mut().zip(&replayed.idle) {
        let steps = request.before.iter_mut().chain(&mut request.exchange);
        let scanned = scan.times(idle as u64);
        left = shorten(steps.filter(|step| is_client(step)), left + scanned);
    }
}

const fn is_client(step: &Step) -> bool {
    matches!(step.resource, Resource::Client) && step.cause.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Request, Start};
    use crate::change::Change;
    use crate::simulate::simulate;

    const fn micros(micros: u64) -> Span {
        Span::from_nanos(micros * 1_000)
    }

    /// A client that works 100 µs for what it writes and 200 µs for what it reads, 800 µs more after a long wait, and
    /// `scan` µs for each idle connection.
    #[derive(Clone, Copy, Debug)]
    struct Scanning {
        scan: u64,
    }

    impl Scanning {
        fn works(self, waited: u64, written: usize, idle: usize, read: usize) -> WorkStretch {
            let cold = seconds(800e-6 * coldness(micros(waited)));
            let requests = 100 * written as u64 + 200 * read as u64 + self.scan * idle as u64;
            let worked = micros(requests) + cold;
            let open = if idle > 6 { 16 } else { 4 };
            WorkStretch { waited: micros(waited), worked, written, open, idle, begun: read, read }
        }

        fn many(self) -> Vec<WorkStretch> {
            let warm = (0..20).map(|place| self.works(50, 1 + place % 2, 3 * (place % 5), 1));
            let cold =
                (0..20).map(|place| self.works(20_000, place % 2, 7 * (place % 2), 1 + place % 3));
            warm.chain(cold).collect()
        }
    }

    const PLAIN: Scanning = Scanning { scan: 0 };

    fn is_near(found: Span, expected: u64) -> bool {
        (found.as_secs() * 1e6 - expected as f64).abs() < 0.03 * expected as f64
    }

    #[test]
    fn work_after_short_and_long_waits_shows_what_a_long_one_costs() {
        let costs = WorkCosts::of_stretches(&PLAIN.many());
        assert!(is_near(costs.wake, 800) && costs.scan.is_zero(), "{costs:?}");
        // A garbage collection in the middle.
        let odd = WorkStretch { worked: micros(30_000), ..PLAIN.works(50, 1, 0, 1) };
        let disturbed: Vec<_> = PLAIN.many().into_iter().chain([odd]).collect();
        let costs = WorkCosts::of_stretches(&disturbed);
        assert!(is_near(costs.wake, 800), "{costs:?}");
    }

    #[test]
    fn requests_beside_few_and_many_idle_connections_show_what_one_costs() {
        let costs = WorkCosts::of_stretches(&Scanning { scan: 50 }.many());
        assert!(is_near(costs.wake, 800) && is_near(costs.scan, 50), "{costs:?}");
    }

    #[test]
    fn waits_of_one_length_and_work_of_another_kind_show_no_cost() {
        for waited in [50, 20_000] {
            let alike: Vec<_> =
                (0..20).map(|place| PLAIN.works(waited, 1, 0, 1 + place % 2)).collect();
            assert_eq!(WorkCosts::of_stretches(&alike), WorkCosts::default(), "{waited}");
        }
        let parses = |seen: WorkStretch| match coldness(seen.waited) {
            cold if cold > 0.5 => WorkStretch { worked: micros(60_000), ..seen },
            _ => seen,
        };
        let seen: Vec<_> = PLAIN.many().into_iter().map(parses).collect();
        assert_eq!(WorkCosts::of_stretches(&seen).wake, Span::ZERO);
        assert_eq!(WorkCosts::of_stretches(&[]), WorkCosts::default());
    }

    #[test]
    fn a_share_of_the_work_that_may_be_noise_is_no_scan() {
        let costs = WorkCosts::of_stretches(&Scanning { scan: 3 }.many());
        assert_eq!(costs.scan, Span::ZERO);
    }

    /// Requests of an event loop that works this long for each, over open connections.
    fn batch(requests: usize, workers: usize, connections: usize, work: u64) -> Batch {
        let steps =
            [Step::new(Resource::Client, micros(work)), Step::new(Resource::Delay, micros(10_000))];
        let request = Request { exchange: steps.to_vec(), ..Request::default() };
        Batch {
            requests: vec![request; requests],
            workers: vec![Start::default(); workers],
            has_event_loop: true,
            kept: connections,
            cores: 2,
            ..Batch::default()
        }
    }

    #[test]
    fn the_replay_of_a_batch_stays_where_a_part_of_its_work_becomes_a_scan() {
        let mut scanned = batch(8, 2, 10, 1_000);
        let before = simulate(&scanned);
        assert_eq!(before.idle, [9, 8, 8, 8, 8, 8, 8, 8]);
        set_scan(&mut scanned, &before, micros(50));
        let after = simulate(&scanned);
        assert_eq!(after.batch, before.batch);
        assert_eq!(scanned.requests[1].exchange[0].length, micros(600));
    }

    #[test]
    fn more_connections_mean_more_work_for_a_client_that_looks_at_idle_ones() {
        let mut scanned = batch(64, 4, 4, 1_000);
        scanned.scan = micros(50);
        let busy = |batch: &Batch| simulate(batch).busy[Resource::Client];
        let few = busy(&scanned);
        let more = Change::Workers(32).apply(&scanned);
        assert_eq!(more.kept, 32);
        assert!(busy(&more) > few, "{} {few}", busy(&more));
        let larger_pool = Change::LargerPool(8.0).apply(&scanned);
        assert_eq!(larger_pool.kept, 32);
        assert!(busy(&larger_pool) > few + few);
    }
}
