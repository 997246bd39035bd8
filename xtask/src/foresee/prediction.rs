//! Asks the program what a recorded client would take in another cell: `batchmark whatif`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use explain::Estimate;
use serde::Deserialize;

use super::cell::{AtOnce, Cell};
use super::client::{Client, Subject};
use crate::program;

/// What the program predicts for an arm.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Prediction {
    arm: String,
    seconds: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// What limits the batch.
    pub(crate) bottleneck: Option<String>,
    /// Whether the cell is outside what the recording shows.
    #[serde(default)]
    pub(crate) extrapolated: bool,
    /// Why nothing is predicted.
    pub(crate) refused: Option<String>,
}

#[derive(Deserialize)]
struct PredictionsJson {
    predictions: Vec<Prediction>,
}

impl Prediction {
    /// The predicted time; nothing where the program refuses.
    pub(crate) fn time(&self) -> Option<Estimate> {
        let seconds = self.seconds.filter(|_| self.refused.is_none())?;
        Some(Estimate { seconds, low: self.low, high: self.high })
    }
}

/// The predictions for a client in a cell, from a recording of that client.
#[derive(Debug)]
pub(crate) struct Predictions {
    predictions: Vec<Prediction>,
}

impl Predictions {
    /// Asks the program.
    pub(crate) fn ask(recording: &Path, client: Client, cell: &Cell) -> Result<Self> {
        let mut command = program::command()?;
        command.arg("whatif").arg(recording).args(words(client, cell));
        let output = command.output().context("cannot start the program")?;
        // 1 says that no arm could be predicted.
        if !matches!(output.status.code(), Some(0 | 1)) {
            bail!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
        }
        Self::parse(&output.stdout)
    }

    /// Reads the program's answer.
    pub(crate) fn parse(json: &[u8]) -> Result<Self> {
        let read: PredictionsJson =
            serde_json::from_slice(json).context("cannot read the predictions")?;
        Ok(Self { predictions: read.predictions })
    }

    /// The prediction for one of the client's sessions. An arm's name holds its session.
    pub(crate) fn find(&self, subject: Subject) -> Option<&Prediction> {
        let session = format!("session={}", subject.session.name());
        self.predictions.iter().find(|prediction| prediction.arm.contains(&session))
    }
}

/// The options that describe a cell.
fn words(client: Client, cell: &Cell) -> Vec<String> {
    let AtOnce(at_once) = cell.at_once;
    let settings = [format!("{}={at_once}", client.limit)].into_iter().chain(cell.link_settings());
    let mut words: Vec<String> =
        settings.flat_map(|setting| ["--set".to_owned(), setting]).collect();
    words.extend(["-b".to_owned(), cell.batch.to_string()]);
    words.extend(["--json", "-"].map(str::to_owned));
    words
}

#[cfg(test)]
mod tests {
    use super::super::client::{CLIENTS, Session};
    use super::*;
    use model::arm::BatchSize;

    #[test]
    fn a_cell_is_asked_for_with_its_limit_its_link_and_its_batch_size() {
        let cell = Cell { batch: BatchSize(64), at_once: AtOnce(8), link: Cell::base_link() };
        assert_eq!(
            words(CLIENTS[0], &cell).join(" "),
            "--set workers=8 --set rtt=11ms --set tls=on --set bandwidth=none --set capacity=none \
             -b 64 --json -"
        );
    }

    #[test]
    fn finds_the_prediction_of_a_session_and_takes_no_time_from_a_refusal() {
        let json = br#"{"predictions": [
            {"arm": "a/x:session=cold@64", "seconds": 0.1, "low": 0.09, "high": 0.12,
             "bottleneck": "workers", "extrapolated": true, "refused": null},
            {"arm": "a/x:session=warm@64", "seconds": 0.2, "low": null, "high": null,
             "bottleneck": null, "extrapolated": false, "refused": "Its threads were not seen."}]}"#;
        let predictions = Predictions::parse(json).expect("reads");
        let find = |session| predictions.find(Subject { client: CLIENTS[0], session });
        let cold = find(Session::Cold).expect("is predicted");
        assert_eq!(cold.time().map(|time| time.seconds), Some(0.1));
        assert!(cold.extrapolated);
        assert_eq!(find(Session::Warm).expect("is listed").time(), None);
    }
}
