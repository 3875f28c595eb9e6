"""One fake run and its page for all tests of the report: rendering takes seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from solon.report import write_report

from .fake_run import make_run


@pytest.fixture(scope="session")
def fake_run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose preference model failed its gate."""
    return make_run(tmp_path_factory.mktemp("runs") / "fake", unproven=("preference_model", "rl_cai"))


@pytest.fixture(scope="session")
def page(fake_run_folder: Path) -> str:
    """The report on it."""
    out = fake_run_folder / "report.html"
    write_report(fake_run_folder, out)
    return out.read_text(encoding="utf-8")
