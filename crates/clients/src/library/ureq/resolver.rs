//! Lookups by the system's resolver, on the calling thread. ureq asks for one at every request,
//! whether it will open a connection or not.

use std::net::ToSocketAddrs;

use model::trace::Milestone;
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::current;
use crate::fault::{self, Fault};
use crate::wanted::{host, is_name, port};

/// The system's resolver.
#[derive(Debug)]
pub(super) struct Lookup;

impl Resolver for Lookup {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = host(uri);
        let named = is_name(host);
        let mark = |milestone| named.then(|| current::with(|probe| probe.mark(milestone)));
        mark(Milestone::Resolving);
        let found = (host, port(uri)).to_socket_addrs();
        mark(Milestone::Resolved);
        let found =
            found.map_err(|error| Error::Other(Box::new(Fault(fault::dns(host, &error)))))?;
        let mut addresses = self.empty();
        // Its type has room for sixteen and panics at the next.
        for address in found.take(16) {
            addresses.push(address);
        }
        if addresses.is_empty() {
            return Err(Error::Other(Box::new(Fault(fault::no_address(host)))));
        }
        Ok(addresses)
    }
}
