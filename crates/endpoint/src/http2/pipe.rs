//! A byte stream in memory, which takes the place of a socket for the library of HTTP/2.
//!
//! It wakes no task: the code that adds bytes polls the library afterwards.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Both ends of the pipe: the library's, and ours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pipe {
    buffers: Arc<Mutex<Buffers>>,
}

#[derive(Debug, Default)]
struct Buffers {
    input: Vec<u8>,
    /// How much of the input was read.
    read: usize,
    output: Vec<u8>,
    /// How many bytes of output may wait before no more are taken.
    room: usize,
    /// Whether output was refused because there was no room.
    refused: bool,
}

impl Pipe {
    /// Gives the library bytes to read.
    pub(crate) fn push(&self, bytes: &[u8]) {
        self.buffers().input.extend_from_slice(bytes);
    }

    /// Sets how many bytes the library may write. The last write may exceed it.
    pub(crate) fn set_room(&self, room: usize) {
        let mut buffers = self.buffers();
        buffers.room = room;
        buffers.refused = false;
    }

    /// Whether the library has more to write than there was room for.
    pub(crate) fn has_refused(&self) -> bool {
        self.buffers().refused
    }

    /// Takes what the library wrote.
    pub(crate) fn take_output(&self) -> Vec<u8> {
        std::mem::take(&mut self.buffers().output)
    }

    fn buffers(&self) -> MutexGuard<'_, Buffers> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buffers {
    fn write(&mut self, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.output.len() >= self.room {
            self.refused = true;
            return Poll::Pending;
        }
        let before = self.output.len();
        for slice in slices {
            self.output.extend_from_slice(slice);
        }
        Poll::Ready(Ok(self.output.len() - before))
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut buffers = self.buffers();
        let Buffers { input, read, .. } = &mut *buffers;
        let left = &input[*read..];
        if left.is_empty() {
            return Poll::Pending;
        }
        let taken = left.len().min(into.remaining());
        into.put_slice(&left[..taken]);
        *read += taken;
        if *read == input.len() {
            input.clear();
            *read = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.buffers().write(&[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.buffers().write(slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
