//! Turns the difference of two conditions of an arm into changes of its replay.

use evidence::account::Charge;
use evidence::setting::Session;
use model::link::{Faults, Link, StreamLimit};
use model::time::Span;
use replay::batch::{Batch, Handshake};
use replay::{ArmReplay, Change};

use super::Refusal;
use super::condition::{ArmConditions, Setting, WorkFactor};
use super::http_clients::{to_http1, to_http2};

/// A client that makes at least this share of the requests at once that its conditions allow is limited
/// by them.
const AT_LIMIT: f64 = 0.75;

/// A connection that loads certificates takes at least this long to prepare.
const LEAST_PREPARATION: Span = Span::from_millis(1);

/// The conditions whose effect the model knows.
const MODELLED: [&str; 10] = [
    "http",
    "session",
    "workers",
    "concurrency",
    "pool",
    "context",
    "resume",
    "lookups",
    "nodelay",
    "sleeps",
];

/// The changes that make the measured batch the one that is asked for.
pub(super) fn changes(
    before: &ArmConditions<'_>,
    after: &ArmConditions<'_>,
    replay: &ArmReplay,
) -> Result<Vec<Change>, Refusal> {
    let batch = replay.batch().ok_or(Refusal::Unobserved)?;
    let difference = Difference { before, after, batch, replay };
    difference.refuse_unknown()?;
    let parts = [
        difference.requests(),
        difference.session()?,
        difference.context()?,
        difference.handshakes()?,
        difference.removed()?,
        difference.workers(),
        difference.pool()?,
        difference.http()?,
        difference.link()?,
        difference.work(),
    ];
    Ok(parts.concat())
}

struct Difference<'d> {
    before: &'d ArmConditions<'d>,
    after: &'d ArmConditions<'d>,
    batch: &'d Batch,
    replay: &'d ArmReplay,
}

