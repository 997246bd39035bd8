//! The cost model: measured means over the batch sizes, the fitted lines, and what is predicted.

use explain::{Analysis, ArmAnalysis, Law};
use maud::{Markup, html};
use model::arm::{BatchSize, Role};
use model::recording::Recording;
use words::number::{mark, millis, with_interval};
use words::pictures;

use super::figure::{self, Figure, figures, strip, texts};
use super::scale::Scale;
use super::svg::{self, Pixels};

const HEIGHT: Pixels = Pixels(240);
/// How many looks there are for strategies: colours, dashes and marks.
const LOOKS: usize = 6;

/// A point of the picture.
#[derive(Clone, Copy)]
struct Point {
    size: BatchSize,
    seconds: f64,
}

/// What is shown of a strategy.
struct Curve<'a> {
    law: &'a Law,
    measured: Vec<Point>,
    predicted: Vec<Point>,
}

/// The axes of the picture.
struct Axes {
    across: Scale,
    up: Scale,
}

/// Nothing where nothing was measured; a sentence where there is one batch size.
pub(crate) fn section(analysis: &Analysis, _: &Recording) -> Markup {
    if !analysis.measured() {
        return html! {};
    }
    if analysis.law.is_empty() {
        return html! { p.note { (pictures::ONE_SIZE) } };
    }
    let curves: Vec<Curve<'_>> = analysis.law.iter().map(|law| Curve::new(law, analysis)).collect();
    let figure = Figure {
        id: None,
        title: "Time over the batch size".to_owned(),
        notes: vec![pictures::COST_MODEL.to_owned()],
        picture: picture(&curves),
        tables: tables(&curves),
    };
    html! {
        (figure.render())
        (sentences(analysis))
    }
}

/// What limits the models, what larger batches take, and where strategies cross.
fn sentences(analysis: &Analysis) -> Markup {
    let laws = || analysis.law.iter();
    let remarks =
        laws().filter_map(|law| Some(format!("{}: {}", law.label, words::law::remark(law)?)));
    let predictions =
        laws().filter_map(|law| Some(format!("{}: {}", law.label, words::law::predictions(law)?)));
    let speed_ups = laws()
        .flat_map(|law| law.speed_ups.iter().map(|speed_up| words::law::speed_up(law, speed_up)));
    let crossings = analysis.crossings.iter().map(words::law::crossing);
    let all: Vec<String> = remarks.chain(predictions).chain(speed_ups).chain(crossings).collect();
    html! {
        @if !all.is_empty() { ul.answers { @for sentence in &all { li { (sentence) } } } }
    }
}

impl<'a> Curve<'a> {
    fn new(law: &'a Law, analysis: &Analysis) -> Self {
        let of_law = |arm: &&ArmAnalysis| arm.role == Role::Measured && arm.label == law.label;
        let arms = analysis.arms.iter().filter(of_law);
        let point = |arm: &ArmAnalysis| Some(Point { size: arm.batch_size, seconds: arm.mean()? });
        let predicted = law.predictions.iter();
        let predicted =
            predicted.map(|one| Point { size: one.batch_size, seconds: one.time.seconds });
        Self { law, measured: arms.filter_map(point).collect(), predicted: predicted.collect() }
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.measured.iter().chain(&self.predicted)
    }

    /// The time at a size by the line; nothing where none was fitted.
    fn on_line(&self, size: BatchSize) -> Option<f64> {
        Some(self.law.intercept? + self.law.serial? * f64::from(size.0.saturating_sub(1)))
    }
}

