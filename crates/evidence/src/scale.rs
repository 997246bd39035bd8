//! Scales times of the stretch of a sampled trial to its batch.

use model::time::Span;

/// From the length of a stretch to that of its batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// How long the requests took that have rows.
    pub(crate) observed: Span,
    /// How long the batch took.
    pub(crate) batch: Span,
}

impl Scale {
    /// Scales parts so that parts of the whole stretch sum to the batch, to the nanosecond.
    pub(crate) fn apply<'s>(self, parts: impl IntoIterator<Item = &'s mut Span>) {
        if self.observed == self.batch {
            return;
        }
        let mut before = Span::ZERO;
        for part in parts {
            let after = before + *part;
            *part = self.one(after).saturating_sub(self.one(before));
            before = after;
        }
    }

    /// Scales one time.
    pub(crate) fn one(self, time: Span) -> Span {
        if self.observed == self.batch || self.observed.is_zero() {
            return time;
        }
        let scaled = u128::from(time.as_nanos()) * u128::from(self.batch.as_nanos())
            / u128::from(self.observed.as_nanos());
        Span::from_nanos(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_stretch_sum_to_the_batch() {
        let nanos = Span::from_nanos;
        let mut parts = [nanos(1), nanos(1), nanos(5)];
        Scale { observed: nanos(7), batch: nanos(100) }.apply(&mut parts);
        assert_eq!(parts.map(Span::as_nanos), [14, 14, 72]);
        Scale { observed: nanos(0), batch: nanos(100) }.apply(&mut parts);
        assert_eq!(parts.map(Span::as_nanos), [14, 14, 72]);
    }
}
