//! The request of a run that repeats a recorded one with other strategies.

use design::Scope;
use model::arm::{BatchSize, Label};
use model::link::Link;
use model::plan::{Plan, PlannedTarget, StopRule};
use model::recording::Recording;

use crate::exports::ExportArguments;
use crate::hosts::HostArguments;
use crate::run_request::{
    RequestTemplate, RequestedOutput, RequestedServer, RunRequest, Unusable, random_seed,
};
use crate::secrets::has_hidden;
use crate::shown::Shown;
use crate::strategy_grammar::{TypedStrategy, parse};
use crate::urls::TargetUrls;
use crate::usage::UsageError;

/// The blocks if the recording does not say how many it has.
const BLOCKS: u32 = 10;

/// What is repeated in another way.
#[derive(Clone, Debug)]
pub struct Repetition {
    /// The strategies with their conditions.
    pub labels: Vec<Label>,
    /// The batch sizes.
    pub batch_sizes: Vec<BatchSize>,
    /// Who serves strategies.
    pub hosts: HostArguments,
    /// Where results and messages go.
    pub output: RequestedOutput,
}

impl Repetition {
    /// The request: as many blocks as the recording has, from the same server.
    ///
    /// # Errors
    /// If the recording lacks what has to be sent, or has fewer URLs than a batch needs.
    pub fn request(self, recording: &Recording) -> Result<RunRequest, UsageError> {
        let plan = recording.plan.as_ref().ok_or(UsageError::NothingMeasured)?;
        let first = plan.targets.first().ok_or(UsageError::NothingMeasured)?;
        refuse_hidden(first)?;
        let server = server(plan, first);
        self.refuse_few_urls(&server)?;
        let blocks = recording.closing.as_ref().map_or(BLOCKS, |closing| closing.blocks);
        Ok(RunRequest {
            server,
            template: RequestTemplate::of_target(&first.target),
            strategies: typed(&self.labels)?,
            hosts: self.hosts,
            unusable: Unusable::Stop,
            batch_sizes: self.batch_sizes,
            baseline: None,
            pilot_trials: plan.pilot_trials,
            stop: StopRule::Blocks { blocks: blocks.max(2) },
            budget: None,
            seed: random_seed(),
            scope: Scope { controls: false, experiments: false },
            sockets: plan.sockets,
            sampling: plan.sampling,
            output: self.output,
        })
    }

    fn refuse_few_urls(&self, server: &RequestedServer) -> Result<(), UsageError> {
        let RequestedServer::Foreign { urls, .. } = server else { return Ok(()) };
        let urls = urls.urls.len();
        match self.batch_sizes.iter().find(|size| size.requests() > urls) {
            Some(&BatchSize(size)) => Err(UsageError::TooFewUrls { size, urls }),
            None => Ok(()),
        }
    }
}

/// How repetitions go on quietly, and show nothing of their own.
pub fn no_output(quiet: bool) -> RequestedOutput {
    let (exports, shown) = (ExportArguments::default(), Shown::default());
    RequestedOutput { save: None, exports, shown, quiet, watch: false }
}

fn typed(labels: &[Label]) -> Result<Vec<TypedStrategy>, UsageError> {
    let strategies: Result<Vec<_>, _> = labels.iter().map(|label| parse(&label.0)).collect();
    Ok(strategies?.concat())
}

/// Secrets are not in the recording.
fn refuse_hidden(planned: &PlannedTarget) -> Result<(), UsageError> {
    if has_hidden(&planned.target) { Err(UsageError::SecretsHidden) } else { Ok(()) }
}

/// The embedded endpoint with the link of an arm that sets nothing of it, or the recorded server.
fn server(plan: &Plan, first: &PlannedTarget) -> RequestedServer {
    if first.link.is_none() {
        let urls = first.target.requests.iter().map(|request| request.url).collect();
        let userinfo = first.target.userinfo.clone();
        let urls = TargetUrls { urls, userinfo, without_scheme: None };
        return RequestedServer::Foreign { urls, trust: first.target.trust.clone() };
    }
    let sets_link = |label: &Label| label.conditions().keys().any(|name| Link::knows(name));
    let plain = plan.arms.iter().find(|arm| !sets_link(&arm.label));
    let link = plain.and_then(|arm| plan.target_of(arm)?.link.clone());
    RequestedServer::Embedded(link.or_else(|| first.link.clone()).unwrap_or_default())
}
