"""Give a base model what a conversation needs: turn tokens, an end, a pad token, and a chat template."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AddedToken, AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from solon.errors import InputError, ModelError
from solon.models.language_model import LanguageModel, check_architecture, load_tokenizer, load_weights, quiet
from solon.models.rendering import BOS, OWN_JINJA, OWN_TOKENS, PAD
from solon.models.saving import new_folder
from solon.models.template import ChatTemplate


@dataclass(frozen=True)
class AdaptReport:
    """How the new folder departs from the model it was made of; written to `adapt.json` there."""

    source: str
    added_tokens: tuple[str, ...]
    """New ids, in order; their embedding is the mean of the old ones."""
    vocabulary_before: int
    """Rows of the embedding."""
    vocabulary_after: int
    chat_template: str
    """`kept` or `solon`."""


def adapt(source: str, target: Path) -> AdaptReport:
    """Make a folder in which a base model can hold conversations.

    A complete chat template of its own is kept (then only a missing pad token is added). Otherwise the model gets
    Solon's turn tokens and template. New rows of the embedding are the mean of the old rows, so that the logits of
    new tokens begin average instead of random.

    Args:
        source: folder or hub name.
        target: new folder; must not exist.

    Raises:
        ModelError: the source cannot be loaded or is not a full-attention decoder.
        InputError: the target exists.
        StorageError: the disk is full or may not be written.
    """
    if target.exists():
        raise InputError(f"{target} exists already, and nothing is overwritten. Name a new folder.")
    tokenizer, added, keeps = adapted_tokenizer(source, expect_weights=True)
    model = load_weights(AutoModelForCausalLM, source)
    check_architecture(model.config, source)
    before = _num_rows(model)
    if len(tokenizer) > before:
        _resize(model, len(tokenizer))
    template = ChatTemplate(tokenizer, source, stop_ids=())
    for config in (model.config, model.generation_config):
        if config is not None:
            config.pad_token_id = template.pad_id
    if model.generation_config is not None:
        stops = model.generation_config.eos_token_id
        known = [] if stops is None else [stops] if isinstance(stops, int) else list(stops)
        model.generation_config.eos_token_id = list(dict.fromkeys([template.end_id, template.eos_id, *known]))
    report = AdaptReport(source, added, before, _num_rows(model), "kept" if keeps else "solon")
    LanguageModel(model, tokenizer, str(target))  # refuses here, before anything is written, what could not be loaded
    with new_folder(target) as draft, quiet():
        model.save_pretrained(draft)
        tokenizer.save_pretrained(draft)
        (draft / "adapt.json").write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
    return report


def adapted_tokenizer(
    source: str, *, expect_weights: bool = False
) -> tuple[PreTrainedTokenizerBase, tuple[str, ...], bool]:
    """The tokenizer that `adapt` writes.

    Returns:
        The tokenizer, the tokens that it got, and whether its chat template is its own.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    tokenizer = load_tokenizer(source, expect_weights=expect_weights)
    keeps = _has_usable_template(tokenizer, source)
    added = _add_tokens(tokenizer, with_turns=not keeps)
    if not keeps:
        tokenizer.chat_template = OWN_JINJA
    return tokenizer, added, keeps


def _has_usable_template(tokenizer: PreTrainedTokenizerBase, source: str) -> bool:
    if not tokenizer.chat_template or tokenizer.eos_token_id is None:
        return False
    had_pad = tokenizer.pad_token
    try:
        # A missing or clashing pad token is no reason to give up the template: one is added either way.
        tokenizer.pad_token = had_pad or tokenizer.eos_token
        ChatTemplate(tokenizer, source)
    except ModelError as error:
        return "its pad token is also the end" in str(error)
    finally:
        tokenizer.pad_token = had_pad
    return True


def _add_tokens(tokenizer: PreTrainedTokenizerBase, *, with_turns: bool) -> tuple[str, ...]:
    before = set(tokenizer.get_vocab())
    if with_turns:
        turns: list[str | AddedToken] = list(OWN_TOKENS)
        tokenizer.add_special_tokens({"additional_special_tokens": turns}, replace_extra_special_tokens=False)
        if tokenizer.eos_token is None:
            tokenizer.eos_token = OWN_TOKENS[-1]
        if tokenizer.bos_token is None:
            tokenizer.add_special_tokens({"bos_token": BOS})
    if tokenizer.pad_token is None or tokenizer.pad_token == tokenizer.eos_token:
        tokenizer.add_special_tokens({"pad_token": PAD})
    vocabulary = tokenizer.get_vocab()
    return tuple(sorted(set(vocabulary) - before, key=vocabulary.__getitem__))


def _num_rows(model: PreTrainedModel) -> int:
    embedding: Any = model.get_input_embeddings()
    return int(embedding.weight.shape[0])


def _resize(model: PreTrainedModel, vocabulary: int) -> None:
    """Add rows to the embeddings (and the output matrix, where it is another one), each the mean of the old rows."""
    before = _num_rows(model)
    model.resize_token_embeddings(vocabulary, mean_resizing=False)
    with torch.no_grad():
        layers: list[Any] = [model.get_input_embeddings(), model.get_output_embeddings()]  # type: ignore[no-untyped-call]
        for layer in layers:
            if layer is not None:
                weight: Tensor = layer.weight
                weight[before:] = weight[:before].float().mean(dim=0).to(weight.dtype)
