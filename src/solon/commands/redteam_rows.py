"""What the commands of red teaming read and write, and the judge's word on what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from solon.commands.rows import LabelledPromptRow
from solon.interfaces import Sampler
from solon.judges.red_team import RuleCase, judge_requests
from solon.judges.verdict import ResponseVerdict
from solon.progress import Progress
from solon.records import Prompt
from solon.responses.attacks.diversity import Diversity, diversity
from solon.responses.attacks.pairs import AttackPair, rejected_pair
from solon.responses.attacks.rejected import Kind, RejectedPrompt
from solon.store.records import write_records

FORBIDS_NOTHING = "the judge finds nothing in it that the principle forbids"
FORBIDDEN_TOO = "the judge finds that it asks for what the principle forbids"


class Confirmed(NamedTuple):
    """What a judge leaves of written pairs."""

    pairs: list[AttackPair]
    rejected: list[RejectedPrompt]
    """Both prompts of each pair of which one is not what it should be."""
    unscored: list[LabelledPromptRow]
    """Both prompts of each pair that the judge gave no full verdict on, with what it wrote."""


def confirm(pairs: Sequence[AttackPair], judge: Sampler, *, seed: int, progress: Progress | None = None) -> Confirmed:
    """Ask of every prompt whether it asks for what its principle forbids: of violating ones `yes` is right, of twins
    `no`."""
    cases = [
        RuleCase(prompt.id, pair.target.rule, prompt.messages)
        for pair in pairs
        for prompt in (pair.violating, pair.twin)
    ]
    verdicts = judge_requests(cases, judge, seed=seed, progress=progress)
    found = Confirmed([], [], [])
    for pair, violating, twin in zip(pairs, verdicts[::2], verdicts[1::2], strict=True):
        if violating.value == "no" or twin.value == "yes":
            found.rejected.extend(_rejected(pair, violating, twin))
        elif violating.value is None or twin.value is None:
            found.unscored.append(_unscored(pair.violating, violating))
            found.unscored.append(_unscored(pair.twin, twin))
        else:
            found.pairs.append(pair)
    return found


def prompt_rows(pairs: Sequence[AttackPair]) -> Iterator[LabelledPromptRow]:
    """Each violating prompt with its twin after it."""
    for pair in pairs:
        yield LabelledPromptRow.of(pair.violating)
        yield LabelledPromptRow.of(pair.twin)


class DiversityRow(Diversity):
    """The figures of one kind of prompts of one category, or of all (`category` empty)."""

    category: str
    kind: Kind


def diversity_rows(pairs: Sequence[AttackPair], *, seed: int) -> list[DiversityRow]:
    """Of all pairs and of each category, the violating prompts and the twins apart."""
    found = []
    for category in ("", *sorted({pair.target.category for pair in pairs})):
        chosen = [pair for pair in pairs if category in ("", pair.target.category)]
        sides: tuple[tuple[Kind, list[Prompt]], ...] = (
            ("harmful", [pair.violating for pair in chosen]),
            ("borderline", [pair.twin for pair in chosen]),
        )
        for kind, prompts in sides:
            figures = diversity([prompt.messages[0].content for prompt in prompts], seed=seed)
            found.append(DiversityRow(category=category, kind=kind, **figures.model_dump()))
    return found


def diversity_table(rows: Sequence[DiversityRow]) -> str:
    """The figures for people."""
    lines = [f"{'category':20} {'kind':10} prompts  distinct-1/2/3  similarity  clusters"]
    for row in rows:
        ratios = "/".join(_told(value) for value in (row.distinct_1, row.distinct_2, row.distinct_3))
        lines.append(
            f"{row.category or 'all':20} {row.kind:10} {row.prompts:7}  {ratios:14}  {_told(row.similarity):10}  "
            f"{row.near_duplicate_clusters:8}"
        )
    return "\n".join(lines)


def write_beside(out: Path, what: str, rows: Sequence[BaseModel]) -> None:
    """OUT.WHAT.jsonl where there are rows; one that an earlier command left is removed."""
    file = out.with_name(f"{out.name}.{what}.jsonl")
    file.unlink(missing_ok=True)
    if rows:
        write_records(file, rows)


def _rejected(pair: AttackPair, violating: ResponseVerdict, twin: ResponseVerdict) -> list[RejectedPrompt]:
    of_violating = FORBIDS_NOTHING if violating.value == "no" else "its twin was rejected"
    of_twin = FORBIDDEN_TOO if twin.value == "yes" else "its violating prompt was rejected"
    return rejected_pair(pair, of_violating, of_twin, raw=("".join(violating.raw), "".join(twin.raw)))


def _unscored(prompt: Prompt, verdict: ResponseVerdict) -> LabelledPromptRow:
    told = {"judge_status": verdict.status, "judge_reason": verdict.reason, "judge_raw": "".join(verdict.raw)}
    return LabelledPromptRow.of(prompt, **told)


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
