"""Small models from scratch: configurations, seeded weights, and a byte-level BPE tokenizer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

from solon.models.language_model import LanguageModel
from solon.models.rendering import ASSISTANT, BOS, END, OWN_JINJA, PAD, SYSTEM, USER

Kind = Literal["llama", "gpt2", "qwen2", "qwen3"]


def tiny_config(
    kind: Kind,
    *,
    vocab_size: int,
    width: int,
    layers: int,
    heads: int,
    context_tokens: int,
    ffn_width: int | None = None,
    tie_embeddings: bool = True,
    copying: bool = False,
) -> PreTrainedConfig:
    """A decoder without dropout.

    Args:
        kind: architecture.
        vocab_size: rows of the embedding; the tokenizer's length.
        width: of the residual stream, a multiple of `heads`.
        layers: number of blocks.
        heads: attention heads, each with keys and values of its own.
        context_tokens: longest sequence.
        ffn_width: of the feed-forward layers; 3 x width for gated ones, 4 x width for GPT-2, unless given.
        tie_embeddings: share input and output embeddings.
        copying: (Llama) what `start_copying` needs: biases in attention.
    """
    if width % heads:
        raise ValueError(f"width {width} is not a multiple of heads {heads}: choose {width - width % heads} or more")
    if kind == "gpt2":
        return GPT2Config(
            vocab_size=vocab_size,
            n_embd=width,
            n_layer=layers,
            n_head=heads,
            n_positions=context_tokens,
            n_inner=ffn_width or 4 * width,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            tie_word_embeddings=tie_embeddings,
            bos_token_id=None,
            eos_token_id=None,
        )
    shape: dict[str, Any] = {
        "vocab_size": vocab_size,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "max_position_embeddings": context_tokens,
        "intermediate_size": ffn_width or 3 * width,
        "tie_word_embeddings": tie_embeddings,
    }
    if kind == "llama":
        if copying:
            shape["attention_bias"] = True
        return LlamaConfig(**shape)
    if kind == "qwen2":
        return Qwen2Config(**shape)
    return Qwen3Config(head_dim=width // heads, **shape)


def new_language_model(
    config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase, seed: int, *, name: str = "new model"
) -> LanguageModel:
    """A model with fresh float32 weights that depend on `seed` alone.

    The library's initialisers draw from torch's global generator, so it is set for them and put back afterwards.
    """
    config.bos_token_id = tokenizer.bos_token_id
    config.eos_token_id = tokenizer.eos_token_id
    config.pad_token_id = tokenizer.pad_token_id
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(  # type: ignore[no-untyped-call]
            config, attn_implementation="sdpa", dtype=torch.float32
        )
    return LanguageModel(model, tokenizer, name)


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with Solon's turn tokens.

    A space is put before every text, so that a word has one id wherever it stands in a sentence. `<|end|>` closes a
    turn and a document (it is EOS); `<|pad|>` is never trained. Any text survives the round trip.
    """
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[BOS, PAD, USER, ASSISTANT, SYSTEM, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        bos_token=BOS,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[USER, ASSISTANT, SYSTEM],
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = OWN_JINJA
    return tokenizer
