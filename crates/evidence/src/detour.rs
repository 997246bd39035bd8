//! Requests that the client made again for the same item: at another path after a redirect, later
//! after a refusal, or once more at the same path, such as a GET after a HEAD. To the batch, the two are
//! one item.

use std::collections::{BTreeMap, BTreeSet};

use model::witness::{RequestRow, Witness};

use crate::setting::ArmSetting;

/// The status of a refusal because there were too many requests (RFC 6585).
pub const TOO_MANY_REQUESTS: u16 = 429;

/// Why another request for the same item followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetourCause {
    /// There were too many requests.
    TooManyRequests,
    /// The resource is at another path.
    Redirect,
    /// The client asked for the item once more: after a HEAD, a 401 or an error of the server, or without
    /// a visible reason.
    Repeated,
}

impl DetourCause {
    /// Why a response with this status turns its request away; nothing where it does not.
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            TOO_MANY_REQUESTS => Some(Self::TooManyRequests),
            301 | 302 | 303 | 307 | 308 => Some(Self::Redirect),
            _ => None,
        }
    }
}

/// A request, and the next one for the same item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detour<'a> {
    /// Why the next one followed.
    pub cause: DetourCause,
    /// The path that the batch asked for: that of the first request of a series.
    pub asked_for: &'a str,
    /// The request that did not get the item, or not for good.
    pub first: &'a RequestRow,
    /// The next request for the item.
    pub again: &'a RequestRow,
}

/// The detours of a trial, in the order in which they began.
///
/// After a refusal the same path is requested again. After a redirect the next request on the same
/// connection follows it, else the first later request for another path that follows none before.
/// Another request for a path that one item of the batch asks for is for the same item. Without a
/// setting it is not known what the items ask for.
pub fn detours<'a>(witness: &'a Witness, setting: Option<&ArmSetting<'_>>) -> Vec<Detour<'a>> {
    let asked_once =
        |path: &str| setting.is_some_and(|setting| setting.only_request(path).is_some());
    let is_turned_away = |row: &RequestRow| DetourCause::of_status(row.status).is_some();
    let is_repeated = setting.is_some_and(|setting| asks_again(witness, setting));
    if is_repeated || witness.requests.iter().any(is_turned_away) {
        find(witness, asked_once)
    } else {
        Vec::new()
    }
}

/// Whether a path that one item asks for was requested more than once.
fn asks_again(witness: &Witness, setting: &ArmSetting<'_>) -> bool {
    let mut asked = vec![false; setting.paths.len()];
    let mut requests = witness.requests.iter().filter_map(|row| setting.only_request(&row.path));
    requests.any(|request| std::mem::replace(&mut asked[request], true))
}

fn find(witness: &Witness, asked_once: impl Fn(&str) -> bool) -> Vec<Detour<'_>> {
    let mut rows: Vec<&RequestRow> = witness.requests.iter().collect();
    rows.sort_by_key(|row| row.last_byte_in);
    let mut later = Later::new(&rows);
    let mut origins: BTreeMap<usize, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, &first) in rows.iter().enumerate() {
        later.remove(at);
        let asked_for = origins.get(&at).copied().unwrap_or(&first.path);
        let repeated = asked_once(asked_for).then_some(DetourCause::Repeated);
        let Some(cause) = DetourCause::of_status(first.status).or(repeated) else { continue };
        let next = match cause {
            DetourCause::TooManyRequests => later.with_path(&first.path),
            DetourCause::Redirect => {
                later.after(first).or_else(|| later.with_other_path(&first.path))
            }
            DetourCause::Repeated => later.with_path(asked_for),
        };
        let Some(next) = next else { continue };
        later.remove(next);
        origins.insert(next, asked_for);
        found.push(Detour { cause, asked_for, first, again: rows[next] });
    }
    found
}

/// The rows that lie ahead and follow no other row yet, indexed by what they are looked up by. Each
/// index drops a removed row when it comes to it, so that all look-ups together are linear.
struct Later<'a> {
    removed: Vec<bool>,
    by_path: BTreeMap<&'a str, Queue>,
    by_place: BTreeMap<Place, Queue>,
    /// The first row that is left of each path.
    heads: BTreeSet<(usize, &'a str)>,
    paths: Vec<&'a str>,
}

/// A connection, and a place on it.
type Place = (u64, u64);

/// Rows in the order of their arrival, the next one last.
type Queue = Vec<usize>;

