"""Every constraint, on texts that meet it and texts that do not."""

import pytest

from solon.suite.constraints import CLOSING, CONSTRAINTS, named_constraint

MET = [
    ("at most N words", 3, "one two three"),
    ("at least N words", 3, "one two three"),
    ("N list items", 3, "Here:\n- a\n* b\n 3) c"),
    ("closing sentence", 0, f"Yes. {CLOSING}\n"),
    ("lower case", 0, "all small, 1 too"),
    ("JSON object", 0, '```json\n{"answer": "yes", "reason": 1}\n```'),
    ("JSON object", 0, '{"reason": null, "answer": []}'),
    ("no word the", 0, "Then other theories."),
    ("quotation marks", 0, ' "yes" '),
    ("N paragraphs", 2, "one\nline\n\n \n\ntwo"),
    ("no commas", 0, "yes; no"),
]
NOT_MET = [
    ("at most N words", 3, "one two three four"),
    ("at most N words", 3, ""),
    ("at least N words", 3, "one two"),
    ("N list items", 3, "- a\n- b"),
    ("N list items", 3, "- a\n- b\n- c\n- d"),
    ("closing sentence", 0, f"{CLOSING} Really."),
    ("lower case", 0, "One capital"),
    ("lower case", 0, "123"),
    ("JSON object", 0, '{"answer": "yes"}'),
    ("JSON object", 0, '{"answer": 1, "reason": 2, "more": 3}'),
    ("JSON object", 0, 'Here: {"answer": 1, "reason": 2}'),
    ("JSON object", 0, '["answer", "reason"]'),
    ("no word the", 0, "Not The one"),
    ("no word the", 0, " "),
    ("quotation marks", 0, 'He said "yes"'),
    ("quotation marks", 0, '""'),
    ("N paragraphs", 2, "one\ntwo"),
    ("no commas", 0, "yes, no"),
    ("no commas", 0, "  "),
]


@pytest.mark.parametrize(("name", "number", "text"), MET)
def test_a_text_that_meets_the_demand(name: str, number: int, text: str) -> None:
    assert named_constraint(name).holds(text, number)


@pytest.mark.parametrize(("name", "number", "text"), NOT_MET)
def test_a_text_that_does_not(name: str, number: int, text: str) -> None:
    assert not named_constraint(name).holds(text, number)


def test_every_constraint_is_tried_both_ways_and_asks_for_its_number() -> None:
    names = {one.name for one in CONSTRAINTS}
    assert {name for name, _, _ in MET} == {name for name, _, _ in NOT_MET} == names
    assert all(("{number}" in one.asks) == bool(one.numbers) for one in CONSTRAINTS)
