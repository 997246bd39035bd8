"""Complains about an arm that must not be slower than another one, and names the cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from batchmark.certainty import UNEXPLAINED, certainty_of
from batchmark.errors import BadRequest

MEASURED = "measured"


def complaints(
    analysis: Mapping[str, Any], labels: Optional[Sequence[str]], than: str, margin: float
) -> list[str]:
    """Return a complaint for each arm that is slower than the margin allows, or has no time.

    Args:
        analysis: The analysis, in which `than` is the baseline.
        labels: The labels of the arms; all others for `None`.
        than: The label of the other arm.
        margin: By which share an arm may be slower.

    Raises:
        BadRequest: A label is that of no arm.
    """
    arms = [arm for arm in analysis["arms"] if arm["role"] == MEASURED]
    known = list(dict.fromkeys(arm["label"] for arm in arms))
    chosen = known if labels is None else labels
    for label in chosen:
        if label not in known:
            raise BadRequest(f"there is no arm {label}: there are {', '.join(known)}")
    judged = [arm for arm in arms if arm["label"] in chosen or arm["label"] == than]
    found = [_without_time(arm, analysis) for arm in judged if not arm["describe"]["count"]]
    found += _slower(analysis, {arm["arm"]: arm for arm in judged}, margin)
    return found


def _without_time(arm: Mapping[str, Any], analysis: Mapping[str, Any]) -> str:
    for failed in analysis["failures"]:
        if arm["arm"] in failed["arms"]:
            return f"{arm['label']} has no time at batch {arm['batch_size']}: {failed['sentence']}"
    return f"{arm['label']} has no time at batch {arm['batch_size']}"


def _slower(
    analysis: Mapping[str, Any], arms: Mapping[str, Mapping[str, Any]], margin: float
) -> Iterator[str]:
    for ratio in analysis["ratios"]:
        arm, than = arms.get(ratio["arm"]), arms.get(ratio["baseline"])
        if arm is None or than is None or ratio["low"] is None or ratio["low"] <= 1 + margin:
            continue
        digits = _decimals(ratio["ratio"])
        low, high = (f"{ratio[end]:.{digits}f}" for end in ("low", "high"))
        yield (
            f"{arm['label']} is slower than {than['label']} at batch {arm['batch_size']}: "
            f"{_mean(arm)}, not {_mean(than)}, {ratio['ratio']:.{digits}f} times "
            f"[{low}, {high}]; the margin allows {1 + margin:.3g} times."
            + "".join(f"\n  {line}" for line in _cause(analysis, arm, than))
        )


def _mean(arm: Mapping[str, Any]) -> str:
    millis = arm["describe"]["mean"] * 1000
    return f"{millis:.{_decimals(millis)}f} ms"


def _decimals(value: float) -> int:
    """Return how many decimals make three digits, as the report writes numbers: at most three."""
    return next(
        (decimals for decimals, least in enumerate((99.95, 9.995, 0.9995)) if value >= least), 3
    )


def _cause(
    analysis: Mapping[str, Any], arm: Mapping[str, Any], than: Mapping[str, Any]
) -> list[str]:
    """Return the largest cause of an arm's time, beside the other arm if it can, and its remedy."""
    findings = [each for each in analysis["findings"] if each["arm"] == arm["arm"]]
    findings = [each for each in findings if each["code"] != "nothing"]
    beside = [each for each in findings if each["versus"] == than["arm"]]
    if not findings:
        return ["no cause was found: batchmark report --full shows where the time goes"]
    cause = (beside or findings)[0]
    certainty = certainty_of(cause["code"], is_confirmed=cause["because"])
    lead = certainty if cause["code"] == UNEXPLAINED else f"{certainty} cause"
    lines = [f"{lead}: {cause['sentence']}", cause["remedy"]]
    return [*filter(None, lines), f"see  batchmark explain {cause['code']}"]
