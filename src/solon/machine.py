"""What this machine has, for `solon doctor`."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from pathlib import Path

from solon.store.cache import cache_root
from solon.store.disk import disk_usage, gigabytes
from solon.store.lineage import installed_version

PACKAGES = ("solon", "torch", "transformers", "tokenizers", "safetensors", "pydantic")
EXTRAS = {"tensorboard": "tensorboard", "wandb": "wandb", "qlora": "bitsandbytes"}


def examine() -> dict[str, str]:
    """Versions, processors, memory, GPU, disk, extras; each in a few words."""
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    found |= {package: installed_version(package) for package in PACKAGES}
    found["processors"] = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    found["memory"] = gigabytes(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    found["GPU"] = _gpu()
    found["disk here"] = f"{gigabytes(disk_usage(Path.cwd()).free)} free"
    found["cache"] = f"{cache_root()} ({gigabytes(disk_usage(cache_root()).free)} free)"
    found["git"] = "found" if shutil.which("git") else "missing: manifests will not name the commit"
    for extra, module in EXTRAS.items():
        missing = f"missing: pip install 'solon[{extra}]'"
        found[extra] = "found" if importlib.util.find_spec(module) else missing
    return found


def _gpu() -> str:
    if importlib.util.find_spec("torch") is None:
        return "unknown: torch is missing"
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none: everything runs on the CPU"