impl<'a> Later<'a> {
    fn new(rows: &[&'a RequestRow]) -> Self {
        let mut later = Self {
            removed: vec![false; rows.len()],
            by_path: BTreeMap::new(),
            by_place: BTreeMap::new(),
            heads: BTreeSet::new(),
            paths: rows.iter().map(|row| row.path.as_str()).collect(),
        };
        for (at, row) in rows.iter().enumerate().rev() {
            later.by_path.entry(&row.path).or_default().push(at);
            later.by_place.entry((row.connection, row.ordinal)).or_default().push(at);
        }
        for (path, queue) in &later.by_path {
            later.heads.extend(queue.last().map(|&at| (at, *path)));
        }
        later
    }

    fn remove(&mut self, at: usize) {
        self.removed[at] = true;
        let path = self.paths[at];
        if self.heads.remove(&(at, path)) {
            let next = self.by_path.get_mut(path).and_then(|queue| next(queue, &self.removed));
            self.heads.extend(next.map(|at| (at, path)));
        }
    }

    fn with_path(&mut self, path: &str) -> Option<usize> {
        next(self.by_path.get_mut(path)?, &self.removed)
    }

    /// The next request on the same connection.
    fn after(&mut self, row: &RequestRow) -> Option<usize> {
        let place = (row.connection, row.ordinal.checked_add(1)?);
        next(self.by_place.get_mut(&place)?, &self.removed)
    }

    fn with_other_path(&self, path: &str) -> Option<usize> {
        self.heads.iter().find(|(_, other)| *other != path).map(|(at, _)| *at)
    }
}

/// The first row of a queue that was not removed.
fn next(queue: &mut Queue, removed: &[bool]) -> Option<usize> {
    while queue.last().is_some_and(|&at| removed[at]) {
        queue.pop();
    }
    queue.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::request_row;
    use model::time::Span;
    use proptest::prelude::*;

    fn row(millis: u64, connection: u64, ordinal: u64, path: &str, status: u16) -> RequestRow {
        let path = path.to_owned();
        let last_byte_in = Span::from_millis(millis);
        RequestRow { last_byte_in, connection, ordinal, path, status, ..request_row() }
    }

    fn found(rows: Vec<RequestRow>) -> Vec<(DetourCause, String, String)> {
        found_where(rows, |_| false)
    }

    /// The detours in a batch whose items ask for these paths only once.
    fn found_where(
        rows: Vec<RequestRow>,
        asked_once: impl Fn(&str) -> bool,
    ) -> Vec<(DetourCause, String, String)> {
        let witness = Witness { requests: rows, ..Witness::default() };
        let summary = |detour: &Detour<'_>| {
            (detour.cause, detour.asked_for.to_owned(), detour.again.path.clone())
        };
        find(&witness, asked_once).iter().map(summary).collect()
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
        let rows =
            || vec![row(0, 0, 0, "/a", 200), row(20, 0, 1, "/a", 200), row(40, 0, 2, "/b", 200)];
        let repeated = (DetourCause::Repeated, "/a".to_owned(), "/a".to_owned());
        assert_eq!(found_where(rows(), |_| true), [repeated]);
        assert_eq!(found_where(rows(), |path| path == "/b"), []);
    }

    #[test]
    fn a_head_and_a_get_are_redirected_each_and_are_for_one_item() {
        let rows = vec![
            row(0, 0, 0, "/a", 302),
            row(10, 0, 1, "/there/a", 200),
            row(20, 0, 2, "/a", 302),
            row(30, 0, 3, "/there/a", 200),
        ];
        let of_a = |cause, path: &str| (cause, "/a".to_owned(), path.to_owned());
        let expected = [
            of_a(DetourCause::Redirect, "/there/a"),
            of_a(DetourCause::Repeated, "/a"),
            of_a(DetourCause::Redirect, "/there/a"),
        ];
        assert_eq!(found_where(rows, |path| path == "/a"), expected);
    }

    /// The definition, row by row.
    fn one_by_one(witness: &Witness, asked_once: bool) -> Vec<Detour<'_>> {
        let mut rows: Vec<&RequestRow> = witness.requests.iter().collect();
        rows.sort_by_key(|row| row.last_byte_in);
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut origins: BTreeMap<usize, &str> = BTreeMap::new();
        let mut found = Vec::new();
        for (at, &first) in rows.iter().enumerate() {
            let asked_for = origins.get(&at).copied().unwrap_or(&first.path);
            let repeated = asked_once.then_some(DetourCause::Repeated);
            let Some(cause) = DetourCause::of_status(first.status).or(repeated) else { continue };
            let later = || (at + 1..rows.len()).filter(|later| !taken.contains(later));
            let follows = |row: &RequestRow| {
                row.connection == first.connection && row.ordinal == first.ordinal + 1
            };
            let next = match cause {
                DetourCause::TooManyRequests => {
                    later().find(|&later| rows[later].path == first.path)
                }
                DetourCause::Redirect => later()
                    .find(|&later| follows(rows[later]))
                    .or_else(|| later().find(|&later| rows[later].path != first.path)),
                DetourCause::Repeated => later().find(|&later| rows[later].path == asked_for),
            };
            let Some(next) = next else { continue };
            taken.insert(next);
            origins.insert(next, asked_for);
            found.push(Detour { cause, asked_for, first, again: rows[next] });
        }
        found
    }

    proptest! {
        #[test]
        fn the_indexed_detours_equal_those_found_row_by_row(
            rows in prop::collection::vec(
                (0u64..9, 0u64..3, 0u64..4, prop::sample::select(&["/a", "/b", "/c"][..]),
                 prop::sample::select(&[200u16, 302, 429][..])),
                0..14,
            ),
            asked_once: bool,
        ) {
            let rows = rows.into_iter().map(|(at, connection, ordinal, path, status)| {
                row(at, connection, ordinal, path, status)
            });
            let witness = Witness { requests: rows.collect(), ..Witness::default() };
            prop_assert_eq!(find(&witness, |_| asked_once), one_by_one(&witness, asked_once));
        }
    }
}
