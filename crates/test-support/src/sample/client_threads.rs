//! Synthetic threads of a client and the requests that they wrote. Times are milliseconds after the
//! start of the trial.

use model::socket::{
    CertificateLoad, ClientThread, SocketRequest, SocketWitness, ThreadPlace, ThreadWait, Wait,
};
use model::time::Span;

/// A wait of a thread: for what, and from when to when.
pub type MillisWait = (ThreadWait, u64, u64);

/// A thread that lives from `began` to `ended`, and runs whenever it does not wait.
pub fn client_thread(began: u64, ended: u64, waits: &[MillisWait]) -> ClientThread {
    let mut thread = ClientThread {
        main: began == 0,
        began: Span::from_millis(began),
        ended: Span::from_millis(ended),
        ..ClientThread::default()
    };
    for &(kind, from, to) in waits {
        let (from, to) = (Span::from_millis(from), Span::from_millis(to));
        thread.waited.add(kind, to.saturating_sub(from));
        thread.waits.push(Wait { kind, from, to });
    }
    let lived = thread.ended.saturating_sub(thread.began);
    thread.running = Some(lived.saturating_sub(thread.waited.total()));
    thread.runnable = Some(Span::ZERO);
    thread
}

/// A thread that loads certificates in these stretches.
pub fn loading(thread: ClientThread, loads: &[(u64, u64)]) -> ClientThread {
    let load = |&(from, to): &(u64, u64)| CertificateLoad {
        from: Span::from_millis(from),
        to: Span::from_millis(to),
    };
    ClientThread { certificates: loads.iter().map(load).collect(), ..thread }
}

/// A request for `item` that a thread wrote at `sent`, and whose response it read at `read`.
pub fn written_request(item: u32, thread: ThreadPlace, sent: u64, read: u64) -> SocketRequest {
    let (sent, read) = (Span::from_millis(sent), Span::from_millis(read));
    SocketRequest {
        connection: u64::from(item),
        ordinal: 1,
        thread,
        item: Some(item),
        writing: sent,
        sent,
        writes: 1,
        first_byte: Some(read),
        last_byte: Some(read),
        reads: 1,
        ..SocketRequest::default()
    }
}

/// A socket witness of these threads and requests.
pub fn client_threads(threads: Vec<ClientThread>, requests: Vec<SocketRequest>) -> SocketWitness {
    SocketWitness { threads, requests: requests.into(), ..SocketWitness::default() }
}
