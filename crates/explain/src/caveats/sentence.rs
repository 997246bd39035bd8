//! Each reason in words: what was seen, what it means for the result, and what to do about it.

mod setup;

use model::arm::ArmName;
use model::time::Span;

use super::{
    BodySizes, BusyClient, DisputedArm, FailedTrials, Goal, JudgedRatio, LateArm, Reason,
    ReopeningArm, ShortestTime, SlowStart,
};
use crate::agreement::{Disagreement, Dispute};
use crate::figures::{counted, effect, millis, millis_alone, percent};

/// The sentence of a reason.
pub(super) fn write(reason: &Reason) -> String {
    use Reason as R;
    match reason {
        R::AaMissed(found) => aa_missed(&found.control, &found.original, [found.low, found.high]),
        R::KnownDelayMissed(found) => {
            known_delay_missed(&found.control, found.expected, [found.low, found.high])
        }
        R::UnequalErrors(found) => unequal_errors(&found.arm, &found.baseline),
        R::UnequalBytes(found) => unequal_bytes(&found.arm, &found.baseline),
        R::StallsDominate(found) => {
            stalls_dominate([&found.arm, &found.baseline], &found.by_mean, &found.by_ranks)
        }
        R::ArmsDiffer(found) => setup::arms_differ(&found.differences),
        R::UnequalProtocols(found) => setup::unequal(found.0.fact, &found.0.difference),
        R::UnequalFacts(found) => setup::unequal(found.0.fact, &found.0.difference),
        R::ShadowedModule(module) => setup::shadowed_module(module),
        R::AsyncioDebug(found) => setup::asyncio_debug(&found.labels),
        R::FreeThreading(found) => setup::free_threading(&found.labels),
        R::Drift(found) => drift([&found.arm, &found.baseline], found.change),
        R::Autocorrelation(found) => {
            autocorrelation([&found.arm, &found.baseline], found.correlation)
        }
        R::SlotEffect(found) => slot_effect(found.per_place),
        R::CarryOver(found) => carry_over(&found.arm, found.between, found.within),
        R::ProcessEffect(found) => {
            process_effect(&found.arm, found.processes, [found.between, found.within])
        }
        R::WitnessesDisagree(found) => witnesses_disagree(&found.arms),
        R::LateAnswers(found) => late_answers(&found.arms),
        R::SlowFirstTrials(found) => slow_first_trials(&found.arms),
        R::WarmConnections(found) => warm_connections(&found.arms),
        R::ClientCpu(found) => client_cpu(&found.arms),
        R::MachineSaturated(found) => machine_saturated(found.busy),
        R::CoarseTimer(found) => coarse_timer(found.resolution.as_secs(), &found.shortest),
        R::StoppedByBudget(found) => stopped_by_budget(found.blocks, found.goal),
        R::FewBlocks(found) => few_blocks(found.blocks),
    }
}

fn aa_missed(control: &ArmName, of: &ArmName, [low, high]: [f64; 2]) -> String {
    format!(
        "{control} is {of} once more, and yet its time lies at [{low:.3}, {high:.3}] of the \
         other's (99.9 %): something besides the strategies makes arms differ, so there is no \
         verdict at this batch size. Close other programs and run again with more blocks."
    )
}

fn known_delay_missed(control: &ArmName, expected: f64, [low, high]: [f64; 2]) -> String {
    let (low, high) = (millis_alone(low), millis_alone(high));
    format!(
        "The endpoint held the path of {control} for {} more, but [{low}, {high}] ms were found \
         (99.9 %): what is measured is not what happens, so there is no verdict at this batch \
         size. Close other programs and run again with more blocks.",
        millis(expected)
    )
}

fn unequal_errors(arm: &FailedTrials, baseline: &FailedTrials) -> String {
    let failing = |one: &FailedTrials| match one.failed {
        0 => "none".to_owned(),
        failed => format!("{failed} of {} trials ({})", one.trials, one.kinds.join(", ")),
    };
    format!(
        "{} failed in {}, {} in {}: what fails is not comparable with what succeeds, so there is no \
         verdict. Remove what makes it fail, then measure again.",
        arm.arm,
        failing(arm),
        baseline.arm,
        failing(baseline)
    )
}

