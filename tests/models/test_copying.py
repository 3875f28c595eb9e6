"""The copying start, seen in the attention of a fresh model."""

import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from solon.models.copying import start_copying
from solon.models.tiny import new_language_model, tiny_config

WORDS = 4
SHOWN = torch.tensor([57, 290, 11, 133] * 2)
"""A short song sung twice. Rotary attention sees a match the less clearly the farther back it is."""


def fresh(tokenizer: PreTrainedTokenizerFast, *, layers: int = 3, copying: bool = True) -> LlamaForCausalLM:
    config = tiny_config("llama", vocab_size=330, width=128, layers=layers, heads=4, context_tokens=64, copying=copying)
    model = new_language_model(config, tokenizer, seed=0).model
    assert isinstance(model, LlamaForCausalLM)
    return model


@pytest.fixture(scope="module")
def attention(tokenizer: PreTrainedTokenizerFast) -> tuple[Tensor, ...]:
    """Per layer: heads x queries x keys."""
    model = fresh(tokenizer)
    start_copying(model, seed=0)
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        shown = model(SHOWN[None], output_attentions=True).attentions
    return tuple(layer[0] for layer in shown)


def test_every_head_of_layer_0_looks_at_the_previous_token(attention: tuple[Tensor, ...]) -> None:
    previous = attention[0].diagonal(offset=-1, dim1=1, dim2=2)
    assert previous.shape == (4, 2 * WORDS - 1)
    assert previous.min() > 0.9


def test_layer_1_looks_at_what_followed_the_token_before(attention: tuple[Tensor, ...]) -> None:
    # the token at WORDS + i stood at i before, and i + 1 followed it
    after = torch.stack([attention[1][:, WORDS + i, i + 1] for i in range(WORDS)])
    assert after.mean() > 0.5


def test_a_usual_start_does_neither(tokenizer: PreTrainedTokenizerFast) -> None:
    model = fresh(tokenizer)
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        layers = model(SHOWN[None], output_attentions=True).attentions
    assert layers[0][0].diagonal(offset=-1, dim1=1, dim2=2).mean() < 0.3
    assert torch.stack([layers[1][0][:, WORDS + i, i + 1] for i in range(WORDS)]).mean() < 0.2


def test_the_start_depends_on_the_seed_alone(tokenizer: PreTrainedTokenizerFast) -> None:
    models = [fresh(tokenizer) for _ in range(3)]
    for model, seed in zip(models, (0, 0, 1), strict=True):
        start_copying(model, seed)
    first, same, other = (model.model.layers[1].self_attn.q_proj.weight for model in models)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_a_model_without_attention_bias_is_refused(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ValueError, match="attention_bias"):
        start_copying(fresh(tokenizer, copying=False), seed=0)


def test_a_model_of_one_layer_is_refused(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ValueError, match="two layers"):
        start_copying(fresh(tokenizer, layers=1), seed=0)


def test_a_model_with_fewer_key_heads_is_refused() -> None:
    config = LlamaConfig(
        vocab_size=30, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, attention_bias=True,
    )  # fmt: skip
    with pytest.raises(ValueError, match="key head"):
        start_copying(LlamaForCausalLM(config), seed=0)
