"""Training on files: OUT gets model/, metrics.jsonl and checkpoints; the same command goes on after a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solon.commands.shared import (
    Assignments,
    Json,
    Out,
    Seed,
    config_from,
    finish,
    open_model,
    open_scorer,
    progress,
    quarantine_beside,
    row_counts,
)

app = typer.Typer(no_args_is_help=True, help="Train a model on files; --set changes the settings.")

Start = Annotated[str, typer.Option("--start", help="the model to train: hf:PATH_OR_NAME or run:RUN@STAGE")]
Data = Annotated[Path, typer.Option("--data", help="the rows to train on")]


@app.command()
def base(data: Data, out: Out, assignments: Assignments = None, seed: Seed = 0, as_json: Json = False) -> None:
    """Make a tokeniser and a small model from plain text; --set takes model.* and PretrainConfig's keys."""
    from solon.data import read_documents
    from solon.policy.config import PretrainConfig
    from solon.policy.pretrain import pretrain
    from solon.sections import ModelSettings
    from solon.stages.opening import fresh_model

    of_model = [one.removeprefix("model.") for one in assignments or () if one.startswith("model.")]
    others = [one for one in assignments or () if not one.startswith("model.")]
    shape, config = config_from(ModelSettings, of_model), config_from(PretrainConfig, others)
    quarantine = quarantine_beside(out)
    documents = read_documents(data, quarantine, document_characters=2000)
    model = fresh_model(shape, [document.text for document in documents], seed=seed)
    with progress() as shown:
        pretrain(model, documents, config, folder=out, seed=seed, progress=shown)
    finish({"out": str(out / "model"), **row_counts(quarantine)}, as_json, f"model -> {out / 'model'}")


@app.command()
def mid(
    start: Start, data: Data, out: Out, assignments: Assignments = None, seed: Seed = 0, as_json: Json = False
) -> None:
    """Go on pretraining on text and conversations as the learning rate decays; --set takes PretrainConfig's keys."""
    from solon.data import DataConfig, FileSource
    from solon.policy.config import PretrainConfig
    from solon.policy.pretrain import pretrain

    config = config_from(PretrainConfig, ["schedule=linear", "warmup_steps=0", *(assignments or ())])
    source = FileSource(DataConfig(mid_documents=(str(data),), held_out=0.0), quarantine=_quarantine_file(out))
    examples = list(source.mid_documents(10**9, seed=seed))
    with progress() as shown:
        pretrain(open_model(start), examples, config, folder=out, seed=seed, progress=shown)
    finish({"out": str(out / "model"), "rows_used": len(examples)}, as_json, f"model -> {out / 'model'}")


@app.command()
def sft(
    start: Start, data: Data, out: Out, assignments: Assignments = None, seed: Seed = 0, as_json: Json = False
) -> None:
    """Imitate demonstrations: {messages}, {prompt, response} or Alpaca rows; --set takes SFTConfig's keys."""
    from solon.data import read_demonstrations
    from solon.policy.config import SFTConfig
    from solon.policy.sft import train_sft

    config = config_from(SFTConfig, assignments)
    quarantine = quarantine_beside(out)
    examples = read_demonstrations(data, quarantine)
    with progress() as shown:
        train_sft(open_model(start), examples, config, folder=out, seed=seed, progress=shown)
    finish({"out": str(out / "model"), **row_counts(quarantine)}, as_json, f"model -> {out / 'model'}")


@app.command()
def reward(
    start: Start, data: Data, out: Out, assignments: Assignments = None, seed: Seed = 0, as_json: Json = False
) -> None:
    """Train a reward model on pairs {prompt, response_a, response_b, prob_a}; --set takes RewardConfig's keys."""
    from solon.data import read_preferences
    from solon.evaluation.calibration import accuracy_metrics
    from solon.models.scalar_model import ScalarModel
    from solon.preferences.ai_feedback import sigmoid
    from solon.reward.config import RewardConfig
    from solon.reward.train import train_reward_model
    from solon.seeds import derive
    from solon.stages.opening import best_responses
    from solon.store.records import write_records

    config = config_from(RewardConfig, assignments)
    quarantine = quarantine_beside(out)
    preferences = read_preferences(data, quarantine)
    model = ScalarModel.from_policy(open_model(start), derive(seed, "head"))
    with progress() as shown:
        held_out = train_reward_model(
            model, [], preferences, config, references=best_responses([], preferences), folder=out, seed=seed,
            progress=shown,
        )  # fmt: skip
    write_records(out / "held_out.jsonl", held_out)
    decided = [pair for pair in held_out if pair.prob_a != 0.5]
    metrics = accuracy_metrics(
        [sigmoid(pair.margin) for pair in decided], [pair.prob_a > 0.5 for pair in decided],
        [pair.comparison.prompt.id for pair in decided], instrument="people", seed=seed,
    )  # fmt: skip
    told = {name: metric.model_dump() for name, metric in metrics.items()}
    accuracy = metrics["accuracy"]
    line = f"held-out accuracy {accuracy.value} [{accuracy.low}, {accuracy.high}], n {accuracy.n}\nmodel -> {out}/model"
    finish({"out": str(out / "model"), "metrics": told, **row_counts(quarantine)}, as_json, line)


@app.command()
def ppo(
    start: Start,
    reward: Annotated[str, typer.Option("--reward", help="the reward model: hf:PATH or run:RUN@STAGE")],
    data: Annotated[Path, typer.Option("--data", help="JSONL of {id, prompt | messages}")],
    out: Out,
    reference: Annotated[str | None, typer.Option("--reference", help="frozen policy of the KL")] = None,
    assignments: Assignments = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Raise a reward with PPO; --set takes PPOConfig's keys."""
    from solon.data import read_prompts
    from solon.policy.config import PPOConfig
    from solon.policy.ppo import train_ppo
    from solon.policy.value_model import initial_value_model

    config = config_from(PPOConfig, assignments)
    quarantine = quarantine_beside(out)
    prompts = read_prompts(data, quarantine)
    policy, scorer = open_model(start), open_scorer(reward)
    value_model = initial_value_model(policy, scorer.model)
    with progress() as shown:
        train_ppo(
            policy, open_model(reference or start), value_model, {"reward": (scorer, 1.0)}, prompts, config,
            folder=out, seed=seed, progress=shown,
        )  # fmt: skip
    finish({"out": str(out / "model"), **row_counts(quarantine)}, as_json, f"model -> {out / 'model'}")


def _quarantine_file(out: Path) -> Path:
    return out.with_name(f"{out.name}.quarantine.jsonl")
