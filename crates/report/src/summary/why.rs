//! Why the slower arms are slower, or all arms take as long as they do: the largest cause of each, its size and what
//! to change.

use words::answer::{cause, cause_alone};
use words::findings;

use super::density::Density;
use super::shown::ShownArms;
use crate::style::{Ink, Style};
use crate::text;

/// How far the arms are set in, and further lines once more.
const INDENT: usize = 2;
/// The gap behind a name.
const GAP: usize = 2;
/// A name that takes more than a third of a line has a line of its own.
const NAME_SHARE: usize = 3;

/// A cause: the arm's name, what to read, and the certainty with the code.
struct Cause {
    name: String,
    text: String,
    tag: String,
    /// The line of the code that has most of it, if that is known.
    line: Option<String>,
}

/// A paragraph for each arm that is to be explained, or one line that says that there is no cause.
pub(super) fn lines(shown: &ShownArms<'_>, density: Density, style: Style) -> Vec<String> {
    let causes = causes(shown, density);
    let title = style.paint("Why", Ink::Heading);
    if causes.is_empty() {
        return match shown.answer {
            Some(_) => {
                let sentence = format!("Why: {}", words::answer::no_cause(&shown.unexplained()));
                let sentence = shown.names.shorten(&sentence);
                let mut lines = text::hang(&sentence, style.columns(), INDENT);
                if let Some(first) = lines.first_mut() {
                    *first = first.replacen("Why", &title, 1);
                }
                lines
            }
            None => Vec::new(),
        };
    }
    let widest = causes.iter().map(|cause| text::width(&cause.name)).max().unwrap_or(0);
    let mut lines = vec![title];
    if widest > style.columns() / NAME_SHARE {
        for cause in &causes {
            let name = text::break_name(&cause.name, style.columns() - INDENT);
            lines.extend(name.into_iter().map(|line| format!("{:INDENT$}{line}", "")));
            lines.extend(paragraph(cause, "", density, style));
        }
    } else {
        for cause in &causes {
            let start = format!("{:INDENT$}{:2$}", "", cause.name, widest + GAP);
            lines.extend(paragraph(cause, &start, density, style));
        }
    }
    lines
}

/// The largest cause of each arm that is to be explained, and of those without a time.
fn causes(shown: &ShownArms<'_>, density: Density) -> Vec<Cause> {
    let arms = shown.explained().into_iter().chain(shown.without_time());
    let causes = arms.filter_map(|arm| {
        let finding = shown.largest_cause(&arm.arm)?;
        let certainty = findings::certainty(finding);
        let (text, tag) = if density.leaves_out_remedies() {
            (cause_alone(finding, arm.mean()), certainty.to_string())
        } else {
            let cause = cause(finding, arm.mean());
            let text = match shown.tried(&arm.arm) {
                Some(tried) => format!("{cause} {}.", words::tried::sentence(tried)),
                None => cause,
            };
            (text, format!("{certainty}: {}", finding.code))
        };
        let line = findings::largest_code_line(finding);
        let line = line.filter(|_| !density.leaves_out_code_lines());
        Some(Cause { name: shown.name(arm), text: shown.names.shorten(&text), tag, line })
    });
    causes.collect()
}

/// The cause behind this start of a line, with its tag at the right end of the last line, and the line
/// of the code below it.
fn paragraph(cause: &Cause, start: &str, density: Density, style: Style) -> Vec<String> {
    let mut lines = text::fill_behind(start, &cause.text, style.columns(), 2 * INDENT);
    let tag = text::width(&cause.tag);
    let fits = lines.last().is_some_and(|last| text::width(last) + 1 + tag <= style.columns());
    if !fits && !density.leaves_out_lone_tags() {
        lines.push(String::new());
    }
    if let Some(last) = lines.last_mut().filter(|_| fits || !density.leaves_out_lone_tags()) {
        let padding = style.columns().saturating_sub(text::width(last) + tag);
        last.push_str(&format!("{:padding$}{}", "", cause.tag));
    }
    let line = cause.line.iter().flat_map(|line| text::wrap(line, style.columns(), 2 * INDENT));
    lines.extend(line);
    lines
}
