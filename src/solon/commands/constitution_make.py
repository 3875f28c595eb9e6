"""Commands that make constitutions: from other forms, and from prose."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solon.commands.shared import EngineSettings, Json, Seed, finish, open_engine
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.constitution.importers import Imported

NewFile = Annotated[Path, typer.Option("--out", help="the YAML file to write")]
Force = Annotated[bool, typer.Option("--force", help="write over an existing file")]

_NOTES_SHOWN = 10


class Form(StrEnum):
    """What a source looks like."""

    CAI = "cai"
    RULES = "rules"
    WEIGHTS = "weights"
    MODEL_SPEC = "model-spec"
    POLIS = "polis"


_OPTIONS_OF = {
    Form.RULES: ("section",),
    Form.MODEL_SPEC: ("examples",),
    Form.POLIS: ("top", "threshold", "min_votes"),
}


def import_constitution(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="a file; a folder for cai and polis")],
    form: Annotated[Form, typer.Option("--from", help="what the source is")],
    out: NewFile,
    section: Annotated[str | None, typer.Option(help="rules: only those under this heading")] = None,
    examples: Annotated[int | None, typer.Option(min=0, help="model-spec: few-shot examples to keep; 6")] = None,
    top: Annotated[int | None, typer.Option(min=1, help="polis: at most so many statements")] = None,
    threshold: Annotated[float | None, typer.Option(min=0, max=1, help="polis: the least consensus")] = None,
    min_votes: Annotated[int | None, typer.Option(min=1, help="polis: who voted less is left out; 25")] = None,
    seed: Seed = 0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a constitution from published principles, a rule list, weighted dimensions, a specification or votes."""
    from solon.constitution import dump_constitution

    given = {"section": section, "examples": examples, "top": top, "threshold": threshold, "min_votes": min_votes}
    options = {name: value for name, value in given.items() if value is not None}
    if other := [name for name in options if name not in _OPTIONS_OF.get(form, ())]:
        raise InputError(f"--{other[0].replace('_', '-')} means nothing for --from {form.value}; leave it out")
    check_new(out, force)
    made = _import(form, source, {**options, **({"seed": seed} if form is Form.POLIS else {})})
    out.parent.mkdir(parents=True, exist_ok=True)
    dump_constitution(made.constitution, out)
    told: dict[str, object] = {"out": str(out), **made.counts, "notes": list(made.notes)}
    lines = [f"{made.counts['principles']} principles -> {out}"]
    if made.negatives:
        beside = out.with_name(f"{out.stem}-negative{out.suffix}")
        check_new(beside, force)
        dump_constitution(made.negatives, beside)
        told["negatives_out"] = str(beside)
        lines.append(f"{made.counts['negatives']} negatives of them, for judges -> {beside}")
    lines += [f"  {name.replace('_', ' ')}: {count:,}" for name, count in made.counts.items()]
    finish(told, as_json, "\n".join(lines))
    if not as_json:
        say_notes(made.notes)


def new(
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="a policy in Markdown or plain text")],
    out: NewFile,
    engine: Annotated[
        str | None, typer.Option("--engine", help="a model that writes requests and examples; templates without one")
    ] = None,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Draft a constitution from a policy in prose, for people to review."""
    from solon.constitution.draft import draft_constitution, draft_text

    check_new(out, force)
    model = open_engine(engine, engine_settings, out) if engine else None
    draft = draft_constitution(policy, model, seed=seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(draft_text(draft), encoding="utf-8", newline="\n")
    count, examples = len(draft.constitution.entries), draft.constitution.examples
    told = {
        "out": str(out), "principles": count, "by_model": draft.by_model,
        "examples": {"critiques": len(examples.critiques), "comparisons": len(examples.comparisons)},
        "notes": list(draft.notes),
    }  # fmt: skip
    wrote = f", requests of {draft.by_model} by the model" if engine else ""
    finish(told, as_json, f"{count} principles{wrote} -> {out}; the notes at its top say what to look at")
    if not as_json:
        say_notes(draft.notes)


def check_new(out: Path, force: bool) -> None:
    """InputError where a file would be written over that nobody said may be."""
    if out.exists() and not force:
        raise InputError.at(out, None, "is there already; give another --out, or --force to write over it")


def say_notes(notes: Sequence[str], shown: int = _NOTES_SHOWN) -> None:
    """The first notes, on stderr; how many more there are."""
    for note in notes[:shown]:
        print(note, file=sys.stderr)
    if len(notes) > shown:
        print(f"... and {len(notes) - shown} more; --json lists all", file=sys.stderr)


def _import(form: Form, source: Path, options: dict[str, object]) -> Imported:
    from solon.constitution import importers

    if form is Form.CAI:
        made = importers.import_cai_supplement(source)
        return importers.Imported(made, {"principles": len(made.entries)})
    reader = {
        Form.RULES: importers.import_rules,
        Form.WEIGHTS: importers.import_weights,
        Form.MODEL_SPEC: importers.import_model_spec,
        Form.POLIS: importers.import_polis,
    }[form]
    return reader(source, **options)  # type: ignore[operator,no-any-return]
