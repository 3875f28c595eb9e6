"""Environments of other programs, made once under `.bench` beside the checkout's other caches.

They share nothing with Solon's own: `python -m venv`, then pip. Needs a package index.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(".bench")
TORCH = "torch==2.13.0"
TRL = "trl==1.16.0"
DISTILABEL = "distilabel[openai]==1.5.3"
TRL_WITH_PPO = "trl==1.12.0"
"""The last release that ships PPO."""


def trl_python() -> str:
    """The Python of an environment with TRL."""
    python = FOLDER / "trl/bin/python"
    if not (FOLDER / "trl/made").is_file():
        _run(sys.executable, "-m", "venv", str(FOLDER / "trl"))
        _run(str(python), "-m", "pip", "install", "-q", TORCH)
        _run(str(python), "-m", "pip", "install", "-q", TRL, "peft")
        (FOLDER / "trl/made").touch()
    return str(python.absolute())


def trl_with_ppo(python: str) -> str:
    """A folder that holds the release with PPO, to stand first on the path of that Python."""
    folder = FOLDER / "trl-ppo"
    if not (folder / "trl").is_dir():
        _run(python, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), TRL_WITH_PPO)
    return str(folder.absolute())


def llama_python() -> str:
    """The Python of an environment with llama.cpp's binding, which is compiled: needs a C++ compiler."""
    python = FOLDER / "llama/bin/python"
    if not (FOLDER / "llama/made").is_file():
        _run(sys.executable, "-m", "venv", str(FOLDER / "llama"))
        _run(str(python), "-m", "pip", "install", "-q", "llama-cpp-python", "gguf", "safetensors", "numpy")
        (FOLDER / "llama/made").touch()
    return str(python.absolute())


def distilabel_python() -> str:
    """The Python of an environment with distilabel, which needs `requests` without saying so."""
    python = FOLDER / "distilabel/bin/python"
    if not (FOLDER / "distilabel/made").is_file():
        _run(sys.executable, "-m", "venv", str(FOLDER / "distilabel"))
        _run(str(python), "-m", "pip", "install", "-q", DISTILABEL, "requests")
        (FOLDER / "distilabel/made").touch()
    return str(python.absolute())


def _run(*command: str) -> None:
    print("+ " + " ".join(command), file=sys.stderr, flush=True)
    subprocess.run(command, check=True, stdout=sys.stderr)
