"""Rows of tokens in files that are mapped into memory, not read: any number of rows in a little memory.

FOLDER/ids.bin            uint16, or uint32 for large vocabularies: the ids, row after row
FOLDER/rows.bin           uint64: where each row ends in ids
FOLDER/runs.bin           (uint32 tokens, float32 weight): loss weights, as runs of equal ones
FOLDER/row_runs.bin       uint64: where each row's runs end in runs
FOLDER/sequences.bin      uint64: of packed rows, how many rows there are up to the end of each sequence
FOLDER/shard.json         counts, and who made it of what; it is written last, so a folder without it is not whole
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self, overload

import numpy as np

from solon.errors import InputError
from solon.models.template import Tokens
from solon.store.records import write_json

Array = np.ndarray[Any, Any]
RUN = np.dtype([("tokens", "<u4"), ("weight", "<f4")])
DESCRIPTION = "shard.json"
_FILES = ("ids", "rows", "runs", "row_runs", "sequences")


class RowBlock(NamedTuple):
    """Rows of tokens as arrays, row after row."""

    ids: Array
    lengths: Array
    """Tokens of each row, at least 1."""
    runs: Array
    """Loss weights as runs of equal ones: `RUN`."""
    num_runs: Array
    """Runs of each row."""

    @classmethod
    def of(cls, rows: Sequence[Tokens]) -> RowBlock:
        """The same rows as arrays."""
        lengths = np.array([len(row.ids) for row in rows], dtype=np.int64)
        ids = np.array(list(itertools.chain.from_iterable(row.ids for row in rows)), dtype=np.uint32)
        weights = np.array(list(itertools.chain.from_iterable(row.weights for row in rows)), dtype=np.float32)
        if not len(weights):
            return cls(ids, lengths, np.empty(0, RUN), lengths)
        begins_run = np.append(True, weights[1:] != weights[:-1])
        first = np.cumsum(lengths) - lengths
        begins_run[first] = True
        begins = np.flatnonzero(begins_run)
        runs = np.empty(len(begins), RUN)
        runs["tokens"] = np.diff(begins, append=len(weights))
        runs["weight"] = weights[begins]
        return cls(ids, lengths, runs, np.add.reduceat(begins_run, first, dtype=np.int64))

    @classmethod
    def joined(cls, blocks: Sequence[RowBlock]) -> RowBlock:
        """The rows of all blocks."""
        return cls(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))

    def take(self, order: Sequence[int]) -> RowBlock:
        """Some of the rows, in this order."""
        rows = np.asarray(order, dtype=np.int64)
        lengths, num_runs = self.lengths[rows], self.num_runs[rows]
        ids = self.ids[_places(np.cumsum(self.lengths) - self.lengths, rows, lengths)]
        runs = self.runs[_places(np.cumsum(self.num_runs) - self.num_runs, rows, num_runs)]
        return RowBlock(ids, lengths, runs, num_runs)


def _places(first: Array, rows: Array, lengths: Array) -> Array:
    """Where the items of some rows stand, row after row."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(first[rows] - before, lengths) + np.arange(lengths.sum())


