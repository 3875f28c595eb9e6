import numpy as np
import pytest

from solon.engines.uniforms import uniforms


def splitmix(value: int) -> int:
    mask = (1 << 64) - 1
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    return value ^ (value >> 31)


def test_numbers_equal_a_plain_computation_with_python_integers() -> None:
    seeds = [0, 1, 2**63 - 1]
    gamma, mask = 0x9E3779B97F4A7C15, (1 << 64) - 1
    expected = [(splitmix((splitmix(seed) + 5 * gamma) & mask) >> 11) / 2**53 for seed in seeds]
    assert uniforms(np.array(seeds, dtype=np.uint64), np.array([4, 4, 4])).tolist() == expected


def test_numbers_are_uniform_and_neighbouring_seeds_and_positions_unrelated() -> None:
    table = np.stack([uniforms(np.arange(2000, dtype=np.uint64), np.full(2000, position)) for position in range(20)])
    assert table.min() >= 0
    assert table.max() < 1
    # 40,000 draws: the mean's standard error is 0.2887 / 200 = 0.0014
    assert table.mean() == pytest.approx(0.5, abs=0.006)
    assert np.corrcoef(table[:, :-1].ravel(), table[:, 1:].ravel())[0, 1] == pytest.approx(0, abs=0.02)
    assert np.corrcoef(table[:-1].ravel(), table[1:].ravel())[0, 1] == pytest.approx(0, abs=0.02)
