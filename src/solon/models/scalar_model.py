"""Models with one number per token: reward models and value models.

Shapes: B rows, T tokens. Rows are padded on the right.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import (
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from solon.errors import ModelError
from solon.models.attention import computes_flat, flat_states
from solon.models.language_model import (
    LanguageModel,
    check_architecture,
    check_head,
    expect_no_mask,
    load_tokenizer,
    load_weights,
    quiet,
)
from solon.models.saving import new_folder
from solon.models.template import ChatTemplate
from solon.models.twins import twin_of

if TYPE_CHECKING:
    from solon.training.batches import PaddedBatch


class ScalarModel:
    """A decoder with a scalar head, as transformers' sequence classification with one label. Dropout is off.

    Attributes:
        model: the Hugging Face model, in eval mode.
        tokenizer: its tokenizer.
        template: messages to tokens.
        name: its folder or what it came from, for messages.
        context_tokens: the longest sequence it reads.
        head: the linear layer that reads a value in a hidden state.
        shift: added to every value, so that scores can be re-centred; kept in the config as `solon_shift`. Other
            programs that load the folder see values without it.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
        check_architecture(model.config, name)
        expect_no_mask(model)
        self.model: PreTrainedModel = model.eval()  # type: ignore[no-untyped-call]
        self.tokenizer = tokenizer
        self.name = name
        self.template = ChatTemplate(tokenizer, name)
        self.context_tokens = int(model.config.max_position_embeddings)
        self.head = _scalar_head(model, name)

    @classmethod
    def from_policy(cls, policy: LanguageModel, seed: int, *, share: bool = False) -> ScalarModel:
        """The policy's backbone under a fresh head: copied, or (`share`) on the same tensors, for adapters.

        The head's weights are normal with standard deviation 1 / sqrt(width + 1), drawn from `seed`.
        Source: Stiennon et al. 2020, arXiv:2009.01325, appendix B.1, as used for reward models since.
        """
        model = _on_the_same_tensors(policy) if share else _on_a_copy(policy)
        scalar_model = cls(model, policy.tokenizer, policy.name)
        weight: Tensor = scalar_model.head.weight
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randn(weight.shape, generator=generator) * (weight.shape[1] + 1) ** -0.5
        with torch.no_grad():
            weight.copy_(drawn)
        return scalar_model

    @classmethod
    def load(
        cls, path_or_name: str | Path, *, device: torch.device | str = "cpu", dtype: torch.dtype | None = None
    ) -> ScalarModel:
        """Load a folder that `save` (or any one-label sequence classification) wrote.

        Raises:
            ModelError: something is missing or unusable; the message says what to do.
        """
        name = str(path_or_name)
        tokenizer = load_tokenizer(name)
        check_head(name, is_scalar=True)
        model = load_weights(AutoModelForSequenceClassification, name, dtype=dtype)
        if model.config.num_labels != 1:
            raise ModelError(
                f"{name}: a reward or value model has one output, and this one has {model.config.num_labels}. "
                f"Choose a model trained for a single score."
            )
        return cls(model.to(device), tokenizer, name)  # type: ignore[arg-type]

    def save(self, folder: Path) -> None:
        """Write a folder that transformers loads, whole or not at all.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        with new_folder(Path(folder)) as draft, quiet():
            self.model.save_pretrained(draft)
            self.tokenizer.save_pretrained(draft)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return torch.device(self.model.device)

    @property
    def shift(self) -> float:
        """What is added to every value."""
        return float(getattr(self.model.config, "solon_shift", 0.0))

    @shift.setter
    def shift(self, value: float) -> None:
        self.model.config.solon_shift = float(value)

    def token_values(self, batch: PaddedBatch) -> Tensor:
        """values_BT: the value read at each token, having seen it and all before; 0 on padding.

        For a policy-gradient baseline, V of the state before token t stands at position t - 1.
        """
        if computes_flat(self.model):
            states_MD, state_N = flat_states(self.model, batch.ids_BT, batch.mask_BT)
            values_N = self._values(states_MD)[state_N]
            return values_N.new_zeros(batch.mask_BT.shape).masked_scatter(batch.mask_BT, values_N)
        states_BTD = self.model.base_model(input_ids=batch.ids_BT, use_cache=False).last_hidden_state
        return self._values(states_BTD).masked_fill(~batch.mask_BT, 0.0)

    def last_token_values(self, batch: PaddedBatch) -> Tensor:
        """values_B: the value at each row's last real token; the score of a response that ends there."""
        if computes_flat(self.model):
            states_MD, state_N = flat_states(self.model, batch.ids_BT, batch.mask_BT)
            return self._values(states_MD[state_N[batch.mask_BT.sum(dim=1).cumsum(0) - 1]])
        states_BTD = self.model.base_model(input_ids=batch.ids_BT, use_cache=False).last_hidden_state
        last_B = batch.mask_BT.sum(dim=1) - 1
        rows_B = torch.arange(len(last_B), device=last_B.device)
        return self._values(states_BTD[rows_B, last_B])

    def _values(self, states: Tensor) -> Tensor:
        """What the head reads in hidden states (..., D)."""
        values: Tensor = self.head(states).squeeze(-1).float() + self.shift
        return values


def _on_a_copy(policy: LanguageModel) -> PreTrainedModel:
    config = type(policy.model.config).from_dict(policy.model.config.to_dict())
    model = _new_classifier(config, policy)
    model.base_model.load_state_dict(policy.model.base_model.state_dict())
    model.to(policy.device)  # type: ignore[arg-type]
    return model


def _on_the_same_tensors(policy: LanguageModel) -> PreTrainedModel:
    twin = twin_of(policy.model)
    with torch.device("meta"):  # no second set of weights, not even for a moment
        model = _new_classifier(twin.config, policy)
    setattr(model, model.base_model_prefix, twin.base_model)
    model.get_submodule("score").to_empty(device=policy.device)
    for name in ("hf_quantizer", "quantization_method", "is_quantized", "is_loaded_in_4bit"):
        if hasattr(twin, name):
            setattr(model, name, getattr(twin, name))
    return model


def _new_classifier(config: PreTrainedConfig, policy: LanguageModel) -> PreTrainedModel:
    """A sequence classification with one label; its weights mean nothing yet."""
    config.num_labels = 1
    config.pad_token_id = policy.template.pad_id
    # The library's initialisers draw from torch's global generator; all they draw is overwritten.
    with torch.random.fork_rng(devices=[]):
        model: PreTrainedModel = AutoModelForSequenceClassification.from_config(  # type: ignore[no-untyped-call]
            config, attn_implementation="sdpa", dtype=policy.model.dtype
        )
    return model


def _scalar_head(model: PreTrainedModel, name: str) -> Any:
    head = getattr(model, "score", None)
    if not isinstance(head, torch.nn.Linear):
        raise ModelError(
            f"{name} ({model.config.model_type}): its classifier has no linear `score` head, which reward and value "
            f"models are built on. Llama, Qwen and GPT-2 models have one."
        )
    return head
