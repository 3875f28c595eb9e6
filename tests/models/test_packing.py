import pytest
from hypothesis import given
from hypothesis import strategies as st

from solon.models.packing import pack


def test_each_row_goes_where_it_fills_most() -> None:
    # 7 opens a bin and 6 another; 4 fits behind 6 alone, and fills it; 3 fills the bin of 7; 2 needs a third
    assert pack([4, 7, 3, 6, 2], 10) == [[1, 2], [0, 3], [4]]


@given(st.lists(st.integers(1, 40), max_size=80))
def test_every_row_is_in_one_bin_and_no_bin_is_overfull(lengths: list[int]) -> None:
    bins = pack(lengths, 40)
    assert sorted(row for rows in bins for row in rows) == list(range(len(lengths)))
    assert all(sum(lengths[row] for row in rows) <= 40 for rows in bins)


@given(st.lists(st.integers(1, 40), max_size=80))
def test_no_two_bins_could_be_one(lengths: list[int]) -> None:
    sums = sorted(sum(lengths[row] for row in rows) for rows in pack(lengths, 40))
    assert len(sums) < 2 or sums[0] + sums[1] > 40


def test_short_rows_fill_their_bins() -> None:
    lengths = [3 + (i * 37) % 61 for i in range(2000)]
    assert sum(lengths) > 0.995 * 256 * len(pack(lengths, 256))


def test_a_row_longer_than_a_bin_is_refused() -> None:
    with pytest.raises(ValueError, match="row 1 has 11 tokens"):
        pack([3, 11], 10)
