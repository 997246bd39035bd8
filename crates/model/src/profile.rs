//! A profile of a trial: which place of the code each thread of the client was in, sampled over time.
//!
//! It holds places of the code only, never a value of a variable or a byte of a message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Span;

/// What a driver sampled while a batch ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// The system's number of the thread that took the samples; null where none of the client did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampler: Option<u32>,
    /// When samples were taken, in nanoseconds after the batch's start, in order. A sample covers
    /// the time since the one before it.
    pub times: Vec<Span>,
    /// The places of the code that the samples refer to.
    pub places: Vec<CodePlace>,
    /// The samples, as columns with one entry a sample. A thread that was in no place that is worth
    /// reporting has none at that time.
    pub samples: Samples,
}

/// A place of the code: a line, and what is called on it.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct CodePlace {
    /// The file, relative to the working directory or as its package names it.
    pub file: String,
    /// The line, from 1 on.
    pub line: u32,
    /// The function that the line belongs to.
    pub function: String,
    /// The function of a library that is called on the line, such as `json.loads`; null where the line
    /// itself runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// The innermost function under `library`, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<String>,
}

crate::closed_list! {
    /// How a thread was in a place of the code.
    pub enum SampleState {
        /// The thread ran there, or waited in a call that it made there.
        Inside = "inside",
        /// The thread's event loop waited, and the task that it runs next was suspended there by a timer.
        Suspended = "suspended",
    }
}

/// Samples as columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Samples {
    /// When each was taken, by its place in `times`.
    pub time: Vec<u32>,
    /// The system's number of each one's thread.
    pub thread: Vec<u32>,
    /// How the thread was in the place.
    pub state: Vec<SampleState>,
    /// The place of each, by its position in `places`.
    pub place: Vec<u32>,
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// When the sample before it was taken, or the batch began.
    pub from: Span,
    /// When it was taken.
    pub to: Span,
    /// The system's number of its thread.
    pub thread: u32,
    /// How the thread was in the place.
    pub state: SampleState,
    /// The place.
    pub place: &'a CodePlace,
}

/// Why a profile cannot be of a trial.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadProfile {
    /// The columns have different lengths.
    #[error("the columns of its profile have different lengths")]
    Length,
    /// A sample refers to a time or a place that is not there.
    #[error("sample {0} of its profile refers to a time or a place that is not there")]
    Reference(usize),
    /// The times are not in order, or one is after the end of the batch.
    #[error("the times of its profile are not in order, or after the end of the batch")]
    Times,
}

impl Profile {
    /// Checks that the profile can be that of a batch of this length.
    ///
    /// # Errors
    /// Names the first contradiction.
    pub fn check(&self, batch: Span) -> Result<(), BadProfile> {
        let Samples { time, thread, state, place } = &self.samples;
        if [thread.len(), state.len(), place.len()] != [time.len(); 3] {
            return Err(BadProfile::Length);
        }
        if !self.times.is_sorted() || self.times.last().is_some_and(|last| *last > batch) {
            return Err(BadProfile::Times);
        }
        let is_bad = |sample: usize| self.sample(sample).is_none();
        match (0..time.len()).find(|&sample| is_bad(sample)) {
            Some(sample) => Err(BadProfile::Reference(sample)),
            None => Ok(()),
        }
    }

    /// The samples, in the order of the columns. Those of a faulty profile that refer to nothing are left
    /// out.
    pub fn samples(&self) -> impl Iterator<Item = Sample<'_>> {
        (0..self.samples.time.len()).filter_map(|sample| self.sample(sample))
    }

    fn sample(&self, sample: usize) -> Option<Sample<'_>> {
        let Samples { time, thread, state, place } = &self.samples;
        let time = usize::try_from(*time.get(sample)?).ok()?;
        let before = time.checked_sub(1).and_then(|before| self.times.get(before));
        Some(Sample {
            from: before.copied().unwrap_or_default(),
            to: *self.times.get(time)?,
            thread: *thread.get(sample)?,
            state: *state.get(sample)?,
            place: self.places.get(usize::try_from(*place.get(sample)?).ok()?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"sampler":9,"times":[1000,2500],
        "places":[{"file":"my.py","line":14,"function":"one","library":"json.loads"}],
        "samples":{"time":[0,1],"thread":[7,7],"state":["inside","suspended"],"place":[0,0]}}"#;

    fn checked(text: &str) -> Result<(), BadProfile> {
        let profile: Profile = serde_json::from_str(text).expect("parses");
        profile.check(Span::from_nanos(3000))
    }

    #[test]
    fn a_sample_covers_the_time_since_the_one_before() {
        let profile: Profile = serde_json::from_str(WHOLE).expect("parses");
        let times: Vec<[u64; 2]> = profile
            .samples()
            .map(|sample| [sample.from.as_nanos(), sample.to.as_nanos()])
            .collect();
        assert_eq!(times, [[0, 1000], [1000, 2500]]);
        assert!(profile.samples().all(|sample| sample.place.line == 14 && sample.thread == 7));
    }

    #[test]
    fn a_profile_that_contradicts_itself_is_refused() {
        assert_eq!(checked(WHOLE), Ok(()));
        let broken = |from: &str, to: &str| checked(&WHOLE.replace(from, to));
        assert_eq!(broken("[7,7]", "[7]"), Err(BadProfile::Length));
        assert_eq!(broken(r#""place":[0,0]"#, r#""place":[0,1]"#), Err(BadProfile::Reference(1)));
        assert_eq!(broken(r#""time":[0,1]"#, r#""time":[2,1]"#), Err(BadProfile::Reference(0)));
        assert_eq!(broken("[1000,2500]", "[2500,1000]"), Err(BadProfile::Times));
        assert_eq!(broken("[1000,2500]", "[1000,3001]"), Err(BadProfile::Times));
    }
}
