//! The pauses within responses of an arm: whether they are those of a delayed acknowledgement.
//!
//! A server whose kernel keeps the rest of a response back sends it when the client's kernel has
//! acknowledged the first part. A server that works sends it whenever it has it: sooner than the
//! acknowledgement now and then. Lengths alone say less: on a busy machine they vary by much.

use model::time::Span;
use model::trial::Trial;
use stats::describe::quantile;

use crate::traffic::complete_sockets;

/// From this length on a pause may be one of an acknowledgement: Linux delays it by 40 ms and a tick
/// of its clock (TCP_DELACK_MIN).
pub const LONG_PAUSE: Span = Span::from_millis(25);
/// The kernel's timer, as the client sees it.
const TIMER: Span = Span::from_nanos(39_900_000);
/// How much later it ends at most, in at least a quarter of the pauses: a tick of the kernel's clock
/// (CONFIG_HZ is usually 250 or more, at least 100), and a little for the wake-up.
const USUAL_TICK: Span = Span::from_nanos(4_400_000);
const LONGEST_TICK: Span = Span::from_nanos(10_400_000);
/// The most pauses that ended before an acknowledgement, as a share: none, but for a busy machine.
const UNACKNOWLEDGED: f64 = 0.05;

/// Whether the long pauses of an arm's trials can be those of delayed acknowledgements. None if there
/// were none, or nothing was seen of them.
pub fn are_delayed_acknowledgements<'a>(trials: impl Iterator<Item = &'a Trial>) -> Option<bool> {
    let rows = trials.filter_map(complete_sockets).flat_map(|sockets| &sockets.requests);
    let paused: Vec<_> = rows.filter(|row| row.read_pause >= Some(LONG_PAUSE)).collect();
    let mut lengths: Vec<f64> =
        paused.iter().filter_map(|row| row.read_pause).map(Span::as_secs).collect();
    lengths.sort_by(f64::total_cmp);
    let quarter = quantile(&lengths, 0.25)?;
    let is_known = paused.iter().any(|row| row.acknowledged.is_some());
    let timed = if is_known {
        quarter <= (TIMER + LONGEST_TICK).as_secs()
    } else {
        TIMER.as_secs() <= quarter && quarter <= (TIMER + USUAL_TICK).as_secs()
    };
    let early = paused.iter().filter(|row| row.acknowledged == Some(false)).count();
    Some(timed && early as f64 <= UNACKNOWLEDGED * paused.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::StopReason;
    use model::socket::{SocketRequest, SocketWitness};
    use test_support::sample::Sample;

    fn found(pauses: &[(u64, Option<bool>)]) -> Option<bool> {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.block(&[("a/x@1", 100)]);
        let row = |&(tenths, acknowledged): &(u64, Option<bool>)| SocketRequest {
            read_pause: Some(Span::from_nanos(tenths * 100_000)),
            acknowledged,
            ..SocketRequest::default()
        };
        let requests = pauses.iter().map(row).collect();
        let sockets = SocketWitness { requests, ..SocketWitness::default() };
        sample.last_trial().socket = Some(Box::new(sockets));
        are_delayed_acknowledgements(sample.end(StopReason::Blocks).trials.iter())
    }

    #[test]
    fn pauses_that_end_with_an_acknowledgement_are_those_of_the_kernel() {
        let yes = Some(true);
        assert_eq!(found(&[(437, yes), (470, yes), (404, yes), (431, yes), (573, yes)]), yes);
        assert_eq!(found(&[(437, None), (404, None)]), yes);
        // A busy machine.
        assert_eq!(found(&[(464, yes), (752, yes), (340, yes), (550, yes)]), yes);
        assert_eq!(found(&[(1, None)]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn work_of_a_server_is_no_delayed_acknowledgement() {
        let [yes, no] = [Some(true), Some(false)];
        assert_eq!(found(&[(402, no), (401, yes), (402, no)]), no);
        assert_eq!(found(&[(451, no), (452, yes), (451, yes), (451, yes)]), no);
        assert_eq!(found(&[(601, yes), (602, yes)]), no);
        assert_eq!(found(&[(451, None), (452, None)]), no);
        assert_eq!(found(&[(301, None), (302, None)]), no);
    }
}
