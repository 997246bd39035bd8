//! A server that behaves as it is told, mostly badly: for all that the embedded endpoint is too
//! well-behaved to do. It speaks as much HTTP/1.1 as that takes, and no TLS.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use model::time::Moment;

use crate::driver::now;

/// How long it takes from one byte of a dripping body to the next: less than any client's patience
/// between two reads.
const DRIP: Duration = Duration::from_millis(20);
/// What it answers when it does.
const TODO: &str = r#"{"title": "be good for once"}"#;
/// How long it dawdles.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server does with a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Manner {
    /// It answers, and keeps the connection open.
    #[default]
    Answer,
    /// It answers, and takes its time over the end of the body.
    Dawdle,
    /// It never answers.
    KeepSilent,
    /// It answers with a body that comes byte by byte and never ends.
    Drip,
    /// It ends the connection in the middle of the body.
    CutOff,
    /// It answers with something else than HTTP.
    Babble,
}

/// The server. Dropping it closes its port; a connection that is open is served on until its client
/// closes it.
#[derive(Debug)]
pub(super) struct Wayward {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    manner: Manner,
    requests: Vec<String>,
    ended: Option<Moment>,
    is_closed: bool,
}

impl Wayward {
    /// Opens it on a free port.
    pub(super) fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::<Shared>::default();
        let server = Self { port, shared: Arc::clone(&shared) };
        thread::Builder::new().name("wayward".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.state().is_closed {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client whose connection ends is none to worry about: that is what is tried.
                thread::spawn(move || drop(shared.serve(stream)));
            }
        })?;
        Ok(server)
    }

    /// The port that it listens on.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Forgets the requests so far, and treats those to come in another manner.
    pub(super) fn behave(&self, manner: Manner) {
        let mut state = self.shared.state();
        state.manner = manner;
        state.requests.clear();
        state.ended = None;
    }

    /// The moment before it wrote the end of the last body over which it took its time.
    pub(super) fn ended(&self) -> Option<Moment> {
        self.shared.state().ended
    }

    /// The requests since it was told how to behave, head and body as they came, once there is one;
    /// none when none comes. One that a driver made before it was ended can be among them.
    pub(super) fn requests(&self) -> Vec<String> {
        let state = self.shared.state();
        let none = |state: &mut State| state.requests.is_empty();
        let (state, _) = self
            .shared
            .arrived
            .wait_timeout_while(state, PATIENCE, none)
            .unwrap_or_else(PoisonError::into_inner);
        state.requests.clone()
    }
}

impl Drop for Wayward {
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
        // Wakes the thread that accepts.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        loop {
            let request = read_request(&mut stream)?;
            let manner = {
                let mut state = self.state();
                state.requests.push(request);
                state.manner
            };
            self.arrived.notify_all();
            match manner {
                Manner::Answer => answer(&mut stream, TODO.len(), TODO)?,
                Manner::Dawdle => self.dawdle(&mut stream)?,
                Manner::KeepSilent => return wait_for_end(&mut stream),
                Manner::Drip => return drip(&mut stream),
                Manner::CutOff => return answer(&mut stream, 1000, "{"),
                Manner::Babble => return stream.write_all(b"a server that speaks no HTTP\r\n\r\n"),
            }
        }
    }

    fn dawdle(&self, stream: &mut TcpStream) -> io::Result<()> {
        let (beginning, end) = TODO.split_at(TODO.len() / 2);
        answer(stream, TODO.len(), beginning)?;
        thread::sleep(PAUSE);
        self.state().ended = Some(now());
        stream.write_all(end.as_bytes())
    }
}

fn answer(stream: &mut TcpStream, length: usize, body: &str) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
    write!(stream, "{head}: {length}\r\n\r\n{body}")
}

fn drip(stream: &mut TcpStream) -> io::Result<()> {
    answer(stream, 1 << 30, "")?;
    loop {
        stream.write_all(b" ")?;
        thread::sleep(DRIP);
    }
}

fn wait_for_end(stream: &mut TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 1024])? > 0 {}
    Ok(())
}

/// Reads a whole request. The end of the connection is an error.
fn read_request(stream: &mut TcpStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    while !is_whole(&bytes) {
        match stream.read(&mut part)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&part[..read]),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    if head.contains("\r\ntransfer-encoding: chunked") {
        return body.ends_with("0\r\n\r\n");
    }
    let length = head.split("\r\ncontent-length:").nth(1).and_then(|rest| rest.lines().next());
    body.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(manner: Manner, request: &str) -> (String, String) {
        let server = Wayward::open().expect("a port");
        server.behave(manner);
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).expect("opens");
        stream.write_all(request.as_bytes()).expect("is sent");
        let seen = server.requests().pop().expect("arrives");
        if matches!(manner, Manner::Answer | Manner::Dawdle | Manner::KeepSilent) {
            stream.shutdown(std::net::Shutdown::Write).expect("ends");
        }
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("is readable");
        (seen, reply)
    }

    #[test]
    fn a_request_is_read_to_its_end_and_treated_as_told() {
        let put = "PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody";
        let (seen, answer) = reply(Manner::Answer, put);
        assert_eq!(seen, put);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a response");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{answer}");
        let (_, cut) = reply(Manner::CutOff, put);
        assert!(cut.contains("content-length: 1000") && cut.ends_with('{'), "{cut}");
        assert_eq!(reply(Manner::KeepSilent, put).1, "");
        assert!(!reply(Manner::Babble, put).1.starts_with("HTTP"));
    }

    #[test]
    fn a_body_is_awaited_whichever_way_it_is_framed() {
        for (text, whole) in [
            ("GET / HTTP/1.1\r\n", false),
            ("GET / HTTP/1.1\r\n\r\n", true),
            ("PUT / HTTP/1.1\r\ncontent-length:  3\r\n\r\nab", false),
            ("PUT / HTTP/1.1\r\ncontent-length:  3\r\n\r\nabc", true),
            ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", false),
            ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", true),
        ] {
            assert_eq!(is_whole(text.as_bytes()), whole, "{text:?}");
        }
    }
}
