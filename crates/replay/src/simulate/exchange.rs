//! The steps of a request that has a connection.

use model::time::Span;

use super::simulation::Simulation;
use super::task::{Connection, Task};
use crate::batch::{Resource, Step};

/// The maximum number of pieces of a transfer.
const MOST_PIECES: u64 = 64;

/// A step, or a transfer cut into pieces that take so long at most: other connections pass in between.
fn pieces(step: Step, piece: Span) -> impl Iterator<Item = Step> {
    let nanos = step.length.as_nanos();
    let is_cut = step.resource == Resource::Link && !piece.is_zero();
    let count = if is_cut { nanos.div_ceil(piece.as_nanos()).clamp(1, MOST_PIECES) } else { 1 };
    let length = nanos / count;
    (0..count).map(move |place| {
        let rest = if place == 0 { nanos % count } else { 0 };
        Step { length: Span::from_nanos(length + rest), ..step }
    })
}

impl Simulation<'_> {
    /// Lets a request that has a connection use it; `hold` is what holds the first bytes of a new one.
    pub(super) fn exchange(&mut self, task: usize, place: usize, hold: Option<Step>) {
        let batch = self.batch;
        self.shown.idle[place] = self.connections.idle;
        let Task { steps, turns, .. } = &mut self.tasks[task];
        let mut take_turn = |steps: &mut Vec<Step>, turn: usize| {
            turns[turn] = Some(steps.len());
            steps.push(Step::new(Resource::Client, Span::ZERO));
        };
        // What goes over a shared connection is written in turn, by another task of the client.
        if batch.streams.is_some() {
            take_turn(steps, 0);
        }
        if !batch.scan.is_zero() {
            steps.push(Step::new(Resource::Client, batch.scan.times(self.connections.idle as u64)));
        }
        let exchange = &batch.requests[place].exchange;
        let first = exchange.iter().position(|step| !step.is_work()).unwrap_or_default();
        let (writing, exchange) = exchange.split_at(first);
        steps.extend(writing);
        steps.extend(hold);
        if batch.streams.is_some() && batch.writes_together {
            take_turn(steps, 1);
        }
        // Streams do not take turns: they are written one after another.
        let piece = if batch.streams.is_some() { Span::ZERO } else { batch.piece };
        steps.extend(exchange.iter().flat_map(|step| pieces(*step, piece)));
        self.tasks[task].set_connection(Connection::Given);
    }
}
