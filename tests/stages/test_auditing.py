"""The judge's admission test in the chain, with judges that are scripted."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from solon.errors import InputError
from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest, Source
from solon.progress import Silent
from solon.recipe import Recipe, load_recipe
from solon.stage import Findings, StageRun
from solon.stages import settings, testing
from solon.stages.auditing import audit_judge

WORDS = ("apples", "bread", "cheese", "dates", "eggs", "figs", "grapes", "honey", "ice", "jam", "kale", "lime")


class Judge:
    """Prefers `good` over `bad`, or whatever stands first."""

    def __init__(self, *, first: bool = False) -> None:
        self.first = first

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        raise AssertionError("a judge that thinks first was not asked for")

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        asked = [one.messages[-1].content for one in requests]
        firsts = [self.first or text.rindex("good ") < text.rindex("bad ") for text in asked]
        return [OptionLogprobs((-0.1, -3.0) if first else (-3.0, -0.1)) for first in firsts]


class Nothing:
    """A source that knows no comparisons."""

    def probes(self, principles: object, count: int, *, seed: int) -> list[object]:
        return []


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows = [
        {"prompt": f"What of {word}?", "response 1": f"good {word}", "response 2": f"bad {word}", "label": 0}
        for word in WORDS
    ]
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return file


def recipe(file: Path, *overrides: str) -> Recipe:
    keys = [f"evaluation.judge_audit=[{file}]", "ai_feedback.chain_of_thought=false", *overrides]
    return load_recipe("quickstart", keys)


def found(file: Path, folder: Path, judge: Judge, *overrides: str) -> Findings:
    made = recipe(file, *overrides)
    run = StageRun("ai_feedback", made, cast(Source, Nothing()), {}, folder, 1, Silent())
    return audit_judge(run, made.load_constitution(), judge)


def test_a_judge_that_agrees_with_people_is_admitted(pairs: Path, tmp_path: Path) -> None:
    audited = found(pairs, tmp_path, Judge())
    assert audited.failures == ()
    assert audited.metrics["audit/people/accuracy"].value == 1.0
    assert audited.metrics["audit/people/planted_resistance"].value == 1.0
    assert (tmp_path / "audit-people.jsonl").is_file()


def test_a_judge_of_places_is_refused_by_file_and_threshold(pairs: Path, tmp_path: Path) -> None:
    failures = found(pairs, tmp_path, Judge(first=True)).failures
    assert any(line.startswith("people.jsonl: position_bias 1.000") for line in failures)


def test_the_recipe_sets_the_thresholds_and_the_number_of_cases(pairs: Path, tmp_path: Path) -> None:
    lax = ["accuracy=0", "kappa=-1", "consistency=0", "position_bias=1", "ece=1", "planted_resistance=0"]
    overrides = [f"evaluation.admission.{one}" for one in lax]
    audited = found(pairs, tmp_path, Judge(first=True), *overrides, "evaluation.judge_audit_cases=5")
    assert audited.failures == ()
    assert audited.metrics["audit/people/agreement"].n == 5


def test_a_source_without_probes_is_tested_on_peoples_pairs(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "open_engine", lambda *_: Judge(first=True))
    run = StageRun("ai_feedback", recipe(pairs), cast(Source, Nothing()), {}, tmp_path, 1, Silent())
    failures = testing.admit_judge(run).failures
    assert failures and all(line.startswith("judge helpful_rlhf: people.jsonl: ") for line in failures)


def test_two_files_of_one_name_are_told_apart_by_nobody(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    again = tmp_path / "other" / "people.jsonl.gz"
    again.write_bytes(gzip.compress(pairs.read_bytes()))
    with pytest.raises(InputError, match="two files are called people"):
        found(pairs, tmp_path, Judge(), f"evaluation.judge_audit=[{pairs}, {again}]")


def test_without_probes_and_files_nothing_was_tested(tmp_path: Path) -> None:
    run = StageRun("ai_feedback", load_recipe("quickstart"), cast(Source, Nothing()), {}, tmp_path, 1, Silent())
    assert "nothing was tested" in testing.admit_judge(run).failures[0]


def test_scores_of_single_responses_admit_no_judge_of_pairs(tmp_path: Path) -> None:
    file = tmp_path / "scores.jsonl"
    rows = [{"prompt": "q", "response": f"r{i}", "score": i} for i in range(3)]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(InputError, match="pairs"):
        found(file, tmp_path, Judge())


def test_the_test_depends_on_the_files_content_and_recipes_without_one_keep_their_keys(pairs: Path) -> None:
    told = settings.tested_by("probes", audited=True)
    before = told(recipe(pairs))
    pairs.write_text(pairs.read_text() + "\n")
    assert told(recipe(pairs))["judge_audit"] != before["judge_audit"]
    assert settings.tested_by("probes")(load_recipe("quickstart")) == told(load_recipe("quickstart"))


def test_a_file_that_is_not_there_is_told_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"judge_audit: .*none\.jsonl cannot be read"):
        settings.tested_by("probes", audited=True)(recipe(tmp_path / "none.jsonl"))
