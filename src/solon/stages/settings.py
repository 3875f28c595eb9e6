"""What each stage's result depends on: its part of the recipe, and a hash of every file that it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from solon.addresses import is_address, is_server, model_folder
from solon.constitution import Constitution
from solon.data.config import FILE_KEYS, DataConfig, MixedStage
from solon.data.hub import fingerprint, is_hub_name
from solon.data.mixture import MixtureConfig, expect_only_mixture
from solon.data.paths import DATA_VARIABLE, data_folder, resolve
from solon.errors import InputError
from solon.preferences import FeedbackConfig
from solon.recipe import Recipe
from solon.settings import validate
from solon.shipped import PACKAGE
from solon.store.folders import hash_artefacts

# Sections say how often to save; what is saved does not depend on it.
NO_EFFECT = frozenset({"checkpoint_every", "recompute_activations"})


def settings_of(
    *sections: str,
    files: tuple[str, ...] = (),
    roles: tuple[str, ...] = (),
    constitution: bool = False,
    mixed: MixedStage | None = None,
) -> Callable[[Recipe], Mapping[str, Any]]:
    """The settings of a stage.

    Args:
        sections: keys of the recipe.
        files: keys of `source.data` that the stage reads.
        roles: which of the recipe's roles it plays out.
        constitution: whether its models read the constitution.
        mixed: the stage, if a mixture may take the place of the files.
    """

    def settings(recipe: Recipe) -> Mapping[str, Any]:
        whole = recipe.model_dump(mode="json")
        mixture = mixture_of(recipe, mixed) if mixed else None
        read = () if mixture else files
        told: dict[str, Any] = {"device": recipe.device, "source": source_fingerprint(recipe, read)}
        if mixed and mixture:
            told["mixture"] = _mixture_fingerprint(recipe, mixture, mixed)
        for section in sections:
            told[section] = {
                key: value
                for key, value in whole[section].items()
                if key not in NO_EFFECT and (key, value) != ("lora", None)  # keys from before there were adapters
            }
        if "model" in sections:
            told["model"] = _model_fingerprint(recipe)
        if roles:
            told["roles"] = {role: whole["roles"][role] for role in roles}
            elsewhere = sorted({name for role in roles for name in _names(whole["roles"][role]) if is_address(name)})
            if elsewhere:
                told["engines"] = {key: whole["engines"][key] for key in ("prefill", "top_logprobs", "option_samples")}
                told["models"] = {name: _weights_of(name) for name in elsewhere if not is_server(name)}
        if constitution:
            told["constitution"] = constitution_fingerprint(recipe.load_constitution())
        return told

    return settings


def tested_by(
    *keys: str,
    files: tuple[str, ...] = ("helpful_prompts", "red_team_prompts"),
    judged: bool = False,
    audited: bool = False,
) -> Callable[[Recipe], Mapping[str, Any]]:
    """The settings of a stage's test: keys of `evaluation`, the constitution where a model is judged by it, and the
    files of people's verdicts where a judge is tested on them."""

    def settings(recipe: Recipe) -> Mapping[str, Any]:
        evaluation = recipe.evaluation.model_dump(mode="json")
        told: dict[str, Any] = {key: evaluation[key] for key in keys}
        told |= {"threads": recipe.threads, "device": recipe.device, "source": source_fingerprint(recipe, files)}
        if audited and recipe.evaluation.judge_audit:
            told |= {key: evaluation[key] for key in ("judge_audit_cases", "admission")}
            told["judge_audit"] = [_audit_hash(recipe, file) for file in recipe.evaluation.judge_audit]
        if judged:
            told["constitution"] = constitution_fingerprint(recipe.load_constitution())
            told["ai_feedback"] = recipe.ai_feedback.model_dump(mode="json", include=set(FeedbackConfig.model_fields))
            told["max_new_tokens"] = recipe.revisions.max_new_tokens
        return told

    return settings


def source_fingerprint(recipe: Recipe, files: tuple[str, ...]) -> Mapping[str, Any]:
    """What of the source a stage sees: the world with the code that generates it, or the files behind these keys."""
    if "agora" in recipe.source:
        told = dict(recipe.source["agora"])
        if not set(files) & {"helpful_prompts", "red_team_prompts"}:
            told.pop("restricted", None)  # it decides who asks for what, and nothing that base, mid and sft read
        return {"agora": told, "world": hash_artefacts(PACKAGE / "agora")}
    config = data_config(recipe)
    given = config.model_dump(mode="json")
    kept = {key: given[key] for key in ("limit", "held_out", "document_characters")}
    folder = recipe_folder(recipe)
    hashes = {key: [_hash_of(recipe, (key,), resolve(file, folder)) for file in given[key]] for key in files}
    return {"data": kept, "files": hashes}


