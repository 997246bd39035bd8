//! The effective concurrency: how many requests wait at the same time, measured with a slower server.

use explain::{Analysis, Concurrency, DoseAnalysis};
use model::arm::BatchSize;

use crate::style::{Ink, Style};
use crate::text;
use words::number::Decimals;

const TITLE: &str = "effective concurrency, from a server that thinks up to 10 ms longer";

/// The indent of the arms.
const INDENT: usize = 2;

/// A line for each arm of a batch size; nothing for a run without doses.
pub(crate) fn lines(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<String> {
    let of_size = analysis.doses.iter().filter(|one| one.batch_size == size);
    let lines: Vec<String> = of_size
        .filter_map(line)
        .flat_map(|line| text::wrap(&line, style.columns(), INDENT))
        .collect();
    if lines.is_empty() {
        return lines;
    }
    let title = text::wrap(TITLE, style.columns(), 0);
    title.iter().map(|line| style.paint(line, Ink::Heading)).chain(lines).collect()
}

fn line(dose: &DoseAnalysis) -> Option<String> {
    let Concurrency { requests, low, high } = dose.effective_concurrency?;
    let decimals = Decimals::for_value(requests);
    let interval = match (low, high) {
        (Some(low), Some(high)) => format!(" {}", decimals.write_interval(low, high)),
        (Some(low), None) => format!(" [{}, inf]", decimals.write(low)),
        _ => String::new(),
    };
    let requests = decimals.write(requests);
    let beside = [
        dose.configured_concurrency.map(|at_once| format!("configured {at_once}")),
        dose.most_in_flight.map(|most| format!("most in flight {most}")),
        (dose.hidden_serialisation == Some(true)).then(|| "hidden serialisation".to_owned()),
    ];
    let beside: Vec<String> = beside.into_iter().flatten().collect();
    let beside = if beside.is_empty() { String::new() } else { format!(": {}", beside.join(", ")) };
    Some(format!("{} {requests}{interval} of {}{beside}", dose.arm, dose.batch_size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use explain::analyse;
    use insta::assert_snapshot;
    use model::recording::Recording;
    use model::time::Span;
    use test_support::sample::experiment::doses;

    fn shown(recording: &Recording) -> String {
        lines(&analyse(recording), BatchSize(8), Style::default()).join("\n")
    }

    /// Doses to an arm with eight workers, whose requests wait this many times one after another.
    fn record_eight_workers(times: u64) -> Recording {
        let mut recording = doses(8, 10, |block, think| {
            Span::from_millis(50 + u64::from(block % 3) * think.as_nanos() / 9_000_000)
                + think.times(times)
        });
        let arms = &mut recording.plan.as_mut().expect("has a plan").arms;
        arms[0].conditions.insert("workers".to_owned(), "8".to_owned());
        recording
    }

    #[test]
    fn shows_hidden_serialisation_behind_many_workers() {
        assert_snapshot!(shown(&record_eight_workers(8)), @"
        effective concurrency, from a server that thinks up to 10 ms longer
          a/x@8 0.988 [0.980, 0.997] of 8: configured 8, hidden serialisation
        ");
        assert_snapshot!(shown(&record_eight_workers(1)), @"
        effective concurrency, from a server that thinks up to 10 ms longer
          a/x@8 7.31 [6.88, 7.79] of 8: configured 8
        ");
    }

    #[test]
    fn shows_nothing_without_doses_or_a_slope() {
        assert_eq!(shown(&test_support::sample::Sample::three_strategies(3)), "");
        assert_eq!(shown(&doses(8, 3, |_, _| Span::from_millis(50))), "");
    }
}
