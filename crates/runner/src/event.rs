//! The events of a run, to show its progress. They are sent between trials, never during one.

use std::time::Duration;

use model::arm::ArmName;
use model::index::ArmIndex;
use model::plan::Plan;
use model::recording::Closing;
use model::time::Span;
use stats::quantity::HalfWidth;

/// An event of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// A trial of the pilot begins.
    Pilot {
        /// The arm.
        arm: &'a ArmName,
    },
    /// The plan is complete and the blocks begin.
    Planned {
        /// The plan.
        plan: &'a Plan,
        /// The expected time of a block, judged by the pilot.
        block: Duration,
    },
    /// A trial of a block has ended.
    Trial {
        /// The arm.
        arm: ArmIndex,
        /// How long its batch took; none if a request failed or the trial was lost.
        time: Option<Span>,
        /// How many trials of the block have ended.
        slot: usize,
        /// How many trials the block has.
        slots: usize,
        /// How long the blocks have taken so far.
        elapsed: Duration,
    },
    /// A block has ended.
    Block(BlockProgress),
    /// A profiled trial begins.
    Profile {
        /// The arm.
        arm: &'a ArmName,
    },
    /// A driver failed and its trial is lost.
    Lost {
        /// The arm.
        arm: &'a ArmName,
        /// What happened, as a sentence.
        message: &'a str,
    },
    /// The run has ended.
    Closed(&'a Closing),
}

/// The progress of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockProgress {
    /// How many blocks have ended.
    pub blocks: u32,
    /// The maximum number of blocks, if there is one.
    pub most: Option<u32>,
    /// How long the blocks have taken so far.
    pub elapsed: Duration,
    /// The maximum time that is left, judged by the blocks so far.
    pub left: Option<Duration>,
    /// Half the width of the 95% interval of the ratio that is known least; none where a ratio has no
    /// interval yet, and without ratios.
    pub half_width: Option<HalfWidth>,
}

/// Receives the events of a run.
pub trait Watch {
    /// Receives an event.
    fn notice(&mut self, event: &Event<'_>);
}