fn unequal_bytes(arm: &BodySizes, baseline: &BodySizes) -> String {
    let read = |bodies: &BodySizes| match bodies.least == bodies.most {
        true => format!("{} bytes", bodies.least),
        false => format!("{} to {} bytes", bodies.least, bodies.most),
    };
    format!(
        "{} read {} of bodies a batch, {} read {}: they did not fetch the same, so there is no \
         verdict. Ask the server for the same from both (-H 'Accept-Encoding: identity'), and see \
         that both read their bodies to the end.",
        arm.arm,
        read(arm),
        baseline.arm,
        read(baseline)
    )
}

fn stalls_dominate(
    [arm, baseline]: [&ArmName; 2],
    by_mean: &JudgedRatio,
    by_ranks: &JudgedRatio,
) -> String {
    let judged = |one: &JudgedRatio| {
        format!("{:.3} [{:.3}, {:.3}], {}", one.ratio, one.low, one.high, one.verdict)
    };
    format!(
        "Stalls dominate {arm} against {baseline}: the mean of the log-ratios says {}; \
         Hodges-Lehmann, which a few stalled trials hardly move, says {}. Find out what stalls, or \
         measure more blocks (-n).",
        judged(by_mean),
        judged(by_ranks)
    )
}

fn drift([arm, baseline]: [&ArmName; 2], change: f64) -> String {
    format!(
        "The ratio of {arm} to {baseline} drifted by {} from the first third of the blocks to the \
         last: its interval holds for a ratio that stays. Warm up longer (-w), or run again on a \
         quieter machine.",
        effect(change)
    )
}

fn autocorrelation([arm, baseline]: [&ArmName; 2], correlation: f64) -> String {
    let (neighbours, width) = match correlation < 0.0 {
        true => ("alternates from block to block", "wide"),
        false => ("resembles itself from block to block", "narrow"),
    };
    format!(
        "The ratio of {arm} to {baseline} {neighbours} (correlation {correlation:.2}): its interval \
         is too {width}. Look for what changes slowly or in turns beside the run, and run again \
         with more blocks (-n)."
    )
}

fn slot_effect(per_place: f64) -> String {
    format!(
        "Each place later in a block changes a trial's time by {}. The random order spreads that \
         evenly over the arms only in the long run: measure more blocks (-n).",
        effect(per_place)
    )
}

fn carry_over(arm: &ArmName, between: f64, within: f64) -> String {
    format!(
        "The time of {arm} depends on which arm ran before it, by {} (beside {} from trial to \
         trial): something outlives a trial. The random order spreads it evenly only in the long \
         run: measure more blocks (-n), or fewer arms at once.",
        percent(between.exp_m1()),
        percent(within.exp_m1())
    )
}

fn process_effect(arm: &ArmName, processes: usize, [between, within]: [f64; 2]) -> String {
    format!(
        "The {processes} processes of {arm} differ by {} from each other (beside {} from trial to \
         trial): its interval counts trials where it should count processes, and is too narrow. \
         Measure over more processes: more blocks (-n).",
        percent(between.exp_m1()),
        percent(within.exp_m1())
    )
}

fn witnesses_disagree(arms: &[DisputedArm]) -> String {
    let arms = arms.iter().map(|one| {
        let about: Vec<String> = one.disagreements.iter().map(dispute).collect();
        format!("{} ({})", one.arm, about.join("; "))
    });
    format!(
        "A client and the endpoint tell what cannot both be true: {}. Do not believe this client's \
         times: it may end before its bodies have come. Check its driver (batchmark driver-check).",
        listed(arms)
    )
}

/// The client's figure against the endpoint's, of the trial in which they lie farthest apart.
fn dispute(disagreement: &Disagreement) -> String {
    match disagreement {
        Disagreement::Requests(counts) => format!("requests {}", of_counts(counts)),
        Disagreement::Bytes(counts) => format!("bytes {}", of_counts(counts)),
        Disagreement::Connections(counts) => format!("connections {}", of_counts(counts)),
        Disagreement::Responses(counts) => format!("responses {}", of_counts(counts)),
        Disagreement::SentLate(times) => format!("a request sent at {}", of_times(times)),
        Disagreement::FirstByteEarly(times) => format!("a first byte at {}", of_times(times)),
        Disagreement::DoneEarly(times) => format!("a request done at {}", of_times(times)),
        Disagreement::Residence(times) => format!("all requests' time {}", of_times(times)),
    }
}

fn of_counts(dispute: &Dispute<u64>) -> String {
    let trials = counted(dispute.trials, "trial");
    format!("{} against {} in {trials}", dispute.client, dispute.witness)
}

