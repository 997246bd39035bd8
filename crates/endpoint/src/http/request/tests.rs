//! Requests as they are written, in pieces of every size, and what is not a request.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// What a reader gives for the whole of a text: its events, and the error that ended them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reading {
    events: Vec<RequestEvent>,
    error: Option<RequestError>,
}

/// Reads pieces one after the other, up to the first error.
fn read_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Reading {
    let mut reader = RequestReader::default();
    let mut reading = Reading::default();
    for piece in pieces {
        reader.push(piece);
        loop {
            match reader.next() {
                Ok(Some(event)) => reading.events.push(event),
                Ok(None) => break,
                Err(error) => {
                    reading.error = Some(error);
                    return reading;
                }
            }
        }
    }
    reading
}

fn read_in_pieces(text: &[u8], size: usize) -> Result<Vec<RequestEvent>, RequestError> {
    let Reading { events, error } = read_pieces(text.chunks(size));
    error.map_or(Ok(events), Err)
}

fn read(text: &str) -> Result<Vec<RequestEvent>, RequestError> {
    read_in_pieces(text.as_bytes(), text.len().max(1))
}

fn targets(found: &[RequestEvent]) -> Vec<&str> {
    found
        .iter()
        .map(|found| match found {
            RequestEvent::Request(request) => request.target.as_str(),
            RequestEvent::ExpectContinue => "(expectation)",
        })
        .collect()
}

#[test]
fn reads_the_same_requests_in_pieces_of_every_size() {
    let text = b"GET /a HTTP/1.1\r\nhost: h\r\n\r\n\
        POST /b HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\nGET /\
        PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n\
        3;ext=1\r\nGET\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\ntrailer: t\r\n\r\n\
        GET /d HTTP/1.1\r\nhost: h\r\n\r\n";
    let whole = read_in_pieces(text, text.len()).expect("reads");
    assert_eq!(targets(&whole), ["/a", "(expectation)", "/b", "/c", "/d"]);
    for size in 1..text.len() {
        assert_eq!(read_in_pieces(text, size).expect("reads"), whole, "in pieces of {size}");
    }
}

#[test]
fn persistence_follows_the_version_and_the_header() {
    let stays = |text: &str| match read(text).expect("reads").pop() {
        Some(RequestEvent::Request(request)) => request.persistence == Persistence::KeepAlive,
        other => panic!("not a request: {other:?}"),
    };
    assert!(stays("GET / HTTP/1.1\r\nhost: h\r\n\r\n"));
    assert!(!stays("GET / HTTP/1.1\r\nhost: h\r\nconnection: foo, Close\r\n\r\n"));
    assert!(!stays("GET / HTTP/1.0\r\n\r\n"));
    assert!(stays("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"));
}

#[test]
fn rejects_bytes_that_are_not_a_request() {
    let status = |text: &str| read(text).expect_err("is an error").0;
    assert_eq!(status("nonsense\r\n\r\n"), 400);
    assert_eq!(status("\x16\x03\x01\x02\x05"), 400);
    assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), 400, "no host");
    assert_eq!(status("GET / HTTP/2.0\r\nhost: h\r\n\r\n"), 505);
    let body = |header: &str| format!("POST / HTTP/1.1\r\nhost: h\r\n{header}\r\n\r\n");
    for header in [
        "content-length: +1",
        "content-length: -1",
        "content-length: ",
        "content-length: 99999999999999999999",
        "content-length: 1\r\ncontent-length: 2",
        "content-length: 1\r\ntransfer-encoding: chunked",
    ] {
        assert_eq!(status(&body(header)), 400, "{header}");
    }
    assert_eq!(status(&body("transfer-encoding: gzip")), 501);
    assert_eq!(status(&(body("transfer-encoding: chunked") + "zz\r\n")), 400);
}

#[test]
fn rejects_a_head_that_is_too_large() {
    let mut reader = RequestReader::default();
    reader.push(b"GET / HTTP/1.1\r\nlong: ");
    assert_eq!(reader.next(), Ok(None));
    reader.push(&vec![b'a'; LARGEST_HEAD]);
    assert_eq!(reader.next(), Err(TOO_LARGE));
    let many = "a: b\r\n".repeat(MOST_HEADERS + 1);
    assert_eq!(read(&format!("GET / HTTP/1.1\r\n{many}\r\n")), Err(TOO_LARGE));
}

