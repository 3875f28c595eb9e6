"""Logistic regression with a normal prior on every coefficient, for many weightings of the same rows at once.

    logit P(y = 1) = x . c,    c_k ~ Normal(0, sd_k^2)

Shapes: N rows, K coefficients, R weightings. y may lie between 0 and 1: a share of a win, 0.5 for a tie.
"""

from __future__ import annotations

import numpy as np

from solon.evaluation.intervals import Floats


def fit_logistic(x_NK: Floats, y_N: Floats, weights_RN: Floats, prior_sd_K: Floats) -> Floats:
    """MAP coefficients (R, K) by Newton's method; no intercept but what a column of ones is.

    The posterior is strictly concave, so there is one maximum; a step is at most 1 in each coefficient.
    """
    coef_RK = np.zeros((len(weights_RN), x_NK.shape[1]))
    for _ in range(100):
        prob_RN = sigmoid(coef_RK @ x_NK.T)
        gradient_RK = (weights_RN * (y_N - prob_RN)) @ x_NK - coef_RK / prior_sd_K**2
        hessian_RKK = _information(x_NK, weights_RN * prob_RN * (1 - prob_RN), prior_sd_K)
        step_RK = np.linalg.solve(hessian_RKK, gradient_RK[:, :, None])[:, :, 0]
        coef_RK += step_RK / np.maximum(1.0, np.abs(step_RK).max(axis=1, keepdims=True))
        if np.abs(step_RK).max() < 1e-8:
            break
    return np.asarray(coef_RK)


def posterior_covariance(x_NK: Floats, coef_K: Floats, prior_sd_K: Floats) -> Floats:
    """Covariance (K, K) of the coefficients around their maximum, by Laplace's approximation."""
    prob_1N = sigmoid(coef_K[None] @ x_NK.T)
    return np.asarray(np.linalg.inv(_information(x_NK, prob_1N * (1 - prob_1N), prior_sd_K)[0]))


def sigmoid(logits: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))


def _information(x_NK: Floats, curvature_RN: Floats, prior_sd_K: Floats) -> Floats:
    hessian_RKK = np.einsum("rn,nk,nl->rkl", curvature_RN, x_NK, x_NK, optimize=True)
    return np.asarray(hessian_RKK + np.diag(1 / prior_sd_K**2))
