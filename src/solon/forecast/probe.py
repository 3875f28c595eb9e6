"""How fast this machine is: its rates, and a real step of the recipe's own shape."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from solon.engines.flat import read_next, read_segments
from solon.engines.picking import Decoding, RowDecoding
from solon.forecast.hardware import Hardware
from solon.forecast.rollout_steps import Sampling, sampling_steps
from solon.forecast.shapes import Shape
from solon.forecast.steps import Rows, supervised_step
from solon.training.batches import BatchOrder
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import SupervisedStage

_SIZE = 768
"""Width of the matrices whose product is timed."""
_COPIED = 32_000_000
"""Float32 numbers that are copied; more than a cache holds."""
_PROBE_PARAMETERS = 60_000_000
"""A larger model is probed with fewer layers."""
_PROBE_ROWS, _PROBE_TOKENS = 8, 128
_DECODED = 8
_MOST_SECONDS = 2.0
"""Of one measurement, but for the run that is under way."""


def this_machine(device: torch.device) -> Hardware:
    """Memory and rates of this machine's GPU or of its processors; takes a few seconds."""
    rates = {str(dtype).removeprefix("torch."): matmul_rate(dtype, device) for dtype in (torch.float32, torch.bfloat16)}
    source = torch.zeros(_COPIED, device=device)
    target = torch.empty_like(source)
    traffic = 2 * source.nbytes / _best(lambda: target.copy_(source), device)
    small = torch.zeros(8, device=device)

    def calls() -> None:
        for _ in range(200):
            torch.add(small, 1)

    per_call = _best(calls, device) / 200
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info()
        base, memory = total - free, float(total)
    else:
        base, memory = base_bytes(), float(memory_bytes())
    rates["float16"] = rates["bfloat16"]
    return Hardware("this", memory, rates, traffic, per_call, base, device.type == "cuda", source="a probe just now")


def matmul_rate(dtype: torch.dtype, device: torch.device) -> float:
    """FLOP/s of a product of two square matrices."""
    a, b = (torch.randn(_SIZE, _SIZE, device=device).to(dtype) for _ in range(2))
    return 2 * _SIZE**3 / _best(lambda: a @ b, device)


def memory_bytes() -> int:
    """Of the machine, or what a control group allows this process."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    given = limit.read_text(encoding="utf-8").strip() if limit.is_file() else "max"
    return total if given == "max" else min(total, int(given))


def base_bytes() -> int:
    """What a process holds that has loaded the trainers and no model, measured in one."""
    script = (
        "import solon.stages.policies, solon.stages.feedback, solon.stages.testing, torch\n"
        "torch.ones(64, 64, requires_grad=True).matmul(torch.ones(64, 64)).sum().backward()\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')))"
    )
    if not Path("/proc/self/status").is_file():
        return _USUAL_BASE
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    return int(told.stdout) * 1024 if told.returncode == 0 else _USUAL_BASE


_USUAL_BASE = 400_000_000
"""Measured on Linux with torch 2.13; taken where a process cannot be asked."""


def with_slowdown(hardware: Hardware, shape: Shape) -> Hardware:
    """The same, with what a real training step and real decoding take against what the rates give."""
    if shape.num_parameters > _PROBE_PARAMETERS:
        per_layer = max(1, (shape.num_parameters - shape.at_depth(1).num_parameters) // (shape.num_layers - 1))
        rest = shape.num_parameters - per_layer * shape.num_layers
        shape = shape.at_depth(max(2, min(shape.num_layers, (_PROBE_PARAMETERS - rest) // per_layer)))
    dtype = str(shape.dtype).removeprefix("torch.")
    rows = Rows(_PROBE_ROWS, _PROBE_TOKENS, _PROBE_TOKENS // 2)
    planned = hardware.seconds(supervised_step(shape, rows, method="adamw", lora=None).work, dtype, "train")
    found = {"train": _train_seconds(shape, rows) / planned}
    sampling = Sampling(_PROBE_ROWS * 4, 0, _PROBE_TOKENS // 2, 2 * _DECODED)
    planned = hardware.seconds(sampling_steps(shape, sampling).decode.work, dtype, "decode")
    found["decode"] = _decode_seconds(shape, sampling) / planned
    return hardware._replace(slowdown=found, source=f"{hardware.source}, with a real step of this shape")


def _train_seconds(shape: Shape, rows: Rows) -> float:
    policy = shape.real_policy()
    tokens = rows.as_tokens()
    order = BatchOrder([rows.tokens] * rows.number, rows.number * rows.tokens, 0)
    stage = SupervisedStage(policy, tokens, order, OptimiserConfig(peak_lr=1e-6, num_steps=9))
    stage.step(0)
    return _best(lambda: stage.step(1), policy.device, times=3)


@torch.inference_mode()
def _decode_seconds(shape: Shape, sampling: Sampling) -> float:
    policy = shape.real_policy()
    rows = sampling.rows
    read = read_segments(policy.model, [[1] * sampling.own_tokens] * rows, np.zeros(rows, dtype=np.int64))
    decoding = RowDecoding([Decoding()] * rows, policy.device)
    uniforms_B = torch.rand(rows, dtype=torch.float64, device=policy.device)
    logits_BV = read.logits

    def decode() -> None:
        nonlocal logits_BV
        for _ in range(_DECODED):
            picked_B, *_ = decoding.pick(logits_BV, uniforms_B)
            positions_B = torch.from_numpy(read.key_values.lengths).to(policy.device)
            logits_BV = read_next(policy.model, picked_B, positions_B, read.key_values, [])

    return _best(decode, policy.device, times=2) / _DECODED


def _best(run: Callable[[], object], device: torch.device, times: int = 5) -> float:
    """Seconds of the fastest of a few runs: whatever else the machine does only adds. The first one warms up."""
    found: list[float] = []
    while (len(found) <= times and sum(found) < _MOST_SECONDS) or len(found) < 2:
        began = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        found.append(time.perf_counter() - began)
    return min(found[1:])
