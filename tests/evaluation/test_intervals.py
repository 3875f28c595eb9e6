"""Intervals of clustered rates, differences and means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from solon.evaluation.intervals import (
    cluster_bootstrap,
    cluster_variance,
    clustered_mean,
    effective_observations,
    exact_interval,
    mean_over_seeds,
    paired_difference,
    rate,
)
from solon.records import Metric

INDEPENDENT = [str(i) for i in range(100)]


def test_a_rate_over_nothing_is_null_with_n_0() -> None:
    assert rate([], [], "checker") == Metric(value=None, n=0, instrument="checker")


def test_exact_interval_agrees_with_scipy_on_whole_numbers() -> None:
    ours = exact_interval(0.3, 20)
    theirs = stats.binomtest(6, 20).proportion_ci(0.95, method="exact")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_singleton_clusters_give_the_exact_binomial_interval() -> None:
    measured = rate([True] * 30 + [False] * 70, INDEPENDENT, "checker")
    theirs = stats.binomtest(30, 100).proportion_ci(0.95, method="exact")
    # Every cluster is one observation: G / (G - 1) is all that is left of the clustering, a deff of 100 / 99 at most.
    assert (measured.low, measured.high) == pytest.approx((theirs.low, theirs.high), abs=1e-3)


def test_cluster_variance_by_hand() -> None:
    # values 1 1 | 0 1 | 0 0, mean 1/2; residual sums 1, 0, -1; G/(G-1) = 3/2; (1 + 0 + 1) * 3/2 / 36 = 1/12
    values = np.array([1.0, 1, 0, 1, 0, 0])
    assert cluster_variance(values, ["a", "a", "b", "b", "c", "c"]) == pytest.approx(1 / 12)


def test_clusters_that_agree_within_are_worth_about_their_number() -> None:
    values = np.repeat([1.0, 0.0] * 10, 50)
    clusters = [str(i // 50) for i in range(1000)]
    assert 15 < effective_observations(values, clusters) < 25


def test_zero_events_leave_an_upper_end_above_the_independent_one() -> None:
    # 40 of each of 12 templates, no event: the independent upper end is 1 - 0.025 ** (1 / 480) = 0.0077.
    measured = rate([False] * 480, [str(i % 12) for i in range(480)], "checker")
    assert measured.value == measured.low == 0.0
    assert measured.high is not None and 0.0077 < measured.high < 0.05


def test_one_cluster_counts_as_one_observation() -> None:
    measured = rate([True] * 50, ["only"] * 50, "checker")
    assert measured.low == pytest.approx(0.025)  # Clopper-Pearson of 1 in 1


@pytest.mark.parametrize(("mean", "correlation"), [(0.02, 0.1), (0.5, 0.1), (0.9, 0.02)])
def test_the_clustered_interval_covers(mean: float, correlation: float) -> None:
    # Beta-binomial templates. 95 % promised; 150 runs have a standard error of 1.8 %, so 0.90 is three of them away.
    rng = np.random.default_rng(5)
    scale = 1 / correlation - 1
    clusters = [str(i // 40) for i in range(480)]
    covered = 0
    for _ in range(150):
        template_rates = rng.beta(mean * scale, (1 - mean) * scale, 12)
        measured = rate(list(rng.random(480) < np.repeat(template_rates, 40)), clusters, "checker")
        assert measured.low is not None and measured.high is not None
        covered += measured.low <= mean <= measured.high
    assert covered / 150 >= 0.90


def test_the_unclustered_interval_would_not_cover() -> None:
    # The same simulation without template labels: a control that shows that the clustering does the work.
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(150):
        template_rates = rng.beta(0.5 * 9, 0.5 * 9, 12)
        values = rng.random(480) < np.repeat(template_rates, 40)
        _, low, high = exact_interval(float(values.mean()), 480)
        covered += low <= 0.5 <= high
    assert covered / 150 < 0.75


def test_paired_difference_by_hand() -> None:
    # 4 pairs first only, 2 second only, 94 equal: d = 0.02. Agresti-Min: b, c = 4.5, 2.5; centre 2 / 102 = 0.019608;
    # variance (7 - 4 / 102) / 102^2 = 6.6905e-4; t_99 = 1.9842; deff = 100 / 99 (single-prompt clusters).
    first = [True] * 4 + [False] * 2 + [True] * 94
    second = [False] * 4 + [True] * 2 + [True] * 94
    measured = paired_difference(first, second, INDEPENDENT, "checker")
    half = 1.98422 * (6.6905e-4 * 100 / 99) ** 0.5
    assert measured.value == pytest.approx(0.02)
    assert (measured.low, measured.high) == pytest.approx((0.019608 - half, 0.019608 + half), abs=1e-5)


def test_a_difference_that_is_all_in_one_template_is_wide() -> None:
    first, second = [True] * 100, [False] * 10 + [True] * 90
    templates = [str(i // 10) for i in range(100)]
    clustered = paired_difference(first, second, templates, "checker")
    independent = paired_difference(first, second, INDEPENDENT, "checker")
    assert clustered.low is not None and independent.low is not None
    assert clustered.low < 0 < independent.low


def test_equal_answers_still_leave_a_width() -> None:
    measured = paired_difference([True] * 100, [True] * 100, INDEPENDENT, "checker")
    assert measured.value == 0.0
    assert measured.low is not None and -0.05 < measured.low < -0.005


def test_paired_difference_refuses_unequal_lengths() -> None:
    with pytest.raises(ValueError, match="same prompts"):
        paired_difference([True], [True, False], ["a"], "checker")


def test_clustered_mean_by_hand() -> None:
    # The variance of the mean is 1 / 12 (above), t with 2 degrees of freedom is 4.3027.
    measured = clustered_mean([1, 1, 0, 1, 0, 0], ["a", "a", "b", "b", "c", "c"], "checker")
    assert measured.low == pytest.approx(0.5 - 4.302653 * (1 / 12) ** 0.5)


def test_mean_over_seeds_by_hand() -> None:
    # values .4 .5 .6: sd .1, t_2 = 4.3027, half between = .24842; each is +- .05 within: hypot = .25340.
    seeds = [Metric(value=v, low=v - 0.05, high=v + 0.05, n=10, instrument="checker") for v in (0.4, 0.5, 0.6)]
    measured = mean_over_seeds(seeds)
    assert measured.value == pytest.approx(0.5)
    assert (measured.low, measured.high) == pytest.approx((0.5 - 0.2534, 0.5 + 0.2534), abs=1e-4)
    assert measured.n == 30


def test_mean_over_seeds_leaves_out_null_and_stays_in_bounds() -> None:
    null = Metric(value=None, n=0, instrument="checker")
    one = Metric(value=1.0, low=0.9, high=1.0, n=5, instrument="checker")
    assert mean_over_seeds([null, one, one]) == Metric(value=1.0, low=0.9, high=1.0, n=10, instrument="checker")
    assert mean_over_seeds([null, null]).value is None


def test_mean_over_seeds_refuses_mixed_instruments() -> None:
    a, b = (Metric(value=0.5, n=1, instrument=name) for name in ("checker", "judge"))
    with pytest.raises(ValueError, match="checker"):
        mean_over_seeds([a, b])


def test_cluster_bootstrap_agrees_with_the_formula_on_a_mean() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(size=40), 5) + rng.normal(size=200)
    clusters = [str(i // 5) for i in range(200)]
    low, high = cluster_bootstrap(
        clusters, lambda w: (w @ values) / w.sum(axis=1), generator=np.random.default_rng(1), num_resamples=4000
    )
    expected = 1.96 * cluster_variance(values, clusters) ** 0.5
    assert (high - low) / 2 == pytest.approx(expected, rel=0.06)
