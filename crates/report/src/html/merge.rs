//! The page of recordings of several places, merged, with the sentences and tables of `batchmark merge`.

use explain::merge::{Merge, MergedPlace, MergedRatio, TimeOfRun};
use maud::{Markup, html};
use words::merge as sentences;
use words::number::mark;
use words::pictures;

use super::anchor;
use super::answer;
use super::chapters::{ChapteredPage, ShownChapter};
use super::figure::{self, Figure, PictureRow, axis_row, figures, strip, texts};
use super::forest_row::{self, ForestRow, RowKind};
use super::scale::Scale;
use super::svg::{self, Pixels};
use crate::compare::DIFFERENCES;
use crate::merge::{self as tables, Row, RowOf};
use crate::table::Column;

/// The height of the row of a place in the picture of when it was measured.
const HEIGHT: Pixels = Pixels(28);

/// The merge as an HTML page, ending in a line break.
pub fn merge(merge: &Merge) -> String {
    let answers: Vec<String> = merge.ratios.iter().map(sentences::answer).collect();
    let first = answers.first().map_or("", |answer| answer.trim_end_matches('.'));
    let page = ChapteredPage {
        title: format!("{first} · batchmark"),
        headline: headline(merge, &answers),
        chapters: chapters(merge),
        footer: html! { p { "Merged by batchmark · plan " (merge.plan) } },
    };
    page.render()
}

fn headline(merge: &Merge, answers: &[String]) -> Markup {
    html! {
        p.brand { "batchmark" }
        (answer::heading(answers))
        ul.facts {
            li { (words::list::counted(merge.places.len(), "place")) }
            @for place in &merge.places { li { (place.place) } }
        }
        @if let Some(lag) = &merge.lag { p.ending { (sentences::lag(lag)) } }
    }
}

fn chapters(merge: &Merge) -> Vec<ShownChapter> {
    let chapter = |id, title, short, content| ShownChapter { id, title, short, content };
    vec![
        chapter("ratios", "Ratios in each place", "Ratios", ratios(merge)),
        chapter(
            "times",
            "Batch times",
            "Times",
            table(tables::TIMES, &tables::time_columns(merge)),
        ),
        chapter(
            "latency",
            "Latency of single requests",
            "Latency",
            table(tables::LATENCY, &tables::latency_columns(&merge.latencies)),
        ),
        chapter("when", tables::WHEN, "When", when(merge)),
        chapter("differences", DIFFERENCES, "Differences", differences(merge)),
        chapter("places", "Places", "Places", places(&merge.places)),
        chapter("caveats", "Caveats", "Caveats", caveats(merge)),
    ]
}

fn table(caption: &str, columns: &[Column]) -> Markup {
    if columns.is_empty() {
        return html! {};
    }
    figure::table(caption, columns)
}

/// A forest plot for each ratio.
fn ratios(merge: &Merge) -> Markup {
    html! { @for ratio in &merge.ratios { (of_ratio(ratio)) } }
}

fn of_ratio(ratio: &MergedRatio) -> Markup {
    let rows: Vec<ForestRow> = tables::rows(ratio).iter().filter_map(forest_row).collect();
    let scale = forest_row::scale(&rows);
    let title = format!("{} against {}", ratio.arm, ratio.baseline);
    let heterogeneity = sentences::heterogeneity(ratio);
    let figure = Figure {
        id: Some(anchor::arm("ratio", &ratio.arm)),
        notes: [heterogeneity, pictures::merged_ratios()]
            .into_iter()
            .filter(|note| !note.is_empty())
            .collect(),
        picture: html! {
            div.rows {
                @for row in &rows { (row.render(&scale)) }
                (axis_row(&svg::axis(&scale, "times the baseline", mark)))
            }
        },
        tables: figure::table(&title, &tables::ratio_columns(ratio)),
        title,
    };
    figure.render()
}

/// A row of the forest plot. The interval of a further place is missing where there are two places.
fn forest_row(row: &Row) -> Option<ForestRow> {
    let kind = match row.of {
        RowOf::Place => RowKind::Measured,
        RowOf::Mean => RowKind::Mean,
        RowOf::FurtherPlace if row.interval.is_none() => return None,
        RowOf::FurtherPlace => RowKind::Further,
    };
    let blocks = row.blocks.map(|blocks| words::list::counted(blocks, "block"));
    let written = format!("{} {}", row.ratio(), row.interval());
    Some(ForestRow {
        id: None,
        name: row.name.clone(),
        kind,
        ratio: row.ratio,
        interval: row.interval,
        written: written.trim().to_owned(),
        mark: blocks.unwrap_or_default(),
        spoken: pictures::place_row(&row.name, row.ratio, row.interval),
    })
}

/// When each place was measured, on one axis; nothing where no clock is known.
fn when(merge: &Merge) -> Markup {
    let known: Vec<(&MergedPlace, TimeOfRun)> =
        merge.places.iter().filter_map(|place| Some((place, place.time?))).collect();
    let last = known.iter().map(|(_, time)| time.ended).reduce(f64::max);
    let Some(last) = last else { return html! {} };
    let scale = Scale::from_zero(last);
    let figure = Figure {
        id: None,
        title: "Runs on the clock of the collector".to_owned(),
        notes: vec![pictures::WHEN.to_owned()],
        picture: html! {
            div.rows {
                @for (place, time) in &known { (when_row(place, *time, &scale)) }
                (axis_row(&svg::axis(&scale, "s", mark)))
            }
        },
        tables: html! {},
    };
    figure.render()
}

fn when_row(place: &MergedPlace, time: TimeOfRun, scale: &Scale) -> Markup {
    let (began, ended) = (scale.place(time.began), scale.place(time.ended));
    let content = html! {
        (svg::grid(scale, HEIGHT))
        rect.spread x=(began) width=(began.until(ended)) y="6" height={ (HEIGHT.0 - 12) } {}
    };
    let row = PictureRow {
        id: None,
        name: html! { (place.place) },
        values: vec![sentences::stretch(time), sentences::clock(time)],
        strip: strip(&sentences::time(&place.place, time), HEIGHT, &content),
    };
    row.render()
}

fn differences(merge: &Merge) -> Markup {
    html! {
        @if !merge.differences.is_empty() {
            ul.answers {
                @for difference in &merge.differences {
                    li { (sentences::difference(difference, &merge.places)) }
                }
            }
        }
    }
}

/// When each place was recorded, by its own clock, and how much.
fn places(places: &[MergedPlace]) -> Markup {
    let columns = [
        texts("place", places.iter().map(|place| place.place.clone())),
        texts("recorded", places.iter().map(|place| place.started_at.clone())),
        figures("blocks", places.iter().map(|place| place.blocks.to_string())),
    ];
    figure::table("The recordings", &columns)
}

fn caveats(merge: &Merge) -> Markup {
    html! {
        @if !merge.caveats.is_empty() {
            ul.caveats {
                @for &caveat in &merge.caveats {
                    li { span.tag.smaller { "caveat" } " " (words::list::sentence(sentences::caveat(caveat))) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
