//! Bodies that were never read: what looks quick has not fetched.

use model::failure::FailureKind;

use crate::findings::case::Case;
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::count;

/// The least share of its connections that a client breaks off when it reads no body.
const BROKEN_OFF: f64 = 0.5;
/// The largest share of the bodies that comes back from a client that does not read them.
const RETURNED: f64 = 0.9;

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    if case.versus.is_some() {
        return None;
    }
    let evidence = told(case).or_else(|| seen(case))?;
    Some(Draft {
        code: FindingCode::BodyNotRead,
        size: None,
        because: false,
        sentence: format!(
            "{} does not read the bodies: what it takes is no time of a batch.",
            case.name()
        ),
        remedy: "read each response to its end, and await what reads it".to_owned(),
        evidence,
    })
}

/// What its driver says of it.
fn told(case: &Case<'_>) -> Option<Vec<String>> {
    let failures = &case.side.failures;
    let unread = failures.iter().find(|failure| failure.kind == FailureKind::Unread)?;
    Some(vec![unread.message.clone()])
}

/// What the endpoint saw of it: connections that ended with bytes in them that nobody had read, by
/// a client that had not all of the bodies to show.
fn seen(case: &Case<'_>) -> Option<Vec<String>> {
    let (broken_off, used) = (case.side.seen.broken_off?, case.side.arm.connections_used?);
    let (returned, sent) = (case.side.arm.bytes?, case.side.seen.body_bytes?);
    let unread = broken_off >= BROKEN_OFF * used.max(1.0) && returned < RETURNED * sent;
    unread.then(|| {
        vec![
            format!(
                "connections broken off with bytes in them: {} of {}",
                count(broken_off),
                count(used)
            ),
            format!("bytes that it gave: {returned:.0} of the {sent:.0} that were sent"),
        ]
    })
}
