"""Of a model card: how each stage was trained, and where everything came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solon.export.markdown import bullets, escaped, table
from solon.export.origin import Origin, StageFacts
from solon.export.public import public

OBJECTIVES = {
    "base": "next tokens of plain text",
    "mid": "next tokens of documents and demonstrations of every style",
    "sft": "imitation of demonstrations: cross-entropy on the assistant's turns",
    "helpful_reward": "a reward model from rankings by people (Bradley-Terry, Plackett-Luce)",
    "helpful_rlhf": "PPO on that reward model",
    "revisions": "trains nothing: answers, criticised and revised under the constitution",
    "sl_cai": "imitation of revised answers and of helpful samples",
    "revision_dpo": "preference learning without a reward model: revisions over first answers",
    "ai_feedback": "trains nothing: pairs of responses, judged under the constitution",
    "preference_model": "a preference model from AI feedback and rankings by people (Bradley-Terry, Plackett-Luce)",
    "rl_cai": "PPO on the preference model",
}
"""What the stages of Solon's chain do."""


def training_section(origin: Origin) -> str:
    """Objective, parents, time and settings of every stage."""
    rows = [
        [escaped(one.name), one.kind, escaped(_objective(one)), escaped(", ".join(one.manifest.parents)) or "none",
         f"{one.manifest.seconds:.0f}"]
        for one in origin.line
    ]  # fmt: skip
    settings = [f"**{escaped(one.name)}**: {_settings(one.section)}" for one in origin.line]
    return (
        f"{table(['stage', 'makes', 'objective', 'reads', 'seconds'], rows)}\n\n"
        f"Settings (those of parts of a stage are in `lineage.json`):\n\n{bullets(settings)}"
    )


def _objective(stage: StageFacts) -> str:
    told = OBJECTIVES.get(stage.name, "unknown")
    if stage.section.get("documents") == 0:
        return f"{told}; on no documents here, so the weights it began with"
    return f"{told}; as low-rank adapters, merged" if stage.section.get("lora") else told


def _settings(section: Mapping[str, Any]) -> str:
    told = [f"{key} {value}" for key, value in section.items() if isinstance(value, bool | int | float | str)]
    return escaped(public(", ".join(told))) or "none recorded"


def lineage_section(origin: Origin) -> str:
    """Hashes of every stage; what computed."""
    rows = [
        [escaped(one.name), f"`{one.manifest.hash[:16]}`",
         ", ".join(f"{escaped(name)} `{digest[:16]}`" for name, digest in one.manifest.parents.items()) or "none",
         str(one.manifest.seed), _commit(one)]
        for one in origin.line
    ]  # fmt: skip
    heads = ["stage", "hash of its files", "made from", "seed", "commit of Solon"]
    machine = origin.stage.manifest.machine
    versions = f"Python {machine.python}, torch {machine.torch}, transformers {machine.transformers}"
    return (
        f"{table(heads, rows)}\n\nThe last stage was computed by {escaped(versions)} on {escaped(machine.platform)} "
        f"with {machine.threads} threads. Whole hashes, settings and versions of every stage are in `lineage.json`, "
        "all figures in `metrics.json`."
    )


def _commit(stage: StageFacts) -> str:
    machine = stage.manifest.machine
    if machine.commit is None:
        return "unknown"
    return f"`{machine.commit[:12]}`{' with changes' if machine.dirty else ''}"
