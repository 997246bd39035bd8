//! What a kept session would save an arm alone. Beside other arms, their findings say what matters.

use super::shown::ShownArms;
use crate::style::Style;
use crate::text;

/// The indent of further lines.
const INDENT: usize = 2;

/// Nothing where a finding of the arm already gives the session as its remedy.
pub(super) fn lines(shown: &ShownArms<'_>, style: Style) -> Vec<String> {
    let [arm] = &shown.arms[..] else { return Vec::new() };
    let mut findings = shown.analysis.findings.iter().filter(|finding| finding.arm == arm.arm);
    if findings.any(explain::Finding::keeps_session) {
        return Vec::new();
    }
    let sentence = words::kept_session::sentence(arm);
    sentence.map_or_else(Vec::new, |sentence| text::hang(&sentence, style.columns(), INDENT))
}
