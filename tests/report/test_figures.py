"""Figures: plain data in, the same SVG out."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from solon.records import Metric
from solon.report import figures
from solon.report.plane import PlanePoint, plane, planes
from solon.report.svg import GRID, INK, MUTED, PAPER, SERIES

HALF = Metric(value=0.5, low=0.4, high=0.6, n=10, instrument="checker")
NULL = Metric(value=None, n=0, instrument="checker")


def test_a_figure_is_well_formed_xml_without_addresses() -> None:
    text = figures.rates_by_stage(["base", "sft"], {"harmful": [HALF, NULL], "a<b": [None, HALF]})
    assert ElementTree.fromstring(text).tag == "svg"
    assert "http" not in text and "a&lt;b" in text


def test_every_marker_colour_became_a_variable_of_the_page() -> None:
    text = plane([PlanePoint("sft", HALF, HALF), PlanePoint("rl", HALF, HALF, False)], "x", "y")
    assert "var(--series-1)" in text and "var(--paper)" in text
    assert not any(colour in text for colour in (INK, MUTED, GRID, PAPER, *SERIES))


def test_the_same_data_give_the_same_figure() -> None:
    panel = figures.Panel("kl", {"kl": ([0, 1, 2], [0.0, 0.5, 1.0])})
    assert figures.curves("one", [panel]) == figures.curves("one", [panel])


def test_a_long_curve_takes_a_few_bytes_a_step() -> None:
    steps = np.arange(2000.0)
    text = figures.curves("long", [figures.Panel("kl", {"kl": (list(steps), list(np.sin(steps**2)))})])
    paths = re.findall(r' d="([^"]*)"', text)
    assert paths and not any(re.search(r"\.\d{3}", path) for path in paths)
    assert len(text) < 60 * len(steps)


def test_a_curve_of_any_length_takes_no_more_than_a_long_one() -> None:
    steps = np.arange(40_000.0)
    text = figures.curves("longer", [figures.Panel("kl", {"kl": (list(steps), list(np.sin(steps**2)))})])
    assert len(text) < 100_000


def test_a_dollar_sign_is_no_formula() -> None:
    assert "$x$" in figures.curves("one", [figures.Panel("$x$", {"x": ([0, 1], [0.0, 1.0])})])


def test_an_unproven_point_says_so() -> None:
    assert "rl_cai (unproven)" in plane([PlanePoint("rl_cai", HALF, HALF, False)], "x", "y")


def test_a_point_without_value_is_left_out() -> None:
    assert "nothing_here" not in plane([PlanePoint("nothing_here", NULL, HALF)], "x", "y")


def test_the_moving_mean_looks_back_only() -> None:
    # window 2: 1, (1 + 3) / 2, (3 + 8) / 2
    assert figures._moving_mean(np.array([1.0, 3.0, 8.0]), 2) == pytest.approx([1.0, 2.0, 5.5])


def test_rounds_without_ground_truth_show_the_rest() -> None:
    text = figures.rounds({}, {0: 80.0, 1: 62.0}, {0: 0.0, 1: 0.9})
    assert "mean words" in text and "harmful" not in text


def test_stages_and_seconds_are_written_out() -> None:
    assert "1,234 s" in figures.seconds_by_stage({"base": 1234.2, "sft": 3.0})


def test_what_a_figure_shows_is_told_in_its_description() -> None:
    text = figures.rates_by_stage(["base", "sft"], {"harmful": [NULL, HALF]})
    assert "harmful: sft 0.500" in text
    text = figures.mixture_shares("m", {"all": {"books": (0.7, 0.69)}})
    assert "all: books asked 0.700, realised 0.690" in text


def test_curves_of_one_panel_differ_in_more_than_colour() -> None:
    lines = {"a": ([0, 1], [0.0, 1.0]), "b": ([0, 1], [1.0, 0.0])}
    assert figures.curves("two", [figures.Panel("both", lines)]).count("stroke-dasharray") >= 1


def test_a_stage_that_two_runs_share_has_one_label() -> None:
    same = [PlanePoint("sft", HALF, HALF)]
    text = planes({"A": same, "B": same}, "x", "y")
    assert len(re.findall(r">sft<", text)) == 1 and ">A<" in text and ">B<" in text
