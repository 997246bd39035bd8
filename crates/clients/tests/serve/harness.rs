//! A driver on its own thread, which the tests talk to through pipes.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::path::Path;
use std::thread::JoinHandle;

use clients::ServeError;
use model::driver_protocol::{Command, DriverError, Preparation, Reply, TrialDone, TrialOrder};
use model::failure::FailureKind;
use model::strategy::Conditions;
use model::target::{Checks, Request, Target, Trust};
use model::time::Span;
use model::trace::{Columns, Milestone};
use model::trial::TrialId;

/// The strategies whose clients show every milestone.
pub(crate) const STRATEGIES: [&str; 5] =
    ["ureq/sequential", "ureq/threads", "hyper/async", "floor/sequential", "floor/async"];

/// The strategies of reqwest, which keeps its own defaults and hides its connections.
pub(crate) const REQWEST: [&str; 2] = ["reqwest/async", "reqwest/blocking"];

/// Every strategy that speaks HTTP/1.1.
pub(crate) fn all_strategies() -> impl Iterator<Item = &'static str> + Clone {
    STRATEGIES.into_iter().chain(REQWEST)
}

/// A running driver. It never outlives its test: when a driver of commands ends, it kills all child
/// processes of the tests' process, and those could be another test's by then.
pub(crate) struct Driver {
    input: Option<PipeWriter>,
    output: BufReader<PipeReader>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
    trials: u64,
}

/// The result of a trial.
#[derive(Debug)]
pub(crate) struct TrialResult {
    pub(crate) done: TrialDone,
    pub(crate) columns: Columns,
}

impl Driver {
    pub(crate) fn start() -> Self {
        Self::serving(clients::serve)
    }

    /// A driver that runs `serve`.
    pub(crate) fn serving(
        serve: impl FnOnce(BufReader<PipeReader>, PipeWriter) -> Result<(), ServeError> + Send + 'static,
    ) -> Self {
        let (commands, input) = std::io::pipe().expect("a pipe");
        let (output, replies) = std::io::pipe().expect("a pipe");
        let thread = std::thread::spawn(move || serve(BufReader::new(commands), replies));
        Self { input: Some(input), output: BufReader::new(output), thread: Some(thread), trials: 0 }
    }

    pub(crate) fn send(&mut self, line: &str) {
        writeln!(self.input.as_ref().expect("input is open"), "{line}").expect("the driver reads");
    }

    pub(crate) fn receive(&mut self) -> Reply {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the driver writes");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    pub(crate) fn ask(&mut self, command: &Command) -> Reply {
        self.send(&serde_json::to_string(command).expect("serialises"));
        self.receive()
    }

    pub(crate) fn prepare(&mut self, preparation: Preparation) {
        let reply = self.ask(&Command::Prepare(Box::new(preparation)));
        assert!(matches!(reply, Reply::Ready { .. }), "{reply:?}");
    }

    pub(crate) fn order(&mut self, requests: usize) -> TrialId {
        self.trials += 1;
        let id = TrialId(self.trials);
        let requests = u32::try_from(requests).expect("a small batch");
        let order = Command::Trial(TrialOrder {
            id,
            requests,
            warm_up: false,
            sample: None,
            profile: false,
        });
        self.send(&serde_json::to_string(&order).expect("serialises"));
        id
    }

    /// Runs a trial and checks the length of its columns.
    pub(crate) fn trial(&mut self, requests: usize) -> TrialResult {
        let trial = self.order(requests);
        let mut columns = Columns::default();
        loop {
            match self.receive() {
                Reply::Columns { id, columns: more } => {
                    assert_eq!(id, trial);
                    columns.absorb(*more).expect("each column comes once");
                }
                Reply::Done(done) => {
                    assert_eq!(done.id, trial);
                    columns.check_length(requests).expect("one entry per request");
                    return TrialResult { done, columns };
                }
                other => panic!("not a reply to a trial: {other:?}"),
            }
        }
    }

    /// Sends a command that the driver must refuse.
    pub(crate) fn refused(&mut self, command: &Command) -> DriverError {
        match self.ask(command) {
            Reply::Error(error) => error,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Ends the driver's input and waits for its end.
    pub(crate) fn end(mut self) -> Result<(), ServeError> {
        self.input = None;
        self.join()
    }

    /// Ends the driver's input and returns the output that was not read yet.
    pub(crate) fn abandon(mut self) -> Result<String, ServeError> {
        self.input = None;
        let mut unread = String::new();
        self.output.read_to_string(&mut unread).expect("the driver writes");
        self.join().map(|()| unread)
    }

    pub(crate) fn join(mut self) -> Result<(), ServeError> {
        let thread = self.thread.take().expect("a driver is joined once");
        thread.join().expect("the driver does not panic")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.input = None;
        if let Some(thread) = self.thread.take() {
            // The outcome is ignored here, because a failed assertion drops the driver too.
            let _ = std::io::copy(&mut self.output, &mut std::io::sink());
            let _ = thread.join();
        }
    }
}

impl TrialResult {
    /// The kind of each request's failure.
    pub(crate) fn kinds(&self, requests: usize) -> Vec<Option<FailureKind>> {
        match &self.columns.error {
            Some(errors) => {
                errors.iter().map(|error| error.as_ref().map(|failure| failure.kind)).collect()
            }
            None => vec![None; requests],
        }
    }

    pub(crate) fn message(&self, request: usize) -> &str {
        let failure = self.columns.error.as_ref().and_then(|errors| errors[request].as_ref());
        failure.map_or("", |failure| &failure.message)
    }

    pub(crate) fn at(&self, milestone: Milestone, request: usize) -> Option<Span> {
        self.columns.at(milestone, request)
    }

    /// The milestones of a request in the order of their times.
    pub(crate) fn passed(&self, request: usize) -> Vec<Milestone> {
        let mut passed: Vec<Milestone> = Milestone::ALL
            .into_iter()
            .filter(|&milestone| self.at(milestone, request).is_some())
            .collect();
        passed.sort_by_key(|&milestone| self.at(milestone, request));
        passed
    }
}

pub(crate) fn get(url: impl Into<String>) -> Request {
    Request { method: "GET".to_owned(), url: url.into(), body: None }
}

/// A target that expects status 200 within ten seconds.
pub(crate) fn target(requests: Vec<Request>) -> Target {
    Target {
        userinfo: None,
        requests: requests.into(),
        headers: Vec::new(),
        trust: Trust::Default,
        checks: Checks { statuses: vec![200], min_bytes: 1 },
        time_limit: Span::from_secs(10),
    }
}

pub(crate) fn trusting(path: &Path, requests: Vec<Request>) -> Target {
    Target { trust: Trust::File { path: path.to_owned() }, ..target(requests) }
}

/// A preparation whose conditions are written as `session=warm,workers=4`.
pub(crate) fn preparation(strategy: &str, conditions: &str, target: Target) -> Preparation {
    let conditions: Conditions = conditions
        .split(',')
        .filter_map(|condition| condition.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Preparation { strategy: strategy.to_owned(), conditions, target, trace: true }
}
