//! Lookups by the system's resolver, on the calling thread. ureq makes a lookup for every request,
//! even when it reuses a connection.

use std::net::ToSocketAddrs;

use model::trace::Milestone;
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::current_request;
use crate::failure::{self, FailureError};
use crate::request::{host, is_name, port};

/// The system's resolver.
#[derive(Debug)]
pub(super) struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = host(uri);
        let named = is_name(host);
        let mark = |milestone| named.then(|| current_request::with(|probe| probe.mark(milestone)));
        mark(Milestone::Resolving);
        let found = (host, port(uri)).to_socket_addrs();
        mark(Milestone::Resolved);
        let found = found
            .map_err(|error| Error::Other(Box::new(FailureError(failure::dns(host, &error)))))?;
        let mut addresses = self.empty();
        // The type has room for 16 addresses and panics at the next.
        for address in found.take(16) {
            addresses.push(address);
        }
        if addresses.is_empty() {
            return Err(Error::Other(Box::new(FailureError(failure::no_address(host)))));
        }
        Ok(addresses)
    }
}
