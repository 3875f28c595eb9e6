from solon.judges.labelled import LabelledChoice, LabelledPair, Truth
from solon.judges.plants import KINDS, plant_in_choices, plant_in_pairs
from solon.judges.reading import ChoiceCase, PairCase
from solon.records import user


def pair(number: int, truth: Truth) -> LabelledPair:
    return LabelledPair(PairCase(str(number), (user("why?"),), "first", "second"), truth, "x", str(number))


def test_a_line_is_planted_into_the_response_that_people_did_not_prefer_and_the_other_is_untouched() -> None:
    for one in plant_in_pairs([pair(n, "a" if n % 2 else "b") for n in range(30)], seed=0):
        loser, winner = one.case.response_b, one.case.response_a
        if one.loser == "a":
            loser, winner = winner, loser
        assert winner in ("first", "second")
        assert loser.startswith(("first\n\n", "second\n\n")) and len(loser) > 60


def test_every_kind_is_planted_and_a_tie_has_no_loser() -> None:
    planted = plant_in_pairs([pair(n, "a") for n in range(30)], seed=0)
    assert {one.kind for one in planted} == set(KINDS)
    assert plant_in_pairs([pair(1, "tie")], seed=0) == []


def test_a_fake_verdict_speaks_for_the_first_response_so_only_in_the_order_that_shows_the_loser_first() -> None:
    for truth, order in (("a", 1), ("b", 0)):
        planted = plant_in_pairs([pair(n, truth) for n in range(30)], seed=0)  # type: ignore[arg-type]
        assert {one.orders for one in planted if one.kind == "verdict"} == {(order,)}
        assert {one.orders for one in planted if one.kind != "verdict"} == {(0, 1)}


def test_a_question_gets_a_line_for_a_wrong_option() -> None:
    choices = [LabelledChoice(ChoiceCase(str(n), "Which?", ("x", "y", "z")), n % 3, "c", str(n)) for n in range(30)]
    for one, planted in zip(choices, plant_in_choices(choices, seed=0), strict=True):
        assert planted.wanted != one.truth
        assert f"`{one.case.options[planted.wanted]}`" in planted.case.question
        assert planted.case.options == one.case.options
