"""Win rates with and without the judges' taste for length.

    logit P(a beats b on x) = theta + phi . f(x),    length-controlled win rate = sigmoid(theta)

    f(x) = tanh(d / s),  r / s_r,  clip(d / s, -5, 5)    with d = len a - len b, s its standard deviation,
                                                         r = log(len a / len b), s_r its root mean square

One fit for every two models. Every f is odd, so a and b exchanged give 1 minus the win rate, and a model against itself
0.5. A tie is half a win. theta and the coefficient of the first f have a normal prior of deviation 3, the other two one
of deviation 0.5 that many pairs outweigh. All f are 0 where all lengths are the same.

Source: Dubois et al. 2024, "Length-Controlled AlpacaEval", arXiv:2404.04475: the first f, one model and the baseline at
a time. Departures: r and d beside it, for a taste that goes on growing, or with the ratio, moves the published form by
several points where one model mostly writes more; no term psi gamma_x for the instruction's difficulty, for gamma is
found from dozens of models' annotations, and without it the win rate over all instructions is the same to a fraction of
a point; a prior in the place of cross-validated L1 and annotations of verbose and concise baselines.

Shapes: N games, R weightings of the games, F = 3 length terms, K = 4 coefficients: theta and those of the terms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solon.evaluation.intervals import Floats
from solon.evaluation.logistic import fit_logistic, sigmoid

PRIOR_SD = np.array([3.0, 3.0, 0.5, 0.5])
"""Of theta and of the coefficients of the length terms, in nats."""
_LONGEST = 5.0
_CELLS_AT_ONCE = 2_000_000


def length_terms(lengths_a: Sequence[int] | Floats, lengths_b: Sequence[int] | Floats) -> Floats:
    """f of every pair, (N, 3); lengths in characters, an empty response counts as one in the ratio."""
    a_N, b_N = np.asarray(lengths_a, dtype=np.float64), np.asarray(lengths_b, dtype=np.float64)
    ratio_N = np.log(np.maximum(a_N, 1) / np.maximum(b_N, 1))
    z_N = (a_N - b_N) / (float((a_N - b_N).std()) or np.inf)
    r_N = ratio_N / (float(np.sqrt((ratio_N**2).mean())) or np.inf)
    return np.stack([np.tanh(z_N), r_N, np.clip(z_N, -_LONGEST, _LONGEST)], axis=1)


def length_controlled_win_rate(
    won: Sequence[float] | Floats, lengths_a: Sequence[int] | Floats, lengths_b: Sequence[int] | Floats
) -> float:
    """Win rate of a over b, from 0 to 1, were all responses of a pair equally long.

    Args:
        won: of each pair how far a won: 1, 0, 0.5 of a tie, or a probability.
        lengths_a: in characters.
        lengths_b: in characters.
    """
    won_N = np.asarray(won, dtype=np.float64)
    return float(controlled_win_rates(won_N, length_terms(lengths_a, lengths_b), np.ones((1, len(won_N))))[0])


def controlled_win_rates(won_N: Floats, terms_NF: Floats, weights_RN: Floats) -> Floats:
    """The same of given length terms, for each of R weightings of the pairs."""
    x_NK = np.concatenate([np.ones((len(won_N), 1)), terms_NF], axis=1)
    parts = np.array_split(weights_RN, max(1, weights_RN.size // _CELLS_AT_ONCE))
    theta_R = np.concatenate([fit_logistic(x_NK, won_N, part_RN, PRIOR_SD)[:, 0] for part_RN in parts if len(part_RN)])
    return sigmoid(theta_R)
