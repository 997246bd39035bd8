//! The gains of causes: predicted and measured, on one axis.

use explain::{Estimate, Finding};
use maud::{Markup, html};
use words::findings;

use super::anchor;
use super::figure::{self, Figure, PictureRow, axis_row, figures, strip, texts};
use super::scale::Scale;
use super::size::SizeArms;
use super::svg::{self, Pixels};
use crate::estimate;
use words::number::mark;

const HEIGHT: Pixels = Pixels(34);
/// Where the predicted gain lies in its strip, and the measured one, in pixels from the top.
const PREDICTED: Pixels = Pixels(11);
const MEASURED: Pixels = Pixels(23);

/// A gain with the finding that promises it.
struct Gain<'a> {
    finding: &'a Finding,
    predicted: Option<Estimate>,
    measured: Option<Estimate>,
}

impl<'a> Gain<'a> {
    fn new(finding: &'a Finding) -> Option<Self> {
        // Where an experiment followed, the prediction before it is the one that it proves.
        let before = finding.proof.and_then(|proof| proof.predicted_before);
        let predicted = before.or(finding.promise.predicted());
        let confirmed = finding.size.filter(|_| finding.because);
        let measured = finding.proof.map(|proof| proof.measured).or(confirmed);
        (predicted.is_some() || measured.is_some()).then_some(Self { finding, predicted, measured })
    }

    fn ends(&self) -> impl Iterator<Item = f64> {
        let known = [self.predicted, self.measured].into_iter().flatten();
        known.flat_map(|gain| [Some(gain.seconds), gain.low, gain.high]).flatten()
    }

    fn written(&self) -> Vec<String> {
        let predicted = self.predicted.map(|gain| format!("predicted {}", estimate::millis(&gain)));
        let measured = self.measured.map(|gain| format!("measured {}", estimate::millis(&gain)));
        predicted.into_iter().chain(measured).collect()
    }
}

/// A row for each finding with a gain; nothing where none has one.
pub(crate) fn picture(arms: &SizeArms<'_>, found: &[&Finding]) -> Markup {
    let gains: Vec<Gain<'_>> = found.iter().filter_map(|finding| Gain::new(finding)).collect();
    if gains.is_empty() {
        return html! {};
    }
    let ends: Vec<f64> = gains.iter().flat_map(Gain::ends).collect();
    let least = ends.iter().copied().fold(0.0, f64::min);
    let scale = Scale::linear(least, ends.iter().copied().fold(1e-6, f64::max));
    let figure = Figure {
        id: None,
        title: format!("Gains at batch {}", arms.size),
        notes: vec![words::pictures::GAINS.to_owned()],
        picture: html! {
            div.rows.gains {
                @for gain in &gains { (row(gain, &scale)) }
                (axis_row(&svg::axis(&scale, "ms saved", |seconds| mark(1e3 * seconds))))
            }
        },
        tables: table(arms, &gains),
    };
    figure.render()
}

fn row(gain: &Gain<'_>, scale: &Scale) -> Markup {
    let name = format!("{}: {}", findings::title(gain.finding.code), gain.finding.label);
    let zero = scale.place(0.0);
    let content = html! {
        (svg::grid(scale, HEIGHT))
        line.zero x1=(zero) x2=(zero) y1="0" y2=(HEIGHT) {}
        @if let Some(predicted) = &gain.predicted { (interval("predicted", predicted, PREDICTED, scale)) }
        @if let Some(measured) = &gain.measured { (interval("measured", measured, MEASURED, scale)) }
    };
    let row = PictureRow {
        id: None,
        name: html! {
            a href={ "#" (anchor::finding(gain.finding)) } { (findings::title(gain.finding.code)) }
            " " (gain.finding.label)
        },
        values: gain.written(),
        strip: strip(&format!("{name}: {}", gain.written().join(", ")), HEIGHT, &content),
    };
    row.render()
}

/// A gain with its interval: a hollow circle where it was predicted, a filled square where it was measured.
fn interval(class: &str, gain: &Estimate, down: Pixels, scale: &Scale) -> Markup {
    let at = scale.place(gain.seconds);
    let ends = gain.low.zip(gain.high).map(|(low, high)| (scale.place(low), scale.place(high)));
    html! {
        g class=(class) {
            @if let Some((low, high)) = ends { line.interval x1=(low) x2=(high) y1=(down) y2=(down) {} }
            circle cx=(at) cy=(down) r="4.5" {}
        }
    }
}

fn table(arms: &SizeArms<'_>, gains: &[Gain<'_>]) -> Markup {
    let written = |gain: Option<Estimate>| {
        gain.map_or_else(|| "-".to_owned(), |gain| estimate::millis(&gain))
    };
    let columns = [
        texts("cause", gains.iter().map(|gain| gain.finding.code.to_string())),
        texts("strategy", gains.iter().map(|gain| gain.finding.label.0.clone())),
        figures("predicted", gains.iter().map(|gain| written(gain.predicted))),
        figures("measured", gains.iter().map(|gain| written(gain.measured))),
        texts("certainty", gains.iter().map(|gain| findings::certainty(gain.finding).to_owned())),
    ];
    figure::table(&format!("Gains of the causes at batch {}", arms.size), &columns)
}
