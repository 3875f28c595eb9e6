from solon.judges.verdict import PairVerdict, of_preference
from solon.records import Comparison, Preference, Prompt, user

PAIR = Comparison(id="1", prompt=Prompt(id="p", messages=(user("why?"),)), response_a="x", response_b="y")


def verdict(prob_a: float | None, *log_odds: float, raw: tuple[str, ...] = ()) -> PairVerdict:
    status = {"status": "unscored"} if prob_a is None else {}
    given = {"comparison": PAIR, "prob_a": prob_a, "source": "j", "log_odds": log_odds, "raw": raw}
    return of_preference(Preference.model_validate({**given, **status, "principle_id": "kind"}))


def test_log_odds_that_disagree_between_orders_still_decide_and_are_a_flip() -> None:
    found = verdict(0.6, 1.0, -0.2)
    assert (found.winner, found.prob_a, found.orders, found.flipped) == ("a", 0.6, ("a", "b"), True)
    assert found.principle_id == "kind"


def test_a_taste_for_the_first_position_alone_is_a_tie() -> None:
    assert (verdict(0.5, 2.0, -2.0).status, verdict(0.5, 2.0, -2.0).winner) == ("tie", None)


def test_without_log_probabilities_a_preference_is_unscored_with_its_reason() -> None:
    found = verdict(None, raw=("", "[unscored: ...]"))
    assert (found.status, found.prob_a, found.reason) == ("unscored", None, "[unscored: ...]")
    assert found.said == "unscored"
