"""What this machine has, for `solon doctor`."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from pathlib import Path

from solon.data.paths import data_folder
from solon.store.cache import cache_root
from solon.store.disk import disk_usage, gigabytes
from solon.store.lineage import installed_version

PACKAGES = ("solon", "torch", "transformers", "tokenizers", "safetensors", "pydantic")
EXTRAS = {"tensorboard": "tensorboard", "wandb": "wandb", "qlora": "bitsandbytes", "serve": "fastapi"}


def examine() -> dict[str, str]:
    """Versions, processors, memory, GPU, disk, data, extras, what fits; each in a few words."""
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    found |= {package: installed_version(package) for package in PACKAGES}
    found["processors"] = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    page = os.sysconf("SC_PAGE_SIZE")
    found["memory"] = gigabytes(page * os.sysconf("SC_PHYS_PAGES"))
    if "SC_AVPHYS_PAGES" in os.sysconf_names:
        found["memory"] += f" ({gigabytes(page * os.sysconf('SC_AVPHYS_PAGES'))} untouched)"
    found["GPU"] = _gpu()
    found["disk here"] = f"{gigabytes(disk_usage(Path.cwd()).free)} free"
    found["cache"] = f"{cache_root()} ({gigabytes(disk_usage(cache_root()).free)} free)"
    found["data"] = data_folder()
    found["git"] = "found" if shutil.which("git") else "missing: manifests will not name the commit"
    for extra, module in EXTRAS.items():
        missing = f"missing: pip install 'solon[{extra}]'"
        found[extra] = "found" if importlib.util.find_spec(module) else missing
    return found | (_rates() if importlib.util.find_spec("torch") else {})


def _gpu() -> str:
    if importlib.util.find_spec("torch") is None:
        return "unknown: torch is missing"
    import torch

    if not torch.cuda.is_available():
        return "none: everything runs on the CPU"
    devices = (torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count()))
    return ", ".join(f"{one.name} with {gigabytes(one.total_memory)}" for one in devices)


def _rates() -> dict[str, str]:
    """How fast products of matrices are, and the largest models that fit: see `solon plan`."""
    import torch

    from solon.forecast.capacity import largest_models
    from solon.forecast.probe import this_machine

    machine = this_machine(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    dtype = torch.bfloat16 if machine.is_gpu else torch.float32
    found = {name: f"{machine.flops_per_second[name] / 1e9:,.1f} GFLOP/s" for name in ("float32", "bfloat16")}
    for use, model in largest_models(machine, dtype).items():
        found[use] = "no model" if model is None else f"a model of {model} parameters in {str(dtype)[6:]}, or less"
    return found
