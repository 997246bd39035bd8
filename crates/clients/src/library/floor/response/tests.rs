//! The parser against itself and against responses whose end is known: the cuts of the bytes never
//! change the answer.

use httparse::Error;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

/// What a parser found in bytes after which the connection ended.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    outcome: Result<Ended, Malformed>,
    status: Option<u16>,
    body_bytes: u64,
}

/// How the bytes of a connection ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// After a whole response, and this many bytes that do not belong to it.
    Complete {
        keeps_connection: bool,
        surplus: usize,
    },
    Early,
}

fn parse<'a>(answer: AnswerBody, parts: impl IntoIterator<Item = &'a [u8]>) -> Found {
    let mut parser = ResponseParser::new(answer);
    let mut surplus = 0;
    let taken = parts.into_iter().try_for_each(|part| {
        surplus += part.len() - parser.take(part, None)?;
        Ok(())
    });
    parser.end();
    let outcome = taken.map(|()| match parser.is_complete() {
        true => Ended::Complete { keeps_connection: keeps_connection(&parser), surplus },
        false => Ended::Early,
    });
    let status = parser.head.map(|head| head.status);
    Found { outcome, status, body_bytes: parser.body_bytes }
}

fn keeps_connection(parser: &ResponseParser) -> bool {
    parser.head.is_some_and(|head| head.keeps_connection)
}

fn parse_whole(text: &str) -> Found {
    parse(AnswerBody::Possible, [text.as_bytes()])
}

/// The bytes in parts that end at these places.
fn cut<'a>(bytes: &'a [u8], places: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let (mut parts, mut start) = (Vec::new(), 0);
    for place in places.into_iter().chain([bytes.len()]) {
        parts.push(&bytes[start..place]);
        start = place;
    }
    parts
}

