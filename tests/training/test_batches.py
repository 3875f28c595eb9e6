import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from solon.errors import TrainingError
from solon.models.template import Tokens
from solon.training.batches import BatchOrder, epoch_batches, pad_batch

LENGTHS = [3 + (i * 7) % 23 for i in range(200)]


def test_rows_are_padded_on_the_right_and_padding_weighs_nothing() -> None:
    batch = pad_batch([Tokens([5, 6, 7], [0.0, 1.0, 2.0]), Tokens([8], [0.0])], pad_id=1, rows=[4, 9])
    assert batch.ids_BT.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert batch.mask_BT.tolist() == [[True, True, True], [True, False, False]]
    assert batch.weights_BT.tolist() == [[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]
    assert batch.rows == (4, 9)
    assert batch.weights_BT.dtype == torch.float32


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 200), st.integers(0, 3))
def test_an_epoch_holds_every_row_once_within_the_budget(lengths: list[int], budget: int, epoch: int) -> None:
    batches = epoch_batches(lengths, budget, seed=1, epoch=epoch)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= budget


def test_little_is_padded() -> None:
    batches = epoch_batches(LENGTHS, 256, seed=0, epoch=0)
    padded = sum(len(batch) * max(LENGTHS[row] for row in batch) for batch in batches)
    assert sum(LENGTHS) > 0.85 * padded


def test_steps_run_through_whole_epochs_in_new_orders() -> None:
    order = BatchOrder(LENGTHS, 256, seed=0)
    first = [order.at(step) for step in range(order.steps_per_epoch())]
    second = [order.at(order.steps_per_epoch() + step) for step in range(order.steps_per_epoch())]
    assert sorted(row for batch in first for row in batch) == list(range(200))
    assert first != second


def test_the_batch_of_a_step_depends_on_nothing_that_was_asked_before() -> None:
    forward = BatchOrder(LENGTHS, 256, seed=0)
    ascending = [forward.at(step) for step in range(40)]
    backward = BatchOrder(LENGTHS, 256, seed=0)
    assert [backward.at(step) for step in range(39, -1, -1)][::-1] == ascending


def test_no_rows_is_an_error_not_an_endless_loop() -> None:
    with pytest.raises(TrainingError, match="no rows"):
        epoch_batches([], 256, seed=0, epoch=0)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 200), st.integers(0, 3))
def test_in_order_too_an_epoch_holds_every_row_once_within_the_budget(
    lengths: list[int], budget: int, epoch: int
) -> None:
    batches = epoch_batches(lengths, budget, seed=1, epoch=epoch, sections=())
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= budget


def test_in_order_rows_stay_within_their_window() -> None:
    # 4 tokens a row and 8 a batch: 2 rows a batch, and a window of 32 batches is 64 rows
    batches = epoch_batches([4] * 640, 8, seed=1, epoch=0, sections=())
    read = [row for batch in batches for row in batch]
    assert [row // 64 for row in read] == [place // 64 for place in range(640)]
    assert read != list(range(640))


def test_without_in_order_rows_come_from_anywhere() -> None:
    read = [row for batch in epoch_batches([4] * 640, 8, seed=1, epoch=0) for row in batch]
    assert max(abs(row - place) for place, row in enumerate(read)) > 300


def test_in_order_every_epoch_shuffles_anew_within_the_windows() -> None:
    order = BatchOrder([4] * 640, 8, seed=0, sections=())
    first, second = ([order.at(epoch * 320 + step) for step in range(320)] for epoch in range(2))
    assert first != second
    assert sorted(row for batch in second[:32] for row in batch) == list(range(64))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 200), st.integers(0, 70))
def test_no_batch_holds_rows_from_both_sides_of_a_section_s_end(lengths: list[int], budget: int, end: int) -> None:
    batches = epoch_batches(lengths, budget, seed=1, epoch=0, sections=(end,))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    sides = [{row < end for row in batch} for batch in batches]
    assert all(len(side) == 1 for side in sides)
    assert sides == sorted(sides, key=lambda side: True not in side)  # those before the end come first
    order = BatchOrder(lengths, budget, seed=1, sections=(end,))
    assert order.steps_behind(end) == sides.count({False})
