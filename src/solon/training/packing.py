"""Several rows in one sequence, without padding and without attention from one row to another.

Positions begin at 0 with every row, and no attention mask is given: from restarting positions transformers itself
makes the mask in which a token sees only earlier tokens of its own row (`masking_utils.find_packed_sequence_indices`).
A model that would not is found by `check_keeps_rows_apart` and refused.

Shapes: B sequences, T tokens of the longest one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from solon.errors import ModelError
from solon.models.language_model import LanguageModel
from solon.models.packing import pack
from solon.models.template import Tokens
from solon.seeds import generator
from solon.training.batches import BatchOrder, PaddedBatch, pad_batch, window_rows, windows


def sequence_tokens(lengths: Sequence[int], context_tokens: int, tokens_per_batch: int) -> int:
    """Tokens of a packed sequence: the context, or what one step reads where that is less (but every row fits)."""
    return min(context_tokens, max(tokens_per_batch, max(lengths, default=1)))


def packed_sequences(
    lengths: Sequence[int],
    most_tokens: int,
    tokens_per_batch: int,
    seed: int,
    *,
    sections: Sequence[int] | None = None,
) -> list[list[int]]:
    """Rows (by index) that share a sequence; every row is in one.

    Rows are shuffled and packed within windows of a few dozen batches; `sections` (see `epoch_batches`) leaves them as
    they come. The same in every epoch: only the order of the sequences changes.
    """
    order = generator(seed, "packing").permutation(len(lengths)) if sections is None else np.arange(len(lengths))
    sequences: list[list[int]] = []
    for window in windows(len(lengths), window_rows(lengths, tokens_per_batch), sections or ()):
        rows = order[window.start : window.stop].tolist()
        sequences += [[rows[i] for i in one] for one in pack([lengths[row] for row in rows], most_tokens)]
    return sequences


class PackedOrder:
    """The batches of endless epochs over packed sequences, by step; like `BatchOrder`, which orders the sequences."""

    def __init__(
        self,
        lengths: Sequence[int],
        most_tokens: int,
        tokens_per_batch: int,
        seed: int,
        *,
        sections: Sequence[int] | None = None,
    ) -> None:
        self.tokens_per_batch = tokens_per_batch
        self.sequences = packed_sequences(lengths, most_tokens, tokens_per_batch, seed, sections=sections)
        sums = [sum(lengths[row] for row in sequence) for sequence in self.sequences]
        ends = None if sections is None else [self._sequences_before(end) for end in sections]
        self._order = BatchOrder(sums, tokens_per_batch, seed, sections=ends)

    def at(self, step: int) -> list[list[int]]:
        """Rows of the batch of this step, one list a sequence."""
        return [self.sequences[index] for index in self._order.at(step)]

    def steps_per_epoch(self) -> int:
        """Batches in the first epoch; later ones differ by very few."""
        return self._order.steps_per_epoch()

    def steps_behind(self, row: int) -> int:
        """Batches of the first epoch whose rows all stand at or behind this one, an end of `sections`."""
        return self._order.steps_behind(self._sequences_before(row))

    def _sequences_before(self, end: int) -> int:
        return sum(sequence[0] < end for sequence in self.sequences)


def pack_batch(rows: Sequence[Tokens], sequences: Sequence[Sequence[int]], pad_id: int) -> PaddedBatch:
    """Sequences of rows (by index), each row with positions of its own, padded on the right to the longest sequence."""
    batch = pad_batch([_joined([rows[index] for index in sequence]) for sequence in sequences], pad_id)
    positions = np.zeros(tuple(batch.ids_BT.shape), dtype=np.int64)
    for place, sequence in enumerate(sequences):
        begin = 0
        for length in [*(len(rows[index].ids) for index in sequence), positions.shape[1]]:
            end = min(begin + length, positions.shape[1])  # the last one is the padding: a row of its own
            positions[place, begin:end] = np.arange(end - begin)
            begin = end
    names = tuple(index for sequence in sequences for index in sequence)
    return replace(batch, positions_BT=torch.from_numpy(positions), rows=names)


def _joined(rows: Sequence[Tokens]) -> Tokens:
    # The first token of a row weighs nothing (see Tokens): what stands before it now is another row's.
    return Tokens([i for row in rows for i in row.ids], [w for row in rows for w in [0.0, *row.weights[1:]]])


@torch.no_grad()
def check_keeps_rows_apart(language_model: LanguageModel) -> None:
    """Whether a row in a packed sequence is computed as if it stood alone.

    Raises:
        ModelError: it is not: the model sees other rows, or other positions.
    """
    last = language_model.model.config.get_text_config().vocab_size - 1
    rows = [Tokens([last % 7, last // 2, last], [0.0] * 3), Tokens([last // 3, last // 5, last % 5], [0.0] * 3)]
    batch = pack_batch(rows, [[0, 1]], pad_id=0).to(language_model.device)
    together_TD = language_model.hidden(batch.ids_BT, batch.positions_BT)[0, 3:]
    alone_TD = language_model.hidden(batch.ids_BT[:, 3:])[0]
    difference = float((together_TD - alone_TD).abs().max() / alone_TD.abs().max())
    rounding = 100 * torch.finfo(alone_TD.dtype).eps
    if not difference <= rounding:
        raise ModelError(
            f"{language_model.name} ({language_model.model.config.model_type}): rows that share a sequence influence "
            f"one another (by {difference:.1e} of the hidden state). Set packing=false."
        )
