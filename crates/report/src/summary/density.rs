//! How much the summary leaves out to fit one screen a batch size.

/// A way to lay the summary out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) density: Density,
    pub(super) bottlenecks: Bottlenecks,
}

/// Whether the summary says what limits each arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bottlenecks {
    /// It does, and shows as many caveats as without them.
    Shown,
    Hidden,
}

impl Layout {
    /// From everything to the least. Whole names, remedies and caveats are worth more than bottlenecks,
    /// and these more than empty lines.
    pub(super) fn all() -> Vec<Self> {
        let with = |bottlenecks| move |&density: &Density| Self { density, bottlenecks };
        let are_alike = |one: &Density, next: &Density| {
            one.shortens_names() == next.shortens_names()
                && one.leaves_out_remedies() == next.leaves_out_remedies()
        };
        let of_alike = |alike: &[Density]| {
            let shown = alike.iter().filter(|density| !density.leaves_out_remedies());
            let shown = shown.map(with(Bottlenecks::Shown));
            shown.chain(alike.iter().map(with(Bottlenecks::Hidden))).collect::<Vec<Self>>()
        };
        Density::ALL.chunk_by(are_alike).flat_map(of_alike).collect()
    }
}

/// From everything to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Density {
    /// Everything as it is.
    Plain,
    /// No empty lines between the parts.
    Tight,
    /// Long labels are shortened.
    ShortNames,
    /// Causes without their remedies.
    NoRemedies,
    /// Causes without the lines of the code and without a certainty that needs a line of its own, and one
    /// failed arm.
    Terse,
}

impl Density {
    pub(super) const ALL: [Self; 5] =
        [Self::Plain, Self::Tight, Self::ShortNames, Self::NoRemedies, Self::Terse];

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

    /// Whether a cause's certainty is left out that would need a line of its own.
    pub(super) fn leaves_out_lone_tags(self) -> bool {
        self >= Self::Terse
    }

    /// The maximum number of failed arms that the summary names.
    pub(super) fn failed_arms(self) -> usize {
        if self >= Self::Terse { 1 } else { 3 }
    }
}
