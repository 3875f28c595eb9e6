"""What fuzzing feeds the readers: rows of the right names with wrong values, and damaged files of every kind."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis.strategies as st
import pyarrow
import zstandard
from pyarrow import parquet

from solon.data.formats import FORMATS
from solon.data.load import load
from solon.data.quarantine import QuarantineWriter
from solon.errors import InputError

FIELDS = sorted(
    {
        "_file", "_key", "action", "ans0", "ans1", "ans2", "annotator1", "annotator2", "annotation_1", "answer",
        "Behavior",
        "arguments", "categories", "chosen", "comparison", "comparison_model", "completion", "completion_a",
        "completion_b", "completions", "content", "context", "ContextString", "conversations", "corrects", "critique",
        "critiques", "cst", "definition", "Definition", "deleted", "dimension", "edit_request", "feedback", "from",
        "function", "function_call", "functions", "generator", "goal", "gpt4_feedback", "gpt4_score", "GPT4_harmful",
        "GPT4_response", "ground_truth", "human_score_1", "human_score_2", "id", "incorrects", "initial_response",
        "inputs", "input", "instances", "Instances", "instruction", "jsonResponse", "label", "labels", "latestLabel",
        "log_odds", "message_id", "messages", "metadata", "model", "model_type", "name", "output", "output_1",
        "output_2", "output_candidate", "overall_score", "parent_id", "passages", "pm_score", "pm_scores",
        "prediction 1", "prediction 2", "prediction 3", "prediction 4", "preference", "prob_a", "prompt", "prompt_a",
        "prompt_b", "propositions", "question", "rank", "ranks", "rater", "rationale", "reasoning_content", "rejected",
        "replies", "response", "response 1", "response 2", "response_a", "response_A", "response_b", "response_B",
        "response1", "response2", "response_1", "response_2", "responses", "revision", "rl_prompt", "role",
        "Safe_Response", "sample", "sampled_answers", "sampled_string", "sampler", "score", "score_rubric", "solution",
        "source", "spans", "statement", "status", "system", "target_output", "targets", "text", "text_correct",
        "text_incorrect", "thinking", "tool_call_id", "tool_calls", "tools", "turns", "usrmsg", "value", "weight",
        "round", "draw", "document",
    }
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "user", "assistant", "system", "tool", "human", "gpt", "prompter", "function_call",
            "\n\nHuman: q\n\nAssistant: a",
            "\n\nHuman: q\n\nAssistant:", " (A)", "A>B", "yes", " no", "1", "2", "Q: q\nA: a\nTrue:", "<|endoftext|>",
            "{", "[]", '{"name": "f", "arguments": {}}',
            "###The instruction to evaluate:\nq\n\n###Response to evaluate:\na\n\n###Reference",
            "[Query]: q\n***\n[Response]: a\n***\n[END DATA]", "\ud800",
        ]
    ),
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.floats(), st.integers(), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6), st.dictionaries(st.one_of(st.sampled_from(FIELDS), TEXTS), inner, max_size=5)
    ),
    max_leaves=12,
)


def names_of(known_by: str) -> list[str]:
    """The fields that a format says it is known by."""
    return [part for part in known_by.split("`")[1::2] if " " not in part or part[-1].isdigit()]


@st.composite
def rows(draw: st.DrawFn, format: str | None = None) -> Any:
    """A row with the fields of a format, or of any; values of any type."""
    found = [one for one in FORMATS if format in (None, one.name)]
    known = names_of(draw(st.sampled_from(found)).known_by)
    row = {field: draw(VALUES) for field in known if draw(st.integers(0, 9))}
    return row | draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3))


class Table(NamedTuple):
    """A file of rows, whole or damaged."""

    name: str
    content: bytes


def _jsonl(values: list[Any]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def _json(values: list[Any]) -> bytes:
    return json.dumps(values, indent=1).encode()


def _csv(values: list[Any], delimiter: str = ",") -> bytes:
    names = list(dict.fromkeys(name for value in values if isinstance(value, dict) for name in value)) or ["a"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows([value.get(name, "") for name in names] for value in values if isinstance(value, dict))
    return text.getvalue().encode("utf-8", "replace")


def _parquet(values: list[Any]) -> bytes:
    sink = io.BytesIO()
    try:
        table = pyarrow.Table.from_pylist([value for value in values if isinstance(value, dict)])
        parquet.write_table(table, sink)
    except (pyarrow.ArrowException, UnicodeEncodeError, OverflowError, TypeError):
        return b"PAR1"  # values of several types in one column make no table
    return sink.getvalue()


WRITERS: tuple[tuple[str, Callable[[list[Any]], bytes]], ...] = (
    ("a.jsonl", _jsonl),
    ("a.json", _json),
    ("a.csv", _csv),
    ("a.tsv", lambda values: _csv(values, "\t")),
    ("a.parquet", _parquet),
    ("a.jsonl.gz", lambda values: gzip.compress(_jsonl(values))),
    ("a.jsonl.zst", lambda values: zstandard.compress(_jsonl(values))),
    ("a.txt", _jsonl),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A file of any kind: rows as they are, cut short, with bytes changed, or bytes alone."""
    name, write = draw(st.sampled_from(WRITERS))
    if not draw(st.integers(0, 7)):
        return Table(name, draw(st.binary(max_size=80)))
    content = write(draw(st.lists(st.one_of(rows(), VALUES), max_size=4)))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(content)))
        content = content[:at] + draw(st.binary(max_size=3)) + content[at + draw(st.integers(0, 9)) :]
    return Table(name, content)


def lost_rows(folder: Path, table: Table, format: str | None = None) -> int:
    """Reads a file and checks its counts; how many rows are neither used nor quarantined.

    A file that cannot be read is refused with InputError, and loses nothing in silence.
    """
    path, aside = folder / table.name, folder / "aside.jsonl"
    path.write_bytes(table.content)
    aside.unlink(missing_ok=True)
    quarantine = QuarantineWriter(aside)
    refused = False
    lines = set[int]()
    try:
        lines = {line for line, _ in load(path, quarantine, format=format)}
    except InputError:
        refused = True
    counts = quarantine.counts.get(path)
    if counts is None:
        return 0 if refused else 1
    told = len(aside.read_text().splitlines()) if aside.exists() else 0
    assert len(lines) <= counts.used, "more rows gave records than were used"
    return abs(counts.rows_in - counts.used - counts.quarantined) + abs(counts.quarantined - told)
