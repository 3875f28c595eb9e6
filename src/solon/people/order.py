"""An order of responses as a person types it: `2 > 1 = 3 > 4`, or `2 1=3 4`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TOKEN = re.compile(r"[0-9]+|\S")
_BEFORE, _TIES = ">", "="


class OrderError(ValueError):
    """What is wrong with a typed order, in words for the person who typed it."""


def parse_order(text: str, num_responses: int) -> tuple[int, ...]:
    """The rank of each response, from 0 = best and without gaps; `=` ties, `>` or mere space goes on to the next rank.

    Every response has its place: one that was forgotten would else be taken for the worst.

    Raises:
        OrderError: a sign that is neither, a number that is missing, unknown, or there twice.
    """
    ranks: dict[int, int] = {}
    rank, sign = 0, ""
    for token in _TOKEN.findall(text):
        if token in (_BEFORE, _TIES):
            if sign or not ranks:
                raise OrderError(f"a number is missing before the '{token}'")
            sign = token
            continue
        number = _number(token, num_responses)
        if number in ranks:
            raise OrderError(f"response {number} stands there twice")
        rank += bool(ranks) and sign != _TIES
        ranks[number], sign = rank, ""
    if sign:
        raise OrderError(f"a number is missing after the '{sign}'")
    if left := [number for number in range(1, num_responses + 1) if number not in ranks]:
        raise OrderError(f"no place for {' and '.join(map(str, left))}: give each of 1 to {num_responses} one")
    return tuple(ranks[number] for number in range(1, num_responses + 1))


def format_order(ranks: Sequence[int]) -> str:
    """Ranks as they are typed: the best first, ties in the order of their numbers."""
    groups = (
        f" {_TIES} ".join(str(number) for number, one in enumerate(ranks, start=1) if one == rank)
        for rank in sorted(set(ranks))
    )
    return f" {_BEFORE} ".join(groups)


def _number(token: str, num_responses: int) -> int:
    if not token.isdecimal():
        raise OrderError(f"'{token}' is neither a number nor > nor =")
    if len(token) > len(str(num_responses)) or not 1 <= int(token) <= num_responses:
        raise OrderError(f"there is no response {token}: they are numbered 1 to {num_responses}")
    return int(token)
