"""Rows to padded batches, and the order of batches over epochs as a pure function of (seed, step).

Shapes: B rows, T tokens of the longest one. Rows are padded on the right; `mask_BT` is True on real tokens.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from solon.errors import TrainingError
from solon.models.template import Tokens
from solon.seeds import generator


@dataclass(frozen=True)
class PaddedBatch:
    """Rows padded on the right."""

    ids_BT: Tensor
    """int64; the pad id where `mask_BT` is False."""
    mask_BT: Tensor
    """bool; True on real tokens."""
    weights_BT: Tensor
    """float32; loss weight of predicting each token, 0 on padding and on position 0."""
    rows: tuple[int, ...]
    """Which rows of the data set these are, for messages."""
    positions_BT: Tensor | None = None
    """int64; the place of each token in its own row, where several rows share a sequence. None: one row a sequence."""

    @property
    def num_tokens(self) -> int:
        """Real tokens."""
        return int(self.mask_BT.sum())

    def to(self, device: torch.device | str) -> PaddedBatch:
        """The same batch on another device."""
        if self.ids_BT.device == torch.device(device):
            return self
        positions_BT = None if self.positions_BT is None else self.positions_BT.to(device)
        return PaddedBatch(
            self.ids_BT.to(device), self.mask_BT.to(device), self.weights_BT.to(device), self.rows, positions_BT
        )


def pad_batch(tokens: Sequence[Tokens], pad_id: int, rows: Sequence[int] | None = None) -> PaddedBatch:
    """Pad rows on the right to the longest one. `rows` are their indices, 0, 1, 2 ... unless given."""
    longest = max(len(row.ids) for row in tokens)
    ids = np.full((len(tokens), longest), pad_id, dtype=np.int64)
    weights = np.zeros((len(tokens), longest), dtype=np.float32)
    mask = np.zeros((len(tokens), longest), dtype=np.bool_)
    for index, row in enumerate(tokens):
        ids[index, : len(row.ids)] = row.ids
        weights[index, : len(row.ids)] = row.weights
        mask[index, : len(row.ids)] = True
    names = tuple(rows) if rows is not None else tuple(range(len(tokens)))
    return PaddedBatch(torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(weights), names)


_WINDOW_BATCHES = 32
"""Rows are sorted by length, or packed, within windows of about this many batches: little padding, well mixed."""


def window_rows(lengths: Sequence[int], tokens_per_batch: int) -> int:
    """Rows of a window, by their average length."""
    average = sum(lengths) / max(1, len(lengths))
    return max(1, int(_WINDOW_BATCHES * tokens_per_batch / max(1.0, average)))


def length_batches(lengths: Sequence[int], tokens_per_batch: int, rows: Sequence[int] | None = None) -> list[list[int]]:
    """Rows (all of them unless given) from short to long, in batches of at most `tokens_per_batch` padded tokens.

    Little padding, and a function of the lengths alone. A row longer than the budget is a batch of its own.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)) if rows is None else rows, key=lambda row: lengths[row]):
        if batches and (len(batches[-1]) + 1) * lengths[row] <= tokens_per_batch:  # the newcomer is the longest
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def windows(num_rows: int, rows_each: int, sections: Sequence[int] = ()) -> list[range]:
    """Neighbouring rows in windows of up to `rows_each`; none holds rows from both sides of an end in `sections`."""
    ends = [0, *sorted({end for end in sections if 0 < end < num_rows}), num_rows]
    return [
        range(begin, min(begin + rows_each, end))
        for first, end in itertools.pairwise(ends)
        for begin in range(first, end, rows_each)
    ]


def epoch_batches(
    lengths: Sequence[int], tokens_per_batch: int, seed: int, epoch: int, *, sections: Sequence[int] | None = None
) -> list[list[int]]:
    """One pass over all rows in batches of at most `tokens_per_batch` padded tokens, in shuffled order.

    Rows are shuffled, sorted by length within windows, cut so that (rows x longest row) stays within the budget,
    and the batches are shuffled. A row longer than the budget is a batch of its own.

    Args:
        sections: keep the rows as they come and shuffle among neighbours only (a curriculum), and never across these
            ends; `()` has no ends. None shuffles all.
    """
    if not lengths:
        raise TrainingError("there are no rows to train on. Check the stage's input, and what was quarantined.")
    random = generator(seed, "epoch", epoch)
    order = random.permutation(len(lengths)) if sections is None else np.arange(len(lengths))
    batches: list[list[int]] = []
    for window in windows(len(lengths), window_rows(lengths, tokens_per_batch), sections or ()):
        cut = length_batches(lengths, tokens_per_batch, order[window.start : window.stop].tolist())
        batches += cut if sections is None else [cut[int(index)] for index in random.permutation(len(cut))]
    if sections is not None:
        return batches
    return [batches[int(index)] for index in random.permutation(len(batches))]


class BatchOrder:
    """The batches of endless epochs, by step. Depends on (lengths, tokens_per_batch, seed, sections) alone."""

    def __init__(
        self, lengths: Sequence[int], tokens_per_batch: int, seed: int, *, sections: Sequence[int] | None = None
    ) -> None:
        self.tokens_per_batch = tokens_per_batch
        self._lengths = tuple(lengths)
        self._seed = seed
        self._sections = sections
        self._starts = [0]  # first step of each epoch that was looked at
        self._epoch = -1
        self._batches: list[list[int]] = []

    def at(self, step: int) -> list[int]:
        """Rows of the batch of this step."""
        while step >= self._starts[-1]:
            self._load(len(self._starts) - 1)
            self._starts.append(self._starts[-1] + len(self._batches))
        epoch = next(e for e in range(len(self._starts) - 2, -1, -1) if self._starts[e] <= step)
        if epoch != self._epoch:
            self._load(epoch)
        return self._batches[step - self._starts[epoch]]

    def _epoch_batches(self, epoch: int) -> list[list[int]]:
        return epoch_batches(self._lengths, self.tokens_per_batch, self._seed, epoch, sections=self._sections)

    def _load(self, epoch: int) -> None:
        self._batches = self._epoch_batches(epoch)
        self._epoch = epoch

    def steps_per_epoch(self) -> int:
        """Batches in the first epoch; later ones differ by very few."""
        return len(self._epoch_batches(0))

    def steps_behind(self, row: int) -> int:
        """Batches of the first epoch whose rows all stand at or behind this one."""
        return sum(min(batch) >= row for batch in self._epoch_batches(0))
