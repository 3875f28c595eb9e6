"""Figures as files: the page's figures, with colours of their own."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from solon.records import Metric
from solon.report.picture_files import light_colours, recolour, standalone, write_pictures
from solon.report.plane import PlanePoint, plane
from solon.report.svg import SERIES, Picture, kept_pictures

HALF = Metric(value=0.5, low=0.4, high=0.6, n=10, instrument="checker")
LOW = Metric(value=0.2, low=0.1, high=0.3, n=10, instrument="checker")


@pytest.fixture
def picture() -> Picture:
    with kept_pictures() as kept:
        plane([PlanePoint("sft", HALF, HALF), PlanePoint("rl", LOW, LOW)], "x", "y")
    (only,) = kept
    return only


def test_a_page_keeps_the_svg_that_it_shows() -> None:
    with kept_pictures() as kept:
        shown = plane([PlanePoint("sft", HALF, HALF)], "x", "y")
    assert [one.svg for one in kept] == [shown] and kept[0].name == "plane-rates"


def test_outside_nothing_is_kept() -> None:
    with kept_pictures() as kept:
        pass
    plane([PlanePoint("sft", HALF, HALF)], "x", "y")
    assert kept == []


def test_an_svg_file_needs_no_page(picture: Picture) -> None:
    text = standalone(picture.svg)
    root = ElementTree.fromstring(text.partition("\n")[2])
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.attrib["width"].endswith("pt")
    assert "var(" not in text and light_colours()["series-1"] in text
    assert "font-family" in root.attrib["style"] and root.attrib["aria-label"]


def test_an_svg_file_is_on_white(picture: Picture) -> None:
    first = ElementTree.fromstring(standalone(picture.svg).partition("\n")[2])[0]
    assert first.tag.endswith("rect") and first.attrib["fill"] == "#ffffff"


def test_a_png_has_the_light_colours_at_200_dots_an_inch(picture: Picture, tmp_path: Path) -> None:
    files = write_pictures([picture], tmp_path / "figures")
    assert [one.name for one in files] == ["plane-rates.svg", "plane-rates.png"]
    pixels = np.round(image.imread(files[1])[..., :3] * 255).astype(int)
    assert pixels.shape[:2] == (920, 1280)  # 4.6 x 6.4 inches
    found = {tuple(one) for one in np.unique(pixels.reshape(-1, 3), axis=0).tolist()}
    colours = light_colours()
    for name in ("paper", "ink", "muted", "rule", "series-1"):
        assert tuple(bytes.fromhex(colours[name][1:])) in found, name
    assert tuple(bytes.fromhex(SERIES[0][1:])) not in found


def test_arrows_are_recoloured_with_the_rest(picture: Picture) -> None:
    recolour(picture.figure)
    (arrow,) = (one.arrow_patch for one in picture.figure.axes[0].texts if isinstance(one, Annotation))
    assert arrow is not None and to_hex(arrow.get_edgecolor()) == light_colours()["muted"]


def test_every_colour_of_the_stylesheet_is_known() -> None:
    assert {"ink", "muted", "rule", "paper", *(f"series-{n}" for n in range(1, 7))} <= light_colours().keys()
