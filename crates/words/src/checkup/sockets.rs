//! The points about the socket witness.

use super::{Point, Remedy, State, Topic};

/// What was found out about the socket witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sockets {
    /// The program carries no library: the system has no `LD_PRELOAD`, or no C compiler was there when the
    /// program was built.
    NotBuilt,
    /// It cannot be used here, for this reason.
    Unusable(String),
    /// The processes of these hosts were started with it.
    Tried(Vec<Watched>),
}

/// Whether the library was loaded into the driver of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The host.
    pub host: String,
    /// The only client of the host; none for a host of several clients.
    pub client: Option<&'static str>,
    /// Whether it was loaded.
    pub is_seen: bool,
}

/// The client whose programs call the kernel without the C library.
const CALLS_KERNEL: &str = "go";

/// A point for each host, or one where it cannot be used at all.
pub fn sockets(found: &Sockets) -> Vec<Point> {
    match found {
        Sockets::NotBuilt if cfg!(target_os = "linux") => vec![unusable(
            "this program was built without it: there was no C compiler",
            "install a C compiler, and build batchmark again",
        )],
        Sockets::NotBuilt => vec![unusable(
            "this system cannot load it",
            "use Linux to see the system calls of clients",
        )],
        Sockets::Unusable(reason) => vec![unusable(
            reason,
            "free space in /dev/shm and in the temporary folder, or name another: TMPDIR=/var/tmp",
        )],
        Sockets::Tried(hosts) => hosts.iter().map(watched).collect(),
    }
}

/// Why no client can be watched, and what to do about it.
fn unusable(reason: &str, advice: &str) -> Point {
    point("all clients", reason).with_remedy(State::Missing, Remedy::advice(advice))
}

fn watched(Watched { host, client, is_seen }: &Watched) -> Point {
    let point = |found: &str| point(host, found);
    match (is_seen, client) {
        (true, _) => point("its system calls are seen"),
        (false, Some(CALLS_KERNEL)) => point(
            "its system calls are not seen, as Go makes them itself; its own hooks and the embedded \
             endpoint show its requests",
        ),
        (false, _) => {
            point("its system calls are not seen: the library is not loaded into its process")
                .with_remedy(State::Note, Remedy::command("batchmark explain sockets_unseen"))
        }
    }
}

fn point(name: &str, found: &str) -> Point {
    Point::good(Topic::SocketWitness, name, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_clients_that_are_not_seen() {
        let watched =
            |host: &str, client, is_seen| Watched { host: host.to_owned(), client, is_seen };
        let hosts = vec![
            watched("python", None, true),
            watched("go", Some("go"), false),
            watched("built-in", None, false),
        ];
        let states: Vec<State> =
            sockets(&Sockets::Tried(hosts)).iter().map(|point| point.state).collect();
        assert_eq!(states, [State::Good, State::Good, State::Note]);
    }

    #[test]
    fn says_why_nothing_is_seen() {
        for found in [Sockets::NotBuilt, Sockets::Unusable("no space".to_owned())] {
            let points = sockets(&found);
            assert_eq!(points.len(), 1);
            assert_eq!(points[0].state, State::Missing);
            assert!(points[0].remedy.is_some());
        }
    }
}
