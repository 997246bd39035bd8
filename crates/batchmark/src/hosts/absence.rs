//! Why a host cannot be used, and what to do about it.

/// Why a host cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// What is missing, as a sentence without a full stop.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// A host that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentHost {
    /// The host.
    pub host: String,
    /// Why, and what to do about it.
    pub absence: Absence,
}
