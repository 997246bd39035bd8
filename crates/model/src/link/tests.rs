//! The link as it is typed, written and recorded.

use super::*;

const EVERYTHING: &str = "rtt=0,tls=off,jitter=1500us,bandwidth=10Mbit,loss=0.5%,think=2ms,\
     body=1kB,capacity=4,keepalive=5,http=2,streams=1,window=1MiB,fault=nagle+slow:8:50ms";

#[test]
fn reads_back_a_written_link() {
    for text in ["rtt=11ms,tls=on", EVERYTHING] {
        assert_eq!(text.parse::<Link>().expect("reads").to_string(), text);
    }
    assert_eq!("".parse::<Link>(), Ok(Link::default()));
}

#[test]
fn reads_back_a_recorded_link() {
    for text in ["", EVERYTHING] {
        let link: Link = text.parse().expect("reads");
        let recorded = serde_json::to_string(&link).expect("serialises");
        assert_eq!(serde_json::from_str::<Link>(&recorded).expect("parses"), link);
    }
}

#[test]
fn reads_an_old_link_with_defaults() {
    let old = r#"{"rtt":11000000,"tls":true,"think":0}"#;
    assert_eq!(serde_json::from_str::<Link>(old).expect("parses"), Link::default());
    assert_eq!(serde_json::to_string(&Link::default()).expect("serialises"), old);
}

#[test]
fn reads_the_size_of_a_body_with_or_without_a_unit() {
    let body = |text: &str| text.parse::<Link>().expect("reads").body;
    assert_eq!(body("body=100000"), Some(ByteSize(100_000)));
    assert_eq!(body("body=100kB"), Some(ByteSize(100_000)));
    assert_eq!(body("body=1MiB"), Some(ByteSize(1 << 20)));
}

#[test]
fn sets_every_key() {
    for key in Link::KEYS {
        let refused = Link::default().set(key, "?").expect_err("is no value");
        assert!(!matches!(refused, BadLink::UnknownKey(_)), "{key}");
    }
}

#[test]
fn removes_a_limit_with_none() {
    let mut link: Link = EVERYTHING.parse().expect("reads");
    for key in ["bandwidth", "loss", "capacity", "keepalive", "fault"] {
        link.set(key, "none").expect("is taken away");
    }
    assert_eq!(
        link.to_string(),
        "rtt=0,tls=off,jitter=1500us,think=2ms,body=1kB,http=2,streams=1,window=1MiB"
    );
}

#[test]
fn explains_a_bad_setting() {
    let sentence = |text: &str| text.parse::<Link>().expect_err("is refused").to_string();
    assert_eq!(sentence("rtt"), "\"rtt\" is not a link setting: write KEY=VALUE, such as rtt=11ms");
    assert_eq!(sentence("ttl=1"), "the link has no setting \"ttl\"");
    assert_eq!(sentence("tls=yes"), "tls must be on or off, not \"yes\"");
    assert!(sentence("rtt=11").starts_with("rtt: \"11\" is not a time"));
    assert!(sentence("jitter=2").starts_with("jitter: \"2\" is not a time"));
    assert!(sentence("body=-1").starts_with("body: \"-1\" is not a size: write a number of bytes"));
    assert_eq!(
        sentence("body=2GiB"),
        "body: 2GiB is too large: write a size up to 1GiB, such as 100kB"
    );
    assert_eq!(
        sentence("bandwidth=10MB"),
        "bandwidth: \"10MB\" is not a rate: write a number and a unit, such as 10Mbit, 500kbit or \
         1Gbit, or none for no bottleneck"
    );
    assert_eq!(
        sentence("capacity=0"),
        "capacity must be a number of requests from 1 up, or none for no limit, not \"0\""
    );
    assert_eq!(sentence("http=4"), "http must be 1.1, 2 or 3, not \"4\"");
    assert_eq!(sentence("streams=0"), "streams must be a number from 1 up, not \"0\"");
    assert_eq!(
        sentence("window=0"),
        "window: \"0\" is not a window: write a number of bytes from 1 to 2147483647, such as 65535 \
         or 1MiB"
    );
    assert!(sentence("window=2GiB").starts_with("window: \"2GiB\" is not a window"));
    assert_eq!(
        sentence("loss=60%"),
        "loss: \"60%\" is not a share of datagrams: write a percentage up to 50%, such as 0.5% or 2%, or \
         none for no loss"
    );
    assert!(sentence("keepalive=x").starts_with("keepalive must be a number of requests"));
    assert!(sentence("fault=nagel").starts_with("fault: unknown fault \"nagel\""));
    assert!(sentence("fault=slow:8").starts_with("fault: \"slow:8\" cannot be read"));
}
