from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from solon.errors import ModelError
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.models.tiny import Kind
from solon.training.batches import PaddedBatch, pad_batch
from solon.training.optimiser import OptimiserConfig
from solon.training.packing import PackedOrder, check_keeps_rows_apart, pack_batch, packed_sequences
from solon.training.supervised import SupervisedStage, row_order, supervised_loss

NewModel = Callable[..., LanguageModel]
KINDS: tuple[Kind, ...] = ("llama", "gpt2", "qwen2", "qwen3")
ROWS = [
    Tokens([0, *((7 * t + i) % 300 + 6 for t in range(3 + 4 * i))], [0.0, *(float(t % 3) for t in range(3 + 4 * i))])
    for i in range(8)
]
SEQUENCES = [[7, 1, 0], [6, 2], [5, 4, 3]]
LENGTHS = [3 + (i * 7) % 23 for i in range(400)]


def gradient_of(model: LanguageModel, batches: Sequence[PaddedBatch]) -> tuple[Tensor, Tensor]:
    """The loss per unit of weight over all micro-batches, and its gradient."""
    model.model.zero_grad()
    count = torch.stack([batch.weights_BT.sum() for batch in batches]).sum()
    total = torch.zeros(())
    for batch in batches:
        loss = supervised_loss(model, batch)
        torch.autograd.backward(loss.total / count)
        total = total + loss.total.detach()
    return total / count, torch.cat([p.grad.flatten() for p in model.model.parameters() if p.grad is not None])


def difference(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("kind", KINDS)
def test_packed_and_padded_rows_have_the_same_loss_and_gradient(kind: Kind, new_model: NewModel) -> None:
    model = new_model(kind)
    loss, gradient = gradient_of(model, [pack_batch(ROWS, SEQUENCES, pad_id=1)])
    padded_loss, padded_gradient = gradient_of(model, [pad_batch(ROWS, pad_id=1)])
    assert difference(loss, padded_loss) < 1e-5
    assert difference(gradient, padded_gradient) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_so_they_have_where_gradients_are_accumulated(kind: Kind, new_model: NewModel) -> None:
    model = new_model(kind)
    loss, gradient = gradient_of(model, [pack_batch(ROWS, [one], pad_id=1) for one in SEQUENCES])
    padded_loss, padded_gradient = gradient_of(model, [pad_batch(ROWS[:3], pad_id=1), pad_batch(ROWS[3:], pad_id=1)])
    assert difference(loss, padded_loss) < 1e-5
    assert difference(gradient, padded_gradient) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_one_row_changes_no_hidden_state_of_another(kind: Kind, new_model: NewModel) -> None:
    model = new_model(kind)
    batch = pack_batch(ROWS, [[5, 4, 3]], pad_id=1)
    begin, end = len(ROWS[5].ids), len(ROWS[5].ids) + len(ROWS[4].ids)
    changed = batch.ids_BT.clone()
    changed[0, begin] += 1
    with torch.no_grad():
        before, after = (model.hidden(ids, batch.positions_BT)[0] for ids in (batch.ids_BT, changed))
    assert torch.equal(before[:begin], after[:begin])
    assert not torch.isclose(before[begin:end], after[begin:end]).all(-1).any()
    assert torch.equal(before[end:], after[end:])


def test_every_row_has_positions_of_its_own() -> None:
    batch = pack_batch([ROWS[0], ROWS[0], ROWS[1]], [[0, 1], [2]], pad_id=1)
    assert batch.positions_BT is not None
    assert batch.positions_BT.tolist() == [[0, 1, 2, 3, 0, 1, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7]]
    assert batch.rows == (0, 1, 2)


def test_padding_behind_a_packed_sequence_is_a_row_of_its_own() -> None:
    batch = pack_batch([ROWS[0], ROWS[1]], [[0], [1]], pad_id=1)
    assert batch.positions_BT is not None
    assert batch.positions_BT.tolist()[0] == [0, 1, 2, 3, 0, 1, 2, 3]
    assert batch.mask_BT.tolist()[0] == [True] * 4 + [False] * 4


def test_the_first_token_of_a_packed_row_is_not_trained() -> None:
    batch = pack_batch([Tokens([3, 4], [0.0, 1.0]), Tokens([5, 6], [1.0, 1.0])], [[0, 1]], pad_id=1)
    assert batch.weights_BT.tolist() == [[0.0, 1.0, 0.0, 1.0]]


def test_every_row_is_in_one_sequence() -> None:
    sequences = packed_sequences(LENGTHS, 64, 128, seed=0)
    assert sorted(row for sequence in sequences for row in sequence) == list(range(400))
    assert all(sum(LENGTHS[row] for row in sequence) <= 64 for sequence in sequences)


def test_hardly_anything_is_padded() -> None:
    sequences = packed_sequences(LENGTHS, 64, 128, seed=0)
    assert sum(LENGTHS) > 0.97 * 64 * len(sequences)


def test_in_order_rows_stay_near_their_place() -> None:
    # 4 tokens a row and 8 a batch: a window of 32 batches is 64 rows
    sequences = packed_sequences([4] * 640, 8, 8, seed=1, sections=())
    assert [row // 64 for sequence in sequences for row in sequence] == [place // 64 for place in range(640)]


def test_an_epoch_of_packed_batches_holds_every_row_once_within_the_budget() -> None:
    order = PackedOrder(LENGTHS, 64, 128, seed=0)
    batches = [order.at(step) for step in range(order.steps_per_epoch())]
    assert sorted(row for batch in batches for sequence in batch for row in sequence) == list(range(400))
    assert all(len(batch) <= 2 for batch in batches)


def test_a_model_that_lets_rows_see_each_other_is_refused(new_model: NewModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model = new_model()
    check_keeps_rows_apart(model)
    hidden = model.hidden
    monkeypatch.setattr(model, "hidden", lambda ids_BT, positions_BT=None: hidden(ids_BT))
    with pytest.raises(ModelError, match=r"influence one another .* Set packing=false"):
        check_keeps_rows_apart(model)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_keeps_rows_apart(kind: Kind, new_model: NewModel) -> None:
    check_keeps_rows_apart(new_model(kind))


def test_a_packed_stage_reads_every_row_once_an_epoch_with_hardly_any_padding(new_model: NewModel) -> None:
    rows = [ROWS[i % 8] for i in range(64)]
    config = OptimiserConfig(peak_lr=1e-2, num_steps=100)
    model = new_model()
    stage = SupervisedStage(model, rows, row_order(rows, 192, 0, packed_into=model.context_tokens), config)
    steps = [stage.step(index) for index in range(6)]
    assert sum(step["tokens"] for step in steps) == sum(len(row.ids) for row in rows)
    assert min(step["fill"] for step in steps[:5]) > 0.95
    assert steps[-1]["loss"] < steps[0]["loss"]


def test_no_packed_batch_holds_rows_from_both_sides_of_a_section_s_end() -> None:
    order = PackedOrder(LENGTHS, 64, 128, seed=0, sections=(150,))
    batches = [order.at(step) for step in range(order.steps_per_epoch())]
    assert sorted(row for batch in batches for sequence in batch for row in sequence) == list(range(400))
    before = [all(row < 150 for sequence in batch for row in sequence) for batch in batches]
    behind = [all(row >= 150 for sequence in batch for row in sequence) for batch in batches]
    assert all(one != other for one, other in zip(before, behind, strict=True))
    assert order.steps_behind(150) == sum(behind)
