//! What one recording shows of a client over both versions of HTTP.

use anyhow::{Context, Result};
use evidence::Evidence;
use explain::Replays;
use explain::whatif::MeasuredClient;
use model::recording::Recording;
use model::time::Span;
use replay::ArmReplay;

/// What one recording shows. What it does not show is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lesson {
    /// How many times as long the client works for a request over HTTP/2 in a warm session.
    request_kept: Option<f64>,
    /// The same in a cold session.
    request_opened: Option<f64>,
    /// How many times as long it works for the opening of a connection.
    opening: Option<f64>,
    /// Whether a connection that was open before the batch carries several requests at once.
    shares_kept: Option<bool>,
    /// Whether a connection that is opened in the batch does.
    shares_opened: Option<bool>,
    /// Whether a new connection carries one request until the server's SETTINGS have arrived.
    awaits_settings: Option<bool>,
    /// Whether requests that are written at once leave together.
    writes_together: Option<bool>,
}

impl Lesson {
    /// What a recording with four arms shows. An arm whose replay does not reproduce what was measured shows nothing of
    /// the client's work.
    pub(super) fn of(recording: &Recording) -> Result<Self> {
        let evidence = Evidence::of_recording(recording).context("the run has no plan")?;
        let replays = Replays::new(&evidence, recording);
        let replay = |version: &str, session: &str| {
            let arm = evidence.measured().find(|arm| {
                let is = |name: &str, value: &str| {
                    arm.arm.conditions.get(name).is_some_and(|it| it == value)
                };
                is("http", version) && is("session", session)
            })?;
            replays.of_arm(&arm.arm.name)
        };
        let [cold, warm] =
            ["cold", "warm"].map(|session| ["1.1", "2"].map(|version| replay(version, session)));
        let shared = |replay: Option<&ArmReplay>| replay.and_then(ArmReplay::batch).cloned();
        Ok(Self {
            request_kept: ratio(warm, |replay| Some(replay.work_by_part()?.request)),
            request_opened: ratio(cold, |replay| Some(replay.work_by_part()?.request)),
            opening: ratio(cold, |replay| replay.work_by_part()?.opening),
            shares_kept: shared(warm[1]).map(|batch| batch.streams.is_some()),
            shares_opened: shared(cold[1]).map(|batch| batch.streams.is_some()),
            awaits_settings: shared(cold[1]).map(|batch| batch.awaits_settings),
            writes_together: shared(warm[1]).map(|batch| batch.writes_together),
        })
    }
}

/// The work over HTTP/2 in relation to that over HTTP/1.1.
fn ratio<'r>(
    [before, after]: [Option<&'r ArmReplay>; 2],
    work: impl Fn(&ArmReplay) -> Option<Span>,
) -> Option<f64> {
    let calibrated = |replay: Option<&'r ArmReplay>| replay.filter(|it| it.is_calibrated());
    let (before, after) = (calibrated(before), calibrated(after));
    let (before, after) = (work(before?)?.as_secs(), work(after?)?.as_secs());
    (before > 0.0 && after > 0.0).then(|| after / before)
}

/// What several recordings show of the client of a strategy.
pub(super) fn summary(strategy: &str, lessons: &[Lesson]) -> MeasuredClient {
    let is_usual = |fact: fn(&Lesson) -> Option<bool>| {
        let seen: Vec<bool> = lessons.iter().filter_map(fact).collect();
        2 * seen.iter().filter(|&&is| is).count() > seen.len()
    };
    let client = strategy.split_once('/').map_or(strategy, |(client, _)| client);
    MeasuredClient {
        client: client.to_owned(),
        shares_kept: is_usual(|lesson| lesson.shares_kept),
        shares_opened: is_usual(|lesson| lesson.shares_opened),
        awaits_settings: is_usual(|lesson| lesson.awaits_settings),
        writes_together: is_usual(|lesson| lesson.writes_together),
        request_kept: lessons.iter().filter_map(|lesson| lesson.request_kept).collect(),
        request_opened: lessons.iter().filter_map(|lesson| lesson.request_opened).collect(),
        opening: lessons.iter().filter_map(|lesson| lesson.opening).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_does_what_most_of_its_recordings_show() {
        let lesson =
            |shares_kept, request_kept| Lesson { shares_kept, request_kept, ..Lesson::default() };
        let lessons =
            [lesson(Some(true), Some(2.0)), lesson(None, None), lesson(Some(true), Some(3.0))];
        let client = summary("a/async", &lessons);
        assert_eq!((client.client.as_str(), client.shares_kept), ("a", true));
        assert!(!client.awaits_settings, "nothing shows it");
        assert_eq!((client.request_kept, client.opening), (vec![2.0, 3.0], Vec::new()));
    }
}
