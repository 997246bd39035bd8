//! Synthetic recordings: four trials of one arm before the embedded endpoint or a foreign server.

use model::recording::{Recording, StopReason};
use model::target::Request;
use model::time::Span;
use model::witness::RequestRow;
use test_support::sample::Sample;
use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};

pub(super) const TRIALS: u32 = 4;

const CONNECTIONS: u64 = 64;

model::closed_list! {
    /// What the requests of a recording look like.
    pub(super) enum RecordingShape {
        /// 64 connections that are reused, as `hyper/async` uses them.
        Reused = "reused",
        /// One request after another on one connection.
        Sequential = "sequential",
        /// 64 requests at a time, each on a connection of its own.
        ConnectionEach = "connection-each",
        /// As `reused`, before a foreign server: there is no witness.
        Foreign = "foreign",
        /// As `reused`, with every tenth request refused at first.
        Refused = "refused",
        /// As `reused`, with the same path for all requests.
        SamePath = "same-path",
    }
}

impl RecordingShape {
    /// A recording of trials with `batch` requests each.
    pub(super) fn recording(self, batch: u32) -> Recording {
        let label = format!("hyper/async:concurrency={}", self.workers());
        let mut sample = Sample::new(&[(&label, batch)]);
        let plan = sample.plan();
        plan.arms[0].conditions.insert("concurrency".to_owned(), self.workers().to_string());
        plan.targets[0].target.requests = (1..=batch).map(|number| self.request(number)).collect();
        let name = plan.arms[0].name.0.clone();
        for trial in 0..TRIALS {
            sample.block(&[(&name, 0)]);
            let trial = self.trial(trial, batch);
            let run = sample.last_run();
            run.finished = run.started + trial.end();
            run.columns = trial.columns;
            sample.last_trial().witness = Some(trial.witness);
        }
        let sample = if self == Self::Foreign { sample.without_witness() } else { sample };
        sample.end(StopReason::Blocks)
    }

    const fn workers(self) -> u64 {
        match self {
            Self::Sequential => 1,
            _ => CONNECTIONS,
        }
    }

    fn request(self, number: u32) -> Request {
        let path = if self == Self::SamePath { 1 } else { number };
        Request {
            method: "GET".to_owned(),
            url: format!("https://127.0.0.1:40001/todos/{path}"),
            body: None,
        }
    }

    fn trial(self, trial: u32, batch: u32) -> SyntheticTrial {
        let opened = if self == Self::ConnectionEach { Opening::Always } else { Opening::Once };
        let steps: Vec<Steps> = (0..batch).map(|request| steps(trial, request)).collect();
        let mut trial = SyntheticTrial::over(self.workers(), opened, 1_000, &steps);
        let rows = &mut trial.witness.requests;
        match self {
            Self::SamePath => rows.iter_mut().for_each(|row| row.path = "/todos/1".to_owned()),
            Self::Refused => {
                let refused: Vec<RequestRow> = rows.iter().step_by(10).map(refused).collect();
                rows.extend(refused);
            }
            _ => {}
        }
        trial
    }
}

/// The refusal of a request, one microsecond before it was made again.
fn refused(row: &RequestRow) -> RequestRow {
    let last_byte_in = row.last_byte_in.saturating_sub(Span::from_nanos(1_000));
    RequestRow { status: 429, connection: u64::MAX, last_byte_in, ..row.clone() }
}

/// The steps of a request, whose wait differs from request to request.
fn steps(trial: u32, request: u32) -> Steps {
    let mixed = (request + 7 * trial).wrapping_mul(2_654_435_761) >> 20;
    Steps { wait: 11_200 + u64::from(mixed), ..Steps::default() }
}
