//! What sends an arm's requests: whom a remedy addresses.

use model::facts::{Facts, name};

/// What sends an arm's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArmClient {
    /// Whose code it is.
    pub origin: ClientOrigin,
    /// The client library, if it is known.
    pub library: ClientLibrary,
}

/// Whose code sends an arm's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientOrigin {
    /// A strategy of this program, which conditions change.
    BuiltIn,
    /// The user's own code.
    OwnCode,
    /// A command that the user gave.
    Command,
}

/// A client library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientLibrary {
    /// Python's aiohttp.
    Aiohttp,
    /// curl's command.
    Curl,
    /// Node's fetch.
    Fetch,
    /// Python's httpx.
    Httpx,
    /// Rust's hyper.
    Hyper,
    /// Another client that runs in Node.
    Node,
    /// Python's requests.
    Requests,
    /// Rust's ureq.
    Ureq,
    /// Python's urllib3 without requests.
    Urllib3,
    /// Another one, or several.
    Unknown,
}

/// The libraries that own code reports by their versions. Requests uses urllib3, so that one only
/// counts without it.
const PYTHON: [(&str, ClientLibrary); 3] = [
    ("version of aiohttp", ClientLibrary::Aiohttp),
    ("version of httpx", ClientLibrary::Httpx),
    ("version of requests", ClientLibrary::Requests),
];

impl ArmClient {
    /// The client of a strategy; `facts` are what its driver reports of the arm.
    pub(crate) fn new(strategy: &str, facts: Option<&Facts>) -> Self {
        let (folder, name) = strategy.split_once('/').unwrap_or((strategy, ""));
        match folder {
            "own" => Self {
                origin: ClientOrigin::OwnCode,
                library: facts.map_or(ClientLibrary::Unknown, imported),
            },
            "command" => Self { origin: ClientOrigin::Command, library: command(name) },
            built_in => Self { origin: ClientOrigin::BuiltIn, library: named(built_in) },
        }
    }
}

/// The one library that own code imported; in Node, any client.
fn imported(facts: &Facts) -> ClientLibrary {
    if facts.get(name::RUNTIME).is_some_and(|runtime| runtime.starts_with("Node ")) {
        return ClientLibrary::Node;
    }
    let known = PYTHON.iter().filter(|(fact, _)| facts.contains_key(*fact));
    let known: Vec<ClientLibrary> = known.map(|&(_, library)| library).collect();
    match known.as_slice() {
        [] if facts.contains_key("version of urllib3") => ClientLibrary::Urllib3,
        [only] => *only,
        _ => ClientLibrary::Unknown,
    }
}

/// The library of a command by its name: `curl`, `curl-8`.
fn command(name: &str) -> ClientLibrary {
    let program = name.split(['-', '_']).next().unwrap_or(name);
    if program == "curl" { ClientLibrary::Curl } else { ClientLibrary::Unknown }
}

fn named(library: &str) -> ClientLibrary {
    match library {
        "aiohttp" => ClientLibrary::Aiohttp,
        "fetch" => ClientLibrary::Fetch,
        "httpx" => ClientLibrary::Httpx,
        "hyper" => ClientLibrary::Hyper,
        "undici" | "axios" | "got" | "http" => ClientLibrary::Node,
        "requests" => ClientLibrary::Requests,
        "ureq" => ClientLibrary::Ureq,
        "urllib3" => ClientLibrary::Urllib3,
        _ => ClientLibrary::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(strategy: &str, modules: &[&str]) -> ClientLibrary {
        let facts = modules.iter().map(|module| (format!("version of {module}"), "1".to_owned()));
        ArmClient::new(strategy, Some(&facts.collect())).library
    }

    #[test]
    fn a_built_in_strategy_and_a_command_name_their_library() {
        assert_eq!(library("requests/threads", &[]), ClientLibrary::Requests);
        assert_eq!(library("http/agent", &[]), ClientLibrary::Node);
        assert_eq!(library("command/curl-8", &[]), ClientLibrary::Curl);
        assert_eq!(library("command/fetcher", &[]), ClientLibrary::Unknown);
        assert_eq!(ArmClient::new("command/curl", None).origin, ClientOrigin::Command);
    }

    #[test]
    fn own_code_has_the_library_that_it_imported() {
        assert_eq!(library("own/x", &["requests", "urllib3"]), ClientLibrary::Requests);
        assert_eq!(library("own/x", &["urllib3"]), ClientLibrary::Urllib3);
        assert_eq!(library("own/x", &["aiohttp", "requests"]), ClientLibrary::Unknown);
        assert_eq!(ArmClient::new("own/x", None).library, ClientLibrary::Unknown);
        let of_runtime = |runtime: &str| {
            let facts = Facts::from([("runtime".to_owned(), runtime.to_owned())]);
            ArmClient::new("own/x", Some(&facts)).library
        };
        assert_eq!(of_runtime("Node 20.20.2"), ClientLibrary::Node);
        assert_eq!(of_runtime("CPython 3.11.7"), ClientLibrary::Unknown);
    }
}
