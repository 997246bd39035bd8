//! What a plan asks, without what each place decides for itself: the seed, the number of blocks, controls, and
//! conditions that were left to their defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use model::arm::Role;
use model::plan::{Plan, PlannedTarget};
use model::secrets::HIDDEN;
use model::target::{Request, Trust};

/// How many bytes of the hash are shown.
const SHOWN: usize = 4;

model::closed_list! {
    /// A part of what a plan asks.
    pub enum QuestionPart {
        /// The measured arms: strategies, typed conditions and batch sizes.
        Arms = "strategies and batch sizes",
        /// The strategy that others are compared with.
        Baseline = "baseline",
        /// The links of the embedded endpoint.
        Links = "link",
        /// The requests.
        Requests = "requests",
        /// The headers of all requests.
        Headers = "headers",
        /// Whose certificates are trusted.
        Trust = "trusted certificates",
        /// Which responses are accepted, and how long they may take.
        Checks = "checks of the responses",
        /// The files of the user's own code.
        OwnCode = "own code",
    }
}

/// What a plan asks, part by part. Secrets are hidden without their marks, which differ from user to user.
#[derive(Debug)]
pub(super) struct Question {
    parts: BTreeMap<QuestionPart, Vec<String>>,
}

impl Question {
    pub(super) fn new(plan: &Plan) -> Self {
        let targets = targets(plan);
        let part = |part: QuestionPart| match part {
            QuestionPart::Arms => measured(plan),
            QuestionPart::Baseline => vec![plan.baseline.0.clone()],
            QuestionPart::Links => {
                let link = |target: &&PlannedTarget| target.link.as_ref().map(ToString::to_string);
                targets.iter().map(|target| link(target).unwrap_or_default()).collect()
            }
            QuestionPart::Requests => targets.iter().flat_map(|target| requests(target)).collect(),
            QuestionPart::Headers => targets.iter().flat_map(|target| headers(target)).collect(),
            QuestionPart::Trust => targets.iter().map(|target| trust(target).to_owned()).collect(),
            QuestionPart::Checks => targets.iter().map(|target| checks(target)).collect(),
            QuestionPart::OwnCode => plan.own.iter().map(|file| file.sha256.clone()).collect(),
        };
        Self { parts: QuestionPart::ALL.into_iter().map(|name| (name, part(name))).collect() }
    }

    /// The parts in which the two differ.
    pub(super) fn differences(&self, other: &Self) -> Vec<QuestionPart> {
        let differs = |part: &QuestionPart| self.parts.get(part) != other.parts.get(part);
        QuestionPart::ALL.into_iter().filter(differs).collect()
    }

    /// Whether both measure the same arm.
    pub(super) fn shares_arm(&self, other: &Self) -> bool {
        let arms = |of: &Self| -> BTreeSet<String> {
            of.parts.get(&QuestionPart::Arms).into_iter().flatten().cloned().collect()
        };
        !arms(self).is_disjoint(&arms(other))
    }

    /// The beginning of the SHA-256 of all parts, in hexadecimal.
    pub(super) fn hash(&self) -> String {
        let mut text = String::new();
        for (part, lines) in &self.parts {
            // Quoted, so that no line can look like several. Writing to a text never fails.
            let _ = writeln!(text, "{part}: {lines:?}");
        }
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        digest.as_ref().iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn measured(plan: &Plan) -> Vec<String> {
    let arms = plan.arms.iter().filter(|arm| arm.role == Role::Measured);
    arms.map(|arm| arm.name.0.clone()).collect()
}

/// The targets of the measured arms, in the order of the plan.
fn targets(plan: &Plan) -> Vec<&PlannedTarget> {
    let arms = plan.arms.iter().filter(|arm| arm.role == Role::Measured);
    let used: BTreeSet<_> = arms.map(|arm| arm.target.0).collect();
    used.into_iter().filter_map(|target| plan.targets.get(target)).collect()
}

fn requests(target: &PlannedTarget) -> Vec<String> {
    // The port of the embedded endpoint differs in every run.
    let address = |request: &Request| match target.link {
        Some(_) => request.path().into_owned(),
        None => without_marks(&request.url),
    };
    let body = |request: &Request| without_marks(request.body.as_deref().unwrap_or_default());
    let written =
        |request: Request| format!("{} {} {}", request.method, address(&request), body(&request));
    target.target.requests.iter().map(written).collect()
}

fn headers(target: &PlannedTarget) -> Vec<String> {
    let header = |header: &model::target::Header| {
        format!("{}: {}", header.name.to_lowercase(), without_marks(&header.value))
    };
    target.target.headers.iter().map(header).collect()
}

/// The kind of trust: the path of a file differs from machine to machine.
const fn trust(target: &PlannedTarget) -> &'static str {
    match target.target.trust {
        Trust::Default => "default",
        Trust::File { .. } => "file",
        Trust::Added { .. } => "added",
        Trust::Anyone => "anyone",
    }
}

fn checks(target: &PlannedTarget) -> String {
    let checks = &target.target.checks;
    format!("{:?} {} {}", checks.statuses, checks.min_bytes, target.target.time_limit)
}

/// A text in which hidden secrets have lost the keyed hashes behind their stars.
fn without_marks(text: &str) -> String {
    let mut pieces = text.split(HIDDEN);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |clean, piece| {
        let rest = piece.trim_start_matches(|letter: char| letter.is_ascii_hexdigit());
        // A mark has eight digits; what follows a plain HIDDEN is text of its own.
        let rest = if piece.len() - rest.len() >= 8 { &piece[8..] } else { piece };
        clean + HIDDEN + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_secret_is_the_same_for_every_user() {
        for (text, clean) in [
            ("http://h/a?key=***1f3a9c02&b=1", "http://h/a?key=***&b=1"),
            ("***1f3a9c02ab and ***", "***ab and ***"),
            ("***abc ***0123456", "***abc ***0123456"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(without_marks(text), clean);
        }
    }
}
