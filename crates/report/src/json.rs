//! The analysis for other programs; `docs/analysis.schema.json` is its schema.

use explain::Analysis;

/// Writes the analysis as JSON, ending in a line break.
pub fn json(analysis: &Analysis) -> String {
    let mut text = serde_json::to_string_pretty(analysis)
        .expect("an analysis is JSON, with strings for keys and null for what is no number");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::sample::Sample;

    #[test]
    fn the_json_reads_back_and_ends_in_a_line_break() {
        let text = json(&explain::analyse(&Sample::three_ways(3)));
        assert!(text.ends_with("}\n"));
        let value: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        assert_eq!(value["arms"][1]["describe"]["count"], 3);
        assert_eq!(value["arms"][1]["strategy"], "ureq/threads");
    }
}
