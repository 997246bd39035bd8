//! An endpoint apart from the run, for cases in which the program measures somebody else's server.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context, Result};

use crate::program;

/// An endpoint apart from the run, which is ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
    certificate: String,
}

impl Server {
    /// Starts it behind a link.
    pub(crate) fn start(link: &str) -> Result<Self> {
        let mut child = program::command()?
            .args(["endpoint", "--link", link])
            .stdout(Stdio::piped())
            .spawn()
            .context("the server cannot be started")?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let url = next(&mut lines)?;
        let certificate = next(&mut lines)?;
        Ok(Self { child, url: by_name(&url), certificate })
    }

    /// Puts itself into the words of a run.
    pub(crate) fn fill(&self, word: &str) -> String {
        word.replace("{server}", &self.url).replace("{cacert}", &self.certificate)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<String> {
    Ok(lines.next().context("the server ended before it said where it is")??)
}

/// The scheme, host and port of a URL, with the host by its name, which must be looked up.
fn by_name(url: &str) -> String {
    let origin: Vec<&str> = url.splitn(4, '/').take(3).collect();
    origin.join("/").replace("127.0.0.1", "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_called_by_its_name() {
        assert_eq!(by_name("https://127.0.0.1:4711/todos/[1-16]"), "https://localhost:4711");
    }
}
