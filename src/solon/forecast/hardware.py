"""What a device can hold and how fast it is: named GPUs from their data sheets, this machine by a probe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from solon.errors import InputError
from solon.forecast.tracking import Work

FRAGMENTATION = 1.33
"""Resident bytes per byte of living tensors that come and go, in a process on the CPU.

glibc keeps splinters of freed memory between tensors, so that holes do not join and the next tensor of the same size
does not fit into them. Measured on SFT steps of 3, 25 and 98 million parameters at 2,048 and 8,192 tokens: 1.24 to
1.51, median 1.33; with `MALLOC_MMAP_THRESHOLD_=65536`, where every tensor is a mapping of its own, 1.0 (and a third
more time)."""
ACCUMULATED_FRAGMENTATION = 1.8
"""The same where a step sums the gradients of more than two forward passes: gradients of the first stand between the
holes, and each pass is larger than the one before. Measured on reward models: 1.5 to 1.9."""
LIBRARY_BYTES = 14_000_000
"""Buffers of the matrix library beside tensors, on the CPU; measured as above."""


class Hardware(NamedTuple):
    """One device."""

    name: str
    memory_bytes: float
    flops_per_second: Mapping[str, float]
    """What matrix products reach, by dtype."""
    bytes_per_second: float
    """What reading and writing memory reach."""
    seconds_per_op: float
    """Of calling an operator, beside its work."""
    base_bytes: float
    """What the process or the driver holds before any tensor."""
    is_gpu: bool
    slowdown: Mapping[str, float] = {}
    """Measured seconds of a real step over what the rates above give, for `train` and `decode`; 1 where unknown."""
    source: str = ""
    """Where the figures are from."""

    def seconds(self, work: Work, dtype: str, kind: str) -> float:
        """How long work takes: every operator its products or its memory traffic, whichever is longer."""
        rate = self.flops_per_second[dtype]
        found = sum(
            count * (self.seconds_per_op + max(op.flops / rate, op.moved_bytes / self.bytes_per_second))
            for op, count in work.ops.items()
        )
        return found * self.slowdown.get(kind, 1.0)

    def held_bytes(self, kept_bytes: float, peak_bytes: float, num_passes: float = 1.0) -> float:
        """What the device or process holds at the peak of a step, all in all.

        Args:
            kept_bytes: of tensors that live on.
            peak_bytes: of all tensors that live at a time.
            num_passes: forward passes whose gradients the step adds.
        """
        if self.is_gpu:
            return self.base_bytes + peak_bytes
        factor = FRAGMENTATION if num_passes <= 2 else ACCUMULATED_FRAGMENTATION
        return self.base_bytes + LIBRARY_BYTES + kept_bytes + factor * (peak_bytes - kept_bytes)


class _Sheet(NamedTuple):
    gigabytes: float
    bfloat16: float
    """Dense TFLOP/s with float32 sums."""
    float32: float
    """TFLOP/s without TF32, which PyTorch leaves off."""
    terabytes_per_second: float


_SHEETS = {
    "h100-80gb": _Sheet(80, 989, 67, 3.35),  # SXM; NVIDIA H100 data sheet
    "h200": _Sheet(141, 989, 67, 4.8),  # SXM; NVIDIA H200 data sheet
    "a100-80gb": _Sheet(80, 312, 19.5, 2.04),  # SXM; NVIDIA A100 data sheet
    "l4": _Sheet(24, 121, 30.3, 0.3),  # NVIDIA L4 data sheet (half of the figure with sparsity)
    "rtx4090": _Sheet(24, 165, 82.6, 1.01),  # NVIDIA Ada architecture white paper, table 2
}
_PRODUCT_SHARE, _TRAFFIC_SHARE = 0.5, 0.7
"""Assumed of the data sheet's figures; large dense training reaches 40 to 60 % of them in public reports."""
_LAUNCH_SECONDS = 10e-6
"""Assumed of calling one operator from Python."""
_CONTEXT_BYTES = 1e9
"""Assumed of the driver's context and the matrix library's workspace."""

NAMES = tuple(_SHEETS)


def hardware_named(name: str) -> Hardware:
    """A GPU of the table.

    Raises:
        InputError: there is none of that name.
    """
    if name not in _SHEETS:
        raise InputError(f"no hardware '{name}'; these are known: this (probed), {', '.join(NAMES)}")
    sheet = _SHEETS[name]
    return Hardware(
        name, sheet.gigabytes * 1e9,
        {"bfloat16": sheet.bfloat16 * 1e12 * _PRODUCT_SHARE, "float16": sheet.bfloat16 * 1e12 * _PRODUCT_SHARE,
         "float32": sheet.float32 * 1e12 * _PRODUCT_SHARE},
        sheet.terabytes_per_second * 1e12 * _TRAFFIC_SHARE, _LAUNCH_SECONDS, _CONTEXT_BYTES, is_gpu=True,
        source=f"data sheet, {_PRODUCT_SHARE:.0%} of its products and {_TRAFFIC_SHARE:.0%} of its memory traffic",
    )  # fmt: skip
