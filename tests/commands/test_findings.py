import json
from pathlib import Path

import pytest

from solon.cli import status
from solon.findings.catalogue import FINDINGS, find
from solon.findings.settings import experiments_of
from solon.sections import STAGES


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_list_tells_every_finding_and_its_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["findings", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["findings"]
    assert [one["name"] for one in told] == [one.name for one in FINDINGS]
    assert status(["findings", "list"]) == 0
    shown = capsys.readouterr().out
    for one in told:
        assert one["title"] in shown
        assert all(f"{key}=" in shown for key in one["settings"])


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: one.name)
def test_a_finding_is_told_whole(finding: object) -> None:
    found = find(getattr(finding, "name", ""))
    assert found is finding
    assert all((found.title, found.source, found.published, found.method, found.limits))
    assert found.needs is None or found.needs in STAGES
    assert experiments_of(found, [], quick=True)[0].settings != found.settings
    assert all(field.description for field in type(found.settings).model_fields.values())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["run"], "name some findings, or give --all"),
        (["run", "cai-direct", "--all"], "name some findings, or give --all"),
        (["run", "cai-dirct"], "no finding 'cai-dirct'; did you mean cai-direct"),
        (["run", "--all", "--set", "prompts=3"], "--set changes the settings of one finding"),
        (["run", "cai-direct", "--set", "promts=3"], "--set promts: unknown key; did you mean prompts?"),
        (["run", "cai-direct", "--seeds", "1,x"], "--seeds 1,x: whole numbers with commas"),
        (["run", "cai-direct", "--seeds", "1,1"], "each once"),
        (["run", "cai-direct", "--chain", "evaluation.promts=3"], "evaluation.promts: unknown key"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["findings", *arguments]) == 1
    assert reason in capsys.readouterr().err
