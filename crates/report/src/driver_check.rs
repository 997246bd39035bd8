//! The result of a driver check: one line for each point, the wrong ones last.

use std::fmt::Write;

use conformance::{CheckedPoint, Unmet};

use words::list::counted;

/// A line for each point, and a summary line. The points that are wrong come last, beside the summary: a check
/// has hundreds.
pub fn driver_check(points: &[CheckedPoint]) -> String {
    let mut text = String::new();
    let (right, wrong): (Vec<_>, Vec<_>) = points.iter().partition(|point| point.is_right());
    for CheckedPoint { what, outcome } in right.iter().chain(&wrong) {
        let _ = match outcome {
            Ok(()) => writeln!(text, "ok      {what}"),
            Err(Unmet::Refused(why)) => writeln!(text, "        {what}\n        refused: {why}"),
            Err(Unmet::Wrong(wrong)) => writeln!(text, "WRONG   {what}\n        but {wrong}"),
        };
    }
    let refused = right.iter().filter(|point| point.outcome.is_err()).count();
    let _ = match (wrong.len(), refused) {
        (0, 0) => writeln!(text, "correct driver: {} checked", counted(points.len(), "point")),
        (0, _) => writeln!(
            text,
            "correct driver: {} checked, {refused} refused as unsupported",
            counted(points.len(), "point")
        ),
        (wrong, _) => {
            writeln!(text, "not a correct driver: {wrong} of {} points failed", points.len())
        }
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
            driver_check(&[point(wrong()), point(Ok(())), point(refused())]),
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
