"""Krippendorff's alpha on a published example."""

import pytest

from solon.labellers.agreement import krippendorff_alpha
from solon.labellers.labels import Label

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units, five values.
UNITS = [
    [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4], [1, 1, 2, 1],
    [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
]  # fmt: skip
LABELS = [Label(item, str(who), said, 0.5, False) for item, unit in enumerate(UNITS) for who, said in enumerate(unit)]


def test_nominal_alpha_is_the_published_one() -> None:
    assert krippendorff_alpha(LABELS) == pytest.approx(0.743, abs=0.0005)


def test_ordinal_alpha_is_the_published_one() -> None:
    assert krippendorff_alpha(LABELS, ordinal=True) == pytest.approx(0.815, abs=0.0005)


def test_of_a_single_label_a_unit_there_is_none() -> None:
    assert krippendorff_alpha(LABELS[-1:], ordinal=True) is None
