"""A GPU that is too small, played: a backward pass over many rows breaks off behind its gradient."""

import pytest
import torch
from torch import Tensor

from solon.training.optimiser import Optimiser


def small_memory(monkeypatch: pytest.MonkeyPatch, most_rows: int) -> list[int]:
    """Every attempt's number of rows is noted; those of more than `most_rows` run out of memory."""
    backward, noted = Optimiser.backward, list[int]()

    def broken(self: Optimiser, total: Tensor, rows: list[int | str]) -> None:
        backward(self, total, rows)
        noted.append(len(rows))
        if len(rows) > most_rows:
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Optimiser, "backward", broken)
    return noted
