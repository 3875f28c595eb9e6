"""Random numbers by counter: the number for (seed, position) depends on nothing else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return values ^ (values >> np.uint64(31))


def uniforms(seeds_B: npt.NDArray[np.uint64], positions_B: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """One number in [0, 1) per seed and position, with 53 random bits.

    SplitMix64: the seed is mixed first, so that neighbouring seeds do not share a shifted stream.

    Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", section 5.
    """
    counters_B = (positions_B.astype(np.uint64) + np.uint64(1)) * _GAMMA
    bits: npt.NDArray[np.uint64] = _mix(_mix(seeds_B) + counters_B) >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53
