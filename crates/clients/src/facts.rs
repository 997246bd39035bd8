//! The facts of a built-in strategy, which show what it does not share with other strategies.
//!
//! All built-in clients send the same headers, follow no redirects and read every body to its end.
//! They differ only by their conditions and their libraries.

use hyper::http::header::ACCEPT_ENCODING;
use model::facts::{Facts, name};

use crate::conditions::{Resume, Work};
use crate::setup::ClientSetup;
use crate::tls::Roots;
use crate::versions::version_of;

/// The facts of a strategy; `lookups` says when its library looks up the host's name.
pub(crate) fn facts(setup: &ClientSetup, lookups: &str) -> Facts {
    if matches!(setup.settings.work, Work::Sleep(_)) {
        return Facts::new();
    }
    let asked_for = setup.requests.first().and_then(|request| request.header(ACCEPT_ENCODING));
    let mut facts = vec![
        (name::HTTP, "1.1".to_owned()),
        (name::COMPRESSION, asked_for.unwrap_or("none asked for").to_owned()),
        (name::REDIRECTS, "not followed".to_owned()),
        (name::BODIES, "read to the end".to_owned()),
        (name::DNS, lookups.to_owned()),
    ];
    if setup.needs_tls() {
        facts.extend(tls_facts(setup));
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn tls_facts(setup: &ClientSetup) -> Vec<(&'static str, String)> {
    let verification = if matches!(setup.roots, Roots::Anyone) { "off" } else { "on" };
    let resumption = if setup.settings.resume == Resume::Off { "never" } else { "offered" };
    let mut facts = vec![
        (name::VERIFICATION, verification.to_owned()),
        (name::TRUST, setup.roots.description().to_owned()),
        (name::RESUMPTION, resumption.to_owned()),
    ];
    let rustls = version_of("rustls").map(|version| format!("rustls {version}"));
    facts.extend(rustls.map(|library| (name::TLS_LIBRARY, library)));
    facts
}
