//! A case: what is put there, and what must be found. `scenarios/README.md` says it for people.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use explain::FindingCode;
use serde::Deserialize;

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    /// The name of its file, without the ending.
    pub(crate) name: String,
    /// The words of `batchmark run`; `{server}` and `{cacert}` stand for the server apart.
    pub(crate) run: Vec<String>,
    /// What it cannot be run without.
    pub(crate) needs: Vec<Need>,
    /// Other versions of packages, as `name==version`, than those of the pinned Python.
    pub(crate) packages: Vec<String>,
    /// Variables that the program finds in its environment; `{packages}` stands for the folder of
    /// the other versions.
    pub(crate) environment: BTreeMap<String, String>,
    /// The link of an endpoint apart from the run, where there is one.
    pub(crate) server: Option<String>,
    /// Whether some requests fail, always or at times, because of what was put there.
    pub(crate) fails: bool,
    /// What is so.
    pub(crate) truth: Truth,
}

/// What a case cannot be run without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Need {
    /// The Python with the pinned packages.
    Python,
    /// Node.
    Node,
}

/// What is so, because it was put there.
#[derive(Debug)]
pub(crate) enum Truth {
    /// Nothing is wrong.
    Clean,
    /// There is a cause.
    Cause {
        /// The finding that must come first.
        first: First,
        /// The codes that must not come at all.
        never: Vec<FindingCode>,
        /// How large it is, where that is known.
        injected: Option<Injected>,
    },
}

impl Truth {
    /// Whether nothing is wrong.
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
    /// Codes that are as true, because what can be observed does not tell them apart.
    #[serde(default)]
    pub(crate) or: Vec<FindingCode>,
    /// The arm that it slows down.
    pub(crate) arm: String,
    /// The arm that it is found against; where none is named, any is right.
    pub(crate) versus: Option<String>,
}

/// The size of what was put there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Injected {
    pub(crate) milliseconds: f64,
    /// How that follows, in words.
    pub(crate) formula: String,
}

/// A case as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
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
        let name = file.file_stem().and_then(|stem| stem.to_str()).context("a case has a name")?;
        let text = std::fs::read_to_string(file);
        let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
        Self::parse(name, &text).with_context(|| format!("{} is no case", file.display()))
    }

    fn parse(name: &str, text: &str) -> Result<Self> {
        let written: Written = serde_json::from_str(text)?;
        if written.story.is_empty() {
            bail!("its story says nothing: write what is put there");
        }
        if !written.packages.is_empty() && !written.needs.contains(&Need::Python) {
            bail!(r#"packages are of the pinned Python: add "needs": ["python"]"#);
        }
        Ok(Self {
            name: name.to_owned(),
            truth: truth(written.clean, written.first, written.never, written.injected)?,
            run: written.run,
            needs: written.needs,
            packages: written.packages,
            environment: written.environment,
            server: written.server,
            fails: written.fails,
        })
    }
}

fn truth(
    clean: bool,
    first: Option<First>,
    never: Vec<FindingCode>,
    injected: Option<Injected>,
) -> Result<Truth> {
    let Some(first) = first else {
        if !clean || !never.is_empty() || injected.is_some() {
            bail!(r#"write either "clean": true alone, or "first" with what goes with it"#);
        }
        return Ok(Truth::Clean);
    };
    if clean {
        bail!(r#"it is not clean and has a "first" finding: leave one of them out"#);
    }
    if injected.as_ref().is_some_and(|injected| injected.formula.is_empty()) {
        bail!("the formula of what is injected says nothing: write how its size follows");
    }
    Ok(Truth::Cause { first, never, injected })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &str) -> Result<Case> {
        Case::parse("name", &format!(r#"{{"story": "It is slow.", "run": ["-b", "4"]{rest}}}"#))
    }

    #[test]
    fn a_case_reads_as_it_is_written() {
        let case = parse(
            r#", "needs": ["python"], "first": {"code": "dns", "arm": "a/x@4", "versus": "b/y@4"},
               "never": ["bandwidth"], "injected": {"milliseconds": 4, "formula": "n · 1 ms"}"#,
        )
        .expect("reads");
        assert_eq!((case.name.as_str(), case.needs), ("name", vec![Need::Python]));
        assert_eq!(case.truth.code(), FindingCode::Dns);
        let Truth::Cause { first, never, injected } = case.truth else { panic!("it is clean") };
        assert_eq!((first.arm.as_str(), first.versus.as_deref()), ("a/x@4", Some("b/y@4")));
        assert_eq!(never, [FindingCode::Bandwidth]);
        assert!(injected.is_some_and(|injected| injected.milliseconds > 3.9));
        assert!(parse(r#", "clean": true"#).expect("reads").truth.is_clean());
    }

    #[test]
    fn what_contradicts_itself_or_says_nothing_is_refused() {
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
