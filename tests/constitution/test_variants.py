import pytest

from solon.constitution import (
    Clause,
    Constitution,
    Principle,
    PrincipleEntry,
    only_tag,
    shuffled_texts,
    without,
    without_tag,
)
from solon.errors import InputError

CLAUSES = PrincipleEntry(
    id="mixed",
    clauses=(Clause(text="theft", tags=("theft",)), Clause(text="fraud", tags=("fraud",))),
    comparison="Which avoids {clauses}?",
)
ONLY_THEFT = PrincipleEntry(id="one", clauses=(Clause(text="theft", tags=("theft",)),), comparison="No {clauses}?")
WHOLE = PrincipleEntry(id="whole", text="No arson.", comparison="Which avoids arson?", tags=("arson",), weight=2)
CONSTITUTION = Constitution(id="c", version="1", principles=(CLAUSES, ONLY_THEFT, WHOLE))


def texts(of: Constitution) -> dict[str, str]:
    return {principle.id: principle.comparison for principle in of.principles}


def test_without_a_tag_its_clauses_go_and_principles_left_without_clauses_too() -> None:
    assert texts(CONSTITUTION)["mixed"] == "Which avoids theft or fraud?"  # finished before the variant is made
    assert texts(without_tag(CONSTITUTION, "theft")) == {
        "mixed": "Which avoids fraud?",
        "whole": "Which avoids arson?",
    }


def test_without_a_tag_whole_principles_that_carry_it_go() -> None:
    assert set(texts(without_tag(CONSTITUTION, "arson"))) == {"mixed", "one"}


def test_only_a_tag_keeps_its_clauses_and_the_principles_that_carry_it_whole() -> None:
    assert texts(only_tag(CONSTITUTION, "theft")) == {"mixed": "Which avoids theft?", "one": "No theft?"}
    assert only_tag(CONSTITUTION, "arson").principles == (CONSTITUTION.principle("whole"),)


def test_only_a_tag_that_nothing_carries_is_an_error_that_lists_the_tags() -> None:
    with pytest.raises(InputError, match=r"arson.*fraud.*theft"):
        only_tag(CONSTITUTION, "tehft")


def test_an_ablation_keeps_the_hash_of_what_it_does_not_touch() -> None:
    assert without_tag(CONSTITUTION, "theft").principle("whole").hash == CONSTITUTION.principle("whole").hash


def test_a_tag_that_nothing_carries_is_an_error_that_lists_the_tags() -> None:
    with pytest.raises(InputError, match=r"arson.*fraud.*theft"):
        without_tag(CONSTITUTION, "tehft")


def test_deleting_everything_is_an_error() -> None:
    with pytest.raises(InputError, match="nothing would be left"):
        without_tag(Constitution(id="c", version="1", principles=(WHOLE,)), "arson")


def test_shuffling_moves_every_text_to_another_id_and_keeps_ids_and_weights() -> None:
    shuffled = shuffled_texts(CONSTITUTION, seed=3)
    before, after = texts(CONSTITUTION), texts(shuffled)
    assert list(after) == list(before)
    assert sorted(after.values()) == sorted(before.values())
    assert all(before[name] != after[name] for name in before)
    assert [principle.weight for principle in shuffled.principles] == [1, 1, 2]


def test_a_drawn_principle_carries_no_tags() -> None:
    assert "tags" not in Principle.model_fields


def test_a_name_is_a_principle_or_else_a_tag() -> None:
    assert set(texts(without(CONSTITUTION, "mixed"))) == {"one", "whole"}
    assert without(CONSTITUTION, "theft") == without_tag(CONSTITUTION, "theft")
    with pytest.raises(InputError, match=r"no principle and no tag `thetf`; it has \['arson', 'fraud', 'mixed'"):
        without(CONSTITUTION, "thetf")
    with pytest.raises(InputError, match="the only principle"):
        without(Constitution(id="c", version="1", principles=(WHOLE,)), "whole")
