//! What the plan says about an arm's trials, before any of them runs.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::net::IpAddr;
use std::sync::Arc;

use model::arm::Arm;
use model::link::Link;
use model::plan::Plan;
use model::sampling::Stretch;
use model::strategy::Conditions;
use model::target::Request;
use model::time::Span;

/// The conditions that say how many requests may be in flight at once.
pub const LIMITS: [&str; 2] = ["workers", "concurrency"];

/// What the plan says about an arm's trials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArmSetting<'a> {
    /// The path that each request of the batch asks for, in the order of the columns. Of a batch whose trials are
    /// sampled they are the first ones: each trial has a setting of its own.
    pub paths: Vec<Arc<str>>,
    /// The method of each, in the same order.
    pub methods: Vec<String>,
    /// The emulated round trip; zero for a server that is not ours.
    pub round_trip: Span,
    /// The emulated link; none for a server that is not ours.
    pub link: Option<&'a Link>,
    /// How many requests may be in flight at once, where a condition says so.
    pub limit: Option<usize>,
    /// Whether a session outlives its batch.
    pub session: Session,
    /// Whether any connection may use TLS.
    pub tls: Tls,
    /// Whether any host is looked up.
    pub lookups: Lookups,
    statuses: &'a [u16],
    by_path: ByPath,
}

/// The request that asks for each path; nothing for a path that several ask for. The hash has no
/// random seed, so that an analysis does not depend on one.
type ByPath = HashMap<Arc<str>, Option<usize>, BuildHasherDefault<DefaultHasher>>;

/// Whether a session outlives its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// Every batch opens its own, or the conditions do not say.
    Cold,
    /// One session serves all batches.
    Warm,
}

/// Whether any host of a trial is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookups {
    /// At least one host has a name.
    Needed,
    /// All hosts are addresses.
    Unneeded,
}

/// Whether any connection of a trial may use TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// At least one request asks for it.
    Requested,
    /// No request does.
    Unrequested,
}

impl<'a> ArmSetting<'a> {
    /// The setting of `arm`; nothing where the plan lacks its target.
    pub fn new(plan: &'a Plan, arm: &Arm) -> Option<Self> {
        let requests = arm.batch_size.0;
        let kept =
            if plan.sampling.applies_to(requests) { plan.sampling.stretch } else { requests };
        Self::of_stretch(plan, arm, Stretch { first: 0, requests: kept })
    }

    /// The setting of a sampled trial of `arm`, whose rows are those of a stretch.
    pub fn of_stretch(plan: &'a Plan, arm: &Arm, stretch: Stretch) -> Option<Self> {
        let planned = plan.target_of(arm)?;
        let all = &planned.target.requests;
        let places = (stretch.first as usize..).take(stretch.requests as usize);
        let requests: Vec<Request> = places.map_while(|place| all.get(place)).collect();
        let paths: Vec<Arc<str>> = requests.iter().map(|it| Arc::from(&*it.path())).collect();
        let by_path = by_path(&paths);
        let is_secured = |request: &Request| request.url.starts_with("https:");
        let is_tls = requests.iter().any(is_secured);
        let needs_lookups = requests.iter().any(has_name);
        Some(Self {
            paths,
            methods: requests.into_iter().map(|request| request.method).collect(),
            round_trip: planned.link.as_ref().map_or(Span::ZERO, |link| link.rtt),
            link: planned.link.as_ref(),
            limit: limit(&arm.conditions),
            session: session(&arm.conditions),
            tls: if is_tls { Tls::Requested } else { Tls::Unrequested },
            lookups: if needs_lookups { Lookups::Needed } else { Lookups::Unneeded },
            statuses: &planned.target.checks.statuses,
            by_path,
        })
    }

    /// Whether the checks accept a status.
    pub fn accepts(&self, status: u16) -> bool {
        self.statuses.contains(&status)
    }

    /// The request that asks for `path`, unless several do.
    pub fn only_request(&self, path: &str) -> Option<usize> {
        *self.by_path.get(path)?
    }
}

fn by_path(paths: &[Arc<str>]) -> ByPath {
    let mut by_path = ByPath::default();
    for (request, path) in paths.iter().enumerate() {
        by_path.entry(Arc::clone(path)).and_modify(|only| *only = None).or_insert(Some(request));
    }
    by_path
}

fn session(conditions: &Conditions) -> Session {
    let warm = conditions.get("session").is_some_and(|session| session == "warm");
    if warm { Session::Warm } else { Session::Cold }
}

fn limit(conditions: &Conditions) -> Option<usize> {
    LIMITS.iter().filter_map(|name| conditions.get(*name)?.parse().ok()).min()
}

/// Whether a URL's host is a name, and not an address.
fn has_name(request: &Request) -> bool {
    request.server().is_none_or(|server| server.host.parse::<IpAddr>().is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_addresses_from_names() {
        let has_name = |url: &str| {
            has_name(&Request { method: "GET".to_owned(), url: url.to_owned(), body: None })
        };
        for url in [
            "https://127.0.0.1:40001/todos/1",
            "http://10.0.0.1",
            "http://[::1]:80?q",
            "http://[::1]/",
        ] {
            assert!(!has_name(url), "{url}");
        }
        for url in ["https://localhost:8443/todos/1", "http://example.org", "http://1.2.3.example/"]
        {
            assert!(has_name(url), "{url}");
        }
    }

    #[test]
    fn the_narrowest_condition_is_the_limit() {
        let given = |pairs: &[(&str, &str)]| {
            limit(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
        };
        assert_eq!(given(&[("workers", "6"), ("concurrency", "4")]), Some(4));
        assert_eq!(given(&[("workers", "many"), ("session", "cold")]), None);
    }
}
