"""A causal language model with its tokenizer and chat template, loaded from safetensors only.

Shapes: B rows, T tokens, N picked positions, V vocabulary, D width. Log-probabilities are in nats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging as transformers_logging

from solon.errors import ModelError
from solon.models.attention import computes_flat, flat_states
from solon.models.lora_settings import Quantise
from solon.models.quantised import prepare_quantised, quantising_options
from solon.models.saving import new_folder
from solon.models.template import ChatTemplate
from solon.models.token_logprobs import of_logits, token_logprobs
from solon.models.twins import twin_of


class LanguageModel:
    """A policy, reference or judge. Dropout is off, always: training and sampling see the same network.

    Attributes:
        model: the Hugging Face model, in eval mode.
        tokenizer: its tokenizer.
        template: messages to tokens and back.
        name: its folder or hub name, for messages.
        context_tokens: the longest sequence it reads.

    Raises:
        ModelError: the architecture is not a full-attention decoder, or the template cannot be used.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
        check_architecture(model.config, name)
        expect_no_mask(model)
        self.model: PreTrainedModel = model.eval()  # type: ignore[no-untyped-call]
        self.tokenizer = tokenizer
        self.name = name
        self.template = ChatTemplate(tokenizer, name, stop_ids=_generation_stops(model))
        self.context_tokens = int(model.config.max_position_embeddings)
        self._head_is_plain: bool | None = None

    @classmethod
    def load(
        cls,
        path_or_name: str | Path,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype | None = None,
        quantise: Quantise | None = None,
    ) -> LanguageModel:
        """Load a folder or a hub model.

        Args:
            path_or_name: a folder or hub name.
            device: where it computes.
            dtype: of the weights; None keeps theirs.
            quantise: hold the decoder's linear layers in 4 bits, for adapters to be trained on them.

        Raises:
            ModelError: something is missing or unusable; the message says what to do.
        """
        name = str(path_or_name)
        options = {} if quantise is None else quantising_options(device)
        tokenizer = load_tokenizer(name)
        check_head(name, is_scalar=False)
        ChatTemplate(tokenizer, name)  # before the weights: a missing template is told in a second, not in minutes
        model = load_weights(AutoModelForCausalLM, name, dtype=dtype, **options)
        prepare_quantised(model)
        return cls(model.to(device), tokenizer, name)  # type: ignore[arg-type]

    def twin(self) -> LanguageModel:
        """The same weights, in modules of its own: adapters that are put into one are not in the other."""
        return LanguageModel(twin_of(self.model), self.tokenizer, self.name)

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

    def hidden(self, ids_BT: Tensor, positions_BT: Tensor | None = None) -> Tensor:
        """Last hidden states (B, T, D) of rows padded on the right.

        No attention mask: causal attention already keeps real tokens from seeing the padding behind them. Where
        `positions_BT` begin again within a sequence, several rows share it (see `solon.training.packing`).
        """
        states: Tensor = self.model.base_model(
            input_ids=ids_BT, use_cache=False, **_positions(positions_BT)
        ).last_hidden_state
        return states

    def logits_at(
        self,
        ids_BT: Tensor,
        where_BT: Tensor,
        positions_BT: Tensor | None = None,
        mask_BT: Tensor | None = None,
    ) -> Tensor:
        """Logits (N, V) that predict the tokens at `where_BT` (row by row), from the tokens before each.

        Only these positions go through the vocabulary matrix. `where_BT` must be False at position 0 of every row. With
        `mask_BT` (True on real tokens) padding is not computed, where that is faster.
        """
        if self._plain_head():
            return self._head(self._states_before(ids_BT, where_BT, positions_BT, mask_BT))
        logits_BTV: Tensor = self.model(input_ids=ids_BT, use_cache=False, **_positions(positions_BT)).logits
        return logits_BTV[_before(where_BT)]

    def logprobs_at(
        self,
        ids_BT: Tensor,
        where_BT: Tensor,
        positions_BT: Tensor | None = None,
        mask_BT: Tensor | None = None,
        *,
        temperature: float = 1.0,
    ) -> Tensor:
        """Log-probabilities (N,) of the tokens at `where_BT`, row by row; arguments as of `logits_at`.

        The logits of many tokens are never held at once (see `token_logprobs`).
        """
        targets_N = ids_BT[where_BT]
        if not self._plain_head():
            logits_NV = self.logits_at(ids_BT, where_BT, positions_BT, mask_BT)
            return of_logits(logits_NV, targets_N, temperature=temperature)
        states_ND = self._states_before(ids_BT, where_BT, positions_BT, mask_BT)
        vocab_size = self.model.config.get_text_config().vocab_size
        return token_logprobs(self._head, states_ND, targets_N, vocab_size, temperature=temperature)

    def _states_before(
        self, ids_BT: Tensor, where_BT: Tensor, positions_BT: Tensor | None, mask_BT: Tensor | None
    ) -> Tensor:
        """Last hidden states (N, D) of the tokens before those at `where_BT`."""
        before_BT = _before(where_BT)
        if mask_BT is not None and computes_flat(self.model):
            states_MD, state_N = flat_states(self.model, ids_BT, mask_BT, positions_BT)
            return states_MD.index_select(0, state_N[before_BT[mask_BT]])
        states_BTD = self.hidden(ids_BT, positions_BT)
        return states_BTD.flatten(0, 1).index_select(0, before_BT.flatten().nonzero().squeeze(1))

    def _head(self, states_ND: Tensor) -> Tensor:
        head: Any = self.model.get_output_embeddings()  # type: ignore[no-untyped-call]
        logits_NV: Tensor = head(states_ND)
        return logits_NV

    def _plain_head(self) -> bool:
        """Whether logits are the output embedding of the last hidden state; some models scale or cap them."""
        if self._head_is_plain is None:
            with torch.no_grad():
                ids_BT = torch.tensor([[0, 1, 2]], device=self.device)
                head: Any = self.model.get_output_embeddings()  # type: ignore[no-untyped-call]
                expected = self.model(input_ids=ids_BT, use_cache=False).logits
                self._head_is_plain = head is not None and torch.equal(head(self.hidden(ids_BT)), expected)
        return self._head_is_plain


