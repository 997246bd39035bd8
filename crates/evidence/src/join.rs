//! Joins the witness's rows with the client's requests.
//!
//! A request is found by its path if no other request of the trial has the same path, else by its
//! connection and its place on it. Client and witness number connections independently. The numbers
//! are matched through the requests that were found by path, and the rest by the order of opening.
//! If the two sides count differently, nothing is joined: it would be a guess.

use std::collections::{BTreeMap, BTreeSet};

use model::time::Span;
use model::trace::{Columns, Milestone};
use model::witness::{ConnectionRow, RequestRow, Witness};

use crate::detour::Detour;
use crate::setting::ArmSetting;

/// What the witness saw of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined<'a> {
    /// The request's own row.
    pub request: Option<&'a RequestRow>,
    /// The row of the connection that carried it, where it was accepted in the trial.
    pub connection: Option<&'a ConnectionRow>,
}

/// The client's number of a connection, and the witness's.
type ConnectionPairs = BTreeMap<u64, u64>;

/// What the witness saw of each request of a trial, in the order of the columns.
pub fn join<'a>(
    setting: &ArmSetting<'_>,
    columns: &Columns,
    witness: &'a Witness,
    detours: &[Detour<'a>],
) -> Vec<Joined<'a>> {
    let mut rows = by_path(setting, witness, detours);
    if rows.iter().any(Option::is_none) {
        let pairs = pair_connections(&rows, columns, witness);
        by_place(&mut rows, &pairs, columns, witness);
    }
    let accepted: BTreeMap<u64, &ConnectionRow> =
        witness.connections.iter().map(|connection| (connection.id, connection)).collect();
    let joined = |row: Option<&'a RequestRow>| Joined {
        request: row,
        connection: row.and_then(|row| accepted.get(&row.connection).copied()),
    };
    rows.into_iter().map(joined).collect()
}

/// The connection that carried a request, by the client's number.
pub(crate) fn connection(columns: &Columns, request: usize) -> Option<u64> {
    columns.connection.as_ref()?.get(request).copied().flatten()
}

/// The only row for each path that one request asks for. A request that was turned away ends with
/// the one that was made in its place.
fn by_path<'a>(
    setting: &ArmSetting<'_>,
    witness: &'a Witness,
    detours: &[Detour<'a>],
) -> Vec<Option<&'a RequestRow>> {
    let mut rows: Vec<Option<&RequestRow>> = vec![None; setting.paths.len()];
    let mut several = vec![false; setting.paths.len()];
    for row in &witness.requests {
        let Some(request) = setting.only_request(&row.path) else { continue };
        several[request] |= rows[request].is_some();
        rows[request] = Some(row).filter(|_| !several[request]);
    }
    for detour in detours {
        if let Some(request) = setting.only_request(detour.asked_for) {
            rows[request] = Some(detour.again);
        }
    }
    rows
}

fn pair_connections(
    rows: &[Option<&RequestRow>],
    columns: &Columns,
    witness: &Witness,
) -> ConnectionPairs {
    let named = |request: usize| connection(columns, request);
    let mut pairs = ConnectionPairs::new();
    for (request, row) in rows.iter().enumerate() {
        if let (Some(ours), Some(row)) = (named(request), row) {
            pairs.entry(ours).or_insert(row.connection);
        }
    }
    let paired: BTreeSet<u64> = pairs.values().copied().collect();
    let ours: BTreeSet<u64> = (0..rows.len()).filter_map(named).collect();
    let ours: Vec<u64> = ours.into_iter().filter(|ours| !pairs.contains_key(ours)).collect();
    let theirs: BTreeSet<u64> = witness.requests.iter().map(|row| row.connection).collect();
    let theirs: Vec<u64> = theirs.difference(&paired).copied().collect();
    // Both sides count upwards as they open, so the numbers are in the order of opening.
    if ours.len() == theirs.len() {
        pairs.extend(ours.into_iter().zip(theirs));
    }
    pairs
}

