//! The driver protocol, version 1: the messages between the runner and a driver.
//!
//! JSON Lines; commands on the driver's stdin, replies on its stdout. `docs/driver-protocol.md`
//! describes it, and the JSON Schema next to it is generated from these types. A change that breaks an
//! existing driver needs a new version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::profile::Profile;
use crate::sampling::{Stretch, Totals};
use crate::strategy::{Conditions, StrategySpec};
use crate::target::{RecordedTarget, Target};
use crate::time::Moment;
use crate::trace::Columns;
use crate::trial::{ImposedEffects, ResponseVersions, TrialId, Usage};

/// The version that this program speaks.
pub const VERSION: u32 = 1;

/// A command of the runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Command {
    /// Introduce yourself. Answered by `hello`.
    Hello {
        /// The version that the runner speaks.
        protocol: u32,
    },
    /// Prepare a strategy. Answered by `ready` or `error`.
    Prepare(Box<Preparation>),
    /// Run a batch. Answered by any number of `columns`, then `done`.
    Trial(TrialOrder),
    /// End. Not answered; the end of stdin means the same.
    Quit,
}

/// What a driver must know before its first trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Preparation {
    /// The full name of the strategy.
    pub strategy: String,
    /// Every condition that the strategy knows.
    pub conditions: Conditions,
    /// What to fetch.
    pub target: Target,
    /// Whether milestones are taken; without them only `status`, `bytes` and `error` are filled.
    pub trace: bool,
}

impl Preparation {
    /// The command with the requests packed, for a driver that reads them so.
    pub fn packed(&self) -> impl Serialize + '_ {
        let Self { strategy, conditions, target, trace } = self;
        PackedPreparation { op: "prepare", strategy, conditions, target, trace: *trace }
    }
}

/// The command `prepare` with its requests packed.
#[derive(Serialize)]
struct PackedPreparation<'a> {
    op: &'static str,
    strategy: &'a str,
    conditions: &'a Conditions,
    #[serde(serialize_with = "RecordedTarget::serialize")]
    target: &'a Target,
    trace: bool,
}

/// The batch to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialOrder {
    /// The number of the trial, which its replies repeat.
    pub id: TrialId,
    /// How many requests to make: the first ones of the target.
    pub requests: u32,
    /// Whether it is a warm-up, which is run like any other.
    pub warm_up: bool,
    /// Of which requests columns are asked for; without it of all. A driver that samples then reports `totals`
    /// of all requests. A driver that does not ignores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Stretch>,
    /// Whether the code is to be profiled meanwhile. A driver that cannot ignores it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub profile: bool,
}

/// A reply of a driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Reply {
    /// The introduction of the driver.
    Hello(DriverHello),
    /// The strategy is ready for trials.
    Ready {
        /// Facts about the strategy with these conditions.
        #[serde(default, skip_serializing_if = "Facts::is_empty")]
        facts: Facts,
    },
    /// The command cannot be carried out; the driver is ready for another.
    Error(DriverError),
    /// Some columns of the trial that has just ended.
    Columns {
        /// The number of the trial.
        id: TrialId,
        /// The columns; each comes once per trial.
        columns: Box<Columns>,
    },
    /// The trial has ended, and all its columns were sent.
    Done(TrialDone),
}

/// The introduction of a driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriverHello {
    /// The version that it speaks.
    pub protocol: u32,
    /// Its name.
    pub driver: String,
    /// The reading of its clock when it answered.
    pub now: Moment,
    /// The runtime and the libraries that its strategies use.
    pub versions: Vec<ModuleVersion>,
    /// The strategies that it offers.
    pub strategies: Vec<StrategySpec>,
    /// The strategies that it would offer if something else were installed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingStrategy>,
    /// Whether it can profile the code of its strategies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub profiles: bool,
    /// Whether it reads the requests of a target also as a packed table.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub packed: bool,
    /// Whether it can report totals of a trial and the columns of only some requests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub samples: bool,
}

/// A strategy that is not available here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingStrategy {
    /// The full name of the strategy.
    pub name: String,
    /// What is missing, as a sentence.
    pub reason: String,
    /// What to type to get it.
    pub remedy: String,
}

/// A module that takes part in the measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModuleVersion {
    /// The name under which the module is imported.
    pub module: String,
    /// Its version.
    pub version: String,
    /// The distribution that provides it, if that has another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<String>,
}

/// Why a driver cannot carry out a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriverError {
    /// The kind of error.
    pub kind: DriverErrorKind,
    /// A sentence for people.
    pub message: String,
}

