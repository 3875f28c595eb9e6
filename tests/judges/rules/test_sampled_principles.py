import pytest

from solon.errors import InputError
from solon.judges.rules.sampled_principles import Dimension, PrincipleRow, sample_principle_rows
from solon.records import Comparison, Prompt, user

DIMENSIONS = [
    Dimension(id="kind", text="It is kind.", negative="It is rude."),
    Dimension(id="short", text="It is short.", negative="It is long."),
    Dimension(id="true", text="It is true."),
]
PAIRS = [
    Comparison(id=str(n), prompt=Prompt(id=str(n), messages=(user("why?"),)), response_a="A", response_b="B")
    for n in range(60)
]


def rows(kind: float, short: float, true: float, *, negated: float = 0.3, seed: int = 0) -> list[PrincipleRow]:
    odds = {pair.id: {"kind": kind, "short": short, "true": true} for pair in PAIRS}
    return list(sample_principle_rows(PAIRS, odds, DIMENSIONS, seed=seed, shown=(1, 3), negated=negated))


def test_the_strongest_preference_among_the_principles_shown_decides() -> None:
    # kind +1 for A, short -2 for B, true +0.5 for A.
    for row in rows(1.0, -2.0, 0.5, negated=0.0):
        shown = {one.id for one in row.principles}
        expected = "short" if "short" in shown else "kind" if "kind" in shown else "true"
        assert row.decided_by == expected
        assert (row.chosen, row.rejected) == (("B", "A") if expected == "short" else ("A", "B"))


def test_a_negated_principle_turns_the_preference_round_and_is_shown_by_its_negative() -> None:
    for row in rows(1.0, 1.0, 0.0, negated=1.0):
        by = next(one for one in row.principles if one.id == row.decided_by)
        assert by.negated and row.chosen == "B"
        assert by.text in ("It is rude.", "It is long.") and f"- {by.text}\n" in row.prompt


def test_a_principle_without_a_negative_is_never_negated() -> None:
    for row in rows(0.0, 0.0, 1.0, negated=1.0):
        assert (row.decided_by, row.chosen) == ("true", "A")


def test_a_pair_that_no_principle_shown_tells_apart_gives_no_row() -> None:
    assert rows(0.0, 0.0, 0.0) == []
    assert 0 < len(rows(1.0, 0.0, 0.0)) < 60


def test_both_signs_and_all_counts_of_principles_are_drawn_and_the_same_again_for_one_seed() -> None:
    found = rows(1.0, 1.0, 1.0)
    assert {len(row.principles) for row in found} == {1, 2, 3}
    assert {one.negated for row in found for one in row.principles if one.id == "kind"} == {True, False}
    assert found == rows(1.0, 1.0, 1.0)
    assert found != rows(1.0, 1.0, 1.0, seed=1)


def test_the_prompt_holds_the_principles_and_the_conversation() -> None:
    row = next(row for row in rows(1.0, 1.0, 1.0, negated=0.0) if len(row.principles) == 1)
    assert row.prompt == (
        f"A response is good if it does all of this:\n- {row.principles[0].text}\n\nThe conversation:\nwhy?"
    )


def test_a_pair_without_a_preference_under_a_principle_is_refused() -> None:
    with pytest.raises(InputError, match="pair '0' has no preference under 3 principles"):
        list(sample_principle_rows(PAIRS, {}, DIMENSIONS, seed=0))
    with pytest.raises(InputError, match="2 principles are to be shown at least"):
        list(sample_principle_rows(PAIRS, {}, DIMENSIONS[:1], seed=0))


def test_a_pair_that_shows_a_picture_is_refused() -> None:
    shown = PAIRS[0].model_copy(update={"prompt": Prompt(id="0", messages=(user("why?", ("a.png",)),))})
    odds = {"0": {"kind": 1.0, "short": 1.0, "true": 1.0}}
    with pytest.raises(InputError, match="shows an image"):
        list(sample_principle_rows([shown], odds, DIMENSIONS, seed=0))
