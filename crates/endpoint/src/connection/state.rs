//! The state of a connection: which side may still send, and what the handler works on.
//!
//! A connection goes from open to lingering and skips states, but never goes back.

use model::time::{Moment, Span};
use model::witness::Closer;

use crate::http::response::HttpResponse;
use crate::observer::RequestKey;

/// How long the server waits for the client's end after it has closed its own side. If it closed
/// the socket at once, the kernel would answer late bytes with a reset, and the client could lose
/// the response (RFC 9112, section 9.6).
pub(super) const LINGER: Span = Span::from_secs(1);

/// The state of a connection.
#[derive(Debug)]
pub(super) enum ConnectionState {
    /// Requests are read and answered.
    Open { input: Input, thinking: Option<Thinking> },
    /// No more requests are read. Those that were read are still answered.
    Draining { rest: Rest, thinking: Option<Thinking> },
    /// The server's end is queued behind its last response.
    Closing { rest: Rest, closer: Closer },
    /// The server's side of the socket was closed at `since`.
    Lingering { rest: Rest, since: Moment },
}

/// The client's side of the socket while requests are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// More bytes may arrive.
    Open,
    /// The client's end has arrived. The link still holds it.
    HalfClosed,
}

/// What can still arrive once no more requests are read. All of it is discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Bytes and the client's end, for which the server lingers.
    Discarded,
    /// The end of the byte stream. The client has already ended its side within TLS, so the server
    /// does not linger.
    AfterCloseNotify,
    /// Nothing.
    Nothing,
}

/// A request that the handler thinks about.
#[derive(Debug)]
pub(super) struct Thinking {
    pub(super) prepared: PreparedResponse,
    pub(super) since: Moment,
    pub(super) due: Moment,
}

/// A response, and what depends on the request that it answers.
#[derive(Debug)]
pub(super) struct PreparedResponse {
    pub(super) response: HttpResponse,
    /// The request; none if it could not be read.
    pub(super) request: Option<RequestKey>,
    /// Who closes the connection if the response is the last one.
    pub(super) closer: Closer,
}

impl Default for ConnectionState {
    fn default() -> Self {
        Self::Open { input: Input::Open, thinking: None }
    }
}

impl ConnectionState {
    /// Whether requests are read.
    pub(super) fn reads(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Whether bytes may still arrive, to be read or to be discarded.
    pub(super) fn wants_bytes(&self) -> bool {
        match self {
            Self::Open { input, .. } => *input == Input::Open,
            Self::Draining { rest, .. }
            | Self::Closing { rest, .. }
            | Self::Lingering { rest, .. } => *rest != Rest::Nothing,
        }
    }

    /// Whether the handler thinks about a request.
    pub(super) fn is_thinking(&self) -> bool {
        self.thinking().is_some()
    }

    /// Whether no more requests are read and the handler has answered the last one it was given.
    pub(super) fn is_drained(&self) -> bool {
        matches!(self, Self::Draining { thinking: None, .. })
    }

    /// Whether the server's end is queued or written, and its side of the socket is still open.
    pub(super) fn is_closing(&self) -> bool {
        matches!(self, Self::Closing { .. })
    }

    /// Whether nothing can happen any more.
    pub(super) fn is_over(&self, now: Moment) -> bool {
        match self {
            Self::Lingering { rest: Rest::Discarded, since } => *since + LINGER <= now,
            Self::Lingering { .. } => true,
            _ => false,
        }
    }

    /// When the handler has thought, or the server stops lingering.
    pub(super) fn due(&self) -> Option<Moment> {
        match self {
            Self::Lingering { since, .. } => Some(*since + LINGER),
            _ => self.thinking().map(|thinking| thinking.due),
        }
    }

    /// The handler starts to think about a request.
    pub(super) fn think(&mut self, request: Thinking) {
        if let Some(slot) = self.thinking_slot() {
            *slot = Some(request);
        }
    }

    /// The request that the handler has thought about, if it is due by `by`.
    pub(super) fn finish_thinking(&mut self, by: Moment) -> Option<Thinking> {
        self.thinking_slot()?.take_if(|thinking| thinking.due <= by)
    }

    /// The client closed its side of the socket.
    pub(super) fn end_of_stream(&mut self) {
        match self {
            Self::Open { input, .. } => *input = Input::HalfClosed,
            Self::Draining { rest, .. }
            | Self::Closing { rest, .. }
            | Self::Lingering { rest, .. } => *rest = Rest::Nothing,
        }
    }

    /// Stops reading requests.
    pub(super) fn drain(&mut self, after: Rest) {
        if let Self::Open { input, thinking } = self {
            let rest = if *input == Input::HalfClosed { Rest::Nothing } else { after };
            *self = Self::Draining { rest, thinking: thinking.take() };
        }
    }

    /// Queues the server's end.
    pub(super) fn close(&mut self, closer: Closer) {
        self.drain(Rest::Discarded);
        if let Self::Draining { rest, .. } = self {
            *self = Self::Closing { rest: *rest, closer };
        }
    }

    /// The server's side of the socket was closed; gives who closed the connection.
    pub(super) fn shut(&mut self, at: Moment) -> Option<Closer> {
        let Self::Closing { rest, closer } = *self else { return None };
        *self = Self::Lingering { rest, since: at };
        Some(closer)
    }

    fn thinking(&self) -> Option<&Thinking> {
        match self {
            Self::Open { thinking, .. } | Self::Draining { thinking, .. } => thinking.as_ref(),
            Self::Closing { .. } | Self::Lingering { .. } => None,
        }
    }

    fn thinking_slot(&mut self) -> Option<&mut Option<Thinking>> {
        match self {
            Self::Open { thinking, .. } | Self::Draining { thinking, .. } => Some(thinking),
            Self::Closing { .. } | Self::Lingering { .. } => None,
        }
    }
}
