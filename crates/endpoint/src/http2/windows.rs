//! The client's windows: how much it still lets the server send, on each stream and in all
//! (RFC 9113, section 5.2). It follows the frames that pass and decides nothing.

use std::collections::BTreeMap;

/// The initial window of every stream and of the connection.
const INITIAL: i64 = 65_535;

/// A window of flow control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FullWindow {
    /// That of one stream.
    Stream,
    /// That of the connection.
    Connection,
}

/// The windows of one connection.
#[derive(Debug)]
pub(crate) struct ClientWindows {
    connection: i64,
    initial: i64,
    /// How far the window of each stream is from the initial one.
    streams: BTreeMap<u32, i64>,
}

impl Default for ClientWindows {
    fn default() -> Self {
        Self { connection: INITIAL, initial: INITIAL, streams: BTreeMap::new() }
    }
}

impl ClientWindows {
    /// The server sent this much of a stream's data.
    pub(crate) fn sent(&mut self, stream: u32, bytes: u32) {
        self.connection -= i64::from(bytes);
        *self.streams.entry(stream).or_default() -= i64::from(bytes);
    }

    /// The client allowed this much more on a stream, or on the connection for stream 0.
    pub(crate) fn allowed(&mut self, stream: u32, bytes: u32) {
        let window = match stream {
            0 => &mut self.connection,
            stream => self.streams.entry(stream).or_default(),
        };
        *window = window.saturating_add(i64::from(bytes));
    }

    /// The client changed the initial window, and that of all its streams with it.
    pub(crate) fn set_initial(&mut self, bytes: u32) {
        self.initial = i64::from(bytes);
    }

    /// A stream is over.
    pub(crate) fn forget(&mut self, stream: u32) {
        self.streams.remove(&stream);
    }

    /// Which window lets nothing more of this stream pass. If both do, it is the stream's.
    pub(crate) fn full(&self, stream: u32) -> Option<FullWindow> {
        let moved = self.streams.get(&stream).copied().unwrap_or_default();
        if self.initial + moved <= 0 {
            Some(FullWindow::Stream)
        } else if self.connection <= 0 {
            Some(FullWindow::Connection)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_window_that_is_full() {
        let mut windows = ClientWindows::default();
        assert_eq!(windows.full(1), None);
        windows.sent(1, 65_535);
        assert_eq!(windows.full(1), Some(FullWindow::Stream));
        assert_eq!(windows.full(3), Some(FullWindow::Connection));
        windows.allowed(0, 10);
        assert_eq!((windows.full(1), windows.full(3)), (Some(FullWindow::Stream), None));
        windows.allowed(1, 10);
        assert_eq!(windows.full(1), None);
    }

    #[test]
    fn a_new_initial_window_moves_open_streams() {
        let mut windows = ClientWindows::default();
        windows.allowed(0, 1 << 20);
        windows.sent(1, 65_535);
        windows.set_initial(100_000);
        assert_eq!(windows.full(1), None);
        windows.set_initial(1000);
        assert_eq!(windows.full(1), Some(FullWindow::Stream), "a window may be negative");
        windows.forget(1);
        assert_eq!(windows.full(1), None);
    }
}
