use super::*;
use crate::path::walk::tests::any_timeline;
use proptest::prelude::*;

/// The definition of the chain, which looks at every request at every step.
fn one_by_one(timelines: &[RequestTimeline], limit: Option<usize>) -> Chain {
    let flights: Vec<(usize, Flight)> = timelines
        .iter()
        .enumerate()
        .filter_map(|(request, timeline)| Some((request, Flight::of_request(timeline)?)))
        .collect();
    let in_flight_before = |moment: Span| {
        flights.iter().filter(|(_, flight)| flight.start < moment && moment <= flight.end).count()
    };
    let most = flights.iter().map(|(_, flight)| in_flight_before(flight.end)).max().unwrap_or(0);
    let full = limit.unwrap_or(most).max(1);
    let gate = |request: usize, start: Span| {
        let own = &timelines[request];
        let last = |until: Span, may_gate: &dyn Fn(&RequestTimeline) -> bool| {
            flights
                .iter()
                .filter(|(other, flight)| *other != request && flight.end <= until)
                .filter(|(other, _)| may_gate(&timelines[*other]))
                .max_by_key(|(_, flight)| flight.end)
                .copied()
        };
        let same_worker =
            |other: &RequestTimeline| own.worker.is_some() && own.worker == other.worker;
        let same_connection = |other: &RequestTimeline| {
            own.connection.is_some() && own.connection == other.connection
        };
        let freed = |&(other, flight): &(usize, Flight)| {
            timelines[other].freed_its_connection().unwrap_or(flight.end)
        };
        let last_freed = |until: Span| {
            flights
                .iter()
                .filter(|each| each.0 != request && freed(each) <= until)
                .filter(|(other, _)| same_connection(&timelines[*other]))
                .max_by_key(|each| freed(each))
                .copied()
        };
        last(start, &same_worker)
            .or_else(|| last_freed(start))
            .or_else(|| {
                let until = own.handed_to_connection().filter(|_| !own.opened_its_connection())?;
                last_freed(until)
            })
            .or_else(|| {
                last(start, &|_| true).filter(|(_, flight)| in_flight_before(flight.end) >= full)
            })
    };
    let Some(mut at) = flights.iter().max_by_key(|(_, flight)| flight.end).copied() else {
        return Chain::default();
    };
    let mut requests = vec![at.0];
    while let Some(gate) = gate(at.0, at.1.start).filter(|(gate, _)| !requests.contains(gate)) {
        requests.push(gate.0);
        at = gate;
    }
    requests.reverse();
    Chain { requests, opener: None, order: Order::Gated }
}

proptest! {
    #[test]
    fn the_indexed_chain_equals_the_chain_found_request_by_request(
        timelines in prop::collection::vec(any_timeline(), 0..12),
        limit in prop::option::of(0usize..5),
    ) {
        let found = chain(&timelines, limit);
        if found.order == Order::Gated {
            prop_assert_eq!(found, one_by_one(&timelines, limit));
        }
    }
}
