//! A caveat: a reason to trust a result less, with the arms that it concerns.
//!
//! A caveat changes no number. It limits what a result means, or it takes the verdict away.

use std::borrow::Cow;

use model::arm::ArmName;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::detected::Detected;
use super::reason::{CaveatCode, Reason};
use super::sentence;
use super::setup::difference::Difference;

/// A reason to trust a result less.
#[derive(Clone, Debug, PartialEq)]
pub struct Caveat {
    arms: Vec<ArmName>,
    reason: Reason,
}

impl Caveat {
    /// Its code.
    pub const fn code(&self) -> CaveatCode {
        self.reason.code()
    }

    /// The arms that it concerns.
    pub fn arms(&self) -> &[ArmName] {
        &self.arms
    }

    /// The reason with its figures.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The reason with its size and what to do about it.
    pub fn sentence(&self) -> String {
        sentence::write(&self.reason)
    }

    /// Whether it takes away the verdict on every ratio of two of its arms.
    pub const fn vetoes(&self) -> bool {
        self.code().vetoes()
    }

    /// Whether it concerns how the arms are set up. The report prints such caveats before the times.
    pub const fn concerns_setup(&self) -> bool {
        self.code().concerns_setup()
    }

    /// Every difference between the arms, for the caveat `arms_differ`.
    pub fn differences(&self) -> Option<&[Difference]> {
        match &self.reason {
            Reason::ArmsDiffer(found) => Some(&found.differences),
            _ => None,
        }
    }

    /// Whether it takes away the verdict on the ratio of these arms.
    pub(crate) fn forbids(&self, arm: &ArmName, baseline: &ArmName) -> bool {
        self.vetoes() && self.arms.contains(arm) && self.arms.contains(baseline)
    }
}

impl<F: Into<Reason>> From<Detected<F>> for Caveat {
    fn from(detected: Detected<F>) -> Self {
        Self { arms: detected.arms, reason: detected.figures.into() }
    }
}

/// A caveat as JSON.
#[derive(Serialize, JsonSchema)]
struct CaveatJson<'a> {
    /// Which reason.
    code: CaveatCode,
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

impl Serialize for Caveat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = CaveatJson {
            code: self.code(),
            arms: &self.arms,
            sentence: self.sentence(),
            vetoes: self.vetoes(),
            differences: self.differences(),
        };
        json.serialize(serializer)
    }
}

impl JsonSchema for Caveat {
    fn schema_name() -> Cow<'static, str> {
        "Caveat".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = CaveatJson::json_schema(generator);
        schema.insert("description".to_owned(), "A reason to trust a result less.".into());
        schema
    }
}
