//! A server that misbehaves on demand, in ways that the embedded endpoint cannot. It speaks just
//! enough HTTP/1.1, and no TLS.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use model::time::Moment;

use host::clock::now;

/// The time between two bytes of an endless body: shorter than any client's read timeout.
const DRIP: Duration = Duration::from_millis(20);
/// The body of a correct answer.
const TODO: &str = r#"{"title": "be good for once"}"#;
/// An interim response.
const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nlink: </todos>; rel=preload\r\n\r\n";
/// How long it delays the end of a body, or an answer after an interim one.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a request may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What the server does with a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Answers, and keeps the connection open.
    #[default]
    Answer,
    /// Answers, and delays the end of the body.
    DelayBodyEnd,
    /// Sends an interim response, and answers a while later.
    HintFirst,
    /// Never answers.
    KeepSilent,
    /// Answers with a body that comes byte by byte and never ends.
    Drip,
    /// Ends the connection in the middle of the body.
    CutOff,
    /// Answers with something that is not HTTP.
    SendGarbage,
}

/// The server. Dropping it closes its port; open connections are served until the client closes
/// them.
#[derive(Debug)]
pub(crate) struct FaultyServer {
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
    behaviour: Behaviour,
    requests: Vec<String>,
    body_end_sent: Option<Moment>,
    hinted_answer_sent: Option<Moment>,
    is_closed: bool,
}

impl FaultyServer {
    /// Opens the server on a free port.
    pub(crate) fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::<Shared>::default();
        let server = Self { port, shared: Arc::clone(&shared) };
        thread::Builder::new().name("faulty-server".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.state().is_closed {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A broken connection is part of the check, not an error.
                thread::spawn(move || drop(shared.serve(stream)));
            }
        })?;
        Ok(server)
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Forgets the requests so far, and answers further ones with another behaviour.
    pub(crate) fn set_behaviour(&self, behaviour: Behaviour) {
        let mut state = self.shared.state();
        state.behaviour = behaviour;
        state.requests.clear();
        state.body_end_sent = None;
        state.hinted_answer_sent = None;
    }

    /// The moment before it wrote the end of the last delayed body.
    pub(crate) fn body_end_sent(&self) -> Option<Moment> {
        self.shared.state().body_end_sent
    }

    /// The moment before it wrote the last answer that followed an interim response.
    pub(crate) fn hinted_answer_sent(&self) -> Option<Moment> {
        self.shared.state().hinted_answer_sent
    }

    /// The requests since the behaviour was set, head and body as received. Waits for the first one;
    /// empty if none arrives. May include a request that an earlier driver made before it ended.
    pub(crate) fn requests(&self) -> Vec<String> {
        let state = self.shared.state();
        let none = |state: &mut State| state.requests.is_empty();
        let (state, _) = self
            .shared
            .arrived
            .wait_timeout_while(state, TIMEOUT, none)
            .unwrap_or_else(PoisonError::into_inner);
        state.requests.clone()
    }
}

impl Drop for FaultyServer {
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
            let behaviour = {
                let mut state = self.state();
                state.requests.push(request);
                state.behaviour
            };
            self.arrived.notify_all();
            match behaviour {
                Behaviour::Answer => answer(&mut stream, TODO.len(), TODO)?,
                Behaviour::DelayBodyEnd => self.delay_body_end(&mut stream)?,
                Behaviour::HintFirst => self.hint_first(&mut stream)?,
                Behaviour::KeepSilent => return wait_for_end(&mut stream),
                Behaviour::Drip => return drip(&mut stream),
                Behaviour::CutOff => return answer(&mut stream, 1000, "{"),
                Behaviour::SendGarbage => {
                    return stream.write_all(b"a server that does not speak HTTP\r\n\r\n");
                }
            }
        }
    }

    fn delay_body_end(&self, stream: &mut TcpStream) -> io::Result<()> {
        let (beginning, end) = TODO.split_at(TODO.len() / 2);
        answer(stream, TODO.len(), beginning)?;
        thread::sleep(PAUSE);
        self.state().body_end_sent = Some(now());
        stream.write_all(end.as_bytes())
    }

    fn hint_first(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.write_all(HINTS.as_bytes())?;
        thread::sleep(PAUSE);
        self.state().hinted_answer_sent = Some(now());
        answer(stream, TODO.len(), TODO)
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

    fn reply(behaviour: Behaviour, request: &str) -> (String, String) {
        let server = FaultyServer::open().expect("a port");
        server.set_behaviour(behaviour);
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).expect("opens");
        stream.write_all(request.as_bytes()).expect("is sent");
        let seen = server.requests().pop().expect("arrives");
        if matches!(behaviour, Behaviour::Answer | Behaviour::DelayBodyEnd | Behaviour::KeepSilent)
        {
            stream.shutdown(std::net::Shutdown::Write).expect("ends");
        }
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("is readable");
        (seen, reply)
    }

    #[test]
    fn reads_a_whole_request_and_follows_the_behaviour() {
        let put = "PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody";
        let (seen, answer) = reply(Behaviour::Answer, put);
        assert_eq!(seen, put);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a response");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{answer}");
        let (_, cut) = reply(Behaviour::CutOff, put);
        assert!(cut.contains("content-length: 1000") && cut.ends_with('{'), "{cut}");
        assert_eq!(reply(Behaviour::KeepSilent, put).1, "");
        assert!(!reply(Behaviour::SendGarbage, put).1.starts_with("HTTP"));
    }

    #[test]
    fn waits_for_the_body_with_either_framing() {
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
