//! Programs that use connections in unusual ways, with the library loaded: what they get from the system
//! is what they get without it, and the rows show what they did.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use model::socket::{SocketConnection, SocketRequest, SocketWitness, ThreadWait};
use model::target::Request;
use model::time::Span;
use model::witness::Closer;
use socket_witness::{Library, Recorder};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client.c");
const LOCKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/locks.c");
/// How many bytes the client's usual request has.
const ASKED: u64 = 47;
/// How long a server works.
const PAUSE: Duration = Duration::from_millis(100);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

/// The compiled client; none where the library was not built.
fn client() -> Option<&'static PathBuf> {
    static CLIENT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = || {
        Library::write_to(tempfile::tempdir().expect("a folder").path()).ok()?;
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("client");
        let compiled =
            Command::new("cc").arg("-o").arg(&program).args([SOURCE, "-lpthread", "-ldl"]).status();
        assert!(compiled.expect("there is a compiler: it built the library").success());
        Some(program)
    };
    CLIENT.get_or_init(built).as_ref()
}

/// What a server does when it has read so much of a request.
type Answer = fn(&mut TcpStream, Progress) -> io::Result<()>;

/// How much of a request a server has read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The head of a request that has a body.
    Head,
    /// All of a request that has a body.
    Body,
    /// All of a request without a body.
    Bodiless,
}

/// Answers each connection's requests until the client ends it.
fn serve(answer: Answer) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    thread::spawn(move || {
        let connections = listener.incoming().flatten();
        connections.for_each(|stream| _ = thread::spawn(move || answer_all(stream, answer)));
    });
    port
}

fn answer_all(mut stream: TcpStream, answer: Answer) -> io::Result<()> {
    let mut request = Vec::new();
    let mut byte = [0];
    while stream.read_exact(&mut byte).is_ok() {
        request.push(byte[0]);
        if request.ends_with(b"\r\n\r\n12345") {
            answer(&mut stream, Progress::Body)?;
            request.clear();
        } else if request.ends_with(b"\r\n\r\n") && request.starts_with(b"PUT") {
            answer(&mut stream, Progress::Head)?;
        } else if request.ends_with(b"\r\n\r\n") {
            answer(&mut stream, Progress::Bodiless)?;
            request.clear();
        }
    }
    Ok(())
}

fn at_once(stream: &mut TcpStream, progress: Progress) -> io::Result<()> {
    if progress == Progress::Head { Ok(()) } else { stream.write_all(ANSWER) }
}

/// Works on a request with a body for longer than a tick of any kernel's clock.
fn body_after_a_while(stream: &mut TcpStream, progress: Progress) -> io::Result<()> {
    thread::sleep(if progress == Progress::Body { PAUSE } else { Duration::ZERO });
    at_once(stream, progress)
}

/// Nagle's algorithm holds the second part back until the client's kernel acknowledges the first.
fn in_two_parts(stream: &mut TcpStream, _: Progress) -> io::Result<()> {
    let (first, second) = ANSWER.split_at(20);
    stream.write_all(first)?;
    stream.write_all(second)
}

/// The server works between the two parts.
fn in_two_parts_with_work(stream: &mut TcpStream, _: Progress) -> io::Result<()> {
    let (first, second) = ANSWER.split_at(20);
    stream.set_nodelay(true)?;
    stream.write_all(first)?;
    thread::sleep(PAUSE);
    stream.write_all(second)
}

fn gives_leave(stream: &mut TcpStream, progress: Progress) -> io::Result<()> {
    let leave = b"HTTP/1.1 100 Continue\r\n\r\n";
    stream.write_all(if progress == Progress::Head { leave } else { ANSWER })
}

fn redirects(stream: &mut TcpStream, _: Progress) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")
}

/// Runs a command with the library, for a batch of one request to a port. Returns what it ended with and
/// what was seen.
fn record(command: &mut Command, port: u16) -> (Output, SocketWitness) {
    let folder = tempfile::tempdir().expect("a folder");
    let library = Library::write_to(folder.path()).expect("it is built");
    let mut recorder = Recorder::create(&library, folder.path(), "ring", 7).expect("a ring");
    command.envs(recorder.variables().iter().map(|(name, value)| (name, value)));
    recorder.before_trial().expect("the ring reads");
    let from = host::clock::now();
    let output = command.output().expect("it starts");
    let url = format!("http://127.0.0.1:{port}/items/1?key=value");
    let requests = [Request { method: "GET".into(), url, body: None }];
    let seen =
        recorder.after_trial(from, host::clock::now(), &requests, None).expect("the ring reads");
    (output, seen)
}

