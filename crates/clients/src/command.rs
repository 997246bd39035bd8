//! Any command as a strategy: a process that fetches a batch, timed from its start to its end.
//!
//! Nothing is known of what it does meanwhile: no milestone, no status, no byte. It succeeds as a
//! whole when it exits with 0, and fails as a whole otherwise; what it did, the endpoint says. Its
//! process is of the driver's group, and whatever it leaves behind is killed when it has ended.

mod bench;
mod search;
mod template;

use model::driver_protocol::{DriverError, DriverErrorKind, ModuleVersion, Preparation};
use model::facts::{Facts, name};
use model::strategy::StrategySpec;
use model::target::{Checks, Target, Trust};
use model::trace::ColumnName;
use serde::{Deserialize, Serialize};

use crate::catalogue::unknown_strategy;
use crate::conditions::{self, WORK};
use crate::ground::bad_target;
use crate::offer::{Offer, Prepared};
use crate::session::ReadUsage;
use crate::tls::Roots;
use crate::wanted;

use bench::CommandBench;
use template::{CERTIFICATES, Template};

/// The client of every strategy here: the part of its name before the slash.
const CLIENT: &str = "command";

/// A command that fetches a batch, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandSpec {
    /// What its strategy is called, behind `command/`.
    pub name: String,
    /// The program and its arguments, in which `{urls}` stands for the batch's URLs, and `{cacert}`
    /// for the path of the certificates that are to be trusted. With a shell: its script.
    pub words: Vec<String>,
    /// The same command without work, whose time is that of the process alone.
    pub null: Option<Vec<String>>,
    /// Whether `sh -c` runs it. The URLs are quoted then, each by itself.
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
        }
    }

    fn template(&self, words: &[String]) -> Template {
        if self.shell { Template::Script(words.join(" ")) } else { Template::Words(words.to_vec()) }
    }
}

/// The commands of one driver.
pub(crate) struct Commands(Vec<CommandSpec>);

impl Commands {
    /// Offers these.
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

impl Offer for Commands {
    const DRIVER: &'static str = CLIENT;
    const USAGE: ReadUsage = host::usage::Usage::of_children;

    /// What takes part, only the command knows.
    fn versions(&self) -> Vec<ModuleVersion> {
        Vec::new()
    }

    fn strategies(&self) -> Vec<StrategySpec> {
        self.0.iter().map(CommandSpec::strategy).collect()
    }

    fn prepare(&self, preparation: &Preparation) -> Result<Prepared, DriverError> {
        let spec = self.find(&preparation.strategy)?;
        let chosen = conditions::complete(&spec.strategy(), &preparation.conditions)?;
        let target = &preparation.target;
        check(target)?;
        let is_null = chosen.get("work").is_some_and(|work| work == "null");
        let words = spec.null.as_ref().filter(|_| is_null).unwrap_or(&spec.words);
        let template = spec.template(words);
        let certificates = certificates(&template, target)?;
        search::find(template.program()).map_err(|missing| internal(&missing))?;
        let facts = if is_null { Facts::new() } else { facts(&template, target) };
        let urls = target.requests.iter().map(|request| request.url.clone()).collect();
        Ok(Prepared { bench: Box::new(CommandBench::new(template, urls, certificates)), facts })
    }
}

/// What a command cannot be told.
#[derive(Debug, thiserror::Error)]
enum Unsupported {
    /// It would have to send something that it is not told.
    #[error(
        "a command is given URLs alone: leave out -X, -H and -d, and write the method, the headers and the body into the command itself"
    )]
    MoreThanUrls,
    /// It would have to look at answers, which nobody but the command sees.
    #[error(
        "a command judges its answers itself, by its exit status: leave out --expect-status and --expect-min-bytes, and write what is expected into the command (curl: -f)"
    )]
    Checks,
    /// It wants certificates, and the target names none.
    #[error(
        "the command wants {CERTIFICATES}, but no file of certificates is given: leave it out of the command, or give one with --cacert"
    )]
    NoCertificates,
}

/// A path that no argument can hold.
#[derive(Debug, thiserror::Error)]
#[error("the path of the certificates is not UTF-8")]
struct StrangePath;

fn check(target: &Target) -> Result<(), DriverError> {
    wanted::read(target).map_err(|error| bad_target(&error))?;
    Roots::read(&target.trust).map_err(|error| bad_target(&error))?;
    let is_plain = |method: &str, body: Option<&String>| method == "GET" && body.is_none();
    let mut requests = target.requests.iter();
    if !target.headers.is_empty()
        || !requests.all(|request| is_plain(&request.method, request.body.as_ref()))
    {
        return Err(unsupported(&Unsupported::MoreThanUrls));
    }
    let Checks { statuses, min_bytes } = &target.checks;
    if statuses[..] != [200] || *min_bytes > Checks::MORE_THAN_EMPTY {
        return Err(unsupported(&Unsupported::Checks));
    }
    Ok(())
}

/// The path that stands for `{cacert}`; empty where the command does not want it.
fn certificates(template: &Template, target: &Target) -> Result<String, DriverError> {
    if !template.wants_certificates() {
        return Ok(String::new());
    }
    match &target.trust {
        Trust::Added { path } | Trust::File { path } => {
            path.to_str().map(str::to_owned).ok_or_else(|| bad_target(&StrangePath))
        }
        Trust::Default | Trust::Anyone => Err(unsupported(&Unsupported::NoCertificates)),
    }
}

/// All that is known of a command: whether it was told whom to trust.
fn facts(template: &Template, target: &Target) -> Facts {
    if !target.requests.iter().any(|request| request.url.starts_with("https:")) {
        return Facts::new();
    }
    let trust = if template.wants_certificates() {
        "the command's own way, with the given file"
    } else {
        "the command's own, and no file was given to it"
    };
    Facts::from([(name::TRUST.to_owned(), trust.to_owned())])
}

fn unsupported(error: &Unsupported) -> DriverError {
    DriverError { kind: DriverErrorKind::Unsupported, message: error.to_string() }
}

fn internal(error: &dyn std::error::Error) -> DriverError {
    DriverError { kind: DriverErrorKind::Internal, message: error.to_string() }
}
