//! Requests that the client made again for the same item: at another path after a redirect, later
//! after a refusal, or once more at the same path, such as a GET after a HEAD. To the batch, the two are
//! one item.

use std::collections::{BTreeMap, BTreeSet};

use model::time::Span;

use crate::setting::ArmSetting;
use crate::traffic::{Place, Traffic, TrafficRequest};

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

/// A request, and the next one for the same item. Both are given by their places in
/// [`Traffic::requests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detour {
    /// Why the next one followed.
    pub cause: DetourCause,
    /// The request that did not get the item, or not for good.
    pub first: usize,
    /// The next request for the item.
    pub again: usize,
    /// When the first was sent.
    pub from: Span,
    /// When the next one was sent.
    pub to: Span,
    /// The item of the batch that both belong to, in the order of the columns.
    pub item: Option<usize>,
}

/// The detours of a trial, in the order in which they began.
///
/// After a refusal the same path is requested again: by the same thread if it does so at all. After a
/// redirect the next request on the same connection follows it, if the batch does not ask for its
/// path; else the first later request of the thread for another path: one that the batch does not
/// ask for, if there is one. Another request that belongs to the same item only is a repetition,
/// and so is one for the same path after a HEAD, a 401 or an error of the server. No request
/// follows two others.
pub fn detours(traffic: &Traffic<'_>, setting: &ArmSetting<'_>) -> Vec<Detour> {
    let mut order: Vec<usize> = (0..traffic.requests.len()).collect();
    order.sort_by_key(|&at| traffic.requests[at].sent);
    let requests: Vec<&TrafficRequest<'_>> =
        order.iter().map(|&at| &traffic.requests[at]).collect();
    let mut later = Later::new(&requests, setting);
    let mut origins: Vec<usize> = (0..requests.len()).collect();
    let mut found = Vec::new();
    for (at, &first) in requests.iter().enumerate() {
        later.remove(at);
        let origin = origins[at];
        let Some((cause, next)) = later.following(first, requests[origin], setting) else {
            continue;
        };
        later.remove(next);
        origins[next] = origin;
        let (from, to) = (first.sent, requests[next].sent);
        found.push(Detour { cause, first: order[at], again: order[next], from, to, item: None });
    }
    found
}

/// Whether a request did not get its item, though it was not turned away.
fn is_in_vain(request: &TrafficRequest<'_>, setting: &ArmSetting<'_>) -> bool {
    let has_failed = |status| matches!(status, 401 | 407 | 500..=599) && !setting.accepts(status);
    request.status.is_some_and(has_failed) || is_head(request) && !asks_for_head(request, setting)
}

/// What a request asks for: the head of a resource or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    Head,
    Whole,
}

impl Content {
    fn of_request(request: &TrafficRequest<'_>) -> Self {
        if is_head(request) { Self::Head } else { Self::Whole }
    }
}

fn is_head(request: &TrafficRequest<'_>) -> bool {
    request.method == Some("HEAD")
}

/// Whether a request got its item: the client needs no further one, and a further one that was given up
/// is none in its place.
fn is_whole(request: &TrafficRequest<'_>, setting: &ArmSetting<'_>) -> bool {
    request.ended.is_some() && request.status.is_some_and(|status| setting.accepts(status))
}

fn asks_for_head(request: &TrafficRequest<'_>, setting: &ArmSetting<'_>) -> bool {
    request.only_request(setting).is_some_and(|item| setting.methods[item] == "HEAD")
}

