//! How much the summary leaves out to fit one screen a batch size.

/// From everything to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Density {
    /// Everything as it is.
    Plain,
    /// Long labels are shortened.
    ShortNames,
    /// No empty lines between the parts.
    Tight,
    /// Causes without their remedies.
    NoRemedies,
    /// Causes without the lines of the code, and one failed arm.
    Terse,
}

impl Density {
    pub(super) const ALL: [Self; 5] =
        [Self::Plain, Self::ShortNames, Self::Tight, Self::NoRemedies, Self::Terse];

    pub(super) fn shortens_names(self) -> bool {
        self >= Self::ShortNames
    }

    pub(super) fn leaves_out_empty_lines(self) -> bool {
        self >= Self::Tight
    }

    pub(super) fn leaves_out_remedies(self) -> bool {
        self >= Self::NoRemedies
    }

    pub(super) fn leaves_out_code_lines(self) -> bool {
        self >= Self::Terse
    }

    /// The maximum number of failed arms that the summary names.
    pub(super) fn failed_arms(self) -> usize {
        if self >= Self::Terse { 1 } else { 3 }
    }
}
