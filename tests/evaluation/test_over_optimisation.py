import math

import pytest

from solon.evaluation.over_optimisation import Fit, best_of_n_kl, fit_law


def test_the_kl_of_best_of_n() -> None:
    # log 2 - 1/2 and log 4 - 3/4
    assert best_of_n_kl(1) == 0.0
    assert best_of_n_kl(2) == pytest.approx(0.19314718)
    assert best_of_n_kl(4) == pytest.approx(0.63629436)
    with pytest.raises(ValueError, match="begins at 1"):
        best_of_n_kl(0)


def test_a_planted_law_of_best_of_n_is_found_with_its_peak() -> None:
    distances = [0.0, 0.5, 1.0, 1.5, 2.0]
    fit = fit_law(distances, [d * (0.8 - 0.25 * d) for d in distances], "best-of-n")
    assert (fit.alpha, fit.beta, fit.r_squared) == pytest.approx((0.8, 0.25, 1.0))
    assert fit.peak == pytest.approx(1.6)  # 0.8 / (2 x 0.25)
    assert fit.at(1.0) == pytest.approx(0.55)
    assert fit.at(0.0) == 0.0


def test_a_planted_law_of_rl_is_found_with_its_peak() -> None:
    distances = [0.5, 1.0, 2.0, 4.0]
    fit = fit_law(distances, [d * (0.6 - 0.4 * math.log(d)) for d in distances], "rl")
    assert (fit.alpha, fit.beta) == pytest.approx((0.6, 0.4))
    assert fit.peak == pytest.approx(math.exp(0.6 / 0.4 - 1))


def test_a_law_that_never_falls_has_no_peak() -> None:
    assert Fit("best-of-n", 0.5, -0.1, 1.0).peak is None
    assert Fit("rl", -0.5, 0.1, 1.0).peak is None


def test_two_points_fit_anything_and_are_refused() -> None:
    with pytest.raises(ValueError, match="at least three"):
        fit_law([0.0, 1.0, 2.0], [0.0, 0.5, 0.6], "best-of-n")