/// A response by its parts, of which the body is not always sound.
fn response() -> impl Strategy<Value = Vec<u8>> {
    let interim = select(vec!["", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"]);
    let first = (select(vec!["HTTP/1.1", "HTTP/1.0", "HTTP/2.0"]), 95u16..620, "( [ -~]{0,9})?");
    let header = prop_oneof![
        "[a-zA-Z-]{1,20}: ?[ -~]{0,20}",
        select(vec![
            "Content-Length: 5",
            "content-length: 0",
            "CONTENT-LENGTH:5, 5",
            "Content-Length: 6",
            "Content-Length: +5",
            "Content-Length : 5",
            "Content-Length: 99999999999999999999",
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: gzip, Chunked",
            "Transfer-Encoding: gzip",
            "Connection: close",
            "Connection: keep-alive, Upgrade",
            " folded",
            "no colon",
        ])
        .prop_map(str::to_owned),
    ];
    let line_break = select(vec!["\r\n", "\r\n", "\r\n", "\n"]);
    let body = select(vec![
        "",
        "12345",
        "1234567",
        "5\r\n12345\r\n0\r\n\r\n",
        "5;a=b\r\n12345\r\n3\r\n123\r\n0\r\nA: b\r\n\r\nrest",
        "A\r\n12345\r\n",
        "5\r\n1234567\r\n0\r\n\r\n",
        "zz\r\n",
        "\r\n",
        "0\n\n",
        "fffffffffffffffff\r\n",
    ]);
    (interim, first, vec(header, 0..5), line_break, body).prop_map(
        |(interim, (version, status, reason), headers, line_break, body)| {
            let head: String = [format!("{version} {status}{reason}")]
                .into_iter()
                .chain(headers)
                .map(|line| line + line_break)
                .collect();
            format!("{interim}{head}{line_break}{body}").into_bytes()
        },
    )
}

/// A sound response, whose end is known.
#[derive(Clone, Debug)]
struct Sound {
    minor_version: u8,
    status: u16,
    noise: Vec<String>,
    connection: Option<&'static str>,
    body: SoundBody,
}

#[derive(Clone, Debug)]
enum SoundBody {
    Length(usize),
    Chunks(Vec<usize>),
    UntilClose(usize),
}

fn sound() -> impl Strategy<Value = Sound> {
    let body = prop_oneof![
        (0usize..300).prop_map(SoundBody::Length),
        vec(1usize..300, 0..4).prop_map(SoundBody::Chunks),
        (0usize..300).prop_map(SoundBody::UntilClose),
    ];
    let connection = select(vec![None, Some("Close"), Some("keep-alive, x")]);
    // No name of these has a meaning.
    let noise = vec("X-[a-zA-Z-]{1,20}: ?[ -~]{0,20}", 0..5);
    let status = prop_oneof![200u16..=999, select(vec![101, 204, 304])];
    (0u8..2, status, noise, connection, body).prop_map(
        |(minor_version, status, noise, connection, body)| {
            let has_chunks = matches!(body, SoundBody::Chunks(_));
            let minor_version = if has_chunks { 1 } else { minor_version };
            Sound { minor_version, status, noise, connection, body }
        },
    )
}

impl Sound {
    fn head(&self) -> String {
        let Self { minor_version, status, noise, connection, body } = self;
        let connection = connection.map(|options| format!("Connection: {options}"));
        let body = match body {
            SoundBody::Length(length) => Some(format!("content-LENGTH:  {length} ")),
            SoundBody::Chunks(_) => Some("Transfer-Encoding: gzip, chunked".to_owned()),
            SoundBody::UntilClose(_) => None,
        };
        let first = format!("HTTP/1.{minor_version} {status} Any Reason");
        let lines = [first].into_iter().chain(noise.clone()).chain(connection).chain(body);
        lines.map(|line| line + "\r\n").collect::<String>() + "\r\n"
    }

    fn body(&self) -> String {
        match &self.body {
            SoundBody::Length(length) | SoundBody::UntilClose(length) => "\n".repeat(*length),
            SoundBody::Chunks(sizes) => {
                let chunk = |size: &usize| format!("{size:x};a=b\r\n{}\r\n", "\r".repeat(*size));
                sizes.iter().map(chunk).collect::<String>() + "0\r\nTrailer: 1\r\n\r\n"
            }
        }
    }

    /// What a parser must find, and whether a body may follow the head.
    fn expected(&self, answer: AnswerBody) -> (Found, bool) {
        let has_body = answer == AnswerBody::Possible && !matches!(self.status, 101 | 204 | 304);
        let body_bytes = match &self.body {
            _ if !has_body => 0,
            SoundBody::Length(length) | SoundBody::UntilClose(length) => *length,
            SoundBody::Chunks(sizes) => sizes.iter().sum(),
        };
        let is_kept = match self.connection {
            Some(options) => options != "Close",
            None => self.minor_version == 1,
        };
        let keeps_connection = is_kept && self.status != 101;
        let outcome = Ok(Ended::Complete { keeps_connection, surplus: 0 });
        let found = Found { outcome, status: Some(self.status), body_bytes: body_bytes as u64 };
        (found, has_body)
    }
}

proptest! {
    #[test]
    fn gives_the_same_answer_however_the_bytes_are_cut(
        bytes in prop_oneof![response(), vec(any::<u8>(), 0..200)],
        places in vec(any::<Index>(), 0..20),
    ) {
        let whole = parse(AnswerBody::Possible, [&bytes[..]]);
        prop_assert_eq!(&parse(AnswerBody::Possible, cut(&bytes, &places)), &whole);
        prop_assert_eq!(&parse(AnswerBody::Possible, bytes.chunks(1)), &whole);
    }

    #[test]
    fn finds_the_end_of_a_sound_response(
        response in sound(),
        answer in select(vec![AnswerBody::Possible, AnswerBody::Never]),
        interim in select(vec!["", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 A\r\nB: c\r\n\r\n"]),
    ) {
        let (head, (expected, has_body)) = (response.head(), response.expected(answer));
        let body = if has_body { response.body() } else { String::new() };
        let bytes = format!("{interim}{head}{body}").into_bytes();
        prop_assert_eq!(parse(answer, [&bytes[..]]), expected);
        // Whatever is missing at the end is missed, and whatever follows it is left.
        if !matches!(response.body, SoundBody::UntilClose(_)) || !has_body {
            let early = parse(answer, [&bytes[..bytes.len() - 1]]);
            prop_assert_eq!(early.outcome, Ok(Ended::Early));
            let more = parse(answer, [&bytes[..], b"HTTP"]).outcome;
            let surplus = match more { Ok(Ended::Complete { surplus, .. }) => surplus, _ => 0 };
            prop_assert_eq!(surplus, 4);
        }
    }
}

#[test]
fn names_what_is_not_a_response() {
    let head = |line: &str| format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n");
    let chunked = |body: &str| head("Transfer-Encoding: chunked") + body;
    let cases = [
        ("HTTP/2.0 200 OK\r\n\r\n".to_owned(), Malformed::Head(Error::Version)),
        ("HTTP/1.1 020 OK\r\n\r\n".to_owned(), Malformed::Head(Error::Status)),
        ("HTTP/1.1 2000 OK\r\n\r\n".to_owned(), Malformed::Head(Error::Status)),
        ("HTTP/1.1 20\r\n\r\n".to_owned(), Malformed::Head(Error::Status)),
        ("SSH-2.0".to_owned(), Malformed::Head(Error::Version)),
        (head(" folded: line"), Malformed::Head(Error::HeaderName)),
        (head("no colon"), Malformed::Head(Error::HeaderName)),
        (head("Content-Length : 3"), Malformed::Head(Error::HeaderName)),
        (head("Content-Length: +3"), Malformed::Length),
        (head("Content-Length: 3\r\nContent-Length: 4"), Malformed::Length),
        (head("Content-Length: 3, 4"), Malformed::Length),
        (head("Content-Length:"), Malformed::Length),
        (head("Content-Length: 99999999999999999999"), Malformed::Length),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), Malformed::Coding),
        (chunked("zz\r\n"), Malformed::Chunk),
        (chunked("\r\n"), Malformed::Chunk),
        (chunked("-1\r\n"), Malformed::Chunk),
        (chunked("fffffffffffffffff\r\n"), Malformed::Chunk),
        (chunked("3\n123\r\n"), Malformed::Chunk),
        (chunked("3\r\n1234\r\n"), Malformed::Chunk),
        (format!("HTTP/1.1 200 {}", "x".repeat(LONGEST)), Malformed::TooLong),
    ];
    for (text, malformed) in cases {
        assert_eq!(parse_whole(&text).outcome, Err(malformed), "{text:?}");
    }
}

#[test]
fn a_line_feed_alone_ends_a_line_of_a_head() {
    let found = parse_whole("HTTP/1.1 200\nContent-Length: 2\n\n[]");
    assert_eq!(found.body_bytes, 2);
    assert_eq!(found.outcome, Ok(Ended::Complete { keeps_connection: true, surplus: 0 }));
}
