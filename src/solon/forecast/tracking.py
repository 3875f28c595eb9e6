"""The memory and the work of PyTorch code that is run on tensors with shapes and no data.

Weights are fake tensors (`torch._subclasses.fake_tensor`): they know shape, type and device, hold nothing, and every
operation on them gives others of the right shape. What only holds ids, lengths and masks stays real. So the code that
trains and samples runs as it is, at the size of any model, and what it allocates and computes can be counted.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten


class Op(NamedTuple):
    """One call of an operator."""

    flops: int
    """Of matrix products; 0 for everything else."""
    moved_bytes: int
    """Read and written."""


class Work(NamedTuple):
    """What a piece of code does."""

    ops: Counter[Op]
    peak_bytes: int
    """Most bytes of tensors that were alive at a time, those included that were there before."""

    @property
    def flops(self) -> int:
        """Of all matrix products."""
        return sum(op.flops * count for op, count in self.ops.items())


class Tracker(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is active, counts the bytes of living tensors and every operator.

    Args:
        live_bytes: of tensors that were made before and live on.
    """

    def __init__(self, live_bytes: int = 0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live_bytes = self.peak_bytes = live_bytes
        self.ops: Counter[Op] = Counter()
        self._storages: dict[int, weakref.ref[Any]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count a call; see TorchDispatchMode."""
        kwargs = kwargs or {}
        if func is aten._local_scalar_dense.default:
            return _number(args[0])
        if func is torch.ops.prim.device.default:
            return args[0].device
        if func in (aten.index.Tensor, aten.index_put_.default):
            # a mask says by its content how long the result is, and that content is real
            args = (args[0], [part for one in args[1] for part in _places(one)], *args[2:])
        out = func(*args, **kwargs)
        if func.namespace == "profiler":
            return out
        made = [leaf for leaf in tree_leaves(out) if isinstance(leaf, Tensor)]
        for tensor in made:
            self.keep(tensor)
        self.ops[Op(_flops(func, args, kwargs, out), _moved(func, args, kwargs, made))] += 1
        return out

    def keep(self, tensor: Tensor) -> None:
        """Count a tensor's memory until it is freed; once, however many tensors look at it."""
        storage = tensor.untyped_storage()
        name, size = storage._cdata, storage.nbytes()
        if name in self._storages:
            return

        def free(_: Any) -> None:
            del self._storages[name]
            self.live_bytes -= size

        self._storages[name] = weakref.ref(storage, free)
        self.live_bytes += size
        self.peak_bytes = max(self.peak_bytes, self.live_bytes)

    def clear(self) -> None:
        """Forget what was done; what lives is still counted."""
        self.ops.clear()
        self.peak_bytes = self.live_bytes

    @property
    def work(self) -> Work:
        """What was counted so far."""
        return Work(self.ops.copy(), self.peak_bytes)


@contextmanager
def without_data() -> Iterator[None]:
    """Tensors that are made within the block hold nothing."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        yield


def _number(tensor: Tensor) -> Any:
    """What `item` gives: of a tensor without data a number that passes for a loss, a norm or a flag."""
    if not isinstance(tensor, FakeTensor):
        return aten._local_scalar_dense.default(tensor)
    return {torch.bool: True}.get(tensor.dtype, 1.0 if tensor.dtype.is_floating_point else 1)


def _places(index: Tensor | None) -> tuple[Tensor | None, ...]:
    if index is None or index.dtype != torch.bool:
        return (index,)
    mask = torch.ones(index.shape, dtype=torch.bool) if isinstance(index, FakeTensor) else index
    return mask.nonzero(as_tuple=True)


def _flops(func: Any, args: Any, kwargs: Any, out: Any) -> int:
    if func.overloadpacket in _ATTENTION:
        rows, heads, queries, width = args[_ATTENTION[func.overloadpacket]].shape
        keys = args[_ATTENTION[func.overloadpacket] + 1].shape[2]
        products = 2 if func.overloadpacket is aten._scaled_dot_product_flash_attention_for_cpu else 5
        return int(2 * products * rows * heads * queries * keys * width)
    count = flop_registry.get(func.overloadpacket)
    return 0 if count is None else int(count(*args, **kwargs, out_val=out))


_ATTENTION = {
    aten._scaled_dot_product_flash_attention_for_cpu: 0,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: 1,
}
"""Operators of attention -> where their query stands; the key follows it."""
_PICKING = {aten.embedding, aten.index_select, aten.gather, aten.index}
"""Operators that read no more of their first input than they give."""


def _moved(func: Any, args: Any, kwargs: Any, made: list[Tensor]) -> int:
    if func.is_view:
        return 0
    written = sum(map(_bytes, made))
    if func.overloadpacket in _PICKING:
        return 2 * written
    return written + sum(_bytes(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor))


def _bytes(tensor: Tensor) -> int:
    return min(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes())
