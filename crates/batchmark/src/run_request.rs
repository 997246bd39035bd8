//! What a run needs, read once from the arguments of the command line. Everything behind it takes
//! this and never the arguments.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use design::Scope;
use model::arm::BatchSize;
use model::link::Link;
use model::plan::StopRule;
use model::sampling::Sampling;
use model::target::{Checks, Header, Request, Target, Trust};
use model::time::Span;

use crate::arguments::{RequestArguments, RunArguments};
use crate::exports::ExportArguments;
use crate::headers;
use crate::hosts::HostArguments;
use crate::request_body::RequestBody;
use crate::shown::Shown;
use crate::strategy_grammar::{TypedStrategy, parse};
use crate::urls::{self, Globbing, TargetUrls, WithoutScheme};
use crate::usage::UsageError;

/// The batch sizes if none are given.
const BATCH_SIZES: [u32; 2] = [4, 16];
/// The largest batch: it is held in memory as a whole, with its trace.
pub(crate) const LARGEST_BATCH: u32 = 1_000_000;
/// The maximum number of blocks if only a precision is given.
const MOST_FOR_PRECISION: u32 = 1000;

/// A run that was requested on the command line.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The server to fetch from.
    pub server: RequestedServer,
    /// What every request has in common.
    pub template: RequestTemplate,
    /// The strategies of `-s`; empty if there is no `-s`.
    pub strategies: Vec<TypedStrategy>,
    /// Who serves strategies.
    pub hosts: HostArguments,
    /// What happens if a strategy of the user cannot be measured.
    pub unusable: Unusable,
    /// The batch sizes, each once.
    pub batch_sizes: Vec<BatchSize>,
    /// The text of `--baseline`.
    pub baseline: Option<String>,
    /// How many uncounted trials each arm makes before the first block.
    pub pilot_trials: u32,
    /// When the blocks end.
    pub stop: StopRule,
    /// After this much time no further block starts.
    pub budget: Option<Span>,
    /// The seed of the order of all blocks.
    pub seed: u64,
    /// What completes the plan after the pilot.
    pub scope: Scope,
    /// Whether the clients' system calls are recorded, where that is possible.
    pub sockets: bool,
    /// Which trials are sampled, and how.
    pub sampling: Sampling,
    /// Where results and messages go.
    pub output: RequestedOutput,
}

/// What happens if own code or a command cannot be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The run ends before its first trial.
    Stop,
    /// The strategy is left out, and the others are measured.
    LeaveOut,
}

/// The server to fetch from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedServer {
    /// The embedded endpoint behind this link.
    Embedded(Link),
    /// The server of these URLs.
    Foreign {
        /// All URLs.
        urls: TargetUrls,
        /// Whose certificates are trusted.
        trust: Trust,
    },
}

/// What every request has in common, and when its response is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTemplate {
    method: String,
    body: Option<String>,
    headers: Vec<Header>,
    checks: Checks,
    time_limit: Span,
}

/// Where results and messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedOutput {
    /// The file of the recording; by default that of the last recording.
    pub save: Option<PathBuf>,
    /// The files for other programs.
    pub exports: ExportArguments,
    /// How much of the result is printed.
    pub shown: Shown,
    /// Whether to show no progress.
    pub quiet: bool,
    /// Whether to show the progress on a full screen.
    pub watch: bool,
}

impl RunRequest {
    /// Reads the arguments of a run.
    ///
    /// # Errors
    /// If an argument cannot be used.
    pub fn read(arguments: &RunArguments) -> Result<Self, UsageError> {
        let server = RequestedServer::read(arguments)?;
        let strategies: Result<Vec<_>, _> =
            arguments.strategies.iter().map(|text| parse(text)).collect();
        Ok(Self {
            template: RequestTemplate::read(&arguments.request)?,
            strategies: strategies?.concat(),
            hosts: arguments.hosts.clone(),
            unusable: if arguments.keep_going { Unusable::LeaveOut } else { Unusable::Stop },
            batch_sizes: batch_sizes(&arguments.batch_sizes, server.url_count())?,
            server,
            baseline: arguments.baseline.clone(),
            pilot_trials: arguments.warm_up,
            stop: stop_rule(arguments.iterations, arguments.precision),
            budget: arguments.budget,
            seed: arguments.seed.unwrap_or_else(random_seed),
            scope: Scope { controls: !arguments.no_controls, experiments: arguments.why },
            sockets: !arguments.no_witness,
            sampling: Sampling::beyond(arguments.sample_beyond),
            output: RequestedOutput {
                save: arguments.save.clone(),
                exports: arguments.exports.clone(),
                shown: arguments.view.shown(),
                quiet: arguments.quiet,
                watch: arguments.watch,
            },
        })
    }

