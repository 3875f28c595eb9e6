"""Training a policy on preferences: `solon train dpo`, whose `--set loss=` names one of the family."""

from __future__ import annotations

from typing import Annotated

import typer

from solon.addresses import model_folder
from solon.commands.shared import (
    Assignments,
    Json,
    Out,
    Seed,
    config_from,
    open_model,
    progress,
    quarantine_beside,
    row_counts,
)
from solon.commands.train import Files, Start
from solon.commands.train_record import begin_training
from solon.commands.train_result import finish_training, held_out_metrics


def dpo(
    start: Start,
    data: Files,
    out: Out,
    reference: Annotated[
        str | None, typer.Option("--reference", help="frozen policy of the log-ratios; the start unless given")
    ] = None,
    assignments: Assignments = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Learn from rankings and judged pairs without a reward model, by DPO or a relative.

    --set takes DirectPreferenceConfig's keys: loss=dpo|ipo|simpo|orpo|kto, beta, ...
    """
    from solon.commands.given import read_feedback
    from solon.policy.direct_preference import train_direct_preference
    from solon.policy.preference_config import DirectPreferenceConfig
    from solon.store.records import write_records

    config = config_from(DirectPreferenceConfig, assignments)
    models = {"start": start} | ({"reference": reference or start} if config.has_reference or reference else {})
    begun = begin_training(out, "dpo", data=data, models=models, settings=config.model_dump(mode="json"), seed=seed)
    quarantine = quarantine_beside(out)
    rankings, preferences, labelled = read_feedback(data, quarantine, labelled=config.loss == "kto")
    apart = reference is not None and model_folder(reference) != model_folder(start)
    with progress() as shown:
        held_out = train_direct_preference(
            open_model(start, config.lora), rankings, preferences, config, labelled=labelled,
            reference=(lambda: open_model(str(reference))) if apart else None, folder=out, seed=seed, progress=shown,
        )  # fmt: skip
    write_records(out / "held_out.jsonl", held_out)
    metrics = held_out_metrics(held_out, seed)
    if not config.is_bradley_terry:  # its margins are no log-odds
        metrics = {name: one for name, one in metrics.items() if name.partition("/")[0] != "ece"}
    accuracy = metrics["accuracy"]
    line = f"held-out accuracy {accuracy.value} [{accuracy.low}, {accuracy.high}], n {accuracy.n}\n"
    rows = {"rankings": len(rankings), "preferences": len(preferences), "labelled": len(labelled)}
    told = {"metrics": {name: metric.model_dump() for name, metric in metrics.items()}, **rows}
    finish_training(out, begun, told | row_counts(quarantine.counts), as_json, line)