impl Difference<'_> {
    /// Refuses conditions that were changed and that the model does not know.
    fn refuse_unknown(&self) -> Result<(), Refusal> {
        let values = self.after.values.iter();
        let mut changed = values.filter(|(name, _)| self.differs(name));
        match changed.find(|(name, _)| !MODELLED.contains(&name.as_str())) {
            Some((name, _)) => Err(self.not_modelled(name)),
            None => Ok(()),
        }
    }

    fn differs(&self, name: &str) -> bool {
        self.before.value(name) != self.after.value(name)
    }

    /// Whether a condition has this value now and had another.
    fn becomes(&self, name: &str, value: &str) -> bool {
        self.differs(name) && self.after.value(name) == value
    }

    fn not_modelled(&self, name: &str) -> Refusal {
        let value = self.after.value(name).to_owned();
        Setting { name: name.to_owned(), value }.not_modelled()
    }

    fn requests(&self) -> Vec<Change> {
        let requests = self.after.requests;
        if requests == self.before.requests { Vec::new() } else { vec![Change::Requests(requests)] }
    }

    fn session(&self) -> Result<Vec<Change>, Refusal> {
        match (self.before.session(), self.after.session()) {
            (Session::Cold, Session::Warm) => Ok(vec![Change::KeptSession]),
            (Session::Warm, Session::Cold) if !self.batch.knows_openings() => {
                Err(Refusal::OpeningUnseen)
            }
            (Session::Warm, Session::Cold) => Ok(vec![Change::KeptConnections(0)]),
            _ => Ok(Vec::new()),
        }
    }

    fn context(&self) -> Result<Vec<Change>, Refusal> {
        if !self.differs("context") {
            return Ok(Vec::new());
        }
        if !self.becomes("context", "shared") {
            return Err(Refusal::HandshakeUnseen);
        }
        if self.before.may_prepare_early && !self.prepares_connections() {
            return Err(self.not_modelled("context"));
        }
        Ok(vec![Change::SharedContext])
    }

    /// Whether connections take as long to prepare as where each loads certificates. What own code does
    /// before it has a connection may be anything.
    fn prepares_connections(&self) -> bool {
        let opened = self.batch.opened().count().max(1) as u64;
        self.batch.time_of(&[Charge::Preparation]) >= LEAST_PREPARATION.times(opened)
    }

    /// Whether sessions are resumed, which matters only where connections are opened with TLS.
    fn handshakes(&self) -> Result<Vec<Change>, Refusal> {
        let [full, resumed] =
            [Handshake::Full, Handshake::Resumed].map(|kind| self.batch.has_handshake(kind));
        let is_needed = |seen: bool, other: bool| other && !seen;
        if self.becomes("resume", "off") {
            let change = vec![Change::Handshakes(Handshake::Full)];
            return if is_needed(full, resumed) {
                Err(Refusal::HandshakeUnseen)
            } else {
                Ok(change)
            };
        }
        if self.becomes("resume", "on") {
            let opens_again = self.batch.requests.iter().any(|it| !it.reopening.is_empty());
            let change = vec![Change::Handshakes(Handshake::Resumed)];
            let is_unseen = opens_again && is_needed(resumed, full);
            return if is_unseen { Err(Refusal::HandshakeUnseen) } else { Ok(change) };
        }
        Ok(Vec::new())
    }

    /// The conditions that take a cause away.
    fn removed(&self) -> Result<Vec<Change>, Refusal> {
        let removing = [
            ("lookups", "cached", Change::SharedLookup),
            ("nodelay", "on", Change::without(&[Charge::SplitRequest])),
            ("sleeps", "skipped", Change::without(&[Charge::Sleep, Charge::HeldBack])),
        ];
        // An event loop may be blocked by a sleep or by anything else.
        if self.becomes("sleeps", "skipped") && self.batch.has(&[Charge::LoopBlocked]) {
            return Err(self.not_modelled("sleeps"));
        }
        let mut changes = Vec::new();
        for (name, value, change) in removing {
            if self.becomes(name, value) {
                changes.push(change);
            } else if self.differs(name) {
                return Err(self.not_modelled(name));
            }
        }
        Ok(changes)
    }

    /// How many requests are made at once. A client that makes fewer than its conditions allow is limited
    /// by something else, which stays unless a limit is asked for.
    fn workers(&self) -> Vec<Change> {
        let bound = |conditions: &ArmConditions<'_>| {
            conditions.limit().unwrap_or(usize::MAX).min(conditions.requests)
        };
        let (before, after) = (bound(self.before), bound(self.after));
        let had = self.replay.workers();
        let is_limited = had as f64 >= AT_LIMIT * before as f64;
        let is_asked = self.before.limit() != self.after.limit();
        // Where the limit changes, so does the number of connections that earlier batches have opened.
        let is_same = had == after && before == after;
        // An event loop that is too slow to reach its limit reaches it where requests take longer.
        let is_known = self.batch.has_event_loop && had > 1 && self.before.limit().is_some();
        let stays = if is_limited || is_known { is_same } else { !is_asked };
        if stays { Vec::new() } else { vec![Change::Workers(after)] }
    }

    /// How many requests are made at once in the end.
    fn final_workers(&self) -> usize {
        let changed = self.workers().pop();
        match changed {
            Some(Change::Workers(workers)) => workers,
            _ => self.batch.workers.len().min(self.after.requests),
        }
    }

    /// How many connections the pool keeps between batches; the others are opened in each.
    fn pool(&self) -> Result<Vec<Change>, Refusal> {
        let Some(kept) = self.after.most_kept() else { return Ok(Vec::new()) };
        let workers = self.final_workers();
        let had = self.before.most_kept().unwrap_or(kept).min(self.batch.workers.len());
        if kept >= workers {
            return Ok(self.larger_pool(kept, had));
        }
        let is_same = !self.differs("pool") && workers == self.batch.workers.len();
        if is_same && self.before.session() == self.after.session() {
            return Ok(Vec::new());
        }
        match self.after.session() {
            Session::Warm if self.batch.knows_openings() => Ok(vec![Change::KeptConnections(kept)]),
            Session::Warm => Err(Refusal::OpeningUnseen),
            // A pool that is too small closes connections in the middle of a batch too.
            Session::Cold if self.differs("pool") && kept < had => Err(self.not_modelled("pool")),
            Session::Cold => Ok(Vec::new()),
        }
    }

    /// A pool that is large enough closes no connections, and has more of them to look after.
    fn larger_pool(&self, kept: usize, had: usize) -> Vec<Change> {
        let causes = [Charge::Overflow, Charge::Pools];
        if !self.differs("pool") || !self.batch.has(&causes) {
            return Vec::new();
        }
        let times = kept.min(self.final_workers()) as f64 / had.max(1) as f64;
        vec![Change::without(&causes), Change::LargerPool(times)]
    }

    /// The version of HTTP.
    fn http(&self) -> Result<Vec<Change>, Refusal> {
        if !self.differs("http") {
            return Ok(Vec::new());
        }
        let strategy = &self.before.strategy;
        match self.after.value("http") {
            "2" if self.batch.has_streams => Ok(Vec::new()),
            "2" => Ok(vec![Change::Version(to_http2(
                strategy,
                self.after.session(),
                self.streams_allowed(),
            ))]),
            "1.1" if !self.batch.has_streams => Ok(Vec::new()),
            "1.1" => Ok(vec![Change::Version(to_http1(strategy, self.before.session()))]),
            _ => Err(self.not_modelled("http")),
        }
    }

    /// How many streams the server allows: as usual where it is not ours.
    fn streams_allowed(&self) -> usize {
        let limit = self.after.link.as_ref().map_or(StreamLimit::default(), |link| link.streams);
        usize::try_from(limit.0.get()).unwrap_or(usize::MAX)
    }

    fn link(&self) -> Result<Vec<Change>, Refusal> {
        if let Some(trip) = self.after.round_trip {
            self.batch.round_trip.ok_or(Refusal::RoundTripUnknown)?;
            return Ok(vec![Change::RoundTrip(trip)]);
        }
        let (Some(before), Some(after)) = (&self.before.link, &self.after.link) else {
            return Ok(Vec::new());
        };
        LinkDifference { before, after, batch: self.batch }.changes()
    }

    fn work(&self) -> Vec<Change> {
        let WorkFactor(factor) = self.after.work;
        if self.after.work == WorkFactor::UNCHANGED {
            return Vec::new();
        }
        vec![Change::ClientWork(factor)]
    }
}

