//! Bodies that were never read: what looks quick has not fetched.

use model::failure::FailureKind;

use crate::findings::case::Case;
use crate::findings::code::Code;
use crate::findings::draft::Draft;

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    if case.versus.is_some() {
        return None;
    }
    let unread =
        case.side.arm.failures.iter().find(|failure| failure.kind == FailureKind::Unread)?;
    Some(Draft {
        code: Code::BodyNotRead,
        size: None,
        because: false,
        sentence: format!("{} does not read the bodies, and has no time for that.", case.name()),
        remedy: "read each response to its end, and await what reads it".to_owned(),
        evidence: vec![unread.message.clone()],
    })
}
