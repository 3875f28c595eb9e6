"""A Model Spec in Markdown: sections that tell a model what to do, with worked examples.

Source of the shape: github.com/openai/model_spec, model_spec.md.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from solon.constitution.importers.imported import Imported, Names, entry_of, slug
from solon.constitution.importers.sources import read_text
from solon.constitution.importers.spec_examples import SpecExample, example_in
from solon.constitution.markdown import Block, Section, plain, sections
from solon.constitution.schema import Constitution, Examples, PrincipleEntry
from solon.errors import InputError

_ANCHOR = re.compile(r"#(\S+)")
_BINDING = re.compile(r"\bauthority=")
_DEMAND = re.compile(r"\b(should|must|shall|never|do not|don[\u2019']t|always|may not|cannot)\b", re.IGNORECASE)
_EXAMPLE_TITLE = re.compile(r"^\*\*Example\*\*")


class _Made(NamedTuple):
    entry: PrincipleEntry
    examples: list[SpecExample]


def import_model_spec(path: Path | str, *, examples: int = 6) -> Imported:
    """Sections as principles: the heading, and the first paragraph of its own prose (with the list that it opens).

    Where any heading carries `{... authority=...}`, those headings are the principles, for so the spec marks what
    binds; else those whose own prose says what to do (should, must, never ...). Commentary and examples are no prose.
    What of the prose is left out is noted by line. Tags are the headings above.

    Args:
        examples: how many worked examples with a good and a bad answer become few-shot examples, for critiques and
            comparisons each: the shortest that are given in full, one of a section at most. All of them would fill a
            judge's context.

    Raises:
        InputError: the file cannot be read, or has no section that tells what to do.
    """
    path = Path(path)
    parts = sections(read_text(path))
    titles = {anchor[1]: part.title for part in parts if (anchor := _ANCHOR.search(part.attributes))}
    marked = any(_BINDING.search(part.attributes) for part in parts)
    names, notes = Names(), list[str]()
    made: list[_Made] = []
    for part in parts:
        if not part.title or not (_BINDING.search(part.attributes) if marked else _demands(part)):
            continue
        if entry := _principle(path, part, titles, names, notes):
            shown = [example_in(block.text, block.line) for block in part.blocks if block.kind == "fence"]
            made.append(_Made(entry, [example for example in shown if example]))
    if not made:
        raise InputError.at(path, None, "no heading has prose of its own that says what a model should do")
    chosen = sorted(
        (
            (min(whole, key=lambda shown: shown.length), one.entry)
            for one in made
            if (whole := [example for example in one.examples if example.whole])
        ),
        key=lambda pair: (pair[0].length, pair[0].line),
    )[:examples]
    few_shots = Examples(
        critiques=tuple(example.critique(entry, number) for number, (example, entry) in enumerate(chosen)),
        comparisons=tuple(example.comparison(entry, number) for number, (example, entry) in enumerate(chosen)),
    )
    constitution = Constitution(
        id=slug(path.stem), version="1", principles=tuple(one.entry for one in made), examples=few_shots
    )
    counts = {
        "headings": len(parts) - 1,
        "principles": len(made),
        "examples_found": sum(len(one.examples) for one in made),
        "examples_kept": len(chosen),
        "lines_left_out": len(notes),
    }
    return Imported(constitution, counts, tuple(notes))


def _demands(part: Section) -> bool:
    return any(_DEMAND.search(block.text) for block in _prose(part))


def _prose(part: Section) -> list[Block]:
    """The section's own words: no commentary, no examples and no titles of examples."""
    blocks = [block for block in part.blocks if block.kind in ("prose", "item")]
    return [block for block in blocks if not _EXAMPLE_TITLE.match(block.text)]


def _principle(
    path: Path, part: Section, titles: dict[str, str], names: Names, notes: list[str]
) -> PrincipleEntry | None:
    prose = _prose(part)
    if not prose:
        notes.append(f"{path}:{part.line}: no prose of its own: {part.title}")
        return None
    kept = 1
    if prose[0].text.rstrip().endswith(":"):
        while kept < len(prose) and prose[kept].kind == "item":
            kept += 1
    notes += [f"{path}:{block.line}: more prose of '{part.title}', not in the principle" for block in prose[kept:]]
    title = part.title if part.title.endswith((".", "!", "?")) else f"{part.title}."
    words = [plain(block.text, titles) for block in prose[:kept]]
    anchor = _ANCHOR.search(part.attributes)
    return entry_of(
        names.name(anchor[1].replace("_", " ") if anchor else part.title),
        " ".join([plain(title, titles), *words]),
        source=f"{path.name}:{part.line}",
        tags=[slug(above) for above in part.path],
    )
