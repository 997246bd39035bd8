//! A pair: an arm, and the same arm with the remedy of one of its findings. `scenarios/README.md`
//! describes the format.

use anyhow::{Context, Result, bail};
use explain::FindingCode;
use model::strategy::Conditions;
use serde::Deserialize;

use crate::scenarios::{FOLDER, Need, Scenario};

/// The file of the pairs in the folder of the scenarios.
const FILE: &str = "pairs.jsonl";
/// In how many blocks both arms are measured.
const BLOCKS: u32 = 12;

/// An arm and the same arm with a remedy.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The run of both arms: first the arm, then the remedied one.
    pub(crate) scenario: Scenario,
    /// The findings whose remedy it is.
    pub(crate) findings: Vec<FindingCode>,
    /// Whether the remedy is a session that is kept between batches, which needs no finding.
    pub(crate) keeps_session: bool,
    line: PairLine,
}

/// A pair as its line in the file contains it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PairLine {
    name: String,
    own: Option<String>,
    arm: String,
    remedied: String,
    batch: u32,
    link: Option<String>,
    #[serde(default)]
    needs: Vec<Need>,
    findings: Vec<FindingCode>,
    #[serde(default)]
    keeps_session: bool,
}

impl Pair {
    /// Reads all pairs.
    pub(crate) fn read_all() -> Result<Vec<Self>> {
        let file = format!("{FOLDER}/{FILE}");
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
        let pairs = text.lines().enumerate().map(|(index, line)| {
            Self::parse(line).with_context(|| format!("line {} of {FILE}", index + 1))
        });
        pairs.collect()
    }

    fn parse(line: &str) -> Result<Self> {
        let pair: PairLine = serde_json::from_str(line)?;
        if pair.findings.is_empty() {
            bail!(r#""findings" is empty: name the finding whose remedy the second arm has"#);
        }
        Ok(Self {
            scenario: Scenario {
                name: pair.name.clone(),
                run: arguments(&pair),
                needs: pair.needs.clone(),
                ..Scenario::default()
            },
            findings: pair.findings.clone(),
            keeps_session: pair.keeps_session,
            line: pair,
        })
    }

    /// The run of the arm and of the same arm with these conditions.
    pub(crate) fn with(&self, conditions: &Conditions) -> Scenario {
        let remedied = with(&self.line.arm, conditions);
        let line = PairLine { remedied, ..self.line.clone() };
        let name = format!("{}-advised", line.name);
        Scenario { name, run: arguments(&line), ..self.scenario.clone() }
    }
}

/// An arm with these conditions instead of its own.
fn with(arm: &str, conditions: &Conditions) -> String {
    let (strategy, own) = arm.split_once(':').unwrap_or((arm, ""));
    let name = |setting: &str| setting.split('=').next().unwrap_or_default().to_owned();
    let kept = own.split(',').filter(|own| !own.is_empty() && !conditions.contains_key(&name(own)));
    let set = conditions.iter().map(|(name, value)| format!("{name}={value}"));
    let settings: Vec<String> = kept.map(str::to_owned).chain(set).collect();
    format!("{strategy}:{}", settings.join(","))
}

/// The arguments of the run that measures both arms, interleaved.
fn arguments(pair: &PairLine) -> Vec<String> {
    let option = |name: &str, value: String| [name.to_owned(), value];
    let own = pair.own.iter().map(|file| option("--own", file.clone()));
    let link = pair.link.iter().map(|link| option("--link", link.clone()));
    let measured = [
        option("-s", format!("{},{}", pair.arm, pair.remedied)),
        option("-b", pair.batch.to_string()),
        option("-n", BLOCKS.to_string()),
    ];
    let options = own.chain(measured).chain(link).flatten();
    options.chain(["--no-controls".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_pair_can_be_read_and_has_a_name_of_its_own() {
        let pairs = Pair::read_all().expect("they read");
        let names: BTreeSet<&str> = pairs.iter().map(|pair| pair.scenario.name.as_str()).collect();
        assert_eq!(names.len(), pairs.len());
        assert!(pairs.len() >= 40, "{} pairs", pairs.len());
    }

    #[test]
    fn a_pair_is_one_run_of_the_arm_and_the_remedied_arm() {
        let line = r#"{"name": "p", "own": "own/a.py", "arm": "own/a", "remedied": "own/b",
            "batch": 4, "link": "rtt=1ms", "needs": ["python"], "findings": ["dns"]}"#;
        let pair = Pair::parse(line).expect("reads");
        assert_eq!(
            pair.scenario.run.join(" "),
            "--own own/a.py -s own/a,own/b -b 4 -n 12 --link rtt=1ms --no-controls"
        );
        assert_eq!(pair.findings, [FindingCode::Dns]);
    }

    #[test]
    fn an_advised_limit_replaces_that_of_the_arm() {
        let line = r#"{"name": "p", "arm": "a/x:workers=4,pool=9", "remedied": "a/x:workers=24",
            "batch": 24, "findings": ["dns"]}"#;
        let pair = Pair::parse(line).expect("reads");
        let conditions = Conditions::from([("workers".to_owned(), "6".to_owned())]);
        let advised = pair.with(&conditions);
        assert_eq!(advised.name, "p-advised");
        assert_eq!(advised.run[..2], ["-s", "a/x:workers=4,pool=9,a/x:pool=9,workers=6"]);
        assert_eq!(with("a/x", &conditions), "a/x:workers=6");
    }

    #[test]
    fn refuses_a_pair_without_a_finding_or_with_an_unknown_field() {
        for rest in [r#""findings": []"#, r#""finding": ["dns"]"#, r#""findings": ["dnss"]"#] {
            let line =
                format!(r#"{{"name": "p", "arm": "a", "remedied": "b", "batch": 4, {rest}}}"#);
            assert!(Pair::parse(&line).is_err(), "{line} was accepted");
        }
    }
}
