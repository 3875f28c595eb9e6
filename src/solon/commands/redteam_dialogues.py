"""Dialogues of red teaming as rows: who said what, and which answers a judge finds in breach."""

from __future__ import annotations

from collections.abc import Sequence

from solon.constitution.targets import Target
from solon.evaluation.intervals import rate
from solon.interfaces import Sampler
from solon.judges.reading import Status
from solon.judges.red_team import MarkedTurns, RuleCase, mark_violations
from solon.progress import Progress
from solon.records import Metric
from solon.responses.attacks.dialogues import Dialogue


class DialogueRow(Dialogue):
    """A dialogue and a judge's verdict on it."""

    status: Status
    """`scored`: the judge read it. Without an answer there is nothing to judge, and it is `unscored`."""
    violating_turns: tuple[int, ...] | None
    """Numbers of the defender's answers that break the principle, from 1 on; None where there is no verdict."""
    reason: str = ""
    """Why there is no verdict."""
    judge_raw: str = ""
    """What the judge wrote."""


def judged(
    dialogues: Sequence[Dialogue],
    targets: Sequence[Target],
    judge: Sampler,
    *,
    seed: int,
    progress: Progress | None = None,
) -> list[DialogueRow]:
    """One row per dialogue, in order; the judge is asked of those that have an answer."""
    rules = {target.id: target.rule for target in targets}
    cases = [RuleCase(one.id, rules[one.principle_id], one.messages) for one in dialogues if one.messages]
    marked = mark_violations(cases, judge, seed=seed, progress=progress)
    of_id = {case.id: found for case, found in zip(cases, marked, strict=True)}
    nothing = MarkedTurns(status="unscored", reason="there is no answer to judge")
    rows = []
    for one in dialogues:
        found = of_id.get(one.id, nothing)
        turns = found.turns if found.status == "scored" else None
        verdict = {"status": found.status, "violating_turns": turns, "reason": found.reason, "judge_raw": found.raw}
        rows.append(DialogueRow.model_validate({**dict(one), **verdict}))
    return rows


def violation_figures(rows: Sequence[DialogueRow]) -> dict[str, Metric]:
    """`violated` and `violated/CATEGORY`: of the dialogues that the judge read, how many have a violation.

    Intervals are clustered by principle; within a category every dialogue counts for itself.
    """
    read = [row for row in rows if row.status == "scored"]
    found = {}
    for category in ["", *sorted({row.category for row in rows})]:
        chosen = [row for row in read if category in ("", row.category)]
        flags = [bool(row.violating_turns) for row in chosen]
        name = f"violated/{category}" if category else "violated"
        found[name] = rate(flags, [row.id if category else row.principle_id for row in chosen], "judge")
    return found
