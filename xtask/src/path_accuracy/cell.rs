//! One strategy over one link: the errors of its path against the endpoint's record, as medians of
//! trials.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use evidence::examine;
use model::arm::{Arm, ArmName};
use model::http_version::HttpVersion;
use model::link::Link;
use model::phase::{PerPhase, Phase};
use model::plan::Plan;
use model::recording::Recording;
use model::trial::Trial;
use model::witness::{ConnectionRow, RequestRow, Witness};

/// Whether only the endpoint decides how long a phase takes.
const fn is_bounded(phase: Phase) -> bool {
    !matches!(phase, Phase::Client | Phase::Queue | Phase::Tls)
}

/// What the label of an arm says that makes one request after another although it could make more.
pub(crate) const IN_TURN: &str = "concurrency=1";

/// The accepted error of a phase: a fraction of the batch, or seconds.
const WITHIN_SHARE: f64 = 0.01;
const WITHIN_SECONDS: f64 = 0.000_15;

/// The endpoint's record of the requests on a trial's path.
struct OnPath<'a> {
    witness: &'a Witness,
    paths: BTreeSet<String>,
    half_rtt: f64,
}

impl<'a> OnPath<'a> {
    /// The seconds of a phase in the endpoint's record.
    fn seconds(&self, phase: Phase) -> f64 {
        match phase {
            Phase::Connect => self.connections().map(|row| self.syn(row)).sum(),
            Phase::Tls => self.connections().map(|row| self.handshake(row)).sum(),
            Phase::Wait => self.requests().map(|row| self.residence(row)).sum(),
            Phase::Receive => self.requests().map(departure).sum(),
            Phase::Client | Phase::Queue | Phase::Dns | Phase::Send => 0.0,
        }
    }

    fn requests(&self) -> impl Iterator<Item = &'a RequestRow> {
        self.witness.requests.iter().filter(|row| self.paths.contains(&row.path))
    }

    /// The connections that were opened for requests on the path.
    fn connections(&self) -> impl Iterator<Item = &'a ConnectionRow> {
        let opened: BTreeSet<u64> =
            self.requests().filter(|row| row.ordinal == 0).map(|row| row.connection).collect();
        self.witness.connections.iter().filter(move |row| opened.contains(&row.id))
    }

    /// How long the endpoint kept a request, without the SYN: on a plain connection, the SYN is held
    /// with the first request.
    fn residence(&self, row: &RequestRow) -> f64 {
        let kept =
            row.first_byte_out.map_or(0.0, |out| out.saturating_sub(row.last_byte_in).as_secs());
        let plain = |connection: &&ConnectionRow| {
            connection.id == row.connection && row.ordinal == 0 && connection.tls.is_none()
        };
        let first_on = self.witness.connections.iter().find(plain);
        kept - first_on.map_or(0.0, |connection| self.syn(connection))
    }

    /// The round trip of the SYN, which is held with the first bytes.
    fn syn(&self, row: &ConnectionRow) -> f64 {
        let held = row.first_byte_hold.map_or(0.0, |hold| hold.as_secs());
        // Without a link, nothing is held for the SYN.
        (held - self.half_rtt).max(0.0).min(2.0 * self.half_rtt)
    }

    /// The holds of a handshake, without the SYN, up to the server's last flight: the client does not
    /// wait for its own last flight.
    fn handshake(&self, row: &ConnectionRow) -> f64 {
        match (row.first_byte_hold, row.handshake_out_hold) {
            (Some(first), Some(out)) => first.as_secs() - self.syn(row) + out.as_secs(),
            _ => 0.0,
        }
    }
}

fn departure(row: &RequestRow) -> f64 {
    let first = row.first_byte_out.unwrap_or_default();
    row.last_byte_out.map_or(0.0, |last| last.saturating_sub(first).as_secs())
}

/// One strategy over one link.
pub(crate) struct AccuracyCell {
    /// The arm.
    pub(crate) arm: ArmName,
    link: Link,
    batch: f64,
    /// In how many trials the streams were counted.
    pub(crate) counted: usize,
    /// For each phase, the median of the path's seconds minus the endpoint's.
    errors: PerPhase<f64>,
}

