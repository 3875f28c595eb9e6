"""Forward passes over the tokens of many rows, one behind the other, with keys and values in shared and own places.

Shapes: N tokens of a pass, M nodes of a place, Q query slots of a node, T tokens of a node, H query heads, G key-value
heads, D width of a head, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from solon.engines.attention import Partial, attend_to, merged
from solon.engines.prefixes import Ints
from solon.models.attention import Attend, attending

_PASS_TOKENS = 4_096
"""Most tokens of one pass over several segments."""
_ROOM = 64
"""Room is made for this many further tokens at a time."""


class KeyValues:
    """Keys and values of M nodes in every layer, (M, G, T, D); node m holds its first `lengths[m]` tokens."""

    def __init__(self, layers: list[tuple[Tensor, Tensor]], lengths: Ints) -> None:
        self.layers = layers
        self.lengths = lengths

    def with_room(self, room: int) -> None:
        """Make room for nodes of `room` tokens."""
        if self.layers[0][0].shape[2] >= room:
            return
        self.layers = [(_larger(keys, room), _larger(values, room)) for keys, values in self.layers]

    def of(self, nodes: Ints) -> KeyValues:
        """These nodes in this order: a view where they are neighbours, else a copy."""
        if (np.diff(nodes) == 1).all():
            place: slice | Tensor = slice(int(nodes[0]), int(nodes[-1]) + 1)
        else:
            place = torch.from_numpy(nodes).to(self.layers[0][0].device)
        return KeyValues([(keys[place], values[place]) for keys, values in self.layers], self.lengths[nodes])

    def append(self, other: KeyValues) -> None:
        """Take over the nodes of another, behind these."""
        room = max(self.layers[0][0].shape[2], other.layers[0][0].shape[2])
        self.with_room(room)
        other.with_room(room)
        self.layers = [
            (torch.cat([keys, more_keys]), torch.cat([values, more_values]))
            for (keys, values), (more_keys, more_values) in zip(self.layers, other.layers, strict=True)
        ]
        self.lengths = np.concatenate([self.lengths, other.lengths])


def bias_of(lengths: Ints, like: Tensor) -> Tensor | None:
    """(M, 1, 1, T) to add to scores over nodes of these lengths: minus infinity behind a node's tokens; None where all
    are equally long."""
    end = int(lengths.max())
    if int(lengths.min()) == end:
        return None
    lengths_M = torch.from_numpy(lengths).to(like.device)
    absent_MT = torch.arange(end, device=like.device)[None] >= lengths_M[:, None]
    bias_MT = torch.zeros(absent_MT.shape, dtype=like.dtype, device=like.device)
    return bias_MT.masked_fill_(absent_MT, float("-inf"))[:, None, None]


def _larger(tensor: Tensor, room: int) -> Tensor:
    # zeros: what is masked is multiplied by a weight of 0, and 0 * NaN is NaN
    larger = tensor.new_zeros(*tensor.shape[:2], room, tensor.shape[3])
    larger[:, :, : tensor.shape[2]] = tensor
    return larger


class Place:
    """What the tokens of a pass read in a place, each in one node or in none.

    Args:
        key_values: the nodes.
        node_N: which node each token reads; -1 for none. At least one token reads one.
    """

    def __init__(self, key_values: KeyValues, node_N: Ints) -> None:
        self._num_tokens = len(node_N)
        readers = np.flatnonzero(node_N >= 0)
        nodes, read = np.unique(node_N[readers], return_inverse=True)
        self._key_values = key_values.of(nodes)
        self._bias = bias_of(self._key_values.lengths, self._key_values.layers[0][0])
        self._end = int(self._key_values.lengths.max())
        device = key_values.layers[0][0].device
        self._readers = None if len(readers) == len(node_N) else torch.from_numpy(readers).to(device)
        self._slots = None if len(nodes) == 1 else slots_of(read, len(nodes), device)

    def read(self, layer: int, query_HND: Tensor, scale: float) -> Partial:
        """Attention of every token over its node; those that read none have no weight in what is merged."""
        if self._readers is None:
            return self._read(layer, query_HND, scale)
        part = self._read(layer, query_HND[:, self._readers], scale)
        out_NHD = part.out_NHD.new_zeros(self._num_tokens, *part.out_NHD.shape[1:])
        lse_NH = part.lse_NH.new_full((self._num_tokens, part.lse_NH.shape[1]), float("-inf"))
        out_NHD[self._readers], lse_NH[self._readers] = part
        return Partial(out_NHD, lse_NH)

    def _read(self, layer: int, query_HND: Tensor, scale: float) -> Partial:
        keys, values = (one[:, :, : self._end] for one in self._key_values.layers[layer])
        if self._slots is None:
            out, lse = attend_to(query_HND[None], keys, values, scale)
            return Partial(out[0].transpose(0, 1), lse[0].T)
        query_MHQD = self._slots.gather(query_HND)
        return self._slots.scatter(*attend_to(query_MHQD, keys, values, scale, bias_M1QT=self._bias))


class Slots(NamedTuple):
    """Tokens arranged by node: (M, Q) slots, those of a node in order."""

    token_MQ: Tensor
    """Which token stands in a slot; 0 in those that are left over."""
    slot_N: Tensor
    """Where each token stands in the flattened slots."""

    def gather(self, states_HND: Tensor) -> Tensor:
        """(M, H, Q, D)."""
        return states_HND.transpose(0, 1)[self.token_MQ].transpose(1, 2)

    def scatter(self, out_MHQD: Tensor, lse_MHQ: Tensor) -> Partial:
        """Back to the order of tokens."""
        out_NHD = out_MHQD.transpose(1, 2).flatten(0, 1)[self.slot_N]
        return Partial(out_NHD, lse_MHQ.transpose(1, 2).flatten(0, 1)[self.slot_N])


def slots_of(node_N: Ints, num_nodes: int, device: torch.device) -> Slots:
    """Arrange tokens by node."""
    counts_M = np.bincount(node_N, minlength=num_nodes)
    order_N = np.argsort(node_N, kind="stable")
    first_M = np.cumsum(counts_M) - counts_M
    rank_N = np.arange(len(node_N)) - np.repeat(first_M, counts_M)
    token_MQ = np.zeros((num_nodes, int(counts_M.max())), dtype=np.int64)
    token_MQ[node_N[order_N], rank_N] = order_N
    slot_N = np.empty(len(node_N), dtype=np.int64)
    slot_N[order_N] = node_N[order_N] * token_MQ.shape[1] + rank_N
    return Slots(torch.from_numpy(token_MQ).to(device), torch.from_numpy(slot_N).to(device))


def _run(model: PreTrainedModel, ids_N: Tensor, positions_N: Tensor, attend: Attend, at: Tensor) -> Tensor:
    """Logits at some of the tokens, which attend as `attend` says."""
    with attending(model, attend):
        output = model(input_ids=ids_N[None], position_ids=positions_N[None], use_cache=False, logits_to_keep=at)
    logits: Tensor = output.logits[0]
    return logits if len(logits) == len(at) else logits[at]  # an architecture that knows nothing of `logits_to_keep`


def passes(lengths: Iterable[int]) -> Iterator[slice]:
    """Neighbouring segments that are read in one pass, for segments of these lengths."""
    begin = end = tokens = 0
    for end, length in enumerate(lengths):
        if end > begin and tokens + length > _PASS_TOKENS:
            yield slice(begin, end)
            begin, tokens = end, 0
        tokens += length
    if tokens:
        yield slice(begin, end + 1)


class Segments(NamedTuple):
    """Pieces of text that were read, each behind what stands before it."""

    logits: Tensor
    """(M, V) at the last token of each piece, or (N, V) at all tokens, piece after piece."""
    key_values: KeyValues


def places_of(shared: Sequence[tuple[KeyValues, Ints]], tokens: Ints) -> list[Place]:
    """The places that tokens read.

    Args:
        shared: keys and values, and which node of them each row reads; -1 for none.
        tokens: the row of each token.
    """
    return [Place(key_values, node[tokens]) for key_values, node in shared if (node[tokens] >= 0).any()]


def read_segments(
    model: PreTrainedModel,
    segments: Sequence[Sequence[int]],
    begins: Ints,
    before: Sequence[tuple[KeyValues, Ints]] = (),
    *,
    logits_at: Literal["last", "all"] = "last",
) -> Segments:
    """Read pieces of text.

    Args:
        segments: ids, at least one each.
        begins: position of the first of them in its row.
        before: places that hold what stands before, with the node of each segment (-1 for none).
        logits_at: where logits are wanted.
    """
    device = model.device
    lengths = np.array([len(segment) for segment in segments])
    segment_N = np.repeat(np.arange(len(segments)), lengths)
    ends = np.cumsum(lengths)
    positions_N = begins[segment_N] + np.arange(len(segment_N)) - np.repeat(ends - lengths, lengths)
    ids_N = torch.tensor([i for segment in segments for i in segment], device=device)
    slots = slots_of(segment_N, len(segments), device)
    places = places_of(before, segment_N)
    layers: list[tuple[Tensor, Tensor]] = []

    def attend(layer: int, query_HND: Tensor, key_GND: Tensor, value_GND: Tensor, scale: float) -> Tensor:
        keys, values = slots.gather(key_GND).contiguous(), slots.gather(value_GND).contiguous()
        layers.append((keys, values))
        own = slots.scatter(*attend_to(slots.gather(query_HND), keys, values, scale, causal=True))
        return merged([own, *(place.read(layer, query_HND, scale) for place in places)])

    at = torch.from_numpy(ends - 1 if logits_at == "last" else np.arange(len(segment_N))).to(device)
    logits = _run(model, ids_N, torch.from_numpy(positions_N).to(device), attend, at)
    return Segments(logits, KeyValues(layers, lengths))


def read_next(
    model: PreTrainedModel, ids_N: Tensor, positions_N: Tensor, own: KeyValues, places: Sequence[Place]
) -> Tensor:
    """Read one more token of every row of `own`, which gets its keys and values; logits (N, V)."""
    at_N = torch.from_numpy(own.lengths).to(model.device)
    nodes_N = torch.arange(len(own.lengths), device=model.device)
    own.lengths = own.lengths + 1
    own.with_room(-(-int(own.lengths.max()) // _ROOM) * _ROOM)
    end, bias = int(own.lengths.max()), bias_of(own.lengths, own.layers[0][0])

    def attend(layer: int, query_HND: Tensor, key_GND: Tensor, value_GND: Tensor, scale: float) -> Tensor:
        keys, values = own.layers[layer]
        keys[nodes_N, :, at_N] = key_GND.transpose(0, 1)
        values[nodes_N, :, at_N] = value_GND.transpose(0, 1)
        query_NH1D = query_HND.transpose(0, 1)[:, :, None]
        out, lse = attend_to(query_NH1D, keys[:, :, :end], values[:, :, :end], scale, bias_M1QT=bias)
        mine = Partial(out[:, :, 0], lse[:, :, 0])
        return merged([mine, *(place.read(layer, query_HND, scale) for place in places)])

    return _run(model, ids_N, positions_N, attend, nodes_N)
