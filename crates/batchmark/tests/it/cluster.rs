//! A Dask cluster of two processes over loopback, for `dask/gather`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::provision::PACKAGE;

/// Starts the cluster, prints its address, and ends with stdin.
const CLUSTER: &str = r#"
import sys
from distributed import LocalCluster
with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=":0", silence_logs=50) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"#;

/// A running cluster. It ends when this is dropped.
pub(crate) struct Cluster {
    process: Child,
    address: String,
}

impl Cluster {
    /// Starts one with a Python that has `distributed`.
    pub(crate) fn start(python: &str) -> Self {
        let mut command = Command::new(python);
        // Its workers need the package, as those of a user do.
        command
            .args(["-c", CLUSTER])
            .env("PYTHONPATH", PACKAGE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn().expect("starts");
        let mut address = String::new();
        let stdout = process.stdout.as_mut().expect("is piped");
        BufReader::new(stdout).read_line(&mut address).expect("says its address");
        Self { process, address: address.trim().to_owned() }
    }

    /// The address of its scheduler.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
