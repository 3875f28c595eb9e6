from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig, PreTrainedTokenizerFast

from solon.models.attention import computes_flat
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.models.tiny import Kind, new_language_model
from solon.training.batches import PaddedBatch, pad_batch

NewModel = Callable[..., LanguageModel]
KINDS: tuple[Kind, ...] = ("llama", "gpt2", "qwen2", "qwen3")
LENGTHS = [3, 3, 9, 4, 3, 17]
BATCH = pad_batch([Tokens([(7 * t + n) % 300 for t in range(n)], [0.0] + [1.0] * (n - 1)) for n in LENGTHS], pad_id=1)


def logits_and_gradient(model: LanguageModel, batch: PaddedBatch, mask_BT: Tensor | None) -> tuple[Tensor, Tensor]:
    model.model.zero_grad()
    logits_NV = model.logits_at(batch.ids_BT, batch.weights_BT > 0, mask_BT=mask_BT)
    torch.autograd.backward(logits_NV.square().mean())
    return logits_NV.detach(), torch.cat([p.grad.flatten() for p in model.model.parameters() if p.grad is not None])


def expect_the_same(model: LanguageModel) -> None:
    assert computes_flat(model.model)
    flat, flat_gradient = logits_and_gradient(model, BATCH, BATCH.mask_BT)
    padded, padded_gradient = logits_and_gradient(model, BATCH, None)
    assert float((flat - padded).norm() / padded.norm()) < 1e-5
    assert float((flat_gradient - padded_gradient).norm() / padded_gradient.norm()) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_without_padding_logits_and_gradient_are_the_same(kind: Kind, new_model: NewModel) -> None:
    expect_the_same(new_model(kind))


def test_so_they_are_where_heads_share_keys(tokenizer: PreTrainedTokenizerFast) -> None:
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128,
    )  # fmt: skip
    expect_the_same(new_language_model(config, tokenizer, 0))


@pytest.mark.parametrize("kind", KINDS)
def test_values_and_scores_are_the_same(kind: Kind, new_model: NewModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScalarModel.from_policy(new_model(kind), seed=1)
    values_BT, scores_B = model.token_values(BATCH), model.last_token_values(BATCH)
    monkeypatch.setattr("solon.models.scalar_model.computes_flat", lambda model: False)
    torch.testing.assert_close(values_BT, model.token_values(BATCH), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(scores_B, model.last_token_values(BATCH), rtol=1e-4, atol=1e-5)
    assert values_BT[~BATCH.mask_BT].eq(0).all()


def test_padding_is_not_computed(new_model: NewModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model, seen = new_model(), list[int]()
    forward = model.model.base_model.forward

    def counted(*args: object, input_ids: Tensor, **options: object) -> object:
        seen.append(input_ids.numel())
        return forward(*args, input_ids=input_ids, **options)

    model.logits_at(BATCH.ids_BT, BATCH.weights_BT > 0, mask_BT=BATCH.mask_BT)  # what is found out once is known
    monkeypatch.setattr(model.model.base_model, "forward", counted)
    model.logits_at(BATCH.ids_BT, BATCH.weights_BT > 0, mask_BT=BATCH.mask_BT)
    assert seen == [sum(LENGTHS)]