impl AccuracyCell {
    /// Compares the counted trials of an arm with the endpoint's record.
    pub(crate) fn measure(
        link: &Link,
        plan: &Plan,
        arm: &Arm,
        recording: &Recording,
    ) -> Result<Self> {
        let counted = |trial: &&Trial| trial.arm == arm.name && trial.place().is_some();
        let trials: Vec<&Trial> = recording.trials.iter().filter(counted).collect();
        let errors: Vec<PerPhase<f64>> = trials
            .iter()
            .map(|trial| errors(link, plan, arm, trial))
            .collect::<Option<_>>()
            .with_context(|| format!("a trial of {} has no path", arm.name))?;
        let counted = if link.http == HttpVersion::Http1 { 0 } else { trials.len() };
        if counted > 0 {
            trials.iter().try_for_each(|trial| check_streams(arm, trial))?;
        }
        let of_phase = |phase: Phase| median(errors.iter().map(|errors| errors[phase]).collect());
        let batches = trials.iter().filter_map(|trial| trial.batch_time());
        Ok(Self {
            arm: arm.name.clone(),
            link: link.clone(),
            batch: median(batches.map(|time| time.as_secs()).collect()),
            counted,
            errors: PerPhase::from_fn(of_phase),
        })
    }

    /// Whether a sequential cell is within its bounds; none for a concurrent cell.
    pub(crate) fn passes(&self) -> Option<bool> {
        let within = (WITHIN_SHARE * self.batch).max(WITHIN_SECONDS);
        let is_within = self
            .errors
            .iter()
            .filter(|(phase, _)| is_bounded(*phase))
            .all(|(_, error)| error.abs() <= within);
        let is_sequential = ["/sequential", IN_TURN].iter().any(|mark| self.arm.0.contains(mark));
        is_sequential.then_some(is_within)
    }

    /// The cell as a line. The client's own phases are compared with `reference`, the same cell
    /// without a link.
    pub(crate) fn row(&self, reference: Option<&Self>) -> String {
        let error = |phase: Phase| match reference.filter(|_| !is_bounded(phase)) {
            Some(reference) => self.errors[phase] - reference.errors[phase],
            None => self.errors[phase],
        };
        let errors: String =
            Phase::ALL.into_iter().map(|phase| format!("{:>8.3}", 1e3 * error(phase))).collect();
        let verdict = match self.passes() {
            Some(false) => "  beyond the bound",
            Some(true) | None => "",
        };
        let name = format!("{} {}", self.arm, self.link);
        format!("{name:<58} {:>7.2}  {errors}{verdict}", 1e3 * self.batch)
    }
}

/// Checks that the endpoint counted each request of a batch as one stream, and no other.
fn check_streams(arm: &Arm, trial: &Trial) -> Result<()> {
    let witness = trial.witness.as_ref().context("the endpoint saw nothing of a trial")?;
    let requests = arm.batch_size.requests();
    let streams: BTreeSet<(u64, u64)> =
        witness.requests.iter().filter_map(|row| Some((row.connection, row.stream?.id))).collect();
    let opened: u64 = witness
        .connections
        .iter()
        .filter_map(|row| row.streams)
        .map(|streams| streams.opened)
        .sum();
    let opens = witness.connections.iter().any(|row| row.requests > 0);
    ensure!(
        streams.len() == requests && (!opens || opened == requests as u64),
        "{}: {} streams of {opened} in a batch of {requests}",
        arm.name,
        streams.len()
    );
    Ok(())
}

fn errors(link: &Link, plan: &Plan, arm: &Arm, trial: &Trial) -> Option<PerPhase<f64>> {
    let path = examine(plan, arm, trial)?.path?;
    let on_path = OnPath {
        witness: trial.witness.as_ref()?,
        // The todos are fetched in the order of their numbers, which start at 1.
        paths: path
            .segments()
            .filter_map(|segment| segment.request)
            .map(|request| format!("/todos/{}", request + 1))
            .collect(),
        half_rtt: link.rtt.half().as_secs(),
    };
    let times = path.times();
    Some(PerPhase::from_fn(|phase| times.phases[phase].as_secs() - on_path.seconds(phase)))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
