//! What to do about a finding, as values.

/// What to do about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing.
    Nothing,
    /// What always helps against this cause.
    Usual,
    /// Raise a limit.
    Raise(LimitChange),
    /// Lower a limit: the client works less for each request beside fewer others.
    Lower(LimitChange),
    /// Open fewer connections at once.
    OpenFewerAtOnce,
    /// Use connections again.
    ReuseConnections,
    /// Share one TLS context.
    ShareContext(ContextScope),
    /// Hold no lock while a request is in flight.
    ReleaseLock,
    /// Start fewer processes, or start them less often.
    StartFewerProcesses,
}

/// A limit that is too low or too high.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// The condition that sets it, such as `workers`; nothing where no condition does.
    pub condition: Option<String>,
    /// What it is, where that is known.
    pub from: Option<usize>,
    /// What it should be.
    pub to: usize,
}

/// For what a client creates a TLS context each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextScope {
    /// For each connection.
    Connection,
    /// For each batch.
    Batch,
}