#[test]
fn skips_a_long_body_without_keeping_it() {
    let mut reader = RequestReader::default();
    reader.push(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1048576\r\n\r\n");
    assert_eq!(reader.next(), Ok(None));
    for _ in 0..1024 {
        reader.push(&[0; 1024]);
        assert!(reader.buffer.len() <= 2048);
        if reader.next().expect("reads").is_some() {
            return;
        }
    }
    panic!("the body did not end");
}

/// One request as it is written, and the events that it gives.
#[derive(Clone, Debug)]
struct Written {
    text: Vec<u8>,
    expects_continue: bool,
    request: (String, String),
}

/// The body of a written request.
#[derive(Clone, Debug)]
enum WrittenBody {
    None,
    Length(Vec<u8>),
    Chunks(Vec<Vec<u8>>),
}

fn written(method: &str, target: &str, body: &WrittenBody, expects_continue: bool) -> Written {
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: h\r\n").into_bytes();
    if expects_continue {
        text.extend(b"expect: 100-continue\r\n");
    }
    let mut has_body = true;
    match body {
        WrittenBody::None => {
            text.extend(b"\r\n");
            has_body = false;
        }
        WrittenBody::Length(bytes) => {
            text.extend(format!("content-length: {}\r\n\r\n", bytes.len()).bytes());
            text.extend(bytes);
            has_body = !bytes.is_empty();
        }
        WrittenBody::Chunks(chunks) => {
            text.extend(b"transfer-encoding: chunked\r\n\r\n");
            for chunk in chunks {
                text.extend(format!("{:x};ext\r\n", chunk.len()).bytes());
                text.extend(chunk);
                text.extend(b"\r\n");
            }
            text.extend(b"0\r\ntrailer: t\r\n\r\n");
        }
    }
    let request = (method.to_owned(), target.to_owned());
    Written { text, expects_continue: expects_continue && has_body, request }
}

fn any_written() -> impl Strategy<Value = Written> {
    let bytes = |sizes| prop::collection::vec(any::<u8>(), sizes);
    let body = prop_oneof![
        Just(WrittenBody::None),
        bytes(0..50).prop_map(WrittenBody::Length),
        prop::collection::vec(bytes(1..30), 0..4).prop_map(WrittenBody::Chunks),
    ];
    ("[A-Z]{1,7}", "/[a-z0-9/?=]{0,20}", body, any::<bool>())
        .prop_map(|(method, target, body, expects)| written(&method, &target, &body, expects))
}

/// Text made of parts of requests in any order, most of it not a request.
fn any_fragments() -> impl Strategy<Value = Vec<u8>> {
    let part: &[&[u8]] = &[
        b"GET ",
        b"POST / HTTP/1.1\r\n",
        b"/todos/1",
        b" HTTP/1.1\r\n",
        b" HTTP/1.0\r\n",
        b" HTTP/2",
        b"host: h\r\n",
        b"\r\n",
        b"\n",
        b"content-length: 3\r\n",
        b"transfer-encoding: chunked\r\n",
        b"expect: 100-continue\r\n",
        b"5\r\n",
        b"0\r\n",
        b"\0\xff",
        b"ffffffffffffffff\r\n",
    ];
    let long_line = (4090_usize..4100).prop_map(|length| [b"5;", &*vec![b'e'; length]].concat());
    let part = prop_oneof![
        20 => prop::sample::select(part).prop_map(<[u8]>::to_vec),
        1 => long_line,
        1 => Just(b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()),
    ];
    prop::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
}

/// Cuts a text at some of its places.
fn cut<'a>(text: &'a [u8], places: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(text.len() + 1)).collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

fn any_cuts() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..12)
}

proptest! {
    #[test]
    fn reads_the_requests_that_were_written(
        all in prop::collection::vec(any_written(), 0..6),
        cuts in any_cuts(),
    ) {
        let text: Vec<u8> = all.iter().flat_map(|written| written.text.clone()).collect();
        let mut expected = Vec::new();
        for Written { expects_continue, request: (method, target), .. } in all {
            if expects_continue {
                expected.push(RequestEvent::ExpectContinue);
            }
            let persistence = Persistence::KeepAlive;
            expected.push(RequestEvent::Request(HttpRequest { method, target, persistence, credentials: Credentials::Missing }));
        }
        let reading = read_pieces(cut(&text, &cuts));
        prop_assert_eq!(reading, Reading { events: expected, error: None });
    }

    #[test]
    fn reads_any_text_in_pieces_as_it_reads_the_whole(
        text in any_fragments(),
        cuts in any_cuts(),
    ) {
        prop_assert_eq!(read_pieces(cut(&text, &cuts)), read_pieces([&*text]));
    }

    #[test]
    fn reads_damaged_requests_in_pieces_as_it_reads_the_whole(
        all in prop::collection::vec(any_written(), 1..4),
        damage in any::<(Index, u8)>(),
        cuts in any_cuts(),
    ) {
        let mut text: Vec<u8> = all.iter().flat_map(|written| written.text.clone()).collect();
        let place = damage.0.index(text.len());
        text[place] = damage.1;
        prop_assert_eq!(read_pieces(cut(&text, &cuts)), read_pieces([&*text]));
    }
}
