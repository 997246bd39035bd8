//! The milestones of one request, each chosen on its own: the trace, else the endpoint, else the
//! socket witness, else unobserved.
//!
//! The endpoint replaces the trace where it saw the same event from the other side of the loopback,
//! some microseconds away. It stamps what comes in before the link holds it, and what goes out
//! after. The socket witness saw the client's own calls, on any server.
//!
//! | milestone | what the endpoint saw | what the socket witness saw | in which requests |
//! | --- | --- | --- | --- |
//! | resolving, resolved | – | the lookup of the name | the first on a connection opened in the trial |
//! | connecting | – | the first attempt to connect | the first on a connection opened in the trial |
//! | connected | the connection was accepted | it was open for the client | the first on a connection of TCP opened in the trial |
//! | securing | the client's first bytes arrived | the client wrote its first handshake message | the first on one with TLS |
//! | secured | the client's flight after the server's last handshake flight arrived | the handshake was complete for the client | the first on one with TLS |
//! | writing | the client's first bytes arrived, or the HEADERS of its stream | the client wrote the request's first byte | all; by the endpoint the first on one without TLS, and streams |
//! | sent | the request's last byte arrived | the last call that wrote a part of it began | all |
//! | first_byte | the response's first byte was written | it was read | all |
//! | done | the response's last byte was written | it was read | all |
//!
//! Only the client knows when a request was submitted and started. Over HTTP/2 a stream has no connect of its
//! own: only the first stream of a connection has the milestones of the opening.

use model::time::Span;
use model::trace::{Columns, Milestone, PerMilestone};
use model::witness::ConnectionRow;

use crate::join::Joined;

/// The milestones of the opening of a connection.
pub(crate) const OPENING: [Milestone; 6] = [
    Milestone::Resolving,
    Milestone::Resolved,
    Milestone::Connecting,
    Milestone::Connected,
    Milestone::Securing,
    Milestone::Secured,
];

/// Who observed a milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestoneSource {
    /// The client's own hooks.
    Trace,
    /// The embedded endpoint.
    Endpoint,
    /// The socket witness.
    Socket,
}

/// When one request passed each milestone, where that was observed: in order, none after `Done`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MilestoneTimes {
    at: PerMilestone<Option<Span>>,
    source: PerMilestone<Option<MilestoneSource>>,
}

impl MilestoneTimes {
    /// Chooses each milestone of `request`.
    pub fn choose(columns: &Columns, request: usize, joined: &Joined<'_>) -> Self {
        let mut milestones = Self::default();
        for milestone in Milestone::ALL {
            let observed = [
                (MilestoneSource::Trace, columns.at(milestone, request)),
                (MilestoneSource::Endpoint, by_endpoint(milestone, joined)),
                (MilestoneSource::Socket, by_sockets(milestone, joined)),
            ];
            let chosen = observed.into_iter().find_map(|(source, at)| Some((source, at?)));
            milestones.at[milestone] = chosen.map(|(_, at)| at);
            milestones.source[milestone] = chosen.map(|(source, _)| source);
        }
        if joined.request.is_some_and(|row| row.stream.is_some() && row.ordinal > 0) {
            milestones.leave_out_the_opening();
        }
        milestones.leave_out_what_came_before();
        milestones.put_in_order();
        milestones
    }

    /// When the request passed `milestone`.
    pub fn at(&self, milestone: Milestone) -> Option<Span> {
        self.at[milestone]
    }

    /// Who observed `milestone`.
    pub fn source(&self, milestone: Milestone) -> Option<MilestoneSource> {
        self.source[milestone]
    }

    /// The milestones that were observed, in order.
    pub fn observed(&self) -> impl DoubleEndedIterator<Item = (Milestone, Span)> {
        Milestone::ALL.into_iter().filter_map(|milestone| Some((milestone, self.at(milestone)?)))
    }

    /// Another request opened the connection.
    fn leave_out_the_opening(&mut self) {
        for milestone in OPENING {
            self.at[milestone] = None;
            self.source[milestone] = None;
        }
    }

    /// The opening of a connection before the request was started was not for this request, and it
    /// did not wait for it.
    fn leave_out_what_came_before(&mut self) {
        let begun = self.at(Milestone::Started).or(self.at(Milestone::Submitted));
        for milestone in OPENING {
            if self.at(milestone) < begun {
                self.at[milestone] = None;
                self.source[milestone] = None;
            }
        }
    }

