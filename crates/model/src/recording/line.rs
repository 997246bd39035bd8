//! Reads a line of a recording without holding it twice.
//!
//! The derived code for an enum with an inner tag copies the whole line before it reads it. The
//! writer puts the tag first, so that the rest can be read as what the tag says.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::recording::RecordingLine;

const TAG: &str = "line";

impl<'de> Deserialize<'de> for RecordingLine {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(LineVisitor)
    }
}

crate::closed_list! {
    /// What a line of a recording holds.
    enum LineKind {
        /// Where and with what the recording was made.
        Header = "header",
        /// What an arm's driver reported when it was ready.
        Ready = "ready",
        /// A trial.
        Trial = "trial",
        /// What was to be measured.
        Plan = "plan",
        /// How the run ended.
        Closing = "closing",
    }
}

impl LineKind {
    fn read<'de, D: Deserializer<'de>>(self, from: D) -> Result<RecordingLine, D::Error> {
        Ok(match self {
            Self::Header => RecordingLine::Header(Deserialize::deserialize(from)?),
            Self::Ready => RecordingLine::Ready(Deserialize::deserialize(from)?),
            Self::Trial => RecordingLine::Trial(Deserialize::deserialize(from)?),
            Self::Plan => RecordingLine::Plan(Deserialize::deserialize(from)?),
            Self::Closing => RecordingLine::Closing(Deserialize::deserialize(from)?),
        })
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = RecordingLine;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a line of a recording")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<RecordingLine, A::Error> {
        let Some(first) = object.next_key::<Cow<'_, str>>()? else {
            return Err(A::Error::missing_field(TAG));
        };
        if first == TAG {
            let kind: LineKind = object.next_value()?;
            return kind.read(MapAccessDeserializer::new(object));
        }
        let mut fields = serde_json::Map::new();
        fields.insert(first.into_owned(), object.next_value()?);
        while let Some((name, value)) = object.next_entry()? {
            fields.insert(name, value);
        }
        let tag = fields.remove(TAG).ok_or_else(|| A::Error::missing_field(TAG))?;
        let kind: LineKind = serde_json::from_value(tag).map_err(A::Error::custom)?;
        kind.read(serde_json::Value::Object(fields)).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Closing, StopReason};

    #[test]
    fn reads_the_tag_wherever_it_is() {
        let line =
            RecordingLine::Closing(Closing { reason: StopReason::Budget, blocks: 3, busy: None });
        let texts = [
            r#"{"line":"closing","reason":"budget","blocks":3}"#,
            r#"{"reason":"budget","blocks":3,"line":"closing"}"#,
        ];
        for text in texts {
            assert_eq!(serde_json::from_str::<RecordingLine>(text).expect("is a line"), line);
        }
    }

    #[test]
    fn refuses_a_line_of_no_kind() {
        let refusal = |text: &str| {
            serde_json::from_str::<RecordingLine>(text).expect_err("is refused").to_string()
        };
        assert!(refusal("{}").contains("missing field `line`"));
        assert!(refusal(r#"{"reason":"budget"}"#).contains("missing field `line`"));
        assert!(refusal(r#"{"line":"other"}"#).contains("unknown variant `other`"));
    }
}
