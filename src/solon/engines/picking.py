"""The next token of every row: temperature, top-k, top-p and min-p, and one random number.

Shapes: B rows, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Decoding(NamedTuple):
    """How one request is sampled."""

    temperature: float = 1.0
    """0 takes the likeliest token."""
    top_k: int = 0
    """Only so many of the likeliest tokens; 0 for all."""
    top_p: float = 1.0
    """Only the fewest likeliest tokens whose probabilities add up to this (Holtzman et al. 2020, arXiv:1904.09751)."""
    min_p: float = 0.0
    """Only tokens of at least this share of the likeliest one's probability (Nguyen et al. 2024, arXiv:2407.01082)."""


class Picked(NamedTuple):
    """The next token of every row, and what its distribution was: after temperature and restriction."""

    ids_B: Tensor
    logprobs_B: Tensor
    """In nats; of a greedy pick, which is certain, 0."""
    entropies_B: Tensor | None
    """In nats; None unless asked for, 0 of a greedy pick."""


class RowDecoding:
    """The settings of the rows of a batch as tensors."""

    def __init__(self, rows: Sequence[Decoding], device: torch.device) -> None:
        self._temperature_B1 = torch.tensor([[row.temperature] for row in rows], device=device)
        self._greedy_B1 = self._temperature_B1 == 0
        self._any_greedy = any(row.temperature == 0 for row in rows)
        self._all_one = all(row.temperature == 1 for row in rows)
        self._top_k_B1 = torch.tensor([[row.top_k] for row in rows], device=device)
        self._top_p_B1 = torch.tensor([[row.top_p] for row in rows], device=device)
        self._min_p_B1 = torch.tensor([[row.min_p] for row in rows], device=device)
        self._restricted = any(row[1:] != Decoding()[1:] for row in rows)

    def pick(self, logits_BV: Tensor, uniforms_B: Tensor, *, with_entropies: bool = False) -> Picked:
        """By inverse CDF: the first token whose cumulative probability exceeds the uniform.

        One number per row decides, so a row's token depends on its own logits and number alone.
        """
        scaled_BV = logits_BV.float()
        if not self._all_one:
            scaled_BV = scaled_BV / torch.where(self._greedy_B1, 1.0, self._temperature_B1)
        weights_BV = (scaled_BV - scaled_BV.amax(dim=1, keepdim=True)).exp_()
        if self._restricted:
            weights_BV = self._restrict(weights_BV)
        cumulative_BV = weights_BV.cumsum(dim=1, dtype=torch.float64)
        target_B1 = (uniforms_B * cumulative_BV[:, -1])[:, None]
        picked_B1 = torch.searchsorted(cumulative_BV, target_B1, right=True).clamp(max=logits_BV.shape[1] - 1)
        if self._any_greedy:
            picked_B1 = torch.where(self._greedy_B1, logits_BV.argmax(dim=1, keepdim=True), picked_B1)
        sum_B1 = cumulative_BV[:, -1:]
        logprobs_B1 = (weights_BV.gather(1, picked_B1) / sum_B1).log()
        entropies_B = None
        if with_entropies:  # of p = w / sum: log sum - (sum of w log w) / sum
            entropies_B1 = sum_B1.log() + torch.special.entr(weights_BV).sum(dim=1, keepdim=True) / sum_B1
            entropies_B = entropies_B1.masked_fill(self._greedy_B1, 0.0)[:, 0].float()
        return Picked(picked_B1[:, 0], logprobs_B1.masked_fill(self._greedy_B1, 0.0)[:, 0].float(), entropies_B)

    def _restrict(self, weights_BV: Tensor) -> Tensor:
        """Weights, 0 where a token may not be picked. Of tokens as likely as the last one kept all are kept."""
        sorted_BV = weights_BV.sort(dim=1, descending=True).values
        rank_V = torch.arange(sorted_BV.shape[1], device=sorted_BV.device)
        kept_BV = (rank_V < self._top_k_B1) | (self._top_k_B1 == 0)
        likely_BV = torch.where(kept_BV, sorted_BV, 0.0)
        before_BV = likely_BV.cumsum(dim=1, dtype=torch.float64) - likely_BV
        kept_BV &= before_BV < self._top_p_B1 * likely_BV.sum(dim=1, keepdim=True, dtype=torch.float64)
        kept_BV[:, 0] = True
        least_B1 = sorted_BV.gather(1, kept_BV.sum(dim=1, keepdim=True) - 1)
        least_B1 = torch.maximum(least_B1, self._min_p_B1)  # the likeliest has weight 1
        return torch.where(weights_BV >= least_B1, weights_BV, 0.0)