    /// A target with everything that is sent and may be secret.
    pub fn secret_target(&self) -> Target {
        match &self.server {
            RequestedServer::Foreign { urls, trust } => {
                self.template.foreign_target(urls, trust.clone())
            }
            RequestedServer::Embedded(_) => self.template.target([String::new()], Trust::Default),
        }
    }

    /// What was assumed about the URLs, as sentences.
    pub fn notes(&self) -> Vec<String> {
        let RequestedServer::Foreign { urls, .. } = &self.server else { return Vec::new() };
        let scheme =
            urls.without_scheme.as_ref().map(|WithoutScheme { first, count }| match count {
                1 => format!("a URL has no scheme: {first} is fetched"),
                count => format!("{count} URLs have no scheme: http:// is used, as in {first}"),
            });
        let mut headers = self.template.headers.iter();
        let is_given = headers.any(|header| header.name.eq_ignore_ascii_case("authorization"));
        let userinfo = urls.userinfo.as_ref().filter(|_| is_given).map(|_| {
            "-H Authorization is sent, and not the user name and password of the URLs".to_owned()
        });
        [scheme, userinfo].into_iter().flatten().collect()
    }

    /// The number of requests of the largest batch.
    pub fn largest_batch(&self) -> u32 {
        self.batch_sizes.iter().map(|size| size.0).max().unwrap_or_default()
    }
}

impl RequestedServer {
    fn read(arguments: &RunArguments) -> Result<Self, UsageError> {
        if arguments.urls_file.is_some() && !arguments.urls.is_empty() {
            return Err(UsageError::UrlsTwice);
        }
        let globbing = if arguments.no_globbing { Globbing::Off } else { Globbing::On };
        let urls = urls::read(&arguments.urls, arguments.urls_file.as_deref(), globbing)?;
        match (urls, &arguments.link) {
            (None, link) => Ok(Self::Embedded(link.clone().unwrap_or_default())),
            (Some(_), Some(link)) => Err(UsageError::LinkWithUrls(format!("--link {link}"))),
            (Some(urls), None) => Ok(Self::Foreign { urls, trust: trust(&arguments.request)? }),
        }
    }

    /// The link of the embedded endpoint; none for a foreign server.
    pub const fn link(&self) -> Option<&Link> {
        match self {
            Self::Embedded(link) => Some(link),
            Self::Foreign { .. } => None,
        }
    }

    fn url_count(&self) -> Option<usize> {
        match self {
            Self::Embedded(_) => None,
            Self::Foreign { urls, .. } => Some(urls.urls.len()),
        }
    }
}

impl RequestTemplate {
    fn read(arguments: &RequestArguments) -> Result<Self, UsageError> {
        if arguments.timeout.is_zero() {
            return Err(UsageError::NoTime);
        }
        let body = RequestBody::read(arguments)?;
        let method = method(arguments.method.as_deref(), body.as_ref())?;
        let given = headers::read(&arguments.headers)?;
        let headers = match &body {
            Some(body) => body.headers_with(&given),
            None => given,
        };
        let may_be_empty = arguments.expect_status.iter().any(|&status| is_without_body(status));
        let usual = if method == "GET" && !may_be_empty { Checks::MORE_THAN_EMPTY } else { 0 };
        Ok(Self {
            method,
            body: body.map(|body| body.text),
            headers,
            checks: Checks {
                statuses: arguments.expect_status.clone(),
                min_bytes: arguments.expect_min_bytes.map_or(usual, |size| size.0),
            },
            time_limit: arguments.timeout,
        })
    }

    /// What the requests of a recorded target have in common.
    pub fn of_target(target: &Target) -> Self {
        let first = target.requests.first();
        Self {
            method: first.as_ref().map_or_else(|| "GET".to_owned(), |it| it.method.clone()),
            body: first.and_then(|request| request.body),
            headers: target.headers.clone(),
            checks: target.checks.clone(),
            time_limit: target.time_limit,
        }
    }

