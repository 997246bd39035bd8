//! What each path answers.

use report::html::{self, Frames};

use super::http::{Refusal, Request, Response, Status};
use super::shelf::Shelf;

/// The path of two recordings side by side.
const SIDE_BY_SIDE: &str = "side-by-side";

/// The answer to a request, or to one that is refused.
pub(super) fn answer(shelf: &Shelf, request: Result<&Request, Refusal>) -> Response {
    match request {
        Ok(request) => page(shelf, request),
        Err(Refusal::Malformed) => refused(Status::BadRequest, "This is no HTTP/1.1 request."),
        Err(Refusal::TooLong) => refused(Status::HeadTooLong, "The request is too long."),
        Err(Refusal::Method) => refused(Status::MethodNotAllowed, "Recordings can only be read."),
        Err(Refusal::Host) => refused(
            Status::Misdirected,
            "The host of the address must be an IP address or localhost.",
        ),
    }
}

fn page(shelf: &Shelf, request: &Request) -> Response {
    match request.path.as_str() {
        "" => found(html::list(&shelf.listed()), Frames::None),
        SIDE_BY_SIDE => side_by_side(shelf, &request.query),
        path => read(shelf.page(path), Frames::None),
    }
}

/// The comparison of two recordings, which the query names by their numbers.
fn side_by_side(shelf: &Shelf, query: &str) -> Response {
    let number = |name: &str| {
        let mut fields = query.split('&').filter_map(|field| field.split_once('='));
        let (_, number) = fields.find(|(field, _)| *field == name)?;
        number.parse().ok()
    };
    let numbers = number("old").zip(number("new"));
    read(numbers.and_then(|(old, new)| shelf.side_by_side(old, new)), Frames::Own)
}

/// A page that is made of recordings, which may not exist or may not be readable any more.
fn read(page: Option<Result<String, String>>, frames: Frames) -> Response {
    match page {
        Some(Ok(page)) => found(page, frames),
        Some(Err(reason)) => refused(Status::Unavailable, &reason),
        None => refused(Status::NotFound, "There is no such page."),
    }
}

fn found(body: String, frames: Frames) -> Response {
    Response { status: Status::Ok, body, policy: html::policy(frames) }
}

fn refused(status: Status, reason: &str) -> Response {
    Response { status, body: html::notice(reason), policy: html::policy(Frames::None) }
}
