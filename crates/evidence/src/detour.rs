//! Requests that the endpoint turned away, and that the client made again: elsewhere after a
//! redirect, later after a refusal for too many requests. To the batch the whole of it is one
//! request.

use std::collections::{BTreeMap, BTreeSet};

use model::witness::{RequestRow, Witness};

/// The status of a refusal because there were too many requests (RFC 6585).
pub const TOO_MANY_REQUESTS: u16 = 429;

/// Why a request was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There were too many requests.
    TooMany,
    /// The answer lies elsewhere.
    Redirected,
}

/// A request that was turned away, and the one that was made in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detour<'a> {
    pub why: Why,
    /// The path that the batch asked for at the very first.
    pub asked_for: &'a str,
    pub first: &'a RequestRow,
    pub again: &'a RequestRow,
}

/// Why the endpoint turned a request away with this status; nothing where it did not.
pub const fn why(status: u16) -> Option<Why> {
    match status {
        TOO_MANY_REQUESTS => Some(Why::TooMany),
        301 | 302 | 303 | 307 | 308 => Some(Why::Redirected),
        _ => None,
    }
}

/// The detours of a trial, in the order in which they began.
///
/// After a refusal the same path is asked for again. After a redirect the next request on the same
/// connection follows it, else the first later one that nobody asked for by itself.
pub fn detours(witness: &Witness) -> Vec<Detour<'_>> {
    if witness.requests.iter().all(|row| why(row.status).is_none()) {
        return Vec::new();
    }
    let mut rows: Vec<&RequestRow> = witness.requests.iter().collect();
    rows.sort_by_key(|row| row.last_byte_in);
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut origin: BTreeMap<usize, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, &first) in rows.iter().enumerate() {
        let Some(why) = why(first.status) else { continue };
        let later = || (at + 1..rows.len()).filter(|later| !taken.contains(later));
        let next = match why {
            Why::TooMany => later().find(|&later| rows[later].path == first.path),
            Why::Redirected => later()
                .find(|&later| follows(rows[later], first))
                .or_else(|| later().find(|&later| rows[later].path != first.path)),
        };
        let Some(next) = next else { continue };
        let asked_for = origin.get(&at).copied().unwrap_or(&first.path);
        taken.insert(next);
        origin.insert(next, asked_for);
        found.push(Detour { why, asked_for, first, again: rows[next] });
    }
    found
}

fn follows(later: &RequestRow, first: &RequestRow) -> bool {
    later.connection == first.connection && later.ordinal == first.ordinal + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::request_row;
    use model::time::Span;

    fn row(millis: u64, connection: u64, ordinal: u64, path: &str, status: u16) -> RequestRow {
        let path = path.to_owned();
        let last_byte_in = Span::from_millis(millis);
        RequestRow { last_byte_in, connection, ordinal, path, status, ..request_row() }
    }

    fn told(rows: Vec<RequestRow>) -> Vec<(Why, String, String)> {
        let witness = Witness { requests: rows, ..Witness::default() };
        let told = |detour: &Detour<'_>| {
            (detour.why, detour.asked_for.to_owned(), detour.again.path.clone())
        };
        detours(&witness).iter().map(told).collect()
    }

    #[test]
    fn a_refused_request_is_made_again_and_perhaps_again() {
        let rows = vec![
            row(0, 0, 0, "/a", 429),
            row(1, 1, 0, "/b", 200),
            row(50, 0, 1, "/a", 429),
            row(90, 2, 0, "/a", 200),
        ];
        let again = (Why::TooMany, "/a".to_owned(), "/a".to_owned());
        assert_eq!(told(rows), [again.clone(), again]);
    }

    #[test]
    fn a_redirect_leads_to_the_next_request_on_its_connection() {
        let rows = vec![
            row(0, 0, 0, "/a", 302),
            row(1, 1, 0, "/b", 302),
            row(5, 1, 1, "/there/b", 200),
            row(6, 0, 1, "/there/a", 200),
        ];
        let to = |from: &str, to: &str| (Why::Redirected, from.to_owned(), to.to_owned());
        assert_eq!(told(rows), [to("/a", "/there/a"), to("/b", "/there/b")]);
    }

    #[test]
    fn one_that_nobody_made_again_is_no_detour() {
        assert_eq!(told(vec![row(0, 0, 0, "/a", 429), row(1, 0, 1, "/b", 200)]), []);
        assert_eq!(told(vec![row(0, 0, 0, "/a", 200)]), []);
    }
}
