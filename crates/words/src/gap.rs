//! A gap as a sentence: how much slower, and in which phases.

use explain::{Analysis, Estimate, Gap, GapPart, GapPartName};
use model::phase::Phase;

use crate::answer::label;
use crate::number::Decimals;

/// `batch 4: requests/threads is 76.1 ms [73.0, 79.2] slower than aiohttp/async: TLS preparation +68.0
/// [64.1, 72.0], client +6.1 [5.0, 7.2], the rest within noise (+2.0).`
pub fn sentence(gap: &Gap, analysis: &Analysis) -> String {
    let (arm, versus) = (label(analysis, &gap.arm), label(analysis, &gap.versus));
    let start = format!("batch {}: {arm}", gap.batch_size);
    let decimals = Decimals::for_millis(gap.gap.seconds);
    let Estimate { seconds, low, high } = gap.gap;
    if gap.blocks < 2 {
        let by = decimals.write_signed_millis(seconds, None);
        return format!("{start} differs from {versus} by {by} ms in the one block they share.");
    }
    let parts = parts(gap, decimals);
    if !gap.gap.is_beyond_noise() {
        let by = with_unit(decimals.write_signed_millis(seconds, low.zip(high)));
        return format!("{start} differs from {versus} by {by}, within noise; {parts}.");
    }
    let (interval, direction) = if seconds < 0.0 {
        (high.map(|end| -end).zip(low.map(|end| -end)), "faster")
    } else {
        (low.zip(high), "slower")
    };
    let by = decimals.write_signed_millis(seconds.abs(), interval);
    let by = with_unit(by.trim_start_matches('+').to_owned());
    format!("{start} is {by} {direction} than {versus}: {parts}.")
}

/// The unit behind the figure and before the interval.
fn with_unit(figure: String) -> String {
    match figure.split_once(' ') {
        Some((figure, interval)) => format!("{figure} ms {interval}"),
        None => format!("{figure} ms"),
    }
}

fn parts(gap: &Gap, decimals: Decimals) -> String {
    let Some(parts) = &gap.parts else { return "phases not observed".to_owned() };
    if parts.named.is_empty() {
        return "no phase stands out".to_owned();
    }
    let named = parts.named.iter().map(|part| named(part, decimals));
    let rest = parts.rest.map(|rest| write_rest(rest, decimals));
    named.chain(rest).collect::<Vec<String>>().join(", ")
}

fn named(part: &GapPart, decimals: Decimals) -> String {
    let Estimate { seconds, low, high } = part.estimate;
    format!("{} {}", name(&part.name), decimals.write_signed_millis(seconds, low.zip(high)))
}

fn write_rest(rest: Estimate, decimals: Decimals) -> String {
    if rest.is_beyond_noise() {
        let figure = decimals.write_signed_millis(rest.seconds, rest.low.zip(rest.high));
        return format!("the rest {figure}");
    }
    format!("the rest within noise ({})", decimals.write_signed_millis(rest.seconds, None))
}

fn name(part: &GapPartName) -> String {
    match part {
        GapPartName::TlsPreparation => "TLS preparation".to_owned(),
        GapPartName::TlsHandshake => "TLS handshake".to_owned(),
        GapPartName::Phases(phases) => {
            let names: Vec<&str> = phases.iter().copied().map(phase).collect();
            match names.split_last() {
                Some((last, [])) => (*last).to_owned(),
                Some((last, before)) => format!("{} and {last} together", before.join(", ")),
                None => String::new(),
            }
        }
    }
}

const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Dns => "DNS",
        Phase::Tls => "TLS",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests;
