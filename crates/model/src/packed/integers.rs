//! The text of one column of whole numbers: its differences to what predicts them, byte by byte, compressed.
//!
//! All lowest bytes come first, then all second bytes, and so on. The noise of a clock is in the low bytes,
//! so the higher ones compress to almost nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The level of compression: low bytes are noise, and more effort gains nothing on the others.
const LEVEL: u8 = 4;
/// The bytes of a number.
const MOST_PLANES: usize = 8;
/// The bytes before the data: how many planes there are, and whether entries are missing.
const HEADER: usize = 2;

/// Collects the differences of a column.
#[derive(Debug, Default)]
pub(super) struct IntegerPacker {
    entries: usize,
    /// How many entries are there.
    present: usize,
    /// A bit for each entry, set where it is there; empty while none is missing.
    presence: Vec<u8>,
    /// The lowest byte of each entry that is there, then the next, as far as any entry needs.
    planes: Vec<Vec<u8>>,
}

impl IntegerPacker {
    /// Adds an entry: the difference to its prediction, modulo 2^64.
    pub(super) fn push(&mut self, difference: Option<u64>) {
        if difference.is_none() && self.present == self.entries {
            self.presence = vec![u8::MAX; self.entries.div_ceil(8)];
            self.mark_end();
        }
        if self.is_sparse() || difference.is_none() {
            self.push_presence(difference.is_some());
        }
        self.entries += 1;
        if let Some(difference) = difference {
            self.push_bytes(zigzag(difference));
            self.present += 1;
        }
    }

    /// Whether an entry is missing.
    fn is_sparse(&self) -> bool {
        self.present < self.entries
    }

    /// Clears the bits behind the last entry.
    fn mark_end(&mut self) {
        let used = self.entries % 8;
        if let Some(last) = self.presence.last_mut().filter(|_| used > 0) {
            *last = (1 << used) - 1;
        }
    }

    fn push_presence(&mut self, is_present: bool) {
        let bit = self.entries % 8;
        if bit == 0 {
            self.presence.push(0);
        }
        if let Some(last) = self.presence.last_mut() {
            *last |= u8::from(is_present) << bit;
        }
    }

    fn push_bytes(&mut self, value: u64) {
        let bytes = value.to_le_bytes();
        let needed = MOST_PLANES - value.leading_zeros() as usize / 8;
        while self.planes.len() < needed {
            self.planes.push(vec![0; self.present]);
        }
        for (plane, byte) in self.planes.iter_mut().zip(bytes) {
            plane.push(byte);
        }
    }

    /// The text of the column.
    pub(super) fn finish(self) -> String {
        // At most eight planes.
        let planes = self.planes.len() as u8;
        let mut bytes = vec![planes, u8::from(self.is_sparse())];
        bytes.extend(self.presence);
        for plane in self.planes {
            bytes.extend(plane);
        }
        STANDARD.encode(compress_to_vec(&bytes, LEVEL))
    }
}

/// The differences of a column, one after another.
#[derive(Debug)]
pub(super) struct IntegerUnpacker {
    presence: Option<Vec<u8>>,
    /// The planes, one behind the other.
    planes: Vec<u8>,
    present: usize,
    entry: usize,
    /// The next entry among those that are there.
    next: usize,
}

impl IntegerUnpacker {
    /// Reads the text of a column of `rows` entries.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub(super) fn new(text: &str, rows: usize) -> Result<Self, &'static str> {
        let compressed = STANDARD.decode(text).map_err(|_| "it is not base64")?;
        let longest = HEADER + rows.div_ceil(8) + MOST_PLANES * rows;
        let mut bytes = decompress_to_vec_with_limit(&compressed, longest)
            .map_err(|_| "it is not compressed, or longer than its table")?;
        let &[planes, is_sparse, ..] = bytes.as_slice() else { return Err("it is empty") };
        let mut planes_at = HEADER;
        let presence = (is_sparse != 0)
            .then(|| {
                planes_at += rows.div_ceil(8);
                bytes.get(HEADER..planes_at).map(<[u8]>::to_vec).ok_or("it is too short")
            })
            .transpose()?;
        let present = presence.as_ref().map_or(rows, |bits| ones(bits));
        bytes.drain(..planes_at);
        if usize::from(planes) > MOST_PLANES || bytes.len() != usize::from(planes) * present {
            return Err("its length does not fit its table");
        }
        Ok(Self { presence, planes: bytes, present, entry: 0, next: 0 })
    }

    /// The next entry's difference to its prediction; nothing where the entry is missing.
    pub(super) fn next_difference(&mut self) -> Option<u64> {
        let entry = self.entry;
        self.entry += 1;
        let is_present = self.presence.as_ref().is_none_or(|bits| {
            bits.get(entry / 8).is_some_and(|byte| byte >> (entry % 8) & 1 == 1)
        });
        if !is_present || self.next >= self.present {
            return None;
        }
        let mut bytes = [0; MOST_PLANES];
        let of_entry = self.planes.iter().skip(self.next).step_by(self.present);
        for (byte, &stored) in bytes.iter_mut().zip(of_entry) {
            *byte = stored;
        }
        self.next += 1;
        Some(difference(u64::from_le_bytes(bytes)))
    }
}

fn ones(bits: &[u8]) -> usize {
    bits.iter().map(|byte| byte.count_ones() as usize).sum()
}

/// Writes a difference so that small ones of either sign have small values.
pub(super) const fn zigzag(difference: u64) -> u64 {
    let sign = (difference.cast_signed() >> 63).cast_unsigned();
    (difference << 1) ^ sign
}

const fn difference(zigzag: u64) -> u64 {
    (zigzag >> 1) ^ (zigzag & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(entries: &[Option<u64>]) -> String {
        let mut packer = IntegerPacker::default();
        entries.iter().for_each(|&entry| packer.push(entry));
        packer.finish()
    }

    fn unpacked(text: &str, rows: usize) -> Result<Vec<Option<u64>>, &'static str> {
        let mut unpacker = IntegerUnpacker::new(text, rows)?;
        Ok((0..rows).map(|_| unpacker.next_difference()).collect())
    }

    proptest! {
        #[test]
        fn reads_back_what_was_packed(
            entries in proptest::collection::vec(proptest::option::of(any::<u64>()), 0..70)
        ) {
            prop_assert_eq!(unpacked(&packed(&entries), entries.len()), Ok(entries));
        }

        #[test]
        fn refuses_or_reads_any_text(text in "[A-Za-z0-9+/]{0,40}", rows in 0_usize..50) {
            let read = unpacked(&text, rows);
            prop_assert!(read.is_err() || read.is_ok_and(|entries| entries.len() == rows));
        }
    }

    #[test]
    fn small_differences_of_either_sign_take_one_byte() {
        assert_eq!([0, 1, u64::MAX].map(zigzag), [0, 2, 1]);
        let entries: Vec<Option<u64>> = (0..1000).map(|_| Some(u64::MAX)).collect();
        assert!(packed(&entries).len() < 50, "{}", packed(&entries));
    }

    #[test]
    fn refuses_a_column_of_another_length() {
        let text = packed(&[Some(1), None, Some(300)]);
        assert!(unpacked(&text, 3).is_ok());
        assert!(unpacked(&text, 300).is_err());
        assert!(unpacked("", 3).is_err());
        assert!(unpacked("***", 3).is_err());
    }
}
