"""Settings of training a policy on preferences without a reward model."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solon.models.lora_settings import LoraSettings

PreferenceLossName = Literal["dpo", "ipo", "simpo", "orpo", "kto"]


class DirectPreferenceConfig(BaseModel):
    """How a policy is trained on rankings and judged comparisons (KTO: and on single labelled responses)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    loss: PreferenceLossName = "dpo"
    """`dpo`, `ipo` and `kto` hold the policy to a reference; `simpo` and `orpo` read none."""
    beta: float = Field(0.1, gt=0)
    """DPO, KTO: reward per nat of log-ratio to the reference, 0.1 in both papers. IPO: tau; a label of 1 asks for
    1 / (2 beta) nats. SimPO: reward per nat per token; 2.0 unless given. ORPO: lambda, the weight of the odds ratio
    against the cross-entropy."""
    gamma: float = Field(1.0, ge=0)
    """SimPO: how far ahead the better response is to be, in reward; 0.3 to 1.6 in the paper."""
    per_token: bool = False
    """DPO, IPO: log-ratios are divided by the tokens of the response, as TRL does for IPO. beta then is in other units:
    larger by about the length of a response."""
    label_smoothing: float = Field(0.0, ge=0, lt=0.5)
    """Share of the labels that are taken to be the wrong way round; with DPO this is conservative DPO. KTO's single
    labels are softened likewise."""
    desirable_weight: float = Field(1.0, ge=0)
    """KTO: weight of a desirable response. Uneven numbers are evened out with the two weights."""
    undesirable_weight: float = Field(1.0, ge=0)
    """KTO: weight of an undesirable response."""
    prompts_per_step: int = Field(32, gt=0)
    """Rankings, comparisons and labelled responses per optimiser step; each weighs the same, however many responses a
    ranking has."""
    epochs: float = Field(1.0, gt=0)
    """Passes over the data."""
    peak_lr: float = Field(1e-4, gt=0)
    """Highest learning rate of AdamW, for models of a million parameters. Recipes for 7 billion use 5e-7 to 5e-6."""
    schedule: Literal["constant", "linear", "cosine"] = "linear"
    """What the learning rate does after warm-up: stay, or fall to 0 at the last step."""
    warmup_share: float = Field(0.1, ge=0, lt=1)
    """Share of the steps in which the learning rate rises from 0."""
    weight_decay: float = Field(0.0, ge=0)
    """Decoupled weight decay, per unit of learning rate."""
    clip_norm: float = Field(1.0, gt=0)
    """Gradients longer than this are shortened to it."""
    embedding_lr_scale: float = Field(1.0, ge=0, le=1)
    """Rate of the words' own rows against all others; see `OptimiserConfig`."""
    held_out_share: float = Field(0.1, ge=0, lt=1)
    """Share of the prompts whose judgements train nothing and are kept for the test."""
    long_rows: Literal["error", "leave_out"] = "error"
    """A judgement of which a response, with its prompt, is longer than the context: `error` names it, `leave_out` names
    and counts it in `left_out.jsonl`. Nothing is cut: half a response is not what was judged."""
    max_batch_tokens: int = Field(16384, gt=0)
    """Padded tokens in one forward pass; bounds memory, changes no result beyond rounding."""
    lora: LoraSettings | None = None
    """Train adapters instead of all weights; `peak_lr` is then to be about ten times higher."""
    recompute_activations: bool = False
    """Keep only the input of every layer and compute the rest again in the backward pass: a third more work for a
    fraction of the memory. Changes no result beyond rounding."""
    checkpoint_every: int = Field(50, gt=0)
    """Steps between checkpoints."""

    @property
    def has_reference(self) -> bool:
        """Whether the loss reads log-probabilities of a frozen reference."""
        return self.loss in ("dpo", "ipo", "kto")

    @property
    def is_bradley_terry(self) -> bool:
        """Whether sigmoid(margin) is the probability that the loss fits; where not, margins have no calibration."""
        return self.loss in ("dpo", "simpo", "orpo")

    @model_validator(mode="before")
    @classmethod
    def _beta_of_simpo(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("loss") == "simpo":
            return {"beta": 2.0, **given}
        return given

    @model_validator(mode="after")
    def _settings_of_the_loss(self) -> Self:
        only = {
            "gamma": ("simpo",),
            "per_token": ("dpo", "ipo"),
            "desirable_weight": ("kto",),
            "undesirable_weight": ("kto",),
        }
        for name, losses in only.items():
            # a resolved recipe names every key, so that a default is nothing that somebody meant
            given = getattr(self, name) != type(self).model_fields[name].default
            if given and self.loss not in losses:
                raise ValueError(
                    f"{name}={getattr(self, name)} does nothing with loss={self.loss}: it belongs to "
                    f"{' and '.join(losses)}. Leave it out, or set loss={losses[0]}."
                )
        return self