crate::closed_list! {
    /// The kind of error that a driver reports.
    pub enum DriverErrorKind {
        /// The line is not a command, or comes at the wrong time.
        BadCommand = "bad_command",
        /// The driver does not speak this version.
        UnsupportedVersion = "unsupported_version",
        /// The driver does not have this strategy.
        UnknownStrategy = "unknown_strategy",
        /// The strategy does not know a condition or its value.
        BadCondition = "bad_condition",
        /// The target cannot be used: a URL, a header or a certificate file is wrong.
        BadTarget = "bad_target",
        /// The target is valid, but the strategy does not support a part of it: a method, a header, a body,
        /// the trust or a check.
        Unsupported = "unsupported",
        /// The driver itself failed.
        Internal = "internal",
    }
}

/// The end of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialDone {
    /// The number of the trial.
    pub id: TrialId,
    /// When the batch began: the origin of every milestone.
    pub started: Moment,
    /// When the batch ended.
    pub finished: Moment,
    /// What the driver's process used in between.
    #[serde(default)]
    pub usage: Usage,
    /// How often each condition took effect that the driver imposed on the user's code.
    #[serde(default, skip_serializing_if = "ImposedEffects::is_empty")]
    pub imposed: ImposedEffects,
    /// How many responses came over each version of HTTP, such as `1.1` or `2`, if the client shows it.
    #[serde(default, skip_serializing_if = "ResponseVersions::is_empty")]
    pub http: ResponseVersions,
    /// Whether the driver ends after this reply, because it cannot stop what exceeded the time limit in
    /// any other way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends: bool,
    /// What all requests have in common, if the columns are only those of a sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Box<Totals>>,
    /// Which code the client ran, if that was asked for and the driver can profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Box<Profile>>,
}

// Replies come first: the `hello` of the runner is a subset of that of the driver and would match it.
/// A message in either direction: the root of the JSON Schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "batchmark driver protocol, version 1")]
pub enum Message {
    /// From the driver, on its stdout.
    Reply(Box<Reply>),
    /// From the runner, on the driver's stdin.
    Command(Command),
}

/// The JSON Schema of a message, as the text of a file.
pub fn schema() -> String {
    crate::schema::text_of::<Message>()
}

#[cfg(test)]
mod documented;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Checks, Request, Trust};
    use crate::time::Span;

    #[test]
    fn has_a_committed_schema() {
        test_support::assert_committed::<Message>("driver-protocol.schema.json");
    }

    #[test]
    fn writes_commands_as_documented() {
        let line = |command| serde_json::to_string(&command).expect("serialises");
        assert_eq!(line(Command::Hello { protocol: 1 }), r#"{"op":"hello","protocol":1}"#);
        let order = TrialOrder {
            id: TrialId(7),
            requests: 4,
            warm_up: false,
            sample: None,
            profile: false,
        };
        assert_eq!(
            line(Command::Trial(order)),
            r#"{"op":"trial","id":7,"requests":4,"warm_up":false}"#
        );
        assert_eq!(line(Command::Quit), r#"{"op":"quit"}"#);
    }

    #[test]
    fn reads_a_preparation_with_packed_requests() {
        let request = |number| Request {
            method: "GET".to_owned(),
            url: format!("http://127.0.0.1:80/todos/{number}"),
            body: None,
        };
        let target = Target {
            requests: (0..5000).map(request).collect(),
            userinfo: None,
            headers: Vec::new(),
            trust: Trust::Default,
            checks: Checks { statuses: vec![200], min_bytes: 0 },
            time_limit: Span::from_secs(1),
        };
        let conditions = Conditions::new();
        let preparation =
            Preparation { strategy: "a/x".to_owned(), conditions, target, trace: true };
        let line = serde_json::to_string(&preparation.packed()).expect("serialises");
        assert!(line.len() < 1000, "{} bytes", line.len());
        let read: Command = serde_json::from_str(&line).expect("parses");
        assert_eq!(read, Command::Prepare(Box::new(preparation)));
    }

    #[test]
    fn reads_a_report_with_only_start_and_end() {
        let reply = r#"{"op":"done","id":7,"started":"100","finished":"250"}"#;
        let Reply::Done(done) = serde_json::from_str(reply).expect("parses") else {
            panic!("not done");
        };
        assert_eq!(done.finished.since(done.started).as_nanos(), 150);
        assert_eq!(done.usage, Usage::default());
    }
}
