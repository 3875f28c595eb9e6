"""Generation: rows leave the batch when they end and waiting ones enter; what prompts share is read once.

Shapes: B rows in the batch, V vocabulary.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from solon.engines.flat import KeyValues, passes, places_of, read_next, read_segments
from solon.engines.picking import Decoding, RowDecoding
from solon.engines.prefixes import Ints, PrefixTree
from solon.engines.uniforms import uniforms

_CACHE_TOKENS = 65_536
"""Most tokens of the rows' own keys and values, if all rows were as long as they may become."""


class Job(NamedTuple):
    """One row to generate."""

    prompt_ids: list[int]
    seed: int
    max_new_tokens: int
    decoding: Decoding
    stops: Callable[[int, list[int]], bool] | None
    """(newest id, all new ids) -> whether a stop string is complete."""


class Generated(NamedTuple):
    """What one row became: its new ids (an end id included), and whether the token limit stopped it."""

    ids: list[int]
    truncated: bool
    logprobs: list[float]
    """Log-probability of each new id in the distribution that it was sampled from; empty unless asked for."""
    entropies: list[float]
    """Of these distributions, in nats."""


@torch.inference_mode()
def generate(
    model: PreTrainedModel, jobs: Sequence[Job], end_ids: Sequence[int], *, max_batch: int, with_logprobs: bool = False
) -> list[Generated]:
    """Generate all rows.

    A row ends with an end id, a complete stop string, or its limit. Rows that ended are replaced, or leave, once they
    are a quarter of the batch: moving keys and values takes time, so it is not done for every single one.

    Args:
        jobs: rows; their order decides which are in the batch together, and nothing else.
        max_batch: most rows in the batch; fewer, where their own keys and values would be too many.
    """
    batch = _Batch(model, jobs, end_ids, with_logprobs=with_logprobs)
    waiting = deque(batch.tree.order)
    longest = max((len(batch.tree.rest(one)) + job.max_new_tokens for one, job in enumerate(jobs)), default=1)
    max_batch = max(1, min(max_batch, _CACHE_TOKENS // longest))
    while waiting or batch.num_alive:
        if waiting and batch.num_alive <= 0.75 * max_batch:
            batch.enter([waiting.popleft() for _ in range(min(len(waiting), max_batch - batch.num_alive))])
        elif batch.num_alive <= 0.75 * batch.num_rows:
            batch.leave()
        batch.step()
    return [
        Generated(*row) for row in zip(batch.new_ids, batch.truncated, batch.logprobs, batch.entropies, strict=True)
    ]


class _Batch:
    """Rows that are generated together. `logits_BV` are those of each row's next token."""

    def __init__(
        self, model: PreTrainedModel, jobs: Sequence[Job], end_ids: Sequence[int], *, with_logprobs: bool
    ) -> None:
        self._model = model
        self._jobs = jobs
        self._with_logprobs = with_logprobs
        self._end_ids = np.array(sorted(end_ids))
        self.tree = PrefixTree([job.prompt_ids for job in jobs])
        self._shared = read_levels(model, self.tree)
        self.new_ids: list[list[int]] = [[] for _ in jobs]
        self.logprobs: list[list[float]] = [[] for _ in jobs]
        self.entropies: list[list[float]] = [[] for _ in jobs]
        self.truncated = [False] * len(jobs)
        self._seeds = np.array([job.seed & 0xFFFFFFFFFFFFFFFF for job in jobs], dtype=np.uint64)
        self._members: Ints = np.empty(0, dtype=np.int64)  # which job each row is
        self._alive = np.empty(0, dtype=np.bool_)
        self._own: KeyValues | None = None
        self._logits_BV: Tensor | None = None

    @property
    def num_rows(self) -> int:
        """Rows of the batch, ended ones too."""
        return len(self._members)

    @property
    def num_alive(self) -> int:
        """Rows that have not ended."""
        return int(self._alive.sum())

    def enter(self, members: Sequence[int]) -> None:
        """Read the prompts of further jobs; they take the places of ended rows first."""
        self.leave()
        for part in passes(len(self.tree.rest(member)) for member in members):
            self._read(np.array(members[part]))
        self._composed()

    def _read(self, members: Ints) -> None:
        before = [(key_values, nodes[members]) for key_values, nodes in self._shared]
        begins = np.array([self.tree.num_shared(member) for member in members])
        read = read_segments(self._model, [self.tree.rest(member) for member in members], begins, before)
        if self._own is None or self._logits_BV is None:
            self._own, self._logits_BV = read.key_values, read.logits
        else:
            self._own.append(read.key_values)
            self._logits_BV = torch.cat([self._logits_BV, read.logits])
        self._members = np.concatenate([self._members, members])
        self._alive = np.concatenate([self._alive, np.ones(len(members), dtype=np.bool_)])

    def leave(self) -> None:
        """Drop the rows that ended."""
        if self._own is None or self._logits_BV is None or self._alive.all():
            return
        if not self._alive.any():
            self._own = self._logits_BV = None
        else:
            rows = np.flatnonzero(self._alive)
            self._own = self._own.of(rows)
            self._logits_BV = self._logits_BV[torch.from_numpy(rows).to(self._model.device)]
        self._members, self._alive = self._members[self._alive], self._alive[self._alive]
        self._composed()

    def _composed(self) -> None:
        """Other rows are in the batch now."""
        members, device = self._members, self._model.device
        self._places = places_of(self._shared, members)
        self._decoding = RowDecoding([self._jobs[member].decoding for member in members], device)
        self._begins = np.array([len(self._jobs[member].prompt_ids) for member in members], dtype=np.int64)
        self._done = np.array([len(self.new_ids[member]) for member in members], dtype=np.int64)

    def step(self) -> None:
        """Pick the next token of every row, and read it where the row goes on."""
        assert self._own is not None and self._logits_BV is not None
        device = self._model.device
        uniforms_B = torch.from_numpy(uniforms(self._seeds[self._members], self._done)).to(device)
        found = self._decoding.pick(self._logits_BV, uniforms_B, with_entropies=self._with_logprobs)
        picked = found.ids_B.cpu().numpy()
        logprobs = found.logprobs_B.tolist() if self._with_logprobs else ()
        entropies = () if found.entropies_B is None else found.entropies_B.tolist()
        ended = np.isin(picked, self._end_ids)
        for row in np.flatnonzero(self._alive).tolist():
            member = int(self._members[row])
            job, mine = self._jobs[member], self.new_ids[member]
            mine.append(int(picked[row]))
            if logprobs:
                self.logprobs[member].append(logprobs[row])
                self.entropies[member].append(entropies[row])
            if ended[row] or (job.stops is not None and job.stops(mine[-1], mine)):
                self._alive[row] = False
            elif len(mine) >= job.max_new_tokens:
                self._alive[row], self.truncated[member] = False, True
        positions_B = torch.from_numpy(self._begins + self._done).to(device)
        self._done += self._alive  # an ended row stays where it is: behind it the context may end
        if self._alive.any():
            self._logits_BV = read_next(self._model, found.ids_B, positions_B, self._own, self._places)


def read_levels(model: PreTrainedModel, tree: PrefixTree) -> list[tuple[KeyValues, Ints]]:
    """Keys and values of all shared prefixes, with the node that each prompt reads of them."""
    read: list[tuple[KeyValues, Ints]] = []
    for level in tree.levels:
        parts = []
        for part in passes(map(len, level.segments)):
            before = [(key_values, nodes[level.example[part]]) for key_values, nodes in read]
            parts.append(read_segments(model, level.segments[part], level.begins[part], before).key_values)
        for other in parts[1:]:
            parts[0].append(other)
        read.append((parts[0], level.node))
    return read
