//! Requests that waited for a connection because no more may be open.

use super::Rule;
use super::limit::{self, Limited};
use crate::findings::FindingCode;

pub(super) const RULES: [Rule; 1] = [Rule::Special {
    code: FindingCode::ConnectionLimit,
    charges: &limit::CHARGES,
    find: |comparison| limit::find(comparison, Limited::Connections),
}];
