//! What a trial adds to a batch of one request: the time from its start to the first submission, and from
//! the arrival of the answer to its end. The goal: together at most 5 µs.
//!
//! One process makes the same exchange in turn as trials of `floor/sequential` and by hand on a blocking
//! socket. The difference of a pair is what a trial adds to one write and one read: the floor's wait for its
//! sockets, its parser and its trace are part of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use host::clock::now;
use model::driver_protocol::{Command, Preparation, Reply, TrialDone, TrialOrder};
use model::json_lines::write_line;
use model::link::Link;
use model::plan::PlannedTarget;
use model::time::Span;
use model::trace::{Columns, Milestone};
use model::trial::TrialId;
use runner::process_groups::ProcessGroups;
use stats::describe::describe;

use crate::harness::{conditions, open, start_endpoint, strategies};
use crate::performance_page::{Publication, Table};

const STRATEGY: &str = "floor/sequential";
const SETTLING: u64 = 200;
const PAIRS: u64 = 5_000;

/// Measures pairs of an exchange by hand and a trial, and prints the quartiles of what a trial adds.
pub(crate) fn measure() -> Result<()> {
    let publication = Publication::take(&mut std::env::args().skip(2).collect());
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let link = Link { rtt: Span::ZERO, tls: false, ..Link::default() };
    let planned = open(&mut endpoint, &link, 1)?;
    let mut by_hand = ExchangeByHand::open(&planned)?;
    let mut trials = Trials::prepare(planned, &groups)?;
    let mut pairs = Vec::new();
    for round in 0..SETTLING + PAIRS {
        let pair = Pair { by_hand: by_hand.exchange()?, trial: trials.run(TrialId(round))? };
        if round >= SETTLING {
            pairs.push(pair);
        }
    }
    let mut page = Table::new("instrument-cost");
    page.line(&format!(
        "{STRATEGY}, a batch of one, {PAIRS} pairs in one process; quartiles in µs"
    ));
    let rows: [(&str, PartOfPair); 6] = [
        ("exchange by hand", |pair| pair.by_hand),
        ("trial", |pair| pair.trial.batch),
        ("  start to first submission", |pair| pair.trial.before),
        ("  answer to end", |pair| pair.trial.after),
        ("  both: the instrument", |pair| pair.trial.before + pair.trial.after),
        ("trial beyond the exchange", Pair::excess),
    ];
    for (name, value) in rows {
        page.line(&row(name, &pairs, value)?);
    }
    page.finish(publication)
}

/// A time that a pair holds.
type PartOfPair = fn(&Pair) -> Micros;

struct Pair {
    by_hand: Micros,
    trial: TrialTimes,
}

impl Pair {
    fn excess(&self) -> Micros {
        Micros(self.trial.batch.0 - self.by_hand.0)
    }
}

#[derive(Clone, Copy)]
struct Micros(f64);

impl std::ops::Add for Micros {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl From<Span> for Micros {
    fn from(span: Span) -> Self {
        Self(span.as_secs() * 1e6)
    }
}

/// The parts of a trial.
struct TrialTimes {
    batch: Micros,
    /// From its start to the first submission.
    before: Micros,
    /// From the read that brought the answer to its end.
    after: Micros,
}

fn row(name: &str, pairs: &[Pair], value: impl Fn(&Pair) -> Micros) -> Result<String> {
    let summary = describe(&pairs.iter().map(|pair| value(pair).0).collect::<Vec<_>>());
    let quartiles = [summary.lower_quartile, summary.median, summary.upper_quartile];
    let [low, median, high] = quartiles.map(|quartile| quartile.context("there are no pairs"));
    Ok(format!("  {name:<28} {:>8.2} {:>8.2} {:>8.2}", low?, median?, high?))
}

/// The same exchange again and again, on one blocking socket.
struct ExchangeByHand {
    socket: TcpStream,
    request: String,
    answer: Vec<u8>,
}

impl ExchangeByHand {
    /// Connects, and learns how long an answer is.
    fn open(planned: &PlannedTarget) -> Result<Self> {
        let url = planned.target.requests.first().context("there is no request")?.url;
        let rest = url.strip_prefix("http://").context("the endpoint is not plain")?;
        let (host, path) = rest.split_once('/').context("the URL has no path")?;
        let mut socket = TcpStream::connect(host)?;
        socket.set_nodelay(true)?;
        let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\naccept: */*\r\n\r\n");
        socket.write_all(request.as_bytes())?;
        let mut answer = vec![0; 64 * 1024];
        let length = socket.read(&mut answer)?;
        ensure!(answer[..length].ends_with(b"}"), "the answer came in parts");
        answer.truncate(length);
        Ok(Self { socket, request, answer })
    }

    fn exchange(&mut self) -> Result<Micros> {
        let started = now();
        self.socket.write_all(self.request.as_bytes())?;
        self.socket.read_exact(&mut self.answer)?;
        Ok(now().since(started).into())
    }
}

/// A driver on a thread of this process, whose session is warm.
struct Trials {
    orders: UnixStream,
    replies: BufReader<UnixStream>,
}

impl Trials {
    fn prepare(planned: PlannedTarget, groups: &ProcessGroups) -> Result<Self> {
        let specs = strategies(groups)?;
        let spec = specs.iter().find(|spec| spec.name == STRATEGY);
        let spec = spec.with_context(|| format!("there is no strategy {STRATEGY}"))?;
        let (ours, theirs) = UnixStream::pair()?;
        let input = BufReader::new(theirs.try_clone()?);
        thread::spawn(move || clients::serve(input, theirs));
        let mut trials = Self { orders: ours.try_clone()?, replies: BufReader::new(ours) };
        let preparation = Preparation {
            strategy: STRATEGY.to_owned(),
            conditions: conditions(spec, "warm"),
            target: planned.target,
            trace: true,
        };
        match trials.ask(&Command::Prepare(Box::new(preparation)))? {
            Reply::Ready { .. } => Ok(trials),
            other => bail!("the driver is not ready: {other:?}"),
        }
    }

    fn run(&mut self, id: TrialId) -> Result<TrialTimes> {
        let order = TrialOrder { id, requests: 1, warm_up: false, sample: None, profile: false };
        let Reply::Columns { columns, .. } = self.ask(&Command::Trial(order))? else {
            bail!("the driver sent no columns");
        };
        let Reply::Done(done) = self.reply()? else { bail!("the trial did not end") };
        TrialTimes::of(&columns, &done).context("the request failed, or was not observed")
    }

    fn ask(&mut self, command: &Command) -> Result<Reply> {
        write_line(&mut self.orders, command)?;
        self.reply()
    }

    fn reply(&mut self) -> Result<Reply> {
        let mut line = String::new();
        self.replies.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl TrialTimes {
    fn of(columns: &Columns, done: &TrialDone) -> Option<Self> {
        let batch = done.finished.since(done.started);
        let answered = done.started + columns.at(Milestone::FirstByte, 0)?;
        columns.at(Milestone::Done, 0)?;
        Some(Self {
            batch: batch.into(),
            before: columns.at(Milestone::Submitted, 0)?.into(),
            after: done.finished.since(answered).into(),
        })
    }
}
