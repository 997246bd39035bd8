use explain::merge::{NamedRecording, merge as merge_recordings};
use insta::assert_snapshot;
use model::recording::Recording;

use super::sample::{clocked, place, three};
use super::*;

fn shown(places: &[NamedRecording], width: usize) -> String {
    let style = Style { width, ..Style::default() };
    merge(&merge_recordings(places).expect("can be merged"), style)
}

#[test]
fn places_that_differ_are_shown_beside_their_mean() {
    assert_snapshot!(shown(&three(), 80));
}

#[test]
fn a_narrow_terminal_has_an_entry_for_each_place() {
    let text = shown(&three(), 60);
    assert!(text.lines().all(|line| text::width(line) <= 60), "{text}");
}

#[test]
fn places_that_agree_are_shown_with_their_times() {
    let places: Vec<NamedRecording> = (0..5)
        .map(|index| {
            let name = format!("worker-{index}");
            clocked(place(&name, index + 1, 1.0, 0.6), "notebook", 40 * index)
        })
        .collect();
    assert_snapshot!(shown(&places, 80));
}

#[test]
fn a_place_without_an_interval_is_left_out_of_the_mean() {
    let mut places = three();
    let only_first = |recording: &mut Recording| {
        recording.trials.retain(|trial| trial.place().is_some_and(|place| place.block == 0));
    };
    only_first(&mut places[2].recording);
    assert_snapshot!(shown(&places, 80));
}
