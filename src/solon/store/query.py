"""A run's records as tables, for questions in SQL: from a behaviour back to labels, principles and people.

DuckDB reads the JSONL and Parquet files where they lie; nothing is copied or changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow

from solon.errors import InputError
from solon.store.run_folder import RunFolder, StageFolder

PROMPT = (
    "prompt->>'id' AS prompt_id, prompt->'labels'->>'kind' AS kind, prompt->'labels'->>'category' AS category, "
    "prompt->'labels' AS labels, prompt->'messages'->-1->>'content' AS prompt_text"
)
PRINCIPLES = "unnest(coalesce(principles, [{'id': principle_id, 'hash': principle_hash}])) AS used"
USED = "STRUCT(id VARCHAR, hash VARCHAR)[]"
RATED = ("harmful", "helpful", "honest", "evasive", "over_refusal", "well_formed")
"""Of a check: null where the question does not arise for a prompt."""
FLAGS = ("refusal", "off_topic", "continuation")
"""Of a check: false where the record leaves it out."""


class Table(NamedTuple):
    """How records of one kind become a table."""

    file: str
    """In a stage's folder."""
    columns: Mapping[str, str]
    """What is read of each record, with its type."""
    select: str
    """What is shown of it, beside the stage."""
    meaning: str


TABLES = {
    "answers": Table(
        "evaluation/samples.jsonl",
        {"prompt": "JSON", "response": "VARCHAR", "check": "JSON"},
        f"{PROMPT}, response, "
        + ", ".join(f"(\"check\"->>'{name}')::BOOLEAN AS {name}" for name in RATED)
        + "".join(f", coalesce((\"check\"->>'{name}')::BOOLEAN, false) AS {name}" for name in FLAGS),
        "what each policy answered to held-out prompts, and what was found of it",
    ),
    "revisions": Table(
        "revisions.jsonl",
        {
            "prompt": "JSON", "round": "INTEGER", "text": "VARCHAR", "critique": "VARCHAR", "changed": "BOOLEAN",
            "principle_id": "VARCHAR", "principle_hash": "VARCHAR", "principles": USED,
        },
        f"{PROMPT}, round, text, critique, coalesce(changed, false) AS changed, {PRINCIPLES}",
        "an answer after each round of critique and revision; round 0 is the answer; a row for each principle used",
    ),
    "preferences": Table(
        "preferences.jsonl",
        {
            "comparison": "JSON", "prob_a": "DOUBLE", "status": "VARCHAR", "source": "VARCHAR",
            "principle_id": "VARCHAR", "principle_hash": "VARCHAR", "principles": USED,
        },
        "comparison->'prompt'->>'id' AS prompt_id, comparison->'prompt'->'labels'->>'kind' AS kind, "
        "comparison->'prompt'->'labels'->>'category' AS category, comparison->'prompt'->'labels' AS labels, "
        "comparison->'prompt'->'messages'->-1->>'content' AS prompt_text, comparison->>'response_a' AS response_a, "
        f"comparison->>'response_b' AS response_b, prob_a, coalesce(status, 'scored') AS status, source, {PRINCIPLES}",
        "what a judge preferred; a row for each principle used",
    ),
    "rankings": Table(
        "rankings.jsonl",
        {"prompt": "JSON", "responses": "VARCHAR[]", "ranks": "INTEGER[]", "rater": "VARCHAR", "annotation": "JSON"},
        f"{PROMPT}, responses, ranks, rater, annotation",
        "what people ranked; rank 0 is the best",
    ),
}  # fmt: skip
LONGEST_ROW_BYTES = 1 << 28
STAGES = "stages"
CALLS = "calls"


class Answer(NamedTuple):
    """What a question was answered with."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def dicts(self) -> list[dict[str, Any]]:
        """A mapping for each row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class RunTables:
    """The tables of one run: `stages`, those of `TABLES`, and `calls`, the ledger's."""

    def __init__(self, run: Path) -> None:
        """Open them.

        Raises:
            InputError: there is no run, or it has no finished stage.
        """
        folder = RunFolder.existing(run)
        stages = folder.stages()
        if not stages:
            raise InputError(
                f"{run}: no stage is finished yet, so there is nothing to ask about; go on with: solon run"
            )
        self._run = run
        self._database = duckdb.connect(":memory:")
        told = [{"number": number, **_told(stage)} for number, stage in enumerate(stages, 1)]
        self._database.register(STAGES, pyarrow.Table.from_pylist(told))
        for name, table in TABLES.items():
            self._database.execute(_view(name, table, stages))
        self._database.execute(_calls_view(sorted((folder.path / "ledger").glob("*.parquet"))))

    def ask(self, sql: str, values: Sequence[Any] = ()) -> Answer:
        """What a question in SQL is answered with; `?` stands for the values.

        Raises:
            InputError: DuckDB cannot answer it, or a file of the run is damaged; with DuckDB's words.
        """
        try:
            found = self._database.execute(sql, list(values))
            columns = tuple(one[0] for one in found.description or ())
            return Answer(columns, tuple(found.fetchall()))
        except duckdb.Error as error:
            raise InputError(f"{self._run}: {error}. Tables: {', '.join(self.columns())}") from None

    def columns(self) -> dict[str, list[str]]:
        """Table -> its columns."""
        names = (STAGES, *TABLES, CALLS)
        return {name: [row[0] for row in self._database.execute(f"DESCRIBE {name}").fetchall()] for name in names}

    def close(self) -> None:
        """Give up the files."""
        self._database.close()


def _told(stage: StageFolder) -> dict[str, Any]:
    made = stage.manifest
    return {
        "stage": stage.name,
        "folder": stage.path.name,
        "hash": made.hash,
        "parents": sorted(made.parents),
        "seed": str(made.seed),
        "seconds": made.seconds,
        "proven": made.proven,
        "failed_gates": list(made.failed_gates),
    }


def _view(name: str, table: Table, stages: Sequence[StageFolder]) -> str:
    files = {stage.name: stage.path / table.file for stage in stages}
    columns = ", ".join(f"{_name(column)}: {_quoted(kind)}" for column, kind in table.columns.items())
    parts = [
        f"SELECT {_quoted(stage)} AS stage, * FROM read_json({_quoted(str(file))}, format='newline_delimited', "
        f"maximum_object_size={LONGEST_ROW_BYTES}, columns={{{columns}}})"
        for stage, file in files.items()
        if file.is_file() and file.stat().st_size
    ]
    if not parts:
        nothing = ", ".join(f"NULL::{kind} AS {_name(column)}" for column, kind in table.columns.items())
        parts = [f"SELECT '' AS stage, {nothing} WHERE false"]
    read = f"SELECT stage, {table.select} FROM ({' UNION ALL '.join(parts)})"
    if PRINCIPLES in table.select:
        read = f"SELECT * EXCLUDE used, used.id AS principle_id, used.hash AS principle_hash FROM ({read})"
    return f"CREATE VIEW {name} AS {read}"


def _calls_view(files: Sequence[Path]) -> str:
    if files:
        listed = ", ".join(_quoted(str(file)) for file in files)
        return f"CREATE VIEW {CALLS} AS SELECT * EXCLUDE work FROM read_parquet([{listed}])"
    return (
        f"CREATE VIEW {CALLS} AS SELECT NULL::VARCHAR AS stage, NULL::VARCHAR AS engine, NULL::VARCHAR AS kind, "
        "NULL::VARCHAR AS outcome, NULL::BIGINT AS num_prompt_tokens, NULL::BIGINT AS num_tokens, "
        "NULL::DOUBLE AS seconds, NULL::DOUBLE AS price WHERE false"
    )


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
