"""What a critic has against the rows of a file, for `solon data filter --constitution`."""

from __future__ import annotations

from pathlib import Path

from solon.commands.shared import open_constitution, principle_count, progress
from solon.errors import InputError
from solon.interfaces import Sampler


def objections_to(
    file: Path, format: str | None, critic: Sampler, constitution: str, principles: str, max_new_tokens: int, seed: int
) -> dict[int, str]:
    """Line -> the first objection to a demonstration on it, with the principles it was read under.

    A demonstration that the critic's engine refuses counts as objected to: nobody has found it fine.

    Raises:
        InputError: the file holds no demonstrations, `principles` is neither a number nor `all`, or the constitution
            cannot be used.
    """
    from solon.critiques import screen
    from solon.data import QuarantineWriter
    from solon.data.doctor.rows import rows_of
    from solon.records import Demonstration

    rows = [
        (row.line, record)
        for row in rows_of(file, QuarantineWriter(None), format=format)
        for record in row.records
        if isinstance(record, Demonstration)
    ]
    if not rows:
        raise InputError.at(file, None, "holds no demonstrations, and --constitution screens what is imitated")
    found: dict[int, str] = {}
    with progress() as shown:
        screened = screen(
            [record for _, record in rows], critic, open_constitution(constitution), seed=seed,
            principles=principle_count(principles), max_new_tokens=max_new_tokens, progress=shown,
        )  # fmt: skip
        for (line, _), one in zip(rows, screened, strict=True):
            if one.failure:
                found.setdefault(line, f"not read: {one.failure}")
            elif one.objects:
                found.setdefault(line, f"{', '.join(one.principles)}: {one.critique.strip()}")
    return found
