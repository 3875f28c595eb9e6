"""Logistic regression with a prior, against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from solon.evaluation.logistic import fit_logistic, posterior_covariance, sigmoid


def test_coefficients_and_loss_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([np.ones((500, 1)), rng.normal(size=(500, 3))], axis=1)
    y = rng.choice([0.0, 0.5, 1.0, 0.3], size=500)
    sd = np.array([3.0, 2.0, 0.5, 0.1])
    ours = fit_logistic(x, y, np.ones((1, 500)), sd)[0]
    # A share y of a win is a win of weight y and a loss of weight 1 - y; a prior's deviation scales its column.
    model = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-12, max_iter=10_000)
    model.fit(np.concatenate([x, x]) * sd, np.repeat([1, 0], 500), sample_weight=np.concatenate([y, 1 - y]))
    theirs = model.coef_[0] * sd

    def loss(coef: np.ndarray) -> float:
        logits = x @ coef
        return float((np.logaddexp(0, logits) - y * logits).sum() + (coef**2 / sd**2).sum() / 2)

    assert ours == pytest.approx(theirs, abs=1e-6)
    assert loss(ours) == pytest.approx(loss(theirs), abs=1e-6)
    assert loss(ours) <= loss(theirs) + 1e-9


def test_a_weight_of_two_is_a_row_twice() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 2)), rng.random(40)
    weights = rng.integers(0, 3, size=40)
    sd = np.array([3.0, 3.0])
    weighted = fit_logistic(x, y, np.stack([weights, np.ones(40)]).astype(float), sd)
    repeated = fit_logistic(np.repeat(x, weights, axis=0), np.repeat(y, weights), np.ones((1, weights.sum())), sd)
    assert weighted[0] == pytest.approx(repeated[0], abs=1e-9)


def test_the_covariance_of_a_single_column_is_one_over_its_information() -> None:
    # 100 rows of x = 1 at a probability of a half: information 100 / 4, and 1 / 2^2 of the prior.
    assert posterior_covariance(np.ones((100, 1)), np.zeros(1), np.array([2.0]))[0, 0] == pytest.approx(1 / 25.25)


def test_large_logits_do_not_overflow() -> None:
    assert sigmoid(np.array([-1e9, 1e9])).tolist() == [pytest.approx(0.0), pytest.approx(1.0)]
