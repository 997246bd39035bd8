use explain::merge::{NamedRecording, merge as merge_recordings};

use super::*;
use crate::html::tests::check;
use crate::merge::sample::{clocked, place, three};

fn shown(places: &[NamedRecording]) -> String {
    let text = merge(&merge_recordings(places).expect("can be merged"));
    check(&text);
    text
}

#[test]
fn a_page_has_the_sentences_of_the_terminal_and_a_row_for_each_place() {
    let places = three();
    let merged = merge_recordings(&places).expect("can be merged");
    let text = shown(&places);
    let lag = merged.lag.iter().map(sentences::lag);
    let answers = merged.ratios.iter().map(sentences::answer);
    let heterogeneity = merged.ratios.iter().map(sentences::heterogeneity);
    let differences = merged.differences.iter().map(|it| sentences::difference(it, &merged.places));
    let caveats = merged.caveats.iter().map(|&it| words::list::sentence(sentences::caveat(it)));
    assert!(merged.lag.is_some() && !merged.differences.is_empty());
    for sentence in lag.chain(answers).chain(heterogeneity).chain(differences).chain(caveats) {
        let escaped = html! { (sentence) };
        assert!(text.contains(&escaped.0), "{sentence} is missing in {text}");
    }
    for name in ["paris", "tokyo", "local", "mean of places", "a further place"] {
        let row = format!("<div class=\"name\">{name} ");
        assert_eq!(text.matches(&row).count(), merged.ratios.len(), "{name} in {text}");
    }
    assert_eq!(text.matches("path class=\"diamond\"").count(), merged.ratios.len());
}

#[test]
fn two_places_have_no_row_for_a_further_place() {
    let text = shown(&three()[..2]);
    assert!(!text.contains("<div class=\"name\">a further place"), "{text}");
}

#[test]
fn a_page_shows_when_places_were_measured_only_where_clocks_were_compared() {
    assert!(!shown(&three()).contains(pictures::WHEN));
    let places: Vec<NamedRecording> = (0..3)
        .map(|index| {
            let name = format!("worker-{index}");
            clocked(place(&name, index + 1, 1.0, 0.6), "notebook", 40 * index)
        })
        .collect();
    let text = shown(&places);
    assert!(
        text.contains(pictures::WHEN) && text.contains("clock 1000.0000 s ahead ±0.400 ms"),
        "{text}"
    );
}

#[test]
fn names_of_places_are_text() {
    let mut places = three();
    places[0].place = "<img src=x onerror=alert(1)>\u{1b}[2J".to_owned();
    let text = shown(&places);
    assert!(text.contains("&lt;img src=x") && !text.contains("<img"), "{text}");
}
