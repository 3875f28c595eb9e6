"""The scaling laws of reward over-optimisation: true reward against the distance from the first policy.

    d = sqrt(KL(policy || first policy)), in square roots of nats
    best-of-n: R(d) = d (alpha - beta d),       KL = log n - (n - 1) / n,    peak at alpha / (2 beta)
    RL:        R(d) = d (alpha - beta log d),                                peak at exp(alpha / beta - 1)

R is the gain over the first policy. Both laws are linear in alpha and beta, so the fit is least squares without
iteration. The KL of best-of-n is an upper bound where answers repeat.

Source: Gao et al. 2022, arXiv:2210.10760, section 3.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

Law = Literal["best-of-n", "rl"]


class Fit(NamedTuple):
    """A fitted law."""

    law: Law
    alpha: float
    beta: float
    r_squared: float
    """Share of the variance of R that it explains."""

    def at(self, distance: float) -> float:
        """The predicted gain at a distance; 0 at 0."""
        if distance <= 0:
            return 0.0
        return distance * (self.alpha - self.beta * _bent(distance, self.law))

    @property
    def peak(self) -> float | None:
        """The distance of the greatest gain; None where the law rises without end or falls from the start."""
        if self.alpha <= 0 or self.beta <= 0:
            return None
        return self.alpha / (2 * self.beta) if self.law == "best-of-n" else math.exp(self.alpha / self.beta - 1)


def best_of_n_kl(n: int) -> float:
    """KL(best of n || policy) in nats: log n - (n - 1) / n, exact where no two answers are alike.

    Raises:
        ValueError: n is below 1.
    """
    if n < 1:
        raise ValueError(f"best of {n}: n begins at 1")
    return math.log(n) - (n - 1) / n


def fit_law(distances: Sequence[float], gains: Sequence[float], law: Law) -> Fit:
    """The law with the least squared error; points at distance 0 say nothing about it.

    Raises:
        ValueError: fewer than three points at a distance, where two coefficients would fit anything.
    """
    points = [(d, r) for d, r in zip(distances, gains, strict=True) if d > 0]
    if len(points) < 3:
        raise ValueError(f"{len(points)} points at a distance: a law of two coefficients needs at least three")
    d_N, r_N = np.array(points).T
    columns_N2 = np.stack([d_N, -d_N * np.array([_bent(d, law) for d in d_N])], axis=1)
    (alpha, beta), *_ = np.linalg.lstsq(columns_N2, r_N, rcond=None)
    residual = r_N - columns_N2 @ np.array([alpha, beta])
    spread = ((r_N - r_N.mean()) ** 2).sum()
    explained = 1 - float((residual**2).sum() / spread) if spread > 0 else 0.0
    return Fit(law, float(alpha), float(beta), explained)


def _bent(distance: float, law: Law) -> float:
    return distance if law == "best-of-n" else math.log(distance)
