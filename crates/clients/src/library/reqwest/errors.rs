//! Finds the failure behind an error of reqwest, which hides the errors of the libraries below.

use std::error::Error as StdError;
use std::io;

use ::reqwest::Error;
use hyper::Uri;
use model::failure::{Failure, FailureKind};

use super::super::hyper::hyper_failure;
use crate::failure::{self, ExchangeStep};
use crate::request::{host, port};

/// What a client was doing when it failed, and for which URL.
pub(super) struct Exchange<'a> {
    pub(super) step: ExchangeStep,
    pub(super) uri: &'a Uri,
}

/// The failure of every request of a client that cannot be opened.
pub(super) fn client_failure(error: &Error) -> Failure {
    let reason = Causes(Some(error)).last().map(ToString::to_string).unwrap_or_default();
    let remedy = "install the system's certificates (ca-certificates)";
    let message = format!("reqwest opens no client: {reason}: {remedy}");
    Failure { kind: FailureKind::Tls, message }
}

/// The failure behind an error.
pub(super) fn failure_of(exchange: Exchange<'_>, error: &Error) -> Failure {
    let io_error = || Causes(Some(error)).find_map(|cause| cause.downcast_ref::<io::Error>());
    let host = host(exchange.uri);
    if error.is_dns() {
        return match io_error() {
            Some(cause) => failure::dns(host, cause),
            None => failure::no_address(host),
        };
    }
    if error.is_connect() {
        return match io_error() {
            Some(cause) => connect_failure(exchange.uri, cause),
            None => failure::protocol(ExchangeStep::Connecting, error),
        };
    }
    if error.is_redirect() {
        let message = format!("reqwest followed no further redirect: {}", innermost(error));
        return Failure { kind: FailureKind::Protocol, message };
    }
    let exchange_error = Causes(Some(error)).find_map(|cause| cause.downcast_ref::<hyper::Error>());
    match (exchange_error, io_error()) {
        (Some(cause), _) => hyper_failure(exchange.step, cause),
        (None, Some(cause)) => failure::broken(exchange.step, cause),
        (None, None) => failure::protocol(exchange.step, &innermost(error)),
    }
}

/// The failure behind an error of reading a body in the blocking client.
pub(super) fn body_failure(exchange: Exchange<'_>, error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => failure_of(exchange, inner),
        None => failure::broken(exchange.step, error),
    }
}

/// The failure of opening a connection: of TLS, or of TCP before it.
fn connect_failure(uri: &Uri, error: &io::Error) -> Failure {
    let is_tls = Causes(Some(error)).any(|cause| cause.is::<rustls::Error>());
    let innermost = innermost_io(error);
    let was_open = matches!(
        innermost.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    );
    if is_tls || was_open {
        return failure::handshake(host(uri), innermost);
    }
    failure::refused(format_args!("{}:{}", uri.host().unwrap_or_default(), port(uri)), innermost)
}

/// The innermost error of a chain.
fn innermost<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    Causes(Some(error)).last().unwrap_or(error)
}

/// The innermost I/O error of a chain of them: the one that holds the error of TLS.
fn innermost_io(error: &io::Error) -> &io::Error {
    Causes(Some(error)).filter_map(|cause| cause.downcast_ref()).last().unwrap_or(error)
}

/// An error and its causes, outermost first. The cause of an I/O error is the error in it, which its
/// `source` leaves out.
struct Causes<'a>(Option<&'a (dyn StdError + 'static)>);

impl<'a> Iterator for Causes<'a> {
    type Item = &'a (dyn StdError + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let error = self.0?;
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        self.0 = match inside {
            Some(inside) => Some(inside as &(dyn StdError + 'static)),
            None => error.source(),
        };
        Some(error)
    }
}
