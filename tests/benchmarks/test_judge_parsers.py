"""Every judge's answer at hand, parsed; and how the benchmark counts them."""

import pytest
from benchmarks.judge_parsers import Answer, Read, Row, read_all, sample, table
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.judges.reading import Reading

needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIP_REASON)


def read(value: float | None, recorded: float | None, source: str = "s") -> Read:
    status = "unscored" if value is None else "scored"
    reading = Reading.model_validate({"status": status, "value": value, "raw": "r"})
    return Read(source, Answer("r", recorded), reading)


def test_a_value_is_compared_only_where_one_was_read_and_one_recorded() -> None:
    # Of five answers: 3 against 3, 3 against 4, nothing read of a 5, 2 with nothing recorded, and neither.
    (row,) = table([read(3, 3), read(3, 4), read(None, 5), read(2, None), read(None, None)])
    assert row == Row("s", 5, {"scored": 3, "tie": 0, "refused": 0, "unscored": 2}, compared=2, differ=1, unread=1)


def test_a_sample_takes_from_each_kind_of_reading_in_turn_and_is_the_same_again() -> None:
    reads = [read(3, 3)] * 50 + [read(None, 5)] + [read(2, None, "t")]
    drawn = sample(reads, 4, seed=0)
    assert [(one.source, one.reading.status) for one in drawn] == [
        ("s", "scored"), ("s", "unscored"), ("t", "scored"), ("s", "scored"),
    ]  # fmt: skip
    assert sample(reads, 4, seed=0) == drawn


@needs_data
def test_every_recorded_answer_is_parsed_and_no_value_differs_from_what_was_recorded_beside_it() -> None:
    rows = {row.source: row for row in table(list(read_all(FOLDER)))}
    assert {name: row.differ for name, row in rows.items()} == dict.fromkeys(rows, 0)
    # (answers, scored, tie, refused, unscored), counted over the files by status.
    assert {name: (row.answers, *row.of_status.values()) for name, row in rows.items()} == {
        "Auto-J's test critiques": (120, 120, 0, 0, 0),
        "Auto-J's training critiques": (898, 898, 0, 0, 0),
        # Unscored: six name two classes, three none or more than a number, one has the wrong tag.
        "Do-Not-Answer, GPT-4's reviews": (3006, 2996, 0, 0, 10),
        # Of GPT-4's labels three are refusals and two lecture without a label.
        "XSTest, GPT-4's labels": (1170, 1165, 0, 3, 2),
        "Prometheus, feedback alone": (912, 0, 0, 0, 912),
        "Prometheus, assembled": (912, 912, 0, 0, 0),
        "BiGGen-Bench, placeholders": (695, 0, 0, 0, 695),
        "Shepherd, critiques alone": (1317, 0, 0, 0, 1317),
        "Shepherd, assembled": (1317, 1317, 0, 0, 0),
    }
