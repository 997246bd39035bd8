//! The ring: a file in shared memory into which the library writes rows, read between trials.
//!
//! The layout is that of `preload/witness.c`: a header of 64 KiB with a slot for each thread, then the
//! rows. A row is complete if its sequence number is its index and 1; with a larger one it was overwritten.

use std::cmp::Ordering;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::time::Moment;

const MAGIC: u64 = u64::from_le_bytes(*b"BMWITN01");
const HEADER: u64 = 65_536;
const HEAD_AT: u64 = 64;
const SLOTS_AT: u64 = 128;
const SLOTS: usize = 1024;
const SLOT_BYTES: usize = 32;
pub(crate) const ROW_BYTES: usize = 64;
/// How many rows a ring holds at most (16 MB), and at least (1 MB).
const MOST_ROWS: u64 = 1 << 18;
const LEAST_ROWS: u64 = 1 << 14;
/// A ring takes at most this share of the free space of its folder: a run has one for each arm.
const SHARE: u64 = 32;
/// How many rows are read at once.
const CHUNK: u64 = 4096;
/// How long the rows are waited for that a thread has begun: it may have lost its core in between.
const PATIENCE: Duration = Duration::from_secs(1);
const RETRY: Duration = Duration::from_micros(200);

/// A row, as the library wrote it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawRow(pub(crate) [u8; ROW_BYTES]);

impl RawRow {
    /// Its index and 1, once it is complete; until then 0, or that of an older row at the same place.
    fn sequence(&self) -> u64 {
        self.u64_at(0)
    }

    pub(crate) fn u16_at(&self, at: usize) -> u16 {
        u16::from_ne_bytes([self.0[at], self.0[at + 1]])
    }

    pub(crate) fn u32_at(&self, at: usize) -> u32 {
        u32::from_ne_bytes(four(&self.0[at..at + 4]))
    }

    pub(crate) fn u64_at(&self, at: usize) -> u64 {
        u64::from_ne_bytes(eight(&self.0[at..at + 8]))
    }
}

fn four(bytes: &[u8]) -> [u8; 4] {
    let mut four = [0; 4];
    four.copy_from_slice(bytes);
    four
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    let mut eight = [0; 8];
    eight.copy_from_slice(bytes);
    eight
}

/// A thread that is known to the library, and its present wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PresentThread {
    pub(crate) process: u32,
    pub(crate) thread: u32,
    /// Since when it waits for what, if it waits.
    pub(crate) waiting: Option<(Moment, u32)>,
}

/// The rows that were written since they were last read.
#[derive(Debug, Default)]
pub(crate) struct NewRows {
    pub(crate) rows: Vec<RawRow>,
    /// How many are missing: overwritten, or begun by a thread that did not complete them.
    pub(crate) dropped: u64,
}

impl NewRows {
    /// Takes the bytes where the row with this index belongs; returns the index if it is incomplete.
    fn take(&mut self, index: u64, bytes: &[u8]) -> Option<u64> {
        let mut row = RawRow([0; ROW_BYTES]);
        row.0.copy_from_slice(bytes);
        match row.sequence().cmp(&(index + 1)) {
            Ordering::Less => return Some(index),
            Ordering::Equal => self.rows.push(row),
            Ordering::Greater => self.dropped += 1,
        }
        None
    }
}

/// A ring that a driver's processes share. Dropping it removes its file.
#[derive(Debug)]
pub(crate) struct Ring {
    file: File,
    path: PathBuf,
    salt: u64,
    rows: u64,
    read: u64,
}

impl Ring {
    /// Makes an empty ring. Its space is reserved: a client that wrote to memory which the system cannot
    /// give would be killed.
    ///
    /// # Errors
    /// If the file cannot be made, or there is not enough space.
    pub(crate) fn create(path: PathBuf, salt: u64) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        let rows = rows_for(host::files::free_space(&path)?);
        let made = host::files::reserve(&file, HEADER + rows * ROW_BYTES as u64);
        made.inspect_err(|_| drop(std::fs::remove_file(&path)))?;
        let words = [MAGIC, rows, salt].map(u64::to_ne_bytes).concat();
        file.write_all_at(&words, 0)?;
        Ok(Self { file, path, salt, rows, read: 0 })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the hashes of request targets begin with.
    pub(crate) const fn salt(&self) -> u64 {
        self.salt
    }

