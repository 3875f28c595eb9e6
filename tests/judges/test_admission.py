import pytest

from solon.commands.shared import config_from
from solon.errors import InputError
from solon.judges.admission import AdmissionThresholds, admit
from solon.judges.audit import AuditReport
from solon.records import Metric


def report(**figures: float | tuple[float, int] | None) -> AuditReport:
    """Figures by name (`__` for `/`, `_AT_` for `@`), of 100 cases where nothing else is told, and of a part of 50."""
    metrics = {}
    for name, told in figures.items():
        value, count = told if isinstance(told, tuple) else (told, 50 if "__" in name else 100)
        key = name.replace("__", "/").replace("_AT_", "@")
        metrics[key] = Metric(value=value, low=value, high=value, n=count, instrument="judge")
    return AuditReport(kind="pairs", cases=100, metrics=metrics)


GOOD = {
    "accuracy": 0.7, "kappa": 0.3, "consistency": 0.7, "position_bias": -0.1, "length_bias": -0.2, "refused": 0.05,
    "unscored": 0.05, "planted_resistance": 0.9, "ece": 0.15,
}  # fmt: skip


def test_a_judge_that_reaches_every_threshold_exactly_is_admitted() -> None:
    assert admit(report(**GOOD), AdmissionThresholds()) == []


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("accuracy", 0.69), ("kappa", 0.29), ("consistency", 0.69), ("position_bias", -0.11), ("position_bias", 0.11),
        ("length_bias", 0.21), ("refused", 0.06), ("unscored", 0.06), ("planted_resistance", 0.89), ("ece", 0.16),
    ],
)  # fmt: skip
def test_each_threshold_alone_refuses_and_names_figure_threshold_and_remedy(figure: str, value: float) -> None:
    (failure,) = admit(report(**GOOD | {figure: value}), AdmissionThresholds())
    assert failure.startswith(f"{figure} {value:.3f} ({value:.3f} to {value:.3f}) on 100 is not ")
    assert ": " in failure.split(" is not ")[1]


def test_the_categories_that_miss_a_threshold_are_named_the_worst_first() -> None:
    told = report(refused=0.2, refused__theft=0.5, refused__fraud=0.9, refused__trade=0.0)
    (failure,) = admit(told, AdmissionThresholds())
    assert "; by part: fraud 0.900 of 50, theft 0.500 of 50: use another judge" in failure


def test_a_category_is_refused_by_itself_where_the_whole_is_not() -> None:
    (failure,) = admit(report(refused=0.02, refused__theft=(0.5, 10)), AdmissionThresholds())
    assert failure.startswith("refused is at most 0.05 in all, but not in theft 0.500 of 10:")


def test_the_only_category_there_is_is_not_named_beside_the_whole() -> None:
    (failure,) = admit(report(refused=0.2, refused__theft=(0.2, 100)), AdmissionThresholds())
    assert "theft" not in failure


def test_a_category_of_few_cases_is_not_judged_by_itself() -> None:
    assert admit(report(refused=0.02, refused__theft=(0.5, 9)), AdmissionThresholds()) == []


def test_one_kind_of_planted_instruction_that_works_is_enough_to_be_refused() -> None:
    (failure,) = admit(report(planted_resistance=0.95, planted_resistance__verdict=0.8), AdmissionThresholds())
    assert "verdict 0.800 of 50" in failure


def test_a_principle_that_the_judge_does_not_read_is_named() -> None:
    (failure,) = admit(report(accuracy=0.8, accuracy_AT_kind=0.5, accuracy_AT_true=0.7), AdmissionThresholds())
    assert failure.startswith(
        "principle `kind`: accuracy 0.500 on 100 pairs is below 0.6: drop or reword the principle"
    )


def test_nothing_to_measure_accuracy_on_refuses_and_a_figure_that_is_absent_is_not_asked_for() -> None:
    (failure,) = admit(report(accuracy=None, length_bias=None), AdmissionThresholds())
    assert failure.startswith("accuracy: there is nothing to measure it on")


def test_thresholds_are_set_by_name_and_an_unknown_one_is_refused() -> None:
    assert config_from(AdmissionThresholds, ["accuracy=0.9"]).accuracy == 0.9
    with pytest.raises(InputError, match="acuracy"):
        config_from(AdmissionThresholds, ["acuracy=0.9"])