/// What was seen of the client, which must end well.
fn seen(way: &str) -> Option<SocketWitness> {
    seen_with(way, at_once)
}

/// What was seen of the client, which must end well, before a server that answers in this way.
fn seen_with(way: &str, answer: Answer) -> Option<SocketWitness> {
    let (port, other) = (serve(answer), serve(at_once));
    let mut command = Command::new(client()?);
    let (output, seen) =
        record(command.arg(way).args([port, other].map(|port| port.to_string())), port);
    assert!(output.status.success(), "{way}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(seen.dropped, 0);
    Some(seen)
}

/// The only connection and the only request of the client.
fn only(seen: &SocketWitness) -> (&SocketConnection, &SocketRequest) {
    let ([connection], [request]) = (&seen.connections[..], &seen.requests[..]) else {
        panic!("not one connection and one request: {seen:#?}");
    };
    assert_eq!((connection.requests, request.status), (1, Some(200)));
    assert!(connection.connected.is_some() && request.first_byte.is_some(), "{seen:#?}");
    (connection, request)
}

/// What was seen of the client's usual request and its end.
fn assert_usual(way: &str) {
    let Some(seen) = seen(way) else { return };
    let (connection, request) = only(&seen);
    assert_eq!(
        (request.method.as_deref(), request.path.as_deref()),
        (Some("GET"), Some("/items/1"))
    );
    assert_eq!((request.item, request.writes, request.reads), (Some(0), 1, 1), "{way}");
    assert_eq!((request.bytes_out, request.bytes_in), (ASKED, ANSWER.len() as u64), "{way}");
    assert_eq!((connection.bytes_out, connection.bytes_in), (ASKED, ANSWER.len() as u64), "{way}");
    assert!(!request.held && !request.asks_leave && request.released.is_none(), "{way}");
    let order = [Some(request.writing), request.first_byte, connection.closed];
    assert!(order.is_sorted() && order[2].is_some(), "{way}: {seen:#?}");
    assert_eq!(connection.closed_by, Some(Closer::Client), "{way}");
}

#[test]
fn keeps_the_errors_of_every_call() {
    let Some(seen) = seen("errors") else { return };
    let [refused] = &seen.other.connections[..] else { panic!("not one attempt: {seen:#?}") };
    assert_eq!(refused.refused.as_deref(), Some("ECONNREFUSED"));
    let (connection, _) = only(&seen);
    assert_eq!(connection.closed_by, Some(Closer::Client));
}

#[test]
fn a_copied_descriptor_is_the_same_connection_until_the_last_copy_is_closed() {
    assert_usual("copied");
}

#[test]
fn a_reused_descriptor_is_no_longer_the_connection() {
    for way in ["stream", "number", "range", "replaced"] {
        assert_usual(way);
    }
}

#[test]
fn a_connection_of_which_a_child_closes_its_copy_stays_open() {
    assert_usual("forked");
}

#[test]
fn a_connection_that_is_opened_without_blocking_is_open_when_the_poll_says_so() {
    assert_usual("not-blocking");
}

#[test]
fn a_half_closed_connection_still_carries_its_response() {
    let Some(seen) = seen("half-closed") else { return };
    let (connection, request) = only(&seen);
    assert_eq!(request.bytes_in, ANSWER.len() as u64);
    assert_eq!(connection.closed_by, Some(Closer::Client));
    assert!(connection.closed < request.first_byte, "{seen:#?}");
}

#[test]
fn a_request_in_several_writes_is_one_request() {
    let Some(seen) = seen("in-parts") else { return };
    let (_, request) = only(&seen);
    assert_eq!((request.writes, request.bytes_out), (2, 49));
    assert_eq!(request.item, None);
}

#[test]
fn a_part_that_the_kernel_held_back_is_released_when_it_is_sent() {
    let Some(seen) = seen_with("two-sends", body_after_a_while) else { return };
    let [whole, parted] = &seen.requests[..] else { panic!("not two requests: {seen:#?}") };
    assert_eq!((whole.held, whole.released), (false, None));
    assert!(parted.held, "{parted:#?}");
    let released = parted.released.expect("the kernel sent it before the response came");
    let order = [Some(parted.sent), Some(released), parted.first_byte];
    assert!(order.is_sorted(), "{parted:#?}");
}

#[test]
fn a_pause_that_ended_with_an_acknowledgement_differs_from_one_of_work() {
    let acknowledged = |way, answer| {
        let seen = seen_with(way, answer)?;
        let both = seen.requests.iter().map(|request| (request.reads, request.acknowledged));
        Some(both.collect::<Vec<_>>())
    };
    let Some(delayed) = acknowledged("delayed-acknowledgement", in_two_parts) else { return };
    // Acknowledgements are counted from the first long pause on.
    assert_eq!(delayed, [(2, None), (2, Some(true))]);
    let worked = acknowledged("quick-acknowledgement", in_two_parts_with_work);
    assert_eq!(worked, Some(vec![(2, None), (2, Some(false))]));
}

#[test]
fn a_request_that_asks_for_leave_to_send_its_body_is_known() {
    let Some(seen) = seen_with("asks-leave", gives_leave) else { return };
    let (_, request) = only(&seen);
    assert!(request.asks_leave, "{request:#?}");
    assert_eq!((request.interim, request.writes, request.reads), (1, 2, 2));
}

#[test]
fn requests_to_a_server_that_no_url_names_are_not_those_of_the_batch() {
    let Some(seen) = seen("metrics") else { return };
    only(&seen);
    let [metrics] = &seen.other.requests[..] else { panic!("not one request: {seen:#?}") };
    assert_eq!(metrics.path.as_deref(), Some("/metrics"));
    assert_eq!(seen.other.connections.len(), 1);
    // The name has the address of the batch's server.
    assert_eq!((seen.lookups.len(), seen.other.lookups.len()), (1, 0));
}

#[test]
fn requests_to_a_server_to_which_a_redirect_led_belong_to_the_batch() {
    let Some(seen) = seen_with("redirected", redirects) else { return };
    let statuses: Vec<_> = seen.requests.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(302), Some(200)]);
    assert_eq!((seen.connections.len(), seen.other.connections.len()), (2, 0));
}

