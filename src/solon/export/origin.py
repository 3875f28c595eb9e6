"""What a run has stored of a stage and of all that it descends from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from solon.constitution import Constitution, load_constitution
from solon.constitution.marked_yaml import read_yaml
from solon.models.model_files import config_value
from solon.store.lineage import Manifest
from solon.store.run_folder import RunFolder, StageFolder, StageMetrics

Kind = Literal["policy", "reward model", "records"]


class StageFacts(NamedTuple):
    """A stage."""

    name: str
    folder: Path
    kind: Kind
    manifest: Manifest
    figures: StageMetrics | None
    records: Mapping[str, int]
    """File of records -> rows."""

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """Of this stage and of those before it."""
        own = self.figures.failures if self.figures else ()
        return tuple(dict.fromkeys((*self.manifest.failed_gates, *own)))

    @property
    def proven(self) -> bool:
        """Whether all these gates passed."""
        return self.manifest.proven and (self.figures is None or self.figures.proven) and not self.failed_gates

    @property
    def section(self) -> Mapping[str, Any]:
        """The stage's own part of the recipe, as it was made."""
        return self.manifest.settings.get(self.name) or {}


class Origin(NamedTuple):
    """A stage with its ancestors, in the order of the run."""

    run: str
    stage: StageFacts
    before: tuple[StageFacts, ...]
    missing: tuple[str, ...]
    """Ancestors that the run does not hold any more as they were."""
    recipe: Mapping[str, Any]
    """The run's recipe as it is now; a stage may be older."""
    rows: Mapping[str, Any]
    """What became of the rows of the recipe's files."""
    constitution: Constitution | None
    """The run's constitution as it is now."""

    @property
    def line(self) -> tuple[StageFacts, ...]:
        """The ancestors and the stage."""
        return (*self.before, self.stage)

    @property
    def in_the_world(self) -> bool:
        """Whether what made it came from the embedded world."""
        return any("agora" in (one.manifest.settings.get("source") or {}) for one in self.line)

    @property
    def principles(self) -> dict[str, str]:
        """Id -> hash of the principles that models read on the way."""
        read: dict[str, str] = {}
        for one in self.line:
            found = (one.manifest.settings.get("constitution") or {}).get("principles") or ()
            read |= {str(principle[0]): str(principle[1]) for principle in found}
        return read

    @property
    def start(self) -> str | None:
        """The model that the line began with, as its manifest has it: a name on the hub, or the hash of a folder; None
        where it began with nothing, or this is not known."""
        return next((found for one in self.line if (found := (one.manifest.settings.get("model") or {}).get("start"))),
                    None)  # fmt: skip


def read_origin(run: RunFolder, name: str) -> Origin:
    """All that is stored of a stage.

    Raises:
        InputError: no such stage, or a file of the run cannot be read.
    """
    metrics = run.metrics().stages
    stages = {stage.name: stage for stage in run.stages()}
    wanted = run.stage(name)
    needed, missing, waiting = {name}, list[str](), dict(wanted.manifest.parents)
    while waiting:
        parent, digest = waiting.popitem()
        if parent not in stages or stages[parent].manifest.hash != digest:
            missing.append(parent)
        elif parent not in needed:
            needed.add(parent)
            waiting |= stages[parent].manifest.parents
    facts = {one: _facts(stages[one], metrics.get(one)) for one in stages if one in needed}
    constitution = run.path / "constitution.yaml"
    return Origin(
        run=run.path.resolve().name,
        stage=facts.pop(name),
        before=tuple(facts.values()),
        missing=tuple(sorted(set(missing))),
        recipe=read_yaml(run.path / "recipe.yaml").data,
        rows=json.loads(_text(run.path / "rows.json") or "{}"),
        constitution=load_constitution(constitution) if constitution.is_file() else None,
    )


def _facts(stage: StageFolder, figures: StageMetrics | None) -> StageFacts:
    records = {
        file.name: _num_rows(file) for file in sorted(stage.path.glob("*.jsonl")) if file.name != "metrics.jsonl"
    }
    return StageFacts(stage.name, stage.path, _kind(stage.path / "model"), stage.manifest, figures, records)


def _kind(model: Path) -> Kind:
    if not model.is_dir():
        return "records"
    architectures = config_value(model, "config.json", "architectures") or []
    return "reward model" if any(one.endswith("ForSequenceClassification") for one in architectures) else "policy"


def _num_rows(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
