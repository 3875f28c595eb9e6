"""Length-controlled win rates."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from solon.evaluation.intervals import Floats
from solon.evaluation.length_control import PRIOR_SD, length_controlled_win_rate, length_terms


def planted(
    seed: int, *, num: int = 10_000, strength: float = 0.7, ratio: float = 1.6, taste: float = 0.8
) -> tuple[Floats, Floats, Floats, float]:
    """Wins of a judge who also likes long answers, lengths of both sides, and the win rate without that taste."""
    rng = np.random.default_rng(seed)
    asked = rng.normal(6, 0.6, num)
    a, b = (np.round(np.exp(asked + rng.normal(0, 0.5, num)) * times) for times in (ratio, 1.0))
    likes = np.tanh((a - b) / (a - b).std())
    won = (rng.random(num) < 1 / (1 + np.exp(-strength - taste * likes))).astype(float)
    return won, a, b, 1 / (1 + np.exp(-strength))


@pytest.mark.parametrize(("strength", "ratio", "taste"), [(0.7, 1.6, 0.8), (-0.5, 1.6, 0.8), (0.7, 0.5, -0.8)])
def test_the_true_win_rate_is_recovered_within_a_point(strength: float, ratio: float, taste: float) -> None:
    errors, raw = [], []
    for seed in range(4):
        won, a, b, truth = planted(seed, strength=strength, ratio=ratio, taste=taste)
        errors.append(length_controlled_win_rate(won, a, b) - truth)
        raw.append(won.mean() - truth)
    assert abs(np.mean(errors)) < 0.01
    assert abs(np.mean(raw)) > 0.03


def test_exchanging_the_sides_gives_one_minus_the_rate() -> None:
    won, a, b, _ = planted(0, num=400)
    won[:40] = 0.5
    there, back = length_controlled_win_rate(won, a, b), length_controlled_win_rate(1 - won, b, a)
    assert there + back == pytest.approx(1, abs=1e-12)


def test_a_model_wins_half_against_itself() -> None:
    lengths = np.array([10, 200, 35])
    assert length_controlled_win_rate([0.5] * 3, lengths, lengths) == 0.5


def test_the_fit_is_scikit_learns() -> None:
    won, a, b, _ = planted(1, num=600)
    won[:60] = 0.5
    x = np.concatenate([np.ones((600, 1)), length_terms(a, b)], axis=1)
    model = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-12, max_iter=10_000)
    model.fit(np.concatenate([x, x]) * PRIOR_SD, np.repeat([1, 0], 600), sample_weight=np.concatenate([won, 1 - won]))
    theta = model.coef_[0][0] * PRIOR_SD[0]
    assert length_controlled_win_rate(won, a, b) == pytest.approx(1 / (1 + np.exp(-theta)), abs=1e-6)


def test_length_terms_change_their_sign_with_the_sides() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 900, size=(2, 50))
    assert length_terms(a, b) == pytest.approx(-length_terms(b, a), abs=1e-12)
    assert not length_terms([7, 8], [7, 8]).any()
