"""A check that every objective makes before its arithmetic: broadcasting hides mistakes."""

from __future__ import annotations

from torch import Tensor


def check_same_shape(*tensors: Tensor) -> None:
    """Raise ValueError unless all tensors have one shape."""
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if len(set(shapes)) > 1:
        raise ValueError(f"these tensors must have one shape, but have {shapes}: broadcasting would give a wrong loss")
