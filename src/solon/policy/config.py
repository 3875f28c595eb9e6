"""Settings of supervised policy training. Steps are optimiser steps."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from solon.models.long_rows import LongRows
from solon.models.lora_settings import LoraSettings


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
    recompute_activations: bool = False
    """Keep only the input of every layer and compute the rest again in the backward pass: a third more work for a
    fraction of the memory. Changes no result beyond rounding."""
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
    lora: LoraSettings | None = None
    """Train adapters instead of all weights; `peak_lr` is then to be about ten times higher."""
    recompute_activations: bool = False
    """See `PretrainConfig`."""
    checkpoint_every: int = Field(100, gt=0)
    """Steps between checkpoints."""
