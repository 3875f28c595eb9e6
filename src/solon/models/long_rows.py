"""Rows longer than the context: what becomes of them is said, counted, and never leaves a row that trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # recipes name the policies, and are read without what tokenises
    from solon.models.template import Tokens

LongRows = Literal["error", "split", "cut_left", "cut_right", "drop"]
"""What becomes of a row that is longer than the context: an error that names it; pieces that fit; its end or its
beginning alone; or nothing."""


@dataclass
class LongRowCounts:
    """What became of rows. `rows_in` = `fitting` + `split` + `cut` + `dropped` + `untrained`."""

    divided: int = 0
    """Demonstrations that came in several rows, because the chat template rewrites their earlier turns."""
    rows_in: int = 0
    fitting: int = 0
    """Rows that needed nothing."""
    split: int = 0
    """Long rows that became pieces."""
    cut: int = 0
    """Long rows that lost their beginning or their end."""
    dropped: int = 0
    """Long rows left out as asked."""
    untrained: int = 0
    """Long rows of which no trained token would be left: left out, whatever was asked."""
    rows_out: int = 0
    tokens_lost: int = 0
    """Tokens of long rows that are in no row that came out."""

    @property
    def long(self) -> int:
        """Rows longer than the context."""
        return self.rows_in - self.fitting


def shorten(row: Tokens, most_tokens: int, policy: LongRows, counts: LongRowCounts) -> list[Tokens]:
    """The rows that come of one row: itself where it fits, else by `policy`; none where nothing trained is left.

    `split` begins every further piece with the last token of the one before, untrained, so that every trained token
    of the row is predicted once. Pieces in which nothing is trained are left out. What is cut away takes the tokens
    that stand there, BOS or the end of the last turn, with it.

    Raises:
        ValueError: the row is long and the policy is `error`; who knows the row's name tells it before.
    """
    counts.rows_in += 1
    if len(row.ids) <= most_tokens:
        counts.fitting += 1
        counts.rows_out += 1
        return [row]
    if policy == "error":
        raise ValueError(f"a row has {len(row.ids)} tokens, and at most {most_tokens} fit")
    if policy == "drop":
        counts.dropped += 1
        counts.tokens_lost += len(row.ids)
        return []
    kept = [piece for piece in _pieces(row, most_tokens, policy) if any(piece.weights)]
    if not kept:
        counts.untrained += 1
    elif policy == "split":
        counts.split += 1
    else:
        counts.cut += 1
    counts.rows_out += len(kept)
    # Pieces of one row overlap by a token each.
    overlaps = max(0, len(kept) - 1) if policy == "split" else 0
    counts.tokens_lost += max(0, len(row.ids) - sum(len(piece.ids) for piece in kept) + overlaps)
    return kept


def _pieces(row: Tokens, most: int, policy: LongRows) -> list[Tokens]:
    if policy == "cut_right":
        return [_part(row, 0, most)]
    if policy == "cut_left":
        return [_part(row, len(row.ids) - most, len(row.ids))]
    # The last token alone would be a piece that predicts nothing.
    return [_part(row, begin, begin + most) for begin in range(0, len(row.ids) - 1, most - 1)]


def _part(row: Tokens, begin: int, end: int) -> Tokens:
    # Nothing stands before the first token to predict it from.
    return row._replace(ids=row.ids[begin:end], weights=[0.0, *row.weights[begin + 1 : end]])
