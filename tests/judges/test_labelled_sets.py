import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from solon.data.quarantine import QuarantineWriter
from solon.errors import InputError
from solon.judges.labelled import LabelledSet
from solon.judges.labelled_sets import read_labelled

PAIR = {"prompt": "Why?", "response 1": "one", "response 2": "two", "label": 0, "scenario": "talk"}
PANDALM = {"instruction": "Why?", "input": "", "response1": "one", "response2": "two", "cmp_key": "me_you",
           "annotator1": 1, "annotator2": 1, "annotator3": 2}  # fmt: skip
RUBRIC = "\n".join(
    ["Reference Answer (Score 5):", "Four.", "", "###Score Rubrics:", "[Is it right?]",
     *(f"Score {n}: level {n}" for n in range(1, 6)), "", "###Feedback: "]
)  # fmt: skip
PROMETHEUS = {
    "instruction": f"###The instruction to evaluate:\nSum?\n\n###Response to evaluate:\nIt is 4.\n\n###{RUBRIC}",
    "gpt4_score": [2, 4, 3], "gpt4_feedback": ["x", "y", "z"], "category": "math",
}  # fmt: skip


def read(tmp_path: Path, *rows: dict[str, Any]) -> tuple[LabelledSet, list[str]]:
    """The set, and the reasons of the rows that were set aside."""
    file, aside = tmp_path / "rows.jsonl.gz", tmp_path / "aside.jsonl"
    with gzip.open(file, "wt", encoding="utf-8") as out:
        out.write("\n".join(map(json.dumps, rows)))
    with QuarantineWriter(aside) as quarantine:
        labelled = read_labelled(file, quarantine, seed=0)
    counts = quarantine.counts[file]
    told = [json.loads(line)["reason"] for line in aside.read_text().splitlines()] if aside.exists() else []
    assert (counts.rows_in, counts.quarantined) == (len(rows), len(told))
    assert counts.used == len(rows) - len(told)
    return labelled, told


def test_which_response_is_a_is_drawn_and_the_verdict_goes_with_it(tmp_path: Path) -> None:
    labelled, _ = read(tmp_path, *[PAIR] * 30)
    assert {one.case.response_a for one in labelled.pairs} == {"one", "two"}
    for one in labelled.pairs:
        assert one.truth == ("a" if one.case.response_a == "one" else "b")
        assert one.category == "talk"


def test_the_majority_of_the_raters_of_a_row_holds_and_names_go_with_the_responses(tmp_path: Path) -> None:
    labelled, _ = read(tmp_path, *[PANDALM] * 30)
    assert len(labelled.pairs) == 30
    for one in labelled.pairs:
        assert one.truth == ("a" if one.case.response_a == "one" else "b")
        assert one.generators == (("me", "you") if one.case.response_a == "one" else ("you", "me"))


def test_rows_without_a_majority_or_with_equal_responses_are_set_aside_with_the_reason(tmp_path: Path) -> None:
    split = PANDALM | {"annotator3": 0, "annotator2": 2}
    labelled, reasons = read(tmp_path, PANDALM, split, PAIR | {"response 2": "one"})
    assert len(labelled.pairs) == 1
    assert reasons == ["the raters do not agree: a, b, tie", "both responses are the same"]


def test_a_response_has_the_median_of_its_scores_with_rubric_and_reference(tmp_path: Path) -> None:
    (one,) = read(tmp_path, PROMETHEUS)[0].responses
    assert (one.truth, one.case.response, one.case.reference, one.category) == (3.0, "It is 4.", "Four.", "math")
    assert one.case.rubric is not None
    assert (one.case.rubric.criterion, one.case.rubric.scores[5]) == ("Is it right?", "level 5")


def test_a_rubric_that_cannot_be_read_sets_its_row_aside(tmp_path: Path) -> None:
    broken = PROMETHEUS | {"instruction": str(PROMETHEUS["instruction"]).replace("Score 3:", "Score three:")}
    labelled, reasons = read(tmp_path, PROMETHEUS, broken)
    assert len(labelled.responses) == 1
    assert "describe the scores 1 to 5" in reasons[0]


def test_a_class_is_the_final_label_and_not_one_rater_s(tmp_path: Path) -> None:
    row = {"id": "1", "prompt": "Why?", "completion": "No.", "annotation_1": "1_full_compliance", "type": "safe",
           "final_label": "2_full_refusal", "gpt4_label": "1_full_compliance"}  # fmt: skip
    (one,) = read(tmp_path, row)[0].responses
    assert (one.truth, one.category) == ("2_full_refusal", "safe")


def test_a_question_is_split_into_its_options_and_its_category_is_the_right_one(tmp_path: Path) -> None:
    row = {"prompt": "Talk:\n (A) is odd\n\nWhat was it? Options:\n (A) theft\n (B) fraud\nThe answer is:",
           "corrects": [" (B)"], "incorrects": [" (A)"]}  # fmt: skip
    (one,) = read(tmp_path, row)[0].choices
    assert (one.case.question, one.case.options) == (
        "Talk:\n (A) is odd\n\nWhat was it? Options:",
        ("theft", "fraud"),
    )
    assert (one.truth, one.category) == (1, "fraud")


def test_options_with_a_gap_are_none(tmp_path: Path) -> None:
    row = {"prompt": "Options:\n (A) x\n (B) y\nThe answer is:", "corrects": [" (B)"], "incorrects": [" (A)"]}
    _, reasons = read(tmp_path, row, row | {"prompt": "Options:\n (A) x\n (C) y\nThe answer is:"})
    assert reasons == ["the text does not end with options (A), (B), ...: found AC"]


def test_a_file_without_judgements_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pairs, scores, classes or right options"):
        read(tmp_path, {"prompt": "Why?"})
