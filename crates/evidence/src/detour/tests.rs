use super::*;
use model::socket::{SocketRequest, SocketWitness};
use model::witness::{RequestRow, Witness};
use proptest::prelude::*;
use test_support::sample::{plan_for, request_row};

fn row(millis: u64, connection: u64, ordinal: u64, path: &str, status: u16) -> RequestRow {
    let path = path.to_owned();
    let last_byte_in = Span::from_millis(millis);
    RequestRow { last_byte_in, connection, ordinal, path, status, ..request_row() }
}

/// The detours of a batch that asks for `/a` and `/b` twice each: no row belongs to one item only.
fn found(rows: Vec<RequestRow>) -> Vec<(DetourCause, String, String)> {
    found_for(&["/a", "/a", "/b", "/b"], rows)
}

/// Why, from which path and to which path, in a batch that asks for these.
fn found_for(paths: &[&str], rows: Vec<RequestRow>) -> Vec<(DetourCause, String, String)> {
    let witness = Witness { requests: rows.into(), ..Witness::default() };
    let plan = plan_for(paths);
    let setting = ArmSetting::new(&plan, &plan.arms[0]).expect("has a target");
    let path = |place: usize| witness.requests[place].path.clone();
    let summary = |detour: &Detour| (detour.cause, path(detour.first), path(detour.again));
    detours(&Traffic::of_endpoint(&witness), &setting).iter().map(summary).collect()
}

#[test]
fn a_refused_request_may_be_refused_again() {
    let rows = vec![
        row(0, 0, 0, "/a", 429),
        row(1, 1, 0, "/b", 200),
        row(50, 0, 1, "/a", 429),
        row(90, 2, 0, "/a", 200),
    ];
    let again = (DetourCause::TooManyRequests, "/a".to_owned(), "/a".to_owned());
    assert_eq!(found(rows), [again.clone(), again]);
}

#[test]
fn a_redirect_leads_to_the_next_request_on_its_connection() {
    let rows = vec![
        row(0, 0, 0, "/a", 302),
        row(1, 1, 0, "/b", 302),
        row(5, 1, 1, "/there/b", 200),
        row(6, 0, 1, "/there/a", 200),
    ];
    let to = |from: &str, to: &str| (DetourCause::Redirect, from.to_owned(), to.to_owned());
    assert_eq!(found(rows), [to("/a", "/there/a"), to("/b", "/there/b")]);
}

#[test]
fn a_request_that_was_not_made_again_is_no_detour() {
    assert_eq!(found(vec![row(0, 0, 0, "/a", 429), row(1, 0, 1, "/b", 200)]), []);
    assert_eq!(found(vec![row(0, 0, 0, "/a", 200)]), []);
}

#[test]
fn another_request_for_an_item_is_a_detour_where_no_other_item_asks_for_the_path() {
    let rows = || vec![row(0, 0, 0, "/a", 200), row(20, 0, 1, "/a", 200), row(40, 0, 2, "/b", 200)];
    let repeated = (DetourCause::Repeated, "/a".to_owned(), "/a".to_owned());
    assert_eq!(found_for(&["/a", "/b"], rows()), [repeated]);
    assert_eq!(found_for(&["/a", "/a", "/b"], rows()), []);
}

#[test]
fn a_head_a_refusal_or_an_error_is_followed_by_the_same_path_whichever_item_it_is() {
    let repeated = [(DetourCause::Repeated, "/a".to_owned(), "/a".to_owned())];
    for status in [401, 500, 503] {
        assert_eq!(found(vec![row(0, 0, 0, "/a", status), row(1, 0, 1, "/a", 200)]), repeated);
    }
    let mut head = vec![row(0, 0, 0, "/a", 200), row(1, 0, 1, "/a", 200)];
    head[0].method = Some("HEAD".to_owned());
    assert_eq!(found(head), repeated);
}

#[test]
fn a_redirect_to_another_connection_leads_to_a_path_that_the_batch_does_not_ask_for() {
    let rows =
        vec![row(0, 0, 0, "/a", 302), row(1, 1, 0, "/b", 200), row(5, 2, 0, "/there/a", 200)];
    let to = (DetourCause::Redirect, "/a".to_owned(), "/there/a".to_owned());
    assert_eq!(found_for(&["/a", "/b"], rows), [to]);
}

