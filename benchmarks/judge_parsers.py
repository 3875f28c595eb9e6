"""What do the parsers read from every judge's answer at hand?

    SOLON_DATA=../shared python benchmarks/judge_parsers.py [--show N] [--seed SEED]

Reads the recorded answers of judges below $SOLON_DATA/data with the parser of their format, and compares with the score
or label that was recorded beside them. `--show N` prints N answers with their readings, drawn in turn from each kind of
reading of each set, for checking by hand. The last line is JSON.

Two sets hold verdict and text in fields of their own; "assembled" rows put them together in the published form.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from solon.data.load import load
from solon.data.quarantine import QuarantineWriter
from solon.judges.formats.auto_j import AutoJSingle
from solon.judges.formats.classes import REFUSAL_CLASSES, ActionClasses, RefusalClasses
from solon.judges.formats.prometheus import PrometheusAbsolute
from solon.judges.formats.shepherd import ERROR_TYPES, Shepherd
from solon.judges.reading import JudgeFormat, Reading, ResponseCase
from solon.records import LabelledResponse

STATUSES = ("scored", "tie", "refused", "unscored")
SHOWN = 500
"""Characters of an answer that are shown, the end first of all."""


class Answer(NamedTuple):
    """What a judge wrote, and what was recorded as its verdict (None: nothing, or that there is none)."""

    completion: str
    recorded: float | str | None


class Source(NamedTuple):
    """Recorded answers of one kind."""

    name: str
    files: tuple[str, ...]
    format: JudgeFormat[ResponseCase]
    answer: Callable[[LabelledResponse], Answer | None]
    """None where a record is another rater's."""


class Read(NamedTuple):
    """One answer of a source and its reading."""

    source: str
    answer: Answer
    reading: Reading

    @property
    def differs(self) -> bool:
        """Whether a value was read, and another one recorded."""
        return self.reading.status == "scored" and self.answer.recorded not in (None, self.reading.value)


def sources(folder: Path) -> list[Source]:
    """All that is at hand."""

    def files(pattern: str) -> tuple[str, ...]:
        return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern)))

    scores = files("mt_bench_scores/*")
    return [
        Source("Auto-J's test critiques", files("auto_j/testdata_critique*"), AutoJSingle(), _critique),
        Source("Auto-J's training critiques", files("auto_j_train/*"), AutoJSingle(), _critique),
        Source("Do-Not-Answer, GPT-4's reviews", files("do_not_answer/gpt4*"), ActionClasses(), _action),
        Source("XSTest, GPT-4's labels", files("xstest/*gpteval*"), RefusalClasses(), _refusal),
        Source("Prometheus, feedback alone", scores, PrometheusAbsolute(), _feedback),
        Source("Prometheus, assembled", scores, PrometheusAbsolute(), _feedback_and_score),
        Source("BiGGen-Bench, placeholders", files("biggen_rubrics/*"), PrometheusAbsolute(), _feedback),
        Source("Shepherd, critiques alone", files("shepherd/human_data_for_model*"), Shepherd(), _feedback),
        Source("Shepherd, assembled", files("shepherd/human_data_raw*"), Shepherd(), _annotation),
    ]


def read_all(folder: Path) -> Iterator[Read]:
    """Every recorded answer, parsed.

    Raises:
        InputError: a file cannot be read.
    """
    for source in sources(folder):
        for file in source.files:
            for loaded in load(folder / file, QuarantineWriter(None)):
                found = source.answer(loaded.record) if isinstance(loaded.record, LabelledResponse) else None
                if found is not None:
                    yield Read(source.name, found, source.format.parse(found.completion))


def _critique(record: LabelledResponse) -> Answer:
    score = record.labels.get("pred_score")
    return Answer(str(record.labels["critique"]), None if score is None else float(score))


def _action(record: LabelledResponse) -> Answer:
    action = str(record.labels["action"])
    return Answer(str(record.labels["action_review"]), None if action == "-1" else action)


