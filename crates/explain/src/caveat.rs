//! A caveat: a reason to trust a result less, with its size.
//!
//! `reason` is the closed list of them, each with its figures; `sentence` puts one into words, with
//! the remedy. A caveat never changes a number: it either stands beside a result or takes the
//! verdict away. Who finds them is none of its business (`caveats`, `controls`, `dependence`).

pub(crate) mod aspect;
pub(crate) mod difference;
pub(crate) mod reason;
mod sentence;

use std::borrow::Cow;

use model::arm::ArmName;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use difference::Difference;
use reason::Reason;

/// A reason to trust a result less.
#[derive(Clone, Debug, PartialEq)]
pub struct Caveat {
    arms: Vec<ArmName>,
    reason: Reason,
}

impl Caveat {
    pub(crate) const fn new(arms: Vec<ArmName>, reason: Reason) -> Self {
        Self { arms, reason }
    }

    /// Which reason, from a closed list.
    pub const fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// The arms that it concerns.
    pub fn arms(&self) -> &[ArmName] {
        &self.arms
    }

    /// The reason with its size and what to do about it, for people.
    pub fn sentence(&self) -> String {
        sentence::of(&self.reason)
    }

    /// Whether it takes away the verdict on every ratio of two of its arms.
    pub const fn vetoes(&self) -> bool {
        self.reason.vetoes()
    }

    /// Whether it says what the arms are rather than what their trials showed: such things are to
    /// be read before the times.
    pub const fn is_of_fairness(&self) -> bool {
        self.reason.is_of_fairness()
    }

    /// Everything in which the arms differ, for the one caveat that is about that.
    pub fn differences(&self) -> Option<&[Difference]> {
        match &self.reason {
            Reason::ArmsDiffer { differences } => Some(differences),
            _ => None,
        }
    }

    /// Whether it takes away the verdict on a ratio of these arms.
    pub(crate) fn forbids(&self, arm: &ArmName, baseline: &ArmName) -> bool {
        self.vetoes() && [arm, baseline].iter().all(|one| self.arms.contains(one))
    }
}

/// A caveat, as it is written.
#[derive(Serialize, JsonSchema)]
struct Written<'a> {
    /// Which reason, from a closed list.
    #[schemars(schema_with = "codes")]
    code: &'static str,
    /// The arms that it concerns.
    arms: &'a [ArmName],
    /// The reason with its size and what to do about it, for people.
    sentence: String,
    /// Whether it takes away the verdict on every ratio of two of these arms.
    vetoes: bool,
    /// What differs, for the caveat `arms_differ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<&'a [Difference]>,
}

fn codes(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": Reason::CODES })
}

impl Serialize for Caveat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            code: self.code(),
            arms: &self.arms,
            sentence: self.sentence(),
            vetoes: self.vetoes(),
            differences: self.differences(),
        };
        written.serialize(serializer)
    }
}

impl JsonSchema for Caveat {
    fn schema_name() -> Cow<'static, str> {
        "Caveat".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Written::json_schema(generator);
        schema.insert("description".to_owned(), "A reason to trust a result less.".into());
        schema
    }
}
