"""Judged pairs as games, both orders together."""

import pytest

from solon.evaluation.games import Game, mean_prob, one_game_each, swaps


def game(prob_a: float, *, a_first: bool = True, turned: bool = False, judge: str = "j", prompt: str = "p") -> Game:
    one = Game(prompt, "x", "y", "long", "short", prob_a, judge, a_first)
    return one.turned() if turned else one


def test_a_game_turned_twice_is_the_same() -> None:
    one = Game("p", "x", "y", "a", "b", 0.25, "j", None, (0.5, 0.125))
    assert one.turned().turned() == one
    assert one.turned().orders == (0.875, 0.5)


def test_log_odds_of_both_orders_are_averaged() -> None:
    # With A first 0.9, with B first 0.5: log-odds ln 9 and 0, mean ln 3, probability 0.75.
    merged = one_game_each([game(0.9), game(0.5, a_first=False)])
    assert len(merged) == 1
    assert merged[0].prob_a == pytest.approx(0.75)
    assert merged[0].a_first is None and merged[0].orders == (0.9, 0.5)


def test_a_hard_verdict_that_turns_with_the_order_is_a_tie() -> None:
    # The judge says the one shown first wins, whichever it is; the second row lists the responses the other way round.
    merged = one_game_each([game(1.0), game(0.0, a_first=False, turned=True)])
    assert [one.prob_a for one in merged] == [0.5]


def test_a_repeated_verdict_of_one_order_is_one_game_and_no_swap() -> None:
    merged = one_game_each([game(1.0), game(1.0)])
    assert merged == [game(1.0)]
    assert swaps(merged) == []


@pytest.mark.parametrize("other", [game(1.0, judge="k"), game(1.0, prompt="q")])
def test_other_judges_and_prompts_are_games_of_their_own(other: Game) -> None:
    assert len(one_game_each([game(1.0), other])) == 2


def test_flips_are_counted_with_who_won_them() -> None:
    rows = [game(0.9), game(0.2, a_first=False),
            game(0.1, prompt="q"), game(0.8, a_first=False, prompt="q"),
            game(0.9, prompt="r"), game(0.7, a_first=False, prompt="r")]  # fmt: skip
    found = swaps(one_game_each(rows))
    # p turns towards the first shown, q towards the second, r does not turn.
    assert [(one.num_pairs, one.num_flips, one.first_of_flips) for one in found] == [(3, 2, 0.5)]


def test_the_mean_of_certain_verdicts_is_of_probabilities() -> None:
    assert mean_prob([1.0, 0.0, 0.5]) == 0.5
    assert mean_prob([1.0, 1.0]) == 1.0
