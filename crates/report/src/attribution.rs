//! The experiments: what removing each cause of an arm's time was worth.

use explain::{
    Analysis, Attribution, Estimate, FactorAttribution, GroupAttribution, Interaction, TriedVerdict,
};
use model::arm::BatchSize;
use model::experiment::FactorKind;

use words::number::Decimals;

use crate::style::{Ink, Style};
use crate::{estimate, text};

use Effect::{Costs, Nothing, Saves, Unsure};

/// The indent of a sentence, and of further lines once more.
const INDENT: usize = 2;

/// The attributions of a batch size, the arms in their order; nothing for a run without experiments.
pub(crate) fn lines(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<String> {
    let of_size = analysis.attributions.iter().filter(|one| one.batch_size == size);
    let arms: Vec<Vec<String>> = of_size.map(|one| paragraphs(one, style)).collect();
    arms.join(&String::new())
}

fn paragraphs(attribution: &Attribution, style: Style) -> Vec<String> {
    let heading = text::wrap(&heading(attribution), style.columns(), 0);
    let mut lines: Vec<String> =
        heading.into_iter().map(|line| style.paint(&line, Ink::Heading)).collect();
    for sentence in sentences(attribution) {
        let sentence = text::hang(&sentence, style.columns() - INDENT, INDENT);
        lines.extend(sentence.into_iter().map(|line| format!("{:INDENT$}{line}", "")));
    }
    lines
}

pub(crate) fn heading(attribution: &Attribution) -> String {
    let Attribution { arm, versus, gap, .. } = attribution;
    let (Some(versus), Some(gap)) = (versus, gap) else {
        let than = versus.as_ref().map(|versus| format!(" longer than {versus}"));
        return format!("{arm} takes{}", than.unwrap_or_else(|| " its time".to_owned()));
    };
    let found = estimate::millis(gap);
    match effect(gap) {
        Saves | Unsure => format!("{arm} takes {found} longer than {versus}"),
        Nothing => format!("{arm} differs from {versus} by {found}, within noise"),
        Costs => format!("{arm} is {} faster than {versus}", negated(gap)),
    }
}

pub(crate) fn sentences(attribution: &Attribution) -> Vec<String> {
    let mut sentences: Vec<String> = attribution.tried.iter().map(words::tried::sentence).collect();
    if attribution.blocks == 0 {
        sentences.push("no verdict: in no block did every cell succeed".to_owned());
        return sentences;
    }
    let imposed = attribution.factors.iter().filter(|factor| is_imposed(factor, attribution));
    sentences.extend(imposed.filter_map(own_share));
    for group in &attribution.groups {
        sentences.extend(joint_share(group, attribution));
    }
    let interactions = attribution.interactions.iter();
    sentences.extend(interactions.filter_map(|one| together(one, attribution)));
    sentences.extend(attribution.remainder.as_ref().map(|left| remainder(left, attribution)));
    sentences
}

/// Whether the cause was removed: a change that was imposed on the user's code may have no effect.
fn is_imposed(factor: &FactorAttribution, attribution: &Attribution) -> bool {
    let mut tried = attribution.tried.iter().filter(|tried| tried.factor == factor.factor);
    tried.all(|tried| tried.verdict != TriedVerdict::NotImposed)
}

/// A cause that has a share of its own.
fn own_share(factor: &FactorAttribution) -> Option<String> {
    let share = &factor.share.as_ref()?.seconds;
    let alone = alone(factor)?;
    let FactorAttribution { setting, instead_of, .. } = factor;
    let found = estimate::millis(share);
    Some(match effect(share) {
        Saves => {
            format!("confirmed: {setting} instead of {instead_of} saves {found} (alone {alone})")
        }
        Nothing => {
            format!("no effect: {setting} instead of {instead_of} saves {found}, within noise")
        }
        Unsure => format!("one block: {setting} saves {found} (alone {alone})"),
        Costs => format!("not a cause: {setting} instead of {instead_of} costs {}", negated(share)),
    })
}

/// What a cause saves alone, and what the replay predicted, before the first block where the plan says
/// so: `29.6 ms [29.2, 30.0], predicted 28.9 ms [26.0, 31.8]`.
fn alone(factor: &FactorAttribution) -> Option<String> {
    let alone = estimate::millis(factor.alone.as_ref()?);
    let predicted = factor.predicted_before.or(factor.predicted).as_ref().map(estimate::millis);
    Some(match predicted {
        Some(predicted) => format!("{alone}, predicted {predicted}"),
        None => alone,
    })
}

/// Causes that only have a share together, each with what it takes away at least and at most.
fn joint_share(group: &GroupAttribution, attribution: &Attribution) -> Vec<String> {
    let of_kind = |kind: &FactorKind| named(*kind, attribution);
    let members: Vec<&FactorAttribution> = group.factors.iter().filter_map(of_kind).collect();
    let settings: Vec<&str> = members.iter().map(|member| member.setting.as_str()).collect();
    let share = group.share.as_ref().map(|share| {
        let found = estimate::millis(&share.seconds);
        format!("{} together save {found}", settings.join(" and "))
    });
    let imposed = members.into_iter().filter(|member| is_imposed(member, attribution));
    share.into_iter().chain(imposed.filter_map(nested)).collect()
}

fn nested(factor: &FactorAttribution) -> Option<String> {
    let (range, alone) = (factor.range.as_ref()?, factor.alone.as_ref()?);
    let FactorAttribution { setting, instead_of, .. } = factor;
    let found = estimate::millis(alone);
    let of_itself = match effect(alone) {
        Saves => format!("confirmed: {setting} instead of {instead_of} saves {found} alone"),
        Nothing => format!(
            "no effect: {setting} instead of {instead_of} saves {found} alone, within noise"
        ),
        Unsure => format!("one block: {setting} saves {found} alone"),
        Costs => {
            format!("not a cause: {setting} instead of {instead_of} costs {} alone", negated(alone))
        }
    };
    let decimals = Decimals::for_millis(range.most.seconds);
    let [least, most] = [range.least, range.most].map(|end| decimals.write_millis(end.seconds));
    Some(format!("{of_itself}; {least} to {most} ms with the other causes removed"))
}

/// The effect of removing a cause.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Time was saved.
    Saves,
    /// None beyond noise.
    Nothing,
    /// There is only one block.
    Unsure,
    /// Time was lost.
    Costs,
}
fn effect(saved: &Estimate) -> Effect {
    match (saved.is_beyond_noise(), saved.seconds > 0.0) {
        (false, _) if saved.low.is_none() => Unsure,
        (false, _) => Nothing,
        (true, true) => Saves,
        (true, false) => Costs,
    }
}

