"""Settings of PPO, GRPO and RLOO. A step is one rollout, with all the updates on it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solon.models.lora_settings import LoraSettings


class RolloutConfig(BaseModel):
    """What PPO, GRPO and RLOO have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    num_steps: int = Field(100, gt=0)
    """Rollouts; each is followed by `epochs` passes of updates over its responses."""
    prompts_per_step: int = Field(64, gt=0)
    """Prompts of one rollout; each prompt comes once per pass over all prompts."""
    samples_per_prompt: int = Field(1, gt=0)
    """Responses sampled for each prompt of a rollout."""
    minibatch_responses: int = Field(64, gt=0)
    """Responses per optimiser step."""
    epochs: int = Field(1, gt=0)
    """Passes of updates over one rollout."""
    max_new_tokens: int = Field(48, gt=0)
    """Tokens after which a response is cut off, end token included."""
    temperature: float = Field(1.0, gt=0)
    """Sampling temperature, applied to the trainer's log-probabilities as well."""
    truncation_penalty: float = Field(1.0, ge=0)
    """Reward lost by a response that the token limit cut off; it is then treated as ended."""
    peak_lr: float = Field(1e-4, gt=0)
    """Highest learning rate of the policy's AdamW."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """What learning rates do after warm-up: stay, or fall to 0 at the last step."""
    warmup_steps: int = Field(0, ge=0)
    """Optimiser steps in which learning rates rise from 0."""
    weight_decay: float = Field(0.0, ge=0)
    """Decoupled weight decay, per unit of learning rate."""
    clip_norm: float = Field(1.0, gt=0)
    """Gradients longer than this are shortened to it."""
    ptx_coef: float = Field(0.0, ge=0)
    """Weight of the supervised loss on given rows (mean per token) against the policy loss (mean, in its own unit)."""
    ptx_tokens_per_batch: int = Field(2048, gt=0)
    """Padded tokens of supervised rows per optimiser step, where `ptx_coef` is not 0."""
    max_batch_tokens: int = Field(16384, gt=0)
    """Padded tokens in one forward pass; bounds memory, changes no result beyond rounding."""
    embedding_lr_scale: float = Field(1.0, ge=0, le=1)
    """Rate of the words' own rows against all others. Small or 0 after base, words which this text never holds are not
    lost: see `OptimiserConfig`."""
    recompute_activations: bool = False
    """Keep only the input of every layer and compute the rest again in the backward pass: a third more work for a
    fraction of the memory. Changes no result beyond rounding."""
    lora: LoraSettings | None = None
    """Train adapters instead of all weights, in PPO of the value model too; rates are then to be about ten times
    higher."""
    checkpoint_every: int = Field(10, gt=0)
    """Rollouts between checkpoints."""

    @model_validator(mode="after")
    def _minibatches_tile_the_rollout(self) -> Self:
        responses = self.responses_per_step
        if left_over := responses % self.minibatch_responses:
            raise ValueError(
                f"minibatch_responses={self.minibatch_responses} does not divide prompts_per_step x samples_per_prompt "
                f"= {responses}: {left_over} responses of every step would make a smaller, noisier update. "
                f"Choose a divisor of {responses}."
            )
        return self

    @property
    def responses_per_step(self) -> int:
        """Responses of one rollout."""
        return self.prompts_per_step * self.samples_per_prompt

    @property
    def updates_per_step(self) -> int:
        """Optimiser steps after one rollout."""
        return self.epochs * self.responses_per_step // self.minibatch_responses


class PPOConfig(RolloutConfig):
    """How PPO trains a policy against rewards and a KL penalty.

    Departures from InstructGPT (arXiv:2203.02155): no moving average of the weights; PPO-ptx rows enter as a mean per
    token, not per episode, so its gamma of 27.8 is not comparable with `ptx_coef`.
    """

    kl_coef: float = Field(0.02, ge=0)
    """Reward lost per nat of KL(policy || reference), summed over the response, end token included."""
    clip_range: float = Field(0.2, gt=0)
    """A ratio; 0.2 lets the probability of a token move by 20 % per rollout before its gradient is cut."""
    value_clip_range: float = Field(1.0, gt=0)
    """In reward units: how far one rollout may move a value before its gradient is cut."""
    gamma: float = Field(1.0, gt=0, le=1)
    """Discount per token."""
    gae_lambda: float = Field(0.95, ge=0, le=1)
    """1: advantages without bias from the value model; lower: less variance."""
    value_lr: float = Field(3e-4, gt=0)
    """Highest learning rate of the value model's AdamW."""
    value_warmup_steps: int = Field(2, ge=0)
    """Rollouts at the start that train the value model only. It comes from a model of whole responses."""

    @model_validator(mode="after")
    def _the_policy_is_trained(self) -> Self:
        if self.value_warmup_steps >= self.num_steps:
            raise ValueError(
                f"value_warmup_steps={self.value_warmup_steps} leaves none of num_steps={self.num_steps} for the "
                "policy: it would not be trained at all. Give more steps, or a shorter warm-up."
            )
        return self


