//! What limits the batches of an arm, in a clause: `client CPU 97% busy; more connections gain nothing`.

use explain::{ArmAnalysis, ArmBottleneck, Limit, LimitUsage, MARGIN};

use crate::number::{bare_millis, millis, percent};

/// Where the latency takes less than this share of a batch, the clause names what comes next.
const CLEAR: f64 = 0.9;

/// A limit, as a noun.
pub const fn limit(limit: Limit) -> &'static str {
    match limit {
        Limit::Concurrency => "concurrency",
        Limit::ClientWork => "client CPU",
        Limit::TlsPreparation => "TLS preparation",
        Limit::Connections => "connection setup",
        Limit::ServerCapacity => "server capacity",
        Limit::Bandwidth => "link rate",
        Limit::ClientWaits => "client waits",
        Limit::Latency => "latency",
    }
}

/// A limit with the share of it that is in use, where it can be: `client CPU 97%`.
pub fn with_use(limit: Limit, usage: Option<LimitUsage>) -> String {
    let busy = usage.map_or(String::new(), |usage| format!(" {}", percent(usage.busy)));
    format!("{}{busy}", self::limit(limit))
}

/// What limits an arm and what comes next, in a clause; of an arm whose replay is not close enough, that.
/// Nothing where its requests were not observed.
pub fn clause(arm: &ArmAnalysis) -> Option<String> {
    let limit = limit_alone(arm)?;
    let next = arm.bottleneck.zip(arm.mean()).and_then(|(found, mean)| next(&found, mean));
    Some(next.map_or_else(|| limit.clone(), |next| format!("{limit}; {next}")))
}

/// The clause without what comes next.
pub fn limit_alone(arm: &ArmAnalysis) -> Option<String> {
    match arm.bottleneck.zip(arm.mean()) {
        Some((bottleneck, mean)) => Some(now(&bottleneck, mean)),
        None => {
            let error = percent(missed(arm)?.abs());
            Some(format!("not known: the replay is off by {error}"))
        }
    }
}

/// Why nothing is said of an arm, where its replay is not close enough to what was measured.
pub fn not_calibrated(arm: &ArmAnalysis) -> Option<String> {
    let error = missed(arm)?;
    let side = if error > 0.0 { "longer" } else { "shorter" };
    Some(format!(
        "{}: replayed batches are {} {side} than measured. Beyond 5%, nothing is predicted.",
        arm.label,
        percent(error.abs())
    ))
}

/// The error of a replay that is too far from what was measured.
fn missed(arm: &ArmAnalysis) -> Option<f64> {
    arm.replay_error.filter(|_| arm.bottleneck.is_none())
}

/// The limit with how much of it is in use, or how long it takes.
fn now(bottleneck: &ArmBottleneck, mean: f64) -> String {
    let time = format!("{} of {}", bare_millis(bottleneck.seconds), millis(mean));
    match (bottleneck.limit, bottleneck.usage) {
        (Limit::Concurrency, Some(LimitUsage { places: 1, .. })) => {
            "one request at a time".to_owned()
        }
        (Limit::Concurrency, Some(LimitUsage { places, busy })) => {
            format!("{places} requests at a time, {} busy", percent(busy))
        }
        (Limit::ServerCapacity, Some(LimitUsage { places, busy })) => {
            let requests = if places == 1 { "request" } else { "requests" };
            format!("server: {places} {requests} at a time, {} busy", percent(busy))
        }
        (Limit::ClientWork, Some(LimitUsage { busy, .. })) => {
            format!("client CPU {} busy", percent(busy))
        }
        (Limit::Bandwidth, Some(LimitUsage { busy, .. })) => format!("link {} busy", percent(busy)),
        (Limit::ClientWaits, _) => {
            format!("the client waits for itself (sleep, locks, timers): {time}")
        }
        (Limit::Latency, _) => format!("latency: one exchange takes {time}"),
        (Limit::TlsPreparation, _) => format!("preparing TLS: {time}"),
        (Limit::Connections, _) => format!("opening connections: {time}"),
        (other, None) => format!("{}: {time}", limit(other)),
    }
}

/// What comes after the limit.
fn next(bottleneck: &ArmBottleneck, mean: f64) -> Option<String> {
    let gains_nothing = bottleneck.more_concurrency_saves.is_some_and(|saved| saved < MARGIN);
    if bottleneck.limit == Limit::ClientWork && gains_nothing {
        return Some("more connections gain nothing".to_owned());
    }
    if bottleneck.limit == Limit::Latency && bottleneck.seconds > CLEAR * mean {
        return None;
    }
    let next = bottleneck.next?;
    let name = match next.limit {
        Limit::ClientWork => "the client",
        Limit::TlsPreparation => "preparing TLS",
        Limit::Connections => "opening connections",
        Limit::ServerCapacity => "the server",
        Limit::Bandwidth => "the link",
        Limit::ClientWaits => "the client's own waits",
        other => limit(other),
    };
    let is_one_thing =
        matches!(next.limit, Limit::ClientWork | Limit::ServerCapacity | Limit::Bandwidth);
    let usage = next.usage.filter(|_| is_one_thing);
    let busy = usage.map_or(String::new(), |usage| format!(" at {}", percent(usage.busy)));
    Some(format!("next is {name}{busy}"))
}