def _before(where_BT: Tensor) -> Tensor:
    """The tokens before those that are marked."""
    before_BT = torch.zeros_like(where_BT)
    before_BT[:, :-1] = where_BT[:, 1:]
    return before_BT


def _positions(positions_BT: Tensor | None) -> dict[str, Tensor]:
    # Some models know no such argument; they need none where every row is a sequence of its own.
    return {} if positions_BT is None else {"position_ids": positions_BT}


def check_architecture(config: Any, name: str) -> None:
    """Refuse what would be computed wrongly, by name.

    Raises:
        ModelError: not a decoder with full attention in every layer.
    """
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"]) - {"full_attention"}
    sliding = getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True)
    if config.is_encoder_decoder or kinds or sliding or not hasattr(config, "max_position_embeddings"):
        reason = (
            "it is an encoder-decoder"
            if config.is_encoder_decoder
            else f"it has {', '.join(sorted(kinds))} layers"
            if kinds
            else "it attends through a sliding window"
            if sliding
            else "its context length is not stated"
        )
        raise ModelError(
            f"{name} ({config.model_type}): {reason}, and Solon computes full-attention decoders only "
            f"(Llama, Qwen, GPT-2 and their like). Choose such a model."
        )


def expect_no_mask(model: PreTrainedModel) -> None:
    """Take back a warning (GPT-2's) that padding needs a mask: behind the text, where Solon puts it, it needs none."""
    model.base_model.warn_if_padding_and_no_attention_mask = lambda input_ids, attention_mask: None  # type: ignore[assignment]


def _generation_stops(model: PreTrainedModel) -> list[int]:
    stops = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    if stops is None:
        return []
    return [int(stops)] if isinstance(stops, int) else [int(stop) for stop in stops]


