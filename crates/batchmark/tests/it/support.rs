//! Shared helpers: the program with its own state directory, and servers with a fixed behaviour.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use model::recording::Recording;
use model::trace::Columns;
use model::trial::{Outcome, Trial};
use tempfile::TempDir;

/// Arguments for a run of only the requested arms, each with one pilot trial.
pub(crate) const BARE: [&str; 3] = ["--no-controls", "-w", "1"];

/// The folder with the recordings of the documentation.
pub(crate) const RECORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/recordings");

/// What the client reported of a trial, which must not be lost.
pub(crate) fn columns(trial: &Trial) -> &Columns {
    match &trial.outcome {
        Outcome::Ran(run) => &run.columns,
        Outcome::Lost(loss) => panic!("{} was lost: {loss:?}", trial.arm),
    }
}

/// Runs a program on a terminal of its own, presses keys once a text is on the screen, and prints what was
/// on it. Exits as the program did; 99 if the program left the terminal without echo.
pub(crate) const TERMINAL: &str = r"
import fcntl, os, pty, struct, sys, termios
text, keys, program = sys.argv[1].encode(), sys.argv[2].encode().decode('unicode_escape'), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execv(program[0], program)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 100, 0, 0))
before, shown = termios.tcgetattr(terminal)[3], b''
while True:
    try:
        read = os.read(terminal, 65536)
    except OSError:
        break
    if not read:
        break
    shown += read
    if keys and text in shown:
        os.write(terminal, keys.encode())
        keys = ''
_, status = os.waitpid(child, 0)
after = termios.tcgetattr(terminal)[3]
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(99 if after != before else os.waitstatus_to_exitcode(status))
";

/// The program that the tests run: a link of its own, because building the wheel replaces the file that Cargo made.
pub(crate) fn program_path() -> &'static str {
    static LINK: OnceLock<String> = OnceLock::new();
    LINK.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("program");
        let made = folder.join(std::process::id().to_string());
        std::fs::create_dir_all(&folder).expect("is made");
        let _ = std::fs::remove_file(&made);
        std::fs::hard_link(env!("CARGO_BIN_EXE_batchmark"), &made).expect("is linked");
        let link = folder.join("batchmark");
        std::fs::rename(&made, &link).expect("is renamed");
        // Where both were links to the same file, nothing was renamed.
        let _ = std::fs::remove_file(made);
        link.to_str().expect("a plain path").to_owned()
    })
}

/// The program, with its own state directory.
pub(crate) struct Program {
    state: TempDir,
}

/// The result of running the program.
pub(crate) struct Ended {
    /// Its exit code.
    pub(crate) code: Option<i32>,
    /// Its stdout.
    pub(crate) stdout: String,
    /// Its stderr.
    pub(crate) stderr: String,
}

impl Program {
    /// The program as if it was just installed.
    pub(crate) fn new() -> Self {
        Self { state: tempfile::tempdir().expect("a temporary directory") }
    }

    /// A command with these arguments, ready to run.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program_path());
        // The developer's environment must not change the result of a test.
        command.env_remove("VIRTUAL_ENV").env_remove("PYTHONPATH").env_remove("NODE_OPTIONS");
        command.env_remove("COLUMNS");
        command.args(words).env("XDG_STATE_HOME", self.state.path()).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ended {
        Ended::from(self.command(words).output().expect("the program starts"))
    }

    /// Runs the program to its end, with other variables in its environment.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], words: &[&str]) -> Ended {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        Ended::from(command.output().expect("the program starts"))
    }

    /// Writes a file into the state directory. Returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let file = self.file(name);
        std::fs::write(&file, text).expect("is written");
        file.to_str().expect("a plain path").to_owned()
    }

    /// Writes an executable script into the state directory. Returns its path.
    pub(crate) fn script(&self, name: &str, text: &str) -> String {
        let script = self.write(name, text);
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&script, executable).expect("it is ours");
        script
    }

    /// The path of a file in the state directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.state.path().join(name)
    }

    /// Runs the program, recording to a file, and reads the recording.
    pub(crate) fn record(&self, words: &[&str]) -> (Ended, Recording) {
        let file = self.file("recording.jsonl");
        let save = file.to_str().expect("a plain path");
        let ended = self.run(&[words, &["--save", save]].concat());
        (ended, read_recording(&file))
    }

    /// The path of the last recording.
    pub(crate) fn last_recording(&self) -> PathBuf {
        self.file("batchmark/last.jsonl")
    }
}

/// Runs a program that must succeed. Returns its stdout; a failure shows all of its output.
pub(crate) fn succeed(command: &mut Command) -> String {
    let ran = command.stdin(Stdio::null()).output();
    let Output { status, stdout, stderr } = ran.expect("the program starts");
    let printed = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{command:?}: {printed}\n{}", String::from_utf8_lossy(&stderr));
    printed
}

/// Reads a recording that must exist and be whole.
pub(crate) fn read_recording(path: &Path) -> Recording {
    let file = std::fs::File::open(path).expect("there is a recording");
    Recording::read(BufReader::new(file)).expect("it reads")
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

/// A running `batchmark endpoint`. Dropping it ends the process.
pub(crate) struct OwnEndpoint {
    child: Child,
    /// The URL, its first line.
    pub(crate) url: String,
    /// The path of the certificate, its second line.
    pub(crate) certificate: String,
}

impl OwnEndpoint {
    pub(crate) fn start(program: &Program, link: &str) -> Self {
        let mut child = program
            .command(&["endpoint", "--link", link])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the endpoint starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(stdout).lines();
        let mut line = || lines.next().expect("there is a line").expect("it is text");
        let (url, certificate) = (line(), line());
        Self { child, url, certificate }
    }
}

impl Drop for OwnEndpoint {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that treats every connection the same.
pub(crate) struct Server {
    /// Its address.
    pub(crate) address: String,
    /// The heads of all requests so far, with their bodies.
    pub(crate) heads: Receiver<String>,
}

impl Server {
    /// Answers every request with these bytes and closes the connection.
    pub(crate) fn answering(answer: &'static str) -> Self {
        Self::start(move |mut stream, head| {
            if head.is_some() {
                let _ = stream.write_all(answer.as_bytes());
            }
        })
    }

    /// Answers 404 to requests for this path, 200 to all others, and closes the connection.
    pub(crate) fn without(path: &'static str) -> Self {
        Self::start(move |mut stream, head| {
            let Some(head) = head else { return };
            let is_absent = head.split(' ').nth(1) == Some(path);
            let status = if is_absent { "404 Not Found" } else { "200 OK" };
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nitem\n"
            );
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    /// Accepts connections and never answers.
    pub(crate) fn silent() -> Self {
        let mut kept = Vec::new();
        Self::start(move |stream, _| kept.push(stream))
    }

    fn start(mut answer: impl FnMut(TcpStream, Option<String>) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it has an address").to_string();
        let (sender, heads) = mpsc::channel();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let head = read_head(&mut stream);
                if let Some(head) = &head {
                    let _ = sender.send(head.clone());
                }
                answer(stream, head);
            }
        });
        Self { address, heads }
    }
}

/// Reads a request with its body; none if the connection ends or the bytes are not a request.
fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
        // A TLS hello begins with this byte; no HTTP request does.
        if head[0] == 0x16 {
            return Some(String::new());
        }
    }
    let text = String::from_utf8(head).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body).ok()?;
    Some(text + &String::from_utf8(body).ok()?)
}
