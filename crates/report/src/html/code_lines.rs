//! The lines of code that the findings' time passes on.

use explain::{Analysis, CodeLine, Finding};
use maud::{Markup, html};
use model::recording::Recording;
use words::number::{millis, percent};
use words::{findings, pictures};

use super::anchor;
use super::figure::{self, Figure, PictureRow, figures, strip, texts};
use super::scale::Scale;
use super::svg::Pixels;

const HEIGHT: Pixels = Pixels(22);

/// The findings with lines; nothing where no code was profiled.
pub(crate) fn section(analysis: &Analysis, _: &Recording) -> Markup {
    let found: Vec<&Finding> =
        analysis.findings.iter().filter(|finding| !finding.lines.is_empty()).collect();
    if found.is_empty() {
        return html! {};
    }
    let longest = found.iter().flat_map(|finding| &finding.lines).map(|line| line.seconds);
    let scale = Scale::between(0.0, longest.fold(1e-9, f64::max));
    let figure = Figure {
        id: None,
        title: "Where the client's time passes".to_owned(),
        notes: vec![pictures::LINES.to_owned()],
        picture: html! {
            @for finding in &found {
                p.of {
                    a href={ "#" (anchor::finding(finding)) } { (findings::title(finding.code)) }
                    " " (finding.arm)
                }
                div.rows.lines { @for line in &finding.lines { (row(finding, line, &scale)) } }
            }
        },
        tables: table(&found),
    };
    figure.render()
}

/// A line's part of the size of its finding.
fn share(finding: &Finding, line: &CodeLine) -> String {
    let size = finding.size.map(|size| size.seconds).filter(|seconds| *seconds > 0.0);
    size.map_or_else(
        || millis(line.seconds),
        |size| format!("{}, {}", millis(line.seconds), percent(line.seconds / size)),
    )
}

fn row(finding: &Finding, line: &CodeLine, scale: &Scale) -> Markup {
    let place = findings::line_of_code(line);
    let value = share(finding, line);
    let content = html! {
        rect.part.client x="0" width=(scale.place(line.seconds)) y="4" height="14" {}
    };
    let row = PictureRow {
        id: None,
        name: html! { code { (place) } },
        strip: strip(&format!("{place}: {value}"), HEIGHT, &content),
        values: vec![value],
    };
    row.render()
}

fn table(found: &[&Finding]) -> Markup {
    let lines =
        || found.iter().flat_map(|finding| finding.lines.iter().map(move |line| (finding, line)));
    let columns = [
        texts("line", lines().map(|(_, line)| findings::line_of_code(line))),
        texts("strategy", lines().map(|(finding, _)| finding.arm.to_string())),
        texts("finding", lines().map(|(finding, _)| finding.code.to_string())),
        figures("time, part of the finding", lines().map(|(finding, line)| share(finding, line))),
    ];
    figure::table("Lines of code", &columns)
}