struct LinkDifference<'d> {
    before: &'d Link,
    after: &'d Link,
    batch: &'d Batch,
}

impl LinkDifference<'_> {
    fn changes(&self) -> Result<Vec<Change>, Refusal> {
        let Self { before, after, batch } = *self;
        self.refuse_unknown()?;
        let mut changes = Vec::new();
        if before.tls != after.tls {
            if after.tls {
                return Err(Refusal::HandshakeUnseen);
            }
            changes.push(Change::Plain);
        }
        if before.rtt != after.rtt {
            changes.push(Change::RoundTrip(after.rtt));
        }
        if before.think != after.think {
            changes.push(Change::Think(after.think));
        }
        if before.capacity != after.capacity {
            let room = after.capacity.map(|capacity| capacity.get() as usize);
            changes.push(Change::Room(room));
        }
        if before.bandwidth != after.bandwidth {
            if batch.requests.iter().any(|request| request.bytes.is_none()) {
                return Err(Refusal::BytesUnknown);
            }
            changes.push(Change::Rate(after.bandwidth));
        }
        if before.streams != after.streams && batch.streams.is_some() {
            let streams = usize::try_from(after.streams.0.get()).unwrap_or(usize::MAX);
            changes.push(Change::Streams(Some(streams)));
        }
        if before.keepalive != after.keepalive {
            changes.push(Change::without(&[Charge::ClosedByServer]));
        }
        if before.fault != after.fault {
            changes.push(Change::without(&causes(&before.fault)));
        }
        Ok(changes)
    }

    fn refuse_unknown(&self) -> Result<(), Refusal> {
        let Self { before, after, .. } = *self;
        let refused =
            |name: &str, value: String| Setting { name: name.to_owned(), value }.not_modelled();
        if before.http != after.http {
            return Err(refused("http", after.http.to_string()));
        }
        if before.window != after.window {
            return Err(refused("window", after.window.to_string()));
        }
        if before.jitter != after.jitter {
            return Err(refused("jitter", after.jitter.to_string()));
        }
        if before.loss != after.loss {
            let value = after.loss.map_or("none".to_owned(), |loss| loss.to_string());
            return Err(refused("loss", value));
        }
        if before.body != after.body {
            return Err(refused("body", after.body.map_or(String::new(), |body| body.to_string())));
        }
        if let Some(keepalive) = after.keepalive.filter(|_| before.keepalive != after.keepalive) {
            return Err(refused("keepalive", keepalive.to_string()));
        }
        let is_added = before.fault != after.fault && !after.fault.are_none();
        if is_added {
            return Err(refused("fault", after.fault.to_string()));
        }
        let fails = before.fault.truncate.is_some() || before.fault.unauthorized;
        if fails && before.fault != after.fault {
            return Err(refused("fault", "none".to_owned()));
        }
        Ok(())
    }
}

/// What the faults of a server add to its requests.
fn causes(faults: &Faults) -> Vec<Charge> {
    let mut causes = Vec::new();
    if faults.nagle {
        causes.extend([Charge::DelayedAck, Charge::SlowBody]);
    }
    if faults.slow.is_some() {
        causes.push(Charge::Straggle);
    }
    if faults.throttle.is_some() {
        causes.push(Charge::Throttle);
    }
    if faults.redirect {
        causes.push(Charge::Redirect);
    }
    if faults.early_close.is_some() {
        causes.extend([Charge::ClosedByServer, Charge::ExtraRequest]);
    }
    causes
}
