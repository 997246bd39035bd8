//! What writing and reading a recording costs: `cargo bench -p batchmark-model`.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use model::recording::{Recording, RecordingLine, Writer};
use model::time::Span;
use model::trace::Milestone;
use model::trial::{Outcome, Trial};

/// A small recording, whose trials are repeated.
const SMALL: &[u8] = include_bytes!("../src/recording/oldest.jsonl");
/// The batch sizes; the last is long enough to be packed.
const BATCHES: [usize; 3] = [1, 16, 10_000];
/// The requests of all trials together.
const REQUESTS: usize = 20_000;

fn main() {
    divan::main();
}

#[divan::bench(args = BATCHES)]
fn write(bencher: Bencher<'_, '_>, batch: usize) {
    let lines = lines(batch);
    bencher.counter(BytesCount::new(written(&lines).len())).bench(|| written(black_box(&lines)));
}

#[divan::bench(args = BATCHES)]
fn read(bencher: Bencher<'_, '_>, batch: usize) {
    let bytes = written(&lines(batch));
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| Recording::read(black_box(bytes.as_slice())).map(drop));
}

fn written(lines: &[RecordingLine]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    for line in lines {
        writer.append(line.clone()).expect("memory takes every line");
    }
    bytes
}

/// A header and trials of `batch` requests each.
fn lines(batch: usize) -> Vec<RecordingLine> {
    let recording = Recording::read(SMALL).expect("the small recording can be read");
    let trial = recording.trials.last().expect("the small recording has trials");
    let trial = RecordingLine::Trial(Box::new(with_requests(trial.clone(), batch)));
    let mut lines = vec![RecordingLine::Header(Box::new(recording.header))];
    lines.extend(std::iter::repeat_n(trial, REQUESTS / batch));
    lines
}

fn with_requests(mut trial: Trial, batch: usize) -> Trial {
    let Outcome::Ran(run) = &mut trial.outcome else { return trial };
    for (milestone, micros) in
        [(Milestone::Submitted, 1), (Milestone::Sent, 90), (Milestone::FirstByte, 11_400)]
    {
        let at = |request: usize| Span::from_nanos(1000 * (micros + 7 * request as u64));
        run.columns.milestones[milestone] = Some((0..batch).map(|it| Some(at(it))).collect());
    }
    run.columns.status = Some(vec![Some(200); batch]);
    run.columns.bytes = Some(vec![Some(83); batch]);
    let witness = trial.witness.as_mut();
    let rows = witness.map(|witness| (witness.requests.first().cloned(), witness));
    if let Some((Some(row), witness)) = rows {
        witness.requests = vec![row; batch].into();
    }
    trial
}