class ShardWriter:
    """Writes rows one behind the other. `state_dict` and `load_state_dict` go on where a killed program stopped.

    Args:
        folder: gets the files; what another shard left there is overwritten unless a state is loaded.
        vocab_size: decides how many bytes an id takes.
    """

    def __init__(self, folder: Path, vocab_size: int) -> None:
        self._folder = folder
        self._ids_type = np.dtype("<u2") if vocab_size <= 2**16 else np.dtype("<u4")
        self._num = dict.fromkeys(_FILES, 0)  # items in each file
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DESCRIPTION).unlink(missing_ok=True)
        self._open: dict[str, BinaryIO] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._open.values():
            file.close()
        self._open = {}

    @property
    def num_rows(self) -> int:
        """Rows written."""
        return self._num["rows"]

    @property
    def num_tokens(self) -> int:
        """Tokens written."""
        return self._num["ids"]

    @property
    def num_sequences(self) -> int:
        """Packed sequences written."""
        return self._num["sequences"]

    def put(self, rows: RowBlock) -> None:
        """Write rows."""
        self._write("rows", self._num["ids"] + np.cumsum(rows.lengths))
        self._write("row_runs", self._num["runs"] + np.cumsum(rows.num_runs))
        self._write("ids", rows.ids)
        self._write("runs", rows.runs)

    def end_sequences(self, num_rows: Sequence[int]) -> None:
        """The last rows written share sequences: so many rows each, in order."""
        self._write("sequences", self._num["rows"] - sum(num_rows) + np.cumsum(num_rows))

    def state_dict(self) -> dict[str, int]:
        """Items in each file, all of them on the disk."""
        for file in self._open.values():
            file.flush()
            os.fsync(file.fileno())
        return dict(self._num)

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on behind what was written when `state_dict` gave this; anything later is cut off."""
        for name in _FILES:
            path, size = self._folder / f"{name}.bin", state[name] * self._type(name).itemsize
            if size or path.exists():
                with path.open("r+b") as file:
                    file.truncate(size)
            if size:
                self._open[name] = path.open("ab")
        self._num = {name: int(state[name]) for name in _FILES}

    def finish(self, about: Mapping[str, Any]) -> None:
        """Declare the shard whole; `about` is kept in its description."""
        state = self.state_dict()
        counts = {"num_rows": state["rows"], "num_tokens": state["ids"], "num_sequences": state["sequences"]}
        write_json(self._folder / DESCRIPTION, {**counts, "ids": self._ids_type.str, **about})

    def _type(self, name: str) -> np.dtype[Any]:
        return {"ids": self._ids_type, "runs": RUN}.get(name, np.dtype("<u8"))

    def _write(self, name: str, items: Array) -> None:
        if name not in self._open:
            self._open[name] = (self._folder / f"{name}.bin").open("wb")
        items.astype(self._type(name), copy=False).tofile(self._open[name])
        self._num[name] += len(items)


class TokenShard(Sequence[Tokens]):
    """The rows of a finished shard, read where they are needed.

    Raises:
        InputError: the folder holds no finished shard.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self.about: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError.at(folder, None, f"no {DESCRIPTION}: not a finished shard; prepare it again") from None
        self._ids = _mapped(folder / "ids.bin", np.dtype(self.about["ids"]))
        self._runs = _mapped(folder / "runs.bin", RUN)
        self._rows, self._row_runs, self._sequences = (
            _mapped(folder / f"{name}.bin", np.dtype("<u8")) for name in ("rows", "row_runs", "sequences")
        )

    def __len__(self) -> int:
        return len(self._rows)

    def block(self, index: int) -> RowBlock:
        """One row as arrays."""
        ids = self._ids[_begin(self._rows, index) : int(self._rows[index])]
        runs = self._runs[_begin(self._row_runs, index) : int(self._row_runs[index])]
        return RowBlock(ids, np.array([len(ids)]), runs, np.array([len(runs)]))

    @overload
    def __getitem__(self, index: int) -> Tokens: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Tokens]: ...
    def __getitem__(self, index: int | slice) -> Tokens | Sequence[Tokens]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"row {index} of {len(self)}")
        ids, _, runs, _ = self.block(index % len(self))
        return Tokens(ids.tolist(), np.repeat(runs["weight"], runs["tokens"]).tolist())

    @property
    def lengths(self) -> Array:
        """Tokens of every row."""
        return np.diff(self._rows, prepend=np.uint64(0)).astype(np.int64)

    @property
    def sequences(self) -> list[list[int]]:
        """Of packed rows: which rows share a sequence."""
        ends = [0, *(int(end) for end in self._sequences)]
        return [list(range(begin, end)) for begin, end in itertools.pairwise(ends)]


def _begin(ends: Array, index: int) -> int:
    return int(ends[index - 1]) if index else 0


def _mapped(path: Path, kind: np.dtype[Any]) -> Array:
    # An empty file cannot be mapped.
    if not path.exists() or not path.stat().st_size:
        return np.empty(0, kind)
    return np.memmap(path, dtype=kind, mode="r")
