"""Pieces and texts to tokens with loss weights."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import NamedTuple

from solon.models.codec import Codec
from solon.models.rendering import Piece
from solon.records import Message, Span


class Tokens(NamedTuple):
    """A tokenised row. `weights[i]` is the loss weight of predicting `ids[i]` from `ids[:i]`; `weights[0]` is 0."""

    ids: list[int]
    weights: list[float]


def encode(codec: Codec, piece: Piece) -> list[int]:
    """The ids of a piece; special tokens are read from all but contents."""
    return codec.ids(piece.text) if piece.kind == "content" else codec.encode_marked(piece.text)


def weigh_pieces(codec: Codec, pieces: Sequence[Piece], messages: Sequence[Message], turns: Collection[int]) -> Tokens:
    """Pieces of a conversation as a row in which these turns of it are trained.

    What the template writes before the words of a turn (thinking, a space) weighs as much as the turn's first span,
    what follows them (tool calls) and the end token as much as the last; 1 without spans.
    """
    ids: list[int] = []
    weights: list[float] = []
    for piece in pieces:
        if piece.message not in turns or piece.message is None:
            piece_ids = encode(codec, piece)
            weights += [0.0] * len(piece_ids)
        elif piece.kind == "content":
            piece_ids, piece_weights = weigh_text(codec, piece.text, messages[piece.message].spans, piece.begin)
            weights += piece_weights
        else:
            piece_ids = encode(codec, piece)
            spans = messages[piece.message].spans
            span = 0 if piece.kind == "sign" else -1
            weights += [spans[span].weight if spans else 1.0, *(0.0 for _ in piece_ids[1:])]
        ids += piece_ids
    return first_untrained(ids, weights)


def weigh_text(codec: Codec, text: str, spans: Sequence[Span], begin: int = 0) -> Tokens:
    """A token weighs what the span weighs that holds its first character (its leading space aside).

    `begin` is where the spans begin in the text. What stands before them weighs as the first, after as the last.
    """
    if not spans:
        ids = codec.ids(text)
        return Tokens(ids, [1.0] * len(ids))
    encoded = codec.encode(text)
    ends = [begin + end for end in itertools.accumulate(len(span.text) for span in spans)]
    weights: list[float] = []
    current = 0
    for start in encoded.starts:
        while current < len(ends) - 1 and start >= ends[current]:
            current += 1
        weights.append(spans[current].weight)
    return Tokens(encoded.ids, weights)


def first_untrained(ids: list[int], weights: list[float]) -> Tokens:
    """A row: nothing stands before the first token to predict it from."""
    return Tokens(ids, [0.0, *weights[1:]])
