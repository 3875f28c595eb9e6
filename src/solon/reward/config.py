"""Settings of reward-model training."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from solon.models.lora_settings import LoraSettings


class RewardConfig(BaseModel):
    """How a reward or preference model is trained."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    prompts_per_step: int = Field(32, gt=0)
    """Rankings and comparisons per optimiser step, together; each source gets its share of the whole."""
    epochs: float = Field(1.0, gt=0)
    """Passes over the data. More than one overfits quickly: every response is seen in several pairs already."""
    peak_lr: float = Field(3e-4, gt=0)
    """Highest learning rate of AdamW."""
    schedule: Literal["constant", "linear", "cosine"] = "linear"
    """What the learning rate does after warm-up: stay, or fall to 0 at the last step."""
    warmup_share: float = Field(0.05, ge=0, lt=1)
    """Share of the steps in which the learning rate rises from 0."""
    weight_decay: float = Field(0.01, ge=0)
    """Decoupled weight decay, per unit of learning rate."""
    clip_norm: float = Field(1.0, gt=0)
    """Gradients longer than this are shortened to it."""
    preference_coef: float = Field(1.0, ge=0)
    """Weight of one judged comparison's loss against one ranking's, as means over each source's share of a batch.

    Soft labels ask for margins of their own (0.5 asks for 0), hard rankings for margins without end: look at the
    margins per source before changing this. Without rankings it only scales the learning rate's effect.
    """
    embedding_lr_scale: float = Field(1.0, ge=0, le=1)
    """Rate of the words' own rows against all others; see `OptimiserConfig`."""
    held_out_share: float = Field(0.1, ge=0, lt=1)
    """Share of the prompts whose rankings and comparisons are kept for the test and train nothing."""
    max_batch_tokens: int = Field(16384, gt=0)
    """Padded tokens in one forward pass; bounds memory, changes no result beyond rounding."""
    lora: LoraSettings | None = None
    """Train adapters and the head instead of all weights; `peak_lr` is then to be about ten times higher."""
    recompute_activations: bool = False
    """Keep only the input of every layer and compute the rest again in the backward pass: a third more work for a
    fraction of the memory. Changes no result beyond rounding."""
    checkpoint_every: int = Field(50, gt=0)
    """Steps between checkpoints."""