    /// How many rows were begun.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn head(&self) -> io::Result<u64> {
        let mut head = [0; 8];
        self.file.read_exact_at(&mut head, HEAD_AT)?;
        Ok(u64::from_ne_bytes(head))
    }

    /// Reads the rows since the last call, those that are being written included.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn read(&mut self) -> io::Result<NewRows> {
        let head = self.head()?;
        let first = head.saturating_sub(self.rows).max(self.read);
        let mut new = NewRows { rows: Vec::new(), dropped: first - self.read };
        let mut incomplete = self.read_range(first..head, &mut new)?;
        let deadline = host::clock::monotonic() + PATIENCE;
        let waits = !incomplete.is_empty();
        while !incomplete.is_empty() && host::clock::monotonic() < deadline {
            std::thread::sleep(RETRY);
            incomplete = self.read_each(&incomplete, &mut new)?;
        }
        if waits {
            new.rows.sort_by_key(RawRow::sequence);
        }
        new.dropped += incomplete.len() as u64;
        self.read = head;
        Ok(new)
    }

    /// Reads rows that follow each other; returns the indices of those that are incomplete.
    fn read_range(&self, range: Range<u64>, new: &mut NewRows) -> io::Result<Vec<u64>> {
        let mut incomplete = Vec::new();
        let mut next = range.start;
        while next < range.end {
            let count = CHUNK.min(range.end - next).min(self.rows - next % self.rows);
            let mut bytes = vec![0; count as usize * ROW_BYTES];
            self.file.read_exact_at(&mut bytes, self.place(next))?;
            for (index, row) in (next..).zip(bytes.chunks_exact(ROW_BYTES)) {
                incomplete.extend(new.take(index, row));
            }
            next += count;
        }
        Ok(incomplete)
    }

    fn read_each(&self, indices: &[u64], new: &mut NewRows) -> io::Result<Vec<u64>> {
        let mut incomplete = Vec::new();
        for &index in indices {
            let mut bytes = [0; ROW_BYTES];
            self.file.read_exact_at(&mut bytes, self.place(index))?;
            incomplete.extend(new.take(index, &bytes));
        }
        Ok(incomplete)
    }

    /// Where the row with this index is in the file.
    const fn place(&self, index: u64) -> u64 {
        HEADER + index % self.rows * ROW_BYTES as u64
    }

    /// The threads that are known, with what they wait for. Those of a process that was killed stay until
    /// [`Ring::forget_process`].
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn threads(&self) -> io::Result<Vec<PresentThread>> {
        let mut bytes = vec![0; SLOTS * SLOT_BYTES];
        self.file.read_exact_at(&mut bytes, SLOTS_AT)?;
        Ok(bytes.chunks_exact(SLOT_BYTES).filter_map(present_thread).collect())
    }
}

impl Ring {
    /// Frees the places of the threads of a process that has ended.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn forget_process(&self, process: u32) -> io::Result<()> {
        let mut bytes = vec![0; SLOTS * SLOT_BYTES];
        self.file.read_exact_at(&mut bytes, SLOTS_AT)?;
        for (place, slot) in (0..).zip(bytes.chunks_exact(SLOT_BYTES)) {
            if present_thread(slot).is_some_and(|thread| thread.process == process) {
                self.file.write_all_at(&[0; 4], SLOTS_AT + place * SLOT_BYTES as u64)?;
            }
        }
        Ok(())
    }
}

/// How many rows a ring has where this many bytes are free.
fn rows_for(free: u64) -> u64 {
    let most = (free / SHARE / ROW_BYTES as u64).clamp(LEAST_ROWS, MOST_ROWS);
    1 << most.ilog2()
}

fn present_thread(slot: &[u8]) -> Option<PresentThread> {
    let thread = u32::from_ne_bytes(four(&slot[0..4]));
    let since = u64::from_ne_bytes(eight(&slot[8..16]));
    let wait = u32::from_ne_bytes(four(&slot[16..20]));
    let process = u32::from_ne_bytes(four(&slot[4..8]));
    let waiting = (since > 0).then(|| (Moment::from_nanos(since), wait));
    (thread > 0).then_some(PresentThread { process, thread, waiting })
}

impl Drop for Ring {
    fn drop(&mut self) {
        // The folder that it is in is removed too; a file that is left is no harm.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_fits_into_the_space_that_there_is() {
        const MEGABYTE: u64 = 1 << 20;
        assert_eq!(rows_for(24 << 30), MOST_ROWS);
        // The 64 MB of a container hold thirty rings.
        assert_eq!(rows_for(64 * MEGABYTE) * ROW_BYTES as u64, 2 * MEGABYTE);
        assert_eq!(rows_for(0), LEAST_ROWS);
    }

    #[test]
    fn counts_the_rows_that_were_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ring = Ring::create(folder.path().join("ring"), 1).expect("is made");
        let head = ring.rows + 10;
        for index in head - 5..head {
            let at = HEADER + index % ring.rows * ROW_BYTES as u64;
            ring.file.write_all_at(&(index + 1).to_ne_bytes(), at).expect("is written");
        }
        ring.file.write_all_at(&head.to_ne_bytes(), HEAD_AT).expect("is written");
        let new = ring.read().expect("it reads");
        assert_eq!((new.rows.len() as u64, new.dropped), (5, head - 5));
        assert_eq!(ring.read().expect("it reads").dropped, 0);
    }
    #[test]
    fn waits_for_a_row_that_a_thread_has_begun() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ring = Ring::create(folder.path().join("ring"), 1).expect("is made");
        let file = ring.file.try_clone().expect("is cloned");
        let write = |index: u64| {
            file.write_all_at(&(index + 1).to_ne_bytes(), HEADER + index * ROW_BYTES as u64)
        };
        [0, 2].into_iter().try_for_each(write).expect("is written");
        ring.file.write_all_at(&3_u64.to_ne_bytes(), HEAD_AT).expect("is written");
        let new = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(RETRY * 5);
                write(1).expect("is written");
            });
            ring.read().expect("it reads")
        });
        let order: Vec<u64> = new.rows.iter().map(RawRow::sequence).collect();
        assert_eq!((order, new.dropped), (vec![1, 2, 3], 0));
    }

    #[test]
    fn counts_a_row_that_was_never_completed() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ring = Ring::create(folder.path().join("ring"), 1).expect("is made");
        ring.file.write_all_at(&1_u64.to_ne_bytes(), HEAD_AT).expect("is written");
        let new = ring.read().expect("it reads");
        assert_eq!((new.rows.len(), new.dropped), (0, 1));
    }
}
