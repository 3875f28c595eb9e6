"""The model card: all of it from stored records; what is not stored is said to be unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from huggingface_hub import EvalResult, ModelCardData

from solon.export.data import constitution_section, data_section
from solon.export.loading import Loading
from solon.export.markdown import bullets, escaped
from solon.export.origin import Origin
from solon.export.public import public
from solon.export.results import evaluation_section, headlines_of, limits_section
from solon.export.training import lineage_section, training_section
from solon.export.use import citation_section, loading_section, out_of_scope_section, prompt_section, use_section

WORLD = "Agora, Solon's embedded world: held-out prompts"
OWN = "held-out prompts of the run's own files"


class Stated(NamedTuple):
    """What whoever exports says, for no record holds it."""

    license: str | None = None
    """As the hub calls it: `apache-2.0`."""
    languages: Sequence[str] = ()
    """ISO codes."""


def model_card(origin: Origin, loading: Loading, stated: Stated, *, adapter: bool) -> str:
    """The README.md of an exported folder."""
    sections = [
        ("Intended use", use_section(origin)),
        ("Out-of-scope use", out_of_scope_section(origin)),
        ("Constitution", constitution_section(origin)),
        ("Training data", data_section(origin)),
        ("Training", training_section(origin)),
        ("Evaluation", evaluation_section(origin)),
        ("Limits", limits_section(origin)),
        ("Prompt format", prompt_section(loading)),
        ("How to load it", loading_section(origin, loading, adapter=adapter)),
        ("Lineage", lineage_section(origin)),
        ("Citation", citation_section(origin.stage.manifest)),
    ]
    title = f"# {escaped(origin.run)}, stage {escaped(origin.stage.name)}"
    body = "\n\n".join(f"## {name}\n\n{text}" for name, text in sections)
    front = front_matter(origin, stated, adapter=adapter)
    return f"---\n{front}\n---\n\n{title}\n\n{_summary(origin, stated)}\n\n{body}\n"


def front_matter(origin: Origin, stated: Stated, *, adapter: bool) -> str:
    """What the hub reads, as YAML."""
    is_policy = origin.stage.kind == "policy"
    results = _results(origin) or None
    data = ModelCardData(
        license=stated.license,
        language=list(languages(origin, stated)) or None,
        library_name="peft" if adapter else "transformers",
        pipeline_tag="text-generation" if is_policy else "text-classification",
        base_model=hub_base(origin),
        datasets=hub_datasets(origin) or None,
        tags=_tags(origin),
        model_name=f"{origin.run}-{origin.stage.name}" if results else None,
        eval_results=results,
    )
    return str(data.to_yaml(line_break="\n")).strip()


def languages(origin: Origin, stated: Stated) -> tuple[str, ...]:
    """What was stated; of the world alone it is known."""
    return tuple(stated.languages) or (("en",) if origin.in_the_world and origin.start is None else ())


def hub_base(origin: Origin) -> str | None:
    """The base model where it is a name on the hub: of a folder the manifest has a hash."""
    start = origin.start
    return start if start and not _is_hash(start) else None


def hub_datasets(origin: Origin) -> list[str]:
    """Data sets of the hub among the recipe's files."""
    found = []
    for value in (origin.recipe.get("source", {}).get("data") or {}).values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and one.startswith("hf:"):
                found.append(one.removeprefix("hf:").partition("#")[0].partition("@")[0])
    return list(dict.fromkeys(found))


def _is_hash(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _tags(origin: Origin) -> list[str]:
    read = ["constitutional-ai"] if origin.principles else []
    return ["solon", origin.stage.name.replace("_", "-"), *read, *([] if origin.stage.proven else ["unproven"])]


def _results(origin: Origin) -> list[EvalResult]:
    world = origin.in_the_world
    return [
        EvalResult(
            task_type="text-generation" if origin.stage.kind == "policy" else "text-classification",
            dataset_type="agora" if world else "held-out",
            dataset_name=WORLD if world else OWN,
            metric_type=name,
            metric_value=metric.value,
            metric_name=f"{name} (95 % interval {metric.low} to {metric.high}, n {metric.n}, {metric.instrument})",
        )
        for name, metric in headlines_of(origin.stage)
        if metric.value is not None
    ]


def _summary(origin: Origin, stated: Stated) -> str:
    stage = origin.stage
    what = "answers conversations" if stage.kind == "policy" else "gives a response one score; higher is better"
    told = ", ".join(languages(origin, stated))
    lines = [
        f"What it is: a {stage.kind} that {what}, made by Solon {escaped(stage.manifest.machine.solon)}.",
        f"Base model: {_base(origin)}.",
        f"Licence: {escaped(stated.license) if stated.license else 'unknown; it was not stated at export'}.",
        f"Language: {escaped(told) if told else 'unknown; it was not stated at export'}.",
    ]
    if not stage.proven:
        lines.insert(0, "**UNPROVEN: gates failed on the way to this model (see Limits).**")
    return bullets(lines)


def _base(origin: Origin) -> str:
    if (start := origin.start) is None:
        known = any("model" in one.manifest.settings for one in origin.line)
        return "none; its weights began at random" if known else "unknown"
    if not _is_hash(start):
        return f"{escaped(start)} on the Hugging Face hub"
    name = public(str((origin.recipe.get("model") or {}).get("start") or "unknown"))
    return (
        f"a local folder whose files have the hash `{start[:16]}`, and which the run's recipe calls {escaped(name)}; "
        "its name on the hub, if it has one, is unknown"
    )