fn of_times(dispute: &Dispute<Span>) -> String {
    let (client, witness) = (dispute.client.as_secs(), dispute.witness.as_secs());
    let trials = counted(dispute.trials, "trial");
    format!("{} against {} ms in {trials}", millis_alone(client), millis_alone(witness))
}

fn late_answers(arms: &[LateArm]) -> String {
    /// So many arms are told with their figures, those that are latest.
    const TOLD: usize = 2;
    let lateness = |one: &LateArm| one.requests.client.as_secs() / one.requests.witness.as_secs();
    let mut latest: Vec<&LateArm> = arms.iter().collect();
    latest.sort_by(|one, other| lateness(other).total_cmp(&lateness(one)));
    let told = latest.iter().take(TOLD).map(|one| {
        let (client, witness) = (one.requests.client.as_secs(), one.requests.witness.as_secs());
        format!("{} ({} against {} ms)", one.arm, millis_alone(client), millis_alone(witness))
    });
    let others = match arms.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(", and less so for {}", counted(more, "other arm")),
    };
    format!(
        "Requests took longer for a client than for the endpoint that answered them, all of a batch \
         together: {}{others}. Responses lay ready while the client, or the machine, was busy \
         elsewhere; the path counts that as client. Close other programs if the client should not \
         have been busy.",
        listed(told)
    )
}

fn slow_first_trials(arms: &[SlowStart]) -> String {
    let arms = arms.iter().map(|one| {
        let excess = percent(one.excess - 1.0);
        format!("{} by {excess} (in {} of {} processes)", one.arm, one.slow, one.processes)
    });
    format!(
        "The first counted trial of a process is slower than its others: {}. The process was not \
         warm yet, and its mean is not that of a warm one: renew processes less often, or measure \
         more blocks (-n).",
        listed(arms)
    )
}

fn warm_connections(arms: &[ReopeningArm]) -> String {
    let arms = arms.iter().map(|one| {
        format!("{} ({} in {})", one.arm, one.connections, counted(one.trials, "trial"))
    });
    format!(
        "Warm trials opened connections: {}. They hold what a warm session should save: see \
         whether the server closes idle connections, or the client keeps too few (pool=N, where a \
         strategy knows it).",
        listed(arms)
    )
}

fn client_cpu(arms: &[BusyClient]) -> String {
    let arms = arms.iter().map(|one| {
        let cores = if one.usable_cores == 1 {
            "1 core".to_owned()
        } else {
            format!("{} cores", one.usable_cores)
        };
        format!("{} ({:.2} of {cores})", one.arm, one.cores)
    });
    format!(
        "The client's CPU is near its limit: {}. These times are the client's own work rather than \
         the network's or the server's; a faster machine would show other ratios.",
        listed(arms)
    )
}

fn machine_saturated(busy: f64) -> String {
    format!(
        "The machine's cores were busy for {} of the time: clients, endpoint and whatever else runs \
         waited for each other. End other programs and run again; if there are none, the batches \
         themselves are more than this machine can do at once.",
        percent(busy)
    )
}

fn coarse_timer(resolution: f64, shortest: &ShortestTime) -> String {
    format!(
        "The clock's step of {} is more than 1 % of {}, which takes {}: do not read more out of it \
         than the clock can tell. Measure larger batches, or on a machine with a finer clock.",
        millis(resolution),
        shortest.phase.map_or_else(|| "a batch".to_owned(), |phase| format!("the {phase} phase")),
        millis(shortest.seconds)
    )
}

fn stopped_by_budget(blocks: usize, wanted: Goal) -> String {
    let wanted = match wanted {
        Goal::Blocks(blocks) => format!("the {blocks} blocks that were asked for"),
        Goal::Precision(share) => format!("every ratio was known to within {}", percent(share)),
    };
    let blocks = if blocks == 1 { "1 block".to_owned() } else { format!("{blocks} blocks") };
    format!(
        "The budget ended the run after {blocks}, before {wanted}. Allow it more time (--budget), \
         or compare fewer strategies at once."
    )
}

fn few_blocks(blocks: usize) -> String {
    let there_are = match blocks {
        0 => "No block is whole".to_owned(),
        1 => "There is only 1 block".to_owned(),
        _ => format!("There are only {blocks} blocks"),
    };
    format!(
        "{there_are}: so few show neither drift nor dependence, and one stall moves every figure. \
         Measure ten or more (-n 10)."
    )
}

fn listed(entries: impl Iterator<Item = String>) -> String {
    entries.collect::<Vec<String>>().join(", ")
}
