//! The trials of an arm as a line of blocks: how many lie in each part of the range from the least to the
//! largest.

use crate::style::{Glyphs, Style};

/// How many parts the range has.
const PARTS: usize = 10;
/// Fewer trials have no shape.
const LEAST_TRIALS: usize = 5;

/// The heights of a part, from almost nothing to the largest part.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 8] = ['.', ':', '-', '=', '+', '*', '%', '#'];

/// A letter for each part, empty where no trial lies in it; nothing where there are too few trials, or all
/// took the same time.
pub(crate) fn line(seconds: &[f64], style: Style) -> Option<String> {
    let counts = counts(seconds)?;
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let letters = match style.glyphs {
        Glyphs::Unicode => BLOCKS,
        Glyphs::Ascii => ASCII,
    };
    let letter = |count: &usize| match (count * letters.len()).div_ceil(most) {
        0 => ' ',
        height => letters[height.min(letters.len()) - 1],
    };
    Some(counts.iter().map(letter).collect())
}

/// How many trials lie in each part.
fn counts(seconds: &[f64]) -> Option<[usize; PARTS]> {
    let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let range = seconds.iter().copied().fold(f64::NEG_INFINITY, f64::max) - least;
    if seconds.len() < LEAST_TRIALS || !range.is_finite() || range <= 0.0 {
        return None;
    }
    let mut counts = [0; PARTS];
    for time in seconds {
        let part = ((time - least) / range * PARTS as f64) as usize;
        counts[part.min(PARTS - 1)] += 1;
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(seconds: &[f64], glyphs: Glyphs) -> Option<String> {
        line(seconds, Style { glyphs, ..Style::default() })
    }

    #[test]
    fn a_line_has_the_shape_of_the_trials_from_the_least_to_the_largest() {
        let seconds = [1.0, 1.15, 1.15, 1.25, 1.25, 1.25, 1.25, 1.35, 2.0];
        assert_eq!(shown(&seconds, Glyphs::Unicode).as_deref(), Some("▂▄█▂     ▂"));
        assert_eq!(shown(&seconds, Glyphs::Ascii).as_deref(), Some(":=#:     :"));
    }

    #[test]
    fn too_few_trials_and_equal_ones_have_no_shape() {
        for seconds in [&[][..], &[1.0, 2.0, 3.0, 4.0], &[1.0; 9], &[f64::NAN; 9]] {
            assert_eq!(shown(seconds, Glyphs::Unicode), None);
        }
    }
}
