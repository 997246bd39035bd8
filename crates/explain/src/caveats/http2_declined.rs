//! `http2_declined`: arms that asked for HTTP/2 made requests over HTTP/1.1.

use model::arm::ArmName;
use model::http_version::HttpVersion;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::arms::ArmAnalysis;

/// Arms that asked for HTTP/2 made requests over HTTP/1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http2Declined {
    /// The arms.
    pub arms: Vec<DeclinedArm>,
}

/// An arm that asked for HTTP/2 in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclinedArm {
    /// The arm.
    pub arm: ArmName,
    /// Who declined.
    pub by: Declining,
}

/// Who declined HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declining {
    /// The client has no way to speak it without TLS.
    WithoutTls,
    /// The server offers it, so the client did not offer it in the TLS handshake.
    Client,
    /// The server does not offer it.
    Server,
    /// One of them: only the embedded endpoint shows which.
    Either,
}

impl CaveatKind for Http2Declined {
    const CONCERNS_SETUP: bool = true;
}

/// Detects it in the measured arms with `http=2`.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<Http2Declined>> {
    let declined = |arm: &ArmAnalysis| {
        let asked = arm.condition("http") == Some(HttpVersion::Http2.name());
        let got = arm.http.as_deref()?.contains(HttpVersion::Http1.name());
        (asked && got).then_some(())?;
        Some(DeclinedArm { arm: arm.arm.clone(), by: declining(input, arm)? })
    };
    let arms: Vec<DeclinedArm> = input.measured().filter_map(declined).collect();
    Detected::for_arms(arms, |found| &found.arm, |arms| Http2Declined { arms })
}

fn declining(input: &CaveatInput<'_>, arm: &ArmAnalysis) -> Option<Declining> {
    let planned = input.evidence.plan.target_of(input.evidence.arm(&arm.arm)?.arm)?;
    let is_secure =
        |url: &str| url.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"));
    let mut requests = planned.target.requests.iter().take(arm.batch_size.requests());
    if !requests.any(|request| is_secure(&request.url)) {
        return Some(Declining::WithoutTls);
    }
    Some(match planned.link.as_ref().map(|link| link.http) {
        Some(HttpVersion::Http2 | HttpVersion::Http3) => Declining::Client,
        Some(HttpVersion::Http1) => Declining::Server,
        None => Declining::Either,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes, named};
    use model::recording::{Recording, StopReason};
    use test_support::sample::Sample;

    /// Twelve blocks of an arm that asks for HTTP/2 and gets this version over such a URL.
    fn recording(got: &str, url: &str, link: Option<HttpVersion>) -> Recording {
        let mut sample = Sample::new(&[("a/x", 1)]);
        for _ in 0..12 {
            sample.block(&[("a/x@1", 100)]);
            sample.last_run().http.insert(got.to_owned(), 1);
        }
        let plan = sample.plan();
        plan.arms[0].conditions.insert("http".to_owned(), "2".to_owned());
        plan.targets[0].target.requests.edit(|_, request| url.clone_into(&mut request.url));
        match (link, &mut plan.targets[0].link) {
            (Some(http), Some(planned)) => planned.http = http,
            (_, planned) => *planned = None,
        }
        sample.end(StopReason::Blocks)
    }

    fn by(recording: &Recording) -> Declining {
        let found = caveats(recording);
        let Reason::Http2Declined(declined) = named(&found, "http2_declined").reason() else {
            panic!("{found:?}")
        };
        declined.arms[0].by
    }

    #[test]
    fn names_who_declined() {
        const SECURE: &str = "https://127.0.0.1/todos/1";
        let plain = recording("1.1", "http://127.0.0.1/todos/1", Some(HttpVersion::Http2));
        assert_eq!(by(&plain), Declining::WithoutTls);
        let secure = |link| by(&recording("1.1", SECURE, link));
        assert_eq!(secure(Some(HttpVersion::Http2)), Declining::Client);
        assert_eq!(secure(Some(HttpVersion::Http1)), Declining::Server);
        assert_eq!(secure(None), Declining::Either);
        let granted = codes(&recording("2", SECURE, None));
        assert!(!granted.contains(&"http2_declined"), "{granted:?}");
    }
}
