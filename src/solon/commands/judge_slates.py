"""What `judge run` tells of several responses judged at once: the judge's taste for places, and how steady it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solon.preferences.slates import LETTERS, JudgedSlate


def told_of_slates(judged: Sequence[JudgedSlate]) -> dict[str, Any]:
    """For the result: how many slates, `consistency`, and of each number of responses the `place_bias` of each letter.

    Metrics, with intervals clustered by prompt. Without all rotations neither can be told, and they are left out.
    """
    from solon.evaluation.intervals import clustered_mean, rate

    rotated = [one for one in judged if one.place_bias]
    result: dict[str, Any] = {"slates": len(judged)}
    if not rotated:
        return result
    same = rate([one.consistent for one in rotated], [one.prompt.id for one in rotated], "judge")
    biases: dict[str, Any] = {}
    for count in sorted({len(one.responses) for one in rotated}):
        of_count = [one for one in rotated if len(one.responses) == count]
        clusters = [one.prompt.id for one in of_count]
        biases[str(count)] = {
            LETTERS[place]: clustered_mean([one.place_bias[place] for one in of_count], clusters, "judge").model_dump()
            for place in range(count)
        }
    return result | {"consistency": same.model_dump(), "place_bias": biases}


def line_of_slates(told: dict[str, Any]) -> str:
    """The same for people."""
    if "consistency" not in told:
        return ""
    lines = [f"\none favourite in all orders: {told['consistency']['value']:.3f} of the slates; bias of places in nats"]
    for count, biases in told["place_bias"].items():
        lines.append(f"  of {count}: " + "  ".join(f"{letter} {one['value']:+.2f}" for letter, one in biases.items()))
    return "\n".join(lines)
