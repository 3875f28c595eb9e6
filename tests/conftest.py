"""For all tests. Set before torch is imported anywhere: waiting threads sleep instead of spinning."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from tests.browser import chromium

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Neither stages nor calls of earlier tests may answer for later ones, or for the checkout's own runs.
os.environ["SOLON_CACHE"] = tempfile.mkdtemp(prefix="solon-tests-")

# A busy machine must not fail a test, and a test must not depend on luck.
settings.register_profile("solon", deadline=None, derandomize=True)
settings.load_profile("solon")


@pytest.fixture(autouse=True)
def cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLON_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    yield from chromium()
