//! A counted trial in which every request succeeded, examined once. Single trials can be examined too.

use model::arm::Arm;
use model::plan::Plan;
use model::socket::SocketWitness;
use model::time::Span;
use model::trial::{Outcome, Run, Trial};
use model::witness::Witness;

use crate::account::evictions::makes_room;
use crate::account::{
    Account, AccountInput, ChargedTrial, ClientPart, FirstClosed, FoundOnce, RequestPieces,
    request_pieces, server_room,
};
use crate::connections::Connections;
use crate::detour::Detour;
use crate::join::{Joined, join_endpoint, join_sockets};
use crate::openings::openings;
use crate::path::{
    self, CriticalPath, EarlierExchange, PathTimes, RequestTimeline, Segment, timelines, walk,
};
use crate::scale::Scale;
use crate::server_room::ServerRoom;
use crate::setting::ArmSetting;
use crate::thread_states::ThreadStates;
use crate::traffic::{Traffic, complete_sockets};

/// An arm as it was planned.
#[derive(Clone, Copy)]
pub(crate) struct PlannedArm<'a, 's> {
    pub(crate) plan: &'a Plan,
    pub(crate) arm: &'s Arm,
    /// What the plan says of its trials; none where it lacks the target.
    pub(crate) setting: Option<&'s ArmSetting<'a>>,
}

/// A counted trial in which every request succeeded, with all that it shows.
#[derive(Clone, Debug)]
pub struct Examined<'a> {
    /// The trial.
    pub trial: &'a Trial,
    /// What its driver reports.
    pub run: &'a Run,
    /// How many connections it opened and used, where that is known.
    pub connections: Option<Connections>,
    /// What the endpoint saw of its requests and connections, else the socket witness.
    pub traffic: Option<Traffic<'a>>,
    /// The requests of `traffic` that were followed by another one for the same item.
    pub detours: Vec<Detour>,
    /// What the witnesses saw of each request, in the order of the columns.
    pub joined: Vec<Joined<'a>>,
    /// When each request passed its milestones, in the same order.
    pub timelines: Vec<RequestTimeline>,
    /// What the client's threads did; nothing is known without the socket witness.
    pub threads: ThreadStates<'a>,
    /// The critical path; none where no milestone of any request was observed.
    pub path: Option<CriticalPath>,
    /// What the batch's time is charged to; none where there is no path.
    pub account: Option<Account>,
    /// The parts of the path that the client itself spent; only of a trial that was profiled.
    pub(crate) client_parts: Vec<ClientPart>,
    /// What the plan says of the stretch of a sampled trial.
    stretch_setting: Option<Box<ArmSetting<'a>>>,
}

impl<'a> Examined<'a> {
    /// Nothing where a request failed. Without a setting nothing is known of single requests.
    pub(crate) fn new(
        planned: PlannedArm<'a, '_>,
        trial: &'a Trial,
        connections: Option<Connections>,
    ) -> Option<Self> {
        Some(Self::of_run(planned, trial, success(trial)?, connections))
    }

    fn of_run(
        planned: PlannedArm<'a, '_>,
        trial: &'a Trial,
        run: &'a Run,
        connections: Option<Connections>,
    ) -> Self {
        let mut examined = Self {
            trial,
            run,
            connections,
            traffic: Traffic::of_trial(trial),
            detours: Vec::new(),
            joined: Vec::new(),
            timelines: Vec::new(),
            threads: ThreadStates::default(),
            path: None,
            account: None,
            client_parts: Vec::new(),
            stretch_setting: None,
        };
        if let Some(sampled) = &run.sampled {
            let setting = ArmSetting::of_stretch(planned.plan, planned.arm, sampled.stretch);
            if let Some(setting) = setting {
                examined.examine_requests(&setting);
                examined.stretch_setting = Some(Box::new(setting));
            }
        } else if let Some(setting) = planned.setting {
            examined.examine_requests(setting);
        }
        examined
    }

    fn examine_requests(&mut self, setting: &ArmSetting<'a>) {
        let columns = &self.run.columns;
        self.joined = vec![Joined::default(); setting.paths.len()];
        let endpoint = self
            .witness()
            .map(|witness| join_endpoint(setting, columns, witness, &mut self.joined));
        let openings = self.sockets().map(openings).unwrap_or_default();
        let sockets = self
            .sockets()
            .map(|sockets| join_sockets(setting, columns, sockets, &openings, &mut self.joined));
        self.detours = endpoint.or(sockets).map(|rows| rows.detours).unwrap_or_default();
        self.threads = ThreadStates::new(self.sockets(), &openings, &self.joined);
        if let Some(profile) = &self.run.profile {
            self.threads.leave_out_sampler(profile);
        }
        let is_worker = |thread| !self.threads.is_event_loop(thread);
        self.timelines = timelines(setting, columns, &self.joined, is_worker);
        self.add_earlier_exchanges();
        self.path = walk(&self.timelines, setting.limit, self.observed_time());
        let charged = self.account_input(setting).map(|input| ChargedTrial::new(&input));
        if let Some(ChargedTrial { account, client_parts }) = charged {
            self.account = Some(account.scaled(self.scale()));
            self.client_parts = client_parts;
        }
    }