    /// The target that fetches these URLs of a foreign server.
    pub fn foreign_target(&self, urls: &TargetUrls, trust: Trust) -> Target {
        self.target(urls.urls.iter().cloned(), trust).with_userinfo(urls.userinfo.clone())
    }

    /// The target that fetches these URLs.
    pub fn target(&self, urls: impl IntoIterator<Item = String>, trust: Trust) -> Target {
        let request =
            |url: String| Request { method: self.method.clone(), url, body: self.body.clone() };
        Target {
            requests: urls.into_iter().map(request).collect(),
            userinfo: None,
            headers: self.headers.clone(),
            trust,
            checks: self.checks.clone(),
            time_limit: self.time_limit,
        }
    }
}

/// Whether a response with this status never has a body (RFC 9110, 6.4.1 and 15.3.6).
const fn is_without_body(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 205 | 304)
}

/// The batch sizes that were given, each once, or the usual ones for which there are enough URLs.
fn batch_sizes(typed: &[u32], urls: Option<usize>) -> Result<Vec<BatchSize>, UsageError> {
    let available = urls.map_or(u64::from(LARGEST_BATCH), |urls| urls as u64);
    let mut sizes: Vec<u32> = if typed.is_empty() {
        BATCH_SIZES.into_iter().filter(|&size| u64::from(size) <= available).collect()
    } else {
        typed.to_vec()
    };
    if sizes.is_empty() {
        sizes.extend(u32::try_from(available));
    }
    let mut seen = BTreeSet::new();
    sizes.retain(|size| seen.insert(*size));
    for &size in &sizes {
        if u64::from(size) > available {
            return Err(UsageError::TooFewUrls { size, urls: urls.unwrap_or_default() });
        }
    }
    Ok(sizes.into_iter().map(BatchSize).collect())
}

/// The method: GET, or POST if there is a body.
fn method(typed: Option<&str>, body: Option<&RequestBody>) -> Result<String, UsageError> {
    match typed {
        None if body.is_some() => Ok("POST".to_owned()),
        None => Ok("GET".to_owned()),
        Some(method) if !method.is_empty() && method.chars().all(|c| c.is_ascii_alphabetic()) => {
            Ok(method.to_ascii_uppercase())
        }
        Some(method) => Err(UsageError::BadMethod(method.to_owned())),
    }
}

fn trust(arguments: &RequestArguments) -> Result<Trust, UsageError> {
    match arguments.cacert.clone() {
        None if arguments.insecure => Ok(Trust::Anyone),
        None => Ok(Trust::Default),
        Some(path) => match File::open(&path) {
            Ok(_) => Ok(Trust::File { path }),
            Err(source) => Err(UsageError::Unreadable { path, source }),
        },
    }
}

fn stop_rule(blocks: Option<u32>, precision: Option<f64>) -> StopRule {
    let StopRule::Precision { least, most, half_width, looks } = StopRule::DEFAULT else {
        return StopRule::DEFAULT;
    };
    match (blocks, precision) {
        (None, None) => StopRule::Precision { least, most, half_width, looks },
        (Some(blocks), None) => StopRule::Blocks { blocks },
        (most, Some(half_width)) => {
            let most = most.or(Some(MOST_FOR_PRECISION));
            StopRule::Precision { least, most, half_width, looks }
        }
    }
}

