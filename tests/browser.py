"""A page in a real browser, from disk, as the tests of pages look at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

Look = Literal["light", "dark", "print"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SHOWN: tuple[tuple[Look, int], ...] = (("light", 390), ("dark", 1280), ("print", 794))
"""Looks and widths in CSS pixels; a sheet of A4 is 794 wide."""
SERIOUS = {"serious", "critical"}


def chromium() -> Iterator[Any]:
    """A browser without a window; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[dev]'")
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


class Opened:
    """A page in a window, with every request and every complaint since it was opened."""

    def __init__(self, browser: Any, file: Path, look: Look, width: int) -> None:
        scheme = "dark" if look == "dark" else "light"
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        self.page = self.context.new_page()
        if look == "print":
            self.page.emulate_media(media="print")
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())

    def violations(self) -> list[str]:
        """What axe-core finds serious or critical: the rule and where."""
        axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: pip install '.[dev]'")
        self.page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            f"{one['id']}: {node['html'][:200]}"
            for one in found
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]  # fmt: skip