    /// What the account of the trial is made of; nothing where it has no path.
    fn account_input<'e>(&'e self, setting: &'e ArmSetting<'a>) -> Option<AccountInput<'e, 'a>> {
        let (witness, sockets) = (self.witness(), self.sockets());
        Some(AccountInput {
            setting,
            run: self.run,
            witness,
            sockets,
            joined: &self.joined,
            detours: &self.detours,
            timelines: &self.timelines,
            path: self.path.as_ref()?,
            threads: &self.threads,
            closed: self.traffic.as_ref().map(FirstClosed::new).unwrap_or_default(),
            makes_room: witness.is_none() && sockets.is_some_and(makes_room),
            found: FoundOnce::default(),
        })
    }

    /// The time of every request in pieces with their charges, in the order of the columns; nothing
    /// where the trial has no path. `setting` is that of its arm.
    pub fn request_pieces(&self, setting: &ArmSetting<'a>) -> Option<Vec<RequestPieces>> {
        Some(request_pieces(&self.account_input(self.setting(setting))?))
    }

    /// The room that a server has which is not ours, where the exchanges show it, or agree with what is `known` of it.
    /// `setting` is that of the trial's arm.
    pub fn server_room(
        &self,
        setting: &ArmSetting<'a>,
        known: Option<usize>,
    ) -> Option<ServerRoom> {
        server_room(&self.account_input(self.setting(setting))?, known)
    }

    /// The phases of one request by itself, from when it was handed over to its last milestone, in order
    /// and without gaps; nothing where no milestone was observed. The exchanges of requests in whose place
    /// it was made are part of it.
    pub fn request_segments(&self, request: usize) -> Vec<Segment> {
        let timeline = self.timelines.get(request);
        let begun = timeline.and_then(|timeline| Some((timeline, timeline.begun()?)));
        begun.map_or_else(Vec::new, |(timeline, begun)| {
            path::request_segments(timeline, request, begun, self.observed_time())
        })
    }

    fn add_earlier_exchanges(&mut self) {
        let requests = self.traffic.as_ref().map_or(&[][..], |traffic| &traffic.requests);
        for &Detour { first, from, to, item, .. } in &self.detours {
            let Some(timeline) = item.and_then(|item| self.timelines.get_mut(item)) else {
                continue;
            };
            let ended = requests.get(first).and_then(|request| request.ended);
            timeline
                .earlier
                .push(EarlierExchange { from, to: ended.map_or(to, |end| end.min(to)) });
        }
    }

    /// How long the batch took.
    pub const fn batch_time(&self) -> Span {
        self.run.batch_time()
    }

    /// How long the requests took that have rows: the batch, or the stretch of a sampled trial.
    pub fn observed_time(&self) -> Span {
        self.run.observed_time()
    }

    fn scale(&self) -> Scale {
        Scale { observed: self.observed_time(), batch: self.batch_time() }
    }

    /// What the plan says of the requests that have rows: `setting` is that of the arm.
    pub fn setting<'s>(&'s self, setting: &'s ArmSetting<'a>) -> &'s ArmSetting<'a> {
        self.stretch_setting.as_deref().unwrap_or(setting)
    }

    /// What the embedded endpoint saw; nothing for a target that is not ours.
    pub const fn witness(&self) -> Option<&'a Witness> {
        self.trial.witness.as_ref()
    }

    /// What the socket witness saw; nothing where it was not there or missed an event.
    pub fn sockets(&self) -> Option<&'a SocketWitness> {
        complete_sockets(self.trial)
    }

    /// The block that the trial belongs to.
    pub fn block(&self) -> Option<u32> {
        Some(self.trial.place()?.block)
    }

    /// How much of the batch each phase takes, which its stretch shows for a sampled trial: all of it is the client's where no milestone was
    /// observed.
    pub fn path_times(&self) -> PathTimes {
        match &self.path {
            Some(path) => path.times().scaled(self.scale()),
            None => PathTimes::client_only(self.batch_time()),
        }
    }
}

/// Examines a single trial of `arm`. None if a request failed or the plan lacks the arm's target.
pub fn examine<'a>(plan: &'a Plan, arm: &Arm, trial: &'a Trial) -> Option<Examined<'a>> {
    let setting = ArmSetting::new(plan, arm)?;
    Examined::new(PlannedArm { plan, arm, setting: Some(&setting) }, trial, None)
}

