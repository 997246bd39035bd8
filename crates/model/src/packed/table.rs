//! A table as JSON holds it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rows of whole numbers and texts, packed column by column.
///
/// A column that is missing holds nothing in any row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// How many rows it has.
    pub rows: usize,
    /// The columns of numbers. A column stands behind the one that it is written as the difference to.
    pub columns: Vec<PackedColumn>,
    /// The columns of texts. A text is the form whose place is in the column `NAME.form`, with the number
    /// of the column `NAME.number` between the two parts of the form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextColumn>,
}

/// A column of whole numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackedColumn {
    /// The name of the field, with a dot between the names of nested fields.
    pub name: String,
    /// The column whose number in the same row is subtracted from each number. Where there is none, and
    /// where that column holds nothing, the last number of this column is subtracted; 0 at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The differences: base64 of raw deflate of bytes. The first byte is the number of planes; the
    /// second is 1 if rows are missing, else 0. Then, if rows are missing, a bit for each row, the lowest
    /// first, 1 where the row is there. Then, for each plane, a byte of each row that is there, the
    /// lowest byte of the difference first. A difference d is written as 2d, or -2d-1 below 0, modulo 2^64.
    pub packed: String,
}

/// A column of texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextColumn {
    /// The name of the field.
    pub name: String,
    /// What is before and after the number of a text.
    pub forms: Vec<(String, String)>,
}
