//! Synthetic profiles. Times are milliseconds after the start of the trial.

use model::profile::{CodePlace, Profile, SampleState, Samples};
use model::time::Span;

/// A sample: when it was taken, of which thread, how that was in the place, and the line.
pub type MillisSample = (u64, u32, SampleState, u32);

/// A line of `my.py`.
pub fn code_place(line: u32) -> CodePlace {
    CodePlace {
        file: "my.py".to_owned(),
        line,
        function: "one".to_owned(),
        library: None,
        inner: None,
    }
}

/// A profile of these samples, in order. `places` has the place of each line; a line without one calls
/// nothing.
pub fn profile(samples: &[MillisSample], places: &[CodePlace]) -> Profile {
    let mut profile = Profile { places: places.to_vec(), ..Profile::default() };
    let mut columns = Samples::default();
    for &(at, thread, state, line) in samples {
        let at = Span::from_millis(at);
        if profile.times.last() != Some(&at) {
            profile.times.push(at);
        }
        let place = profile.places.iter().position(|place| place.line == line);
        let place = place.unwrap_or_else(|| {
            profile.places.push(code_place(line));
            profile.places.len() - 1
        });
        columns.time.push((profile.times.len() - 1) as u32);
        columns.thread.push(thread);
        columns.state.push(state);
        columns.place.push(place as u32);
    }
    Profile { samples: columns, ..profile }
}
