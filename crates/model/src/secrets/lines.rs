//! Hides the secrets of a recording's lines: in URLs, headers, bodies, and every text that a driver
//! or a server wrote. Names, numbers and codes stay, or the recording could not be read.
//!
//! Each type is taken apart by its fields, so that the compiler asks about a new one.

use super::Secrets;
use crate::driver_protocol::{DriverHello, MissingStrategy};
use crate::plan::{CommandFile, LeftOut, OwnCommand, Plan, PlannedTarget};
use crate::profile::CodePlace;
use crate::recording::{ArmFacts, RecordingHeader, RecordingLine};
use crate::strategy::StrategySpec;
use crate::target::{Request, Target};
use crate::trial::{Loss, Outcome, Trial};

impl Secrets {
    /// Hides the secrets of a line.
    pub fn hide_in_line(&self, line: &mut RecordingLine) {
        match line {
            RecordingLine::Header(header) => self.hide_in_header_line(header),
            RecordingLine::Ready(ArmFacts { arm: _, facts }) => {
                facts.values_mut().for_each(|fact| self.hide_in(fact));
            }
            RecordingLine::Trial(trial) => self.hide_in_trial(trial),
            RecordingLine::Plan(plan) => self.hide_in_plan(plan),
            RecordingLine::Closing(_) => {}
        }
    }

    fn hide_in_header_line(&self, header: &mut RecordingHeader) {
        let RecordingHeader { schema: _, started_at: _, environment: _, drivers, clock: _ } =
            header;
        for driver in drivers {
            let DriverHello {
                protocol: _,
                driver: _,
                now: _,
                versions: _,
                strategies,
                missing,
                profiles: _,
                packed: _,
                samples: _,
            } = driver;
            for StrategySpec {
                name: _,
                alias: _,
                summary,
                conditions: _,
                columns: _,
                only_http: _,
            } in strategies
            {
                self.hide_in(summary);
            }
            for MissingStrategy { name: _, reason, remedy } in missing {
                self.hide_in(reason);
                self.hide_in(remedy);
            }
        }
    }

    fn hide_in_plan(&self, plan: &mut Plan) {
        let Plan { targets, left_out, commands, .. } = plan;
        for PlannedTarget { link: _, target } in targets {
            self.hide_in_target(target);
        }
        for LeftOut { strategy: _, reason } in left_out {
            self.hide_in(reason);
        }
        commands.iter_mut().for_each(|command| self.hide_in_command(command));
    }

    /// Hides the secrets of a command of the user.
    pub fn hide_in_command(&self, command: &mut OwnCommand) {
        let OwnCommand { strategy: _, words, null, shell: _, files } = command;
        words.iter_mut().chain(null.iter_mut().flatten()).for_each(|word| self.hide_in(word));
        for CommandFile { name, tag: _ } in files {
            self.hide_in(name);
        }
    }

    /// Hides the secrets of what is sent.
    pub fn hide_in_target(&self, target: &mut Target) {
        let Target { requests, userinfo, headers, trust: _, checks: _, time_limit: _ } = target;
        userinfo.iter_mut().for_each(|userinfo| self.hide_whole(userinfo));
        headers.iter_mut().for_each(|header| self.hide_header(header));
        requests.edit(|_, Request { method: _, url, body }| {
            self.hide_in(url);
            body.iter_mut().for_each(|body| self.hide_in(body));
        });
    }

    fn hide_in_trial(&self, trial: &mut Trial) {
        let Trial { id: _, arm: _, stage: _, process: _, outcome, witness, socket } = trial;
        match outcome {
            Outcome::Ran(run) => {
                let sampled = run.sampled.iter_mut().flat_map(|it| &mut it.totals.failures);
                let reported = run.columns.error.iter_mut().flatten().flatten();
                for failure in sampled.map(|total| &mut total.failure).chain(reported) {
                    self.hide_in(&mut failure.message);
                }
                let places = run.profile.iter_mut().flat_map(|profile| &mut profile.places);
                for CodePlace { file, line: _, function, library, inner } in places {
                    let names = [Some(file), Some(function), library.as_mut(), inner.as_mut()];
                    names.into_iter().flatten().for_each(|name| self.hide_in(name));
                }
            }
            Outcome::Lost(Loss { kind: _, message, stderr }) => {
                self.hide_in(message);
                self.hide_in(stderr);
            }
        }
        for row in witness.iter_mut().flat_map(|witness| &mut witness.requests) {
            self.hide_in(&mut row.path);
        }
        let requests = socket
            .iter_mut()
            .flat_map(|socket| socket.requests.iter_mut().chain(&mut socket.other.requests));
        for request in requests {
            request.path.iter_mut().for_each(|path| self.hide_in(path));
        }
    }
}
