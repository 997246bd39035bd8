//! nginx, whose throughput the endpoint's is compared with.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// nginx with one worker, serving one file with and without TLS. Head and body of a response share a packet
/// (`tcp_nopush`), as distributions set it up: otherwise clients are also measured by how often they wake.
pub(crate) struct Nginx {
    master: Child,
    directory: TempDir,
    /// The port for plain HTTP.
    pub(crate) plain: u16,
    /// The port for TLS.
    pub(crate) tls: u16,
}

impl Nginx {
    /// Starts nginx with `body` at `/todos/1`; none if nginx is not installed.
    pub(crate) fn start(body: &[u8]) -> Result<Option<Self>> {
        let directory = tempfile::Builder::new().prefix("xtask-nginx-").tempdir()?;
        // nginx's worker drops root's rights.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))?;
        let (plain, tls) = (free_port()?, free_port()?);
        write_configuration(&directory, body, plain, tls)?;
        let master = Command::new("nginx")
            .arg("-c")
            .arg(directory.path().join("nginx.conf"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let master = match master {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut nginx = Self { master, directory, plain, tls };
        nginx.wait_until_ready()?;
        Ok(Some(nginx))
    }

    /// The path of its certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// The worker's process id.
    pub(crate) fn worker(&self) -> Result<u32> {
        let master = self.master.id();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        let worker = children.split_whitespace().next().context("nginx has no worker")?;
        Ok(worker.parse()?)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        for _ in 0..200 {
            if let Some(status) = self.master.try_wait()? {
                bail!("nginx ended at its start, with {status}");
            }
            if TcpStream::connect(("127.0.0.1", self.tls)).is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("nginx does not listen")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGKILL would leave the worker behind.
        let master = i32::try_from(self.master.id()).map(Pid::from_raw);
        let _ = master.map(|master| kill(master, Signal::SIGTERM));
        let _ = self.master.wait();
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn write_configuration(directory: &TempDir, body: &[u8], plain: u16, tls: u16) -> Result<()> {
    let path = directory.path();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    fs::write(path.join("certificate.pem"), certified.cert.pem())?;
    fs::write(path.join("key.pem"), certified.signing_key.serialize_pem())?;
    fs::create_dir_all(path.join("files/todos"))?;
    fs::write(path.join("files/todos/1"), body)?;
    let here = path.display();
    let configuration = format!(
        "daemon off; worker_processes 1; pid {here}/pid; error_log {here}/errors crit;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; default_type application/json; sendfile on; tcp_nodelay on;
            tcp_nopush on;
            keepalive_timeout 1h; keepalive_requests 1000000000;
            open_file_cache max=10 inactive=1h; open_file_cache_valid 1h;
            client_body_temp_path {here}/body; proxy_temp_path {here}/proxy;
            fastcgi_temp_path {here}/fastcgi; uwsgi_temp_path {here}/uwsgi;
            scgi_temp_path {here}/scgi;
            server {{
                listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl; root {here}/files;
                ssl_certificate {here}/certificate.pem; ssl_certificate_key {here}/key.pem;
                ssl_protocols TLSv1.2 TLSv1.3;
            }}
        }}\n"
    );
    fs::write(path.join("nginx.conf"), configuration)?;
    Ok(())
}
