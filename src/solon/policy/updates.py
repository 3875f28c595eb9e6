"""Optimiser steps of the policy over one rollout, minibatch by minibatch: PPO, GRPO and RLOO differ in the loss alone.

Shapes as in `readings.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor

from solon.errors import InputError
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.objectives.kl import kl_k3
from solon.policy.readings import Readings, gather, parts_of, response_logprobs, spread
from solon.policy.rl_config import RolloutConfig
from solon.policy.rollout import Rollout
from solon.seeds import generator
from solon.training.batches import BatchOrder, pad_batch
from solon.training.micro_batches import MicroBatches
from solon.training.optimiser import Optimiser, OptimiserConfig
from solon.training.supervised import supervised_loss


class PolicyLoss(NamedTuple):
    """The policy loss of a few rollouts."""

    total: Tensor
    """Scalar sum; receives gradient."""
    clipped: Tensor
    """Actions (tokens, or whole responses) whose gradient was cut."""
    actions: int
    """All actions."""


MinibatchLoss = Callable[[Tensor, list[int]], PolicyLoss]
"""From log-probabilities of response tokens under the weights of now (B, R), 0 outside the mask and with gradient, and
the indices of their rollouts."""


class PolicyUpdates:
    """Updates the policy on minibatches, and keeps its optimiser.

    Args:
        policy: trained in place.
        config: rates, and the supervised term.
        ptx_rows: rows of the supervised term; needed where `ptx_coef` is not 0.
        num_rollouts: how many are followed by updates.
        seed: of the order of `ptx_rows`.

    Raises:
        InputError: there are no rows for `ptx_coef`.
    """

    def __init__(
        self, policy: LanguageModel, config: RolloutConfig, ptx_rows: Sequence[Tokens], *, num_rollouts: int, seed: int
    ) -> None:
        if config.ptx_coef and not ptx_rows:
            raise InputError(f"ptx_coef={config.ptx_coef} needs rows to imitate, and there are none. Give rows, or 0.")
        self._policy, self._config, self._ptx_rows = policy, config, ptx_rows
        self._optimiser = Optimiser(policy.model, optimiser_config(config, config.peak_lr, num_rollouts))
        self._micro_batches = MicroBatches(self._optimiser, config.max_batch_tokens)
        lengths = [len(row.ids) for row in ptx_rows]
        self._ptx_order = BatchOrder(lengths, config.ptx_tokens_per_batch, seed) if config.ptx_coef else None

    def update(
        self, rollouts: Sequence[Rollout], readings: Readings, minibatch: Sequence[int], loss: MinibatchLoss, *,
        count: int,
    ) -> dict[str, float]:  # fmt: skip
        """One optimiser step: policy loss / count + ptx_coef x mean supervised loss per unit of weight."""
        figures = self._micro_batches.accumulate(
            lambda max_tokens: self._add_gradient(rollouts, readings, minibatch, loss, count, max_tokens)
        )
        return figures | self._optimiser.step(1, [rollouts[i].prompt.id for i in minibatch])

    def _add_gradient(
        self, rollouts: Sequence[Rollout], readings: Readings, minibatch: Sequence[int], loss: MinibatchLoss,
        count: int, max_tokens: int,
    ) -> dict[str, float]:  # fmt: skip
        figures = {} if self._ptx_order is None else self._backward_ptx(self._ptx_order)
        total = clipped = update_kl = gap = 0.0
        actions = tokens = 0
        for part in parts_of(rollouts, minibatch, self._policy.template.pad_id, max_tokens):
            logprobs_N = response_logprobs(self._policy, part.batch, self._config.temperature)
            mask_BR = readings.mask_BR[part.indices].to(logprobs_N.device)
            found = loss(spread(logprobs_N, mask_BR), part.indices)
            self._optimiser.backward(found.total / count, [rollouts[i].prompt.id for i in part.indices])
            total += float(found.total.detach())
            clipped, actions = clipped + float(found.clipped), actions + found.actions
            rollout_N = gather(readings.logprobs_BR, readings.mask_BR, part.indices, logprobs_N.device)
            update_kl += float(kl_k3(rollout_N, logprobs_N.detach()).sum())
            gap += float((rollout_N - logprobs_N.detach()).abs().sum())
            tokens += len(rollout_N)
        figures |= {"policy_loss": total / count, "clip_fraction": clipped / actions, "update_kl": update_kl / tokens}
        figures["logprob_gap"] = gap / tokens
        return figures

    def _backward_ptx(self, order: BatchOrder) -> dict[str, float]:
        """Add the gradient of the supervised term; first of all, so that its norm can be told."""
        chosen = order.at(self._optimiser.num_steps_done)
        batch = pad_batch([self._ptx_rows[i] for i in chosen], self._policy.template.pad_id, chosen)
        loss = supervised_loss(self._policy, batch.to(self._policy.device))
        mean = loss.total / loss.count
        self._optimiser.backward(self._config.ptx_coef * mean, [f"ptx {i}" for i in chosen])
        return {"ptx_loss": float(mean.detach()), "ptx_grad_norm": self._optimiser.gradient_norm()}

    def state_dict(self) -> dict[str, Any]:
        """Weights and optimiser of the policy."""
        return self._optimiser.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._optimiser.load_state_dict(state)


def minibatches(config: RolloutConfig, *, step: int, seed: int) -> list[list[int]]:
    """Responses of each optimiser step after one rollout: every response once per epoch, shuffled. By (seed, step)."""
    responses = config.responses_per_step
    batches: list[list[int]] = []
    for epoch in range(config.epochs):
        order = generator(seed, "minibatches", step, epoch).permutation(responses).tolist()
        batches += [
            order[begin : begin + config.minibatch_responses]
            for begin in range(0, responses, config.minibatch_responses)
        ]
    return batches


def optimiser_config(config: RolloutConfig, peak_lr: float, num_rollouts: int) -> OptimiserConfig:
    """Of an optimiser that makes the updates of so many rollouts."""
    return OptimiserConfig(
        peak_lr=peak_lr,
        num_steps=num_rollouts * config.updates_per_step,
        schedule=config.schedule,
        warmup_steps=config.warmup_steps,
        weight_decay=config.weight_decay,
        clip_norm=config.clip_norm,
        embedding_lr_scale=config.embedding_lr_scale,
    )


def of_updates(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What the updates of one rollout were like: means, and the `logprob_gap` of the first, whose weights sampled it.

    The gap is the mean of |trainer - sampler| over the first minibatch's tokens, in nats: by as much the ratio of a
    policy that has not moved is off 1.
    """
    return means(figures) | {"logprob_gap": figures[0]["logprob_gap"]}


def means(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every figure over updates that all have the same figures."""
    return {name: sum(one[name] for one in figures) / len(figures) for name in figures[0]}
