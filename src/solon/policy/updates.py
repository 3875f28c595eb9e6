"""PPO's optimiser steps over one rollout: minibatches of the clipped policy loss and of the value loss.

Policy and value model are separate networks with separate optimisers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.objectives.kl import kl_k3
from solon.objectives.policy_gradient import ppo_clip_loss
from solon.objectives.value import clipped_value_loss
from solon.policy.config import PPOConfig
from solon.policy.experience import Experience, gather, logprobs_of, parts_of, response_logits, response_values
from solon.policy.rollout import Rollout
from solon.seeds import generator
from solon.training.batches import BatchOrder, pad_batch
from solon.training.optimiser import Optimiser, OptimiserConfig
from solon.training.supervised import supervised_loss


class PolicyUpdates:
    """Updates the policy on minibatches, and keeps its optimiser."""

    def __init__(self, policy: LanguageModel, config: PPOConfig, ptx_rows: Sequence[Tokens], *, seed: int) -> None:
        self._policy, self._config, self._ptx_rows = policy, config, ptx_rows
        self._optimiser = Optimiser(policy.model, _optimiser_config(config, config.peak_lr, config.value_warmup_steps))
        lengths = [len(row.ids) for row in ptx_rows]
        self._ptx_order = BatchOrder(lengths, config.ptx_tokens_per_batch, seed) if config.ptx_coef else None

    def update(self, rollouts: Sequence[Rollout], experience: Experience, minibatch: Sequence[int]) -> dict[str, float]:
        """One optimiser step: mean policy loss per token + ptx_coef x mean supervised loss per unit of weight."""
        figures = {} if self._ptx_order is None else self._backward_ptx(self._ptx_order)
        count = int(experience.mask_BR[list(minibatch)].sum())
        total = clipped = update_kl = 0.0
        for part in parts_of(rollouts, minibatch, self._policy.template.pad_id, self._config.max_batch_tokens):
            logits_NV = response_logits(self._policy, part.batch, self._config.temperature)
            logprobs_N = logprobs_of(logits_NV, part.batch)
            rollout_N, advantages_N = (
                gather(source_BR, experience.mask_BR, part.indices, logprobs_N.device)
                for source_BR in (experience.logprobs_BR, experience.advantages_BR)
            )
            loss = ppo_clip_loss(
                logprobs_N, rollout_N, advantages_N, _all(logprobs_N), clip_range=self._config.clip_range
            )
            self._optimiser.backward(loss.total / count, [rollouts[i].prompt.id for i in part.indices])
            total += float(loss.total.detach())
            clipped += float(loss.clipped)
            update_kl += float(kl_k3(rollout_N, logprobs_N.detach()).sum())
        figures |= {"policy_loss": total / count, "clip_fraction": clipped / count, "update_kl": update_kl / count}
        return figures | self._optimiser.step(1, [rollouts[i].prompt.id for i in minibatch])

    def _backward_ptx(self, order: BatchOrder) -> dict[str, float]:
        """Add the gradient of the supervised term; first of all, so that its norm can be told."""
        chosen = order.at(self._optimiser.num_steps_done)
        batch = pad_batch([self._ptx_rows[i] for i in chosen], self._policy.template.pad_id, chosen)
        loss = supervised_loss(self._policy, batch.to(self._policy.device))
        mean = loss.total / loss.count
        self._optimiser.backward(self._config.ptx_coef * mean, [f"ptx {i}" for i in chosen])
        gradients = [p.grad for p in self._policy.model.parameters() if p.grad is not None]
        return {"ptx_loss": float(mean.detach()), "ptx_grad_norm": float(nn.utils.get_total_norm(gradients))}

    def state_dict(self) -> dict[str, Any]:
        """Weights and optimiser of the policy."""
        return self._optimiser.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._optimiser.load_state_dict(state)


class ValueUpdates:
    """Updates the value model on minibatches, and keeps its optimiser."""

    def __init__(self, value_model: ScalarModel, config: PPOConfig) -> None:
        self._value_model, self._config = value_model, config
        self._optimiser = Optimiser(value_model.model, _optimiser_config(config, config.value_lr, 0))

    def update(self, rollouts: Sequence[Rollout], experience: Experience, minibatch: Sequence[int]) -> dict[str, float]:
        """One optimiser step on the mean clipped squared error per token."""
        total = count = 0.0
        pad_id = self._value_model.template.pad_id
        for part in parts_of(rollouts, minibatch, pad_id, self._config.max_batch_tokens):
            values_N = response_values(self._value_model, part.batch)
            rollout_N, returns_N = (
                gather(source_BR, experience.mask_BR, part.indices, values_N.device)
                for source_BR in (experience.values_BR, experience.returns_BR)
            )
            loss = clipped_value_loss(
                values_N, rollout_N, returns_N, _all(values_N), clip_range=self._config.value_clip_range
            )
            self._optimiser.backward(loss.total, [rollouts[i].prompt.id for i in part.indices])
            total, count = total + float(loss.total.detach()), count + float(loss.count)
        figures = self._optimiser.step(count, [rollouts[i].prompt.id for i in minibatch])
        return {"value_loss": total / count, "value_lr": figures["lr"], "value_grad_norm": figures["grad_norm"]}

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimiser and shift of the value model."""
        return {"optimiser": self._optimiser.state_dict(), "shift": self._value_model.shift}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._optimiser.load_state_dict(state["optimiser"])
        self._value_model.shift = float(state["shift"])


def minibatches(config: PPOConfig, *, step: int, seed: int) -> list[list[int]]:
    """Responses of each optimiser step after one rollout: every response once per epoch, shuffled. By (seed, step)."""
    responses = config.prompts_per_step * config.samples_per_prompt
    batches: list[list[int]] = []
    for epoch in range(config.epochs):
        order = generator(seed, "minibatches", step, epoch).permutation(responses).tolist()
        batches += [
            order[begin : begin + config.minibatch_responses]
            for begin in range(0, responses, config.minibatch_responses)
        ]
    return batches


def _optimiser_config(config: PPOConfig, peak_lr: float, skipped_steps: int) -> OptimiserConfig:
    return OptimiserConfig(
        peak_lr=peak_lr,
        num_steps=(config.num_steps - skipped_steps) * config.updates_per_step,
        schedule=config.schedule,
        warmup_steps=config.warmup_steps,
        weight_decay=config.weight_decay,
        clip_norm=config.clip_norm,
        embedding_lr_scale=config.embedding_lr_scale,
    )


def _all(values_N: Tensor) -> Tensor:
    return torch.ones_like(values_N, dtype=torch.bool)


def means(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every figure over updates that all have the same figures."""
    return {name: sum(one[name] for one in figures) / len(figures) for name in figures[0]}
