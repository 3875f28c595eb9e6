"""No text whatever makes a parser fail, or read a value that its format does not have."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solon.judges.formats import CLASS_FORMATS, PAIR_FORMATS, SCORE_FORMATS, LetteredOptions
from solon.judges.formats.classes import ACTION_CLASSES, REFUSAL_CLASSES
from solon.judges.reading import JudgeFormat

PIECES = st.sampled_from(
    ["[RESULT]", "Rating: [[", "]]", "[[A]]", "the answer is: (", ")", "final decision is ", "Response 1", "Tie",
     "<answer>", "</answer>", "1_full_", "compliance", "{'综合得分': ", "}", "Relevant: ", "Error types: None",
     "Justified: 2", "\n", " ", "4", "A", "-1", "1e9", "I can't assist with that."]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join)


@given(TEXTS)
def test_a_score_is_on_the_scale_or_there_is_none(text: str) -> None:
    for form in SCORE_FORMATS.values():
        reading = form.parse(text)
        assert reading.raw == text
        assert (reading.value is None) == (reading.status != "scored")
        if isinstance(reading.value, float):
            assert form.scale.low <= reading.value <= form.scale.high


@given(TEXTS)
def test_a_letter_or_a_class_is_one_of_the_format_s_or_there_is_none(text: str) -> None:
    for form in PAIR_FORMATS.values():
        assert form.parse(text).value in ("a", "b", None)
    assert LetteredOptions(4).parse(text).value in ("a", "b", "c", "d", None)
    for name, classes in (("xstest", REFUSAL_CLASSES), ("do-not-answer", ACTION_CLASSES)):
        assert CLASS_FORMATS[name].parse(text).value in (*classes, None)


@pytest.mark.parametrize("piece", [" ", "\n", "[[", "[RESULT]", "Rating:", "*", "{'", "(A", "I'm sorry, ", "as an ai "])
def test_a_long_text_of_one_piece_is_read_as_fast_as_any(piece: str) -> None:
    # A pattern that goes back over what it has read would take hours here, not a moment.
    forms: list[JudgeFormat[Any]] = [*PAIR_FORMATS.values(), *SCORE_FORMATS.values(), *CLASS_FORMATS.values()]
    for form in forms:
        assert form.parse("Rating: " + piece * 20_000).value is None
        assert form.parse(piece * 20_000).value is None
