//! The areas of a waterfall: one path for all areas of one look, which keeps a page small.

use std::collections::BTreeMap;

use maud::{Markup, html};
use model::time::Span;

use crate::html::scale::Scale;

/// How high a row is, and the lane of a thread, in pixels.
pub(super) const ROW: u32 = 18;
pub(super) const LANE: u32 = 16;
/// The units in the width of a drawing.
const UNITS: f64 = 2000.0;

/// An area: a look, from when to when, and its place from the top in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) look: &'static str,
    pub(super) from: Span,
    pub(super) to: Span,
    pub(super) top: u32,
    pub(super) height: u32,
}

/// What draws areas along an axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shapes<'s> {
    pub(super) scale: &'s Scale,
}

/// An area in units of the drawing.
#[derive(Clone, Copy)]
struct Area {
    from: u32,
    to: u32,
    top: u32,
    height: u32,
}

impl Shapes<'_> {
    /// The areas in a drawing that is as wide as its picture.
    pub(super) fn drawing(&self, height: u32, bars: &[Bar]) -> Markup {
        let mut areas: BTreeMap<&'static str, Vec<Area>> = BTreeMap::new();
        for bar in bars {
            let of_look = areas.entry(bar.look).or_default();
            let area = self.area(bar);
            match of_look.last_mut() {
                Some(last) if last.top == area.top && last.to >= area.from => {
                    last.to = last.to.max(area.to)
                }
                _ => of_look.push(area),
            }
        }
        html! {
            svg width="100%" height=(height) viewBox={ "0 0 " (UNITS) " " (height) } preserveAspectRatio="none" {
                @for (look, areas) in &areas { path class={ "area " (look) } d=(path(areas)) {} }
            }
        }
    }

    fn area(&self, bar: &Bar) -> Area {
        let unit = |moment: Span| self.scale.place(moment.as_secs()).of_units(UNITS) as u32;
        let (from, to) = (unit(bar.from), unit(bar.to));
        // The shortest area is wide enough to be seen.
        Area { from, to: to.max(from + 1), top: bar.top, height: bar.height }
    }
}

fn path(areas: &[Area]) -> String {
    let rectangle = |&Area { from, to, top, height }: &Area| {
        let width = to - from;
        format!("M{from} {top}h{width}v{height}h-{width}z")
    };
    areas.iter().map(rectangle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(look: &'static str, from: u64, to: u64, top: u32) -> Bar {
        let millis = Span::from_millis;
        Bar { look, from: millis(from), to: millis(to), top, height: 10 }
    }

    #[test]
    fn areas_of_one_look_share_a_path() {
        let scale = Scale::from_zero(0.1);
        let bars = [bar("a", 0, 50, 0), bar("b", 50, 100, 0), bar("a", 10, 20, 20)];
        let drawing = Shapes { scale: &scale }.drawing(40, &bars).0;
        assert!(drawing.contains("\"M0 0h1000v10h-1000zM200 20h200v10h-200z\""), "{drawing}");
        assert_eq!(drawing.matches("<path").count(), 2);
    }

    #[test]
    fn areas_that_touch_become_one_and_the_shortest_is_seen() {
        let scale = Scale::from_zero(100.0);
        let bars = [bar("a", 0, 1, 0), bar("a", 1, 2, 0), bar("a", 90_000, 90_001, 0)];
        let drawing = Shapes { scale: &scale }.drawing(40, &bars).0;
        assert!(drawing.contains("\"M0 0h1v10h-1zM1800 0h1v10h-1z\""), "{drawing}");
    }
}
