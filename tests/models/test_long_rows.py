from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solon.models.long_rows import LongRowCounts, LongRows, shorten
from solon.models.template import Tokens

ROW = Tokens([10, 11, 12, 13, 14, 15, 16], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
POLICIES = [policy for policy in get_args(LongRows) if policy != "error"]


def shortened(row: Tokens, most: int, policy: LongRows) -> tuple[list[Tokens], LongRowCounts]:
    counts = LongRowCounts()
    return shorten(row, most, policy, counts), counts


@pytest.mark.parametrize("policy", get_args(LongRows))
def test_a_row_that_fits_stays_as_it_is(policy: LongRows) -> None:
    rows, counts = shortened(ROW, 7, policy)
    assert rows == [ROW]
    assert (counts.fitting, counts.long, counts.rows_out) == (1, 0, 1)


def test_pieces_of_a_row_overlap_by_a_token_and_the_untrained_piece_is_left_out() -> None:
    # pieces of 4: 10 11 12 13 | 13 14 15 16; of 3: 10 11 12 | 12 13 14 | 14 15 16, the first of which trains nothing
    assert shortened(ROW, 4, "split")[0] == [
        Tokens([10, 11, 12, 13], [0.0, 0.0, 0.0, 1.0]),
        Tokens([13, 14, 15, 16], [0.0, 1.0, 1.0, 1.0]),
    ]
    pieces, counts = shortened(ROW, 3, "split")
    assert [piece.ids for piece in pieces] == [[12, 13, 14], [14, 15, 16]]
    assert (counts.split, counts.rows_out, counts.tokens_lost) == (1, 2, 2)


def test_cut_left_keeps_the_end_and_cut_right_the_beginning() -> None:
    assert shortened(ROW, 4, "cut_left")[0] == [Tokens([13, 14, 15, 16], [0.0, 1.0, 1.0, 1.0])]
    rows, counts = shortened(ROW, 4, "cut_right")
    assert rows == [Tokens([10, 11, 12, 13], [0.0, 0.0, 0.0, 1.0])]
    assert (counts.cut, counts.tokens_lost) == (1, 3)


def test_a_cut_that_leaves_nothing_trained_leaves_no_row_and_is_counted_as_such() -> None:
    rows, counts = shortened(ROW, 3, "cut_right")
    assert rows == []
    assert (counts.cut, counts.untrained, counts.rows_out, counts.tokens_lost) == (0, 1, 0, 7)


def test_a_dropped_row_is_counted() -> None:
    rows, counts = shortened(ROW, 6, "drop")
    assert rows == []
    assert (counts.dropped, counts.untrained, counts.tokens_lost) == (1, 0, 7)


def test_nothing_is_done_to_a_long_row_where_that_is_an_error() -> None:
    with pytest.raises(ValueError, match="7 tokens, and at most 6"):
        shortened(ROW, 6, "error")


WEIGHTS = st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=1, max_size=40)


@given(WEIGHTS, st.integers(2, 12))
def test_split_predicts_every_trained_token_once(weights: list[float], most: int) -> None:
    row = Tokens(list(range(len(weights))), [0.0, *weights[1:]])
    pieces, _ = shortened(row, most, "split")
    predicted = [pair for piece in pieces for pair in zip(piece.ids, piece.weights, strict=True) if pair[1] > 0]
    if len(row.ids) > most:
        assert predicted == [pair for pair in zip(row.ids, row.weights, strict=True) if pair[1] > 0]


@given(st.lists(WEIGHTS, max_size=8), st.integers(2, 12), st.sampled_from(POLICIES))
def test_the_counts_add_up(rows: list[list[float]], most: int, policy: LongRows) -> None:
    counts = LongRowCounts()
    made = [piece for one in rows for piece in shorten(Tokens([7] * len(one), [0.0, *one[1:]]), most, policy, counts)]
    assert counts.rows_in == counts.fitting + counts.split + counts.cut + counts.dropped + counts.untrained
    assert counts.rows_in == len(rows)
    assert counts.rows_out == len(made)
    assert all(len(piece.ids) <= most for piece in made)
