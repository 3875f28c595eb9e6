"""Muon: momentum whose matrices are made orthogonal before they move the weights.

Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the scale that makes its rates
comparable with AdamW's is of Liu et al. 2025, arXiv:2502.16982, eq. 4. torch.optim.Muon works matrix by matrix in
bfloat16, which costs a small model more than its forward pass; here all matrices of one shape go together, in their
own precision.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients of the iteration a X + b X X'X + c X (X'X)^2: steepest at 0 while keeping singular values near 1."""
_ITERATIONS = 5


def orthogonalise(matrices_NDE: Tensor) -> Tensor:
    """U V' of every matrix's singular value decomposition, roughly: singular values end between 0.7 and 1.2.

    Args:
        matrices_NDE: N matrices with D <= E, so that the inner products are over the long side.
    """
    a, b, c = _QUINTIC
    x: Tensor = matrices_NDE / (matrices_NDE.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, with decoupled weight decay. For hidden matrices only."""

    def __init__(
        self, params: Iterable[nn.Parameter], *, lr: float, weight_decay: float, momentum: float = 0.95
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update of every matrix that has a gradient; takes no closure, because the gradients are there."""
        for group in self.param_groups:
            same_shape: dict[tuple[int, int], list[nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    short, long = sorted(parameter.shape)
                    same_shape.setdefault((short, long), []).append(parameter)
            for (short, long), parameters in same_shape.items():
                directions = orthogonalise(torch.stack([self._lying(p, short, group["momentum"]) for p in parameters]))
                scale = 0.2 * long**0.5
                for parameter, direction in zip(parameters, directions.unbind(), strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(_lay(direction, parameter.shape[0] == short), alpha=-group["lr"] * scale)

    def _lying(self, parameter: nn.Parameter, short: int, momentum: float) -> Tensor:
        """The Nesterov direction with its short side first."""
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        average: Tensor = state["momentum"].lerp_(gradient, 1 - momentum)
        return _lay(gradient.lerp(average, momentum), parameter.shape[0] == short)


def _lay(matrix: Tensor, is_lying: bool) -> Tensor:
    return matrix if is_lying else matrix.mT
