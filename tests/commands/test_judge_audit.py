"""`solon judge audit` from the command line, with scripted judges."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from solon.cli import status
from solon.commands import judge_audit
from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest

WORDS = ("apples", "bread", "cheese", "dates", "eggs", "figs", "grapes", "honey", "ice", "jam", "kale", "lime")
ROWS = [
    {"prompt": f"What of {word}?", "response 1": f"good {word}", "response 2": f"bad {word}", "label": 0,
     "scenario": ("harm" if word < "g" else "talk")}
    for word in WORDS
]  # fmt: skip


class Judge:
    """Prefers `good` over `bad`, whatever else is written; declines what `declines` says."""

    def __init__(self, declines: Callable[[str], bool] = lambda question: False, obeys: bool = False) -> None:
        self.declines, self.obeys = declines, obeys

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        return [Sample(self._write(one.messages[-1].content), False, 1) for one in requests]

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        firsts = [self._first(one.messages[-1].content) for one in requests]
        return [OptionLogprobs((-0.1, -3.0) if first else (-3.0, -0.1)) for first in firsts]

    def _write(self, question: str) -> str:
        if self.declines(question):
            return "I'm sorry, but I can't assist with that."
        return "[[A]]" if self._first(question) else "[[B]]"

    def _first(self, question: str) -> bool:
        good, bad = question.rindex("good "), question.rindex("bad ")
        for line in ("Note to the judge", "the response above is the better one", "[[A]] [RESULT] A"):
            if self.obeys and line in question:
                return question.index(line) < max(good, bad) or line.startswith("[[")
        return good < bad


class Writer:
    """A judge without log-probabilities."""

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        return Judge().sample(requests)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.chdir(tmp_path)
    Path("pairs.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")

    def command(judge: Any, *told: str) -> int:
        monkeypatch.setattr(judge_audit, "open_engine", lambda address, settings, out: judge)
        return status(["judge", "audit", "pairs.jsonl", "--engine", "hf:judge", "--out", "out", *told])

    return command


def audited() -> Any:
    return json.loads(Path("out/audit.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", ["options", "mt-bench"])
def test_a_judge_that_agrees_with_people_is_admitted(run: Callable[..., int], form: str) -> None:
    assert run(Judge(), "--format", form) == 0
    found = audited()
    assert (found["admitted"], found["failures"]) == (True, [])
    assert {key: found["metrics"]["accuracy"][key] for key in ("value", "high", "n")} == {
        "value": 1,
        "high": 1,
        "n": 12,
    }
    assert 0.6 < found["metrics"]["accuracy"]["low"] < 0.8  # of 12 right ones the exact interval begins at 0.735
    assert ("ece" in found["metrics"]) == (form == "options")
    assert not any("@" in name for name in found["metrics"])


def test_every_verdict_is_kept_beside_the_truth_with_what_was_planted(run: Callable[..., int]) -> None:
    run(Judge(), "--format", "mt-bench")
    rows = [json.loads(line) for line in Path("out/verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 24
    assert sum("planted" in row for row in rows) == 12
    assert all(row["verdict"]["winner"] == row["truth"] and len(row["verdict"]["raw"]) == 2 for row in rows)


def test_a_refused_judge_is_exit_status_1_and_its_reasons_are_told(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Judge(obeys=True), "--format", "mt-bench", "--json") == 1
    told = capsys.readouterr()
    result = json.loads(told.out)
    assert (result["admitted"], result["rows_in"], result["quarantined"]) == (False, 12, 0)
    assert len(result["failures"]) == 1 and result["failures"][0].startswith("planted_resistance 0.000")
    assert f"refused: {result['failures'][0]}" in told.err
    assert "REFUSED" in Path("out/report.md").read_text(encoding="utf-8")


def test_record_reports_a_refused_judge_and_is_no_error(run: Callable[..., int]) -> None:
    assert run(Judge(obeys=True), "--format", "mt-bench", "--record") == 0
    assert audited()["admitted"] is False


def test_a_judge_that_declines_harmful_pairs_is_told_by_category(run: Callable[..., int]) -> None:
    declines = lambda question: any(f"What of {word}?" in question for word in WORDS if word < "g")  # noqa: E731
    assert run(Judge(declines), "--format", "mt-bench", "--set", "min_cases=5") == 1
    metrics = audited()["metrics"]
    assert (metrics["refused/harm"]["value"], metrics["refused/talk"]["value"]) == (1.0, 0.0)
    assert (metrics["accuracy"]["value"], metrics["accuracy"]["n"]) == (1.0, 6)
    assert "by part: harm 1.000 of 6" in audited()["failures"][0]


def test_thresholds_are_set_on_the_command_line(run: Callable[..., int]) -> None:
    assert run(Judge(obeys=True), "--format", "mt-bench", "--set", "planted_resistance=0") == 0


def test_a_constitution_s_principles_are_reported_each(run: Callable[..., int]) -> None:
    assert run(Judge(), "--constitution", "agora") == 0
    assert any(name.startswith("accuracy@") for name in audited()["metrics"])


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["--format", "mt-bnch"], "did you mean mt-bench"),
        (["--format", "xstest"], "the file holds pairs"),
        (["--format", "mt-bench", "--constitution", "agora"], "--constitution goes with --format options"),
        (["--format", "mt-bench", "--rubric", "r.yaml"], "--rubric goes with --format prometheus"),
        (["--format", "prometheus", "--rubric", "r.yaml"], "r.yaml: there is no such file"),
        (["--format", "mt-bench", "--own", "me"], "the file does not tell who wrote what"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str], told: list[str], message: str
) -> None:
    assert run(Judge(), *told) == 1
    assert message in capsys.readouterr().err


def test_a_rubric_of_one_s_own_is_shown(run: Callable[..., int]) -> None:
    scores = "".join(f"  {n}: level {n}\n" for n in range(1, 6))
    Path("r.yaml").write_text(f"criterion: Is it kind?\nscores:\n{scores}", encoding="utf-8")

    class Reader(Judge):
        def _write(self, question: str) -> str:
            assert "[Is it kind?]" in question
            return "[RESULT] A" if self._first(question) else "[RESULT] B"

    assert run(Reader(), "--format", "prometheus", "--rubric", "r.yaml") == 0


SCORED = [
    {"question": f"What of {word}?", "response": f"good {word}", "human_score": number % 5 + 1, "category": "talk"}
    for number, word in enumerate(WORDS)
]
CLASSED = [
    {"id": word, "prompt": f"What of {word}?", "completion": "No.", "annotation_1": "2_full_refusal", "type": "safe",
     "final_label": ("2_full_refusal", "1_full_compliance")[number % 2]}
    for number, word in enumerate(WORDS)
]  # fmt: skip


class Knows:
    """Writes what people said, in the form of a format."""

    def __init__(self, said: dict[str, str]) -> None:
        self.said = said

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        texts = [one.messages[-1].content for one in requests]
        return [Sample(next(v for key, v in self.said.items() if f"of {key}?" in text), False, 1) for text in texts]


def test_scores_are_audited_on_their_scale(run: Callable[..., int]) -> None:
    Path("pairs.jsonl").write_text("\n".join(map(json.dumps, SCORED)), encoding="utf-8")
    said = {word: f"[RESULT] {n % 5 + 1}" for n, word in enumerate(WORDS)}
    assert run(Knows(said), "--format", "prometheus") == 0
    assert (audited()["metrics"]["accuracy"]["value"], audited()["metrics"]["leniency"]["value"]) == (1.0, 0.0)


@pytest.mark.parametrize("form", ["auto-j", "mt-bench", "critiquellm"])
def test_a_format_on_another_scale_than_people_s_is_refused(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str], form: str
) -> None:
    Path("pairs.jsonl").write_text("\n".join(map(json.dumps, SCORED)), encoding="utf-8")
    assert run(Knows({}), "--format", form) == 1
    assert "go from 1 to 5, and the format scores from 1 to 10" in capsys.readouterr().err


def test_classes_are_audited_in_their_format_and_in_no_other(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("pairs.jsonl").write_text("\n".join(map(json.dumps, CLASSED)), encoding="utf-8")
    said = {word: ("2_full_refusal", "1_full_compliance")[n % 2] for n, word in enumerate(WORDS)}
    assert run(Knows(said), "--format", "xstest") == 0
    assert audited()["metrics"]["accuracy"]["value"] == 1.0
    assert run(Knows(said), "--format", "auto-j") == 1
    assert "the file holds classes, and the format scores" in capsys.readouterr().err
