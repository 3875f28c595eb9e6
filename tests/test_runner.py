"""The runner on a chain of toy stages: each writes the text of its inputs, joined, and its own name."""

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from solon.errors import GateError, InputError, StorageError
from solon.interfaces import Source
from solon.plan import order_stages, plan
from solon.recipe import Recipe, load_recipe
from solon.records import Metric
from solon.runner import RunResult, run_chain
from solon.stage import Findings, Stage, StageRun
from solon.store.cache import Cache
from solon.store.disk import Usage
from solon.store.run_folder import RunFolder


class Lines:
    """A Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def start(self, what: str, total: int) -> None: ...

    def advance(self, done: int, figures: object) -> None: ...

    def say(self, line: str) -> None:
        self.said.append(line)


class Town:
    """A chain whose stages count how often they worked."""

    def __init__(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path
        self.worked: list[str] = []
        self.rate = 0.9
        self.fail_in: str | None = None

    def chain(self) -> list[Stage]:
        def make(run: StageRun) -> None:
            self.worked.append(run.name)
            (run.folder / "half").write_text("half")
            if run.name == self.fail_in:
                raise RuntimeError
            (run.folder / "half").unlink()
            texts = [(folder / "text").read_text() for _, folder in sorted(run.inputs.items())]
            documents = run.recipe.base.documents if run.name == "base" else ""
            (run.folder / "text").write_text(f"{run.name}{documents}({','.join(texts)})")

        def evaluate(run: StageRun) -> Findings:
            self.worked.append(f"test {run.name}")
            metric = Metric(value=self.rate, low=0.0, high=1.0, n=10, instrument="checker")
            failed = (f"{run.name}: rate {self.rate} < 0.5 (n 10)",) if self.rate < 0.5 else ()
            return Findings({"helpful": metric}, failed)

        def stage(name: str, *inputs: str, settings: Callable[[Recipe], dict[str, Any]] = lambda r: {}) -> Stage:
            return Stage(
                name, lambda r: inputs, make, settings, evaluate, test_settings=lambda r: r.evaluation.model_dump()
            )

        return [
            stage("base", settings=lambda r: {"documents": r.base.documents}),
            stage("mid", "base", settings=lambda r: {"lr": r.mid.peak_lr}),
            stage("sft", "mid"),
            stage("helpful_reward", "sft", "base"),
        ]

    def run(self, *overrides: str, **options: Any) -> RunResult:
        self.worked.clear()
        recipe = self.recipe(*overrides)
        told: dict[str, Any] = {"to": self.tmp_path / "run", "cache": Cache(self.tmp_path / "cache")} | options
        return run_chain(recipe, chain=self.chain(), source=cast(Source, None), **told)

    def recipe(self, *overrides: str) -> Recipe:
        file = self.tmp_path / "small.yaml"
        file.write_text("name: small\nstages: [base, mid, sft, helpful_reward]\nconstitution: c.yaml\n")
        (self.tmp_path / "c.yaml").write_text("id: c\n")
        return load_recipe(file, overrides)

    def text(self, folder: str) -> str:
        return (self.tmp_path / "run" / folder / "text").read_text()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_stages_run_in_the_order_of_their_inputs(town: Town) -> None:
    result = town.run()
    assert town.text("4-helpful_reward") == "helpful_reward(base20000(),sft(mid(base20000())))"
    assert list(result.metrics.stages) == ["base", "mid", "sft", "helpful_reward"]
    assert [path.name for path in sorted(result.path.glob("[0-9]*"))] == [
        "1-base",
        "2-mid",
        "3-sft",
        "4-helpful_reward",
    ]


def test_a_second_run_does_nothing(town: Town) -> None:
    first = town.run().metrics
    assert town.run().metrics == first
    assert town.worked == []


def test_a_changed_key_redoes_its_stage_and_what_descends_from_it(town: Town) -> None:
    town.run()
    lines = Lines()
    town.run("mid.peak_lr=0.5", progress=lines)
    assert [name for name in town.worked if "test" not in name] == ["mid"]
    # `mid` came out the same, so that nothing after it had to be made again
    assert "1-base: kept" in lines.said
    assert "2-mid: lr changed; redone" in lines.said
    town.run("base.documents=7")
    assert [name for name in town.worked if "test" not in name] == ["base", "mid", "sft", "helpful_reward"]


def test_another_run_takes_what_is_equal_from_the_cache(town: Town, tmp_path: Path) -> None:
    town.run()
    lines = Lines()
    result = town.run(to=tmp_path / "other", progress=lines)
    assert town.worked == []
    assert "1-base: from the cache" in lines.said
    assert (result.path / "4-helpful_reward" / "text").is_file()


def test_new_evaluation_settings_test_again_and_make_nothing(town: Town) -> None:
    town.run()
    town.run("evaluation.prompts=7")
    assert town.worked == ["test base", "test mid", "test sft", "test helpful_reward"]


def test_a_stage_that_was_cut_off_goes_on_from_its_partial_folder(town: Town, tmp_path: Path) -> None:
    town.fail_in = "mid"
    with pytest.raises(RuntimeError):
        town.run()
    assert (tmp_path / "run" / ".partial-2-mid" / "half").is_file()
    assert not (tmp_path / "run" / "2-mid").exists()
    town.fail_in, lines = None, Lines()
    town.run(progress=lines)
    assert "2-mid: resumes" in lines.said
    assert town.worked[0] == "mid"


def test_metrics_json_has_the_form_that_scripts_read(town: Town) -> None:
    path = town.run().path / "metrics.json"
    told = json.loads(path.read_text())["stages"]["sft"]
    assert told["metrics"] == {"helpful": {"value": 0.9, "low": 0.0, "high": 1.0, "n": 10, "instrument": "checker"}}
    assert told["seconds"] >= 0


def test_an_enforced_gate_stops_the_run_with_its_numbers(town: Town) -> None:
    town.rate = 0.25
    with pytest.raises(GateError, match=r"base: rate 0\.25 < 0\.5 \(n 10\)[\s\S]*gates=record"):
        town.run()
    assert town.worked == ["base", "test base"]


def test_a_stopped_run_goes_on_without_training_again_when_gates_are_recorded(town: Town) -> None:
    town.rate = 0.25
    with pytest.raises(GateError):
        town.run()
    result = town.run("gates=record")
    assert "base" not in town.worked
    assert not any(stage.proven for stage in result.metrics.stages.values())
    manifest = RunFolder(result.path).stage("mid").manifest
    assert not manifest.proven
    assert "base: rate 0.25 < 0.5 (n 10)" in manifest.failed_gates


def test_what_a_stopped_run_measured_is_in_its_metrics_and_marked(town: Town) -> None:
    town.rate = 0.25
    with pytest.raises(GateError):
        town.run()
    told = RunFolder(town.tmp_path / "run").metrics().stages["base"]
    assert (told.metrics["helpful"].value, told.proven) == (0.25, False)
    assert told.failures == ("base: rate 0.25 < 0.5 (n 10)",)


def test_a_failed_admission_keeps_the_stage_from_beginning(town: Town) -> None:
    measured = Metric(value=0.51, low=0.4, high=0.6, n=200, instrument="checker")

    def refuse(run: StageRun) -> Findings:
        return Findings({"accuracy": measured}, ("judge: accuracy 0.51 < 0.80 (n 200)",))

    chain = town.chain()
    chain[1] = Stage("mid", lambda r: ("base",), chain[1].function, lambda r: {}, admit=refuse)
    recipe = town.recipe()
    with pytest.raises(GateError, match=r"'mid' failed its gate:\n  - judge: accuracy 0\.51"):
        run_chain(
            recipe, to=town.tmp_path / "run", chain=chain, source=cast(Source, None), cache=Cache(town.tmp_path / "c")
        )
    assert town.worked == ["base", "test base"]
    told = RunFolder(town.tmp_path / "run").metrics().stages
    assert (told["base"].proven, told["base"].failures) == (True, ())
    assert (told["mid"].proven, told["mid"].metrics) == (False, {"accuracy": measured})
    assert told["mid"].failures == ("judge: accuracy 0.51 < 0.80 (n 200)",)


def test_a_manifest_tells_parents_settings_seed_and_machine(town: Town) -> None:
    run = RunFolder(town.run("seed=3").path)
    base, mid = run.stage("base").manifest, run.stage("mid").manifest
    assert mid.parents == {"base": base.hash}
    assert base.settings == {"documents": 20_000, "threads": 2}
    assert (mid.seed, mid.machine.threads, mid.proven) == (3, 2, True)


def test_until_ends_after_a_stage(town: Town) -> None:
    assert list(town.run(until="mid").metrics.stages) == ["base", "mid"]
    with pytest.raises(InputError, match="no stage 'nothing'"):
        town.run(until="nothing")


def test_a_stage_that_reads_from_one_left_out_is_named(town: Town) -> None:
    with pytest.raises(InputError, match=r"'sft' reads from 'mid', which `stages` leaves out"):
        town.run("stages=[base, sft]")


def test_roles_that_wait_for_each_other_are_named(town: Town) -> None:
    chain = [
        Stage("base", lambda r: ("mid",), lambda run: None, lambda r: {}),
        Stage("mid", lambda r: ("base",), lambda run: None, lambda r: {}),
    ]
    with pytest.raises(InputError, match="wait for each other: base, mid"):
        order_stages(chain, town.recipe("stages=[base, mid]"))


def test_a_stage_the_recipe_leaves_out_is_dropped_and_the_rest_renumbered(town: Town, tmp_path: Path) -> None:
    town.run()
    lines = Lines()
    town.run("stages=[base, mid, sft]", progress=lines)
    assert "4-helpful_reward: the recipe no longer has this stage; removed from the run" in lines.said
    assert town.worked == []


def test_the_plan_tells_what_is_kept_and_what_is_to_make(town: Town, tmp_path: Path) -> None:
    town.run(until="mid")

    def states(*overrides: str) -> list[str]:
        cache = Cache(tmp_path / "cache")
        return [
            step.state for step in plan(town.recipe(*overrides), to=tmp_path / "run", chain=town.chain(), cache=cache)
        ]

    assert states() == ["kept", "kept", "to make", "to make"]
    assert states("mid.peak_lr=0.5") == ["kept", "to make", "to make", "to make"]


def test_a_full_disk_is_told_before_anything_begins(town: Town) -> None:
    with pytest.raises(StorageError, match="Free some space"):
        town.run(needed_bytes=10**9, usage=lambda path: Usage(10**9, 10**9, 5))
    assert town.worked == []


def test_the_resolved_recipe_runs_again_by_itself(town: Town) -> None:
    path = town.run("mid.peak_lr=0.25").path / "recipe.yaml"
    again = load_recipe(path)
    assert again.mid.peak_lr == 0.25
    assert again.constitution_path() == path.with_name("constitution.yaml")


KILLED = """
import os, signal, sys
from pathlib import Path
from typing import cast
from solon.recipe import load_recipe
from solon.runner import run_chain
from solon.stage import Stage
from solon.store.cache import Cache

