"""Training on files: OUT gets model/, metrics.jsonl and checkpoints; the same command goes on after a stop.

Another training into the same OUT is refused: `OUT/training.json` holds what it was begun with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from solon.commands.mixtures import files_of, open_mixed
from solon.commands.shared import (
    Assignments,
    Json,
    Out,
    Seed,
    config_from,
    open_model,
    progress,
    quarantine_beside,
    quarantine_file,
    row_counts,
)
from solon.commands.train_record import begin_training
from solon.commands.train_result import finish_training, held_out_metrics

app = typer.Typer(no_args_is_help=True, help="Train a model on files; --set changes the settings.")

Start = Annotated[str, typer.Option("--start", help="the model to train: hf:PATH_OR_NAME or run:RUN@STAGE")]
Data = Annotated[Path, typer.Option("--data", help="the rows to train on")]
Files = Annotated[list[Path], typer.Option("--data", help="the rows to train on; may be repeated")]


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
    settings = config.model_dump(mode="json") | {"model": shape.model_dump(mode="json")}
    begun = begin_training(out, "base", data=[data], models={}, settings=settings, seed=seed)
    quarantine = quarantine_beside(out)
    documents = read_documents(data, quarantine, document_characters=2000)
    model = fresh_model(shape, [document.text for document in documents], seed=seed)
    with progress() as shown:
        pretrain(model, documents, config, folder=out, seed=seed, progress=shown)
    finish_training(out, begun, row_counts(quarantine.counts), as_json)


@app.command()
def mid(
    start: Start, data: Data, out: Out, assignments: Assignments = None, seed: Seed = 0, as_json: Json = False
) -> None:
    """Go on pretraining on text and conversations, or on a folder of `data mix`, as the learning rate decays.

    --set takes PretrainConfig's keys.
    """
    from solon.data import DataConfig, FileSource
    from solon.data.mixing import is_mixture
    from solon.policy.config import PretrainConfig
    from solon.policy.pretrain import pretrain, pretrain_rows

    mixed = is_mixture(data)
    config = config_from(
        PretrainConfig, [f"schedule={'wsd' if mixed else 'linear'}", "warmup_steps=0", *(assignments or ())]
    )
    settings = config.model_dump(mode="json")
    begun = begin_training(out, "mid", data=files_of(data), models={"start": start}, settings=settings, seed=seed)
    if mixed:
        model, (rows, sections) = open_mixed(data, start, config)
        with progress() as shown:
            pretrain_rows(model, rows, config, sections=sections, folder=out, seed=seed, progress=shown)
        finish_training(out, begun, {"rows_used": len(rows)}, as_json)
        return
    source = FileSource(DataConfig(mid_documents=(str(data),), held_out=0.0), quarantine=quarantine_file(out))
    examples = list(source.mid_documents(10**9, seed=seed))
    with progress() as shown:
        pretrain(open_model(start), examples, config, folder=out, seed=seed, progress=shown)
    finish_training(out, begun, row_counts(source.counts["mid_documents"]), as_json)


@app.command()
def sft(
    start: Start,
    data: Files,
    out: Out,
    train_on: Annotated[
        Literal["all", "last"], typer.Option("--train-on", help="of revisions: those of every round, or the last")
    ] = "all",
    assignments: Assignments = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Imitate what `respond` and `revise` wrote, any demonstrations, or a folder of `data mix`; --set: SFTConfig."""
    from solon.commands.given import read_imitated
    from solon.data.mixing import is_mixture
    from solon.policy.config import SFTConfig
    from solon.policy.sft import train_sft, train_sft_rows

    config = config_from(SFTConfig, assignments)
    settings = config.model_dump(mode="json") | {"train_on": train_on}
    begun = begin_training(
        out,
        "sft",
        data=[file for one in data for file in files_of(one)],
        models={"start": start},
        settings=settings,
        seed=seed,
    )
    if is_mixture(data[0]) and len(data) == 1:
        model, (rows, sections) = open_mixed(data[0], start, config, config.lora)
        with progress() as shown:
            train_sft_rows(model, rows, config, sections=sections, folder=out, seed=seed, progress=shown)
        finish_training(out, begun, {"rows_used": len(rows)}, as_json)
        return
    quarantine = quarantine_beside(out)
    examples = read_imitated(data, quarantine, train_on)
    with progress() as shown:
        train_sft(open_model(start, config.lora), examples, config, folder=out, seed=seed, progress=shown)
    finish_training(out, begun, row_counts(quarantine.counts), as_json)


@app.command()
def reward(
    start: Start, data: Files, out: Out, assignments: Assignments = None, seed: Seed = 0, as_json: Json = False
) -> None:
    """Train a reward model on what `rank` and `judge run` wrote, or on pairs with prob_a; --set: RewardConfig."""
    from solon.commands.given import read_judgements
    from solon.models.scalar_model import ScalarModel
    from solon.reward.config import RewardConfig
    from solon.reward.train import train_reward_model
    from solon.seeds import derive
    from solon.stages.opening import best_responses
    from solon.store.records import write_records

    config = config_from(RewardConfig, assignments)
    settings = config.model_dump(mode="json")
    begun = begin_training(out, "reward", data=data, models={"start": start}, settings=settings, seed=seed)
    quarantine = quarantine_beside(out)
    rankings, preferences = read_judgements(data, quarantine)
    policy, shares = open_model(start, config.lora), config.lora is not None
    model = ScalarModel.from_policy(policy, derive(seed, "head"), share=shares)
    with progress() as shown:
        held_out = train_reward_model(
            model, rankings, preferences, config, references=best_responses(rankings, preferences), folder=out,
            seed=seed, progress=shown,
        )  # fmt: skip
    write_records(out / "held_out.jsonl", held_out)
    metrics = held_out_metrics(held_out, seed)
    accuracy = metrics["accuracy"]
    line = f"held-out accuracy {accuracy.value} [{accuracy.low}, {accuracy.high}], n {accuracy.n}\n"
    rows = {"rankings": len(rankings), "preferences": len(preferences), **row_counts(quarantine.counts)}
    told = {"metrics": {name: metric.model_dump() for name, metric in metrics.items()}, **rows}
    finish_training(out, begun, told, as_json, line)
