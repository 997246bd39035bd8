//! Which lines of the code the client's own time passes on, by the profiled trials of an arm.
//!
//! The time is that of each profiled trial's own critical path, where it is charged to what the client
//! did, and the samples are those of the thread that matters there.

use std::collections::BTreeMap;

use model::profile::{CodePlace, Profile, Sample, SampleState};
use model::time::Span;

use crate::Examined;
use crate::account::{Charge, ClientPart, PerCharge};

/// The client's own time in the profiled trials of an arm, by its charge and the place of the code.
#[derive(Clone, Debug, Default)]
pub struct CodeTime<'a> {
    /// All of it, sampled or not.
    charged: PerCharge<Span>,
    sampled: PerCharge<BTreeMap<&'a CodePlace, Span>>,
}

/// A line of the code, and its share of what is charged to some causes.
#[derive(Clone, Debug, PartialEq)]
pub struct LineShare<'a> {
    /// The file.
    pub file: &'a str,
    /// The line, from 1 on.
    pub line: u32,
    /// The function that the line belongs to.
    pub function: &'a str,
    /// What the line calls, for most of its time; nothing where the line itself runs.
    pub library: Option<&'a str>,
    /// The innermost function below that, where one has most of its time.
    pub inner: Option<&'a str>,
    /// The share, from 0 to 1.
    pub share: f64,
}

/// A line, whatever it calls.
type LineKey<'a> = (&'a str, u32, &'a str);

impl<'a> CodeTime<'a> {
    pub(crate) fn new(trials: &[Examined<'a>]) -> Self {
        let mut time = Self::default();
        for trial in trials {
            if let Some(profile) = &trial.run.profile {
                time.add(trial, profile);
            }
        }
        time
    }

    fn add(&mut self, trial: &Examined<'a>, profile: &'a Profile) {
        let mut samples: BTreeMap<u32, Vec<Sample<'a>>> = BTreeMap::new();
        for sample in profile.samples() {
            samples.entry(sample.thread).or_default().push(sample);
        }
        for part in &trial.client_parts {
            let length = part.acting.to.saturating_sub(part.acting.from);
            self.charged[part.charge] = self.charged[part.charge] + length;
            let history = trial.threads.history(part.acting.thread);
            let thread = history.and_then(|history| history.thread().id);
            let of_thread = thread.and_then(|thread| samples.get(&thread));
            self.add_part(part, of_thread.map_or(&[][..], Vec::as_slice));
        }
    }

    fn add_part(&mut self, part: &ClientPart, samples: &[Sample<'a>]) {
        let first = samples.partition_point(|sample| sample.to <= part.acting.from);
        let inside = samples[first..].iter().take_while(|sample| sample.from < part.acting.to);
        for sample in inside.filter(|sample| can_be(sample.state, part.charge)) {
            let (from, to) = (sample.from.max(part.acting.from), sample.to.min(part.acting.to));
            let time = self.sampled[part.charge].entry(sample.place).or_default();
            *time = *time + to.saturating_sub(from);
        }
    }

    /// The lines by their shares of what is charged to these causes, the largest first.
    pub fn lines(&self, charges: &[Charge]) -> Vec<LineShare<'a>> {
        let whole: Span = charges.iter().map(|&charge| self.charged[charge]).sum();
        let mut lines: BTreeMap<LineKey<'a>, BTreeMap<&'a CodePlace, Span>> = BTreeMap::new();
        for (&place, &time) in charges.iter().flat_map(|&charge| &self.sampled[charge]) {
            let line = (place.file.as_str(), place.line, place.function.as_str());
            let of_place = lines.entry(line).or_default().entry(place).or_default();
            *of_place = *of_place + time;
        }
        let share = |(key, places)| line_share(key, &places, whole);
        let mut shares: Vec<LineShare<'a>> = lines.into_iter().map(share).collect();
        shares.sort_by(|one, other| other.share.total_cmp(&one.share));
        shares
    }
}

/// Whether a thread in this state can do what is charged: a suspended task only sleeps.
const fn can_be(state: SampleState, charge: Charge) -> bool {
    match state {
        SampleState::Inside => true,
        SampleState::Suspended => matches!(charge, Charge::Sleep | Charge::HeldBack),
    }
}

fn line_share<'a>(
    (file, line, function): LineKey<'a>,
    places: &BTreeMap<&'a CodePlace, Span>,
    whole: Span,
) -> LineShare<'a> {
    let library = most_of_all(places, |place| Some(place.library.as_deref()));
    let below = |place: &'a CodePlace| {
        (place.library.as_deref() == library).then_some(place.inner.as_deref())
    };
    let inner = most_of_all(places, below);
    let time: Span = places.values().copied().sum();
    let share = time.as_secs() / whole.as_secs().max(f64::MIN_POSITIVE);
    LineShare { file, line, function, library, inner, share: share.min(1.0) }
}

/// What has more than half of the time of all places; nothing where none has.
fn most_of_all<'a>(
    places: &BTreeMap<&'a CodePlace, Span>,
    name: impl Fn(&'a CodePlace) -> Option<Option<&'a str>>,
) -> Option<&'a str> {
    let mut times: BTreeMap<Option<&'a str>, Span> = BTreeMap::new();
    for (place, &time) in places {
        if let Some(name) = name(place) {
            let of_name = times.entry(name).or_default();
            *of_name = *of_name + time;
        }
    }
    let whole: Span = times.values().copied().sum();
    let (name, time) = times.into_iter().max_by_key(|&(_, time)| time)?;
    name.filter(|_| time + time > whole)
}

#[cfg(test)]
mod tests;
