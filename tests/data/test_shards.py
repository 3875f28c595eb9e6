from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solon.data.shards import RowBlock, ShardWriter, TokenShard
from solon.errors import InputError
from solon.models.template import Tokens

ROW = st.lists(st.tuples(st.integers(0, 70_000), st.sampled_from([0.0, 1.0, 0.5])), min_size=1, max_size=9)
ROWS = [Tokens([5, 6, 7], [0.0, 1.0, 1.0]), Tokens([8], [0.0]), Tokens([9, 60_000], [0.0, 2.5])]


def row(pairs: list[tuple[int, float]]) -> Tokens:
    return Tokens([token for token, _ in pairs], [weight for _, weight in pairs])


@settings(max_examples=20, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=6))
def test_rows_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[list[tuple[int, float]]]
) -> None:
    rows, folder = [row(one) for one in pairs], tmp_path_factory.mktemp("shard")
    with ShardWriter(folder, 70_001) as writer:
        writer.put(RowBlock.of(rows[:2]))
        writer.put(RowBlock.of(rows[2:]))
        writer.finish({})
    shard = TokenShard(folder)
    assert list(shard) == rows
    assert shard.lengths.tolist() == [len(one.ids) for one in rows]


def test_ids_of_a_small_vocabulary_take_two_bytes(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, 2**16) as writer:
        writer.put(RowBlock.of(ROWS))
        writer.finish({})
    assert (tmp_path / "ids.bin").stat().st_size == 2 * 6
    assert TokenShard(tmp_path)[-1] == ROWS[-1]


@given(st.lists(ROW, min_size=1, max_size=6), st.data())
def test_rows_can_be_taken_in_any_order(pairs: list[list[tuple[int, float]]], data: st.DataObject) -> None:
    rows = [row(one) for one in pairs]
    order = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=9))
    taken, expected = RowBlock.of(rows).take(order), RowBlock.of([rows[place] for place in order])
    for one, other in zip(taken, expected, strict=True):
        assert np.array_equal(one, other)


def test_writing_goes_on_behind_a_state_and_what_came_after_it_is_gone(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, 2**16) as writer:
        writer.put(RowBlock.of(ROWS[:1]))
        state = writer.state_dict()
        writer.put(RowBlock.of(ROWS))
    with ShardWriter(tmp_path, 2**16) as writer:
        writer.load_state_dict(state)
        writer.put(RowBlock.of(ROWS[1:]))
        writer.finish({})
    assert list(TokenShard(tmp_path)) == ROWS


def test_rows_that_share_a_sequence_are_told(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, 2**16) as writer:
        writer.put(RowBlock.of(ROWS))
        writer.end_sequences([2, 1])
        writer.put(RowBlock.of(ROWS))
        writer.end_sequences([3])
        writer.finish({})
    assert TokenShard(tmp_path).sequences == [[0, 1], [2], [3, 4, 5]]


def test_a_shard_that_is_not_finished_is_refused(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, 2**16) as writer:
        writer.put(RowBlock.of(ROWS))
    with pytest.raises(InputError, match="not a finished shard"):
        TokenShard(tmp_path)
