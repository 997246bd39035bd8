//! Joins the rows of a witness with the client's requests, the items of the batch.
//!
//! A row belongs to an item if no other item has its path (and, for the socket witness, its method).
//! Rows that were made in each other's place belong to one item. Of several rows of an item, the
//! last with a whole and accepted response is its own. Other items are joined by connection and by
//! the place on it. Client and witness number connections independently. The numbers are matched
//! through the requests that were found by path, and the rest by the order of opening. Where the
//! client does not report connections, the rest is joined in the order of sending. If the two sides
//! count differently, nothing is joined: it would be a guess. Streams of HTTP/2 have no place: they are
//! joined by path, or by the order of sending.

use std::collections::{BTreeMap, BTreeSet};

use model::socket::{SocketRequest, SocketWitness};
use model::time::Span;
use model::trace::{ColumnName, Columns, Milestone};
use model::witness::{ConnectionRow, RequestRow, Witness};

use crate::detour::{Detour, detours};
use crate::openings::Opening;
use crate::setting::ArmSetting;
use crate::traffic::Traffic;

/// What the witnesses saw of one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined<'a> {
    /// The endpoint's row of its request.
    pub request: Option<&'a RequestRow>,
    /// The endpoint's row of the connection that carried it, where it was accepted in the trial.
    pub connection: Option<&'a ConnectionRow>,
    /// The socket witness's row of its request.
    pub socket: Option<&'a SocketRequest>,
    /// The opening of its connection by the socket witness, where the request was the first on it, or
    /// the one in whose place it was made.
    pub opening: Option<Opening<'a>>,
}

impl Joined<'_> {
    /// Whether its request was a stream that was open beside another one on its connection: then calls that write and
    /// read frames do not show whose they are.
    pub fn is_beside_others(&self) -> bool {
        self.request.and_then(|row| row.stream).is_some_and(|stream| stream.open > 1)
    }
}

/// The rows of one witness, joined with the items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JoinedRows {
    /// The row of each item, in the order of the columns.
    pub(crate) of_item: Vec<Option<usize>>,
    /// The requests that were followed by another one for the same item.
    pub(crate) detours: Vec<Detour>,
}

/// The client's number of a connection, and the witness's.
type ConnectionPairs = BTreeMap<u64, u64>;

/// Joins what the endpoint saw.
pub(crate) fn join_endpoint<'a>(
    setting: &ArmSetting<'_>,
    columns: &Columns,
    witness: &'a Witness,
    joined: &mut [Joined<'a>],
) -> JoinedRows {
    let rows = join(setting, columns, &Traffic::of_endpoint(witness), joined);
    let accepted: BTreeMap<u64, &ConnectionRow> =
        witness.connections.iter().map(|connection| (connection.id, connection)).collect();
    for (joined, row) in joined.iter_mut().zip(&rows.of_item) {
        joined.request = row.map(|row| &witness.requests[row]);
        joined.connection = joined.request.and_then(|row| accepted.get(&row.connection).copied());
    }
    rows
}