    /// Stamps from two processors can contradict each other by microseconds, and those of a faulty
    /// client by any amount. No milestone may pass after `Done` or before the one that comes first.
    fn put_in_order(&mut self) {
        let done = self.at(Milestone::Done);
        let mut latest = Span::ZERO;
        for at in self.at.values_mut().flatten() {
            *at = done.map_or(*at, |done| done.min(*at)).max(latest);
            latest = *at;
        }
    }
}

/// What the endpoint saw of a milestone.
fn by_endpoint(milestone: Milestone, joined: &Joined<'_>) -> Option<Span> {
    let row = joined.request?;
    let opened = joined.connection.filter(|_| row.ordinal == 0);
    match milestone {
        Milestone::Connected => {
            opened.filter(|connection| !connection.is_quic()).map(|connection| connection.accepted)
        }
        Milestone::Securing => opened.filter(|connection| has_tls(connection))?.first_byte_in,
        Milestone::Secured => opened?.handshake_in,
        Milestone::Writing if row.stream.is_some() => row.stream.map(|stream| stream.headers_in),
        Milestone::Writing => opened.filter(|connection| !has_tls(connection))?.first_byte_in,
        Milestone::Sent => Some(row.last_byte_in),
        Milestone::FirstByte => row.first_byte_out,
        Milestone::Done => row.last_byte_out,
        Milestone::Submitted
        | Milestone::Started
        | Milestone::Resolving
        | Milestone::Resolved
        | Milestone::Connecting => None,
    }
}

/// What the socket witness saw of a milestone.
pub(crate) fn by_sockets(milestone: Milestone, joined: &Joined<'_>) -> Option<Span> {
    let row = joined.socket?;
    let opening = joined.opening.as_ref();
    match milestone {
        Milestone::Submitted | Milestone::Started => None,
        Milestone::Resolving => Some(opening?.lookup?.began),
        Milestone::Resolved => Some(opening?.lookup?.ended),
        Milestone::Connecting => opening?.connecting(),
        Milestone::Connected => opening?.connection.connected,
        Milestone::Securing => opening?.connection.securing,
        Milestone::Secured => opening?.connection.secured,
        Milestone::Writing => Some(row.writing),
        Milestone::Sent => Some(row.sent),
        Milestone::FirstByte => row.first_byte,
        Milestone::Done => row.last_byte,
    }
}

