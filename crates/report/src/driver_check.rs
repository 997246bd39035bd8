//! What a check of a driver brought to light: a line a point.

use std::fmt::Write;

use conformance::{CheckedPoint, Unmet};

use crate::text::counted;

/// A line for each point, and one that sums up.
pub fn driver_check(points: &[CheckedPoint]) -> String {
    let mut text = String::new();
    for CheckedPoint { what, outcome } in points {
        let _ = match outcome {
            Ok(()) => writeln!(text, "ok      {what}"),
            Err(Unmet::Refused(why)) => writeln!(text, "        {what}\n        refused: {why}"),
            Err(Unmet::Wrong(wrong)) => writeln!(text, "WRONG   {what}\n        but {wrong}"),
        };
    }
    let of = |is_meant: fn(&CheckedPoint) -> bool| {
        points.iter().filter(|&point| is_meant(point)).count()
    };
    let wrong = of(|point| !point.is_right());
    let refused = of(|point| point.is_right() && point.outcome.is_err());
    let _ = match (wrong, refused) {
        (0, 0) => writeln!(text, "a correct driver, in {}", counted(points.len(), "point")),
        (0, _) => writeln!(
            text,
            "a correct driver, in {}, of which it refuses {refused}",
            counted(points.len(), "point")
        ),
        _ => writeln!(text, "not a correct driver: {wrong} of {} points are wrong", points.len()),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use conformance::Wrong;

    #[test]
    fn a_point_says_what_is_right_or_what_happened_instead() {
        let point = |outcome| CheckedPoint { what: "it introduces itself".to_owned(), outcome };
        let wrong = || Err(Unmet::Wrong(Wrong("it kept silent".to_owned())));
        let refused = || Err(Unmet::Refused("it is given URLs alone".to_owned()));
        insta::assert_snapshot!(
            driver_check(&[point(Ok(())), point(refused()), point(wrong())]),
            @r"
        ok      it introduces itself
                it introduces itself
                refused: it is given URLs alone
        WRONG   it introduces itself
                but it kept silent
        not a correct driver: 1 of 3 points are wrong
        "
        );
        let sum = |points: &[CheckedPoint]| driver_check(points).lines().last().map(str::to_owned);
        assert_eq!(sum(&[point(Ok(()))]).as_deref(), Some("a correct driver, in 1 point"));
        assert_eq!(
            sum(&[point(Ok(())), point(refused())]).as_deref(),
            Some("a correct driver, in 2 points, of which it refuses 1")
        );
    }
}
