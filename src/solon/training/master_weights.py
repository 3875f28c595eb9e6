"""Weights in half precision that are trained through float32 copies.

A bfloat16 number has 8 bits: an update of less than a 256th of a weight rounds to nothing, and most updates of a
language model are smaller. So the optimiser moves a copy in float32, in which gradients are also added up, and the
weight is the copy rounded (Micikevicius et al. 2018, arXiv:1710.03740, section 3.1). There is no loss scaling, which
float16 alone needs.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_HALF = (torch.bfloat16, torch.float16)


class MasterWeights:
    """What an optimiser moves in the place of parameters.

    Attributes:
        of: for each parameter its copy in float32; itself, if it is not in half precision.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        self.of = {p: nn.Parameter(p.detach().float()) if p.dtype in _HALF else p for p in parameters}
        self._halves: list[Tensor] = [p for p, master in self.of.items() if master is not p]
        self._masters: list[Tensor] = [master for p, master in self.of.items() if master is not p]

    def take_gradients(self) -> None:
        """Add the parameters' gradients to those of their copies."""
        for parameter, master in zip(self._halves, self._masters, strict=True):
            if parameter.grad is None:
                continue
            if master.grad is None:
                master.grad = parameter.grad.float()
            else:
                master.grad += parameter.grad
            parameter.grad = None

    def drop_gradients(self) -> None:
        """Forget those that were not taken."""
        for parameter in self._halves:
            parameter.grad = None

    @torch.no_grad()
    def write_back(self) -> None:
        """Round the copies to the parameters."""
        if self._halves:
            torch._foreach_copy_(self._halves, self._masters)
