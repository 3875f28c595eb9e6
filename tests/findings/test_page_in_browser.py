"""The page of findings in a real browser: it asks for nothing, fits the window, and can be read by everybody."""

from pathlib import Path
from typing import Any

import pytest
from tests.browser import SHOWN, Look, Opened
from tests.findings.test_run import run

from solon.findings.page import write_findings


@pytest.mark.parametrize(("look", "width"), SHOWN)
def test_it_asks_for_nothing_fits_the_window_and_has_nothing_serious(
    browser: Any,
    tmp_path: Path,
    look: Look,
    width: int,
) -> None:
    found = [*run(tmp_path), *run(tmp_path, "breaks_on=2", "dose=1")]
    write_findings(found, tmp_path, command="solon findings run fake")
    shown = Opened(browser, tmp_path / "index.html", look, width)
    shown.page.wait_for_load_state("networkidle")
    assert len([url for url in shown.requests if not url.startswith("data:")]) == 1 and shown.complaints == []
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    shown.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert shown.violations() == []
    shown.context.close()
