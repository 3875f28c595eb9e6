from typing import Any

import pytest

from solon.constitution import Clause, ComparisonExample, Constitution, Examples, PrincipleEntry
from solon.constitution.changes import FieldChange, changes


def entry(name: str, comparison: str, **more: Any) -> PrincipleEntry:
    return PrincipleEntry(id=name, text=name, comparison=comparison, **more)


def constitution(*entries: PrincipleEntry, **more: Any) -> Constitution:
    return Constitution(id="c", version="1", principles=entries, **more)


A, B = entry("a", "Which is kind?"), entry("b", "Which is brief?", tags=("form",))


SHOT = ComparisonExample(prompt="p", response_a="x", response_b="y", answer="A")


def test_the_same_principles_in_another_order_are_no_change() -> None:
    assert changes(constitution(A, B), constitution(B, A)) == ((), (), (), (), ())


def test_what_came_and_what_left_are_told_by_id() -> None:
    found = changes(constitution(A), constitution(B))
    assert (found.added, found.removed, found.renamed) == (("b",), ("a",), ())


def test_the_same_wording_under_another_id_is_renamed() -> None:
    moved = B.model_copy(update={"id": "short", "weight": 2.0})
    found = changes(constitution(A, B), constitution(A, moved))
    assert (found.added, found.removed, found.renamed) == ((), (), (("b", "short"),))
    assert (found.changed[0].id, found.changed[0].weight) == ("short", (1.0, 2.0))


def test_two_of_one_wording_that_are_renamed_take_one_new_name_each() -> None:
    old, new = ([B.model_copy(update={"id": name}) for name in names] for names in ("xy", "vw"))
    assert changes(constitution(A, *old), constitution(A, *new)).renamed == (("x", "v"), ("y", "w"))


def test_changed_fields_are_told_and_whether_a_model_reads_them() -> None:
    (retagged,) = changes(constitution(B), constitution(B.model_copy(update={"tags": ("shape",)}))).changed
    assert (retagged.fields, retagged.read) == ((FieldChange("tags", "form", "shape"),), False)
    assert changes(constitution(B), constitution(entry("b", "Which is short?"))).changed[0].read


def test_words_that_changed_are_marked() -> None:
    assert FieldChange("text", "do not lie to people", "never lie to people at all").words == (
        "[-do not-] {+never+} lie to people {+at all+}"
    )


def test_a_joiner_shows_in_the_wording_of_what_it_joins_and_is_told_itself() -> None:
    joined = entry("j", "No {clauses}?", clauses=(Clause(text="theft"), Clause(text="fraud")))
    found = changes(constitution(A, joined), constitution(A, joined, last_joiner=" and "))
    assert [one.id for one in found.changed] == ["j"]
    assert found.shared == (FieldChange("last_joiner", " or ", " and "),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (
            "examples",
            Examples(comparisons=(ComparisonExample(prompt="p", response_a="x", response_b="y", answer="A"),)),
        ),
        ("judge_prefill", "So:"),
        ("no_change", ("fine",)),
    ],
)
def test_parts_that_everything_reads_are_told(name: str, value: object) -> None:
    (change,) = changes(constitution(A), constitution(A, **{name: value})).shared
    assert change.field.partition(".")[0] == name
