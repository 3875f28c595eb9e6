from pathlib import Path

import pytest

from solon.errors import InputError
from solon.judges.rubric import QUALITY, load_rubric

GOOD = """criterion: Is it kind?
scores:
  1: cruel
  2: cold
  3: neutral
  4: friendly
  5: kind
"""


def test_a_rubric_is_read_from_yaml_and_told_score_by_score(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert load_rubric(file).text.splitlines() == [
        "[Is it kind?]", "Score 1: cruel", "Score 2: cold", "Score 3: neutral", "Score 4: friendly", "Score 5: kind",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  5: kind\n", "", r":2: scores: describe the scores 1 to 5, each once; there are \[1, 2, 3, 4\]"),
        ("  5: kind\n", "  6: kind\n", r":2: scores: describe the scores 1 to 5"),
        ("  3: neutral\n", "  3: ''\n", r":5: scores\[3\]: the description of score 3 is empty"),
        ("criterion: Is it kind?\n", "criterium: Is it kind?\n", r":1: criterium: unknown key"),
        ("criterion: Is it kind?\n", "", r"criterion: is missing"),
        ("  4: friendly\n", "  four: friendly\n", r":6: scores.four"),
        ("scores:", "scores: [", r"not valid YAML"),
    ],
)
def test_what_is_wrong_with_a_rubric_is_told_with_file_and_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message) as raised:
        load_rubric(file)
    assert str(raised.value).startswith(str(file))


def test_the_rubric_of_ours_describes_five_scores() -> None:
    assert QUALITY.text.count("\nScore ") == 5
