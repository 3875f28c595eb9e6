"""What this machine can do at most: what the `limit` columns of other benchmarks are shares of.

    python -m benchmarks.machine

Matrix products of 2,048 x 2,048 on all its threads. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import time

import torch

WIDTH = 2048


def matmul_flops(dtype: torch.dtype = torch.float32, repeats: int = 7) -> float:
    """Multiply-adds, counted as two, that matrix products reach in a second; the median of a few."""
    a, b = (torch.randn(WIDTH, WIDTH).to(dtype) for _ in range(2))
    torch.mm(a, b)
    rates = []
    for _ in range(repeats):
        began = time.perf_counter()
        torch.mm(a, b)
        rates.append(2 * WIDTH**3 / (time.perf_counter() - began))
    return statistics.median(rates)


def main() -> None:
    """Tell it."""
    torch.set_num_threads(2)
    found = {str(dtype)[6:]: round(matmul_flops(dtype) / 1e9, 1) for dtype in (torch.float32, torch.bfloat16)}
    print(json.dumps({"name": "machine", "matmul_gflops": found, "cores": os.cpu_count(), "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
