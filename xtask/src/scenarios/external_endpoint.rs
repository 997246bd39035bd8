//! A separate endpoint, for cases in which the program measures a server that is not its own.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context, Result};

use crate::program;

/// A running endpoint, which ends when this is dropped.
pub(crate) struct ExternalEndpoint {
    child: Child,
    url: String,
    certificate: String,
}

impl ExternalEndpoint {
    /// Starts an endpoint behind a link.
    pub(crate) fn start(link: &str) -> Result<Self> {
        let mut child = program::command()?
            .args(["endpoint", "--link", link])
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the endpoint")?;
        let stdout = child.stdout.take().context("the endpoint has no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let url = next(&mut lines)?;
        let certificate = next(&mut lines)?;
        Ok(Self { child, url: by_name(&url), certificate })
    }

    /// Replaces `{server}` and `{cacert}` in an argument of a run.
    pub(crate) fn fill(&self, word: &str) -> String {
        word.replace("{server}", &self.url).replace("{cacert}", &self.certificate)
    }
}

impl Drop for ExternalEndpoint {
    fn drop(&mut self) {
        // Fails if the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<String> {
    Ok(lines.next().context("the endpoint ended before it printed its URL")??)
}

/// The origin of a URL, with `localhost` as the host, so that the host must be looked up.
fn by_name(url: &str) -> String {
    let origin: Vec<&str> = url.splitn(4, '/').take(3).collect();
    origin.join("/").replace("127.0.0.1", "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_address_by_a_name() {
        assert_eq!(by_name("https://127.0.0.1:4711/todos/[1-16]"), "https://localhost:4711");
    }
}
