//! Requests that left together: their HEADERS arrived at the endpoint at the same moment.

use evidence::thread_states::ThreadStretch;
use model::time::Span;
use model::trace::Milestone;

use crate::learn::own_work::OwnWork;
use crate::learn::view::TrialView;

/// A call that writes waits for this long at most.
const LONGEST_WRITE: Span = Span::from_nanos(200_000);
/// HEADERS that arrive at most this long after others left with them.
const TOGETHER: Span = Span::from_nanos(20_000);

/// The flights of a trial, in the order of their arrival.
pub(super) struct Flights(Vec<Flight>);

/// Requests that left together.
struct Flight {
    at: Span,
    requests: Vec<usize>,
}

impl Flights {
    pub(super) fn new(view: &TrialView<'_, '_>) -> Self {
        let timelines = view.examined.timelines.iter().enumerate();
        let written = timelines.filter_map(|(item, timeline)| {
            Some((timeline.milestones.at(Milestone::Writing)?, item))
        });
        let mut written: Vec<(Span, usize)> = written.collect();
        written.sort_unstable();
        let mut flights: Vec<Flight> = Vec::new();
        for (at, item) in written {
            match flights.last_mut().filter(|flight| at <= flight.at + TOGETHER) {
                Some(flight) => flight.requests.push(item),
                None => flights.push(Flight { at, requests: vec![item] }),
            }
        }
        Self(flights)
    }

    /// Whether the requests that the client writes before it waits for the network again are one flight, where
    /// there are several.
    pub(super) fn leave_together(&self, activity: &[ThreadStretch]) -> bool {
        let (mut together, mut apart) = (0, 0);
        for burst in self.0.chunk_by(|one, next| !waits_between(activity, one.at, next.at)) {
            match burst {
                [flight] if flight.requests.len() > 1 => together += flight.requests.len(),
                [_] => {}
                several => {
                    apart += several.iter().map(|flight| flight.requests.len()).sum::<usize>();
                }
            }
        }
        together > apart
    }

    /// Whether the first request on a new connection left alone, and the others no sooner than the server's
    /// SETTINGS could arrive.
    pub(super) fn await_settings(&self, view: &TrialView<'_, '_>) -> bool {
        let Some([first, second]) = self.0.get(..2) else { return false };
        let trip = view.round_trip.unwrap_or_default();
        let opened = view.requests.iter().any(|request| request.opened);
        let alone = first.requests.len() == 1 && second.at >= first.at + trip.half();
        opened && alone && !trip.is_zero()
    }

    /// Gives each request of a flight the same share of the work before it: all of them wait for it.
    pub(super) fn share_writes(&self, work: &mut [OwnWork]) {
        for Flight { requests, .. } in &self.0 {
            let whole: Span = requests.iter().map(|&item| work[item].sending).sum();
            let share = Span::from_nanos(whole.as_nanos() / requests.len().max(1) as u64);
            requests.iter().for_each(|&item| work[item].sending = share);
        }
    }
}

/// Whether the client waits between two moments for longer than a write does.
fn waits_between(activity: &[ThreadStretch], from: Span, to: Span) -> bool {
    let first = activity.partition_point(|stretch| stretch.to <= from);
    let mut between = activity[first..].iter().take_while(|stretch| stretch.from < to);
    between.any(|stretch| stretch.wait.is_some() && stretch.length() > LONGEST_WRITE)
}
