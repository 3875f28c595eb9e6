import json
from pathlib import Path

import pytest

from solon.errors import StorageError
from solon.records import Metric
from solon.report import write_report
from solon.report.principles import FILE, read_ablations, what_principles_did, write_ablations

from ..store.small_run import small_run

HARM = {"harmful": Metric(value=-0.8, low=-0.9, high=-0.7, n=10, instrument="checker")}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("principles") / "run")


def test_draws_changes_and_decisions_are_counted_by_principle(run: Path) -> None:
    honesty, law = what_principles_did(run)
    # prob_a of law: 0.9 decides, 0.45 does not, 0.4 (shared) does; honesty: one unscored, and the shared one
    assert law == ("law", 2, 1, 3, 2, 0)
    assert honesty == ("honesty", 1, 0, 2, 1, 1)


def test_shares_are_of_what_was_scored(run: Path) -> None:
    honesty, law = what_principles_did(run)
    assert law.changed_share == 0.5
    assert law.decided_share == pytest.approx(2 / 3)
    assert (honesty.changed_share, honesty.decided_share) == (0.0, 1.0)


def test_a_principle_that_was_never_judged_has_no_share_of_decisions(run: Path) -> None:
    law = what_principles_did(run)[1]
    assert law._replace(judged=0, decided=0).decided_share is None
    assert law._replace(judged=2, unscored=2).decided_share is None


def test_what_is_missed_is_kept_and_read_back(tmp_path: Path) -> None:
    assert read_ablations(tmp_path) == {}
    write_ablations(tmp_path, {"law": HARM})
    assert read_ablations(tmp_path) == {"law": HARM}


def test_a_damaged_file_of_ablations_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"law": 3}))
    with pytest.raises(StorageError, match="damaged"):
        read_ablations(tmp_path)


def test_the_report_tells_what_each_principle_did_and_what_is_missed(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    write_ablations(run, {"law": HARM | {"harmful/theft": HARM["harmful"]}})
    write_report(run, run / "report.html")
    page = (run / "report.html").read_text()
    section = page[page.index("What each principle did") :]
    assert '<th scope="row">law</th><td>2</td><td>1 <small>50.0 %</small></td><td>3</td>' in section
    assert "harmful/theft" in section and "\u22120.800" in section
