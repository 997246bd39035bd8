//! What a check of a driver brought to light: a line a point.

use std::fmt::Write;

use runner::check::Point;

use crate::text::counted;

/// A line for each point, and one that sums up.
pub fn driver_check(points: &[Point]) -> String {
    let mut text = String::new();
    for Point { what, outcome } in points {
        let _ = match outcome {
            Ok(()) => writeln!(text, "ok      {what}"),
            Err(wrong) => writeln!(text, "WRONG   {what}\n        but {wrong}"),
        };
    }
    let wrong = points.iter().filter(|point| point.outcome.is_err()).count();
    let _ = match wrong {
        0 => writeln!(text, "a correct driver, in {}", counted(points.len(), "point")),
        _ => writeln!(text, "not a correct driver: {wrong} of {} points are wrong", points.len()),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use runner::check::Wrong;

    #[test]
    fn a_point_says_what_is_right_or_what_happened_instead() {
        let point = |outcome| Point { what: "it introduces itself".to_owned(), outcome };
        insta::assert_snapshot!(
            driver_check(&[point(Ok(())), point(Err(Wrong("it kept silent".to_owned())))]),
            @r"
        ok      it introduces itself
        WRONG   it introduces itself
                but it kept silent
        not a correct driver: 1 of 2 points are wrong
        "
        );
        assert_eq!(
            driver_check(&[point(Ok(()))]).lines().last(),
            Some("a correct driver, in 1 point")
        );
    }
}
