//! The endpoint without a runner.

use std::env::temp_dir;
use std::net::SocketAddr;
use std::thread;

use endpoint::{EndpointError, StandaloneEndpoint};
use model::link::Link;

use crate::client::{connect, fetch};

fn link(text: &str) -> Link {
    text.parse().expect("a link")
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

#[test]
fn gives_its_url_and_serves_until_it_is_stopped() {
    let endpoint =
        StandaloneEndpoint::start(&temp_dir(), &link("rtt=0,tls=off"), address("127.0.0.1:0"))
            .expect("starts");
    let certificate = endpoint.ca_certificate().to_owned();
    assert!(certificate.exists());
    let url = endpoint.url();
    let port = url.strip_prefix("http://127.0.0.1:").expect("a URL").parse().expect("a port");
    let handle = endpoint.stop_handle();
    let running = thread::spawn(move || endpoint.run());
    let mut stream = connect(port);
    assert_eq!(fetch(&mut stream, "/todos/1").0, 200);
    handle.stop();
    running.join().expect("it does not panic");
    assert!(!certificate.exists());
}

#[test]
fn an_address_in_use_is_an_error_with_the_option_to_change() {
    let first = StandaloneEndpoint::start(&temp_dir(), &link("tls=on"), address("127.0.0.1:0"))
        .expect("starts");
    let taken = address(first.url().strip_prefix("https://").expect("a URL"));
    let error =
        StandaloneEndpoint::start(&temp_dir(), &link("tls=off"), taken).expect_err("is taken");
    assert!(matches!(error, EndpointError::AddressInUse(address) if address == taken));
    assert!(error.to_string().contains("`--listen 127.0.0.1:0`"));
}
