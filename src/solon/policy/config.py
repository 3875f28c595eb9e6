"""Settings of policy training. Steps are optimiser steps, except in PPO, where a step is one rollout."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solon.models.long_rows import LongRows


class PretrainConfig(BaseModel):
    """How a model learns plain text: `base` warms up and stays, `mid` goes on and decays.

    Source: MiniCPM (Hu et al. 2024, arXiv:2404.06395): decaying over about 10 % of all tokens is enough, and
    instruction data belongs into that decay.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    tokens_per_batch: int = Field(8192, gt=0)
    """Padded tokens per optimiser step."""
    epochs: float = Field(1.0, gt=0)
    """Passes over the documents."""
    packing: bool = False
    """Rows share sequences of up to the context instead of being padded, and no row sees another."""
    long_rows: LongRows = "error"
    """A row longer than the context: `error` names it; `split` makes pieces of it, in which every trained token is
    predicted once; `cut_left` keeps its end, `cut_right` its beginning; `drop` leaves it out. What became of them is
    counted in `long_rows.json`."""
    in_order: bool = False
    """Read the documents roughly in the order of the source (a curriculum), shuffled only among their neighbours."""
    optimiser: Literal["adamw", "muon"] = "adamw"
    """`muon` learns two to three times as much per token on small models, at up to a fifth more time per step."""
    peak_lr: float = Field(2e-3, gt=0)
    """Highest learning rate; in mid-training, the rate that base training ended with."""
    warmup_steps: int = Field(20, ge=0)
    """Steps in which the learning rate rises from 0; 0 in mid-training, which continues a schedule."""
    schedule: Literal["constant", "linear", "cosine", "wsd"] = "constant"
    """`constant` for base (its end is not known to it), `linear` or `cosine` for mid: to 0 at the last step. `wsd`
    stays and then falls to 0: in the last phase of a mixture, without one in the last tenth of the steps."""
    weight_decay: float = Field(0.1, ge=0)
    """Decoupled weight decay, per unit of learning rate."""
    clip_norm: float = Field(1.0, gt=0)
    """Gradients longer than this are shortened to it."""
    embedding_lr_scale: float = Field(1.0, ge=0, le=1)
    """Rate of the words' own rows against all others. Small or 0 after base, words which this text never holds are not
    lost: see `OptimiserConfig`."""
    checkpoint_every: int = Field(100, gt=0)
    """Steps between checkpoints."""


class SFTConfig(BaseModel):
    """How a policy imitates demonstrations (and, mixed in, documents)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    tokens_per_batch: int = Field(8192, gt=0)
    """Padded tokens per optimiser step."""
    epochs: float = Field(1.0, gt=0)
    """Passes over the rows."""
    packing: bool = False
    """See `PretrainConfig`."""
    long_rows: LongRows = "error"
    """See `PretrainConfig`."""
    optimiser: Literal["adamw", "muon"] = "adamw"
    """See `PretrainConfig`."""
    peak_lr: float = Field(1e-3, gt=0)
    """Highest learning rate. SL-CAI: half of the pretraining rate, constant, one epoch."""
    warmup_share: float = Field(0.03, ge=0, lt=1)
    """Share of the steps in which the learning rate rises from 0."""
    schedule: Literal["constant", "linear", "cosine"] = "linear"
    """What the learning rate does after warm-up: stay, or fall to 0 at the last step."""
    weight_decay: float = Field(0.0, ge=0)
    """Decoupled weight decay, per unit of learning rate."""
    clip_norm: float = Field(1.0, gt=0)
    """Gradients longer than this are shortened to it."""
    embedding_lr_scale: float = Field(1.0, ge=0, le=1)
    """Rate of the words' own rows against all others. Small or 0 after base, words which this text never holds are not
    lost: see `OptimiserConfig`."""
    held_out_share: float = Field(0.0, ge=0, lt=1)
    """Share of the prompts whose examples train nothing: their loss is measured after every pass, and the model is that
    of the pass where it was lowest. Of use with several epochs."""
    checkpoint_every: int = Field(100, gt=0)
    """Steps between checkpoints."""


class PPOConfig(BaseModel):
    """How PPO trains a policy against rewards and a KL penalty.

    Departures from InstructGPT (arXiv:2203.02155): no moving average of the weights; PPO-ptx rows enter as a mean per
    token, not per episode, so its gamma of 27.8 is not comparable with `ptx_coef`.
    """

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
    kl_coef: float = Field(0.02, ge=0)
    """Reward lost per nat of KL(policy || reference), summed over the response, end token included."""
    truncation_penalty: float = Field(1.0, ge=0)
    """Reward lost by a response that the token limit cut off; it is then treated as ended."""
    clip_range: float = Field(0.2, gt=0)
    """A ratio; 0.2 lets the probability of a token move by 20 % per rollout before its gradient is cut."""
    value_clip_range: float = Field(1.0, gt=0)
    """In reward units: how far one rollout may move a value before its gradient is cut."""
    gamma: float = Field(1.0, gt=0, le=1)
    """Discount per token."""
    gae_lambda: float = Field(0.95, ge=0, le=1)
    """1: advantages without bias from the value model; lower: less variance."""
    peak_lr: float = Field(1e-4, gt=0)
    """Highest learning rate of the policy's AdamW."""
    value_lr: float = Field(3e-4, gt=0)
    """Highest learning rate of the value model's AdamW."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """What both learning rates do after warm-up: stay, or fall to 0 at the last step."""
    warmup_steps: int = Field(0, ge=0)
    """Optimiser steps in which the learning rates rise from 0."""
    value_warmup_steps: int = Field(2, ge=0)
    """Rollouts at the start that train the value model only. It comes from a model of whole responses."""
    weight_decay: float = Field(0.0, ge=0)
    """Decoupled weight decay of both optimisers, per unit of learning rate."""
    clip_norm: float = Field(1.0, gt=0)
    """Gradients longer than this are shortened to it."""
    ptx_coef: float = Field(0.0, ge=0)
    """Weight of the supervised loss on given rows (mean per token) against the policy loss (mean per token)."""
    ptx_tokens_per_batch: int = Field(2048, gt=0)
    """Padded tokens of supervised rows per optimiser step, where `ptx_coef` is not 0."""
    max_batch_tokens: int = Field(16384, gt=0)
    """Padded tokens in one forward pass; bounds memory, changes no result beyond rounding."""
    embedding_lr_scale: float = Field(1.0, ge=0, le=1)
    """Rate of the words' own rows against all others. Small or 0 after base, words which this text never holds are not
    lost: see `OptimiserConfig`."""
    checkpoint_every: int = Field(10, gt=0)
    """Rollouts between checkpoints."""

    @model_validator(mode="after")
    def _minibatches_tile_the_rollout(self) -> Self:
        responses = self.prompts_per_step * self.samples_per_prompt
        if left_over := responses % self.minibatch_responses:
            raise ValueError(
                f"minibatch_responses={self.minibatch_responses} does not divide prompts_per_step x samples_per_prompt "
                f"= {responses}: {left_over} responses of every step would make a smaller, noisier update. "
                f"Choose a divisor of {responses}."
            )
        if self.value_warmup_steps >= self.num_steps:
            raise ValueError(
                f"value_warmup_steps={self.value_warmup_steps} leaves none of num_steps={self.num_steps} for the "
                "policy: it would not be trained at all. Give more steps, or a shorter warm-up."
            )
        return self

    @property
    def updates_per_step(self) -> int:
        """Optimiser steps after one rollout."""
        return self.epochs * self.prompts_per_step * self.samples_per_prompt // self.minibatch_responses