def _refusal(record: LabelledResponse) -> Answer | None:
    if record.rater != "gpt4_label":
        return None
    label = str(record.labels["refusal"])
    return Answer(label, label if label in REFUSAL_CLASSES else None)


def _feedback(record: LabelledResponse) -> Answer:
    return Answer(str(record.labels["feedback"]), None)


def _feedback_and_score(record: LabelledResponse) -> Answer:
    score = float(record.labels["score"])
    return Answer(f"Feedback: {record.labels['feedback']} [RESULT] {score:g}", score)


def _annotation(record: LabelledResponse) -> Answer:
    """The annotators' choices as the three lines. What they wrote to each kind of error stands before them."""
    labels = {name.split()[-1]: str(value) for name, value in record.labels.items()}
    said = labels["Type"]
    kinds = [one.split(":")[0] for one in said.split("; ") if one.split(":")[0] in ERROR_TYPES]
    lines = [said, f"Error types: {'; '.join(kinds)}", f"Justified: {labels['manner?']}"]
    return Answer("\n".join([*lines, f"Relevant: {labels['context?']}"]), float(labels["context?"][0]))


class Row(NamedTuple):
    """What became of one source."""

    source: str
    answers: int
    of_status: dict[str, int]
    compared: int
    """Answers with a reading and a recorded verdict."""
    differ: int
    unread: int
    """Recorded verdicts where nothing was read."""


def table(reads: Sequence[Read]) -> list[Row]:
    """One row for each source."""
    by_source: dict[str, list[Read]] = defaultdict(list)
    for one in reads:
        by_source[one.source].append(one)
    rows = []
    for source, of_one in by_source.items():
        status: Counter[str] = Counter(one.reading.status for one in of_one)
        recorded = [one for one in of_one if one.answer.recorded is not None]
        compared = sum(one.reading.status == "scored" for one in recorded)
        counts = {name: status[name] for name in STATUSES}
        differ = sum(one.differs for one in of_one)
        rows.append(Row(source, len(of_one), counts, compared, differ, len(recorded) - compared))
    return rows


def sample(reads: Sequence[Read], count: int, seed: int) -> list[Read]:
    """Answers drawn in turn from each status of each source."""
    groups: dict[tuple[str, str], list[Read]] = defaultdict(list)
    for one in reads:
        groups[one.source, one.reading.status].append(one)
    randomness = random.Random(seed)
    for group in groups.values():
        randomness.shuffle(group)
    drawn: list[Read] = []
    while len(drawn) < count and any(groups.values()):
        drawn += [group.pop() for group in groups.values() if group]
    return drawn[:count]


def show(reads: Sequence[Read]) -> None:
    """Print answers with what was read."""
    for number, one in enumerate(reads, start=1):
        text = one.answer.completion
        tail = text if len(text) <= SHOWN else "... " + text[-SHOWN:]
        reading = one.reading
        print(f"--- {number}: {one.source}\n{tail}")
        print(f"=> {reading.status} {reading.value} {reading.reason} (recorded: {one.answer.recorded})\n")


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    reads = list(read_all(Path(os.environ.get("SOLON_DATA") or "../shared") / "data"))
    show(sample(reads, arguments.show, arguments.seed))
    rows = table(reads)
    print(f"| answers of | answers | {' | '.join(STATUSES)} | compared | differ | recorded, not read |")
    print("| --- | " + "---: | " * 8)
    for row in rows:
        counts = " | ".join(str(row.of_status[name]) for name in STATUSES)
        print(f"| {row.source} | {row.answers} | {counts} | {row.compared} | {row.differ} | {row.unread} |")
    compared, differ = sum(row.compared for row in rows), sum(row.differ for row in rows)
    ratio = (compared - differ) / compared if compared else None
    told = {"name": "judge_parsers", "ours": compared - differ, "peer": compared, "ratio": ratio, "goal": 1.0}
    print(json.dumps({**told, "answers": len(reads), "rows": [row._asdict() for row in rows]}))


if __name__ == "__main__":
    main()
