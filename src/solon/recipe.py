"""A recipe: everything that a run depends on, read from one YAML file.

Its parts, a section for each stage among them, are in sections.py. Unknown keys and values that do not fit are refused
by file, line and key. A recipe names no Python class.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, field_validator
from ruamel.yaml import YAML

from solon.constitution import (
    Constitution,
    Examples,
    dump_constitution,
    import_cai_supplement,
    load_constitution,
    without,
)
from solon.constitution.marked_yaml import read_yaml
from solon.data.paths import data_folder, resolve
from solon.engines.config import EngineConfig
from solon.errors import InputError
from solon.sections import (
    STAGES,
    AiFeedbackSection,
    BaseSection,
    EvaluationSection,
    HelpfulRewardSection,
    HelpfulRlhfSection,
    MidSection,
    ModelSettings,
    PreferenceModelSection,
    RevisionDpoSection,
    RevisionsSection,
    RlCaiSection,
    Roles,
    SftSection,
    SlCaiSection,
    StageName,
)
from solon.settings import Marks, Settings, override, validate
from solon.shipped import shipped, shipped_folder


class Recipe(Settings):
    """A whole run."""

    name: str = Field("quickstart", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Names the run directory: runs/NAME."""
    seed: int = Field(1, ge=0)
    """Decides every random choice."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where models compute; `auto` takes a GPU where there is one."""
    threads: int = Field(2, gt=0)
    """Threads that compute; part of the result's last bits, so it is recorded."""
    source: Mapping[Literal["agora", "data"], Mapping[str, Any]] = {"agora": {}}
    """Where texts, prompts and people come from: the embedded world, or a user's files. One of the two."""
    constitution: str = "agora"
    """A YAML file: relative to the recipe, or to the working directory, or the name of a shipped one.

    A folder with the supplement of Bai et al. 2022 is read as well; `$SOLON_DATA/...` begins in that folder.
    """
    ablate: tuple[str, ...] = ()
    """Principles (by id) or tags that are left out of it, to see what they do. What does not depend on them is taken
    from the cache of another run."""
    few_shots: bool = True
    """Show the constitution's examples to critics and judges; without them a small context suffices."""
    stages: tuple[StageName, ...] = STAGES
    """Which steps to run; `revision_dpo`, which no run has by itself, may be among them."""
    gates: Literal["enforce", "record"] = "enforce"
    """A failed gate stops the run, or is recorded and marks all that follows UNPROVEN."""
    long_rows: Literal["error", "leave_out"] = "error"
    """What to do about rows that a model's context cannot hold: stop, or leave them out and list them."""
    keep_checkpoints: int = Field(0, ge=0)
    """How many of the newest training checkpoints stay beside a finished model; a stage from the cache has none."""
    trackers: tuple[Literal["tensorboard", "wandb"], ...] = ()
    """Where training figures also go; each needs its extra: pip install 'solon[tensorboard]'."""
    engines: EngineConfig = EngineConfig()
    """Prices, the budget of the whole run, and how servers are asked."""
    model: ModelSettings = ModelSettings()
    roles: Roles = Roles()
    base: BaseSection = BaseSection()
    mid: MidSection = MidSection()
    sft: SftSection = SftSection()
    helpful_reward: HelpfulRewardSection = HelpfulRewardSection()
    helpful_rlhf: HelpfulRlhfSection = HelpfulRlhfSection()
    revisions: RevisionsSection = RevisionsSection()
    sl_cai: SlCaiSection = SlCaiSection()
    revision_dpo: RevisionDpoSection = RevisionDpoSection()
    ai_feedback: AiFeedbackSection = AiFeedbackSection()
    preference_model: PreferenceModelSection = PreferenceModelSection()
    rl_cai: RlCaiSection = RlCaiSection()
    evaluation: EvaluationSection = EvaluationSection()

    _marks: Marks = PrivateAttr(default_factory=Marks)

    @field_validator("source")
    @classmethod
    def _one_source(cls, source: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(source) != 1:
            raise ValueError(f"give exactly one of `agora` and `data`, not {len(source) or 'none'}")
        return source

    @property
    def marks(self) -> Marks:
        """Where the keys stand in the file that the recipe was read from."""
        return self._marks

    def place(self, *key: str) -> str:
        """`FILE:LINE: KEY`, for messages."""
        return self._marks.place(key)

    def made(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the names that `stages` has."""
        return tuple(name for name in names if name in self.stages)

    @property
    def checkpoints_on_the_way(self) -> int:
        """How many checkpoints a stage keeps while it trains: those that stay, and at least one to resume from."""
        return max(1, self.keep_checkpoints)

    def start_model(self) -> str | None:
        """`model.start` as a folder where there is one (beside the recipe, in `$SOLON_DATA`), else the hub name."""
        if self.model.start is None:
            return None
        folder = resolve(self.model.start, self._marks.path.parent if self._marks.path else Path.cwd())
        return str(folder) if folder.exists() or self.model.start.startswith("$") else self.model.start

    def constitution_path(self) -> Path:
        """The file of the constitution.

        Raises:
            InputError: it is in none of the places.
        """
        folders = [Path.cwd()] if self._marks.path is None else [self._marks.path.parent, Path.cwd()]
        for folder in folders:
            if (found := resolve(self.constitution, folder)).exists():
                return found
        if shipped_file := shipped("constitutions", self.constitution):
            return shipped_file
        if self.constitution.startswith("$"):
            tried = resolve(self.constitution, Path.cwd())
            raise InputError(f"{self.place('constitution')}: there is no {tried}; {data_folder()}")
        looked = ", ".join(str(folder) for folder in [*folders, shipped_folder("constitutions")])
        raise InputError(f"{self.place('constitution')}: no file '{self.constitution}' in {looked}")

    def load_constitution(self) -> Constitution:
        """The constitution, with its examples unless `few_shots` is off, and without what `ablate` names.

        Raises:
            InputError: it cannot be found or used; each problem by file, line and key.
        """
        constitution = self._whole_constitution()
        for name in self.ablate:
            constitution = without(constitution, name)
        return constitution if self.few_shots else constitution.model_copy(update={"examples": Examples()})

    def _whole_constitution(self) -> Constitution:
        path = self.constitution_path()
        return import_cai_supplement(path) if path.is_dir() else load_constitution(path)

    def _anywhere(self, value: Any) -> Any:
        """A value of `source.data` whose paths are the same files from any folder."""
        if isinstance(value, list | tuple):
            return [self._anywhere(one) for one in value]
        if not isinstance(value, str) or value.startswith(("$", "hf:")):
            return value
        return str(resolve(value, self._marks.path.parent if self._marks.path else Path.cwd()).absolute())

    def write(self, path: Path) -> None:
        """Write the resolved recipe, its constitution beside it, so that the pair can be run again elsewhere."""
        constitution, given = path.with_name("constitution.yaml"), self.constitution_path()
        if given.is_dir():
            dump_constitution(self._whole_constitution(), constitution)
        elif not constitution.is_file() or not constitution.samefile(given):
            shutil.copyfile(given, constitution)
        resolved = self.model_dump(mode="json") | {"constitution": constitution.name}
        resolved["model"]["start"] = self.start_model()
        if "data" in self.source:
            resolved["source"]["data"] = {key: self._anywhere(value) for key, value in self.source["data"].items()}
        writer = YAML()
        writer.width = 120
        writer.allow_unicode = True
        partial = path.with_name(f".partial-{path.name}")
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            writer.dump(resolved, file)
        partial.replace(path)


def load_recipe(path: Path | str | None = None, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe: a file, the name of a shipped one, or the quickstart; then apply `KEY=VALUE` overrides.

    Raises:
        InputError: no such recipe, or something in it that cannot be used, by file, line and key.
    """
    file = find_recipe(path or "quickstart")
    marked = read_yaml(file)
    values = marked.data
    keys = override(values, overrides)
    marks = Marks(marked, keys)
    recipe = validate(values, Recipe, marks)
    recipe._marks = marks
    return recipe


def find_recipe(path: Path | str) -> Path:
    """The file of a recipe given by path or by the name of a shipped one.

    Raises:
        InputError: there is neither.
    """
    if Path(path).is_file():
        return Path(path)
    if found := shipped("recipes", str(path)):
        return found
    names = sorted(file.stem for file in shipped_folder("recipes").glob("*.yaml"))
    raise InputError(f"{path}: no such recipe file; shipped ones: {', '.join(names)}")
