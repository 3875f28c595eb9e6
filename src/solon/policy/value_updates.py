"""Optimiser steps of PPO's value model, a network of its own, over one rollout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from solon.models.scalar_model import ScalarModel
from solon.objectives.value import clipped_value_loss
from solon.policy.experience import Experience, response_values
from solon.policy.readings import gather, parts_of
from solon.policy.rl_config import PPOConfig
from solon.policy.rollout import Rollout
from solon.policy.updates import optimiser_config
from solon.training.micro_batches import MicroBatches
from solon.training.optimiser import Optimiser


class ValueUpdates:
    """Updates the value model on minibatches, and keeps its optimiser."""

    def __init__(self, value_model: ScalarModel, config: PPOConfig) -> None:
        self._value_model, self._config = value_model, config
        self._optimiser = Optimiser(value_model.model, optimiser_config(config, config.value_lr, config.num_steps))
        self._micro_batches = MicroBatches(self._optimiser, config.max_batch_tokens)

    def update(self, rollouts: Sequence[Rollout], experience: Experience, minibatch: Sequence[int]) -> dict[str, float]:
        """One optimiser step on the mean clipped squared error per token."""
        total, count = self._micro_batches.accumulate(
            lambda max_tokens: self._add_gradient(rollouts, experience, minibatch, max_tokens)
        )
        figures = self._optimiser.step(count, [rollouts[i].prompt.id for i in minibatch])
        return {"value_loss": total / count, "value_lr": figures["lr"], "value_grad_norm": figures["grad_norm"]}

    def _add_gradient(
        self, rollouts: Sequence[Rollout], experience: Experience, minibatch: Sequence[int], max_tokens: int
    ) -> tuple[float, float]:
        """(loss, tokens), summed."""
        total = count = 0.0
        pad_id = self._value_model.template.pad_id
        for part in parts_of(rollouts, minibatch, pad_id, max_tokens):
            values_N = response_values(self._value_model, part.batch)
            rollout_N, returns_N = (
                gather(source_BR, experience.readings.mask_BR, part.indices, values_N.device)
                for source_BR in (experience.values_BR, experience.returns_BR)
            )
            everywhere_N = torch.ones_like(values_N, dtype=torch.bool)
            loss = clipped_value_loss(
                values_N, rollout_N, returns_N, everywhere_N, clip_range=self._config.value_clip_range
            )
            self._optimiser.backward(loss.total, [rollouts[i].prompt.id for i in part.indices])
            total, count = total + float(loss.total.detach()), count + float(loss.count)
        return total, count

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimiser and shift of the value model."""
        return {"optimiser": self._optimiser.state_dict(), "shift": self._value_model.shift}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._optimiser.load_state_dict(state["optimiser"])
        self._value_model.shift = float(state["shift"])
