"""All ten stages on the embedded world, from nothing: too small to learn, so gates only record."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from solon.agora.people import SimulatedPerson
from solon.launch import launch
from solon.records import Prompt
from solon.sections import STAGES

from .chain_inputs import Lines, contents

RECIPE = """
name: town
seed: 1
threads: 1
gates: record
source: {agora: {seed: 0, noise: 0.1}}
constitution: agora.yaml
few_shots: false
model: {width: 32, layers: 1, heads: 2, vocab_size: 900, context_tokens: 512}
base: {documents: 60, tokens_per_batch: 1024, peak_lr: 0.01, warmup_steps: 0}
mid: {documents: 40, tokens_per_batch: 1024, peak_lr: 0.01, warmup_steps: 0}
sft: {demonstrations: 20, replay_documents: 2, tokens_per_batch: 1024}
helpful_reward: {prompts: 16, held_out_share: 0.3, min_responses: 4, max_responses: 4, max_new_tokens: 5}
helpful_rlhf: {prompts: 4, num_steps: 2, prompts_per_step: 4, minibatch_responses: 4, value_warmup_steps: 1,
               max_new_tokens: 5}
revisions: {prompts: 6, rounds: 2, max_new_tokens: 5}
sl_cai: {helpful_prompts: 6, samples_per_prompt: 2, max_new_tokens: 5}
ai_feedback: {prompts: 8, rival_share: 0.5, chain_of_thought: true, reasoning_tokens: 3, max_new_tokens: 5}
preference_model: {prompts: 12, red_team_prompts: 4, held_out_share: 0.3, min_responses: 4, max_responses: 4,
                   max_new_tokens: 5}
rl_cai: {helpful_prompts: 4, red_team_prompts: 4, num_steps: 2, prompts_per_step: 4, minibatch_responses: 4,
         value_warmup_steps: 1, max_new_tokens: 5}
evaluation: {prompts: 3, probes: 6, compared_prompts: 4, max_new_tokens: 5}
"""


def by_length(_self: SimulatedPerson, _prompt: Prompt, responses: Sequence[str], *, seed: int) -> tuple[int, ...]:
    """Ranks: nothing that a random model writes is better than anything else, and ties alone train no reward."""
    del seed
    lengths = sorted({len(one) for one in responses})
    return tuple(lengths.index(len(one)) for one in responses)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """recipe.yaml, and run/, finished; `launch` finds the same world as long as it is there."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "recipe.yaml").write_text(RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOLON_CACHE", str(folder / "cache"))
        patch.setattr(SimulatedPerson, "rank", by_length)
        launch(folder / "recipe.yaml", to=folder / "run")
        yield folder


def metrics(run: Path) -> Any:
    """metrics.json without what the clock says."""
    told = json.loads((run / "metrics.json").read_text())
    for stage in told["stages"].values():
        del stage["seconds"]
    return told


def test_every_stage_is_measured_and_told_to_be_unproven(folder: Path) -> None:
    told = json.loads((folder / "run" / "metrics.json").read_text())["stages"]
    assert tuple(told) == STAGES
    assert {told[name]["metrics"]["well_formed"]["instrument"] for name in ("base", "mid", "sft", "rl_cai")} == {
        "checker"
    }
    assert {name for name in STAGES if told[name]["proven"]} == {"base", "mid", "sft"}
    assert "UNPROVEN" in (folder / "run" / "report.html").read_text()


def test_a_stage_that_is_lost_is_made_again_alike(folder: Path) -> None:
    run, progress = folder / "run", Lines()
    before, figures = contents(run / "10-rl_cai" / "model"), metrics(run)
    shutil.rmtree(run / "10-rl_cai")
    shutil.rmtree(folder / "cache")
    launch(folder / "recipe.yaml", to=run, progress=progress)
    assert "10-rl_cai: begins" in progress.said
    assert contents(run / "10-rl_cai" / "model") == before
    assert metrics(run) == figures
