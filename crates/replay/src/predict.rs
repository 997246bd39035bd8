//! Replays a batch under another condition, with what that does to the cores.

use crate::batch::{Batch, Resource};
use crate::change::{Change, apply_all};
use crate::simulate::{Replayed, simulate};

/// Where less than this share of the cores is in use, nothing waits for one.
const IDLE: f64 = 0.3;

/// The client never has more than this share of the cores: the server and the system need some.
const MOST: f64 = 0.9;

/// What a batch takes with these changes, made one after another.
pub fn predict(batch: &Batch, changes: &[Change]) -> Replayed {
    let changed = apply_all(batch, changes);
    let before = used(batch, &simulate(batch));
    let replayed = simulate(&changed);
    if before < IDLE {
        return replayed;
    }
    let relief = (crowd(used(&changed, &replayed)) / crowd(before)).min(1.0);
    let starved = batch.starved * (1.0 - relief);
    let relieved = [Change::Contention(relief), Change::ClientWork(1.0 - starved)];
    simulate(&apply_all(&changed, &relieved))
}

/// How long work waits for a core, in relation to other shares of the cores in use: as in a queue with
/// one server and random arrivals (Pollaczek and Khinchine, 1930).
fn crowd(used: f64) -> f64 {
    let used = used.clamp(0.0, MOST);
    used / (1.0 - used)
}

/// The share of the cores that the client used.
fn used(batch: &Batch, replayed: &Replayed) -> f64 {
    let busy = replayed.busy[Resource::Client] + replayed.busy[Resource::Core];
    let seconds = replayed.batch.as_secs() * batch.cores.max(1) as f64;
    if seconds > 0.0 { busy.as_secs() / seconds } else { 0.0 }
}
