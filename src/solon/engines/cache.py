"""Keys and values of a batch that is being generated: written in place, rows can leave."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

_SLAB_TOKENS = 64
"""Room is made for this many further tokens at a time."""


class _SlabLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer's keys and values (B, H, T, D), the front part of a larger buffer.

    The library's own layer copies everything at every token; here a token is written where it belongs.
    """

    def __init__(self, slack: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._slack = slack
        self._key_room: Tensor | None = None
        self._value_room: Tensor | None = None
        self._num_tokens = 0

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        begin, end = self._num_tokens, self._num_tokens + key_states.shape[2]
        self._key_room = _with_room(self._key_room, key_states, begin, end, self._slack)
        self._value_room = _with_room(self._value_room, value_states, begin, end, self._slack)
        self._key_room[:, :, begin:end] = key_states
        self._value_room[:, :, begin:end] = value_states
        self._num_tokens, self.is_initialized = end, True
        return self.contents()

    def contents(self) -> tuple[Tensor, Tensor]:
        assert self._key_room is not None and self._value_room is not None, "nothing was written yet"
        return self._key_room[:, :, : self._num_tokens], self._value_room[:, :, : self._num_tokens]

    def get_seq_length(self) -> int:
        return self._num_tokens

    def put(self, rows: slice, tokens: slice, keys: Tensor, values: Tensor) -> None:
        assert self._key_room is not None and self._value_room is not None, "allocate first"
        self._key_room[rows, :, tokens] = keys
        self._value_room[rows, :, tokens] = values

    def allocate(self, like: Tensor, num_rows: int, num_tokens: int) -> None:
        shape = (num_rows, like.shape[1], num_tokens + self._slack, like.shape[3])
        # zeros, because what lies on padding is multiplied by an attention weight of 0, and 0 * NaN is NaN
        self._key_room, self._value_room = like.new_zeros(shape), like.new_zeros(shape)
        self._num_tokens, self.is_initialized = num_tokens, True

    def keep_rows(self, rows: Tensor) -> None:
        if self._key_room is not None and self._value_room is not None:
            self._key_room = self._key_room.index_select(0, rows)
            self._value_room = self._value_room.index_select(0, rows)


def _with_room(room: Tensor | None, states: Tensor, used: int, needed: int, slack: int) -> Tensor:
    if room is not None and room.shape[2] >= needed:
        return room
    batch, heads, _, width = states.shape
    larger = states.new_empty(batch, heads, needed + slack, width)
    if room is not None:
        larger[:, :, :used] = room[:, :, :used]
    return larger


class SlabCache(Cache):
    """A cache for any full-attention decoder of transformers."""

    def __init__(self, num_layers: int, *, slack: int = _SLAB_TOKENS) -> None:
        self._slabs = [_SlabLayer(slack) for _ in range(num_layers)]
        super().__init__(layers=list(self._slabs))

    def put(self, first_row: int, lengths: Sequence[int], part: SlabCache, num_rows: int, num_tokens: int) -> None:
        """Take over a part's prompts (rows padded on the right, of these lengths), moved to end at `num_tokens`.

        The first part makes room for `num_rows` rows of `num_tokens` tokens.
        """
        groups = [(length, len(list(group))) for length, group in itertools.groupby(lengths)]
        for mine, theirs in zip(self._slabs, part._slabs, strict=True):
            keys, values = theirs.contents()
            if not mine.is_initialized:
                mine.allocate(keys, num_rows, num_tokens)
            row = 0
            for length, count in groups:
                mine.put(
                    slice(first_row + row, first_row + row + count),
                    slice(num_tokens - length, num_tokens),
                    keys[row : row + count, :, :length],
                    values[row : row + count, :, :length],
                )
                row += count

    def keep_rows(self, rows: Tensor) -> None:
        """Drop all rows but these, in this order."""
        for layer in self._slabs:
            layer.keep_rows(rows)