/// Examines a single trial of `arm` that ran to its end, whether its requests succeeded or not: to show
/// it, not to count it. None if the trial was lost or the plan lacks the arm's target.
pub fn examine_ran<'a>(plan: &'a Plan, arm: &Arm, trial: &'a Trial) -> Option<Examined<'a>> {
    let setting = ArmSetting::new(plan, arm)?;
    let planned = PlannedArm { plan, arm, setting: Some(&setting) };
    match &trial.outcome {
        Outcome::Ran(run) => Some(Examined::of_run(planned, trial, run, None)),
        Outcome::Lost(_) => None,
    }
}

/// What a driver reports of a trial in which every request succeeded.
pub fn success(trial: &Trial) -> Option<&Run> {
    match &trial.outcome {
        Outcome::Ran(run) if trial.batch_time().is_some() => Some(run),
        Outcome::Ran(_) | Outcome::Lost(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Evidence;
    use crate::in_flight::most_in_flight;
    use model::failure::FailureKind;
    use model::index::ArmIndex;
    use model::recording::{Recording, StopReason};
    use model::trace::Columns;
    use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};
    use test_support::sample::{Sample, failure};

    #[test]
    fn a_single_trial_has_a_path_unless_it_failed() {
        let mut recording = Sample::three_strategies(1);
        let plan = recording.plan.take().expect("has a plan");
        let path = |trial: &Trial| {
            let arm = plan.arms.iter().find(|arm| arm.name == trial.arm).expect("is planned");
            examine(&plan, arm, trial)?.path
        };
        let requests = |trial| path(trial).map(|path| path.requests());
        assert_eq!(recording.trials.iter().map(requests).collect::<Vec<_>>(), [4, 1, 1].map(Some));
        let trial = &mut recording.trials[0];
        let Outcome::Ran(run) = &mut trial.outcome else { panic!("it ran") };
        run.columns.error = Some(vec![Some(failure(FailureKind::Reset, "cut off"))]);
        assert_eq!(path(trial), None);
    }

    /// The same trial with and without the client's report, on a server that is not ours; the
    /// threads that made its requests are seen in both.
    fn reported_and_silent(trial: &SyntheticTrial, threads: u64) -> Recording {
        let requests = trial.witness.requests.len();
        let size = u32::try_from(requests).expect("is small");
        let mut sample = Sample::new(&[("a/x", size)]);
        for columns in [trial.columns.clone(), Columns::default()] {
            sample.block_in_order(&[(&format!("a/x@{size}"), trial.end())]);
            sample.last_run().columns = columns;
            sample.last_trial().socket = Some(Box::new(trial.sockets(threads)));
        }
        sample.without_witness().end(StopReason::Blocks)
    }

    #[test]
    fn system_calls_show_the_same_path_as_the_clients_report() {
        let steps = [Steps::default(), Steps { wait: 30_000, ..Steps::default() }];
        let steps: Vec<Steps> = steps.into_iter().cycle().take(6).collect();
        let pool = |places, opening| SyntheticTrial::over(places, opening, 500, &steps);
        let trials = [
            (pool(1, Opening::Once), 1, 6),
            (pool(1, Opening::Always), 1, 6),
            (pool(2, Opening::Once), 2, 3),
            (pool(2, Opening::Always), 2, 3),
            (pool(6, Opening::Once), 1, 1),
        ];
        for (trial, threads, on_path) in trials {
            let recording = reported_and_silent(&trial, threads);
            let evidence = Evidence::of_recording(&recording).expect("has a plan");
            let arm = &evidence.arms[ArmIndex(0)];
            let times: Vec<PathTimes> = arm.successes.iter().map(Examined::path_times).collect();
            assert_eq!(times[0], times[1]);
            let silent = &arm.successes[1];
            assert_eq!(silent.path.as_ref().map(CriticalPath::requests), Some(on_path));
            assert_eq!(silent.connections, arm.successes[0].connections);
            let reported = most_in_flight(&arm.successes[0]);
            assert_eq!(most_in_flight(silent), reported);
        }
    }

    #[test]
    fn a_socket_witness_with_missing_events_is_not_used() {
        let trial = SyntheticTrial::over(1, Opening::Once, 0, &[Steps::default()]);
        let mut recording = reported_and_silent(&trial, 1);
        recording.trials[1].socket.as_mut().expect("was there").dropped = 1;
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let silent = &evidence.arms[ArmIndex(0)].successes[1];
        assert_eq!((silent.path.as_ref(), silent.connections), (None, None));
        assert!(!silent.threads.are_known());
    }
}
