import pytest
import torch

from solon.forecast.tracking import Op, Tracker, without_data


def test_tensors_count_while_they_live() -> None:
    with Tracker() as tracker:
        first = torch.zeros(1000)  # 4,000 bytes
        second = first + 1  # 4,000 more
        del first
        third = second + 1
    assert (tracker.live_bytes, tracker.peak_bytes) == (8_000, 8_000)
    del second, third
    assert tracker.live_bytes == 0


def test_a_view_takes_no_memory() -> None:
    with Tracker() as tracker:
        whole = torch.zeros(1000)
        part = whole[:10]
    assert tracker.live_bytes == 4_000
    del whole
    assert tracker.live_bytes == 4_000 and len(part) == 10


def test_a_product_of_matrices_counts_two_operations_for_each_pair() -> None:
    a, b = torch.zeros(3, 5), torch.zeros(5, 7)
    with Tracker() as tracker:
        a @ b
    # 2 x 3 x 5 x 7; 15 + 35 numbers are read and 21 written, 4 bytes each
    assert tracker.ops == {Op(210, 4 * (15 + 35 + 21)): 1}


def test_a_mask_picks_as_many_of_a_tensor_without_data_as_it_has_places() -> None:
    with without_data():
        values = torch.zeros(4)
    with Tracker():
        assert values[torch.tensor([True, False, True, True])].shape == (3,)


def test_a_number_that_is_not_there_passes_for_a_finite_loss() -> None:
    with without_data():
        loss = torch.zeros(())
    with Tracker():
        assert torch.isfinite(loss) and float(loss) == 1.0


def test_what_was_done_can_be_forgotten_and_what_lives_cannot() -> None:
    with Tracker() as tracker:
        kept = torch.zeros(10)
        torch.zeros(1000)
        tracker.clear()
    assert (tracker.peak_bytes, tracker.ops.total(), len(kept)) == (40, 0, 10)


@pytest.mark.parametrize("heads", [1, 2])
def test_attention_counts_two_products(heads: int) -> None:
    states = torch.zeros(1, heads, 8, 4)
    with Tracker() as tracker:
        torch.nn.functional.scaled_dot_product_attention(states, states, states)
    assert tracker.work.flops == 2 * (2 * heads * 8 * 8 * 4)
