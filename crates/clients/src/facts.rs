//! The facts of a built-in strategy, which show what it does not share with other strategies.
//!
//! All built-in clients send the same headers and read every body to its end.
//! They differ only by their conditions and their libraries.

use hyper::http::header::ACCEPT_ENCODING;
use model::facts::{Facts, name};
use model::http_version::HttpVersion;

use crate::conditions::{AskedVersion, Resume, Work};
use crate::setup::ClientSetup;
use crate::tls::Roots;
use crate::versions::version_of;

/// What is true of a library.
pub(crate) struct LibraryFacts {
    /// When it looks up the host's name.
    lookups: &'static str,
    /// Whether it follows redirects.
    redirects: &'static str,
    /// Which certificates it trusts by itself.
    roots: &'static str,
    /// The only version of HTTP that it speaks; none if it can speak HTTP/1.1.
    pub(crate) only_http: Option<HttpVersion>,
}

impl LibraryFacts {
    pub(crate) const UREQ: Self = Self {
        lookups: "looked up for each request",
        redirects: "not followed",
        roots: "Mozilla's roots, compiled in",
        only_http: None,
    };
    pub(crate) const HYPER: Self = Self { lookups: "looked up for each connection", ..Self::UREQ };
    pub(crate) const H3: Self = Self { only_http: Some(HttpVersion::Http3), ..Self::HYPER };
    pub(crate) const FLOOR: Self = Self { lookups: "looked up once in each session", ..Self::UREQ };
    pub(crate) const REQWEST: Self = Self {
        lookups: "looked up for each connection",
        redirects: "followed",
        roots: "the system's certificates, read for each client",
        only_http: None,
    };
}

/// The facts of a strategy.
pub(crate) fn facts(setup: &ClientSetup, library: &LibraryFacts) -> Facts {
    if matches!(setup.settings.work, Work::Sleep(_)) {
        return Facts::new();
    }
    let asked_for = setup.requests.first().and_then(|request| request.header(ACCEPT_ENCODING));
    let mut facts = vec![
        (name::HTTP, asked_http(setup, library).to_owned()),
        (name::COMPRESSION, asked_for.unwrap_or("none asked for").to_owned()),
        (name::REDIRECTS, library.redirects.to_owned()),
        (name::BODIES, "read to the end".to_owned()),
        (name::DNS, library.lookups.to_owned()),
    ];
    if setup.needs_tls {
        facts.extend(tls_facts(setup, library));
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The version of HTTP that a client asks for, with the words of all drivers.
fn asked_http(setup: &ClientSetup, library: &LibraryFacts) -> &'static str {
    if let Some(only) = library.only_http {
        return only.name();
    }
    match setup.settings.http {
        AskedVersion::Http1 => "1.1",
        AskedVersion::Http2 | AskedVersion::Native if setup.needs_tls => {
            "2 where the server offers it, else 1.1"
        }
        AskedVersion::Http2 => "2, without asking",
        AskedVersion::Native => "1.1",
    }
}

fn tls_facts(setup: &ClientSetup, library: &LibraryFacts) -> Vec<(&'static str, String)> {
    let verification = if matches!(setup.roots, Roots::Anyone) { "off" } else { "on" };
    let resumption = if setup.settings.resume == Resume::Off { "never" } else { "offered" };
    let mut facts = vec![
        (name::VERIFICATION, verification.to_owned()),
        (name::TRUST, setup.roots.description(library.roots)),
        (name::RESUMPTION, resumption.to_owned()),
    ];
    let rustls = version_of("rustls").map(|version| format!("rustls {version}"));
    facts.extend(rustls.map(|library| (name::TLS_LIBRARY, library)));
    facts
}
