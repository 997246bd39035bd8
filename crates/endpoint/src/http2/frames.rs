//! Reads the frames of HTTP/2 from bytes that pass in pieces of any size (RFC 9113, section 4.1).
//!
//! It decodes no header fields and changes nothing. Any cut of the same bytes gives the same frames.

/// The length of a frame's head.
const HEAD: usize = 9;

/// How much of a payload is kept: enough for every setting that exists.
const KEPT: usize = 256;

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// What it is.
    pub(crate) kind: FrameKind,
    /// Its stream; 0 for the connection.
    pub(crate) stream: u32,
    /// Whether it ends its side of the stream.
    pub(crate) ends_stream: bool,
    /// The place of its first byte, counted from the start of the scanned bytes.
    pub(crate) start: u64,
    /// The place after its last byte.
    pub(crate) end: u64,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// DATA with this many bytes, the padding included.
    Data(u32),
    /// HEADERS.
    Headers,
    /// RST_STREAM.
    Reset,
    /// SETTINGS with this initial window.
    InitialWindow(u32),
    /// WINDOW_UPDATE by this many bytes.
    WindowUpdate(u32),
    /// GOAWAY.
    GoAway,
    /// Any other frame.
    Other,
}

/// The scanner of one direction of a connection.
#[derive(Debug, Default)]
pub(crate) struct FrameScanner {
    /// How many bytes have passed.
    passed: u64,
    /// How many bytes come before the first frame.
    skipped: usize,
    head: Vec<u8>,
    payload: Option<Payload>,
}

/// The payload of a frame whose head has passed.
#[derive(Debug)]
struct Payload {
    frame: Frame,
    head_kind: HeadKind,
    /// How much of it is still to come.
    left: usize,
    kept: Vec<u8>,
}

/// The kinds whose payload matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeadKind {
    Settings,
    WindowUpdate,
    Known(FrameKind),
}

impl FrameScanner {
    /// A scanner of bytes whose first frame comes after this many others.
    pub(crate) fn after(skipped: usize) -> Self {
        Self { skipped, ..Self::default() }
    }

    /// Scans the next bytes. A frame is found with the last byte of its head; one whose payload is
    /// read, with the last byte of that.
    pub(crate) fn scan(&mut self, mut bytes: &[u8], mut found: impl FnMut(Frame)) {
        while !bytes.is_empty() {
            let taken = if self.skipped > 0 {
                let taken = self.skipped.min(bytes.len());
                self.skipped -= taken;
                taken
            } else if self.payload.is_some() {
                self.take_payload(bytes)
            } else {
                self.take_head(bytes, &mut found)
            };
            self.passed += taken as u64;
            bytes = &bytes[taken..];
            if let Some(payload) = self.payload.take_if(|payload| payload.left == 0) {
                payload.report(&mut found);
            }
        }
    }

    fn take_head(&mut self, bytes: &[u8], found: &mut impl FnMut(Frame)) -> usize {
        let taken = (HEAD - self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..taken]);
        if let Ok(head) = <[u8; HEAD]>::try_from(&*self.head) {
            let payload = Payload::begin(head, self.passed + taken as u64);
            if let HeadKind::Known(_) = payload.head_kind {
                found(payload.frame);
            }
            self.payload = Some(payload);
            self.head.clear();
        }
        taken
    }

    fn take_payload(&mut self, bytes: &[u8]) -> usize {
        self.payload.as_mut().map_or(0, |payload| payload.take(bytes))
    }
}

