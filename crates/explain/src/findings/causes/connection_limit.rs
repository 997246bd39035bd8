//! Requests that waited for a connection, because no more may be open.

use super::limit::{self, Of};
use crate::findings::case::Case;
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::cost;

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let limit = limit::find(case).filter(|limit| limit.of == Of::Connections)?;
    let most = case.condition("pool").unwrap_or("few");
    Some(Draft {
        code: FindingCode::ConnectionLimit,
        size: Some(limit.size),
        because: limit.toggled.is_some(),
        sentence: format!(
            "{} may open no more than {most} connections for {} requests, which wait for them: {}.",
            case.name(),
            case.requests(),
            cost(case, limit.size, limit.toggled)
        ),
        remedy: format!("allow {} connections to the host", case.requests()),
        evidence: limit.evidence,
    })
}
