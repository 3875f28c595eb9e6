from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from solon.errors import TrainingError
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.models.tiny import Kind
from solon.training.batches import pad_batch
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import SupervisedStage, row_order, supervised_loss

NewModel = Callable[..., LanguageModel]
KINDS: tuple[Kind, ...] = ("llama", "gpt2", "qwen2", "qwen3")
ROWS = [Tokens([0, *range(10 + i, 14 + 3 * i)], [0.0, *(float(t % 3) for t in range(1, 5 + 2 * i))]) for i in range(6)]
CONFIG = OptimiserConfig(peak_lr=1e-2, num_steps=30)


def gradient(language_model: LanguageModel) -> Tensor:
    gradients = [p.grad.flatten() for p in language_model.model.parameters() if p.grad is not None]
    return torch.cat(gradients)


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_of_a_padded_batch_is_the_sum_over_its_rows(kind: Kind, new_model: NewModel) -> None:
    language_model = new_model(kind)
    whole = supervised_loss(language_model, pad_batch(ROWS, pad_id=1))
    alone = [supervised_loss(language_model, pad_batch([row], pad_id=1)) for row in ROWS]
    torch.testing.assert_close(whole.total, torch.stack([loss.total for loss in alone]).sum(), rtol=1e-4, atol=1e-4)
    assert whole.count.item() == sum(loss.count.item() for loss in alone) == sum(sum(row.weights) for row in ROWS)


def test_the_loss_is_the_weighted_sum_of_plain_token_losses(new_model: NewModel) -> None:
    language_model = new_model()
    row = ROWS[5]
    ids, weights = torch.tensor(row.ids), torch.tensor(row.weights)
    logprobs = language_model.model(ids[None]).logits[0].log_softmax(-1)[:-1].gather(1, ids[1:, None])[:, 0]
    loss = supervised_loss(language_model, pad_batch([row], pad_id=1))
    torch.testing.assert_close(loss.total, -(logprobs * weights[1:]).sum(), rtol=1e-4, atol=1e-4)


def test_accumulated_gradients_equal_those_of_one_large_batch(new_model: NewModel) -> None:
    large, parts = new_model(), new_model()
    loss = supervised_loss(large, pad_batch(ROWS, pad_id=1))
    torch.autograd.backward(loss.total / loss.count)
    losses = [supervised_loss(parts, pad_batch(rows, pad_id=1)) for rows in (ROWS[:1], ROWS[1:4], ROWS[4:])]
    count = sum(loss.count for loss in losses)
    for loss in losses:
        torch.autograd.backward(loss.total / count)
    torch.testing.assert_close(gradient(parts), gradient(large), rtol=1e-3, atol=1e-5)


def test_every_row_is_read_once_an_epoch(new_model: NewModel) -> None:
    # a budget of one token makes every row a batch of its own: 6 steps
    stage = SupervisedStage(new_model(), ROWS, row_order(ROWS, 1, 0), CONFIG)
    assert sum(stage.step(index)["tokens"] for index in range(6)) == sum(len(row.ids) for row in ROWS)


@pytest.mark.parametrize("kind", KINDS)
def test_training_lowers_the_loss(kind: Kind, new_model: NewModel) -> None:
    stage = SupervisedStage(new_model(kind), ROWS, row_order(ROWS, 200, 0), CONFIG)
    losses = [stage.step(index)["loss"] for index in range(20)]
    assert losses[-1] < 0.5 * losses[0]


def test_rows_that_train_nothing_are_named(new_model: NewModel) -> None:
    with pytest.raises(TrainingError, match=r"1 of 2 rows hold no token to train on \(rows \[1\]\)"):
        rows = [ROWS[0], Tokens([0, 1], [0.0, 0.0])]
        SupervisedStage(new_model(), rows, row_order(rows, 64, 0), CONFIG)


def test_rows_longer_than_the_context_are_named(new_model: NewModel) -> None:
    with pytest.raises(TrainingError, match=r"longer than the 96 tokens .*\(rows \[0\], longest 97\)"):
        rows = [Tokens([0] * 97, [1.0] * 97)]
        SupervisedStage(new_model(), rows, row_order(rows, 64, 0), CONFIG)
