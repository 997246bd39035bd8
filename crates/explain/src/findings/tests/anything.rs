//! What must hold for any recording.

use super::*;
use model::socket::SocketWitness;
use model::trace::Columns;
use model::witness::Witness;
use proptest::prelude::*;

use crate::findings::charges::ChargesByBlock;
use evidence::Evidence;
use evidence::account::Charge;
use test_support::arbitrary::{any_columns, any_socket, any_witness};

/// A batch of which anything is reported.
#[derive(Clone, Debug)]
struct Anything {
    nanos: u64,
    computed: Option<u64>,
    columns: Columns,
    witness: Option<Witness>,
    socket: Option<Box<SocketWitness>>,
}

fn anything() -> impl Strategy<Value = Anything> {
    let nanos = || 0u64..80_000_000;
    let witness = prop::option::of(any_witness());
    let socket = prop::option::of(any_socket().prop_map(Box::new));
    (nanos(), prop::option::of(nanos()), any_columns(), witness, socket).prop_map(
        |(nanos, computed, columns, witness, socket)| Anything {
            nanos,
            computed,
            columns,
            witness,
            socket,
        },
    )
}

fn recording(batches: &[Anything]) -> Recording {
    let mut sample = Sample::new(&[("a/x", 2), ("b/y", 2)]);
    for _ in 0..3 {
        sample.block(&[]);
        for (name, batch) in ["a/x@2", "b/y@2"].iter().zip(batches) {
            sample.add_trial(name, 0);
            let run = sample.last_run();
            run.finished = run.started + Span::from_nanos(batch.nanos);
            run.usage.user = batch.computed.map(Span::from_nanos);
            run.usage.system = batch.computed.map(|_| Span::ZERO);
            run.columns = batch.columns.clone();
            sample.last_trial().witness.clone_from(&batch.witness);
            sample.last_trial().socket.clone_from(&batch.socket);
        }
    }
    sample.end(StopReason::Blocks)
}

fn charges(recording: &Recording, arm: &ArmName) -> ChargesByBlock {
    let evidence = Evidence::of_recording(recording).expect("has a plan");
    ChargesByBlock::new(evidence.arm(arm).expect("is planned"))
}

proptest! {
    #[test]
    fn findings_of_a_gap_do_not_exceed_the_charges_beyond_the_fastest_arm(
        batches in prop::collection::vec(anything(), 2..=2),
    ) {
        let recording = recording(&batches);
        let found = findings_of(&recording);
        for arm in ["a/x@2", "b/y@2"].map(|name| ArmName(name.to_owned())) {
            let of_gap = || found.iter().filter(|it| it.arm == arm && it.versus.is_some());
            let Some(versus) = of_gap().find_map(|finding| finding.versus.clone()) else { continue };
            let (own, other) = (charges(&recording, &arm), charges(&recording, &versus.arm));
            let excess = |charge| own.excess(&other, &[charge]).map_or(0.0, |it| it.seconds.max(0.0));
            let excesses: f64 = Charge::ALL.map(excess).into_iter().sum();
            let sizes: f64 = of_gap()
                .filter_map(|finding| finding.charged)
                .map(|charged| charged.seconds)
                .sum();
            prop_assert!(sizes <= excesses + 1e-9, "{sizes} of {excesses}: {:?}", summaries(&found));
        }
    }

    #[test]
    fn every_recording_has_an_answer(
        batches in prop::collection::vec(anything(), 2..=2),
        kept in 0usize..7,
    ) {
        let mut recording = recording(&batches);
        recording.trials.truncate(kept);
        for answer in analyse(&recording).answers {
            prop_assert!(!answer.best.is_empty() && !answer.ranking.is_empty());
        }
    }
}
