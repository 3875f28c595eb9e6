import json
from pathlib import Path

import pytest
from benchmarks.proof.training_curves import at, draw, non_finite, points_table, series


def test_a_point_is_the_mean_over_a_twentieth_of_the_steps() -> None:
    values = [float(i) for i in range(40)]  # windows of 2, which begin at 0, 0.5 * 38 = 19 and 38
    assert [at(values, share) for share in (0.0, 0.5, 1.0)] == [0.5, 19.5, 38.5]


def test_nothing_has_no_points() -> None:
    assert at([], 0.5) is None


def test_steps_without_a_metric_are_passed_over() -> None:
    rows = [{"step": 0, "kl": 0.0}, {"step": 1, "kl": 0.1, "policy_loss": 2.0}]
    assert series(rows, "policy_loss") == ([1.0], [2.0])


def test_every_number_that_is_not_finite_is_named_with_its_step() -> None:
    rows = [json.loads(line) for line in ('{"step": 3, "kl": NaN, "reward": 1.0}', '{"step": 4, "kl": null}')]
    assert non_finite(rows) == ["3: kl", "4: kl"]


def test_a_table_of_points_ends_in_the_extremes() -> None:
    rows = [{"step": i, "reward": x} for i, x in enumerate([1.0, 5.0, -2.0])]
    told = points_table(rows, {"reward": "per response", "kl": "nats"}).splitlines()
    assert told[2] == "| reward | per response | 1.000 | 1.000 | 5.000 | -2.000 | -2.000 | -2.000 | 5.000 |"
    assert len(told) == 3  # nothing was measured of kl


def test_a_figure_is_a_file_that_has_its_own_colours(tmp_path: Path) -> None:
    rows = [{"step": i, "reward": float(i)} for i in range(4)]
    draw(rows, {"reward": "reward", "kl": "KL"}, name="figure", path=tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    used = {part.split(")")[0] for part in text.split("var(")[1:]}
    assert all(f"{name}:#" in text for name in used)
    assert "KL" not in text


def test_the_same_rows_give_the_same_file(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        draw([{"step": 0, "kl": 1.0}], {"kl": "KL"}, name="figure", path=tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_figures_need_a_metric(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="none of reward"):
        draw([{"step": 0, "kl": 1.0}], {"reward": "reward"}, name="figure", path=tmp_path / "figure.svg")
