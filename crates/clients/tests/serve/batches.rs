//! Batches that succeed, and what their columns say.

use std::collections::BTreeSet;

use model::trace::{Columns, Milestone as M};

use crate::harness::{Driver, STRATEGIES, get, preparation, target, trusting};
use crate::server::{Server, TODO};

/// The connections that a batch used, each once.
fn connections(columns: &Columns) -> BTreeSet<u64> {
    columns.connection.iter().flatten().flatten().copied().collect()
}

fn todos(server: &Server, count: usize) -> Vec<model::target::Request> {
    (1..=count).map(|n| get(server.url(&format!("/todos/{n}")))).collect()
}

#[test]
fn a_request_on_a_new_connection_has_every_milestone_in_order() {
    for strategy in STRATEGIES {
        let server = Server::tls(TODO);
        let mut driver = Driver::start();
        let target = trusting(&server.authority(), todos(&server, 1));
        driver.prepare(preparation(strategy, "", target));
        let ran = driver.trial(1);
        assert_eq!(ran.kinds(1), [None], "{strategy}: {}", ran.message(0));
        assert_eq!(ran.passed(0), M::ALL, "{strategy}");
        assert!(ran.done.finished.since(ran.done.started) >= ran.at(M::Done, 0).expect("is done"));
        driver.end().expect("ends well");
    }
}

#[test]
fn a_batch_tells_which_connection_carried_each_request() {
    for strategy in STRATEGIES {
        let server = Server::tls(TODO);
        let mut driver = Driver::start();
        let target = trusting(&server.authority(), todos(&server, 4));
        driver.prepare(preparation(strategy, "", target));
        let ran = driver.trial(4);
        assert_eq!(ran.kinds(4), [None; 4], "{strategy}: {}", ran.message(0));
        assert_eq!(ran.columns.status, Some(vec![Some(200); 4]));
        assert_eq!(ran.columns.bytes, Some(vec![Some(8); 4]));
        assert_eq!(ran.columns.worker.is_some(), strategy == "ureq/threads");
        // A new connection shows its handshake in one row, and the rows after it show none.
        let secured = (0..4).filter(|&request| ran.at(M::Secured, request).is_some()).count();
        assert_eq!(connections(&ran.columns).len(), secured, "{strategy}");
        if strategy == "ureq/sequential" {
            assert_eq!((secured, server.connections()), (1, 1));
        }
        driver.end().expect("ends well");
    }
}

#[test]
fn without_tls_nothing_is_secured_and_without_trace_nothing_is_marked() {
    for strategy in STRATEGIES {
        let server = Server::plain(TODO);
        let plain = || target(vec![get(server.url("/"))]);
        let mut driver = Driver::start();
        driver.prepare(preparation(strategy, "", plain()));
        let ran = driver.trial(1);
        // The server's host is an address, which nobody looks up.
        let absent = [M::Resolving, M::Resolved, M::Securing, M::Secured];
        let plain_milestones: Vec<M> = M::ALL.into_iter().filter(|m| !absent.contains(m)).collect();
        assert_eq!(ran.passed(0), plain_milestones, "{strategy}");
        let mut untraced = preparation(strategy, "", plain());
        untraced.trace = false;
        driver.prepare(untraced);
        let ran = driver.trial(1);
        assert_eq!(ran.passed(0), [], "{strategy}");
        assert_eq!((ran.columns.connection, ran.columns.worker), (None, None));
        assert_eq!(ran.columns.status, Some(vec![Some(200)]));
        driver.end().expect("ends well");
    }
}
