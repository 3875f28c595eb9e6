"""Win rates of models, and their differences."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from solon.evaluation.games import Game
from solon.evaluation.win_rates import differences, win_rates


def games_of(won: NDArray[Any], a: NDArray[Any], b: NDArray[Any], model: str = "model") -> list[Game]:
    return [
        Game(str(n), model, "base", "x" * int(one), "x" * int(other), float(prob), "judge")
        for n, (prob, one, other) in enumerate(zip(won, a, b, strict=True))
    ]


def test_ties_are_half_wins_and_counted() -> None:
    found = win_rates(games_of(np.array([1.0, 0.5, 0.5, 0.0]), np.full(4, 9), np.full(4, 9)), "base",
                      instrument="judge", seed=0)[0]  # fmt: skip
    assert (found.win_rate.value, found.num_ties, found.num_games) == (0.5, 2, 4)
    assert found.length_controlled.value == pytest.approx(0.5)


def test_without_shorter_responses_there_is_no_controlled_rate() -> None:
    won = np.tile([1.0, 0.0, 1.0], 10)
    found = win_rates(games_of(won, np.arange(30) + 100, np.full(30, 50)), "base", instrument="judge", seed=0)[0]
    assert found.length_controlled.value is None and found.win_rate.value == pytest.approx(2 / 3)
    assert found.share_longer == 1


def test_without_an_opponent_a_model_is_measured_against_all() -> None:
    games = [Game("p", "x", "y", "", "", 1.0, "j"), Game("p", "z", "x", "", "", 1.0, "j")]
    found = {one.model: one.win_rate.value for one in win_rates(games, None, instrument="judge", seed=0)}
    assert found == {"x": 0.5, "y": 0.0, "z": 1.0}


def test_a_difference_is_narrower_than_its_rates_where_prompts_decide() -> None:
    # Both models win on the same prompts, but for one in ten.
    rng = np.random.default_rng(0)
    won = rng.integers(0, 2, 300).astype(float)
    other = np.where(rng.random(300) < 0.1, 1 - won, won)
    lengths = rng.integers(50, 150, size=(4, 300))
    games = games_of(won, lengths[0], lengths[1], "one") + games_of(other, lengths[2], lengths[3], "two")
    apart = differences(games, "base", instrument="judge", seed=0)[0].win_rate
    rate = win_rates(games, "base", instrument="judge", seed=0)[0].win_rate
    assert apart.value == pytest.approx(won.mean() - other.mean())
    assert apart.high is not None and apart.low is not None and rate.high is not None and rate.low is not None
    assert (apart.high - apart.low) < 0.7 * (rate.high - rate.low)


def test_a_difference_is_of_the_prompts_that_both_played() -> None:
    lengths = np.full(4, 9)
    games = games_of(np.array([1.0, 1, 1, 1]), lengths, lengths, "one")
    games += games_of(np.array([0.0, 1, 0, 0]), lengths, lengths, "two")[:2]
    assert differences(games, "base", instrument="judge", seed=0)[0].win_rate.value == 0.5
