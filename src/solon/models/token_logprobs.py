"""Log-probabilities of given tokens, without ever holding the logits of all of them.

Shapes: N tokens, V vocabulary, D width. Log-probabilities are in nats, in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

Head = Callable[[Tensor], Tensor]
"""Hidden states (N, D) -> logits (N, V)."""

_MOST_LOGITS = 2**24
"""Logits that are held at a time: 64 MB in float32."""


def token_logprobs(
    head: Head, states_ND: Tensor, targets_N: Tensor, vocab_size: int, *, temperature: float = 1.0
) -> Tensor:
    """logprobs_N of the targets under softmax(head(states) / temperature).

    Where the logits of all tokens would be many they are computed piece by piece, and again in the backward pass: a
    product with the vocabulary matrix more, instead of N x V floats kept.
    """
    piece = max(1, _MOST_LOGITS // vocab_size)
    of_piece = partial(_of_piece, head, temperature)
    if len(targets_N) <= piece:
        return of_piece(states_ND, targets_N)
    pieces = zip(torch.split(states_ND, piece), torch.split(targets_N, piece), strict=True)
    if not torch.is_grad_enabled():
        return torch.cat([of_piece(*one) for one in pieces])
    return torch.cat([checkpoint(of_piece, *one, use_reentrant=False) for one in pieces])


def of_logits(logits_NV: Tensor, targets_N: Tensor, *, temperature: float = 1.0) -> Tensor:
    """logprobs_N of the targets under softmax(logits / temperature)."""
    scaled_NV = logits_NV.float() if temperature == 1 else logits_NV.float() / temperature
    return -torch.nn.functional.cross_entropy(scaled_NV, targets_N, reduction="none")


def _of_piece(head: Head, temperature: float, states_ND: Tensor, targets_N: Tensor) -> Tensor:
    return of_logits(head(states_ND), targets_N, temperature=temperature)
