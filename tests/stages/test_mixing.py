import json
from pathlib import Path
from typing import Any

import pytest

import solon
from solon.errors import InputError
from solon.recipe import load_recipe
from solon.stages.settings import mixture_of

RECIPE = """
name: mixed
constitution: c.yaml
stages: [base, sft]
roles: {sft_from: base}
gates: record
model: {vocab_size: 300, width: 16, layers: 1, heads: 2, context_tokens: 48}
source:
  data:
    helpful_prompts: chat.jsonl
    held_out: 0.2
    mixtures:
      base:
        tokens: 6000
        phases: {stable: 0.75, decay: 0.25}
        sources:
          - {name: text, files: text.txt, weights: {stable: 1, decay: 0.5}}
          - {name: chat, files: chat.jsonl, weights: {decay: 0.5}}
          - {name: safety, files: safety.jsonl, add: 5}
      sft:
        tokens: 500
        phases: {whole: 1}
        sources:
          - {name: chat, files: chat.jsonl, weights: {whole: 1}}
base: {schedule: wsd, warmup_steps: 0, tokens_per_batch: 96, peak_lr: 0.01, long_rows: split}
sft: {tokens_per_batch: 96}
evaluation: {prompts: 2, max_new_tokens: 4}
"""
CONSTITUTION = (
    "id: c\nversion: 1\nprinciples: [{id: p, text: be kind, critique_request: how?, revision_request: so.}]\n"
)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOLON_CACHE", str(tmp_path / "cache"))
    Path("r.yaml").write_text(RECIPE)
    Path("c.yaml").write_text(CONSTITUTION)
    Path("text.txt").write_text("\n\n".join(f"the {n} red dogs ran home and slept." for n in range(200)))
    chat: list[dict[str, Any]] = [{"prompt": f"what is {n}?", "response": f"{n} is a number."} for n in range(60)]
    Path("chat.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*chat, {"prompt": "and?"}]))
    safety = [{"prompt": f"steal {n}", "response": "i will not."} for n in range(8)]
    Path("safety.jsonl").write_text("".join(json.dumps(row) + "\n" for row in safety))


def figures(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_run_reads_its_mixtures_phase_by_phase(tmp_path: Path) -> None:
    run = solon.run("r.yaml", to=tmp_path / "run")
    base, sft = (tmp_path / "run" / name for name in ("1-base", "2-sft"))
    mixture = json.loads((base / "mixture.json").read_text())
    assert mixture["phases"]["stable"]["chat"]["rows"] == 0
    assert mixture["phases"]["decay"]["chat"]["realised"] == pytest.approx(0.5, abs=0.02)
    assert mixture["sources"]["safety"]["rows_read"] == 5
    rates = [step["lr"] for step in figures(base)]
    falling = sum(rate < 0.01 for rate in rates)
    assert 0.2 * len(rates) < falling < 0.35 * len(rates)  # the phase of a quarter of the tokens
    assert sum(step["tokens"] for step in figures(base)) == sum(
        source["tokens"] for phase in mixture["phases"].values() for source in phase.values()
    )
    assert (base / "mixture.png").stat().st_size > 10_000
    assert not (base / "work").exists()
    (set_aside,) = map(json.loads, (sft / "quarantine.jsonl").read_text().splitlines())
    assert (set_aside["line"], set_aside["file"]) == (61, "chat.jsonl")
    told = json.loads((sft / "mixture.json").read_text())["sources"]["chat"]
    held_out = sum(1 for n in range(60) if mixture_holds_out(f"what is {n}?"))
    assert 4 < held_out < 20 and told["rows_available"] == 60 - held_out
    assert run is not None


def mixture_holds_out(text: str) -> bool:
    from solon.data import DataConfig
    from solon.records import user

    return DataConfig(held_out=0.2).holds_out([user(text)])


def test_nothing_is_trained_again_unless_a_file_of_the_mixture_changes(tmp_path: Path) -> None:
    def begun(folder: str) -> float:
        solon.run("r.yaml", to=tmp_path / folder)
        return (tmp_path / folder / "1-base" / "model" / "model.safetensors").stat().st_mtime_ns

    first = begun("one")
    assert begun("two") == first  # a hard link from the cache
    with Path("safety.jsonl").open("a") as file:
        file.write(json.dumps({"prompt": "steal more", "response": "no."}) + "\n")
    assert begun("three") != first


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("base.epochs=2", "--set base.epochs: a mixture is what is read here; leave this key out: its `tokens` say"),
        ("sft.replay_documents=3", "make them a source of the mixture"),
        ("sft.held_out_share=0.1", "--set sft.held_out_share: "),
        ("source.data.mixtures.sft.tokens=-1", "source.data.mixtures.sft.tokens: "),
        ("source.data.mixtures.sft.token=1", "unknown key; did you mean tokens?"),
    ],
)
def test_what_does_not_go_with_a_mixture_is_refused_before_anything_runs(key: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        solon.run("r.yaml", to=tmp_path / "run", overrides=[key])
    assert told in str(error.value)
    assert not list((tmp_path / "run").glob("*-base"))


def test_a_missing_file_of_a_mixture_is_named(tmp_path: Path) -> None:
    Path("text.txt").unlink()
    with pytest.raises(InputError, match=r"r.yaml:\d+: source.data.mixtures.base: text.txt: there is no such file"):
        solon.run("r.yaml", to=tmp_path / "run")


def test_the_embedded_world_has_no_mixtures() -> None:
    assert mixture_of(load_recipe("quickstart", []), "mid") is None
