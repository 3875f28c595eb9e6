"""The page in a real browser, from disk: it asks for nothing, fits the window, and can be read by everybody.

What is checked by hand besides: docs/report.md says how a page is looked at as a picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser import SHOWN, Opened

from solon.report import write_comparison
from solon.report.beside import Beside

MOST_BYTES = 3_000_000


def report_file(folder: Path, page: str) -> Path:
    del page  # made by it
    return folder / "report.html"


@pytest.fixture(scope="module", params=SHOWN, ids=lambda param: f"{param[0]}-{param[1]}")
def opened(request: pytest.FixtureRequest, browser: Any, fake_run_folder: Path, page: str) -> Iterator[Opened]:
    look, width = request.param
    shown = Opened(browser, report_file(fake_run_folder, page), look, width)
    yield shown
    shown.context.close()


def test_it_asks_for_nothing_but_itself_and_complains_of_nothing(opened: Opened) -> None:
    opened.page.wait_for_load_state("networkidle")
    assert len([url for url in opened.requests if not url.startswith("data:")]) == 1
    assert opened.requests[0].startswith("file:") and opened.complaints == []


def test_it_fits_the_window(opened: Opened) -> None:
    wide = opened.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= opened.page.viewport_size["width"]


def test_axe_finds_nothing_serious(opened: Opened) -> None:
    if opened.page.viewport_size["width"] == 390:  # once with all that is folded: its tables are like the others
        opened.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert opened.violations() == []


def test_a_page_on_two_runs_fits_a_phone_and_has_nothing_serious(
    browser: Any, fake_run_folder: Path, tmp_path: Path
) -> None:
    write_comparison(fake_run_folder, [Beside(fake_run_folder, {}, ("a line",), ("words",))], tmp_path / "both.html")
    shown = Opened(browser, tmp_path / "both.html", "dark", 390)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert shown.violations() == []
    shown.context.close()


def test_headings_step_down_by_one(browser: Any, fake_run_folder: Path, page: str) -> None:
    shown = Opened(browser, report_file(fake_run_folder, page), "light", 1280)
    levels = shown.page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(one => +one.tagName[1])")
    shown.context.close()
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_first_tab_leads_to_the_results_and_details_open_by_key(
    browser: Any, fake_run_folder: Path, page: str
) -> None:
    shown = Opened(browser, report_file(fake_run_folder, page), "light", 1280)
    shown.page.keyboard.press("Tab")
    assert shown.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    summary = shown.page.locator("summary").first
    summary.focus()
    shown.page.keyboard.press("Enter")
    assert shown.page.evaluate("document.querySelector('details').open")
    shown.context.close()


def test_print_shows_what_is_folded_and_is_light_even_in_a_dark_browser(
    browser: Any, fake_run_folder: Path, page: str
) -> None:
    shown = Opened(browser, report_file(fake_run_folder, page), "dark", 1280)
    shown.page.emulate_media(media="print")
    assert shown.page.locator("details pre").first.bounding_box()["height"] > 0
    assert shown.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 27, 25)"
    shown.context.close()


def test_the_page_is_small(fake_run_folder: Path, page: str) -> None:
    assert report_file(fake_run_folder, page).stat().st_size < MOST_BYTES