def make(run):
    for step in range(3):
        if not (run.folder / str(step)).exists():
            (run.folder / str(step)).write_text(f"{run.name} {step} {sorted(run.inputs)}")
            if [run.name, str(step)] == sys.argv[2:]:
                os.kill(os.getpid(), signal.SIGKILL)

place = Path(sys.argv[1])
chain = [
    Stage("base", lambda r: (), make, lambda r: {}),
    Stage("mid", lambda r: ("base",), make, lambda r: {}),
]
recipe = load_recipe(place / "small.yaml", ["stages=[base, mid]"])
run_chain(recipe, to=place / "run", chain=chain, source=None, cache=Cache(place / "cache"))
"""


def test_killed_and_started_again_a_run_ends_as_if_undisturbed(town: Town, tmp_path: Path) -> None:
    def outcome(place: Path, *kills: str) -> dict[str, bytes]:
        place.mkdir()
        (place / "small.yaml").write_text("name: small\nconstitution: c.yaml\n")
        (place / "c.yaml").write_text("id: c\n")
        for kill in [*kills, "none"]:
            done = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(KILLED), str(place), *kill.split()], check=False
            )
            assert done.returncode == (0 if kill == "none" else -signal.SIGKILL)
        run = place / "run"
        assert not [path for path in run.iterdir() if path.name.startswith(".partial")]
        return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in run.glob("*/[0-9]")}

    undisturbed = outcome(tmp_path / "a")
    assert len(undisturbed) == 6
    assert outcome(tmp_path / "b", "base 1", "mid 0") == undisturbed