class GRPOConfig(RolloutConfig):
    """How GRPO trains a policy on groups of responses to one prompt, without a value model.

    `scale_by_deviation=False` with `divide_by=max_new_tokens` is Dr. GRPO (arXiv:2503.20783). Departure from the paper
    (arXiv:2402.03300): groups of 8 by default, not 64.
    """

    prompts_per_step: int = Field(16, gt=0)
    """Prompts of one rollout; each prompt comes once per pass over all prompts."""
    samples_per_prompt: int = Field(8, ge=2)
    """Responses of one group: what a response is compared with are its siblings."""
    minibatch_responses: int = Field(128, gt=0)
    """Responses per optimiser step. Published: all of a rollout."""
    kl_coef: float = Field(0.04, ge=0)
    """Weight of the KL to the reference; in which unit, `kl` says. Published: 0.04."""
    kl: Literal["k3", "corrected", "reward"] = "k3"
    """`k3`, as published: a loss per token, whose gradient is that of KL(reference || policy); `corrected`: the same
    times the ratio, which has the gradient of KL(policy || reference) (arXiv:2512.02556); `reward`: k1, summed over the
    response, is taken from its reward before groups are compared."""
    clip_range: float = Field(0.2, gt=0)
    """A ratio; 0.2 lets the probability of a token move by 20 % per rollout before its gradient is cut."""
    scale_by_deviation: bool = True
    """Advantages in units of the group's deviation, as published; else in reward units."""
    divide_by: Literal["response_tokens", "max_new_tokens"] = "response_tokens"
    """What the loss of a response is divided by: its own tokens, as published, so that a token of a long response
    weighs less; or the same number for all."""


class RLOOConfig(RolloutConfig):
    """How RLOO trains a policy on groups of responses: each response is one action, its siblings are its baseline.

    Source: Ahmadian et al. 2024, arXiv:2402.14740.
    """

    prompts_per_step: int = Field(16, gt=0)
    """Prompts of one rollout; each prompt comes once per pass over all prompts."""
    samples_per_prompt: int = Field(8, ge=2)
    """Responses of one group: each is compared with the mean of the others."""
    minibatch_responses: int = Field(128, gt=0)
    """Responses per optimiser step."""
    kl_coef: float = Field(0.02, ge=0)
    """Reward lost per nat of KL(policy || reference), summed over the response, end token included."""
    clip_range: float | None = Field(0.2, gt=0)
    """A ratio of whole responses; 0.2 lets the probability of a response move by 20 % per rollout before its gradient
    is cut. null is REINFORCE, as published: right for a single update per rollout, where the two agree."""

    @model_validator(mode="after")
    def _reinforce_updates_once(self) -> Self:
        if self.clip_range is None and self.updates_per_step > 1:
            raise ValueError(
                f"clip_range=null is REINFORCE, which is right for one update per rollout, and these settings make "
                f"{self.updates_per_step}. Give a clip_range, or epochs=1 and "
                f"minibatch_responses={self.responses_per_step}."
            )
        return self
