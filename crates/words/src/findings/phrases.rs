//! The phrases that findings share.

use explain::{
    ClientLibrary, ClientOrigin, Estimate, Finding, FindingEvidence, FindingFigure, LimitChange,
    Remedy, WaitingThreads,
};
use model::socket::ThreadWait;

use crate::list::counted;
use crate::{number, threads};

/// `3.00 ms [2.90, 3.10]`.
pub(super) fn sized(Estimate { seconds, low, high }: Estimate) -> String {
    number::millis_with_interval(seconds, low.zip(high))
}

/// `removing this saves 3.00 ms` where an experiment did, otherwise what it costs.
pub(super) fn cost(finding: &Finding) -> String {
    let removed = finding.evidence.iter().find_map(|evidence| match evidence {
        FindingEvidence::Removed { saved, .. } => Some(saved),
        _ => None,
    });
    match removed {
        Some(saved) if finding.because => {
            format!("removing this saves {}", number::millis(saved.seconds))
        }
        _ => more(finding),
    }
}

/// What is charged to the cause: `3.00 ms more than hyper/async`, or `3.00 ms` where nothing is
/// compared.
pub(super) fn more(finding: &Finding) -> String {
    let charged = finding.charged.or(finding.size);
    let millis = charged.map_or(String::new(), |size| number::millis(size.seconds));
    match &finding.versus {
        Some(versus) => format!("{millis} more than {}", versus.label),
        None => millis,
    }
}

/// The threads that waited for this, where any did.
pub(super) fn waiting(finding: &Finding, wanted: ThreadWait) -> Option<WaitingThreads> {
    finding.evidence.iter().find_map(|evidence| match evidence {
        FindingEvidence::Waited { wait, waiting } if *wait == wanted => Some(*waiting),
        _ => None,
    })
}

/// `2 threads of own/fetch waited 306 ms for the interpreter lock`, where any did.
pub(super) fn threads_of_arm_waited(finding: &Finding, wait: ThreadWait) -> Option<String> {
    let waiting = waiting(finding, wait)?;
    let threads = counted_mean(Some(waiting.threads), "thread");
    let waited = threads::waited(wait, &number::millis(waiting.seconds));
    Some(format!("{threads} of {} {waited}", finding.label))
}

/// `2 threads waited 306 ms for the interpreter lock`.
pub(super) fn threads_waited(wait: ThreadWait, waiting: WaitingThreads) -> String {
    let threads = counted_mean(Some(waiting.threads), "thread");
    format!("{threads} {}", threads::waited(wait, &number::millis(waiting.seconds)))
}

/// The arm's own value of a figure.
pub(super) fn figure(finding: &Finding, wanted: FindingFigure) -> Option<f64> {
    finding.evidence.iter().find_map(|evidence| match evidence {
        FindingEvidence::Compared { figure, own, .. } if *figure == wanted => Some(*own),
        _ => None,
    })
}

/// `1 connection`, `4 connections`, `4.5 connections`; `connections` where the count is unknown.
pub(super) fn counted_mean(mean: Option<f64>, noun: &str) -> String {
    match mean.map(number::count) {
        Some(count) if count == "1" => format!("1 {noun}"),
        Some(count) => format!("{count} {noun}s"),
        None => format!("{noun}s"),
    }
}

/// The batch: `16 requests`.
pub(super) fn requests(finding: &Finding) -> String {
    counted(finding.batch_size.requests(), "request")
}

/// The limit that the remedy raises.
pub(super) const fn limit(finding: &Finding) -> Option<&LimitChange> {
    match &finding.remedy {
        Remedy::Raise(limit) => Some(limit),
        _ => None,
    }
}

/// `Raise workers to 16.`, where a condition sets the limit.
pub(super) fn raise_condition(limit: &LimitChange) -> Option<String> {
    let condition = limit.condition.as_ref()?;
    Some(format!("Raise {condition} to {}.", limit.to))
}

/// Whether the arm already has a setting.
pub(super) fn has(finding: &Finding, setting: Setting) -> bool {
    finding.conditions.get(setting.condition).is_some_and(|value| value == setting.value)
}

/// The instruction, and behind it the setting that does the same in a built-in strategy:
/// ` (session=warm)`. Own code and commands have no settings.
pub(super) fn with_setting(finding: &Finding, instruction: &str, setting: Setting) -> String {
    let Setting { condition, value } = setting;
    let can_set = finding.conditions.contains_key(condition) && !has(finding, setting);
    if finding.client.origin == ClientOrigin::BuiltIn && can_set {
        format!("{instruction} ({condition}={value}).")
    } else {
        format!("{instruction}.")
    }
}

/// What to do about connections that do not stay open, although the session does.
pub(super) const NOT_KEPT: &str =
    "Find out why connections do not stay open, although the session does.";

/// A condition with the value that removes a cause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) condition: &'static str,
    pub(super) value: &'static str,
}

/// One session serves all batches.
pub(super) const WARM_SESSION: Setting = Setting { condition: "session", value: "warm" };
/// All connections share one TLS context.
pub(super) const SHARED_CONTEXT: Setting = Setting { condition: "context", value: "shared" };
/// Connections resume earlier TLS sessions.
pub(super) const RESUMPTION: Setting = Setting { condition: "resume", value: "on" };

/// What a command does instead of opening connections again and again.
pub(super) const REUSE_CONNECTIONS: &str = "Reuse connections for all requests.";

/// How code that opens connections again and again uses them again.
pub(super) fn reuse_session(library: ClientLibrary) -> String {
    format!("Create one {} and use it for all requests and batches.", session(library))
}

/// What keeps connections, in the words of the client library.
pub(super) const fn session(library: ClientLibrary) -> &'static str {
    match library {
        ClientLibrary::Aiohttp => "aiohttp.ClientSession",
        ClientLibrary::Curl => "curl process",
        ClientLibrary::Fetch => "undici Agent",
        ClientLibrary::Httpx => "httpx client",
        ClientLibrary::Hyper => "hyper client",
        ClientLibrary::Node => "Agent",
        ClientLibrary::Requests => "requests.Session",
        ClientLibrary::Ureq => "ureq::Agent",
        ClientLibrary::Urllib3 => "urllib3.PoolManager",
        ClientLibrary::Unknown => "session",
    }
}