impl Payload {
    /// Reads a head whose last byte has `after` as its place's successor.
    fn begin(head: [u8; HEAD], after: u64) -> Self {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = head;
        let length = u32::from_be_bytes([0, l0, l1, l2]);
        let head_kind = match kind {
            0x0 => HeadKind::Known(FrameKind::Data(length)),
            0x1 => HeadKind::Known(FrameKind::Headers),
            0x3 => HeadKind::Known(FrameKind::Reset),
            0x4 => HeadKind::Settings,
            0x7 => HeadKind::Known(FrameKind::GoAway),
            0x8 => HeadKind::WindowUpdate,
            _ => HeadKind::Known(FrameKind::Other),
        };
        let may_end = matches!(head_kind, HeadKind::Known(FrameKind::Data(_) | FrameKind::Headers));
        let frame = Frame {
            kind: match head_kind {
                HeadKind::Known(kind) => kind,
                HeadKind::Settings | HeadKind::WindowUpdate => FrameKind::Other,
            },
            stream: u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]),
            ends_stream: may_end && flags & 0x1 != 0,
            start: after - HEAD as u64,
            end: after + u64::from(length),
        };
        Self { frame, head_kind, left: length as usize, kept: Vec::new() }
    }

    fn take(&mut self, bytes: &[u8]) -> usize {
        let taken = self.left.min(bytes.len());
        if !matches!(self.head_kind, HeadKind::Known(_)) {
            let room = KEPT.saturating_sub(self.kept.len());
            self.kept.extend_from_slice(&bytes[..taken.min(room)]);
        }
        self.left -= taken;
        taken
    }

    /// Reports a frame that only its payload explains.
    fn report(self, found: &mut impl FnMut(Frame)) {
        let kind = match self.head_kind {
            HeadKind::Known(_) => return,
            HeadKind::WindowUpdate => increment(&self.kept).map(FrameKind::WindowUpdate),
            HeadKind::Settings => initial_window(&self.kept).map(FrameKind::InitialWindow),
        };
        found(Frame { kind: kind.unwrap_or(FrameKind::Other), ..self.frame });
    }
}

fn increment(payload: &[u8]) -> Option<u32> {
    let bytes = <[u8; 4]>::try_from(payload).ok()?;
    Some(u32::from_be_bytes(bytes) & 0x7fff_ffff)
}

/// The last SETTINGS_INITIAL_WINDOW_SIZE among the settings, which are six bytes each.
fn initial_window(payload: &[u8]) -> Option<u32> {
    let (settings, _) = payload.as_chunks::<6>();
    let windows = settings.iter().filter(|setting| setting[..2] == [0, 4]);
    windows.map(|&[_, _, v0, v1, v2, v3]| u32::from_be_bytes([v0, v1, v2, v3])).next_back()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).expect("is short").to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        frame
    }

    fn scan_pieces<'a>(skipped: usize, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Frame> {
        let mut scanner = FrameScanner::after(skipped);
        let mut frames = Vec::new();
        for piece in pieces {
            scanner.scan(piece, |frame| frames.push(frame));
        }
        frames
    }

    #[test]
    fn finds_the_frames_and_their_places() {
        let settings = [[0, 3, 0, 0, 0, 9], [0, 4, 0, 1, 0, 0]].concat();
        let bytes = [
            b"PRI".to_vec(),
            frame(0x4, 0, 0, &settings),
            frame(0x1, 0x5, 1, b"head"),
            frame(0x8, 0, 0, &[0x80, 0, 1, 0]),
            frame(0x0, 0x1, 1, b"body"),
            frame(0x4, 0x1, 0, b""),
        ]
        .concat();
        let frames = scan_pieces(3, std::iter::once(&*bytes));
        let found: Vec<(FrameKind, u32, bool)> =
            frames.iter().map(|frame| (frame.kind, frame.stream, frame.ends_stream)).collect();
        assert_eq!(
            found,
            [
                (FrameKind::InitialWindow(65_536), 0, false),
                (FrameKind::Headers, 1, true),
                (FrameKind::WindowUpdate(256), 0, false),
                (FrameKind::Data(4), 1, true),
                (FrameKind::Other, 0, false),
            ]
        );
        assert_eq!((frames[0].start, frames[0].end), (3, 24));
        assert_eq!((frames[1].start, frames[1].end), (24, 37));
        assert_eq!(frames[4].end, bytes.len() as u64);
    }

    proptest! {
        #[test]
        fn any_cut_of_the_bytes_gives_the_same_frames(
            bytes in proptest::collection::vec(prop_oneof![3 => Just(0_u8), 2 => 0_u8..10, 1 => any::<u8>()], 0..400),
            cuts in proptest::collection::vec(1_usize..40, 1..60),
            skipped in 0_usize..30,
        ) {
            let whole = scan_pieces(skipped, std::iter::once(&*bytes));
            let mut rest = &*bytes;
            let pieces = cuts.iter().cycle().map_while(|&cut| {
                let (piece, after) = rest.split_at_checked(cut.min(rest.len()))?;
                rest = after;
                (!piece.is_empty()).then_some(piece)
            });
            prop_assert_eq!(scan_pieces(skipped, pieces), whole);
        }
    }
}
