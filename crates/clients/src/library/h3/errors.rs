//! The failures behind the errors of h3 and quinn.

use std::net::SocketAddr;

use ::h3::error::StreamError;
use model::failure::{Failure, FailureKind};
use quinn::{ConnectionError, TransportErrorCode};

use crate::failure::{self, ExchangeStep};

/// The failure of a handshake with an address of `host`.
pub(super) fn connect_failure(host: &str, address: SocketAddr, error: &ConnectionError) -> Failure {
    match error {
        ConnectionError::TimedOut => {
            let message = format!("cannot connect to {address}: nothing answered over QUIC");
            Failure { kind: FailureKind::Refused, message }
        }
        // The errors of TLS are those with the codes of its alerts (RFC 9001, section 4.8).
        ConnectionError::TransportError(error) if is_of_tls(error.code) => {
            tls_failure(host, &error.reason)
        }
        ConnectionError::ConnectionClosed(close) if is_of_tls(close.error_code) => {
            tls_failure(host, &close.error_code)
        }
        error => failure::protocol(ExchangeStep::Connecting, error),
    }
}

fn is_of_tls(code: TransportErrorCode) -> bool {
    (0x100..0x200).contains(&u64::from(code))
}

fn tls_failure(host: &str, reason: &dyn std::fmt::Display) -> Failure {
    let message = format!("TLS with {host} failed: {reason}");
    Failure { kind: FailureKind::Tls, message }
}

/// The failure of an exchange.
pub(super) fn stream_failure(step: ExchangeStep, error: &StreamError) -> Failure {
    match error {
        StreamError::RemoteTerminate { code, .. } => {
            let message = format!("the server ended the stream while {step}: {code}");
            Failure { kind: FailureKind::Reset, message }
        }
        StreamError::ConnectionError { .. } | StreamError::RemoteClosing { .. } => {
            failure::ended(step)
        }
        error => failure::protocol(step, error),
    }
}
