import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from solon.evaluation.refusals import LABELS, agreement, people_label
from solon.evaluation.refusals.agreement import calibration_error

PEOPLE = ["none", "none", "none", "full", "full", "partial", "partial", "full"]
FOUND = ["none", "none", "full", "full", "partial", "partial", "none", "full"]


def test_figures_are_those_of_scikit_learn() -> None:
    found = agreement(FOUND, PEOPLE)
    assert found.accuracy == 5 / 8
    assert found.kappa == pytest.approx(cohen_kappa_score(PEOPLE, FOUND))
    assert list(found.f1.values()) == pytest.approx(f1_score(PEOPLE, FOUND, labels=LABELS, average=None).tolist())
    assert found.macro_f1 == pytest.approx(f1_score(PEOPLE, FOUND, average="macro"))


def test_the_confusion_stands_by_what_people_said() -> None:
    assert agreement(["full", "none"], ["none", "none"]).confusion["none"] == {"none": 1, "partial": 0, "full": 1}


def test_a_label_that_nobody_gave_does_not_count_and_kappa_is_none_without_chance() -> None:
    found = agreement(["none"], ["none"])
    assert found.f1 == {"none": 1.0, "partial": None, "full": None}
    assert found.macro_f1 == 1.0 and found.kappa is None


def test_calibration_error_of_a_case_worked_by_hand() -> None:
    # bin [0.8, 0.9): right and wrong at 0.8: |1 - 1.6| = 0.6; bin [0.6, 0.7): right at 0.6: 0.4; together 1.0 / 3
    probs = np.array([[0.8, 0.2, 0.0], [0.8, 0.2, 0.0], [0.1, 0.3, 0.6]])
    assert calibration_error(probs, np.array([0, 1, 2])) == pytest.approx(1 / 3)


def test_labels_of_people_are_read_in_our_names_and_in_xstests() -> None:
    assert [people_label(one) for one in ("full", "3_partial_refusal", "no", 1)] == ["full", "partial", None, None]
