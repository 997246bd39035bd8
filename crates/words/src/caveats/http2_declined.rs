//! The words of `http2_declined`.

use explain::caveats::{DeclinedArm, Declining, Http2Declined};

use super::parts::first_that_fits;

pub(super) const TITLE: &str = "Arms that asked for HTTP/2 got HTTP/1.1";

pub(super) const PAGE: &str = "\
# http2_declined

Arms that asked for HTTP/2 got HTTP/1.1.

## What it means

The condition `http=2` asks for HTTP/2. At least one request was made over HTTP/1.1, so the arm does
not show what HTTP/2 would cost or save.

## How it is detected

The endpoint saw a request of the arm outside any stream of HTTP/2. On other servers the client
reports the version of each response. Who declined follows from the target:

- Without TLS nothing is negotiated. A client speaks HTTP/2 there only if it can begin with it
  (prior knowledge).
- Under TLS the client offers versions and the server chooses one (ALPN). The embedded endpoint
  chooses HTTP/2 where its link has `http=2` and the client offers it.

## What to do

- Without TLS: use HTTPS, or a client with prior knowledge, such as `hyper/async` or `pycurl/multi`.
- The server declined: turn HTTP/2 on there. For the embedded endpoint, `--link http=2`.
- The client did not offer it: check its version and how it was built; libcurl may lack nghttp2.
- One of them: `curl -sv --http2 URL` shows whether the server chooses `h2`.
";

pub(super) fn short(Http2Declined { arms }: &Http2Declined) -> String {
    let [first, ..] = &arms[..] else { return String::new() };
    let remedy = short_remedy(first.by);
    first_that_fits([
        format!("{} asked for HTTP/2 and got HTTP/1.1: {remedy}", first.arm),
        format!("asked for HTTP/2 and got HTTP/1.1: {remedy}"),
    ])
}

pub(super) fn sentence(Http2Declined { arms }: &Http2Declined) -> String {
    let reasons: Vec<String> = arms.iter().map(reason).collect();
    format!("Arms that asked for HTTP/2 got HTTP/1.1: {}", reasons.join(" "))
}

fn reason(DeclinedArm { arm, by }: &DeclinedArm) -> String {
    match by {
        Declining::WithoutTls => {
            format!("{arm}, because this client speaks HTTP/2 only over TLS. Use an https URL.")
        }
        Declining::Client => format!(
            "{arm}, because the client did not offer HTTP/2 in the TLS handshake. Check its version \
             and how it was built."
        ),
        Declining::Server => format!(
            "{arm}, because the server does not offer HTTP/2. Turn it on; for the embedded endpoint, \
             --link http=2."
        ),
        Declining::Either => format!(
            "{arm}, because the client did not offer HTTP/2 or the server did not choose it. \
             `curl -sv --http2 URL` shows what the server chooses."
        ),
    }
}

const fn short_remedy(by: Declining) -> &'static str {
    match by {
        Declining::WithoutTls => "use https",
        Declining::Client => "the client did not offer it",
        Declining::Server => "turn it on (--link http=2)",
        Declining::Either => "check with curl -sv --http2",
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn says_who_declined_and_what_to_do() {
        let declined = |arm, by| Http2Declined { arms: vec![DeclinedArm { arm, by }] };
        let server = declined(arm("a/x@4"), Declining::Server);
        assert_snapshot!(sentence(&server), @"Arms that asked for HTTP/2 got HTTP/1.1: a/x@4, because the server does not offer HTTP/2. Turn it on; for the embedded endpoint, --link http=2.");
        assert_snapshot!(short(&server), @"a/x@4 asked for HTTP/2 and got HTTP/1.1: turn it on (--link http=2)");
        for by in [Declining::WithoutTls, Declining::Client, Declining::Server, Declining::Either] {
            assert_short(&short(&declined(long_arm(), by)));
            assert!(sentence(&declined(arm("a/x@4"), by)).ends_with('.'));
        }
    }
}
