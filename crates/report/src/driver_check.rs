//! The result of a driver check: one line for each point.

use std::fmt::Write;

use conformance::{CheckedPoint, Unmet};

use words::list::counted;

/// A line for each point, and a summary line.
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
        (0, 0) => writeln!(text, "correct driver: {} checked", counted(points.len(), "point")),
        (0, _) => writeln!(
            text,
            "correct driver: {} checked, {refused} refused as unsupported",
            counted(points.len(), "point")
        ),
        _ => writeln!(text, "not a correct driver: {wrong} of {} points failed", points.len()),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use conformance::Wrong;

    #[test]
    fn shows_each_point_with_its_outcome() {
        let point = |outcome| CheckedPoint { what: "it introduces itself".to_owned(), outcome };
        let wrong = || Err(Unmet::Wrong(Wrong("it did not answer".to_owned())));
        let refused = || Err(Unmet::Refused("it only gets URLs".to_owned()));
        insta::assert_snapshot!(
            driver_check(&[point(Ok(())), point(refused()), point(wrong())]),
            @"
        ok      it introduces itself
                it introduces itself
                refused: it only gets URLs
        WRONG   it introduces itself
                but it did not answer
        not a correct driver: 1 of 3 points failed
        "
        );
        let sum = |points: &[CheckedPoint]| driver_check(points).lines().last().map(str::to_owned);
        assert_eq!(sum(&[point(Ok(()))]).as_deref(), Some("correct driver: 1 point checked"));
        assert_eq!(
            sum(&[point(Ok(())), point(refused())]).as_deref(),
            Some("correct driver: 2 points checked, 1 refused as unsupported")
        );
    }
}