def load_tokenizer(name: str, *, expect_weights: bool = True) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder or hub model; without `expect_weights` a folder with nothing else will do.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    folder = Path(name)
    if folder.exists() or name.startswith((".", "/", "~")):
        _check_folder(folder, expect_weights=expect_weights)
    # Where a folder declares the generic class, its tokenizer.json is the whole truth; the class that AutoTokenizer
    # would take from the model type instead (Qwen2's, for one) builds a pre-tokenizer of its own and changes the ids.
    loader = PreTrainedTokenizerFast if _declares_generic_tokenizer(folder) else AutoTokenizer
    try:
        tokenizer: PreTrainedTokenizerBase = loader.from_pretrained(name, trust_remote_code=False)
    except Exception as error:  # the libraries raise errors of every kind at a damaged file
        raise _cannot_load(name, error) from error
    return tokenizer


def _declares_generic_tokenizer(folder: Path) -> bool:
    config = folder / "tokenizer_config.json"
    if not (config.is_file() and (folder / "tokenizer.json").is_file()):
        return False
    try:
        declared = json.loads(config.read_text(encoding="utf-8"))["tokenizer_class"]
    except (OSError, ValueError, KeyError, TypeError):  # not declared; of a damaged file the loader tells
        return False
    return declared in ("PreTrainedTokenizerFast", "TokenizersBackend")


def load_config(name: str) -> PreTrainedConfig:
    """The config of a folder or hub model.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(name, trust_remote_code=False)
    except Exception as error:  # as in load_tokenizer
        raise _cannot_load(name, error) from error
    return config


def check_head(name: str, *, is_scalar: bool) -> None:
    """Refuse a reward model where a policy is wanted, and a policy where a reward model is.

    transformers loads either as the other, with a fresh head: its answers or scores would mean nothing.

    Raises:
        ModelError: the model is of the other kind, or its config cannot be read.
    """
    config = load_config(name)
    architectures = config.architectures or []
    scores = any(one.endswith("ForSequenceClassification") for one in architectures)
    writes = any(one.endswith(("ForCausalLM", "LMHeadModel")) for one in architectures)
    if scores and not is_scalar:
        raise ModelError(
            f"{name} ({architectures[0]}) scores answers and writes none. Name a policy, not a reward model."
        )
    if writes and is_scalar:
        raise ModelError(f"{name} ({architectures[0]}) writes answers and scores none. Name a reward model.")


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars of transformers: Solon shows its own, and only where someone looks."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def load_weights(auto_class: Any, name: str, **options: Any) -> PreTrainedModel:
    """The model of a folder or hub name by one of transformers' Auto classes, from safetensors.

    Raises:
        ModelError: it cannot be loaded.
    """
    options = {"dtype": options.pop("dtype", None) or "auto", **options}
    try:
        with quiet():
            model: PreTrainedModel = auto_class.from_pretrained(
                name, use_safetensors=True, trust_remote_code=False, attn_implementation="sdpa", **options
            )
    except Exception as error:  # as in load_tokenizer
        raise _cannot_load(name, error) from error
    return model


def _check_folder(folder: Path, *, expect_weights: bool) -> None:
    if not folder.is_dir():
        raise ModelError(f"{folder}: there is no such model folder. Check the path.")
    if expect_weights and not (folder / "config.json").is_file():
        raise ModelError(f"{folder}: no config.json there, so it is not a Hugging Face model folder. Check the path.")
    if not any((folder / file).is_file() for file in ("tokenizer.json", "tokenizer_config.json")):
        raise ModelError(
            f"{folder}: no tokenizer there. Copy the model's tokenizer.json and tokenizer_config.json into it; "
            f"`solon models adapt` then adds what is still missing."
        )
    weights = ("model.safetensors", "model.safetensors.index.json")
    if expect_weights and not any((folder / file).is_file() for file in weights):
        raise ModelError(
            f"{folder}: no safetensors weights there, and Solon reads no other kind (pickled weights can run code). "
            f"Convert them: load with transformers in a place you trust and call save_pretrained."
        )


def _cannot_load(name: str, error: Exception) -> ModelError:
    first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if Path(name).is_dir():
        return ModelError(f"{name}: cannot be loaded ({first_line}). A file there is damaged or missing: copy it anew.")
    return ModelError(
        f"{name}: cannot be loaded ({first_line}). If it is a folder, check the path; if it is a hub name, check its "
        f"spelling, that this machine reaches the hub, and that HF_TOKEN is set where the model is gated."
    )
