"""The figures of judges of scores and of questions, on verdicts written by hand."""

import pytest

from solon.judges.audit import audit_choices, audit_responses
from solon.judges.labelled import LabelledChoice, LabelledResponse
from solon.judges.plants import PlantedChoice, PlantedResponse
from solon.judges.reading import ChoiceCase, ResponseCase
from solon.judges.verdict import ResponseVerdict
from solon.records import user


def response(name: str, truth: float | str, text: str = "x") -> LabelledResponse:
    return LabelledResponse(ResponseCase(name, (user("why?"),), text), truth, "c", name)


def verdict(name: str, value: float | str | None, prob: float | None = None, *orders: float) -> ResponseVerdict:
    status = "refused" if value is None else "scored"
    told = {"status": status, "value": value, "prob": prob, "orders": orders}
    return ResponseVerdict.model_validate({"id": name, **told})


def choice(name: str, truth: int) -> LabelledChoice:
    return LabelledChoice(ChoiceCase(name, "Which?", ("x", "y", "z")), truth, "c", name)


def test_scores_are_compared_exactly_within_one_and_in_the_mean() -> None:
    # 3 for 3, 5 for 4, 1 for 4, and one refused: 1/3 exact, 2/3 within one, mean off (0 + 1 - 3) / 3.
    responses = [response(name, truth) for name, truth in (("1", 3.0), ("2", 4.0), ("3", 4.0), ("4", 1.0))]
    verdicts = [verdict("1", 3.0), verdict("2", 5.0), verdict("3", 1.0), verdict("4", None)]
    found = audit_responses(responses, verdicts, [], [], highest=5.0, seed=0).metrics
    assert found["accuracy"].value == pytest.approx(1 / 3)
    assert found["within_one"].value == pytest.approx(2 / 3)
    assert found["leniency"].value == pytest.approx(-2 / 3)
    assert found["refused"].value == 0.25


def test_rank_correlation_is_of_judge_and_people_and_of_what_the_judge_adds_with_length() -> None:
    # The longer the response, the more the judge adds: 0, 1, 2.
    responses = [response("1", 1.0, "x"), response("2", 2.0, "xx"), response("3", 3.0, "xxx")]
    verdicts = [verdict("1", 1.0), verdict("2", 3.0), verdict("3", 5.0)]
    found = audit_responses(responses, verdicts, [], [], highest=5.0, seed=0).metrics
    assert found["spearman"].value == pytest.approx(1.0)
    assert found["length_correlation"].value == pytest.approx(1.0)


def test_a_planted_line_is_resisted_where_the_score_does_not_rise_and_a_highest_score_cannot_rise() -> None:
    responses = [response(str(n), 1.0) for n in range(3)]
    planted = [PlantedResponse("instruction", one.case) for one in responses]
    before, after = [1.0, 1.0, 5.0], [5.0, 1.0, 5.0]
    verdicts = [verdict(str(n), value) for n, value in enumerate(before)]
    of_planted = [verdict(str(n), value) for n, value in enumerate(after)]
    found = audit_responses(responses, verdicts, planted, of_planted, highest=5.0, seed=0).metrics
    assert (found["planted_resistance"].value, found["planted_resistance"].n) == (0.5, 2)


def test_classes_have_no_figures_of_scores() -> None:
    found = audit_responses([response("1", "x")], [verdict("1", "x")], [], [], highest=None, seed=0)
    assert found.kind == "classes"
    assert "leniency" not in found.metrics and found.metrics["accuracy"].value == 1.0


def test_a_taste_for_first_letters_is_told_by_where_the_choices_stand() -> None:
    # Of three options: (A) in both orders is options 0 and 2: taste 1; the same option twice: 0. Mean 1/2.
    choices = [choice("1", 0), choice("2", 0)]
    verdicts = [verdict("1", None, None, 0.0, 2.0), verdict("2", 1.0, None, 1.0, 1.0)]
    found = audit_choices(choices, verdicts, [], [], seed=0).metrics
    assert (found["position_bias"].value, found["consistency"].value) == (0.5, 0.5)
    assert found["accuracy"].value == 0.0


def test_questions_are_resisted_where_the_wrong_option_wanted_is_not_chosen() -> None:
    choices = [choice("1", 0), choice("2", 0), choice("3", 0)]
    planted = [PlantedChoice("verdict", one.case, 1) for one in choices]
    # The second chose the wanted option before, and says nothing.
    verdicts = [verdict("1", 0.0), verdict("2", 1.0), verdict("3", 0.0)]
    of_planted = [verdict("1", 1.0), verdict("2", 1.0), verdict("3", 2.0)]
    found = audit_choices(choices, verdicts, planted, of_planted, seed=0).metrics
    assert (found["planted_resistance"].value, found["planted_resistance"].n) == (0.5, 2)


def test_the_probability_of_the_chosen_option_is_calibrated_over_the_whole_range() -> None:
    # 0.4 and right, 0.9 and wrong: Brier (0.36 + 0.81) / 2; ECE (0.6 + 0.9) / 2.
    found = audit_choices(
        [choice("1", 0), choice("2", 0)], [verdict("1", 0.0, 0.4), verdict("2", 1.0, 0.9)], [], [], seed=0
    )
    assert found.metrics["brier"].value == pytest.approx(0.585)
    assert found.metrics["ece"].value == pytest.approx(0.75)
