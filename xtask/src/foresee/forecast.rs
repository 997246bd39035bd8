//! What is predicted for a subject in a cell, before it is measured, and what was measured then.

use std::fmt;

use anyhow::{Context, Result};
use explain::Estimate;

use super::arm_times::ArmTimes;
use super::baselines::{LearnedCell, line, waves};
use super::cell::Cell;
use super::client::{CLIENTS, Client, Subject};
use super::grid::LEARNED;
use super::prediction::{Prediction, Predictions};
use super::runs::{Runs, learned_cell};
use super::score::{CellIndex, Checked};

/// Who predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Predictor {
    /// `batchmark whatif`.
    Program,
    /// The straight line over batch sizes.
    Line,
    /// Waves.
    Waves,
}

impl Predictor {
    /// All of them, the program first.
    pub(crate) const ALL: [Self; 3] = [Self::Program, Self::Line, Self::Waves];
}

impl fmt::Display for Predictor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Program => "batchmark whatif",
            Self::Line => "straight line",
            Self::Waves => "waves",
        })
    }
}

/// All predictions for a subject in a cell.
#[derive(Clone, Debug)]
pub(crate) struct Forecast {
    pub(crate) cell: CellIndex,
    pub(crate) subject: Subject,
    pub(crate) program: Prediction,
    line: Option<f64>,
    waves: Option<f64>,
}

impl Forecast {
    /// The forecast of the program and of the baselines that know these cells.
    pub(crate) fn new(
        cell: CellIndex,
        subject: Subject,
        program: &Prediction,
        learned: &[LearnedCell],
        predicted: &Cell,
    ) -> Self {
        Self {
            cell,
            subject,
            program: program.clone(),
            line: line(learned, predicted),
            waves: waves(learned, predicted),
        }
    }

    /// The forecast beside what was measured.
    pub(crate) fn check(&self, predictor: Predictor, measured: Estimate) -> Checked {
        let alone = |seconds: f64| Estimate { seconds, low: None, high: None };
        let predicted = match predictor {
            Predictor::Program => self.program.time(),
            Predictor::Line => self.line.map(alone),
            Predictor::Waves => self.waves.map(alone),
        };
        Checked { cell: self.cell, subject: self.subject, predicted, measured }
    }
}

/// A forecast and what was measured.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) forecast: Forecast,
    pub(crate) measured: Estimate,
}

impl Outcome {
    /// The prediction of one predictor beside what was measured.
    pub(crate) fn check(&self, predictor: Predictor) -> Checked {
        self.forecast.check(predictor, self.measured)
    }
}

/// Learns each client in the learned cells, and predicts all others.
pub(crate) fn forecast(runs: &Runs<'_>, cells: &[Cell]) -> Result<Vec<Forecast>> {
    let mut forecasts = Vec::new();
    for tls in [true, false] {
        for client in CLIENTS {
            let of_link = cells.iter().enumerate().filter(|(_, cell)| cell.link.tls == tls);
            forecasts.extend(forecast_client(runs, client, tls, of_link)?);
        }
    }
    Ok(forecasts)
}

fn forecast_client<'c>(
    runs: &Runs<'_>,
    client: Client,
    tls: bool,
    cells: impl Iterator<Item = (usize, &'c Cell)>,
) -> Result<Vec<Forecast>> {
    let recording = runs.learn(client, tls)?;
    let times = ArmTimes::read(&recording)?;
    let mut forecasts = Vec::new();
    for (index, cell) in cells {
        let predictions = Predictions::ask(&recording, client, cell)
            .with_context(|| format!("{} in {cell}", client.strategy))?;
        for subject in Subject::both(client) {
            let program = predictions.find(subject).context("an arm is missing")?;
            let learned = learned_cells(&times, subject, tls);
            forecasts.push(Forecast::new(CellIndex(index), subject, program, &learned, cell));
        }
    }
    Ok(forecasts)
}

fn learned_cells(times: &ArmTimes, subject: Subject, tls: bool) -> Vec<LearnedCell> {
    let learned = |batch| {
        Some(LearnedCell { cell: learned_cell(batch, tls), time: times.find(subject, batch)? })
    };
    LEARNED.into_iter().filter_map(learned).collect()
}

/// Measures the cells and puts what was measured beside the forecasts.
pub(crate) fn measure(
    runs: &Runs<'_>,
    index: CellIndex,
    cell: &Cell,
    forecasts: &[Forecast],
) -> Result<Vec<Outcome>> {
    let times = ArmTimes::read(&runs.check(index, cell)?)?;
    let of_cell = forecasts.iter().filter(|forecast| forecast.cell == index);
    let outcome = |forecast: &Forecast| {
        let measured = times.find(forecast.subject, cell.batch);
        let measured =
            measured.with_context(|| format!("no batch of an arm succeeded in {cell}"))?;
        Ok(Outcome { forecast: forecast.clone(), measured })
    };
    of_cell.map(outcome).collect()
}
