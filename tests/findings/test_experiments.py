"""Experiments from end to end on a chain that is too small to learn: what they ask and tell, not what they find."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from solon.agora.people import SimulatedPerson
from solon.findings.catalogue import find
from solon.findings.lab import Lab
from solon.findings.run import over_seeds
from solon.records import Prompt
from solon.settings import Settings

TINY = (
    "few_shots=false",
    "model={width: 32, layers: 1, heads: 2, vocab_size: 900, context_tokens: 512}",
    "base.documents=60", "mid.documents=40", "sft.demonstrations=20", "sft.replay_documents=2",
    "helpful_reward={prompts: 16, min_responses: 4, max_responses: 4, max_new_tokens: 5}",
    "helpful_rlhf={prompts: 8, num_steps: 2, prompts_per_step: 4, minibatch_responses: 4, value_warmup_steps: 1,"
    " max_new_tokens: 5}",
    "revisions={prompts: 8, rounds: 2, max_new_tokens: 5}",
    "sl_cai={helpful_prompts: 4, max_new_tokens: 5}",
    "ai_feedback={prompts: 8, rival_share: 0.5, chain_of_thought: true, reasoning_tokens: 3, max_new_tokens: 5}",
    "preference_model={prompts: 12, red_team_prompts: 4, min_responses: 4, max_responses: 4, max_new_tokens: 5}",
    "rl_cai={helpful_prompts: 4, red_team_prompts: 4, num_steps: 2, prompts_per_step: 4, minibatch_responses: 4,"
    " value_warmup_steps: 1, max_new_tokens: 5}",
    "evaluation={prompts: 3, probes: 6, compared_prompts: 4, max_new_tokens: 5}",
)  # fmt: skip

SMALL: dict[str, dict[str, Any]] = {
    "cai-revisions": {"prompts": 4},
    "cai-direct": {"prompts": 3, "rounds": 1},
    "cai-principles": {"prompts": 3, "counts": (1, 2), "rounds": 1},
    "cai-over-training": {"prompts": 8, "steps": 2, "parts": 2},
    "cai-harmlessness": {"prompts": 3, "hh_prompts": 6, "hh_steps": 2},
    "safety-dose": {"demonstrations": 8, "doses": (0, 2, 4), "prompts": 3},
    "dose-breadth": {"doses": (9, 18, 27), "prompts": 3, "epochs": 1.0},
    "unknown-facts": {"persons": 3, "passes": 1, "prompts": 6, "rehearsed": 4},
    "new-facts": {"persons": 2, "exposures": 8, "rehearsed": 4, "prompts": 3, "epochs": 1.0},
    "citations": {"rows": 8, "prompts": 3, "epochs": 1.0},
    "mixture": {"rows": 8, "prompts": 3},
    "over-alignment": {"prompts": 3, "varied": 3, "draws": 2},
    "assisted-oversight": {"prompts": 9},
    "noise-bias": {"budgets": (12, 40), "pairs": 80, "tested": 6},
    "judge-length": {"prompts": 12, "tested": 3},
    "ptx-tax": {"prompts": 8, "steps": 2, "documents": 8, "tested": 5, "evaluated": 3},
    "shuffled-pairs": {"prompts": 6, "responses": 3, "held_out": 6},
    "planted-flaws": {"prompts": 8, "tested": 6, "steps": 2},
    "small-aligned": {"width": 16, "layers": 1, "shots": 1, "prompts": 3},
    "two-groups": {"prompts": 6, "rounds": 1, "tested": 30},
    "imitation-optimisation": {"budget": 120.0, "rounds": 1, "tested": 3},
    "gv-gap": {"demonstrations": 6, "start": 6, "rankings": 6, "rounds": 1, "tested": 3},
}


def by_length(_self: SimulatedPerson, _prompt: Prompt, responses: Sequence[str], *, seed: int) -> tuple[int, ...]:
    """Ranks: nothing that a random model writes is better than anything else, and ties alone train no reward."""
    del seed
    lengths = sorted({len(one) for one in responses})
    return tuple(lengths.index(len(one)) for one in responses)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The chain, made once."""
    folder = tmp_path_factory.mktemp("findings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOLON_CACHE", str(folder / "cache"))
        patch.setattr(SimulatedPerson, "rank", by_length)
        Lab(0, folder, folder / "work", TINY).chain("rl_cai")
        yield folder


@pytest.mark.parametrize("name", SMALL)
def test_an_experiment_measures_what_its_shape_and_figure_ask_for(name: str, shared: Path, tmp_path: Path) -> None:
    finding = find(name)
    model: type[Settings] = type(finding.settings)
    settings = model.model_validate(finding.settings.model_dump() | SMALL[name])
    measured = finding.measure(Lab(0, shared, tmp_path, TINY), settings)
    told = over_seeds([{key: metric.model_dump() for key, metric in measured.items()}])
    outcomes = finding.shape(told, settings)
    assert outcomes and all(outcome.claim and outcome.found for outcome in outcomes)
    assert finding.figure(told, settings).startswith("<svg")
    if name in ("safety-dose", "citations"):
        again = finding.measure(Lab(0, shared, tmp_path, TINY), settings)
        assert again == measured  # a function of the seed and the settings
