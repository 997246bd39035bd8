//! Parts that the words of several caveats share.

use explain::caveats::FactDifference;
use model::arm::Label;

/// How wide a short line may be: with `caveat: ` before it, it fits into 80 columns.
pub(super) const SHORT_COLUMNS: usize = 72;

/// The first version that fits into a short line; the last one if none does. The versions go from
/// detailed to brief.
pub(super) fn first_that_fits<const N: usize>(versions: [String; N]) -> String {
    let mut shortest = String::new();
    for version in versions {
        let fits = version.chars().count() <= SHORT_COLUMNS;
        shortest = version;
        if fits {
            break;
        }
    }
    shortest
}

/// The option that measures twice as many blocks, and at least ten: `-n 40`.
pub(super) fn more_blocks(blocks: usize) -> String {
    format!("-n {}", (2 * blocks).max(10))
}

/// The values of a difference with the strategies of each: `on (a/x); off (b/y)`.
pub(super) fn values(difference: &FactDifference) -> String {
    let groups: Vec<String> = difference
        .groups
        .iter()
        .map(|group| format!("{} ({})", group.value, labels(&group.labels)))
        .collect();
    groups.join("; ")
}

/// The strategies with their conditions: `a/x, b/y`.
pub(super) fn labels(labels: &[Label]) -> String {
    labels.iter().map(Label::to_string).collect::<Vec<_>>().join(", ")
}

/// `a/x@4` for one arm, `3 arms` for more.
pub(super) fn one_or_count<A>(arms: &[A], name: impl Fn(&A) -> String) -> String {
    match arms {
        [arm] => name(arm),
        _ => format!("{} arms", arms.len()),
    }
}

#[cfg(test)]
pub(super) mod testing {
    //! What the tests of the caveats share.

    use super::SHORT_COLUMNS;
    use model::arm::{ArmName, Label};

    /// An arm's name of the usual length.
    pub(in crate::caveats) fn arm(name: &str) -> ArmName {
        ArmName(name.to_owned())
    }

    /// The longest name that a run is likely to have.
    pub(in crate::caveats) fn long_arm() -> ArmName {
        arm("requests/threads:context=shared,session=warm,workers=12@1000#delay")
    }

    pub(in crate::caveats) fn label(name: &str) -> Label {
        Label(name.to_owned())
    }

    /// Asserts that a short line fits and does not end like a sentence.
    pub(in crate::caveats) fn assert_short(line: &str) {
        let columns = line.chars().count();
        assert!(columns <= SHORT_COLUMNS, "{columns} columns: {line}");
        assert!(!line.ends_with('.'), "{line}");
    }
}
