//! The phases of a request over time.

use evidence::path::Segment;
use model::phase::Phase;
use model::time::Span;

/// A phase of a request, from when to when after the trial's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseSpan {
    /// The phase.
    pub phase: Phase,
    /// When it begins.
    pub from: Span,
    /// When it ends; later than it begins.
    pub to: Span,
}

impl PhaseSpan {
    /// How long it is.
    pub const fn length(&self) -> Span {
        self.to.saturating_sub(self.from)
    }
}

/// Phases in order and without overlaps. Neighbours differ in their phase or lie apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Phases(Vec<PhaseSpan>);

impl Phases {
    pub(super) fn of_segments(segments: Vec<Segment>) -> Self {
        let mut phases = Self::default();
        for Segment { start, end, label, .. } in segments {
            phases.push(label.phase(), start, end);
        }
        phases
    }

    /// Adds a phase at the end. What lies before the end so far is left out.
    pub(super) fn push(&mut self, phase: Phase, from: Span, to: Span) {
        let from = self.0.last().map_or(from, |last| last.to.max(from));
        match self.0.last_mut() {
            _ if from >= to => {}
            Some(last) if last.phase == phase && last.to == from => last.to = to,
            _ => self.0.push(PhaseSpan { phase, from, to }),
        }
    }

    /// The part from one moment to another.
    pub(super) fn part(&self, from: Span, to: Span) -> Self {
        let mut part = Self::default();
        for span in &self.0 {
            part.push(span.phase, span.from.max(from), span.to.min(to));
        }
        part
    }

    /// These phases, with `top` in the place of what lies between its begin and its end.
    pub(super) fn overlaid(self, top: &Self) -> Self {
        let (Some(first), Some(last)) = (top.0.first(), top.0.last()) else { return self };
        let mut all = self.part(Span::ZERO, first.from);
        let end = self.0.last().map_or(last.to, |own| own.to.max(last.to));
        for span in top.0.iter().chain(&self.part(last.to, end).0) {
            all.push(span.phase, span.from, span.to);
        }
        all
    }

    pub(super) fn into_spans(self) -> Vec<PhaseSpan> {
        self.0
    }
}
