"""Rows of tokens that begin alike: which tokens are computed once for all of them.

Responses to one prompt, both sides of a comparison, prompts with the same examples: what stands before the first
difference has the same states in every one of them, since a token sees only what is before it.

Shapes: B rows one behind the other, N tokens in all, M of them computed, S own tokens of a row and P shared ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

_SHORTEST = 16
"""Tokens worth sharing: fewer cost more to fetch than to compute."""


class SharedRows(NamedTuple):
    """What is computed of rows, and where everything else is found."""

    computed_N: Tensor
    """bool; which tokens are computed."""
    state_N: Tensor
    """int64; whose state among the M computed ones each token has."""
    sizes_B: list[tuple[int, int]]
    """(S, P) of each row: tokens of its own that are computed, and shared ones before them."""
    fetched_K: Tensor
    """int64; of all rows with P > 0, row after row: the computed tokens that they attend to, P + S for each."""


def share_rows(ids_N: Tensor, begins: Sequence[int]) -> SharedRows:
    """Find what rows share. Every row keeps a token of its own, and is computed wholly where it shares little.

    Rows are compared with the one before them in the order of their ids, which shares most with them; that one may
    share in its turn.
    """
    ids: list[int] = ids_N.tolist()
    spans = list(itertools.pairwise([*begins, len(ids)]))
    rows = [ids[begin:end] for begin, end in spans]
    order = sorted(range(len(rows)), key=rows.__getitem__)
    shared_B = [0] * len(rows)
    token_N = np.arange(len(ids))  # which token, maybe of another row, is computed for this one
    for before, row in itertools.pairwise(order):
        alike = min(_common(rows[before], rows[row]), len(rows[row]) - 1)
        if alike >= _SHORTEST:
            shared_B[row] = alike
            begin, other = spans[row][0], spans[before][0]
            token_N[begin : begin + alike] = token_N[other : other + alike]
    computed_N = token_N == np.arange(len(ids))
    state_N = (np.cumsum(computed_N) - 1)[token_N]
    fetched = [state_N[begin:end] for (begin, end), shared in zip(spans, shared_B, strict=True) if shared]
    return SharedRows(
        torch.from_numpy(computed_N).to(ids_N.device),
        torch.from_numpy(state_N).to(ids_N.device),
        [(end - begin - shared, shared) for (begin, end), shared in zip(spans, shared_B, strict=True)],
        torch.from_numpy(np.concatenate(fetched) if fetched else np.zeros(0, np.int64)).to(ids_N.device),
    )


def _common(first: list[int], second: list[int]) -> int:
    """How many tokens both begin with."""
    shorter = min(len(first), len(second))
    if first[:shorter] == second[:shorter]:
        return shorter
    return next(place for place in range(shorter) if first[place] != second[place])
