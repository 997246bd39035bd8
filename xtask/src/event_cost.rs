//! What one event of the socket witness costs: a process writes bytes to itself over loopback, with and
//! without the library. Nothing else differs, so the difference divided by the events is the cost of an event.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

use anyhow::{Context, Result};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrIn, bind, connect, getsockname, socket,
};
use socket_witness::{Library, Recorder};
use stats::quantity::{LogRatio, Seconds};

use crate::process_pairs::{FetchProcess, PairComparison, SampleSize};
use crate::program;

/// A write and a read each; fewer events than the ring has room for.
const ROUNDS: u32 = 20_000;
const SAMPLE_SIZE: SampleSize = SampleSize { processes: 12, settling: 2, blocks: 10 };

/// For each line of stdin, writes and reads one byte `ROUNDS` times, and prints how many nanoseconds that took.
pub(crate) fn serve() -> Result<()> {
    let mut stream = connected_to_itself()?;
    stream.set_nodelay(true)?;
    for line in std::io::stdin().lines() {
        line?;
        let begin = host::clock::now();
        for _ in 0..ROUNDS {
            stream.write_all(b"x")?;
            stream.read_exact(&mut [0])?;
        }
        writeln!(std::io::stdout(), "{}", host::clock::now().since(begin).as_nanos())?;
    }
    Ok(())
}

/// A socket whose peer is itself, as TCP's simultaneous open allows (RFC 9293, section 3.5): the witness
/// records every call on it, where it passes over those on an accepted socket.
fn connected_to_itself() -> Result<TcpStream> {
    let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    bind(socket.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0))?;
    let address: SockaddrIn = getsockname(socket.as_raw_fd())?;
    connect(socket.as_raw_fd(), &address)?;
    Ok(TcpStream::from(socket))
}

/// A line with what an event costs, with its 95% interval.
pub(crate) fn row(library: &Library, folder: &Path) -> Result<String> {
    let events = Rc::new(Cell::new(0));
    let number = Cell::new(0);
    let with = || {
        let name = format!("calls-{}", number.replace(number.get() + 1));
        let recorder = Recorder::create(library, folder, &name, number.get())?;
        let events = Rc::clone(&events);
        let calls = Calls::start(recorder.variables())?;
        Ok(Box::new(Witnessed { calls, recorder, events }) as Box<dyn FetchProcess>)
    };
    let without = || Ok(Box::new(Calls::start(&[])?) as Box<dyn FetchProcess>);
    let PairComparison { medians: [on, off], estimate, interval } =
        SAMPLE_SIZE.compare([&with, &without])?;
    let per_batch = events.get() as f64;
    let each = |log_ratio: LogRatio| (log_ratio.ratio().value() - 1.0) * off * 1e3 / per_batch;
    Ok(format!(
        "an event by itself, {per_batch:.0} in each batch; {SAMPLE_SIZE}: {on:.1} ms, {off:.1} ms without; \
         {:.3} µs  [{:.3}, {:.3}]",
        each(estimate),
        each(interval.low),
        each(interval.high),
    ))
}

/// A process that makes calls.
struct Calls {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Calls {
    fn start(variables: &[(&'static str, std::ffi::OsString)]) -> Result<Self> {
        let mut command = Command::new(program::own_file()?);
        command.arg(program::CALLS).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn()?;
        let orders = child.stdin.take().context("the process has no stdin")?;
        let answers = BufReader::new(child.stdout.take().context("the process has no stdout")?);
        Ok(Self { child, orders, answers })
    }
}

impl FetchProcess for Calls {
    fn fetch_batch(&mut self) -> Result<Seconds> {
        writeln!(self.orders, "go")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let nanoseconds: f64 = answer.trim().parse().context("the process gave no time")?;
        Seconds::new(nanoseconds / 1e9).context("a batch took no time")
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is left to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process with the library. What was recorded is read between its batches.
struct Witnessed {
    calls: Calls,
    recorder: Recorder,
    events: Rc<Cell<u64>>,
}

impl FetchProcess for Witnessed {
    fn fetch_batch(&mut self) -> Result<Seconds> {
        self.recorder.before_trial()?;
        let before = self.recorder.recorded()?;
        let time = self.calls.fetch_batch()?;
        self.events.set(self.recorder.recorded()? - before);
        Ok(time)
    }
}
