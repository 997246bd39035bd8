//! A case: a known cause and the finding that it must lead to. `scenarios/README.md` describes the
//! format.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use explain::FindingCode;
use serde::Deserialize;

use crate::scenarios::{Need, Scenario};

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    /// The run, named after the case's file.
    pub(crate) scenario: Scenario,
    /// The known cause.
    pub(crate) truth: GroundTruth,
}

/// The cause that is known because it was injected.
#[derive(Debug)]
pub(crate) enum GroundTruth {
    /// There is no cause.
    Clean,
    /// There is a cause.
    Cause {
        /// The finding that must come first.
        first: First,
        /// The codes that must not be found at all.
        never: Vec<FindingCode>,
        /// The size of the cause, if it is known.
        injected: Option<Injected>,
    },
}

impl GroundTruth {
    /// Whether there is no cause.
    pub(crate) const fn is_clean(&self) -> bool {
        matches!(self, Self::Clean)
    }

    /// The code that must come first.
    pub(crate) const fn code(&self) -> FindingCode {
        match self {
            Self::Clean => FindingCode::Nothing,
            Self::Cause { first, .. } => first.code,
        }
    }
}

/// The finding that must come first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct First {
    pub(crate) code: FindingCode,
    /// Codes that are equally correct, because observation cannot distinguish them.
    #[serde(default)]
    pub(crate) or: Vec<FindingCode>,
    /// The arm that the cause slows down.
    pub(crate) arm: String,
    /// The arm that it must be compared with; any arm if there is none.
    pub(crate) versus: Option<String>,
}

/// The size of an injected cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Injected {
    pub(crate) milliseconds: f64,
    /// How the size is calculated.
    pub(crate) formula: String,
}

/// A case as its file contains it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    story: String,
    run: Vec<String>,
    #[serde(default)]
    needs: Vec<Need>,
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    server: Option<String>,
    #[serde(default)]
    fails: bool,
    #[serde(default)]
    clean: bool,
    first: Option<First>,
    #[serde(default)]
    never: Vec<FindingCode>,
    injected: Option<Injected>,
}

impl Case {
    /// Reads a case.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let name =
            file.file_stem().and_then(|stem| stem.to_str()).context("the file has no name")?;
        let text = std::fs::read_to_string(file);
        let text = text.with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(name, &text).with_context(|| format!("{} is not a valid case", file.display()))
    }

    fn parse(name: &str, text: &str) -> Result<Self> {
        let file: CaseFile = serde_json::from_str(text)?;
        if file.story.is_empty() {
            bail!("the story is empty: describe the injected cause");
        }
        if !file.packages.is_empty() && !file.needs.contains(&Need::Python) {
            bail!(r#""packages" needs the pinned Python: add "needs": ["python"]"#);
        }
        let scenario = Scenario {
            name: name.to_owned(),
            run: file.run,
            needs: file.needs,
            packages: file.packages,
            environment: file.environment,
            server: file.server,
            fails: file.fails,
        };
        Ok(Self { scenario, truth: truth(file.clean, file.first, file.never, file.injected)? })
    }
}

fn truth(
    clean: bool,
    first: Option<First>,
    never: Vec<FindingCode>,
    injected: Option<Injected>,
) -> Result<GroundTruth> {
    let Some(first) = first else {
        if !clean || !never.is_empty() || injected.is_some() {
            bail!(r#"write either only "clean": true, or "first" with its other fields"#);
        }
        return Ok(GroundTruth::Clean);
    };
    if clean {
        bail!(r#"a clean case has no "first" finding: leave one of them out"#);
    }
    if injected.as_ref().is_some_and(|injected| injected.formula.is_empty()) {
        bail!("the formula is empty: write how the injected size is calculated");
    }
    Ok(GroundTruth::Cause { first, never, injected })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &str) -> Result<Case> {
        Case::parse("name", &format!(r#"{{"story": "It is slow.", "run": ["-b", "4"]{rest}}}"#))
    }

    #[test]
    fn reads_a_case() {
        let case = parse(
            r#", "needs": ["python"], "first": {"code": "dns", "arm": "a/x@4", "versus": "b/y@4"},
               "never": ["bandwidth"], "injected": {"milliseconds": 4, "formula": "n · 1 ms"}"#,
        )
        .expect("reads");
        assert_eq!(
            (case.scenario.name.as_str(), case.scenario.needs),
            ("name", vec![Need::Python])
        );
        assert_eq!(case.truth.code(), FindingCode::Dns);
        let GroundTruth::Cause { first, never, injected } = case.truth else {
            panic!("it is clean")
        };
        assert_eq!((first.arm.as_str(), first.versus.as_deref()), ("a/x@4", Some("b/y@4")));
        assert_eq!(never, [FindingCode::Bandwidth]);
        assert!(injected.is_some_and(|injected| injected.milliseconds > 3.9));
        assert!(parse(r#", "clean": true"#).expect("reads").truth.is_clean());
    }

    #[test]
    fn refuses_a_case_that_is_contradictory_or_incomplete() {
        let cause = r#", "first": {"code": "dns", "arm": "a/x@4"}"#;
        for rest in [
            String::new(),
            format!(r#"{cause}, "clean": true"#),
            r#", "clean": true, "never": ["dns"]"#.to_owned(),
            r#", "first": {"code": "dnss", "arm": "a/x@4"}"#.to_owned(),
            format!(r#"{cause}, "never": ["nothin"]"#),
            format!(r#"{cause}, "injected": {{"milliseconds": 4, "formula": ""}}"#),
            format!(r#"{cause}, "nedes": []"#),
            format!(r#"{cause}, "packages": ["requests==2.32.4"]"#),
        ] {
            assert!(parse(&rest).is_err(), "{rest:?} was accepted");
        }
    }
}
