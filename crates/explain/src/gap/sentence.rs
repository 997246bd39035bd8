//! A gap in words: its parts with their intervals, the largest first, and what is left as the rest.

use crate::estimate::Estimate;
use crate::figures::with_interval;
use evidence::path::SegmentLabel;
use model::phase::Phase;

use super::pairs::Compared;
use super::split::Split;
use super::{Gap, together};

/// A part is named only where it is at least this share of the gap, and this long. The margin is
/// another thing: a share of a batch's time, below which whole gaps may lie.
const LEAST_SHARE: f64 = 0.02;
const LEAST_SECONDS: f64 = 0.0001;

/// A part of the gap that has a name.
struct Part {
    name: String,
    labels: Vec<SegmentLabel>,
    estimate: Estimate,
}

/// `At batch 4 requests/threads is 76 [73, 79] ms slower than aiohttp/async: TLS preparation +68 [64,
/// 72], client +6 [5, 7], the rest within noise (+2).`
pub(super) fn of(gap: &Gap, compared: Compared<'_>, split: &Split) -> String {
    let (arm, versus) = (&compared.arm.analysis.label, &compared.versus.analysis.label);
    let start = format!("At batch {} {arm}", gap.batch_size);
    let figures = Figures::for_gap(gap.gap.seconds);
    if gap.blocks < 2 {
        let by = figures.signed(gap.gap.seconds);
        return format!(
            "{start} differs from {versus} by {by} ms in the only block that they share."
        );
    }
    let unobserved = compared.sides().iter().any(|side| side.analysis.path_requests.is_none());
    let parts = if unobserved {
        "in which phases, nobody observed".to_owned()
    } else {
        told(gap, compared, split, figures)
    };
    if !gap.gap.beyond_noise() {
        let by = figures.with_interval(&gap.gap);
        return format!(
            "{start} differs from {versus} by {by} ms, which is within noise: {parts}."
        );
    }
    let by = figures.length(&gap.gap);
    let way = if gap.gap.seconds > 0.0 { "slower" } else { "quicker" };
    format!("{start} is {by} ms {way} than {versus}: {parts}.")
}

/// The parts that are named, and the rest.
fn told(gap: &Gap, compared: Compared<'_>, split: &Split, figures: Figures) -> String {
    let least = LEAST_SECONDS.max(LEAST_SHARE * gap.gap.seconds.abs());
    let counts = |part: &Part| part.estimate.beyond_noise() && part.estimate.seconds.abs() >= least;
    let (mut named, rest): (Vec<Part>, Vec<Part>) =
        parts(gap, compared, split).into_iter().partition(counts);
    named.sort_by(|one, other| other.estimate.seconds.abs().total_cmp(&one.estimate.seconds.abs()));
    let labels: Vec<SegmentLabel> = rest.into_iter().flat_map(|part| part.labels).collect();
    if named.is_empty() {
        return "no phase stands out".to_owned();
    }
    let rest = split.of_labels(&labels).filter(|_| !labels.is_empty());
    let named =
        named.iter().map(|part| format!("{} {}", part.name, figures.with_interval(&part.estimate)));
    named.chain(rest.map(|rest| figures.rest(&rest))).collect::<Vec<_>>().join(", ")
}

/// The least parts that can be told from each other.
fn parts(gap: &Gap, compared: Compared<'_>, split: &Split) -> Vec<Part> {
    let mut parts = Vec::new();
    for group in together::groups(compared) {
        let labels: Vec<SegmentLabel> =
            group.iter().copied().flat_map(SegmentLabel::of_phase).collect();
        if group[..] == [Phase::Tls] && gap.tls_preparation.is_some() {
            parts.extend(part(
                "TLS preparation".to_owned(),
                vec![SegmentLabel::TlsPreparation],
                split,
            ));
            parts.extend(part(
                "TLS handshake".to_owned(),
                vec![SegmentLabel::Phase(Phase::Tls)],
                split,
            ));
        } else {
            parts.extend(part(name(&group), labels, split));
        }
    }
    parts
}

fn part(name: String, labels: Vec<SegmentLabel>, split: &Split) -> Option<Part> {
    let estimate = split.of_labels(&labels)?;
    Some(Part { name, labels, estimate })
}

fn name(group: &[Phase]) -> String {
    let name = |phase: &Phase| match phase {
        Phase::Dns => "DNS".to_owned(),
        Phase::Tls => "TLS".to_owned(),
        other => other.to_string(),
    };
    let names: Vec<String> = group.iter().map(name).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last} together", before.join(", ")),
        None => String::new(),
    }
}

/// How figures are rounded: all in one sentence alike, so that they can be added up.
#[derive(Clone, Copy)]
struct Figures {
    decimals: usize,
}

impl Figures {
    /// As many decimals as show a fiftieth of the gap.
    fn for_gap(seconds: f64) -> Self {
        let decimals = match 1000.0 * seconds.abs() {
            long if long >= 50.0 => 0,
            middle if middle >= 5.0 => 1,
            short if short >= 0.5 => 2,
            _ => 3,
        };
        Self { decimals }
    }

    fn plain(self, seconds: f64) -> String {
        let text = format!("{:.*}", self.decimals, 1000.0 * seconds);
        let is_zero = !text.chars().any(|letter| ('1'..='9').contains(&letter));
        if is_zero { text.replace('-', "") } else { text.replace('-', "−") }
    }

    fn signed(self, seconds: f64) -> String {
        let text = self.plain(seconds);
        if text.starts_with('−') { text } else { format!("+{text}") }
    }

    fn with_interval(self, estimate: &Estimate) -> String {
        let Estimate { seconds, low, high } = *estimate;
        with_interval(self.signed(seconds), low, high, |end| self.plain(end))
    }

    /// Without its sign, for a word that says it.
    fn length(self, estimate: &Estimate) -> String {
        let Estimate { seconds, low, high } = *estimate;
        let turned =
            if seconds < 0.0 { (high.map(|it| -it), low.map(|it| -it)) } else { (low, high) };
        let there = Estimate { seconds: seconds.abs(), low: turned.0, high: turned.1 };
        self.with_interval(&there).trim_start_matches('+').to_owned()
    }

    fn rest(self, rest: &Estimate) -> String {
        if rest.beyond_noise() {
            return format!("the rest {}", self.with_interval(rest));
        }
        format!("the rest within noise ({})", self.signed(rest.seconds))
    }
}
