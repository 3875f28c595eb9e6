from pathlib import Path
from typing import Any

import pytest

from solon.agora.source import Agora
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.progress import Silent
from solon.recipe import load_recipe
from solon.records import Prompt, Response, Revision, user
from solon.sections import ModelSettings
from solon.stage import StageRun
from solon.stages import policies
from solon.stages.opening import fresh_model
from solon.store.records import read_records, write_records

KEYS = {
    "sl_cai": ("helpful_prompts=3", "samples_per_prompt=6", "helpful_temperature={}"),
    "rl_cai": ("helpful_prompts=3", "red_team_prompts=3", "ptx_prompts=18", "ptx_temperature={}"),
}


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stage whose model answers at random."""
    folder = tmp_path_factory.mktemp("helpful_rlhf")
    settings = ModelSettings(vocab_size=300, width=16, layers=1, heads=2, context_tokens=256)
    fresh_model(settings, ["how are you today? i am well, thank you."] * 3, seed=1).save(folder / "model")
    return folder


def imitated(
    stage: str, temperature: float, sampler: Path, to: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Response]:
    """The helpful answers that a stage samples to imitate; what it then does with them is left out."""
    keys = [f"{stage}.{key.format(temperature)}" for key in (*KEYS[stage], "max_new_tokens=4")]
    prompt = Prompt(id="p", messages=(user("how are you today?"),))
    write_records(to / "revisions.jsonl", [Revision(prompt=prompt, round=1, text="well")])
    inputs = {"helpful_rlhf": sampler, "mid": sampler, "sl_cai": sampler, "preference_model": sampler, "revisions": to}
    run = StageRun(stage, load_recipe("quickstart", keys), Agora(0), inputs, to, 1, Silent())

    def nothing(*given: Any, **options: Any) -> None: ...

    monkeypatch.setattr(policies, "train_sft", nothing)
    monkeypatch.setattr(policies, "_ppo", nothing)
    getattr(policies, f"train_{stage}")(run)
    return list(read_records(to / "helpful_samples.jsonl", Response))


@pytest.mark.parametrize("stage", KEYS)
def test_imitated_answers_are_sampled_at_the_temperature_of_their_recipe_key(
    stage: str, sampler: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot = imitated(stage, 1.0, sampler, tmp_path / "hot", monkeypatch)
    cold = imitated(stage, 0.001, sampler, tmp_path / "cold", monkeypatch)
    assert len(hot) == len(cold) == 18
    assert [answer.prompt for answer in hot] == [answer.prompt for answer in cold]

    def distinct(answers: list[Response]) -> int:
        return len({(answer.prompt.id, answer.text) for answer in answers})

    assert distinct(cold) == len({answer.prompt.id for answer in cold})  # as good as greedy: one answer each
    assert [answer.text for answer in hot] != [answer.text for answer in cold]


@pytest.mark.parametrize(("number", "kept"), [(3, 3), (0, 1)])
def test_the_recipe_says_how_many_checkpoints_stay(number: int, kept: int, sampler: Path, tmp_path: Path) -> None:
    # 0: the one to resume from, which the runner removes from the finished stage
    keys = [
        "sft.demonstrations=12",
        "sft.replay_documents=0",
        "sft.tokens_per_batch=256",
        "sft.checkpoint_every=1",
        "sft.epochs=1",
        "sft.held_out_share=0",
    ]
    recipe = load_recipe("quickstart", [*keys, f"keep_checkpoints={number}", "long_rows=leave_out"])
    run = StageRun("sft", recipe, Agora(0), {recipe.roles.sft_from: sampler}, tmp_path, 1, Silent())
    policies.train_helpful_sft(run)
    steps = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert len(steps) == kept
    assert int(steps[-1]) > 3  # more were written than stay


@pytest.mark.parametrize(
    ("keys", "shares"),
    [
        (("helpful_rlhf.lora.rank=2", "roles.rlhf_reference=sft"), True),
        (("helpful_rlhf.lora.rank=2", "roles.rlhf_reference=base"), False),
        (("roles.rlhf_reference=sft",), False),
    ],
)
def test_with_adapters_a_reference_that_is_the_start_has_its_tensors(
    keys: tuple[str, ...], shares: bool, sampler: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ScalarModel.from_policy(LanguageModel.load(sampler / "model"), 1).save(tmp_path / "reward" / "model")
    recipe = load_recipe("quickstart", [*keys, "helpful_rlhf.prompts=2", "helpful_rlhf.max_new_tokens=4"])
    inputs = {"sft": sampler, "base": sampler, "helpful_reward": tmp_path / "reward"}
    given: list[Any] = []

    def catch(policy: Any, reference: Any, value_model: Any, rewards: Any, *others: Any, **options: Any) -> None:
        given.extend(one.model for one in (policy, reference, value_model, rewards["helpful_reward"][0].model))

    monkeypatch.setattr(policies, "train_ppo", catch)
    policies.train_helpful_rlhf(StageRun("helpful_rlhf", recipe, Agora(0), inputs, tmp_path, 1, Silent()))
    assert len({id(one) for one in given}) == 4
    policy, reference, value, reward = (
        {one.untyped_storage().data_ptr() for one in model.base_model.parameters()} for model in given
    )
    assert (policy == reference, not policy & reference) == (shares, not shares)
    assert (value == reward) == ("helpful_rlhf.lora.rank=2" in keys)
