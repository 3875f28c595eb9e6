"""What sampler and reference say of a rollout: log-probabilities, KL and entropy of its response tokens.

Shapes: B rollouts, R response tokens (column 0 is the first response token, end token included), N response tokens of
several rollouts one after the other. mask_BR is bool, True on response tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from solon.models.language_model import LanguageModel
from solon.objectives.kl import kl_k1
from solon.policy.rl_config import RolloutConfig
from solon.policy.rollout import Rollout
from solon.training.batches import PaddedBatch, length_batches, pad_batch


class Part(NamedTuple):
    """Rollouts of similar length that share a forward pass."""

    indices: list[int]
    """Which rollouts."""
    batch: PaddedBatch
    """Weight 1 marks response tokens."""


class Readings(NamedTuple):
    """A rollout before any update. All on the CPU, in float32, 0 outside the mask."""

    mask_BR: Tensor
    logprobs_BR: Tensor
    """Of the sampled tokens, as the sampler computed them: the trainer's own differ by rounding (`logprob_gap`)."""
    reference_BR: Tensor
    """The same tokens under the reference."""
    entropy_BR: Tensor
    """Of the distributions that they were sampled from, in nats."""

    @property
    def kl_BR(self) -> Tensor:
        """k1 against the reference: log policy - log reference, in nats."""
        return kl_k1(self.logprobs_BR, self.reference_BR)


def parts_of(rollouts: Sequence[Rollout], indices: Sequence[int], pad_id: int, max_batch_tokens: int) -> list[Part]:
    """The chosen rollouts from short to long, in padded batches."""
    rows = {index: rollouts[index].row for index in indices}
    lengths = [len(rollout.prompt_ids) + len(rollout.response_ids) for rollout in rollouts]
    return [
        Part(group, pad_batch([rows[i] for i in group], pad_id, group))
        for group in length_batches(lengths, max_batch_tokens, indices)
    ]


def response_logprobs(policy: LanguageModel, batch: PaddedBatch, temperature: float) -> Tensor:
    """Log-probabilities (N,) of the response tokens of a batch, row by row, at the temperature they were sampled at."""
    batch = batch.to(policy.device)
    return policy.logprobs_at(batch.ids_BT, batch.weights_BT > 0, mask_BT=batch.mask_BT, temperature=temperature)


def response_mask(rollouts: Sequence[Rollout]) -> Tensor:
    """mask_BR of a rollout."""
    lengths_B = torch.tensor([len(rollout.response_ids) for rollout in rollouts])
    return torch.arange(int(lengths_B.max()))[None] < lengths_B[:, None]


@torch.no_grad()
def read_rollouts(rollouts: Sequence[Rollout], config: RolloutConfig, *, reference: LanguageModel) -> Readings:
    """One forward pass of the reference over every rollout; what the policy says of it is known from sampling."""
    mask_BR = response_mask(rollouts)
    reference_BR = torch.zeros(mask_BR.shape)
    for part in parts_of(rollouts, range(len(rollouts)), reference.template.pad_id, config.max_batch_tokens):
        scatter(reference_BR, mask_BR, part.indices, response_logprobs(reference, part.batch, config.temperature))
    logprobs_N = torch.tensor([one for rollout in rollouts for one in rollout.sampler_logprobs])
    entropies_N = torch.tensor([one for rollout in rollouts for one in rollout.sampler_entropies])
    return Readings(mask_BR, spread(logprobs_N, mask_BR), reference_BR, spread(entropies_N, mask_BR))


def paid(rollouts: Sequence[Rollout], scores: Sequence[float], config: RolloutConfig) -> Tensor:
    """What each response earns before any KL (B,): its score, less the penalty where the token limit cut it off."""
    penalties_B = torch.tensor([config.truncation_penalty * rollout.truncated for rollout in rollouts])
    return torch.tensor(scores) - penalties_B


def scatter(target_BR: Tensor, mask_BR: Tensor, indices: Sequence[int], found_N: Tensor) -> None:
    """Put the response tokens of a part (N,) into their rollouts' rows, in place."""
    target_BR[list(indices)] = spread(found_N.cpu(), mask_BR[list(indices)])


def spread(found_N: Tensor, mask_BR: Tensor) -> Tensor:
    """The response tokens (N,) of some rollouts in rows (B, R), 0 outside the mask; keeps the gradient."""
    return torch.zeros(mask_BR.shape, dtype=found_N.dtype, device=found_N.device).masked_scatter(mask_BR, found_N)


def gather(source_BR: Tensor, mask_BR: Tensor, indices: Sequence[int], device: torch.device) -> Tensor:
    """The response tokens (N,) of the given rollouts, one rollout after the other."""
    return source_BR[list(indices)][mask_BR[list(indices)]].to(device)
