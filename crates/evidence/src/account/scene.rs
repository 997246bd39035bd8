//! Everything that is known of a trial that succeeded, side by side: what was asked for, what both
//! witnesses say of each request, and the critical path.

use std::ops::Range;

use model::time::Span;
use model::trial::Run;
use model::witness::{Closer, ConnectionRow, Witness};

use crate::join::{self, Joined};
use crate::path::{Course, CriticalPath, courses, walk};
use crate::setting::{Session, Setting};
use crate::trials::Success;

/// A trial, set out to be accounted for.
#[derive(Debug)]
pub struct Scene<'a> {
    pub setting: &'a Setting<'a>,
    pub run: &'a Run,
    pub witness: Option<&'a Witness>,
    pub joined: Vec<Joined<'a>>,
    pub courses: Vec<Course>,
    pub path: CriticalPath,
}

impl<'a> Scene<'a> {
    /// Sets a trial out; nothing where no milestone of any request was observed.
    pub fn of(setting: &'a Setting<'a>, success: &Success<'a>) -> Option<Self> {
        let run = success.run;
        let witness = success.trial.witness.as_ref();
        let joined = join::of_trial(setting, run, witness);
        let courses = courses(setting, run, &joined);
        let path = walk(&courses, setting.limit, run.batch_time())?;
        Some(Self { setting, run, witness, joined, courses, path })
    }

    /// The requests, by their places in the columns.
    pub fn requests(&self) -> Range<usize> {
        0..self.courses.len()
    }

    /// How many bytes of a request's body the client tells of.
    pub fn told_bytes(&self, request: usize) -> Option<u64> {
        *self.run.columns.bytes.as_ref()?.get(request)?
    }

    /// The request at this place of the batch's list, by the path that it asks for; nothing where
    /// several ask for the same.
    pub fn asking_for(&self, path: &str) -> Option<usize> {
        let mut asking = (0..self.setting.paths.len()).filter(|&at| self.setting.paths[at] == path);
        asking.next().filter(|_| asking.next().is_none())
    }

    /// Why `request` had a connection opened that the batch might have had already; nothing where
    /// the connection was none too many, or nobody knows.
    pub fn reopened(&self, request: usize, place: usize) -> Option<Closer> {
        let opened = self.opening(request)?;
        if place == 0 && self.setting.session == Session::Cold {
            return None;
        }
        // What a warm session closes in one batch is missing in the next.
        let warm = self.setting.session == Session::Warm;
        let before = |row: &&ConnectionRow| {
            row.closed.is_some_and(|closed| warm || closed <= opened.accepted)
        };
        let closed = self.witness?.connections.iter().filter(before);
        let closed: Vec<&ConnectionRow> = closed.collect();
        let by = |closer| closed.iter().any(|row| row.closed_by == Some(closer));
        if by(Closer::Server) {
            return Some(Closer::Server);
        }
        by(Closer::Client).then_some(Closer::Client)
    }

    /// The connection that was opened for `request`.
    fn opening(&self, request: usize) -> Option<&'a ConnectionRow> {
        let joined = self.joined.get(request)?;
        let first = joined.request.is_some_and(|row| row.ordinal == 0);
        joined.connection.filter(|_| first)
    }

    /// How long the round trips of a TLS handshake take: the emulated link's, or as long as TCP's
    /// took where the link is not ours.
    pub fn handshake_trips(&self, request: usize) -> Span {
        use model::trace::Milestone::{Connected, Connecting};
        let agreed = self.opening(request).and_then(|row| row.tls.as_ref());
        let old = agreed.is_some_and(|tls| tls.version != "TLSv1.3" && !tls.resumed);
        let trips = if old { 2 } else { 1 };
        let milestones = &self.courses[request].milestones;
        let measured = milestones
            .at(Connected)
            .zip(milestones.at(Connecting))
            .map(|(connected, connecting)| connected.saturating_sub(connecting));
        let trip = if self.witness.is_some() {
            self.setting.round_trip
        } else {
            measured.unwrap_or_default()
        };
        trip.times(trips)
    }
}