/// A seed from the clock, short enough to be typed again.
pub(crate) fn random_seed() -> u64 {
    Span::from(host::clock::monotonic()).as_nanos() % 1_000_000_007
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn arguments(words: &[&str]) -> RunArguments {
        let words = ["batchmark"].iter().chain(words);
        crate::arguments::Arguments::try_parse_from(words).expect("parses").run
    }

    fn request(words: &[&str]) -> Result<RunRequest, UsageError> {
        RunRequest::read(&arguments(words))
    }

    fn refusal(words: &[&str]) -> String {
        request(words).expect_err("is refused").to_string()
    }

    fn sizes(typed: &[u32], urls: Option<usize>) -> Vec<u32> {
        batch_sizes(typed, urls).expect("are sizes").into_iter().map(|size| size.0).collect()
    }

    #[test]
    fn fits_batch_sizes_to_the_urls_or_refuses_them() {
        assert_eq!(sizes(&[], None), [4, 16]);
        assert_eq!(sizes(&[], Some(100)), [4, 16]);
        assert_eq!(sizes(&[], Some(7)), [4]);
        assert_eq!(sizes(&[], Some(3)), [3]);
        assert_eq!(sizes(&[16, 1, 16], None), [16, 1]);
        assert_eq!(
            refusal(&["-b", "4,32", "http://h/[1-16]"]),
            "a batch of 32 needs 32 URLs, but there are only 16: write -b 16, or more URLs such as \
             '…/[1-32]'"
        );
    }

    #[test]
    fn stops_early_only_by_default_or_with_a_precision() {
        let stop = |words: &[&str]| request(words).expect("reads").stop;
        assert_eq!(stop(&[]), StopRule::DEFAULT);
        assert_eq!(stop(&["-n", "7"]), StopRule::Blocks { blocks: 7 });
        assert!(matches!(
            stop(&["--precision", "1%"]),
            StopRule::Precision { least: 10, most: Some(1000), half_width, looks: 3 }
                if (half_width - 0.01).abs() < 1e-12
        ));
        assert!(matches!(
            stop(&["--precision", "1%", "-n", "20"]),
            StopRule::Precision { most: Some(20), .. }
        ));
    }

    #[test]
    fn requires_more_than_an_empty_object_from_a_get() {
        let least = |words: &[&str]| request(words).expect("reads").template.checks.min_bytes;
        assert_eq!(least(&[]), 3);
        assert_eq!(least(&["-X", "DELETE"]), 0);
        assert_eq!(least(&["--expect-min-bytes", "0"]), 0);
        assert_eq!(least(&["--expect-min-bytes", "10kB"]), 10_000);
        assert_eq!(least(&["--expect-status", "200,404"]), 3);
        for status in ["204", "304", "200,204"] {
            assert_eq!(least(&["--expect-status", status]), 0);
            assert_eq!(least(&["--expect-status", status, "--expect-min-bytes", "7"]), 7);
        }
        assert_eq!(refusal(&["--timeout", "0"]), "--timeout 0 leaves no time: write --timeout 30s");
    }

    #[test]
    fn uses_get_unless_there_is_a_body() {
        let method = |words: &[&str]| request(words).expect("reads").template.method;
        assert_eq!(method(&[]), "GET");
        assert_eq!(method(&["-d", "{}"]), "POST");
        assert_eq!(method(&["--json-body", "{}"]), "POST");
        assert_eq!(method(&["-d", "{}", "-X", "put"]), "PUT");
        assert!(refusal(&["-X", "GE T"]).starts_with("\"GE T\" is not a method"));
    }

    #[test]
    fn chooses_whom_to_trust_for_a_foreign_server_only() {
        let trust = |words: &[&str]| {
            let words = [words, &["http://h/"]].concat();
            match request(&words).expect("reads").server {
                RequestedServer::Foreign { trust, .. } => trust,
                RequestedServer::Embedded(_) => panic!("there is a URL"),
            }
        };
        assert_eq!(trust(&[]), Trust::Default);
        assert_eq!(trust(&["-k"]), Trust::Anyone);
        let sentence = refusal(&["--cacert", "/nonexistent", "http://h/"]);
        assert!(sentence.starts_with("/nonexistent cannot be read"), "{sentence}");
        assert!(request(&["--cacert", "/nonexistent"]).is_ok(), "the endpoint is always trusted");
    }

    #[test]
    fn notes_what_it_assumes_about_urls() {
        let notes = |words: &[&str]| request(words).expect("reads").notes();
        assert_eq!(notes(&["http://u:p@h/"]), [""; 0]);
        assert_eq!(notes(&["h.example/a"]), ["a URL has no scheme: http://h.example/a is fetched"]);
        assert_eq!(
            notes(&["h.example/[1-2]"]),
            ["2 URLs have no scheme: http:// is used, as in http://h.example/1"]
        );
        assert_eq!(
            notes(&["http://u:p@h/", "-H", "authorization: Bearer x"]),
            ["-H Authorization is sent, and not the user name and password of the URLs"]
        );
    }

    #[test]
    fn refuses_a_link_for_a_foreign_server() {
        let sentence = refusal(&["--link", "tls=off", "http://h/"]);
        assert!(sentence.starts_with("--link rtt=11ms,tls=off applies only to"), "{sentence}");
        let link = request(&["--link", "tls=off"]).expect("reads").server.link().cloned();
        assert_eq!(link.map(|link| link.tls), Some(false));
    }
}
