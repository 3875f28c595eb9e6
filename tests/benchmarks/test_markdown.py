import pytest
from benchmarks.proof.markdown import counts, number, table, with_interval

from .readings import metric


def test_a_table_has_a_rule_below_its_header() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_a_bar_in_a_cell_does_not_end_the_cell() -> None:
    assert "KL(p \\|\\| q)" in table(["a"], [["KL(p || q)"]])


def test_a_row_that_would_shift_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells in a table of 2"):
        table(["a", "b"], [["1"]])


def test_a_rate_is_shown_with_its_interval() -> None:
    assert with_interval(metric(0.0119, 0.004, 0.0304)) == "0.012 [0.004, 0.030]"


def test_what_was_not_measured_is_never_shown_as_a_number() -> None:
    assert with_interval(None) == with_interval(metric(None, n=0)) == number(None) == "not measured"


def test_a_small_number_is_not_rounded_to_nothing() -> None:
    assert [number(x) for x in (0.0, 0.0004, 0.0006, -2.5)] == ["0.000", "4.0e-04", "0.001", "-2.500"]


def test_counts_name_the_whole_and_in_brackets_its_parts() -> None:
    assert counts(metric(0.5, n=30), metric(0.5, n=10), None) == "30 (10, -)"
    assert counts(metric(0.5, n=30)) == "30"
