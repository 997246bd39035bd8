//! Learns the batch of one trial from its evidence.
//!
//! Durations are what the trial shows of each step where nothing else was in its way: what threads
//! computed, and what passed on the network. Waits for what is a resource of the batch are left out;
//! the replay makes them again. `own_work` finds what an event loop did for each request, `streams` the
//! same where requests share connections, `exchange` what passed on the network; `threads` and `event_loop` put the
//! requests of a trial together.

mod assemble;
mod event_loop;
mod exchange;
mod own_time;
mod own_work;
mod streams;
mod threads;
mod view;
mod work_shares;
mod work_stretches;

use evidence::Examined;
use evidence::account::Charge;
use evidence::setting::ArmSetting;
use model::time::Span;

use crate::arm::{ArmFacts, Threading};
use crate::batch::{Batch, Flights, Handshake, Resource, Step};
use crate::change::network::piece;
use crate::work_costs::WorkStretch;
use view::TrialView;

/// The longest record of TLS (RFC 8446, section 5.1).
const RECORD: u64 = 1 << 14;

/// What a trial shows.
pub(crate) struct Learnt {
    pub(crate) batch: Batch,
    /// The stretches in which its client worked.
    pub(crate) stretches: Vec<WorkStretch>,
}

/// The batch of a trial; nothing where its requests were not observed.
pub(crate) fn learn<'a>(
    examined: &Examined<'a>,
    setting: &ArmSetting<'a>,
    facts: ArmFacts,
) -> Option<Learnt> {
    let view = TrialView::new(examined, setting, facts)?;
    let several_in_flight = view.is_event_loop() || view.is_multiplexed;
    let batch = if several_in_flight { event_loop::learn(&view) } else { threads::learn(&view) };
    let has_event_loop = several_in_flight || facts.threading == Threading::EventLoop;
    let starved = view.starved(batch.client);
    let batch = Batch {
        cores: facts.cores,
        connecting: view.connecting(),
        has_event_loop,
        holds_first_bytes: setting.link.is_some(),
        starved,
        has_streams: view.has_streams(),
        streams: view.streams(),
        sharing: view.sharing(),
        record: setting.link.filter(|link| link.tls).map_or(0, |_| RECORD),
        unopened: unopened(setting),
        round_trip: view.round_trip,
        piece: view.rate().map_or(Span::ZERO, piece),
        think: setting.link.map(|link| link.think),
        ..batch
    };
    Some(Learnt { batch, stretches: work_stretches::work_stretches(&view) })
}

/// How a connection is opened on the emulated link, without anybody's work.
pub(crate) fn unopened(setting: &ArmSetting<'_>) -> Option<Vec<Step>> {
    let link = setting.link?;
    let trip = Step::caused(Resource::Delay, link.rtt, Charge::Setup).flying(Flights::ROUND_TRIP);
    let secured = link.tls.then_some(trip.securing(Some(Handshake::Full)));
    Some([trip].into_iter().chain(secured).collect())
}
