"""Named randomness: every random choice is a function of the run's seed and a path of names."""

from __future__ import annotations

import hashlib

import numpy as np


def derive(seed: int, *names: str | int) -> int:
    """A 63-bit seed for one named use; different names give independent streams."""
    text = "\x1f".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A numpy generator for one named use."""
    return np.random.default_rng(derive(seed, *names))


def is_held_out(prompt: str, share: float, seed: int) -> bool:
    """Whether a prompt (its id or text) is kept for a test: a function of it and the seed, whatever else there is."""
    return bool(generator(seed, "held-out", prompt).random() < share)
