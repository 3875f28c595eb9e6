"""The command line on a tiny model with random weights: what goes in, what comes out, and what is said of bad input."""

import contextlib
import errno
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, says

from solon import cli, runner
from solon.errors import TrainingError
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.recipe import load_recipe
from solon.recipe_text import recipe_text
from solon.sections import ModelSettings
from solon.stages.opening import fresh_model
from solon.store.disk import Usage

CONSTITUTION = """
id: town
version: 1
principles:
  - id: kind
    text: be kind
    critique_request: "was the answer kind?"
    revision_request: "say it kindly."
    comparison: "which answer is kinder?"
"""


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a language model that answers at random."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    settings = ModelSettings(vocab_size=300, width=16, layers=1, heads=2, context_tokens=256)
    fresh_model(settings, ["how are you today? i am well, thank you."] * 3, seed=1).save(folder)
    return folder


@pytest.fixture(scope="session")
def reward_model(model: Path) -> Path:
    folder = model.with_name("reward")
    ScalarModel.from_policy(LanguageModel.load(str(model)), 1).save(folder)
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    Path(name).write_text("".join(line + "\n" for line in lines))
    return Path(name)


def rows_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def solon(*arguments: object) -> int:
    return cli.status([str(argument) for argument in arguments])


def fails(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must fail with status 1 and one clear message; the message."""
    capsys.readouterr()
    assert solon(*arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ") and "Traceback" not in told
    return told


def test_respond_answers_every_prompt(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = written("p.jsonl", {"id": "a", "prompt": "how are you?"}, {"id": "b", "prompt": "well?"})
    told = ["respond", prompts, "--engine", f"hf:{model}", "--out", "r.jsonl", "--max-new-tokens", 4, "--json"]
    assert solon(*told) == 0
    assert json.loads(capsys.readouterr().out)["responses"] == 2
    assert [(row["prompt"], set(row)) for row in rows_of("r.jsonl")] == [
        ("how are you?", {"id", "prompt", "response", "truncated"}),
        ("well?", {"id", "prompt", "response", "truncated"}),
    ]


def test_a_row_without_a_prompt_is_set_aside_and_counted(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = written("p.jsonl", {"id": "a", "prompt": "how are you?"}, {"id": "b", "text": "?"})
    assert (
        solon("respond", prompts, "--engine", f"hf:{model}", "--out", "r.jsonl", "--max-new-tokens", 2, "--json") == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (told["rows_in"], told["rows_used"], told["quarantined"]) == (2, 1, 1)
    assert rows_of("r.jsonl.quarantine.jsonl")[0]["line"] == 2


def test_revise_writes_every_round(model: Path) -> None:
    prompts = written("p.jsonl", {"id": "a", "prompt": "how are you?"})
    Path("c.yaml").write_text(CONSTITUTION)
    told = ["--constitution", "c.yaml", "--out", "v.jsonl", "--rounds", 2, "--max-new-tokens", 3]
    assert solon("revise", prompts, "--engine", f"hf:{model}", *told) == 0
    assert [row["round"] for row in rows_of("v.jsonl")] == [0, 1, 2]


def test_revisions_preferred_to_first_answers_are_pairs_that_dpo_learns_from(model: Path) -> None:
    prompts = written("p.jsonl", *({"prompt": f"is it {word}?"} for word in ("hot", "cold", "late", "far")))
    Path("c.yaml").write_text(CONSTITUTION)

    def revised(body: dict[str, Any]) -> dict[str, Any]:
        return says({1: "first", 3: "it is rude", 5: "kind"}[len(body["messages"])])

    with FakeServer(revised) as server:
        told = ["--constitution", "c.yaml", "--engine", f"openai:m@{server.url}", "--rounds", 1]
        assert solon("revise", prompts, *told, "--out", "v.jsonl", "--pairs", "w.jsonl") == 0
    assert {(row["response_a"], row["response_b"], row["prob_a"]) for row in rows_of("w.jsonl")} == {
        ("kind", "first", 1.0)
    }
    trained = ["--start", f"hf:{model}", "--data", "w.jsonl", "--out", "dpo", "--set", "prompts_per_step=2"]
    assert solon("train", "dpo", *trained) == 0
    assert Path("dpo/model/model.safetensors").is_file()


def test_judge_run_gives_a_probability_and_a_status(model: Path) -> None:
    pairs = written("pairs.jsonl", {"id": "x", "prompt": "well?", "response_a": "yes", "response_b": "no"})
    Path("c.yaml").write_text(CONSTITUTION)
    told = ["--engine", f"hf:{model}", "--constitution", "c.yaml", "--out", "v.jsonl"]
    assert solon("judge", "run", pairs, *told, "--set", "both_orders=false") == 0
    (row,) = rows_of("v.jsonl")
    assert (row["id"], row["status"], row["principle_id"]) == ("x", "scored", "kind")
    assert 0 < row["prob_a"] < 1 and len(row["log_odds"]) == 1


def test_score_and_rank_agree(reward_model: Path) -> None:
    answers = written("r.jsonl", *({"prompt": "well?", "response": text} for text in ("yes", "no", "thank you")))
    assert solon("score", answers, "--reward", f"hf:{reward_model}", "--out", "s.jsonl") == 0
    assert solon("rank", answers, "--reward", f"hf:{reward_model}", "--out", "k.jsonl") == 0
    scores = {row["response"]: row["score"] for row in rows_of("s.jsonl")}
    (ranking,) = rows_of("k.jsonl")
    by_rank = sorted(zip(ranking["ranks"], ranking["responses"], strict=True))
    assert [text for _, text in by_rank] == sorted(scores, key=lambda text: -scores[text])


def test_eval_tells_rates_on_a_recipes_held_out_prompts(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--set", "evaluation.prompts=3", "--set", "evaluation.max_new_tokens=3"]
    assert solon("eval", "--engine", f"hf:{model}", "--out", "a.jsonl", *small, "--json") == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    harmful = [row for row in rows_of("a.jsonl") if row["prompt"]["labels"]["kind"] == "harmful"]
    assert metrics["harmful"]["n"] == len(harmful) == 3
    assert (metrics["harmful"]["value"], metrics["harmful"]["instrument"]) == (0.0, "checker")
    assert metrics["well_formed"]["value"] == 0.0  # three tokens at random


def test_redteam_writes_prompts_or_tells_why_it_refused_them(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeds = written("seeds.jsonl", *({"prompt": f"how are you today {n}?"} for n in range(5)))
    told = ["--engine", f"hf:{model}", "--out", "new.jsonl", "--count", 2, "--max-new-tokens", 4, "--json"]
    assert solon("redteam", seeds, *told) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["prompts"] == len(rows_of("new.jsonl")) <= 2
    assert result["prompts"] + sum(result["rejected"].values()) > 0
    few = written("few.jsonl", {"prompt": "how are you?"})
    assert "each list shows 5" in fails(capsys, "redteam", few, *told)


def test_training_on_files_leaves_a_model_that_answers(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = written("d.jsonl", *({"prompt": f"well {n}?", "response": "yes"} for n in range(4)))
    assert solon("train", "sft", "--start", f"hf:{model}", "--data", rows, "--out", "o", "--set", "epochs=2") == 0
    assert solon("respond", rows, "--engine", "hf:o/model", "--out", "r.jsonl", "--max-new-tokens", 2) == 0
    capsys.readouterr()
    pairs = [{"prompt": f"w {n}?", "response_a": "yes", "response_b": "no", "prob_a": 1.0} for n in range(40)]
    told = ["--start", f"hf:{model}", "--data", written("pairs.jsonl", *pairs), "--out", "rm", "--json"]
    assert solon("train", "reward", *told) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["accuracy"]["n"] > 0
    told = ["--reward", "hf:rm/model", "--data", rows, "--out", "ppo", "--set", "num_steps=2"]
    small = ["prompts_per_step=2", "minibatch_responses=2", "max_new_tokens=2", "value_warmup_steps=1"]
    assert solon("train", "ppo", "--start", f"hf:{model}", *told, *(x for one in small for x in ("--set", one))) == 0
    assert LanguageModel.load("ppo/model").context_tokens == 256


def test_a_base_model_is_made_from_text_and_goes_on_to_mid_training() -> None:
    text = written("t.txt", "how are you today? i am well, thank you.")
    small = ["model.width=16", "model.layers=1", "model.heads=2", "model.vocab_size=280", "epochs=1"]
    assert solon("train", "base", "--data", text, "--out", "b", *(x for one in small for x in ("--set", one))) == 0
    rows = written("d.jsonl", {"prompt": "well?", "response": "yes"})
    assert solon("train", "mid", "--start", "hf:b/model", "--data", rows, "--out", "m") == 0
    assert Path("m/model/model.safetensors").is_file()


def trains(kind: str, *arguments: object) -> dict[str, Any]:
    """Run a training on files that must succeed with few short steps; what it tells."""
    small = {"sft": ["tokens_per_batch=256"], "reward": ["held_out_share=0.3"]}.get(kind, [])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert solon("train", kind, *arguments, *(x for one in small for x in ("--set", one)), "--json") == 0
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_the_same_training_goes_on_and_another_is_refused(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = written("d1.jsonl", {"prompt": "well?", "response": "yes"})
    other = written("d2.jsonl", {"prompt": "well?", "response": "no"})
    start = ["--start", f"hf:{model}", "--out", "o"]
    assert trains("sft", *start, "--data", one)["training"] == "new"
    weights = Path("o/model/model.safetensors").read_bytes()
    assert trains("sft", *start, "--data", one)["training"] == "finished already"
    told = fails(
        capsys, "train", "sft", *start, "--data", other, "--set", "peak_lr=0.1", "--set", "tokens_per_batch=256"
    )
    assert "data (d1.jsonl before, d2.jsonl now), peak_lr (" in told
    assert Path("o/model/model.safetensors").read_bytes() == weights


def test_answers_are_revised_and_the_revisions_imitated(model: Path) -> None:
    prompts = written("p.jsonl", {"id": "a", "prompt": "how are you?"}, {"id": "b", "prompt": "well?"})
    Path("c.yaml").write_text(CONSTITUTION)
    short = ["--max-new-tokens", 3]
    assert solon("respond", prompts, "--engine", f"hf:{model}", "--out", "r.jsonl", *short) == 0
    asked = ["--engine", f"hf:{model}", "--constitution", "c.yaml", "--rounds", 2]
    assert solon("revise", "r.jsonl", *asked, "--out", "v.jsonl", *short) == 0
    whole = [row | {"truncated": False} for row in rows_of("r.jsonl")]
    data = ["--data", "v.jsonl", "--data", written("whole.jsonl", *whole)]
    told = trains("sft", "--start", f"hf:{model}", *data, "--out", "o")
    assert (told["rows_in"], told["quarantined"]) == (2 * 3 + 2, 0)
    assert Path("o/model/model.safetensors").is_file()
    last = trains("sft", "--start", f"hf:{model}", "--data", "v.jsonl", "--train-on", "last", "--out", "last")
    assert last["training"] == "new"


def test_first_answers_alone_are_nothing_to_imitate(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = {"prompt": {"id": "a", "messages": [{"role": "user", "content": "well?"}]}, "round": 0, "text": "no"}
    told = fails(capsys, "train", "sft", "--start", f"hf:{model}", "--data", written("v.jsonl", first), "--out", "o")
    assert "v.jsonl: only first answers" in told


def test_an_answer_that_the_token_limit_cut_is_not_imitated(model: Path) -> None:
    rows = [{"prompt": f"well {n}?", "response": "yes", "truncated": n == 0} for n in range(3)]
    told = trains("sft", "--start", f"hf:{model}", "--data", written("r.jsonl", *rows), "--out", "o")
    assert (told["rows_used"], told["quarantined"]) == (2, 1)
    assert "token limit" in rows_of("o.quarantine.jsonl")[0]["reason"]


def test_answers_are_judged_and_ranked_and_one_reward_model_learns_both(model: Path, reward_model: Path) -> None:
    prompts = written("p.jsonl", *({"prompt": f"well {n}?"} for n in range(12)))
    Path("c.yaml").write_text(CONSTITUTION)
    short = ["--draws", 3, "--max-new-tokens", 3]
    assert solon("respond", prompts, "--engine", f"hf:{model}", "--out", "r.jsonl", *short) == 0
    told = ["--engine", f"hf:{model}", "--constitution", "c.yaml", "--out", "v.jsonl"]
    assert solon("judge", "run", "r.jsonl", *told) == 0
    verdicts = rows_of("v.jsonl")
    assert len(verdicts) == 12 and {"prompt", "response_a", "response_b", "prob_a"} <= set(verdicts[0])
    assert solon("rank", "r.jsonl", "--reward", f"hf:{reward_model}", "--out", "k.jsonl") == 0
    by_people = [{"prompt": f"w {n}?", "response_a": "yes", "response_b": "no", "prob_a": 1.0} for n in range(12)]

    judged = trains("reward", "--start", f"hf:{model}", "--data", "v.jsonl", "--out", "judged")
    assert (judged["rankings"], judged["preferences"]) == (0, 12)
    assert judged["metrics"]["accuracy"]["instrument"] == "judge"
    both = ["--data", "k.jsonl", "--data", "v.jsonl", "--data", written("people.jsonl", *by_people)]
    mixed = trains("reward", "--start", f"hf:{model}", *both, "--out", "mixed")
    assert (mixed["rankings"], mixed["preferences"]) == (12, 24)
    figures = {name: metric["instrument"] for name, metric in mixed["metrics"].items()}
    assert figures["accuracy"] == "people" and figures["accuracy/ai_feedback"] == "judge"


def test_several_answers_judged_together_train_a_reward_model(model: Path) -> None:
    prompts = written("p.jsonl", *({"prompt": f"well {n}?"} for n in range(8)))
    Path("c.yaml").write_text(CONSTITUTION)
    short = ["--draws", 3, "--max-new-tokens", 3]
    assert solon("respond", prompts, "--engine", f"hf:{model}", "--out", "r.jsonl", *short) == 0
    told = ["--engine", f"hf:{model}", "--constitution", "c.yaml", "--out", "v.jsonl"]
    assert solon("judge", "run", "r.jsonl", "--together", *told) == 0
    verdicts = rows_of("v.jsonl")
    assert [sum(row["probs"]) for row in verdicts] == pytest.approx([1.0] * 8)
    trained = trains("reward", "--start", f"hf:{model}", "--data", "v.jsonl", "--out", "judged")
    assert (trained["rankings"], trained["preferences"]) == (8, 0)
    assert trained["metrics"]["accuracy"]["instrument"] == "judge"


def test_a_judge_needs_two_answers_that_differ(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = written("r.jsonl", {"prompt": "well?", "response": "yes"}, {"prompt": "well?", "response": "yes"})
    told = ["--engine", f"hf:{model}", "--constitution", "agora", "--out", "v.jsonl"]
    assert "--draws 2" in fails(capsys, "judge", "run", answers, *told)


def test_mid_training_tells_the_rows_it_could_not_use_and_forgets_those_of_an_earlier_call(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"prompt": "well?", "response": "yes"}, {"id": "b", "text": ""}]
    told = trains("mid", "--start", f"hf:{model}", "--data", written("d.jsonl", *rows), "--out", "m")
    assert (told["rows_in"], told["rows_used"], told["quarantined"]) == (2, 1, 1)
    assert "1 of 2 rows could not be used: m.quarantine.jsonl" in capsys.readouterr().err
    assert Path("m.quarantine.jsonl").is_file()
    shutil.rmtree("m")
    trains("mid", "--start", f"hf:{model}", "--data", written("d.jsonl", *rows[:1]), "--out", "m")
    assert not Path("m.quarantine.jsonl").exists()


def test_commands_take_the_constitutions_that_run_takes(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("cai").mkdir()
    Path("cai/CritiqueRevisionInstructions.json").write_text("{}")
    assert solon("constitution", "lint", "agora", "--json") == 0
    assert json.loads(capsys.readouterr().out)["id"] == "agora"
    assert solon("constitution", "diff", "agora", "agora.yaml") == 0
    assert "RLMadisonInstructions.json" in fails(capsys, "constitution", "show", "cai")  # read as the supplement
    pairs = written("pairs.jsonl", {"prompt": "well?", "response_a": "yes", "response_b": "no"})
    told = ["--engine", f"hf:{model}", "--constitution", "no-such", "--out", "v.jsonl"]
    assert "no file 'no-such' in" in fails(capsys, "judge", "run", pairs, *told)


def test_a_constitution_is_shown_linted_and_compared(capsys: pytest.CaptureFixture[str]) -> None:
    Path("c.yaml").write_text(CONSTITUTION)
    Path("d.yaml").write_text(CONSTITUTION.replace("kinder", "friendlier"))
    assert solon("constitution", "show", "c.yaml", "--json") == 0
    assert json.loads(capsys.readouterr().out)["principles"][0]["comparison"] == "which answer is kinder?"
    assert solon("constitution", "lint", "c.yaml") == 0
    capsys.readouterr()
    assert solon("constitution", "diff", "c.yaml", "d.yaml", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["added"], told["removed"], told["changed"]) == ([], [], ["kind"])


def test_init_writes_a_recipe_that_loads_to_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert solon("init", "mine.yaml") == 0
    quickstart, mine = load_recipe("quickstart"), load_recipe("mine.yaml")
    assert mine.model_dump() == quickstart.model_dump()
    assert "# Decides every random choice." in Path("mine.yaml").read_text()
    assert "exists already" in fails(capsys, "init", "mine.yaml")


def test_every_shipped_recipe_loads_and_plans(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("quickstart", "rlhf-then-cai", "long"):
        assert solon("run", name, "--dry-run", "--json") == 0
        stages = json.loads(capsys.readouterr().out)["stages"]
        assert stages[0] == {"stage": "base", "inputs": [], "state": "to make"}
    for name in ("hf", "mixture"):  # their files need not be here
        given = load_recipe(name)
        Path("again.yaml").write_text(recipe_text(given))
        assert load_recipe("again.yaml").model_dump() == given.model_dump()


def test_recipes_that_go_the_same_way_share_their_stages() -> None:
    quickstart, other, long = (load_recipe(name) for name in ("quickstart", "rlhf-then-cai", "long"))
    for section in ("model", "base", "mid", "sft", "helpful_reward", "evaluation"):
        assert getattr(long, section) == getattr(other, section) == getattr(quickstart, section), section
    for section in ("helpful_rlhf", "revisions", "sl_cai", "ai_feedback", "preference_model", "rl_cai"):
        assert getattr(other, section) == getattr(quickstart, section), section


def test_the_other_order_puts_ai_feedback_before_revisions(capsys: pytest.CaptureFixture[str]) -> None:
    assert solon("run", "rlhf-then-cai", "--dry-run", "--json") == 0
    names = [stage["stage"] for stage in json.loads(capsys.readouterr().out)["stages"]]
    assert names[5:] == ["ai_feedback", "preference_model", "rl_cai", "revisions", "sl_cai"]


def test_doctor_tells_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert solon("doctor", "--json") == 0
    assert "torch" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (None, "p.jsonl: "),
        ([], "p.jsonl: "),
        (['{"prompt": "a"}', "", '{"prompt": '], "p.jsonl:3: "),
        ([{"id": 1}], "none of its 1 rows can be used"),
    ],
)
def test_bad_prompts_are_named(rows: Any, told: str, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if rows is not None:
        written("p.jsonl", *rows)
    assert told in fails(capsys, "respond", "p.jsonl", "--engine", f"hf:{model}", "--out", "r.jsonl")


def test_an_unknown_recipe_key_is_named_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("r.yaml").write_text("name: mine\nsft:\n  epoch: 2\n")
    told = fails(capsys, "run", "r.yaml", "--dry-run")
    assert told == "error: r.yaml:3: sft.epoch: unknown key; did you mean epochs?\n"
    assert "--set sft.epoch: unknown key" in fails(capsys, "run", "quickstart", "--dry-run", "--set", "sft.epoch=2")
    told = fails(capsys, "run", "quickstart", "--dry-run", "--set", "source={agora: {sead: 1}}")
    assert "source.agora.sead: unknown key; did you mean seed?" in told


def test_a_missing_data_file_is_named_by_the_key_that_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("c.yaml").write_text(CONSTITUTION)
    Path("r.yaml").write_text("name: mine\nconstitution: c.yaml\nsource:\n  data:\n    base_text: none.txt\n")
    told = fails(capsys, "run", "r.yaml", "--dry-run")
    assert "r.yaml:5: source.data.base_text: none.txt: there is no such file" in told


def test_a_constitution_without_principles_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("c.yaml").write_text("id: empty\nversion: 1\nprinciples: []\n")
    assert "c.yaml:3: " in fails(capsys, "constitution", "lint", "c.yaml")
    assert "c.yaml:3: " in fails(capsys, "run", "quickstart", "--dry-run", "--set", "constitution=c.yaml")


def test_a_model_folder_without_a_tokenizer_is_named(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bare").mkdir()
    for name in ("config.json", "model.safetensors"):
        Path("bare", name).write_bytes((model / name).read_bytes())
    prompts = written("p.jsonl", {"prompt": "well?"})
    assert "bare: no tokenizer" in fails(capsys, "respond", prompts, "--engine", "hf:bare", "--out", "r.jsonl")


def test_a_reward_model_is_no_policy_and_a_policy_no_reward_model(
    model: Path, reward_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = written("p.jsonl", {"prompt": "well?", "response": "yes"})
    told = "scores answers and writes none"
    assert told in fails(capsys, "respond", rows, "--engine", f"hf:{reward_model}", "--out", "r.jsonl")
    assert told in fails(capsys, "chat", reward_model)
    assert told in fails(capsys, "train", "sft", "--start", f"hf:{reward_model}", "--data", rows, "--out", "o")
    told = "writes answers and scores none"
    assert told in fails(capsys, "score", rows, "--reward", f"hf:{model}", "--out", "s.jsonl")


def test_a_role_takes_stages_that_make_a_policy(capsys: pytest.CaptureFixture[str]) -> None:
    for role in ("roles.rl_cai_from=helpful_reward", "roles.ranked=[sft, ai_feedback]"):
        told = fails(capsys, "run", "quickstart", "--dry-run", "--set", role)
        assert f"--set {role.partition('=')[0]}" in told and "makes no policy" in told


def test_damaged_model_folders_are_told_in_one_line(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = written("p.jsonl", {"prompt": "well?"})
    for file in ("model.safetensors", "tokenizer_config.json", "tokenizer.json", "config.json"):
        shutil.copytree(model, "bad", dirs_exist_ok=True)
        Path("bad", file).write_bytes(Path("bad", file).read_bytes()[:50])
        told = fails(capsys, "respond", prompts, "--engine", "hf:bad", "--out", "r.jsonl")
        assert told.startswith("error: bad: cannot be loaded") and told.count("\n") == 1, file


@pytest.mark.parametrize("wrong", [("--draws", 0), ("--draws", -1), ("--temperature", -1), ("--max-new-tokens", 0)])
def test_numbers_that_make_no_sense_are_wrong_usage(wrong: tuple[str, int]) -> None:
    prompts = written("p.jsonl", {"prompt": "well?"})
    assert solon("respond", prompts, "--engine", "hf:none", "--out", "r.jsonl", *wrong) == 2


@pytest.mark.parametrize("command", ["respond", "revise", "judge"])
def test_a_row_that_is_too_long_is_named_by_its_prompt(
    command: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"response_a": "yes", "response_b": "no"}
    rows = written("p.jsonl", {"prompt": "well?", **answers}, {"id": "long", "prompt": "so? " * 300, **answers})
    Path("c.yaml").write_text(CONSTITUTION)
    judged = [] if command == "respond" else ["--constitution", "c.yaml"]
    called = ["judge", "run"] if command == "judge" else [command]
    told = fails(capsys, *called, rows, "--engine", f"hf:{model}", "--out", "r.jsonl", *judged)
    assert "('so? so? so? so? " in told and (command == "judge" or "prompt 'long'" in told)


def test_a_file_below_solon_data_names_the_variable_and_the_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SOLON_DATA", raising=False)
    told = fails(capsys, "run", "hf", "--dry-run")
    assert "SOLON_DATA is not set" in told and "../shared" in told
    monkeypatch.setenv("SOLON_DATA", "elsewhere")
    assert "SOLON_DATA is elsewhere" in fails(capsys, "run", "hf", "--dry-run")


def test_a_prompt_longer_than_the_context_is_named(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = written("p.jsonl", {"id": "long", "prompt": "well? " * 300})
    told = fails(capsys, "respond", prompts, "--engine", f"hf:{model}", "--out", "r.jsonl")
    assert "256" in told and "Shorten" in told


def test_an_engine_of_another_kind_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    prompts = written("p.jsonl", {"prompt": "well?"})
    told = fails(capsys, "respond", prompts, "--engine", "tiny", "--out", "r.jsonl")
    assert "hf:PATH_OR_NAME, run:RUN@STAGE or openai:MODEL@BASE_URL" in told
    assert "no run there" in fails(capsys, "respond", prompts, "--engine", "run:none@sft", "--out", "r.jsonl")


def test_a_full_disk_is_told_before_a_run_begins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner.run_chain, "__kwdefaults__", {**(runner.run_chain.__kwdefaults__ or {}), "usage": full})
    assert "are free there" in fails(capsys, "run", "quickstart", "--to", "run")


def full(path: Path) -> Usage:
    return Usage(10, 10, 0)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "runs/x"), 1, "error: runs/x: the disk is full"),
        (TrainingError("the loss of step 3 is nan (rows 1, 2)"), 1, "error: the loss of step 3 is nan (rows 1, 2)"),
        (KeyboardInterrupt(), 130, "the same command goes on where it stopped"),
    ],
)
def test_what_stops_a_run_is_told_in_one_line(
    error: BaseException, status: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("solon.launch.launch", stop)
    assert solon("run") == status
    assert told in capsys.readouterr().err


def test_help_comes_without_importing_torch() -> None:
    code = "import sys; from solon import cli; code = cli.status(['--help']); print(code, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"


@pytest.mark.parametrize("given", [["nonsense"], ["run", "--nonsense"], ["score"]])
def test_wrong_usage_is_told_without_a_traceback_and_has_status_2(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.status(given) == 2
    assert "Usage: solon" in capsys.readouterr().err


def test_the_package_runs_as_a_module_too() -> None:
    asked = [sys.executable, "-m", "solon", "run", "no-such-recipe"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "no-such-recipe" in done.stderr