fn by_place<'a>(
    rows: &mut [Option<&'a RequestRow>],
    pairs: &ConnectionPairs,
    columns: &Columns,
    witness: &'a Witness,
) {
    let found: BTreeSet<(u64, u64)> =
        rows.iter().flatten().map(|row| (row.connection, row.ordinal)).collect();
    let carried = group((0..rows.len()).filter_map(|at| Some((connection(columns, at)?, at))));
    let seen = group(witness.requests.iter().map(|row| (row.connection, row)));
    for (ours, theirs) in pairs {
        let mut carried = carried.get(ours).cloned().unwrap_or_default();
        carried.sort_by_key(|&request| written(columns, request));
        let mut seen = seen.get(theirs).cloned().unwrap_or_default();
        seen.sort_by_key(|row| row.ordinal);
        if carried.len() != seen.len() {
            continue;
        }
        for (request, row) in carried.into_iter().zip(seen) {
            if rows[request].is_none() && !found.contains(&(row.connection, row.ordinal)) {
                rows[request] = Some(row);
            }
        }
    }
}

fn group<T>(entries: impl Iterator<Item = (u64, T)>) -> BTreeMap<u64, Vec<T>> {
    let mut groups: BTreeMap<u64, Vec<T>> = BTreeMap::new();
    for (connection, entry) in entries {
        groups.entry(connection).or_default().push(entry);
    }
    groups
}

