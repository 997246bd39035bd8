//! Any command as a strategy: a process that fetches a batch, timed from its start to its end.
//!
//! The driver cannot see inside the command: it has no milestones, statuses or bytes. The batch
//! succeeds if the command exits with 0 and fails otherwise. The process belongs to the driver's
//! group, and the processes that it leaves behind are killed after the trial.

mod program;
mod refusal;
mod runner;
mod template;

use model::driver_protocol::{DriverError, DriverErrorKind, ModuleVersion, Preparation};
use model::facts::{Facts, NOT_SENT, name};
use model::strategy::StrategySpec;
use model::target::{Checks, Request, Target, Trust};
use model::trace::ColumnName;
use serde::{Deserialize, Serialize};

use crate::catalogue::unknown_strategy;
use crate::conditions::{self, WORK};
use crate::provider::{PreparedStrategy, StrategyProvider};
use crate::request;
use crate::setup::bad_target;
use crate::timing::Measured;
use crate::tls::Roots;

use runner::CommandRunner;
use template::{CERTIFICATES, CommandTemplate, HEADERS, header_words};

/// The client of every strategy here: the part of its name before the slash.
const CLIENT: &str = "command";

/// A command that fetches a batch, as the user gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandSpec {
    /// The name of its strategy after `command/`.
    pub name: String,
    /// The program and its arguments, or the script with a shell. `{urls}` is replaced by the
    /// batch's URLs, `{headers}` by the target's headers as words for curl, and `{cacert}` by the path
    /// of the trusted certificates.
    pub words: Vec<String>,
    /// The same command without work: it measures the cost of the process alone.
    pub null: Option<Vec<String>>,
    /// Whether `sh -c` runs it. Each URL is then quoted.
    pub shell: bool,
}

impl CommandSpec {
    fn strategy(&self) -> StrategySpec {
        StrategySpec {
            name: format!("{CLIENT}/{}", self.name),
            alias: None,
            summary: format!("the command {}", self.words.join(" ")),
            conditions: self.null.iter().map(|_| WORK.spec(CLIENT)).collect(),
            columns: vec![ColumnName::Error],
            only_http: None,
        }
    }

    fn template(&self, words: &[String]) -> CommandTemplate {
        if self.shell {
            CommandTemplate::Script(words.join(" "))
        } else {
            CommandTemplate::Words(words.to_vec())
        }
    }
}

/// The commands of one driver.
pub(crate) struct CommandProvider(Vec<CommandSpec>);

impl CommandProvider {
    /// A provider of these commands.
    pub(crate) const fn new(specs: Vec<CommandSpec>) -> Self {
        Self(specs)
    }

    fn find(&self, name: &str) -> Result<&CommandSpec, DriverError> {
        let found = self.0.iter().find(|spec| spec.strategy().name == name);
        found.ok_or_else(|| {
            let names: Vec<String> = self.0.iter().map(|spec| spec.strategy().name).collect();
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            unknown_strategy(name, &known)
        })
    }
}

impl StrategyProvider for CommandProvider {
    const DRIVER: &'static str = CLIENT;
    const MEASURED: Measured = Measured::Children;

    /// Empty, because only the command knows its libraries.
    fn versions(&self) -> Vec<ModuleVersion> {
        Vec::new()
    }

    fn strategies(&self) -> Vec<StrategySpec> {
        self.0.iter().map(CommandSpec::strategy).collect()
    }

    fn prepare(&self, preparation: &Preparation) -> Result<PreparedStrategy, DriverError> {
        let spec = self.find(&preparation.strategy)?;
        let chosen = conditions::complete(&spec.strategy(), &preparation.conditions)?;
        let target = &preparation.target;
        check(target)?;
        let is_null = chosen.get("work").is_some_and(|work| work == "null");
        let words = spec.null.as_ref().filter(|_| is_null).unwrap_or(&spec.words);
        let template = spec.template(words);
        let certificates = certificates(&template, target)?;
        program::find(template.program()).map_err(|missing| internal(&missing))?;
        let facts = if is_null { Facts::new() } else { facts(&template, target) };
        let url = |request: &Request| match template.contains(HEADERS) {
            true => request.url.clone(),
            false => target.url_with_userinfo(request),
        };
        let urls = target.requests.iter().map(|request| url(&request)).collect();
        let headers = header_words(&target.headers);
        let runner = CommandRunner { template, urls, headers, certificates };
        Ok(PreparedStrategy { runner: Box::new(runner), facts })
    }
}

/// What a command cannot do, because it gets only URLs and headers.
#[derive(Debug, thiserror::Error)]
enum Unsupported {
    /// Send a method or a body.
    #[error(
        "a command gets only URLs and headers: leave out -X and -d, and write the method and the body into the command itself"
    )]
    MethodOrBody,
    /// Let the driver check answers, which only the command sees.
    #[error(
        "a command checks its answers itself, by its exit status: leave out --expect-status and --expect-min-bytes, and write the check into the command (curl: -f)"
    )]
    Checks,
    /// Use certificates where the target names none.
    #[error(
        "the command contains {CERTIFICATES}, but no certificate file is given: give one with --cacert, or leave {CERTIFICATES} out"
    )]
    NoCertificates,
}

/// A path that cannot be an argument.
#[derive(Debug, thiserror::Error)]
#[error("the path of the certificates is not UTF-8")]
struct NonUtf8Path;

fn check(target: &Target) -> Result<(), DriverError> {
    request::prepare_each(target, drop).map_err(|error| bad_target(&error))?;
    Roots::read(&target.trust).map_err(|error| bad_target(&error))?;
    let is_plain = |method: &str, body: Option<&String>| method == "GET" && body.is_none();
    let mut requests = target.requests.iter();
    if !requests.all(|request| is_plain(&request.method, request.body.as_ref())) {
        return Err(unsupported(&Unsupported::MethodOrBody));
    }
    let Checks { statuses, min_bytes } = &target.checks;
    if statuses[..] != [200] || *min_bytes > Checks::MORE_THAN_EMPTY {
        return Err(unsupported(&Unsupported::Checks));
    }
    Ok(())
}

/// The path that replaces `{cacert}`; empty where the command does not contain it.
fn certificates(template: &CommandTemplate, target: &Target) -> Result<String, DriverError> {
    if !template.contains(CERTIFICATES) {
        return Ok(String::new());
    }
    match &target.trust {
        Trust::Added { path } | Trust::File { path } => {
            path.to_str().map(str::to_owned).ok_or_else(|| bad_target(&NonUtf8Path))
        }
        Trust::Default | Trust::Anyone => Err(unsupported(&Unsupported::NoCertificates)),
    }
}

/// The facts of a command: whether it got the headers and the trusted certificates.
fn facts(template: &CommandTemplate, target: &Target) -> Facts {
    let mut facts = Facts::new();
    if !template.contains(HEADERS) && target.headers_beside_userinfo().next().is_some() {
        facts.insert(name::HEADERS.to_owned(), NOT_SENT.to_owned());
    }
    if target.requests.iter().any(|request| request.url.starts_with("https:")) {
        let trust = if template.contains(CERTIFICATES) {
            "chosen by the command, which got the given file"
        } else {
            "chosen by the command, which got no file"
        };
        facts.insert(name::TRUST.to_owned(), trust.to_owned());
    }
    facts
}

fn unsupported(error: &Unsupported) -> DriverError {
    DriverError { kind: DriverErrorKind::Unsupported, message: error.to_string() }
}

fn internal(error: &dyn std::error::Error) -> DriverError {
    DriverError { kind: DriverErrorKind::Internal, message: error.to_string() }
}