#[test]
fn bytes_that_were_peeked_at_count_once_and_those_thrown_away_count() {
    let Some(seen) = seen("thrown-away") else { return };
    let connection = &seen.connections[0];
    assert_eq!(connection.bytes_in, ANSWER.len() as u64);
}

#[test]
fn children_are_processes_of_their_own() {
    let Some(seen) = seen("in-a-child") else { return };
    let (connection, request) = only(&seen);
    assert_eq!(connection.closed_by, Some(Closer::Client));
    let thread = &seen.threads[request.thread as usize];
    assert_eq!((thread.process, thread.main), (1, true));
    assert!(thread.running.is_some(), "{thread:?}");
    let parent = seen.threads.iter().find(|thread| thread.process == 0).expect("it waits");
    assert!(parent.waited.of(ThreadWait::Child) > Span::ZERO);
}

#[test]
fn datagrams_and_local_sockets_are_no_connections() {
    let Some(seen) = seen("other-sockets") else { return };
    assert_eq!((&seen.connections[..], &seen.requests[..]), (&[][..], &[][..]));
}

#[test]
fn more_threads_than_there_is_room_for_do_no_harm() {
    let Some(seen) = seen("many-threads") else { return };
    only(&seen);
}

#[test]
fn a_program_that_clears_its_environment_is_not_seen() {
    let Some(client) = client() else { return };
    let port = serve(at_once);
    let mut command = Command::new("env");
    command.arg("-i").arg(client).args(["copied", &port.to_string()]);
    let (output, seen) = record(&mut command, port);
    assert!(output.status.success());
    assert_eq!(seen.connections, []);
}

#[test]
fn times_of_a_thread_sum_to_its_life() {
    let Some(seen) = seen("many-threads") else { return };
    for thread in &seen.threads {
        let (Some(running), Some(runnable)) = (thread.running, thread.runnable) else { continue };
        let sum = running + runnable + thread.waited.total();
        assert!(sum <= thread.ended.saturating_sub(thread.began), "{thread:?}");
    }
}

#[test]
fn a_wait_in_a_call_that_is_not_observed_is_no_wait_for_a_core() {
    let Some(seen) = seen("file-lock") else { return };
    let (_, request) = only(&seen);
    let thread = &seen.threads[request.thread as usize];
    assert_eq!(thread.waited.of(ThreadWait::Lock), Span::ZERO);
    let (Some(running), Some(runnable)) = (thread.running, thread.runnable) else { return };
    let known = running + runnable + thread.waited.total();
    let unseen = thread.ended.saturating_sub(thread.began).saturating_sub(known);
    // Another thread holds the lock for 200 ms, or less where this one begins late.
    assert!(unseen > Span::from_millis(1), "{thread:?}");
}

