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
PROMPT = [(5 * t + 3) % 300 for t in range(20)]


def alike(*endings: list[int]) -> PaddedBatch:
    """Rows that begin with one prompt, among others that do not."""
    rows = [PROMPT + ending for ending in endings]
    rows.insert(1, [9, 8, 7, 6])
    return pad_batch([Tokens(ids, [0.0] * 3 + [1.0] * (len(ids) - 3)) for ids in rows], pad_id=1)


SHARED = alike([4, 5, 6], [11, 12], [4, 5, 9, 9, 9], list(range(30, 60)), [*range(30, 55), 4, 4], [11, 12], [11])
"""Endings that begin alike in their turn, a row twice, and one that is the beginning of another."""


def logits_and_gradient(model: LanguageModel, batch: PaddedBatch, mask_BT: Tensor | None) -> tuple[Tensor, Tensor]:
    model.model.zero_grad()
    logits_NV = model.logits_at(batch.ids_BT, batch.weights_BT > 0, mask_BT=mask_BT)
    torch.autograd.backward(logits_NV.square().mean())
    return logits_NV.detach(), torch.cat([p.grad.flatten() for p in model.model.parameters() if p.grad is not None])


def expect_the_same(model: LanguageModel, batch: PaddedBatch = BATCH) -> None:
    assert computes_flat(model.model)
    flat, flat_gradient = logits_and_gradient(model, batch, batch.mask_BT)
    padded, padded_gradient = logits_and_gradient(model, batch, None)
    assert float((flat - padded).norm() / padded.norm()) < 1e-5
    assert float((flat_gradient - padded_gradient).norm() / padded_gradient.norm()) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_without_padding_logits_and_gradient_are_the_same(kind: Kind, new_model: NewModel) -> None:
    expect_the_same(new_model(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_so_they_are_where_rows_begin_alike(kind: Kind, new_model: NewModel) -> None:
    expect_the_same(new_model(kind), SHARED)


def test_so_they_are_where_heads_share_keys(tokenizer: PreTrainedTokenizerFast) -> None:
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128,
    )  # fmt: skip
    expect_the_same(new_language_model(config, tokenizer, 0))
    expect_the_same(new_language_model(config, tokenizer, 0), SHARED)


@pytest.mark.parametrize("batch", [BATCH, SHARED], ids=["apart", "alike"])
@pytest.mark.parametrize("kind", KINDS)
def test_values_and_scores_are_the_same(
    kind: Kind, batch: PaddedBatch, new_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScalarModel.from_policy(new_model(kind), seed=1)
    values_BT, scores_B = model.token_values(batch), model.last_token_values(batch)
    monkeypatch.setattr("solon.models.scalar_model.computes_flat", lambda model: False)
    torch.testing.assert_close(values_BT, model.token_values(batch), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(scores_B, model.last_token_values(batch), rtol=1e-4, atol=1e-5)
    assert values_BT[~batch.mask_BT].eq(0).all()


@pytest.mark.parametrize(
    ("batch", "computed"),
    # the prompt once; behind it 4 5 6; 9 9 9 (4 5 are shared); 11; 12; 12 again, as a row's last token is its own; 27
    # tokens, and 5 (25 are shared); and the four of the row among them
    [(BATCH, sum(LENGTHS)), (SHARED, 20 + 3 + 3 + 1 + 1 + 1 + 27 + 5 + 4)],
    ids=["apart", "alike"],
)
def test_padding_and_what_was_computed_are_not_computed(
    batch: PaddedBatch, computed: int, new_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, seen = new_model(), list[int]()
    forward = model.model.base_model.forward

    def counted(*args: object, input_ids: Tensor, **options: object) -> object:
        seen.append(input_ids.numel())
        return forward(*args, input_ids=input_ids, **options)

    model.logits_at(batch.ids_BT, batch.weights_BT > 0, mask_BT=batch.mask_BT)  # what is found out once is known
    monkeypatch.setattr(model.model.base_model, "forward", counted)
    model.logits_at(batch.ids_BT, batch.weights_BT > 0, mask_BT=batch.mask_BT)
    assert seen == [computed]
