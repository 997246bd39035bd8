//! Single sections, as `--section` shows them.

use super::*;
use test_support::sample::Sample;

fn shown(chosen: &[Section]) -> String {
    let recording = Sample::three_strategies(3);
    sections(chosen, &explain::analyse(&recording), &recording, Style::default())
}

#[test]
fn sections_are_a_part_of_the_full_output() {
    let recording = Sample::three_strategies(3);
    let whole = full(&explain::analyse(&recording), &recording, Style::default());
    for section in Section::ALL.into_iter().filter(|section| *section != Section::Summary) {
        let shown = shown(&[section]);
        for line in shown.lines().filter(|line| !line.starts_with("This recording")) {
            assert!(whole.contains(line), "{section}: {line}");
        }
    }
}

#[test]
fn chosen_sections_come_in_the_order_of_the_full_output() {
    let text = shown(&[Section::Closing, Section::Describe]);
    assert!(text.starts_with("batch 4\n"), "{text}");
    assert_eq!(text, shown(&[Section::Describe, Section::Closing]));
}

#[test]
fn a_section_without_content_says_so() {
    assert_eq!(
        shown(&[Section::Experiments]),
        "This recording has nothing to show under experiments.\n"
    );
}
