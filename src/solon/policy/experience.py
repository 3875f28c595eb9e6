"""What PPO learns from a rollout: values, advantages and returns of its response tokens.

Shapes as in `readings.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.objectives.advantages import gae, whiten
from solon.policy.readings import Readings, paid, parts_of, read_rollouts, scatter
from solon.policy.rl_config import PPOConfig
from solon.policy.rollout import Rollout
from solon.training.batches import PaddedBatch


class Experience(NamedTuple):
    """What a rollout teaches. All on the CPU, in float32, 0 outside the mask."""

    readings: Readings
    values_BR: Tensor
    """V(s_t), read before token t."""
    advantages_BR: Tensor
    """Whitened over the rollout."""
    returns_BR: Tensor
    """In reward units."""


def response_values(value_model: ScalarModel, batch: PaddedBatch) -> Tensor:
    """V(s_t) (N,) of a batch's response tokens: the value at the token before each, which has not seen it."""
    batch = batch.to(value_model.device)
    values_BT = value_model.token_values(batch).float()
    return values_BT[:, :-1][batch.weights_BT[:, 1:] > 0]


@torch.no_grad()
def gather_experience(
    rollouts: Sequence[Rollout], scores: Sequence[float], config: PPOConfig, *,
    reference: LanguageModel, value_model: ScalarModel, centre_values: bool,
) -> Experience:  # fmt: skip
    """Rewards per token, values, advantages and returns of one rollout.

        r_t = -kl_coef (log pi(a_t | s_t) - log pi_ref(a_t | s_t)),   on the last token + score - truncation_penalty

    The penalty falls on truncated responses; every response counts as ended at its last token, so nothing is
    bootstrapped. With `centre_values` the value model is shifted once so that its mean is the mean return: it comes
    from a model of whole responses, with another zero.

    Source: Ouyang et al. 2022, arXiv:2203.02155, section 3.5 and appendix C.4; the shift is ours.
    """
    readings = read_rollouts(rollouts, config, reference=reference)
    mask_BR = readings.mask_BR
    values_BR = torch.zeros(mask_BR.shape)
    for part in parts_of(rollouts, range(len(rollouts)), value_model.template.pad_id, config.max_batch_tokens):
        scatter(values_BR, mask_BR, part.indices, response_values(value_model, part.batch))
    rewards_BR = -config.kl_coef * readings.kl_BR
    rewards_BR[torch.arange(len(rollouts)), mask_BR.sum(1) - 1] += paid(rollouts, scores, config)
    if centre_values:
        shift = float(rewards_BR.sum(1).mean() - values_BR[mask_BR].mean())
        value_model.shift += shift
        values_BR += shift * mask_BR
    advantages = gae(
        rewards_BR, values_BR, mask_BR, torch.zeros(len(rollouts)), gamma=config.gamma, gae_lambda=config.gae_lambda
    )
    whitened_BR = whiten(advantages.advantages_BT, mask_BR, keep_mean=False)
    return Experience(readings, values_BR, whitened_BR, advantages.returns_BT)
