//! What is true of a built-in strategy, for whoever holds it against the others.
//!
//! All built-in clients send the same headers, follow no redirects and read every body to its end;
//! what differs between them comes from their conditions and their libraries.

use hyper::http::header::ACCEPT_ENCODING;
use model::facts::{Facts, name};

use crate::conditions::{Resume, Work};
use crate::ground::Ground;
use crate::tls::Roots;
use crate::versions::version_of;

/// The facts of a strategy on its ground, whose library looks names up as `lookups` says.
pub(crate) fn facts(ground: &Ground, lookups: &str) -> Facts {
    if matches!(ground.settings.work, Work::Sleep(_)) {
        return Facts::new();
    }
    let asked_for = ground.requests.first().and_then(|wanted| wanted.header(ACCEPT_ENCODING));
    let mut facts = vec![
        (name::HTTP, "1.1".to_owned()),
        (name::COMPRESSION, asked_for.unwrap_or("none asked for").to_owned()),
        (name::REDIRECTS, "not followed".to_owned()),
        (name::BODIES, "read to the end".to_owned()),
        (name::DNS, lookups.to_owned()),
    ];
    if ground.needs_tls() {
        facts.extend(of_tls(ground));
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn of_tls(ground: &Ground) -> Vec<(&'static str, String)> {
    let verification = if matches!(ground.roots, Roots::Anyone) { "off" } else { "on" };
    let resumption = if ground.settings.resume == Resume::Off { "never" } else { "offered" };
    let mut facts = vec![
        (name::VERIFICATION, verification.to_owned()),
        (name::TRUST, ground.roots.described().to_owned()),
        (name::RESUMPTION, resumption.to_owned()),
    ];
    let rustls = version_of("rustls").map(|version| format!("rustls {version}"));
    facts.extend(rustls.map(|library| (name::TLS_LIBRARY, library)));
    facts
}
