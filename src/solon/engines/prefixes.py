"""Which prompts begin alike: what they share is computed and stored once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]

_SHORTEST = 16
"""Tokens of a prefix that is worth sharing: reading from it costs some time at every new token ..."""
_FEWEST_SAVED = 64
"""... and tokens that it must save."""
_MOST_LEVELS = 3


class Level(NamedTuple):
    """Prefixes that lie side by side."""

    segments: list[Sequence[int]]
    """Of each prefix what is behind the prefix of an earlier level that it begins with."""
    begins: Ints
    """Where each segment begins in its prompts."""
    node: Ints
    """Which of these prefixes each prompt begins with; -1 for none."""
    example: Ints
    """A prompt that begins with each."""


class PrefixTree:
    """What prompts share: say a few-shot prefix of all, and behind it a question that is asked several times.

    The last token of a prompt is never shared: it is read to go on from. A prefix is shared where it is long enough
    and saves enough; a level is read behind all levels before it.

    Attributes:
        levels: the shared prefixes.
        order: all prompts, those that begin alike side by side.
    """

    def __init__(self, prompts: Sequence[Sequence[int]]) -> None:
        self._prompts = prompts
        self.order = sorted(range(len(prompts)), key=lambda one: tuple(prompts[one]))
        common = [
            min(_common(prompts[one], prompts[other]), len(prompts[one]) - 1, len(prompts[other]) - 1)
            for one, other in itertools.pairwise(self.order)
        ]
        self._num_shared = np.zeros(len(prompts), dtype=np.int64)
        nodes: list[list[tuple[range, int, int]]] = [[] for _ in range(_MOST_LEVELS)]  # places in the order, begin, end
        waiting = [(range(len(prompts)), 0, 0)]
        while waiting:
            places, level, begin = waiting.pop()
            if len(places) < 2 or level == _MOST_LEVELS:
                continue
            end = min(common[places.start : places.stop - 1])
            parts = _parts(common, places, end)
            if end - begin >= _SHORTEST and (len(places) - 1) * (end - begin) >= _FEWEST_SAVED:
                nodes[level].append((places, begin, end))
                self._num_shared[self.order[places.start : places.stop]] = end
                level, begin = level + 1, end
            waiting += [(part, level, begin) for part in parts]
        self.levels = [self._level(of_level) for of_level in nodes if of_level]

    def _level(self, nodes: Sequence[tuple[range, int, int]]) -> Level:
        node = np.full(len(self._prompts), -1, dtype=np.int64)
        for number, (places, _, _) in enumerate(nodes):
            node[self.order[places.start : places.stop]] = number
        example = np.array([self.order[places.start] for places, _, _ in nodes])
        segments = [self._prompts[one][begin:end] for one, (_, begin, end) in zip(example, nodes, strict=True)]
        return Level(segments, np.array([begin for _, begin, _ in nodes]), node, example)

    def num_shared(self, prompt: int) -> int:
        """Tokens of a prompt that are shared."""
        return int(self._num_shared[prompt])

    def rest(self, prompt: int) -> Sequence[int]:
        """The others."""
        return self._prompts[prompt][self.num_shared(prompt) :]


def _parts(common: Sequence[int], places: range, least: int) -> list[range]:
    """The places between which neighbours have no more than `least` tokens in common."""
    cuts = [place + 1 for place in range(places.start, places.stop - 1) if common[place] == least]
    return [range(begin, end) for begin, end in itertools.pairwise([places.start, *cuts, places.stop])]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