fn picture(curves: &[Curve<'_>]) -> Markup {
    let points = || curves.iter().flat_map(Curve::points);
    let largest = points().map(|point| f64::from(point.size.0)).fold(1.0, f64::max);
    let longest = points().map(|point| point.seconds).fold(1e-9, f64::max);
    let axes = Axes { across: Scale::from_zero(largest), up: Scale::from_zero(longest) };
    let names: Vec<&str> = curves.iter().map(|curve| curve.law.label.0.as_str()).collect();
    let content = html! {
        (svg::grid(&axes.across, HEIGHT))
        g.grid {
            @for &seconds in axes.up.marks() {
                line x1="0" x2="100%" y1=(axes.down(seconds)) y2=(axes.down(seconds)) {}
            }
        }
        @for (place, curve) in curves.iter().enumerate() { (drawn(curve, place, &axes)) }
        g.labels {
            @for &seconds in axes.up.marks().iter().skip(1) {
                text x="2" y={ (axes.down(seconds) - 3.0) } { (mark(1e3 * seconds)) " ms" }
            }
        }
    };
    html! {
        div.rows.whole {
            div.row.foot { (strip(&format!("Cost models of {}", words::list::listed(&names)), HEIGHT, &content)) }
            (figure::axis_row(&svg::axis(&axes.across, "requests in a batch", mark)))
        }
        ul.parts.key {
            @for (place, curve) in curves.iter().enumerate() { li { (sample(place)) (curve.law.label) } }
        }
    }
}

impl Axes {
    /// How far below the upper edge a time lies.
    fn down(&self, seconds: f64) -> f64 {
        let height = f64::from(HEIGHT.0);
        height - self.up.place(seconds).of_units(height)
    }
}

fn drawn(curve: &Curve<'_>, place: usize, axes: &Axes) -> Markup {
    let sizes = curve.points().map(|point| point.size);
    let last = curve.law.predictions.iter().map(|one| one.batch_size).max();
    let last = last.or_else(|| sizes.max()).unwrap_or(BatchSize(1));
    let ends = curve.on_line(BatchSize(1)).zip(curve.on_line(last));
    html! {
        g class={ "curve look-" (place % LOOKS) } {
            @if let Some((first, end)) = ends {
                line.fit x1=(axes.across.place(1.0)) y1=(axes.down(first))
                    x2=(axes.across.place(f64::from(last.0))) y2=(axes.down(end)) {}
            }
            @for point in &curve.measured {
                circle.measured cx=(axes.across.place(f64::from(point.size.0))) cy=(axes.down(point.seconds)) r="4" {}
            }
            @for point in &curve.predicted {
                circle.predicted cx=(axes.across.place(f64::from(point.size.0))) cy=(axes.down(point.seconds)) r="4" {}
            }
        }
    }
}

/// A short piece of the line of a strategy.
fn sample(place: usize) -> Markup {
    html! {
        svg.swatch.line width="30" height="14" aria-hidden="true" focusable="false" {
            g class={ "curve look-" (place % LOOKS) } {
                line.fit x1="0" x2="30" y1="7" y2="7" {}
                circle.measured cx="15" cy="7" r="4" {}
            }
        }
    }
}

fn tables(curves: &[Curve<'_>]) -> Markup {
    let part = |seconds: Option<f64>, ends: Option<(f64, f64)>| match seconds {
        Some(seconds) => {
            with_interval(1e3 * seconds, ends.map(|(low, high)| (1e3 * low, 1e3 * high)))
        }
        None => "-".to_owned(),
    };
    let laws = || curves.iter().map(|curve| curve.law);
    let columns = [
        texts("strategy", laws().map(|law| law.label.0.clone())),
        figures("setup", laws().map(|law| part(law.setup, law.setup_low.zip(law.setup_high)))),
        figures(
            "latency",
            laws().map(|law| part(law.latency, law.latency_low.zip(law.latency_high))),
        ),
        figures(
            "per extra request",
            laws().map(|law| part(law.serial, law.serial_low.zip(law.serial_high))),
        ),
    ];
    let points = || {
        curves.iter().flat_map(|curve| {
            let measured = curve.measured.iter().map(move |point| (curve, point, "measured"));
            measured.chain(curve.predicted.iter().map(move |point| (curve, point, "predicted")))
        })
    };
    let times = [
        texts("strategy", points().map(|(curve, _, _)| curve.law.label.0.clone())),
        figures("batch size", points().map(|(_, point, _)| point.size.to_string())),
        figures("time", points().map(|(_, point, _)| millis(point.seconds))),
        texts("source", points().map(|(_, _, kind)| kind.to_owned())),
    ];
    html! {
        (figure::table("Cost model, ms", &columns))
        (figure::table("Times over the batch size", &times))
    }
}
