//! The streams of a connection, counted by the frames that open and end them.

use std::collections::BTreeMap;

use crate::http2::frames::{Frame, FrameKind};

/// The streams of one connection.
#[derive(Debug, Default)]
pub(crate) struct StreamTally {
    /// The streams that are open, with the side that has ended.
    open: BTreeMap<u32, Sides>,
    last: u32,
    opened: u64,
    most: u64,
}

/// Which sides of a stream have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sides {
    Neither,
    Client,
    Server,
}

/// What a frame of the client did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAction {
    /// It opened a stream.
    Opened {
        /// The number of open streams.
        open: u64,
    },
    /// It reset a stream.
    Reset,
    /// It announced that the client opens no more streams.
    GoneAway,
    /// Nothing of these.
    Other,
}

impl StreamTally {
    /// How many streams the client has opened.
    pub(crate) fn opened(&self) -> u64 {
        self.opened
    }

    /// The most that were open at once.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// A frame of the client passed.
    pub(crate) fn came_in(&mut self, frame: &Frame) -> ClientAction {
        let action = match frame.kind {
            FrameKind::Headers if self.is_new(frame.stream) => self.open(frame.stream),
            FrameKind::Reset => {
                self.open.remove(&frame.stream);
                ClientAction::Reset
            }
            FrameKind::GoAway => ClientAction::GoneAway,
            _ => ClientAction::Other,
        };
        if frame.ends_stream {
            self.end(frame.stream, Sides::Client);
        }
        action
    }

    /// A frame of the server passed.
    pub(crate) fn went_out(&mut self, frame: &Frame) {
        if frame.kind == FrameKind::Reset {
            self.open.remove(&frame.stream);
        } else if frame.ends_stream {
            self.end(frame.stream, Sides::Server);
        }
    }

    /// Clients open streams of odd and rising numbers (RFC 9113, section 5.1.1).
    fn is_new(&self, stream: u32) -> bool {
        stream > self.last && !stream.is_multiple_of(2)
    }

    fn open(&mut self, stream: u32) -> ClientAction {
        self.last = stream;
        self.opened += 1;
        self.open.insert(stream, Sides::Neither);
        let open = self.open.len() as u64;
        self.most = self.most.max(open);
        ClientAction::Opened { open }
    }

    fn end(&mut self, stream: u32, side: Sides) {
        let Some(ended) = self.open.get_mut(&stream) else { return };
        if matches!(*ended, Sides::Neither) {
            *ended = side;
        } else if *ended != side {
            self.open.remove(&stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: FrameKind, stream: u32, ends_stream: bool) -> Frame {
        Frame { kind, stream, ends_stream, start: 0, end: 0 }
    }

    fn is_open(tally: &StreamTally, stream: u32) -> bool {
        tally.open.contains_key(&stream)
    }

    #[test]
    fn counts_streams_until_both_sides_end() {
        let mut tally = StreamTally::default();
        let request = |stream| frame(FrameKind::Headers, stream, true);
        assert_eq!(tally.came_in(&request(1)), ClientAction::Opened { open: 1 });
        assert_eq!(tally.came_in(&request(3)), ClientAction::Opened { open: 2 });
        tally.went_out(&frame(FrameKind::Headers, 1, false));
        tally.went_out(&frame(FrameKind::Data(3), 1, true));
        assert!(!is_open(&tally, 1) && is_open(&tally, 3));
        assert_eq!(tally.came_in(&request(5)), ClientAction::Opened { open: 2 });
        assert_eq!(tally.came_in(&frame(FrameKind::Reset, 3, false)), ClientAction::Reset);
        tally.went_out(&frame(FrameKind::Reset, 5, false));
        assert!(!is_open(&tally, 3) && !is_open(&tally, 5));
        assert_eq!((tally.opened(), tally.most()), (3, 2));
    }

    #[test]
    fn trailers_and_the_server_end_a_stream_in_any_order() {
        let mut tally = StreamTally::default();
        tally.came_in(&frame(FrameKind::Headers, 1, false));
        tally.went_out(&frame(FrameKind::Headers, 1, true));
        assert!(is_open(&tally, 1), "the client still sends");
        assert_eq!(tally.came_in(&frame(FrameKind::Headers, 1, true)), ClientAction::Other);
        assert!(!is_open(&tally, 1));
        assert_eq!((tally.opened(), tally.most()), (1, 1));
    }
}