/// The rows that lie ahead and follow no other row yet, indexed by what they are looked up by. Each
/// index drops a removed row when it comes to it, so that all look-ups together are linear.
struct Later<'a> {
    removed: Vec<bool>,
    whole: Vec<bool>,
    items: Vec<Option<usize>>,
    by_item: BTreeMap<usize, Queue>,
    by_place: BTreeMap<Place, Queue>,
    by_path: BTreeMap<(Content, &'a str), Queue>,
    by_thread: BTreeMap<(Option<u32>, Content, &'a str), Queue>,
    /// By thread, and whether the batch asks for the path.
    by_other_path: BTreeMap<(Option<u32>, bool), OtherPaths<'a>>,
}

/// Rows in the order of sending, the next one last.
type Queue = Vec<usize>;

impl<'a> Later<'a> {
    fn new(rows: &[&TrafficRequest<'a>], setting: &ArmSetting<'_>) -> Self {
        let mut later = Self {
            removed: vec![false; rows.len()],
            whole: rows.iter().map(|row| row.ended.is_some()).collect(),
            items: rows.iter().map(|row| row.only_request(setting)).collect(),
            by_item: BTreeMap::new(),
            by_place: BTreeMap::new(),
            by_path: BTreeMap::new(),
            by_thread: BTreeMap::new(),
            by_other_path: BTreeMap::new(),
        };
        for (at, row) in rows.iter().enumerate().rev() {
            later.by_place.entry(row.place()).or_default().push(at);
            if let Some(item) = later.items[at] {
                later.by_item.entry(item).or_default().push(at);
            }
            let Some(path) = row.path else { continue };
            let content = Content::of_request(row);
            later.by_path.entry((content, path)).or_default().push(at);
            later.by_thread.entry((row.thread, content, path)).or_default().push(at);
            let of_item = later.items[at].is_some();
            later.by_other_path.entry((row.thread, of_item)).or_default().add_before(at, path);
        }
        later
    }

    fn remove(&mut self, at: usize) {
        self.removed[at] = true;
    }

    /// The request that follows `row` for the same item, whose first request was `origin`, and why.
    fn following(
        &mut self,
        row: &TrafficRequest<'a>,
        origin: &TrafficRequest<'a>,
        setting: &ArmSetting<'_>,
    ) -> Option<(DetourCause, usize)> {
        let refused = row.status.filter(|&status| !setting.accepts(status));
        match refused.and_then(DetourCause::of_status) {
            Some(DetourCause::Redirect) => Some((DetourCause::Redirect, self.redirected(row)?)),
            Some(cause) => {
                let content = Content::of_request(row);
                Some((cause, self.with_path(row.thread, row.path?, content)?))
            }
            None => Some((DetourCause::Repeated, self.repeated(row, origin, setting)?)),
        }
    }

    /// The next request for the same item, if there is reason to believe that it is one.
    fn repeated(
        &mut self,
        row: &TrafficRequest<'a>,
        origin: &TrafficRequest<'a>,
        setting: &ArmSetting<'_>,
    ) -> Option<usize> {
        let item = origin.only_request(setting).or_else(|| row.only_request(setting));
        if let Some(item) = item {
            let again = next(self.by_item.get_mut(&item)?, &self.removed)?;
            return (self.whole[again] || !is_whole(row, setting)).then_some(again);
        }
        if !is_in_vain(row, setting) {
            return None;
        }
        if is_head(row) && row.status.is_none_or(|status| status < 400) {
            return self.with_path(row.thread, origin.path?, Content::Whole);
        }
        let content = Content::of_request(row);
        let again = self.with_path(row.thread, row.path?, content);
        again.or_else(|| self.with_path(row.thread, origin.path?, content))
    }

    /// The first for this path that asks for this content: of the thread, if it makes one.
    fn with_path(&mut self, thread: Option<u32>, path: &'a str, content: Content) -> Option<usize> {
        let of_thread = self.by_thread.get_mut(&(thread, content, path));
        let of_thread = of_thread.and_then(|queue| next(queue, &self.removed));
        of_thread.or_else(|| next(self.by_path.get_mut(&(content, path))?, &self.removed))
    }

    /// The one that follows a redirect.
    fn redirected(&mut self, row: &TrafficRequest<'a>) -> Option<usize> {
        let after = self.after(row);
        let elsewhere = after.filter(|&after| self.items[after].is_none());
        elsewhere
            .or_else(|| self.with_other_path(row, false))
            .or(after)
            .or_else(|| self.with_other_path(row, true))
    }

    /// The next request on the same connection.
    fn after(&mut self, row: &TrafficRequest<'_>) -> Option<usize> {
        next(self.by_place.get_mut(&row.place().next()?)?, &self.removed)
    }

    fn with_other_path(&mut self, row: &TrafficRequest<'a>, of_item: bool) -> Option<usize> {
        self.by_other_path.get_mut(&(row.thread, of_item))?.first_but(row.path?, &self.removed)
    }
}

/// Rows by their paths, to find the first with another path than a given one.
#[derive(Default)]
struct OtherPaths<'a> {
    queues: BTreeMap<&'a str, Queue>,
    /// The first row that is left of each path, or one before it that was removed.
    heads: BTreeSet<(usize, &'a str)>,
}

impl<'a> OtherPaths<'a> {
    /// Adds a row that comes before all rows so far.
    fn add_before(&mut self, at: usize, path: &'a str) {
        let queue = self.queues.entry(path).or_default();
        if let Some(&head) = queue.last() {
            self.heads.remove(&(head, path));
        }
        queue.push(at);
        self.heads.insert((at, path));
    }

    fn first_but(&mut self, path: &str, removed: &[bool]) -> Option<usize> {
        // At most one head is skipped; each removed one is dropped for good.
        loop {
            let (head, other) = self.heads.iter().find(|(_, other)| *other != path).copied()?;
            if !removed[head] {
                return Some(head);
            }
            self.heads.remove(&(head, other));
            let left = self.queues.get_mut(other).and_then(|queue| next(queue, removed));
            self.heads.extend(left.map(|at| (at, other)));
        }
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
mod tests;