/// Orders the requests on one connection. It carries them one after another, so any of their
/// milestones gives the same order.
fn written(columns: &Columns, request: usize) -> Option<Span> {
    [Milestone::Writing, Milestone::Sent, Milestone::FirstByte, Milestone::Done, Milestone::Started]
        .into_iter()
        .find_map(|milestone| columns.at(milestone, request))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary::{any_columns, any_witness};
    use crate::detour::detours;
    use crate::sample::{Sample, connection_row, request_row};
    use model::plan::Plan;
    use model::target::Request;
    use proptest::prelude::*;

    /// The client's columns: the connection of each request, and when it was written.
    fn columns(connections: &[u64], written: &[u64]) -> Columns {
        let connection = Some(connections.iter().copied().map(Some).collect());
        let written = written.iter().map(|&at| Some(Span::from_nanos(at))).collect();
        Columns { connection, ..Columns::default() }.with(Milestone::Writing, written)
    }

    fn witness(rows: &[(u64, u64, &str)]) -> Witness {
        let requests = rows
            .iter()
            .map(|&(connection, ordinal, path)| RequestRow {
                connection,
                ordinal,
                path: path.to_owned(),
                ..request_row()
            })
            .collect();
        let connections = vec![connection_row(7, false), connection_row(8, false)];
        Witness { connections, requests, drained: true }
    }

    /// A plan of one arm whose batch asks for these paths.
    fn plan(paths: &[&str]) -> Plan {
        let mut sample = Sample::new(&[("a/x", paths.len() as u32)]);
        let requests = &mut sample.plan().targets[0].target.requests;
        *requests = paths.iter().map(|path| request(&format!("http://127.0.0.1{path}"))).collect();
        sample.plan().clone()
    }

    fn request(url: &str) -> Request {
        Request {
            url: url.to_owned(),
            ..Sample::new(&[("a/x", 1)]).plan().targets[0].target.requests[0].clone()
        }
    }

    fn join_all<'a>(plan: &Plan, columns: &Columns, witness: &'a Witness) -> Vec<Joined<'a>> {
        let setting = ArmSetting::new(plan, &plan.arms[0]).expect("has a target");
        join(&setting, columns, witness, &detours(witness, Some(&setting)))
    }

    fn joined(paths: &[&str], columns: &Columns, witness: &Witness) -> Vec<Option<(u64, u64)>> {
        let plan = plan(paths);
        let rows = join_all(&plan, columns, witness);
        rows.iter().map(|row| row.request.map(|row| (row.connection, row.ordinal))).collect()
    }

    #[test]
    fn joins_a_unique_path_without_a_connection() {
        let witness = witness(&[(7, 0, "/b"), (6, 3, "/a")]);
        let plan = plan(&["/a", "/b", "/c"]);
        let rows = join_all(&plan, &Columns::default(), &witness);
        let found = |row: &Joined<'_>| row.request.map(|request| request.connection);
        assert_eq!(rows.iter().map(found).collect::<Vec<_>>(), [Some(6), Some(7), None]);
        // Connection 6 is older than the trial.
        assert_eq!(rows[0].connection, None);
        assert_eq!(rows[1].connection.map(|connection| connection.id), Some(7));
    }

    #[test]
    fn joins_a_request_that_was_turned_away_with_the_one_made_in_its_place() {
        let mut witness = witness(&[(7, 0, "/a"), (7, 1, "/there"), (8, 0, "/b"), (8, 1, "/b")]);
        for (row, (at, status)) in
            witness.requests.iter_mut().zip([(0, 302), (5, 200), (1, 429), (9, 200)])
        {
            row.last_byte_in = Span::from_millis(at);
            row.status = status;
        }
        let found = joined(&["/a", "/b"], &Columns::default(), &witness);
        assert_eq!(found, [Some((7, 1)), Some((8, 1))]);
    }

    #[test]
    fn joins_an_item_that_was_requested_again_with_the_last_request() {
        let mut again = witness(&[(7, 0, "/a"), (7, 1, "/a")]);
        again.requests[1].last_byte_in = Span::from_millis(20);
        assert_eq!(joined(&["/a"], &columns(&[0], &[1]), &again), [Some((7, 1))]);
    }

    #[test]
    fn joins_equal_paths_by_connection_and_place() {
        let witness = witness(&[(8, 0, "/a"), (8, 1, "/a"), (7, 0, "/b"), (7, 1, "/a")]);
        // The path /b shows that the client's connection 3 is the witness's 7.
        let columns = columns(&[2, 3, 2, 3], &[20, 10, 10, 20]);
        assert_eq!(
            joined(&["/a", "/b", "/a", "/a"], &columns, &witness),
            [Some((8, 1)), Some((7, 0)), Some((8, 0)), Some((7, 1))]
        );
    }

    #[test]
    fn pairs_connections_without_a_unique_path_in_the_order_of_opening() {
        let witness = witness(&[(8, 0, "/a"), (7, 0, "/a")]);
        let columns = columns(&[5, 4], &[1, 2]);
        assert_eq!(joined(&["/a", "/a"], &columns, &witness), [Some((8, 0)), Some((7, 0))]);
    }

    #[test]
    fn joins_nothing_if_the_counts_differ() {
        let more = witness(&[(7, 0, "/a"), (8, 0, "/a")]);
        assert_eq!(joined(&["/a", "/a"], &columns(&[0, 0], &[1, 2]), &more), [None, None]);
        // The client reports one of the two connections, and it may be either.
        let silent = Columns { connection: Some(vec![Some(0), None]), ..columns(&[], &[1, 2]) };
        assert_eq!(joined(&["/a", "/a"], &silent, &more), [None, None]);
    }

    /// The definition of the join by place, which looks at every row for every connection.
    fn by_place_one_by_one<'a>(
        rows: &mut [Option<&'a RequestRow>],
        pairs: &ConnectionPairs,
        columns: &Columns,
        witness: &'a Witness,
    ) {
        let place = |row: &RequestRow| (row.connection, row.ordinal);
        let found: Vec<(u64, u64)> = rows.iter().flatten().map(|row| place(row)).collect();
        for (&ours, &theirs) in pairs {
            let is_ours = |&request: &usize| connection(columns, request) == Some(ours);
            let mut carried: Vec<usize> = (0..rows.len()).filter(is_ours).collect();
            carried.sort_by_key(|&request| written(columns, request));
            let mut seen: Vec<&RequestRow> =
                witness.requests.iter().filter(|row| row.connection == theirs).collect();
            seen.sort_by_key(|row| row.ordinal);
            if carried.len() == seen.len() {
                for (request, row) in carried.into_iter().zip(seen) {
                    if rows[request].is_none() && !found.contains(&place(row)) {
                        rows[request] = Some(row);
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_indexed_join_equals_the_join_row_by_row(
            columns in any_columns(),
            witness in any_witness(),
        ) {
            let plan = plan(&["/todos/1", "/todos/1"]);
            let setting = ArmSetting::new(&plan, &plan.arms[0]).expect("has a target");
            let detours = detours(&witness, None);
            let mut expected = by_path(&setting, &witness, &detours);
            let pairs = pair_connections(&expected, &columns, &witness);
            by_place_one_by_one(&mut expected, &pairs, &columns, &witness);
            let joined = join(&setting, &columns, &witness, &detours);
            let rows: Vec<_> = joined.iter().map(|joined| joined.request).collect();
            prop_assert_eq!(rows, expected);
        }
    }
}
