//! Requests that waited for a worker or a permit: the batch runs in waves.

use super::Rule;
use super::limit::{self, Limited};
use crate::findings::FindingCode;

pub(super) const RULES: [Rule; 1] = [Rule::Special {
    code: FindingCode::WorkerLimit,
    charges: &limit::CHARGES,
    find: |comparison| limit::find(comparison, Limited::Workers),
}];