/// The same time with the opposite sign.
fn negated(estimate: &Estimate) -> String {
    let Estimate { seconds, low, high } = *estimate;
    let (low, high) = (high.map(|high| -high), low.map(|low| -low));
    estimate::millis(&Estimate { seconds: -seconds, low, high })
}

fn together(interaction: &Interaction, attribution: &Attribution) -> Option<String> {
    let [one, other] = interaction.factors.map(|kind| named(kind, attribution));
    let (one, other) = (&one?.setting, &other?.setting);
    let more = &interaction.seconds;
    Some(match effect(more) {
        Saves => format!("{one} saves {} more together with {other}", estimate::millis(more)),
        Costs => format!("{one} saves {} less together with {other}", negated(more)),
        Nothing | Unsure => return None,
    })
}

fn remainder(left: &Estimate, attribution: &Attribution) -> String {
    let versus = attribution.versus.as_ref().map_or("the other", |versus| versus.0.as_str());
    let found = estimate::millis(left);
    match (attribution.factors.is_empty(), effect(left)) {
        (true, _) => format!("no cause can be removed here: {found} are unexplained"),
        (false, Saves) => format!("unexplained: {found}"),
        (false, Nothing) => format!("unexplained: {found}, within noise"),
        (false, Unsure) => format!("one block: {found} are unexplained"),
        (false, Costs) => {
            format!("with all of these it would be {} faster than {versus}", negated(left))
        }
    }
}

fn named(kind: FactorKind, attribution: &Attribution) -> Option<&FactorAttribution> {
    attribution.factors.iter().find(|factor| factor.factor == kind)
}

#[cfg(test)]
mod tests;
