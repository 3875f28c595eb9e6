"""Of a model card: the constitution and the training data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from solon.export.markdown import bullets, escaped, table
from solon.export.origin import Origin
from solon.export.public import public


def constitution_section(origin: Origin) -> str:
    """The principles that were read on the way, with their hashes."""
    read = origin.principles
    if not read:
        return "No stage on the way to this model read a constitution."
    now = {one.id: one for one in origin.constitution.principles} if origin.constitution else {}
    rows = []
    for principle, digest in read.items():
        same = principle in now and now[principle].hash == digest
        text = escaped(now[principle].text) if same else "unknown: the run's constitution has another wording by now"
        rows.append([escaped(principle), f"`{escaped(digest)}`", text])
    whole = origin.constitution is not None and {one.id: one.hash for one in now.values()} == read
    named = (
        f"`{escaped(origin.constitution.id)}`, version {escaped(origin.constitution.version)}"
        if origin.constitution and whole
        else "name and version unknown: the run's constitution is not the one that was read"
    )
    return (
        f"{named}. {len(read)} principles, each with the hash of what models read of it:\n\n"
        f"{table(['principle', 'hash', 'text'], rows)}"
    )


def data_section(origin: Origin) -> str:
    """Where rows came from, and what each stage kept of them."""
    lines = [
        "Models on the way wrote part of the data themselves: the records of the stages below.",
        "Licences of the data, and whether it holds personal data: unknown; no record tells.",
    ]
    sources = _world(origin) if origin.in_the_world else _files(origin)
    records = [
        [escaped(one.name), f"`{file}`", str(count)] for one in origin.line for file, count in one.records.items()
    ]
    told = table(["stage", "records", "rows"], records) if records else "No stage on the way kept records."
    return f"{sources}\n\n{bullets(lines)}\n\n{told}"


def _world(origin: Origin) -> str:
    found: dict[str, str] = {}
    for one in origin.line:
        source = one.manifest.settings.get("source") or {}
        if "agora" in source:
            settings = ", ".join(f"{key} {value}" for key, value in source["agora"].items())
            found[one.name] = f"{settings}; hash of its code {str(source.get('world', 'unknown'))[:16]}"
    distinct = dict.fromkeys(found.values())
    return (
        "Texts, prompts and people are those of Agora, Solon's embedded world, which are generated and simulated: "
        f"{'; '.join(escaped(one) for one in distinct)}. No person wrote or labelled any of it."
    )


def _files(origin: Origin) -> str:
    rows = []
    for one in origin.line:
        files = (one.manifest.settings.get("source") or {}).get("files") or {}
        for key, hashes in files.items():
            names = _names(origin.recipe, key)
            for place, digest in enumerate(hashes):
                name = names[place] if len(names) == len(hashes) else "unknown"
                rows.append([escaped(one.name), escaped(key), escaped(_short(name)), f"`{digest[:16]}`",
                             _used(origin.rows, key, name)])  # fmt: skip
        for source in (one.manifest.settings.get("mixture") or {}).get("sources") or ():
            hashes = ", ".join(f"`{digest[:16]}`" for digest in source["files"])
            rows.append([escaped(one.name), "mixture", escaped(str(source["name"])), hashes, "unknown"])
    if not rows:
        return "No file is recorded for the stages on the way to this model."
    note = "Names are those of the run's recipe, hashes those of the files that were read; rows are used / read."
    return f"{note}\n\n{table(['stage', 'used as', 'file', 'hash', 'rows'], rows)}"


def _names(recipe: Mapping[str, Any], key: str) -> list[str]:
    value = ((recipe.get("source") or {}).get("data") or {}).get(key) or []
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _short(name: str) -> str:
    return name if name.startswith("hf:") else PurePosixPath(public(name)).name


def _used(tally: Mapping[str, Any], key: str, name: str) -> str:
    """Counts of a file, where one file of that name was counted."""
    files = (tally.get(key) or {}).get("files") or {}
    found = [one for file, one in files.items() if PurePosixPath(file).name == PurePosixPath(name).name]
    return f"{found[0]['used']} / {found[0]['rows_in']}" if len(found) == 1 else "unknown"