#[test]
fn a_head_and_a_get_are_redirected_each_and_are_for_one_item() {
    let rows = vec![
        row(0, 0, 0, "/a", 302),
        row(10, 0, 1, "/there/a", 200),
        row(20, 0, 2, "/a", 302),
        row(30, 0, 3, "/there/a", 200),
    ];
    let of_a = |cause, from: &str, to: &str| (cause, from.to_owned(), to.to_owned());
    let expected = [
        of_a(DetourCause::Redirect, "/a", "/there/a"),
        of_a(DetourCause::Repeated, "/there/a", "/a"),
        of_a(DetourCause::Redirect, "/a", "/there/a"),
    ];
    assert_eq!(found_for(&["/a", "/b"], rows), expected);
}

/// The definition, row by row.
fn one_by_one(traffic: &Traffic<'_>, setting: &ArmSetting<'_>) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..traffic.requests.len()).collect();
    order.sort_by_key(|&at| traffic.requests[at].sent);
    let rows: Vec<&TrafficRequest<'_>> = order.iter().map(|&at| &traffic.requests[at]).collect();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut origins: Vec<usize> = (0..rows.len()).collect();
    let mut found = Vec::new();
    for (at, &first) in rows.iter().enumerate() {
        let first_of_all = rows[origins[at]];
        let later = || (at + 1..rows.len()).filter(|later| !taken.contains(later));
        let item = |row: &TrafficRequest<'_>| row.only_request(setting);
        let with_path = |path| {
            let same = |later: &usize| rows[*later].path == path;
            let of_thread = |later: &usize| rows[*later].thread == first.thread;
            later().filter(same).find(of_thread).or_else(|| later().find(same))
        };
        let of_thread = || later().filter(|&later| rows[later].thread == first.thread);
        let other_path = |of_item: bool| {
            let other = |later: &usize| rows[*later].path != first.path;
            of_thread().filter(other).find(|&later| item(rows[later]).is_some() == of_item)
        };
        let after = later().find(|&later| Some(rows[later].place()) == first.place().next());
        let next = match first.status.and_then(DetourCause::of_status) {
            Some(DetourCause::Redirect) => after
                .filter(|&after| item(rows[after]).is_none())
                .or_else(|| other_path(false))
                .or(after)
                .or_else(|| other_path(true)),
            Some(_) => with_path(first.path),
            None => match item(first_of_all).or_else(|| item(first)) {
                Some(wanted) => later().find(|&later| item(rows[later]) == Some(wanted)),
                None if first.status == Some(503) => {
                    with_path(first.path).or_else(|| with_path(first_of_all.path))
                }
                None => None,
            },
        };
        let Some(next) = next else { continue };
        taken.insert(next);
        origins[next] = origins[at];
        found.push((order[at], order[next]));
    }
    found
}

proptest! {
    #[test]
    fn the_indexed_detours_equal_those_found_row_by_row(
        rows in prop::collection::vec(
            (0u64..9, 0u64..3, 0u64..4, 0u32..2, prop::sample::select(&["/a", "/b", "/c"][..]),
             prop::sample::select(&[200u16, 302, 429, 503][..])),
            0..14,
        ),
        asked_twice: bool,
    ) {
        let row = |(at, connection, ordinal, thread, path, status): (_, _, _, _, &str, _)| {
            let item = ["/a", "/b"].iter().position(|asked| *asked == path);
            SocketRequest {
                connection,
                ordinal,
                thread,
                item: item.filter(|_| !asked_twice).map(|item| item as u32),
                method: Some("GET".to_owned()),
                path: Some(path.to_owned()),
                sent: Span::from_millis(at),
                status: Some(status),
                ..SocketRequest::default()
            }
        };
        let requests = rows.into_iter().map(row).collect();
        let sockets = SocketWitness { requests, ..SocketWitness::default() };
        let traffic = Traffic::of_sockets(&sockets);
        let plan = plan_for(&["/a", "/b"]);
        let setting = ArmSetting::new(&plan, &plan.arms[0]).expect("has a target");
        let indexed = detours(&traffic, &setting);
        let indexed: Vec<_> = indexed.iter().map(|detour| (detour.first, detour.again)).collect();
        prop_assert_eq!(indexed, one_by_one(&traffic, &setting));
    }
}