#[cfg(test)]
mod tests {
    use explain::NextLimit;
    use model::recording::StopReason;
    use test_support::sample::Sample;

    use super::*;

    fn usage(places: usize, busy: f64) -> Option<LimitUsage> {
        Some(LimitUsage { places, busy })
    }

    /// An arm without a replay.
    fn arm() -> ArmAnalysis {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.block(&[("a/x@1", 40)]);
        explain::analyse(&sample.end(StopReason::Blocks)).arms.remove(0)
    }

    /// An arm whose limit takes 30 of 40 ms, with what comes next.
    fn limited(limit: Limit, usage: Option<LimitUsage>, next: Option<NextLimit>) -> ArmAnalysis {
        let bottleneck = ArmBottleneck {
            limit,
            seconds: 0.03,
            usage,
            next,
            seconds_without: 0.01,
            more_concurrency_saves: Some(0.01),
        };
        let mut arm = arm();
        arm.bottleneck = Some(bottleneck);
        arm
    }

    fn written(limit: Limit, usage: Option<LimitUsage>, next: Option<NextLimit>) -> String {
        clause(&limited(limit, usage, next)).expect("has a bottleneck")
    }

    fn next(limit: Limit, usage: Option<LimitUsage>) -> Option<NextLimit> {
        Some(NextLimit { limit, usage })
    }

    #[test]
    fn names_the_limit_with_its_use_and_the_next_one() {
        assert_eq!(
            written(Limit::ClientWork, usage(1, 0.97), next(Limit::Concurrency, usage(8, 0.9))),
            "client CPU 97% busy; more connections gain nothing"
        );
        assert_eq!(
            written(Limit::ServerCapacity, usage(1, 0.98), next(Limit::ClientWork, usage(1, 0.12))),
            "server: 1 request at a time, 98% busy; next is the client at 12%"
        );
        assert_eq!(
            written(Limit::Concurrency, usage(6, 0.99), next(Limit::ServerCapacity, usage(8, 0.4))),
            "6 requests at a time, 99% busy; next is the server at 40%"
        );
        assert_eq!(
            written(Limit::Concurrency, usage(1, 1.0), next(Limit::Latency, None)),
            "one request at a time; next is latency"
        );
        assert_eq!(
            written(Limit::Concurrency, usage(1, 1.0), next(Limit::TlsPreparation, usage(2, 0.03))),
            "one request at a time; next is preparing TLS"
        );
        assert_eq!(
            written(Limit::Bandwidth, usage(1, 0.96), next(Limit::Concurrency, usage(4, 1.0))),
            "link 96% busy; next is concurrency"
        );
    }

    #[test]
    fn writes_how_long_a_limit_takes_that_cannot_be_in_use() {
        assert_eq!(
            written(Limit::Latency, None, next(Limit::ClientWork, usage(2, 0.44))),
            "latency: one exchange takes 30.0 of 40.0 ms; next is the client at 44%"
        );
        assert_eq!(
            written(Limit::TlsPreparation, usage(2, 0.78), next(Limit::Connections, None)),
            "preparing TLS: 30.0 of 40.0 ms; next is opening connections"
        );
        assert_eq!(
            written(Limit::ClientWaits, None, None),
            "the client waits for itself (sleep, locks, timers): 30.0 of 40.0 ms"
        );
    }

    #[test]
    fn a_limit_alone_leaves_out_what_comes_next() {
        let arm = limited(Limit::Bandwidth, usage(1, 0.957), next(Limit::Latency, None));
        assert_eq!(limit_alone(&arm).as_deref(), Some("link 96% busy"));
        assert_eq!(with_use(Limit::Bandwidth, usage(1, 0.957)), "link rate 96%");
        assert_eq!(with_use(Limit::Latency, None), "latency");
    }

    #[test]
    fn says_that_a_replay_misses_what_was_measured() {
        let mut arm = arm();
        assert_eq!((clause(&arm), not_calibrated(&arm)), (None, None));
        arm.replay_error = Some(-0.114);
        assert_eq!(clause(&arm).as_deref(), Some("not known: the replay is off by 11%"));
        assert_eq!(
            not_calibrated(&arm).as_deref(),
            Some(
                "a/x: replayed batches are 11% shorter than measured. Beyond 5%, nothing is predicted."
            )
        );
    }
}
