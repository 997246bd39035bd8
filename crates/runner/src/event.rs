//! What happens in a run, for whoever shows it. Events are told between trials, never during one.

use std::time::Duration;

use model::arm::ArmName;
use model::plan::Plan;
use model::recording::Closing;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// The next trial of the pilot is about to begin.
    Pilot {
        /// The arm whose turn it is.
        arm: &'a ArmName,
    },
    /// The plan is fixed; the blocks begin.
    Planned {
        /// The plan.
        plan: &'a Plan,
        /// How long a block should take, judged by the pilot.
        block: Duration,
    },
    /// A trial of a block is over.
    Trial {
        /// How many trials of the block are over.
        slot: usize,
        /// How many it has.
        slots: usize,
    },
    /// A block is over.
    Block(Progress),
    /// A driver failed.
    Lost {
        /// The arm that it served.
        arm: &'a ArmName,
        /// What happened.
        message: &'a str,
    },
    /// The run is over.
    Closed(&'a Closing),
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many blocks are over.
    pub blocks: u32,
    /// How many there can be at most, where there is a limit.
    pub most: Option<u32>,
    /// How long the blocks have taken.
    pub elapsed: Duration,
    /// How long the rest can take at most, judged by the blocks up to now.
    pub left: Option<Duration>,
}

/// Somebody who watches a run.
pub trait Watch {
    /// Takes notice of an event.
    fn notice(&mut self, event: &Event<'_>);
}
