//! Successful batches and their columns.

use std::collections::BTreeSet;

use model::trace::{Columns, Milestone as M};

use crate::harness::{Driver, STRATEGIES, get, preparation, target, trusting};
use crate::server::{Server, TODO};

/// The distinct connections of a batch.
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
        let result = driver.trial(1);
        assert_eq!(result.kinds(1), [None], "{strategy}: {}", result.message(0));
        assert_eq!(result.passed(0), M::ALL, "{strategy}");
        assert!(
            result.done.finished.since(result.done.started)
                >= result.at(M::Done, 0).expect("is done")
        );
        driver.end().expect("ends without error");
    }
}

#[test]
fn reports_the_connection_of_each_request() {
    for strategy in STRATEGIES {
        let server = Server::tls(TODO);
        let mut driver = Driver::start();
        let target = trusting(&server.authority(), todos(&server, 4));
        driver.prepare(preparation(strategy, "", target));
        let result = driver.trial(4);
        assert_eq!(result.kinds(4), [None; 4], "{strategy}: {}", result.message(0));
        assert_eq!(result.columns.status, Some(vec![Some(200); 4]));
        assert_eq!(result.columns.bytes, Some(vec![Some(8); 4]));
        assert_eq!(result.columns.worker.is_some(), strategy == "ureq/threads");
        // Each new connection has its handshake in exactly one row.
        let secured = (0..4).filter(|&request| result.at(M::Secured, request).is_some()).count();
        assert_eq!(connections(&result.columns).len(), secured, "{strategy}");
        if strategy == "ureq/sequential" {
            assert_eq!((secured, server.connections()), (1, 1));
        }
        driver.end().expect("ends without error");
    }
}

#[test]
fn a_plain_request_has_no_tls_milestones_and_an_untraced_one_has_none() {
    for strategy in STRATEGIES {
        let server = Server::plain(TODO);
        let plain = || target(vec![get(server.url("/"))]);
        let mut driver = Driver::start();
        driver.prepare(preparation(strategy, "", plain()));
        let result = driver.trial(1);
        // The server's host is an address, so it is not looked up.
        let absent = [M::Resolving, M::Resolved, M::Securing, M::Secured];
        let plain_milestones: Vec<M> = M::ALL.into_iter().filter(|m| !absent.contains(m)).collect();
        assert_eq!(result.passed(0), plain_milestones, "{strategy}");
        let mut untraced = preparation(strategy, "", plain());
        untraced.trace = false;
        driver.prepare(untraced);
        let result = driver.trial(1);
        assert_eq!(result.passed(0), [], "{strategy}");
        assert_eq!((result.columns.connection, result.columns.worker), (None, None));
        assert_eq!(result.columns.status, Some(vec![Some(200)]));
        driver.end().expect("ends without error");
    }
}
