//! What the client's threads did meanwhile: a line a thread, with its states as letters over time.

use explain::waterfall::{ThreadLane, Waterfall};
use model::socket::ThreadWait;
use words::waterfall as said;

use super::GAP;
use super::cells::{Part, cells};
use super::scale::Scale;
use crate::style::Style;
use crate::text;

/// The maximum number of threads.
const MOST: usize = 8;
/// The most columns that the name of a thread takes.
const WIDEST: usize = 16;

/// The letter of a state: capitals, because small letters are phases.
const fn letter(wait: Option<ThreadWait>) -> char {
    match wait {
        None => '#',
        Some(ThreadWait::Network) => 'N',
        Some(ThreadWait::Timer) => 'T',
        Some(ThreadWait::Sleep) => 'S',
        Some(ThreadWait::InterpreterLock) => 'G',
        Some(ThreadWait::Lock) => 'L',
        Some(ThreadWait::Child) => 'C',
        Some(ThreadWait::Lookup) => 'D',
        Some(ThreadWait::File) => 'F',
    }
}

/// The threads that are shown.
fn shown<'w>(waterfall: &'w Waterfall<'_>) -> &'w [ThreadLane] {
    &waterfall.threads[..waterfall.threads.len().min(MOST)]
}

/// How wide the names of the threads are; 0 without threads.
pub(super) fn names_width(waterfall: &Waterfall<'_>) -> usize {
    let widths = shown(waterfall).iter().map(|lane| text::width(&said::thread(lane)));
    widths.max().unwrap_or(0).min(WIDEST)
}

/// The lanes below the rows of a picture, whose bars begin after `indent` columns, and what their letters
/// mean; nothing without threads.
pub(super) fn lines(
    waterfall: &Waterfall<'_>,
    indent: usize,
    scale: Scale,
    style: Style,
) -> Vec<String> {
    let lanes = shown(waterfall);
    if lanes.is_empty() {
        return Vec::new();
    }
    let states: Vec<Vec<Option<Option<ThreadWait>>>> =
        lanes.iter().map(|lane| cells(&parts(lane), scale)).collect();
    let title = said::threads(lanes.len(), waterfall.threads.len() - lanes.len());
    let mut lines = text::wrap(&title, style.columns(), 0);
    lines.extend(lanes.iter().zip(&states).map(|(lane, states)| {
        let bar: String = states.iter().map(|state| state.map_or(' ', letter)).collect();
        let name: String = said::thread(lane).chars().take(WIDEST).collect();
        format!("{:indent$}{bar}{GAP}{name}", "")
    }));
    let name = |wait: Option<ThreadWait>| match wait {
        None => said::AWAKE,
        Some(wait) => words::threads::state(wait.into()),
    };
    let all = std::iter::once(None).chain(ThreadWait::ALL.into_iter().map(Some));
    let seen = all.filter(|wait| states.iter().flatten().any(|state| *state == Some(*wait)));
    let legend: Vec<String> = seen.map(|wait| format!("{} {}", letter(wait), name(wait))).collect();
    lines.extend(text::list(&legend, GAP, style.columns()));
    lines
}

fn parts(lane: &ThreadLane) -> Vec<Part<Option<ThreadWait>>> {
    let stretches = lane.stretches.iter();
    stretches.map(|part| Part { from: part.from, to: part.to, kind: part.wait }).collect()
}
