"""What each principle did in a run: how often it was drawn, what it found, what it decided, and what it is missed for.

Counts come from the run's records. What a model would do without a principle is measured by a run without it
(`solon ablate`), whose differences lie in `ablations.json` of the whole run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from solon.errors import StorageError
from solon.records import Metric
from solon.store.query import RunTables
from solon.store.records import write_text

FILE = "ablations.json"
DECIDED = 0.6
"""A comparison is decided where one of the two has at least this probability: the published clamp's upper end."""

Missed = Mapping[str, Mapping[str, Metric]]
"""What was left out (a principle or a tag) -> rate -> the whole run's minus that of the run without it."""

_COUNTS = f"""
WITH revised AS (
    SELECT principle_id, count(*) AS drawn, sum(changed::INT) AS changed
    FROM revisions WHERE principle_id IS NOT NULL GROUP BY principle_id
), judged AS (
    SELECT principle_id, count(*) AS judged,
           sum((status = 'scored' AND greatest(prob_a, 1 - prob_a) >= {DECIDED})::INT) AS decided,
           sum((status <> 'scored')::INT) AS unscored
    FROM preferences WHERE principle_id IS NOT NULL GROUP BY principle_id
)
SELECT coalesce(revised.principle_id, judged.principle_id) AS id, coalesce(drawn, 0), coalesce(changed, 0),
       coalesce(judged, 0), coalesce(decided, 0), coalesce(unscored, 0)
FROM revised FULL JOIN judged ON revised.principle_id = judged.principle_id ORDER BY id
"""


class PrincipleDid(NamedTuple):
    """What one principle did. A principle that shared a question with others counts as much as they."""

    id: str
    drawn: int
    """Critiques under it."""
    changed: int
    """Those that led to another answer."""
    judged: int
    """Comparisons under it."""
    decided: int
    """Those that preferred one response; see `DECIDED`."""
    unscored: int
    """Those that the judge gave no usable answer to."""

    @property
    def changed_share(self) -> float | None:
        """Of its critiques."""
        return self.changed / self.drawn if self.drawn else None

    @property
    def decided_share(self) -> float | None:
        """Of its comparisons that were scored."""
        scored = self.judged - self.unscored
        return self.decided / scored if scored else None


def what_principles_did(run: Path) -> list[PrincipleDid]:
    """A row for each principle that was drawn, in the order of their ids.

    Raises:
        InputError: there is no run, or one of its files is damaged.
    """
    tables = RunTables(run)
    try:
        return [PrincipleDid(*row) for row in tables.ask(_COUNTS).rows]
    finally:
        tables.close()


def read_ablations(run: Path) -> Missed:
    """What runs without a principle have shown; empty where there were none.

    Raises:
        StorageError: the file is damaged.
    """
    file = run / FILE
    if not file.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, dict[str, Metric]]).validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise StorageError(f"{file}: damaged; remove it and run `solon ablate` again") from None


def write_ablations(run: Path, missed: Missed) -> None:
    """Keep what runs without a principle have shown beside the whole run."""
    told = {name: {rate: metric.model_dump() for rate, metric in rates.items()} for name, rates in missed.items()}
    write_text(run / FILE, json.dumps(told, indent=2, allow_nan=False) + "\n")
