//! Failed trials: how many of each kind, and what to try.

use explain::{ArmAnalysis, FailureCount, LostTrials};
use model::failure::FailureKind;

use crate::list::counted;

/// `hyper/async@16: 2 of 12 trials failed: status 4 requests`.
pub fn describe_failures(arm: &ArmAnalysis) -> String {
    let parts = counts(&arm.failures, arm.lost.as_ref()).join(", ");
    format!("{}: {} of {} failed: {parts}", arm.arm, arm.failed, counted(arm.trials(), "trial"))
}

/// One line for the summary: `hyper/async@16, 2 of 12 trials: status 4 requests (status 404, expected
/// 200)`.
pub fn short(arm: &ArmAnalysis) -> String {
    let message = arm.failures.first().map(|count| count.message.as_str());
    let message = message.or(arm.lost.as_ref().map(|lost| lost.message.as_str()));
    let first = message.and_then(|message| message.lines().next()).unwrap_or_default();
    let counts = counts(&arm.failures, arm.lost.as_ref()).join(", ");
    let trials = counted(arm.trials(), "trial");
    format!("{}, {} of {trials}: {counts} ({first})", arm.arm, arm.failed)
}

/// Why an arm has no time, as a clause.
pub fn without_time(arm: &ArmAnalysis) -> String {
    match counts(&arm.failures, arm.lost.as_ref()).as_slice() {
        [] => "no time: no batch was counted".to_owned(),
        counts => format!("no time, all batches failed: {}", counts.join(", ")),
    }
}

/// `timeout 2 requests`, `timeout 1 trial` where no request was made, `lost 1 trial`.
pub fn counts(failures: &[FailureCount], lost: Option<&LostTrials>) -> Vec<String> {
    let failures = failures.iter().map(|count| match count.requests {
        0 => format!("{} {}", count.kind, counted(count.trials, "trial")),
        requests => format!("{} {}", count.kind, counted(requests, "request")),
    });
    let lost = lost.map(|lost| format!("lost {}", counted(lost.trials, "trial")));
    failures.chain(lost).collect()
}

/// What to try.
pub const fn remedy(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Dns => "Check the host name in the URL.",
        FailureKind::Refused => {
            "Check that the server runs, and that the host and the port in the URL are right."
        }
        FailureKind::Reset => {
            "Look into the server's log. Plain http:// to a TLS port also ends like this."
        }
        FailureKind::Timeout => "Give each trial more time: --timeout.",
        FailureKind::Tls => {
            "Trust the server's certificate with --cacert FILE, or any certificate with -k. Use \
             http:// for a server without TLS."
        }
        FailureKind::Protocol => {
            "Check that the URL starts with what the server speaks, http:// or https://."
        }
        FailureKind::Status => "Accept another status: --expect-status CODE.",
        FailureKind::Check => "Accept shorter bodies: --expect-min-bytes N.",
        FailureKind::Code | FailureKind::Unread => "Fix the measured code.",
    }
}
