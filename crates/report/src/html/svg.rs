//! What pictures are drawn with: patterns, dots, grid lines and the marks of an axis.
//!
//! Pictures have no view box: horizontal places are shares of the width, vertical ones pixels. So text keeps
//! its size on every screen. Dots lie in a drawing of their own, which is stretched; their strokes are not.

use maud::{Markup, html};

use super::scale::{Percent, Scale};

/// The units in the width of a stretched drawing.
const UNITS: f64 = 2000.0;
/// How wide a hatched tile is, in pixels.
const TILE: u32 = 6;

/// A length or a place in a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pixels(pub(crate) u32);

impl maud::Render for Pixels {
    fn render(&self) -> Markup {
        self.0.render()
    }
}

impl maud::Render for Percent {
    fn render(&self) -> Markup {
        maud::PreEscaped(self.to_string())
    }
}

/// The hatchings that tell apart what has one colour. Hatching 0 is none.
pub(crate) fn patterns() -> Markup {
    let lines = [
        "M0 6L6 0M-1 1L1 -1M5 7L7 5",
        "M0 0L6 6M-1 5L1 7M5 -1L7 1",
        "M3 3h.01",
        "M0 3h6",
        "M3 0v6",
        "M0 3h6M3 0v6",
        "M0 1.5h6M0 4.5h6",
    ];
    html! {
        svg.definitions width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                @for (place, line) in lines.iter().enumerate() {
                    pattern id={ "hatch-" (place + 1) } width=(TILE) height=(TILE)
                        patternUnits="userSpaceOnUse" {
                        path.hatch d=(line) {}
                    }
                }
            }
        }
    }
}

/// A point of a stretched drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dot {
    /// Where it lies on the width.
    pub(crate) across: Percent,
    /// How far below the upper edge.
    pub(crate) down: f64,
}

/// Points of one kind, in one path.
pub(crate) fn dots(class: &str, dots: impl Iterator<Item = Dot>, height: Pixels) -> Markup {
    let path: String = dots
        .map(|dot| {
            format!("M{} {}h0", dot.across.of_units(UNITS), (10.0 * dot.down).round() / 10.0)
        })
        .collect();
    html! {
        svg width="100%" height=(height) viewBox={ "0 0 2000 " (height) } preserveAspectRatio="none" {
            path class={ "dots " (class) } d=(path) {}
        }
    }
}

/// A diamond from `low` to `high` that is widest at `middle`.
pub(crate) fn diamond(low: Percent, middle: Percent, high: Percent, height: Pixels) -> Markup {
    let [low, middle, high] = [low, middle, high].map(|place| place.of_units(UNITS));
    let (half, quarter) = (height.0 / 2, height.0 / 4);
    html! {
        svg width="100%" height=(height) viewBox={ "0 0 2000 " (height) } preserveAspectRatio="none" {
            path.diamond d={ "M" (low) " " (half) "L" (middle) " " (quarter) "L" (high) " " (half)
                "L" (middle) " " (height.0 - quarter) "Z" } {}
        }
    }
}

/// A thin line at each mark of an axis.
pub(crate) fn grid(scale: &Scale, height: Pixels) -> Markup {
    html! {
        g.grid {
            @for &mark in scale.marks() {
                @let place = scale.place(mark);
                line x1=(place) x2=(place) y1="0" y2=(height) {}
            }
        }
    }
}

/// The marks of an axis as `written`, in a picture of their own below the others.
pub(crate) fn axis(scale: &Scale, title: &str, written: impl Fn(f64) -> String) -> Markup {
    html! {
        svg.axis width="100%" height="34" aria-hidden="true" focusable="false" {
            @for &mark in scale.marks() {
                @let place = scale.place(mark);
                line x1=(place) x2=(place) y1="0" y2="5" {}
                text x=(place) y="17" text-anchor=(anchor(place)) { (written(mark)) }
            }
            text.unit x="100%" y="31" text-anchor="end" { (title) }
        }
    }
}

/// How a text at this place is aligned, so that it stays within the picture.
fn anchor(place: Percent) -> &'static str {
    match place {
        start if start.is_at_start() => "start",
        end if end.is_at_end() => "end",
        _ => "middle",
    }
}
