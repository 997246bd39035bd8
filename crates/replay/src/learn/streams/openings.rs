//! The openings of the connections that a client may share, whether they carried anything or not.

use std::collections::BTreeMap;

use model::socket::SocketConnection;
use model::time::Span;

use crate::learn::view::TrialView;

/// The opening of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) connecting: Span,
    pub(super) securing: Option<Span>,
    pub(super) secured: Option<Span>,
    /// Whose work it is: that of the first request on the connection, or of none.
    pub(super) owner: usize,
}

/// The openings of all connections.
pub(super) struct Openings {
    pub(super) all: Vec<Opening>,
    /// How many connections carried nothing. As owners they have the places after those of the requests.
    pub(super) unused: usize,
}

impl Openings {
    pub(super) fn new(view: &TrialView<'_, '_>) -> Self {
        let joined = &view.examined.joined;
        let first = (0..joined.len()).filter_map(|item| {
            let row = joined[item].request.filter(|row| row.ordinal == 0)?;
            Some((row.connection, item))
        });
        let first: BTreeMap<u64, usize> = first.collect();
        let mut openings = Self { all: Vec::new(), unused: 0 };
        for row in view.examined.witness().iter().flat_map(|witness| &witness.connections) {
            let owner = first.get(&row.id).copied().unwrap_or_else(|| {
                openings.unused += 1;
                joined.len() + openings.unused - 1
            });
            openings.all.push(Opening {
                connecting: row.accepted,
                securing: row.first_byte_in,
                secured: row.handshake_in,
                owner,
            });
        }
        openings.take_from_sockets(view);
        openings
    }

    /// Takes the times of the client's own calls. Connections are accepted in the order in which they are opened.
    fn take_from_sockets(&mut self, view: &TrialView<'_, '_>) {
        let sockets = view.examined.sockets().map_or(&[][..], |sockets| &sockets.connections);
        let mut opened: Vec<&SocketConnection> =
            sockets.iter().filter(|it| it.connecting.is_some() && it.connected.is_some()).collect();
        if opened.len() != self.all.len() {
            return;
        }
        opened.sort_by_key(|it| it.connecting);
        self.all.sort_by_key(|it| it.connecting);
        for (opening, seen) in self.all.iter_mut().zip(opened) {
            opening.connecting = seen.connecting.unwrap_or(opening.connecting);
            opening.securing = seen.securing.or(opening.securing);
            opening.secured = seen.secured.or(opening.secured);
        }
    }
}
