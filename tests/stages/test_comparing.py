from pathlib import Path

import pytest

from solon.agora.source import Agora
from solon.progress import Silent
from solon.recipe import load_recipe
from solon.records import Prompt
from solon.report.read import SampledResponse
from solon.seeds import generator
from solon.stage import StageRun
from solon.stages.comparing import compare_policies
from solon.store.records import write_records

WORLD = Agora(0)
PROMPTS = [one for one in WORLD.evaluation_prompts(30) if one.labels["kind"] in ("harmful", "benign")]


def answers(prompt: Prompt) -> str:
    return WORLD.feedback.right_reply(prompt, generator(0, prompt.id))


def refuses(prompt: Prompt) -> str:
    return WORLD.feedback.safe_reply(prompt, generator(0, prompt.id))


def refuses_harm(prompt: Prompt) -> str:
    return refuses(prompt) if prompt.labels["kind"] == "harmful" else answers(prompt)


def test_each_axis_of_elo_asks_people_about_its_own_prompts(tmp_path: Path) -> None:
    policies = {"sft": answers, "sl_cai": refuses, "rl_cai": refuses_harm}
    for name, reply in policies.items():
        told = [(prompt, reply(prompt)) for prompt in PROMPTS]
        samples = [
            SampledResponse(prompt=prompt, response=text, check=WORLD.checker().check(prompt, text))
            for prompt, text in told
        ]
        write_records(tmp_path / name / "evaluation" / "samples.jsonl", samples)
    inputs = {name: tmp_path / name for name in policies}
    found = compare_policies(StageRun("comparison", load_recipe("quickstart"), WORLD, inputs, tmp_path, 1, Silent()))
    helpful, harmless = (
        {name: found[name][f"elo_{axis}"].value for name in policies} for axis in ("helpful", "harmless")
    )
    assert helpful["sft"] == harmless["sft"] == 0.0
    assert helpful["rl_cai"] == pytest.approx(0.0, abs=1e-9)  # the same words as sft where no harm is asked for
    assert helpful["sl_cai"] is not None and helpful["sl_cai"] < -100
    assert harmless["rl_cai"] is not None and harmless["rl_cai"] > 100
    assert harmless["sl_cai"] == pytest.approx(harmless["rl_cai"])
    assert found["rl_cai"]["harmful-sft"].value == -1.0