const fn has_tls(connection: &ConnectionRow) -> bool {
    connection.tls.is_some() || connection.handshake_out.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openings::Opening;
    use Milestone::{
        Connected, Connecting, Done, FirstByte, Resolved, Resolving, Secured, Securing, Sent,
        Started, Submitted, Writing,
    };
    use model::socket::{Lookup, SocketConnection, SocketRequest};
    use model::witness::RequestRow;
    use test_support::sample::{connection_row, request_row};

    fn nanos(nanos: u64) -> Span {
        Span::from_nanos(nanos)
    }

    fn trace(milestones: &[(Milestone, u64)]) -> Columns {
        let mut columns = Columns::default();
        for &(milestone, at) in milestones {
            columns.milestones[milestone] = Some(vec![Some(nanos(at))]);
        }
        columns
    }

    fn rows(tls: bool, ordinal: u64) -> (RequestRow, ConnectionRow) {
        let request = RequestRow {
            ordinal,
            last_byte_in: nanos(50),
            first_byte_out: Some(nanos(60)),
            last_byte_out: Some(nanos(70)),
            ..request_row()
        };
        let mut connection = ConnectionRow {
            accepted: nanos(10),
            first_byte_in: Some(nanos(20)),
            ..connection_row(0, false)
        };
        if tls {
            connection.handshake_out = Some(nanos(30));
            connection.handshake_in = Some(nanos(40));
        } else {
            connection.tls = None;
        }
        (request, connection)
    }

    fn chosen(
        columns: &Columns,
        rows: Option<&(RequestRow, ConnectionRow)>,
    ) -> Vec<(Milestone, u64)> {
        let joined = rows.map_or_else(Joined::default, |(request, connection)| Joined {
            request: Some(request),
            connection: Some(connection),
            ..Joined::default()
        });
        let milestones = MilestoneTimes::choose(columns, 0, &joined);
        milestones.observed().map(|(milestone, at)| (milestone, at.as_nanos())).collect()
    }

    #[test]
    fn uses_the_endpoint_where_there_is_no_trace() {
        let none = Columns::default();
        let shared = [(Sent, 50), (FirstByte, 60), (Done, 70)];
        let tls = [&[(Connected, 10), (Securing, 20), (Secured, 40)], &shared[..]].concat();
        assert_eq!(chosen(&none, Some(&rows(true, 0))), tls);
        let plain = [&[(Connected, 10), (Writing, 20)], &shared[..]].concat();
        assert_eq!(chosen(&none, Some(&rows(false, 0))), plain);
        // A later request did not wait for the opening.
        assert_eq!(chosen(&none, Some(&rows(true, 1))), shared);
        assert_eq!(chosen(&none, None), []);
    }

    /// A request that was the first on its connection, and the lookup and the opening before it.
    fn sockets() -> (SocketRequest, SocketConnection, Lookup) {
        let request = SocketRequest {
            writing: nanos(45),
            sent: nanos(46),
            first_byte: Some(nanos(61)),
            last_byte: Some(nanos(71)),
            ..SocketRequest::default()
        };
        let connection = SocketConnection {
            connecting: Some(nanos(5)),
            connected: Some(nanos(12)),
            securing: Some(nanos(19)),
            secured: Some(nanos(41)),
            ..SocketConnection::default()
        };
        let lookup = Lookup {
            thread: 0,
            name: "example.org".to_owned(),
            began: nanos(3),
            ended: nanos(4),
            addresses: 1,
        };
        (request, connection, lookup)
    }

    #[test]
    fn uses_the_system_calls_where_neither_the_trace_nor_the_endpoint_saw_it() {
        let (request, connection, lookup) = sockets();
        let opening = Opening { connection: &connection, lookup: Some(&lookup), unanswered: None };
        let seen = Joined { socket: Some(&request), opening: Some(opening), ..Joined::default() };
        let sources = |columns: &Columns, joined: &Joined<'_>| {
            let milestones = MilestoneTimes::choose(columns, 0, joined);
            let source =
                |at: (Milestone, Span)| Some((at.0, milestones.source(at.0)?, at.1.as_nanos()));
            milestones.observed().filter_map(source).collect::<Vec<_>>()
        };
        use MilestoneSource::{Endpoint, Socket, Trace};
        let alone = [
            (Resolving, Socket, 3),
            (Resolved, Socket, 4),
            (Connecting, Socket, 5),
            (Connected, Socket, 12),
            (Securing, Socket, 19),
            (Secured, Socket, 41),
            (Writing, Socket, 45),
            (Sent, Socket, 46),
            (FirstByte, Socket, 61),
            (Done, Socket, 71),
        ];
        assert_eq!(sources(&Columns::default(), &seen), alone);
        let (row, accepted) = rows(true, 0);
        let all = Joined { request: Some(&row), connection: Some(&accepted), ..seen };
        let together = [
            (Resolving, Socket, 3),
            (Resolved, Socket, 4),
            (Connecting, Socket, 5),
            (Connected, Endpoint, 10),
            (Securing, Endpoint, 20),
            (Secured, Endpoint, 40),
            (Writing, Socket, 45),
            (Sent, Endpoint, 50),
            (FirstByte, Trace, 63),
            (Done, Endpoint, 70),
        ];
        assert_eq!(sources(&trace(&[(FirstByte, 63)]), &all), together);
    }

    #[test]
    fn prefers_the_trace_milestone_by_milestone() {
        let columns = trace(&[(Submitted, 1), (Started, 2), (Connected, 11), (Done, 75)]);
        let expected = [
            (Submitted, 1),
            (Started, 2),
            (Connected, 11),
            (Securing, 20),
            (Secured, 40),
            (Sent, 50),
            (FirstByte, 60),
            (Done, 75),
        ];
        assert_eq!(chosen(&columns, Some(&rows(true, 0))), expected);
    }

    #[test]
    fn leaves_out_the_opening_of_a_connection_before_the_request_began() {
        let columns =
            trace(&[(Started, 25), (Resolving, 3), (Resolved, 4), (Connecting, 5), (Writing, 45)]);
        let expected =
            [(Started, 25), (Secured, 40), (Writing, 45), (Sent, 50), (FirstByte, 60), (Done, 70)];
        assert_eq!(chosen(&columns, Some(&rows(true, 0))), expected);
    }

    #[test]
    fn clips_contradictions() {
        let columns =
            trace(&[(Submitted, 9), (Started, 5), (Sent, 400), (FirstByte, 8), (Done, 30)]);
        let expected = [(Submitted, 9), (Started, 9), (Sent, 30), (FirstByte, 30), (Done, 30)];
        assert_eq!(chosen(&columns, None), expected);
    }
}
