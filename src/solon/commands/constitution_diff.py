"""What an edit of a constitution changes, and what must be computed again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solon.commands.constitution import File
from solon.commands.shared import Json, Seed, open_constitution, row_counts

if TYPE_CHECKING:
    from solon.constitution.changes import Changes
    from solon.constitution.recompute import Counted, Expected, Recompute


def diff(
    before: File,
    after: File,
    prompts: Annotated[
        Path | None, typer.Option("--prompts", help="JSONL of prompts; what is to be redone is counted for them")
    ] = None,
    rounds: Annotated[int, typer.Option(min=0, help="critiques and revisions of each answer")] = 4,
    labels_per_prompt: Annotated[int, typer.Option(min=1, help="pairs of each prompt that a judge labels")] = 1,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Which principles differ, in which words, and what of critiques and labels must be computed again."""
    from solon.constitution.changes import changes
    from solon.constitution.recompute import recompute

    old, new = open_constitution(before), open_constitution(after)
    ids: list[str] = []
    if prompts is not None:
        from solon.data import QuarantineWriter, read_prompts

        quarantine = QuarantineWriter(None)
        ids = [prompt.id for prompt in read_prompts(prompts, quarantine)]
        for file, reason in quarantine.first_reason.items():
            print(f"{file}: {row_counts(quarantine.counts)['quarantined']} rows left out; {reason}", file=sys.stderr)
    found = changes(old, new)
    again = recompute(old, new, rounds=rounds, seed=seed, prompt_ids=ids, labels_per_prompt=labels_per_prompt)
    if as_json:
        print(json.dumps({**found.as_json(), "recompute": again.as_json()}, ensure_ascii=False))
        return
    print("\n".join([*_told(found), "", *_redone(again)]))


def _told(found: Changes) -> list[str]:
    told = found.as_json()
    lines = [f"{kind}: {', '.join(told[kind]) or 'none'}" for kind in ("added", "removed", "changed")]
    lines += [f"renamed: {old} -> {new}" for old, new in found.renamed]
    for one in found.changed:
        lines += [f"{one.id}: weight {one.weight[0]:g} -> {one.weight[1]:g}"] if one.weight else []
        lines += [f"{one.id}: {field.field}: {field.words}" for field in one.fields]
    return [*lines, *(f"{field.field}: {field.words}" for field in found.shared)]


def _redone(again: Recompute) -> list[str]:
    every = again.everything
    lines = [f"all critiques and revisions are to be redone: {reason}" for reason in every.critiques]
    lines += [f"all labels are to be redone: {reason}" for reason in every.labels]
    lines += [
        f"all labels of a judge that reasons first are to be redone: {reason}" for reason in every.reasoned_labels
    ]
    lines += _expected(again.expected)
    return lines + (_counted(again.counted) if again.counted else [])


def _expected(expected: Expected) -> list[str]:
    lines = [f"expected: a draw for a critique gives other wording with probability {expected.per_round:.4f}"]
    if expected.chains:
        rounds = ", ".join(f"{share:.1%} by round {number}" for number, share in enumerate(expected.chains, 1))
        lines.append(f"  chains touched: {rounds}; {expected.rounds:.1%} of all rounds are to be redone")
    return [*lines, f"  labels to redo: {expected.labels:.1%}"]


def _counted(counted: Counted) -> list[str]:
    lines = [f"counted for {counted.prompts:,} prompts:"]
    if counted.all_rounds:
        begin = ", ".join(f"{number:,} from round {index}" for index, number in enumerate(counted.by_round, 1))
        lines.append(f"  chains to redo: {counted.chains:,} of {counted.prompts:,} ({begin})")
        lines.append(f"  rounds to redo: {counted.rounds:,} of {counted.all_rounds:,}")
    if counted.all_labels:
        lines.append(f"  labels to redo: {counted.labels:,} of {counted.all_labels:,}")
    return lines