/// Runs Python code with the library; none where there is no Python.
fn python(code: &str) -> Option<SocketWitness> {
    client()?;
    let port = serve(at_once);
    let ask = format!(
        "import socket; s = socket.create_connection(('127.0.0.1', {port})); s.close()\n{code}"
    );
    Command::new("python3").arg("-V").output().ok()?;
    let (output, seen) = record(Command::new("python3").arg("-c").arg(ask), port);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(seen)
}

/// How long all threads waited for this.
fn waited(seen: &SocketWitness, wait: ThreadWait) -> Span {
    seen.threads.iter().map(|thread| thread.waited.of(wait)).sum()
}

#[test]
fn only_a_lock_that_is_held_is_waited_for() {
    let waited_for_lock = |way| {
        let seen = seen(way)?;
        let (_, request) = only(&seen);
        let thread = &seen.threads[request.thread as usize];
        Some(thread.waits.iter().any(|wait| wait.kind == ThreadWait::Lock))
    };
    for (way, expected) in
        [("mutex", true), ("read-lock", true), ("write-lock", true), ("shared-lock", false)]
    {
        let Some(waited) = waited_for_lock(way) else { return };
        assert_eq!(waited, expected, "{way}");
    }
}

/// A library of this name that makes a lock and waits for it.
fn library_with_locks(folder: &Path, name: &str) -> PathBuf {
    let library = folder.join(name);
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-Wl,-z,relro,-z,now", "-o"]).arg(&library).arg(LOCKS);
    assert!(compiler.status().expect("there is a compiler: it built the client").success());
    library
}

#[test]
fn only_openssl_waits_for_read_locks_unseen() {
    let Some(client) = client() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let port = serve(at_once);
    for (name, expected) in [("libcrypto.so.3", false), ("libother.so", true)] {
        let mut command = Command::new(client);
        command.args(["library-lock", &port.to_string()]);
        command.arg(library_with_locks(folder.path(), name));
        let (output, seen) = record(&mut command, port);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let (_, request) = only(&seen);
        let waits = &seen.threads[request.thread as usize].waits;
        assert_eq!(waits.iter().any(|wait| wait.kind == ThreadWait::Lock), expected, "{name}");
    }
}

#[test]
fn the_interpreter_lock_is_told_from_other_locks() {
    let two = "import threading, time\n\
               def burn():\n    until = time.thread_time() + 0.1\n    while time.thread_time() < until: pass\n\
               threads = [threading.Thread(target=burn) for _ in range(2)]\n\
               [thread.start() for thread in threads]; [thread.join() for thread in threads]";
    let Some(seen) = python(two) else { return };
    // Each waits while the other one runs.
    assert!(waited(&seen, ThreadWait::InterpreterLock) > Span::from_millis(50), "{seen:#?}");
    let held = "import threading, time\nlock = threading.Lock(); lock.acquire()\n\
                thread = threading.Thread(target=lambda: lock.acquire()); thread.start()\n\
                time.sleep(0.1); lock.release(); thread.join()";
    let Some(seen) = python(held) else { return };
    let [lock, interpreter] = [ThreadWait::Lock, ThreadWait::InterpreterLock];
    assert!(waited(&seen, lock) >= Span::from_millis(99), "{seen:#?}");
    assert!(waited(&seen, interpreter) < waited(&seen, lock), "{seen:#?}");
    assert!(waited(&seen, ThreadWait::Sleep) >= Span::from_millis(99), "{seen:#?}");
}

#[test]
fn the_ring_holds_no_query_and_is_private() {
    let Some(client) = client() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let library = Library::write_to(folder.path()).expect("it is built");
    let recorder = Recorder::create(&library, folder.path(), "ring", 7).expect("a ring");
    let mut command = Command::new(client);
    let port = serve(at_once).to_string();
    command.args(["metrics", &port, &port]);
    command.envs(recorder.variables().iter().map(|(name, value)| (name, value)));
    assert!(command.status().expect("it starts").success());
    let file = folder.path().join("ring.ring");
    let mode = file.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let ring = std::fs::read(&file).expect("it reads");
    let used = &ring[..1 << 17];
    let holds = |text: &str| used.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(holds("/items/1") && !holds("value") && !holds("Host") && !holds("fine"));
    assert!(holds("localhost 127.0.0.1"));
}
