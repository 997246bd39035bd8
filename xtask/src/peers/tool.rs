//! The load generators of others: how each is called, and what it prints when all is well.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::client::Load;
use super::cost::{Cost, Ended};

/// A load generator.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    install: &'static str,
    /// The option that prints its version.
    version: &'static str,
    /// Its arguments before the URL, with `{n}` requests over `{c}` connections.
    arguments: &'static str,
    /// The text after which it prints how many requests succeeded, or all of them where it prints none.
    succeeded: Succeeded,
}

#[derive(Clone, Copy, Debug)]
enum Succeeded {
    /// The number that follows this text.
    After(&'static str),
    /// The number before this text.
    Before(&'static str),
    /// All of them, if this text is there.
    AllIf(&'static str),
}

/// Each makes requests over connections that it keeps, and does not verify certificates.
pub(super) static TOOLS: [Tool; 5] = [
    Tool {
        name: "wrk",
        install: "apt-get install wrk",
        version: "-v",
        // It runs for a time, and not for a number of requests.
        arguments: "-t1 -c{c} -d1s",
        succeeded: Succeeded::Before(" requests in"),
    },
    Tool {
        name: "ab",
        install: "apt-get install apache2-utils",
        version: "-V",
        arguments: "-q -k -n{n} -c{c}",
        succeeded: Succeeded::After("Complete requests:"),
    },
    Tool {
        name: "h2load",
        install: "apt-get install nghttp2-client",
        version: "--version",
        arguments: "--h1 -t1 -n{n} -c{c}",
        succeeded: Succeeded::Before(" succeeded"),
    },
    Tool {
        name: "hey",
        install: "apt-get install hey",
        version: "-h",
        arguments: "-n {n} -c {c}",
        succeeded: Succeeded::After("[200]"),
    },
    Tool {
        name: "oha",
        install: "cargo install oha --locked",
        version: "--version",
        arguments: "--no-tui --insecure -n {n} -c {c}",
        succeeded: Succeeded::AllIf("[200]"),
    },
];

/// What a tool prints if a request failed although it counts it.
const BAD: [&str; 3] = ["Non-2xx", "Socket errors", "Error distribution"];

/// The versions of the tools, and how each is installed that is not.
pub(super) fn versions() -> String {
    TOOLS.iter().map(Tool::version).collect::<Vec<_>>().join("\n")
}

impl Tool {
    /// Its file, on the path or among cargo's programs.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        let of_cargo = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo/bin"));
        let folders = env::split_paths(&path).chain(of_cargo).collect::<Vec<_>>();
        folders.into_iter().map(|folder| folder.join(self.name)).find(|file| file.is_file())
    }

    /// What it says of its version.
    fn version(&self) -> String {
        let Some(file) = self.file() else {
            return format!("{} is not installed; install it with `{}`", self.name, self.install);
        };
        let printed = Command::new(file).arg(self.version).stdin(Stdio::null()).output();
        let printed = printed.map_or_else(|_| Vec::new(), |it| [it.stdout, it.stderr].concat());
        let text = String::from_utf8_lossy(&printed);
        text.lines().find(|line| line.contains(char::is_numeric)).unwrap_or(self.name).to_owned()
    }

    /// Runs it once.
    pub(super) fn run(&self, load: &Load) -> Result<Cost> {
        let file = self.file().context("it is not installed any more")?;
        // h2load and hey share the requests out evenly.
        let requests = load.requests - load.requests % load.connections;
        let arguments = self.arguments.split(' ').map(|argument| {
            let with_requests = argument.replace("{n}", &requests.to_string());
            with_requests.replace("{c}", &load.connections.to_string())
        });
        let mut command = vec![file.to_string_lossy().into_owned()];
        command.extend(arguments);
        command.push(load.url());
        let Ended { output, time, user, system, peak_memory } = Ended::run(&command)?;
        let count = self.succeeded(&output, requests.into());
        let is_good = !BAD.iter().any(|bad| output.contains(bad));
        let requests = count.filter(|&count| is_good && count > 0);
        let requests = requests.with_context(|| format!("requests failed:\n{output}"))?;
        ensure!(
            self.name == "wrk" || requests + u64::from(load.connections) >= load.requests.into(),
            "only {requests} requests succeeded:\n{output}"
        );
        Ok(Cost { requests, time, user, system, peak_memory })
    }

    /// How many requests succeeded of those that were asked for.
    fn succeeded(&self, output: &str, asked: u64) -> Option<u64> {
        match self.succeeded {
            Succeeded::After(text) => {
                let (_, after) = output.split_once(text)?;
                after.split_whitespace().next()?.parse().ok()
            }
            Succeeded::Before(text) => {
                let (before, _) = output.split_once(text)?;
                before.split_whitespace().next_back()?.parse().ok()
            }
            Succeeded::AllIf(text) => output.contains(text).then_some(asked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_many_requests_succeeded() {
        let outputs = [
            ("wrk", "  84023 requests in 1.10s, 25.32MB read\n", Some(84_023)),
            ("ab", "Complete requests:      10000\nFailed requests:        0\n", Some(10_000)),
            ("h2load", "requests: 9 total, 9 started, 9 done, 8 succeeded, 1 failed\n", Some(8)),
            ("hey", "Status code distribution:\n  [200]\t640 responses\n", Some(640)),
            ("oha", "Status code distribution:\n  [200] 640 responses\n", Some(7)),
            ("oha", "Status code distribution:\n  [500] 640 responses\n", None),
            ("wrk", "unable to connect\n", None),
        ];
        for (name, output, expected) in outputs {
            let tool = TOOLS.iter().find(|tool| tool.name == name).expect("is listed");
            assert_eq!(tool.succeeded(output, 7), expected, "{name}");
        }
    }
}
