"""A rollout seen by the trainer: log-probabilities, values, KL, advantages and returns of its response tokens.

Shapes: B rollouts, R response tokens (column 0 is the first response token, end token included), N response tokens of
several rollouts one after the other. mask_BR is bool, True on response tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.objectives.advantages import gae, whiten
from solon.objectives.kl import entropy, kl_k1
from solon.policy.config import PPOConfig
from solon.policy.rollout import Rollout
from solon.training.batches import PaddedBatch, length_batches, pad_batch


class Part(NamedTuple):
    """Rollouts of similar length that share a forward pass."""

    indices: list[int]
    """Which rollouts."""
    batch: PaddedBatch
    """Weight 1 marks response tokens."""


class Experience(NamedTuple):
    """What a rollout teaches. All on the CPU, in float32, 0 outside the mask."""

    mask_BR: Tensor
    logprobs_BR: Tensor
    """Of the sampled tokens, by the trainer, under the weights that sampled them."""
    kl_BR: Tensor
    """k1 against the reference: log policy - log reference, in nats."""
    entropy_BR: Tensor
    """Of the policy's next-token distribution, in nats."""
    values_BR: Tensor
    """V(s_t), read before token t."""
    advantages_BR: Tensor
    """Whitened over the rollout."""
    returns_BR: Tensor
    """In reward units."""


def parts_of(rollouts: Sequence[Rollout], indices: Sequence[int], pad_id: int, max_batch_tokens: int) -> list[Part]:
    """The chosen rollouts from short to long, in padded batches."""
    rows = {index: rollouts[index].row for index in indices}
    lengths = [len(rollout.prompt_ids) + len(rollout.response_ids) for rollout in rollouts]
    return [
        Part(group, pad_batch([rows[i] for i in group], pad_id, group))
        for group in length_batches(lengths, max_batch_tokens, indices)
    ]


def response_logits(policy: LanguageModel, batch: PaddedBatch, temperature: float) -> Tensor:
    """Logits (N, V) that sampled the response tokens of a batch, row by row."""
    batch = batch.to(policy.device)
    return policy.logits_at(batch.ids_BT, batch.weights_BT > 0, mask_BT=batch.mask_BT).float() / temperature


def logprobs_of(logits_NV: Tensor, batch: PaddedBatch) -> Tensor:
    """log-probabilities (N,) of a batch's response tokens, in nats."""
    ids_N = batch.ids_BT[batch.weights_BT > 0].to(logits_NV.device)
    return -torch.nn.functional.cross_entropy(logits_NV, ids_N, reduction="none")


def response_values(value_model: ScalarModel, batch: PaddedBatch) -> Tensor:
    """V(s_t) (N,) of a batch's response tokens: the value at the token before each, which has not seen it."""
    batch = batch.to(value_model.device)
    values_BT = value_model.token_values(batch).float()
    return values_BT[:, :-1][batch.weights_BT[:, 1:] > 0]


@torch.no_grad()
def gather_experience(
    rollouts: Sequence[Rollout], scores: Sequence[float], config: PPOConfig, *,
    policy: LanguageModel, reference: LanguageModel, value_model: ScalarModel, centre_values: bool,
) -> Experience:  # fmt: skip
    """Rewards per token, values, advantages and returns of one rollout.

        r_t = -kl_coef (log pi(a_t | s_t) - log pi_ref(a_t | s_t)),   on the last token + score - truncation_penalty

    The penalty falls on truncated responses; every response counts as ended at its last token, so nothing is
    bootstrapped. With `centre_values` the value model is shifted once so that its mean is the mean return: it comes
    from a model of whole responses, with another zero.

    Source: Ouyang et al. 2022, arXiv:2203.02155, section 3.5 and appendix C.4; the shift is ours.
    """
    lengths_B = torch.tensor([len(rollout.response_ids) for rollout in rollouts])
    mask_BR = torch.arange(int(lengths_B.max()))[None] < lengths_B[:, None]
    logprobs_BR, reference_BR, entropy_BR, values_BR = (torch.zeros(mask_BR.shape) for _ in range(4))
    for part in parts_of(rollouts, range(len(rollouts)), policy.template.pad_id, config.max_batch_tokens):
        logits_NV = response_logits(policy, part.batch, config.temperature)
        reference_logits_NV = response_logits(reference, part.batch, config.temperature)
        for target_BR, found_N in (
            (logprobs_BR, logprobs_of(logits_NV, part.batch)),
            (reference_BR, logprobs_of(reference_logits_NV, part.batch)),
            (entropy_BR, entropy(logits_NV)),
            (values_BR, response_values(value_model, part.batch)),
        ):
            scatter(target_BR, mask_BR, part.indices, found_N)
    kl_BR = kl_k1(logprobs_BR, reference_BR)
    rewards_BR = -config.kl_coef * kl_BR
    penalties_B = torch.tensor([config.truncation_penalty * rollout.truncated for rollout in rollouts])
    rewards_BR[torch.arange(len(rollouts)), lengths_B - 1] += torch.tensor(scores) - penalties_B
    if centre_values:
        shift = float(rewards_BR.sum(1).mean() - values_BR[mask_BR].mean())
        value_model.shift += shift
        values_BR += shift * mask_BR
    advantages = gae(
        rewards_BR, values_BR, mask_BR, torch.zeros(len(rollouts)), gamma=config.gamma, gae_lambda=config.gae_lambda
    )
    whitened_BR = whiten(advantages.advantages_BT, mask_BR, keep_mean=False)
    return Experience(mask_BR, logprobs_BR, kl_BR, entropy_BR, values_BR, whitened_BR, advantages.returns_BT)


def scatter(target_BR: Tensor, mask_BR: Tensor, indices: Sequence[int], found_N: Tensor) -> None:
    """Put the response tokens of a part (N,) into their rollouts' rows, in place."""
    rows_BR = torch.zeros(mask_BR[list(indices)].shape)
    target_BR[list(indices)] = rows_BR.masked_scatter(mask_BR[list(indices)], found_N.cpu())


def gather(source_BR: Tensor, mask_BR: Tensor, indices: Sequence[int], device: torch.device) -> Tensor:
    """The response tokens (N,) of the given rollouts, one rollout after the other."""
    return source_BR[list(indices)][mask_BR[list(indices)]].to(device)
