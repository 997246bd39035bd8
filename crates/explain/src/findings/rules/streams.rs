//! Requests that waited for a stream of HTTP/2: the server allows too few, or the client opens one at a time.

use super::Rule;
use super::limit::{self, Limited};
use crate::findings::FindingCode;

pub(super) const RULES: [Rule; 2] = [
    Rule::Special {
        code: FindingCode::StreamLimit,
        charges: &limit::CHARGES,
        find: |comparison| limit::find(comparison, Limited::Streams),
    },
    Rule::Special {
        code: FindingCode::NotMultiplexed,
        charges: &limit::CHARGES,
        find: |comparison| limit::find(comparison, Limited::OneStream),
    },
];
