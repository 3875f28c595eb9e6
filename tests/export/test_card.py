"""The model card says what is stored, all of it, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from tests.report.fake_run import POLICIES

from solon.export import export_stage
from solon.export.card import Stated
from solon.export.public import public
from solon.headline import HEADLINES
from solon.records import Metric
from solon.store.run_folder import RunFolder, RunMetrics

SECTIONS = (
    "Intended use", "Out-of-scope use", "Constitution", "Training data", "Training", "Evaluation", "Limits",
    "Prompt format", "How to load it", "Lineage", "Citation",
)  # fmt: skip
AGORA = {"agora": {"seed": 3, "noise": 0.1}, "world": "f" * 64}


def card(run: Path, stage: str = "rl_cai", stated: Stated = Stated()) -> str:  # noqa: B008 (a tuple)
    folder = run.parent / f"exported-{stage}"
    export_stage(run, stage, folder, stated)
    return (folder / "README.md").read_text(encoding="utf-8")


def data_of(text: str) -> Any:
    """The front matter, as the hub reads it."""
    return ModelCard(text).data


def sections(text: str) -> dict[str, str]:
    """Heading -> what stands below it."""
    parts = re.split(r"^## (.+)$", text, flags=re.M)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


@pytest.mark.parametrize("stage", ["rl_cai", "preference_model"])
def test_every_section_is_there_and_says_something(run: Path, stage: str) -> None:
    found = sections(card(run, stage))
    assert tuple(found) == SECTIONS
    assert all(len(text) > 40 for text in found.values())


def test_the_hub_can_read_what_it_wants(run: Path) -> None:
    text = card(run, stated=Stated("apache-2.0", ("en", "zh")))
    data = data_of(text)
    assert (data.license, data.language, data.library_name) == ("apache-2.0", ["en", "zh"], "transformers")
    assert data.pipeline_tag == "text-generation" and "solon" in data.tags
    told = {one.metric_type: one.metric_value for one in data.eval_results}
    metrics = RunFolder(run).metrics().stages["rl_cai"].metrics
    assert told == {name: metrics[name].value for name in HEADLINES if name in metrics}


def test_what_nobody_stated_is_unknown_and_absent_from_the_front_matter(run: Path) -> None:
    text = card(run)
    data = data_of(text)
    assert (data.license, data.language, data.base_model, data.datasets) == (None, None, None, None)
    assert "Licence: unknown" in text and "Language: unknown" in text and "Base model: unknown" in text


def test_numbers_are_those_of_the_run(run: Path) -> None:
    text = sections(card(run))["Evaluation"]
    metrics = RunFolder(run).metrics().stages
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \| (.+) \| (\d+) \| (\S+) \|$", text.replace("\\", ""), re.M)
    told = {(stage, name): (value, between, n, instrument) for stage, name, value, between, n, instrument in rows}
    # the fake run's rl_cai descends from the two stages before it, these from the ones before, and so on
    headlines = {
        (stage, name): metric
        for stage, figures in metrics.items()
        for name, metric in figures.metrics.items()
        if name in HEADLINES
    }
    assert set(told) == set(headlines) and {stage for stage, _ in told} > set(POLICIES)
    for key, metric in headlines.items():
        assert told[key] == (number(metric.value), between(metric), str(metric.n), metric.instrument)
    copied = RunMetrics.model_validate_json((run.parent / "exported-rl_cai" / "metrics.json").read_text())
    assert copied.stages == metrics


def number(value: float | None) -> str:
    return "nothing to measure" if value is None else f"{value:.4f}"


def between(metric: Metric) -> str:
    return "unknown" if metric.low is None else f"{metric.low:.4f} to {metric.high:.4f}"


def test_a_failed_gate_marks_the_card(run: Path, settle: Callable[..., None]) -> None:
    assert "UNPROVEN" not in card(run)
    (run.parent / "exported-rl_cai").rename(run.parent / "before")
    settle("rl_cai", {}, proven=False, failed_gates=("accuracy 0.61 is below 0.70",))
    text = card(run)
    assert "UNPROVEN" in text.partition("##")[0] and "accuracy 0.61 is below 0.70" in sections(text)["Limits"]
    assert "unproven" in data_of(text).tags


def test_a_stage_that_says_it_is_unproven_is_believed(run: Path, settle: Callable[..., None]) -> None:
    settle("rl_cai", {}, proven=False)
    assert "which ones is not recorded" in sections(card(run))["Limits"]


def test_results_of_the_world_say_what_they_do_not_show(run: Path, settle: Callable[..., None]) -> None:
    settle("base", {"source": AGORA, "model": {"start": None}})
    text = card(run)
    assert "they say nothing about large models" in sections(text)["Limits"]
    assert data_of(text).language == ["en"] and "its weights began at random" in text


def test_principles_stand_with_their_hashes_and_only_if_they_are_the_ones_that_were_read(
    run: Path, settle: Callable[..., None]
) -> None:
    from solon.constitution import load_constitution

    known = load_constitution(run / "constitution.yaml").principles
    read = [[one.id, one.hash, 1.0] for one in known]
    settle("revisions", {"constitution": {"principles": read}})
    text = sections(card(run))["Constitution"]
    assert all(f"`{one.hash}`" in text for one in known) and "version" in text and "unknown" not in text
    (run.parent / "exported-rl_cai").rename(run.parent / "before")
    read[0][1] = "000000000000"
    settle("revisions", {"constitution": {"principles": read}})
    text = sections(card(run))["Constitution"]
    assert "`000000000000` | unknown" in text and "name and version unknown" in text


def test_names_of_the_hub_are_told_and_those_of_this_disk_are_not(run: Path, settle: Callable[..., None]) -> None:
    data = "  data: {demonstrations: ['hf:someone/talks#train', /home/me/private/talks.jsonl]}\n"
    (run / "recipe.yaml").write_text(f"name: x\nsource:\n{data}")
    settle("base", {"model": {"start": "someone/base"}})
    settle("sft", {"source": {"data": {}, "files": {"demonstrations": ["a" * 64, "b" * 64]}}})
    text = card(run)
    assert data_of(text).base_model == "someone/base" and data_of(text).datasets == ["someone/talks"]
    assert "talks.jsonl" in text and "private" not in text


SECRETS = ("hunter2", "sk-abc", "path-key", "/home/me")


def test_no_key_of_a_server_leaves_the_run(run: Path, settle: Callable[..., None]) -> None:
    judge = "openai:judge@https://me:hunter2@api.example.com/path-key/v1?key=sk-abc"
    settle("ai_feedback", {"roles": {"judge": judge}, "models": {"run:/home/me/runs/x@sft": "1"}})
    settle("rl_cai", {"rl_cai": {"judge": judge}}, proven=False, failed_gates=(f"{judge} in /home/me/a.jsonl",))
    card(run)
    written = "".join(one.read_text() for one in (run.parent / "exported-rl_cai").glob("*.[mj][ds]*"))
    assert "api.example.com" in written and not [one for one in SECRETS if one in written]


@pytest.mark.parametrize(
    "text, kept",
    [
        ("openai:m@http://127.0.0.1:8000/v1", "openai:m@http://127.0.0.1:8000"),
        ("https://a:b@h.org", "https://h.org"),
        ("hf:/data/models/tiny", "hf:tiny"),
        ("~/models/tiny and ../x/y", "tiny and y"),
        ("people/1/2 of 3/4", "people/1/2 of 3/4"),
        ("$SOLON_DATA/data/x.jsonl", "$SOLON_DATA/data/x.jsonl"),
    ],
)
def test_urls_keep_their_host_and_paths_their_last_part(text: str, kept: str) -> None:
    assert public(text) == kept


def test_what_people_wrote_neither_formats_nor_runs(run: Path, settle: Callable[..., None]) -> None:
    wicked = "<script>alert(1)</script> | [x](http://evil.example) **b** `c`\n## Heading"
    settle("rl_cai", {}, proven=False, failed_gates=(wicked,))
    text = card(run)
    assert "<script>" not in text and "[x]" not in text and "http://evil" not in text and "**b**" not in text
    assert tuple(sections(text)) == SECTIONS


def test_the_lineage_holds_every_ancestor_with_its_hash(run: Path) -> None:
    card(run)
    told = json.loads((run.parent / "exported-rl_cai" / "lineage.json").read_text())
    manifests = {stage.name: stage.manifest for stage in RunFolder(run).stages()}
    assert {one["name"]: one["hash"] for one in told["stages"]} == {n: m.hash for n, m in manifests.items()}
    assert told["stages"][-1]["name"] == "rl_cai" and told["missing"] == []


def test_an_ancestor_that_is_another_by_now_is_missing(run: Path, settle: Callable[..., None]) -> None:
    settle("preference_model", {}, hash="1" * 64)
    assert "no longer holds preference\\_model" in sections(card(run))["Limits"]
