"""Which rows share a sequence: bins of at most so many tokens, as few as cheap packing finds."""

from __future__ import annotations

from collections.abc import Sequence


def pack(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """Rows (by index) in bins whose lengths add up to at most `most_tokens`; every row is in one bin.

    Best fit decreasing: rows from long to short, each into the open bin that it fills most. It needs at most 11/9 of
    the fewest bins possible (Johnson et al. 1974), and with rows much shorter than a bin hardly more than the fewest.
    A function of its arguments alone; a bin's rows come in the order of their indices.

    Raises:
        ValueError: a row is longer than a bin.
    """
    bins: list[list[int]] = []
    open_bins: list[list[int]] = [[] for _ in range(most_tokens + 1)]  # room left -> bins with that room
    rooms = 0  # bit r is set where a bin has room for r more tokens: the best fit is one look at an integer
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        length = lengths[row]
        if length > most_tokens:
            raise ValueError(f"row {row} has {length} tokens, and a sequence holds at most {most_tokens}")
        fitting = rooms >> length
        if fitting:
            room = length + (fitting & -fitting).bit_length() - 1
            chosen = open_bins[room].pop()
            if not open_bins[room]:
                rooms &= ~(1 << room)
        else:
            room, chosen = most_tokens, len(bins)
            bins.append([])
        bins[chosen].append(row)
        open_bins[room - length].append(chosen)
        rooms |= 1 << (room - length)
    for rows in bins:
        rows.sort()
    return bins