/// Joins what the socket witness saw, after the endpoint's rows.
pub(crate) fn join_sockets<'a>(
    setting: &ArmSetting<'_>,
    columns: &Columns,
    sockets: &'a SocketWitness,
    openings: &[Option<Opening<'a>>],
    joined: &mut [Joined<'a>],
) -> JoinedRows {
    let rows = join(setting, columns, &Traffic::of_sockets(sockets), joined);
    for (joined, row) in joined.iter_mut().zip(&rows.of_item) {
        joined.socket = row.map(|row| &sockets.requests[row]);
        joined.opening = row.and_then(|row| openings[row]);
    }
    // A connection that was opened for a request that was made again was opened for the item.
    for detour in &rows.detours {
        let Some(joined) = detour.item.and_then(|item| joined.get_mut(item)) else { continue };
        joined.opening = joined.opening.or(openings[detour.first]);
    }
    rows
}

/// The connection that carried a request, by the client's number.
pub(crate) fn connection(columns: &Columns, request: usize) -> Option<u64> {
    columns.connection.as_ref()?.get(request).copied().flatten()
}

fn join(
    setting: &ArmSetting<'_>,
    columns: &Columns,
    traffic: &Traffic<'_>,
    before: &[Joined<'_>],
) -> JoinedRows {
    let mut detours = detours(traffic, setting);
    let last = LastRows::new(setting, traffic, &detours);
    let mut of_item = last.by_item(setting, traffic);
    // Calls that write and read the frames of several streams show no request.
    if before.iter().any(Joined::is_beside_others) {
        assign(&mut detours, &of_item, traffic.requests.len());
        return JoinedRows { of_item, detours };
    }
    if of_item.iter().any(Option::is_none) {
        let pairs = pair_connections(&of_item, columns, traffic);
        by_place(&mut of_item, &pairs, columns, traffic, &last);
    }
    if of_item.iter().any(Option::is_none) {
        in_order(&mut of_item, columns, before, &last, traffic);
    }
    assign(&mut detours, &of_item, traffic.requests.len());
    JoinedRows { of_item, detours }
}

/// Gives each detour the item whose own row ends it.
fn assign(detours: &mut [Detour], of_item: &[Option<usize>], rows: usize) {
    let mut items = vec![None; rows];
    for (item, row) in of_item.iter().enumerate() {
        if let Some(row) = *row {
            items[row] = Some(item);
        }
    }
    // Of a series the last one comes first here.
    for detour in detours.iter_mut().rev() {
        detour.item = items[detour.again];
        items[detour.first] = detour.item;
    }
}

/// The rows that were not made again, each with the only item that it can belong to.
struct LastRows {
    items: BTreeMap<usize, Option<usize>>,
}

impl LastRows {
    /// A row that was made in the place of another belongs to the item of that one.
    fn new(setting: &ArmSetting<'_>, traffic: &Traffic<'_>, detours: &[Detour]) -> Self {
        let mut items: Vec<Option<usize>> =
            traffic.requests.iter().map(|row| row.only_request(setting)).collect();
        let mut made_again = vec![false; items.len()];
        for detour in detours {
            items[detour.again] = items[detour.first].or(items[detour.again]);
            made_again[detour.first] = true;
        }
        let last = items.into_iter().enumerate().filter(|&(row, _)| !made_again[row]);
        Self { items: last.collect() }
    }

    /// The own row of each item that one belongs to.
    fn by_item(&self, setting: &ArmSetting<'_>, traffic: &Traffic<'_>) -> Vec<Option<usize>> {
        let rank = |row: usize| {
            let request = &traffic.requests[row];
            let whole = request.ended.is_some();
            let accepted = request.status.is_none_or(|status| setting.accepts(status));
            (whole && accepted, whole, request.sent, row)
        };
        let mut rows: Vec<Option<usize>> = vec![None; setting.paths.len()];
        for (&row, item) in &self.items {
            let Some(item) = *item else { continue };
            if rows[item].is_none_or(|best| rank(best) < rank(row)) {
                rows[item] = Some(row);
            }
        }
        rows
    }

    /// The rows by the connection that carried them, in the order of their places on it.
    fn by_connection(&self, traffic: &Traffic<'_>) -> BTreeMap<u64, Vec<usize>> {
        let mut groups =
            group(self.items.keys().map(|&row| (traffic.requests[row].connection, row)));
        for rows in groups.values_mut() {
            rows.sort_by_key(|&row| traffic.requests[row].ordinal);
        }
        groups
    }

    /// The rows that can belong to several items and belong to none yet, in the order of sending.
    fn left(&self, traffic: &Traffic<'_>, of_item: &[Option<usize>]) -> Vec<usize> {
        let taken: BTreeSet<usize> = of_item.iter().copied().flatten().collect();
        let left = self.items.iter().filter(|(row, item)| item.is_none() && !taken.contains(row));
        let mut left: Vec<usize> = left.map(|(&row, _)| row).collect();
        left.sort_by_key(|&row| traffic.requests[row].sent);
        left
    }
}

fn pair_connections(
    of_item: &[Option<usize>],
    columns: &Columns,
    traffic: &Traffic<'_>,
) -> ConnectionPairs {
    let named = |request: usize| connection(columns, request);
    let mut pairs = ConnectionPairs::new();
    for (request, row) in of_item.iter().enumerate() {
        if let (Some(ours), Some(row)) = (named(request), row) {
            pairs.entry(ours).or_insert(traffic.requests[*row].connection);
        }
    }
    let paired: BTreeSet<u64> = pairs.values().copied().collect();
    let ours: BTreeSet<u64> = (0..of_item.len()).filter_map(named).collect();
    let ours: Vec<u64> = ours.into_iter().filter(|ours| !pairs.contains_key(ours)).collect();
    let theirs: BTreeSet<u64> = traffic.requests.iter().map(|row| row.connection).collect();
    let theirs: Vec<u64> = theirs.difference(&paired).copied().collect();
    // Both sides count upwards as they open, so the numbers are in the order of opening.
    if ours.len() == theirs.len() {
        pairs.extend(ours.into_iter().zip(theirs));
    }
    pairs
}

/// Joins by connection and place.
fn by_place(
    of_item: &mut [Option<usize>],
    pairs: &ConnectionPairs,
    columns: &Columns,
    traffic: &Traffic<'_>,
    last: &LastRows,
) {
    let seen = last.by_connection(traffic);
    let found: BTreeSet<usize> = of_item.iter().copied().flatten().collect();
    let carried = group((0..of_item.len()).filter_map(|at| Some((connection(columns, at)?, at))));
    for (ours, theirs) in pairs {
        let mut carried = carried.get(ours).cloned().unwrap_or_default();
        carried.sort_by_key(|&request| written(columns, request));
        let seen = seen.get(theirs).map_or(&[][..], Vec::as_slice);
        // Streams have no order on their connection.
        if carried.len() != seen.len() || seen.iter().any(|row| traffic.requests[*row].is_stream) {
            continue;
        }
        for (request, row) in carried.into_iter().zip(seen) {
            if of_item[request].is_none() && !found.contains(row) {
                of_item[request] = Some(*row);
            }
        }
    }
}

/// Joins the rest in the order of sending, if both sides count the same. It is the order that the
/// endpoint saw, or that the client reports; items of which neither says anything are
/// interchangeable. A client that reports connections said more than the order.
fn in_order(
    of_item: &mut [Option<usize>],
    columns: &Columns,
    before: &[Joined<'_>],
    last: &LastRows,
    traffic: &Traffic<'_>,
) {
    let items: Vec<usize> = (0..of_item.len()).filter(|&item| of_item[item].is_none()).collect();
    let rows = last.left(traffic, of_item);
    if items.len() != rows.len() {
        return;
    }
    let names_connections = columns.filled().any(|column| column == ColumnName::Connection);
    let sent = |&item: &usize| {
        let at = |milestone| columns.at(milestone, item).filter(|_| !names_connections);
        let reported = || at(Milestone::Sent).or_else(|| at(Milestone::Writing));
        before.get(item)?.request.map(|row| row.last_byte_in).or_else(reported)
    };
    let mut ordered: Vec<(Span, usize)> =
        items.iter().filter_map(|item| Some((sent(item)?, *item))).collect();
    if ordered.is_empty() && is_silent(columns) {
        ordered = items.iter().map(|&item| (Span::ZERO, item)).collect();
    }
    if ordered.len() == rows.len() {
        ordered.sort_unstable();
        for ((_, item), row) in ordered.into_iter().zip(rows) {
            of_item[item] = Some(row);
        }
    }
}

/// Whether the client says nothing about when, where and by whom a request was made.
fn is_silent(columns: &Columns) -> bool {
    let says = |column| {
        matches!(column, ColumnName::Milestone(_) | ColumnName::Connection | ColumnName::Worker)
    };
    !columns.filled().any(says)
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
mod tests;
