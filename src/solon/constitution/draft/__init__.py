"""A first constitution from a policy in prose, for people to review."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

from solon.constitution.draft.statements import read_policy
from solon.constitution.draft.written import write_examples, write_requests
from solon.constitution.importers.imported import Names, entry_of, slug
from solon.constitution.importers.sources import read_text
from solon.constitution.load import write_constitution
from solon.constitution.schema import ComparisonExample, Constitution, CritiqueExample, Examples, PrincipleEntry
from solon.errors import InputError
from solon.interfaces import Sampler

__all__ = ["Draft", "draft_constitution", "draft_text"]

_EXAMPLES = 3
"""Principles, spread over the file, that a model writes an example for."""
_ANY_PRINCIPLE = CritiqueExample(
    prompt="What is two and two?",
    response="Two and two is four.",
    critique="Nothing goes against it: no change needed.",
)
"""True under any principle, so that it shows the form where nobody has written examples yet."""


class Draft(NamedTuple):
    """A constitution that nobody has reviewed."""

    constitution: Constitution
    notes: tuple[str, ...]
    """What a reviewer should look at, with file and line; lines of the policy that became no principle among them."""
    by_model: int
    """Principles whose requests a model wrote; the rest are in our templates."""


def draft_constitution(path: Path | str, model: Sampler | None = None, *, seed: int = 0) -> Draft:
    """One principle for each thing that a Markdown or plain text policy asks for, with its lines as source.

    Without a model the requests are templates, and one example shows the form. A model writes the requests of every
    principle and a few examples; where its answer cannot be read, the template stays and a note says so.

    Raises:
        InputError: the file cannot be read, or nothing in it asks for anything.
    """
    path = Path(path)
    policy = read_policy(read_text(path))
    if not policy.statements:
        problem = "no sentence asks for anything; write rules with must, never or should, or as a list of what to do"
        raise InputError.at(path, None, problem)
    names = Names()
    entries = [
        entry_of(
            names.name(one.text),
            one.text,
            source=f"{path.name}:{one.line}-{one.last}",
            tags=(slug(one.headings[-1]),) if one.headings else (),
        )
        for one in policy.statements
    ]
    notes = [f"{path}:{one.line}-{one.last}: not used, {one.reason}: {one.text}" for one in policy.unused]
    examples, by_model = Examples(critiques=(_ANY_PRINCIPLE,)), 0
    if model is None:
        notes.append("requests are templates: reword those that read oddly")
        notes.append("one example shows the form alone: write critiques and comparisons of your own answers")
    else:
        entries, by_model = _requests(entries, model, seed, notes)
        examples = _examples(entries, model, seed, notes)
    made = Constitution(id=slug(path.stem), version="draft", principles=tuple(entries), examples=examples)
    return Draft(made, tuple(notes), by_model)


def draft_text(draft: Draft) -> str:
    """The file: what it is, what to look at, and the constitution."""
    # Control characters would make the comment, and with it the file, unreadable.
    notes = ["".join(sign if sign.isprintable() else " " for sign in note) for note in draft.notes]
    header = "".join(f"# {line}\n" for line in ["DRAFT, review: nobody has read this constitution yet.", *notes])
    body = io.StringIO()
    write_constitution(draft.constitution, body)
    return header + body.getvalue()


def _requests(
    entries: list[PrincipleEntry], model: Sampler, seed: int, notes: list[str]
) -> tuple[list[PrincipleEntry], int]:
    written = write_requests(entries, model, seed=seed)
    for entry, own in zip(entries, written, strict=True):
        if own is None:
            notes.append(f"`{entry.id}` ({entry.source}): the model's requests could not be read; they are templates")
    kept = [own or entry for entry, own in zip(entries, written, strict=True)]
    return kept, sum(own is not None for own in written)


def _examples(entries: list[PrincipleEntry], model: Sampler, seed: int, notes: list[str]) -> Examples:
    """Of each principle asked about: the bad answer revised, the better one left, and both compared, in turn first."""
    step = max(1, len(entries) // _EXAMPLES)
    asked = entries[::step][:_EXAMPLES]
    critiques: list[CritiqueExample] = []
    comparisons: list[ComparisonExample] = []
    for entry, shown in zip(asked, write_examples(asked, model, seed=seed), strict=True):
        if shown is None:
            notes.append(f"`{entry.id}` ({entry.source}): the model's example could not be read; there is none")
            continue
        request = {"prompt": shown.prompt, "critique_request": entry.critique_request}
        repair = {"revision_request": entry.revision_request, "revision": shown.better}
        critiques.append(CritiqueExample(response=shown.bad, critique=shown.critique, **request, **repair))
        critiques.append(CritiqueExample(response=shown.better, critique="no change needed", **request))
        better_first = len(comparisons) % 2 == 0
        first, second = (shown.better, shown.bad) if better_first else (shown.bad, shown.better)
        compared = {"prompt": shown.prompt, "response_a": first, "response_b": second, "comparison": entry.comparison}
        comparisons.append(ComparisonExample(answer="A" if better_first else "B", **compared))
    return Examples(critiques=tuple(critiques) or (_ANY_PRINCIPLE,), comparisons=tuple(comparisons))
