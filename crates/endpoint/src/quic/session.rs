//! One connection of HTTP/3: each request is a task that waits for its permit, is handled, thinks and answers.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h3::error::Code;
use h3::server::{self, RequestResolver, RequestStream};
use h3_quinn::BidiStream;
use host::clock::now;
use model::time::Span;
use quinn::{Connecting, ConnectionError};
use tokio::sync::Notify;

use crate::http::request::Persistence;
use crate::http::response::HttpResponse;
use crate::http::typed::{head, interpret};
use crate::http2::body::{BodyPieces, PIECE};
use crate::quic::packets::PacketObserver;
use crate::server::Server;
use crate::server::capacity::{Acquired, Permit};
use crate::server::handler::{HandledRequest, StreamEnd};
use crate::wake::sleep_until;

/// How long a client may take to close a connection that the server has announced to close, once everything is
/// answered.
const FAREWELL: Duration = Duration::from_secs(1);

type Session = server::Connection<h3_quinn::Connection, Bytes>;
type Resolver = RequestResolver<h3_quinn::Connection, Bytes>;
type Stream = RequestStream<BidiStream<Bytes>, Bytes>;

/// What a connection waits for.
enum Event {
    Request(Box<Resolver>),
    /// A response after which the server closes the connection.
    LastResponse,
    Over,
}

/// Serves a connection until it is over.
pub(crate) async fn serve_connection(
    connecting: Connecting,
    server: Arc<Server>,
    observer: Arc<PacketObserver>,
) {
    let Ok(connection) = connecting.await else {
        observer.witness().broke(now());
        return;
    };
    let session = h3_quinn::Connection::new(connection.clone());
    // A frame without meaning would only make the first response larger.
    let session = server::builder().send_grease(false).build(session).await;
    if let Ok(session) = session {
        answer_requests(session, &server, &observer).await;
    }
    if matches!(connection.closed().await, ConnectionError::TimedOut) {
        observer.witness().broke(now());
    }
}

/// Answers the requests of a connection until it is over, or is to be closed.
async fn answer_requests(
    mut session: Session,
    server: &Arc<Server>,
    observer: &Arc<PacketObserver>,
) {
    let last_response = Arc::new(Notify::new());
    loop {
        match next_event(&mut session, &last_response).await {
            Event::Request(resolver) => {
                let request = RequestTask {
                    server: Arc::clone(server),
                    observer: Arc::clone(observer),
                    last_response: Arc::clone(&last_response),
                };
                tokio::spawn(request.run(*resolver));
            }
            Event::LastResponse => {
                // GOAWAY. It fails only on a connection that is over.
                let _ = session.shutdown(0).await;
                let rest = async {
                    while let Event::Request(_) = next_event(&mut session, &last_response).await {}
                };
                let _ = tokio::time::timeout(FAREWELL, rest).await;
                return;
            }
            Event::Over => return,
        }
    }
}

async fn next_event(session: &mut Session, last_response: &Notify) -> Event {
    let mut accepted = pin!(session.accept());
    let mut last = pin!(last_response.notified());
    poll_fn(|context| {
        if last.as_mut().poll(context).is_ready() {
            return Poll::Ready(Event::LastResponse);
        }
        accepted.as_mut().poll(context).map(|accepted| match accepted {
            Ok(Some(resolver)) => Event::Request(Box::new(resolver)),
            Ok(None) | Err(_) => Event::Over,
        })
    })
    .await
}

/// The task of one request.
struct RequestTask {
    server: Arc<Server>,
    observer: Arc<PacketObserver>,
    last_response: Arc<Notify>,
}

impl RequestTask {
    /// Answers the request. On a stream that breaks nothing is left to do: the witness has seen why.
    async fn run(self, resolver: Resolver) {
        let _ = self.answer(resolver).await;
    }

    async fn answer(&self, resolver: Resolver) -> Option<()> {
        let (asked, mut stream) = resolver.resolve_request().await.ok()?;
        while stream.recv_data().await.ok()?.is_some() {}
        let request = interpret(&asked.into_parts().0);
        let number = stream.id().into_inner();
        let permit = self.permit().await?;
        let handled = now();
        let ordinal = self.observer.witness().requests();
        let HandledRequest { response, think, stream_end } =
            self.server.handler.answer(&request, ordinal, handled);
        self.observer.witness().handed_over(number, &request, &response, handled);
        self.think(number, think).await?;
        let ready = now();
        self.observer.witness().ready(number, ready);
        if let Some(permit) = permit {
            permit.end(ready);
        }
        let persistence = response.persistence;
        match stream_end {
            StreamEnd::Response => send(&mut stream, response).await?,
            StreamEnd::Reset => stream.stop_stream(Code::H3_INTERNAL_ERROR),
        }
        if persistence == Persistence::Close {
            self.last_response.notify_one();
        }
        Some(())
    }

    /// Waits for the permit to be handled, if the server's capacity is limited.
    async fn permit(&self) -> Option<Option<Permit>> {
        Some(match self.server.capacity.as_ref().map(|capacity| capacity.acquire()) {
            None => None,
            Some(Acquired::Permit(permit)) => Some(permit),
            Some(Acquired::Queued(place)) => Some(place.await.ok()?),
        })
    }

    async fn think(&self, number: u64, think: Span) -> Option<()> {
        if !think.is_zero() {
            let since = now();
            sleep_until(since + think).await.ok()?;
            self.observer.witness().thought(number, now().since(since));
        }
        Some(())
    }
}

/// Sends a response: whole, or cut where it is truncated.
async fn send(stream: &mut Stream, response: HttpResponse) -> Option<()> {
    let is_truncated = response.is_truncated();
    stream.send_response(head(response.status, response.fields)).await.ok()?;
    if let Some(body) = response.body {
        let mut pieces = BodyPieces::new(body);
        while pieces.left() > 0 {
            stream.send_data(pieces.take(PIECE)).await.ok()?;
        }
    }
    if is_truncated {
        stream.stop_stream(Code::H3_INTERNAL_ERROR);
    } else {
        stream.finish().await.ok()?;
    }
    Some(())
}
