//! Accepts connections and answers each on a thread of its own.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::http::{self, Method};
use super::routes;
use super::shelf::Shelf;

/// How many connections are served at once. Further ones are closed.
const MOST_CONNECTIONS: usize = 32;
/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server of recordings.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    shelf: Arc<Shelf>,
    stopped: Arc<AtomicBool>,
}

/// Stops a server.
#[derive(Clone, Debug)]
pub struct StopHandle {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Listens on an address; port 0 picks a free one.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn bind(address: SocketAddr, shelf: Shelf) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        Ok(Self { listener, shelf: Arc::new(shelf), stopped: Arc::default() })
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// What stops it.
    ///
    /// # Errors
    /// When the system does not say on which address it listens.
    pub fn stop_handle(&self) -> io::Result<StopHandle> {
        Ok(StopHandle { address: self.address()?, stopped: Arc::clone(&self.stopped) })
    }

    /// Serves until it is stopped. Reads the recordings for the list meanwhile.
    pub fn run(&self) {
        let shelf = Arc::clone(&self.shelf);
        thread::spawn(move || shelf.read_all());
        let open = Arc::new(AtomicUsize::new(0));
        for stream in self.listener.incoming() {
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            let Ok(stream) = stream else { continue };
            if open.fetch_add(1, Ordering::Relaxed) >= MOST_CONNECTIONS {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (shelf, open) = (Arc::clone(&self.shelf), Arc::clone(&open));
            thread::spawn(move || {
                // A client that has gone away is no failure of the server.
                let _ = serve(stream, &shelf);
                open.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

impl StopHandle {
    /// Stops the server: it is woken by a connection.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let _ = TcpStream::connect(address);
    }
}

fn serve(mut stream: TcpStream, shelf: &Shelf) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = http::read(&mut stream)?;
    let method = request.as_ref().map_or(Method::Get, |request| request.method);
    routes::answer(shelf, request.as_ref().map_err(|refusal| *refusal))
        .write(&mut stream, method)?;
    stream.shutdown(Shutdown::Write)
}