def audit_file(recipe: Recipe, file: str) -> Path:
    """Where a file of `evaluation.judge_audit` is."""
    return resolve(file, recipe_folder(recipe))


def _audit_hash(recipe: Recipe, file: str) -> str:
    path = audit_file(recipe, file)
    try:
        return fingerprint(path)
    except OSError as error:
        place = recipe.place("evaluation", "judge_audit")
        raise InputError(f"{place}: {path} cannot be read ({error.strerror}); check the path, and SOLON_DATA") from None


def _weights_of(address: str) -> str:
    """A hash of a local model's files, so that other weights in the same place are other settings; a hub's name."""
    folder = Path(model_folder(address))
    return hash_artefacts(folder) if folder.is_dir() else str(folder)


def _names(role: str | list[str]) -> list[str]:
    return [role] if isinstance(role, str) else role


def _hash_of(recipe: Recipe, key: tuple[str, ...], file: Path) -> str:
    try:
        return fingerprint(file)
    except OSError as error:
        place = recipe.place("source", "data", *key)
        raise InputError(f"{place}: {file} cannot be read ({error.strerror}); check the path, and SOLON_DATA") from None


def data_config(recipe: Recipe) -> DataConfig:
    """The recipe's `source.data`.

    Raises:
        InputError: a key that is unknown or does not fit, by file and line.
    """
    return validate(recipe.source["data"], DataConfig, recipe.marks.below("source", "data"))


def mixture_of(recipe: Recipe, stage: MixedStage) -> MixtureConfig | None:
    """The mixture that a stage reads, where the recipe gives it one.

    Raises:
        InputError: see `expect_only_mixture`, or a key of `source.data` does not fit.
    """
    if "agora" in recipe.source or (mixture := data_config(recipe).mixtures.get(stage)) is None:
        return None
    expect_only_mixture(getattr(recipe, stage), lambda key: recipe.place(stage, key))
    return mixture


def check_files(recipe: Recipe) -> None:
    """Find out before anything is trained whether `source.data` is sound and its files are there.

    Raises:
        InputError: see `mixture_of`; or a file is missing.
    """
    config, folder = data_config(recipe), recipe_folder(recipe)
    given = config.model_dump()
    named: list[tuple[tuple[str, ...], str]] = [((key,), file) for key in FILE_KEYS for file in given[key]]
    for stage in config.mixtures:
        mixture = mixture_of(recipe, stage)
        named += [(("mixtures", stage), file) for source in mixture.sources for file in source.files] if mixture else []
    for key, file in named:
        path = resolve(file, folder)
        if not is_hub_name(file) and not path.exists():
            place = recipe.place("source", "data", *key)
            hint = f" ({data_folder()})" if file.startswith(f"${DATA_VARIABLE}") else ""
            raise InputError(f"{place}: {path}: there is no such file; check the path{hint}")


def _mixture_fingerprint(recipe: Recipe, mixture: MixtureConfig, stage: str) -> Mapping[str, Any]:
    folder, told = recipe_folder(recipe), mixture.model_dump(mode="json")
    for source in told["sources"]:
        source["files"] = [_hash_of(recipe, ("mixtures", stage), resolve(file, folder)) for file in source["files"]]
    return told


def recipe_folder(recipe: Recipe) -> Path:
    """Where relative paths of the recipe begin."""
    return recipe.marks.path.parent if recipe.marks.path else Path.cwd()


def constitution_fingerprint(constitution: Constitution) -> Mapping[str, Any]:
    """Everything of a constitution that a model reads or a draw depends on; not its tags, sources or version."""
    read = constitution.model_dump(mode="json", exclude={"id", "version", "entries", "clause_joiner", "last_joiner"})
    return {"principles": [[one.id, one.hash, one.weight] for one in constitution.principles], **read}


def _model_fingerprint(recipe: Recipe) -> Mapping[str, Any]:
    """The model's keys; of a local folder the hash of its files instead of its path."""
    told, start = recipe.model.model_dump(mode="json"), recipe.start_model()
    if start is not None and Path(start).is_dir():
        told["start"] = hash_artefacts(Path(start))
    return told
