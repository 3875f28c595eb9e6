"""Import of the principles published with Constitutional AI.

Source: the prompts of github.com/anthropics/ConstitutionalHarmlessnessPaper. Its 16 critique principles and 16
comparison principles are separate lists, so they become 32 principles; each is drawn for its own use only.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from solon.constitution.schema import ComparisonExample, Constitution, CritiqueExample, Examples, PrincipleEntry
from solon.errors import InputError
from solon.records import Message, assistant, user

_MARKER = re.compile(r"(?:\A|\n+)(Human|Assistant|H|A|CritiqueRequest|Critique|RevisionRequest|Revision):[ \n]*")
_OPTIONS = re.compile(
    r"\A(?P<talk>.*)\n\{\}\n \(A\) \[\[\[(?P<a>.*)\]\]\]\n \(B\) \[\[\[(?P<b>.*)\]\]\]\s*\Z", re.DOTALL
)
_ANSWER = re.compile(r"[Tt]he answer is: \((A|B)\)\s*\Z")
_REASONING = "Let's think step by step:"


def import_cai_supplement(folder: Path | str) -> Constitution:
    """The published principles with their few-shot examples, from a folder that holds the supplement's JSON files.

    Raises:
        InputError: a file of the principles is missing, or a file is not as published; the entry is named.
    """
    folder = Path(folder)
    critiques = _read(folder / "CritiqueRevisionInstructions.json", dict)
    comparisons = _read(folder / "RLMadisonInstructions.json", list)
    entries = [_critique_entry(folder, name, entry) for name, entry in critiques.items()]
    entries += [_comparison_entry(index, text) for index, text in enumerate(comparisons)]
    examples = Examples(
        critiques=tuple(_all(folder / "CritiqueRevisionFewShotPrompts.json", _critique_example)),
        comparisons=(
            *_all(folder / "RLMadisonFewShotPrompts.json", _comparison_example),
            *_all(folder / "RLMadisonPrecogFewShotPrompts.json", _reasoned_example),
        ),
    )
    return Constitution(id="cai-supplement", version="2022", principles=tuple(entries), examples=examples)


def _read(path: Path, kind: type) -> Any:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError.at(path, None, "the Constitutional AI supplement has this file; it is missing here") from None
    except json.JSONDecodeError as error:
        raise InputError.at(path, error.lineno, f"not valid JSON: {error.msg}") from None
    if not isinstance(data, kind):
        raise InputError.at(path, 1, f"must hold a JSON {'object' if kind is dict else 'list'}")
    return data


def _all(path: Path, convert: Any) -> list[Any]:
    """Every example of a few-shot file; none where the file is absent, since examples are optional."""
    if not path.exists():
        return []
    found = []
    for index, entry in enumerate(_read(path, list)):
        try:
            found.append(convert(index, entry))
        except (KeyError, IndexError, TypeError, AttributeError, ValueError, ValidationError) as error:
            raise InputError.at(path, None, f"entry {index} is not as published: {error}") from None
    return found


def _critique_entry(folder: Path, name: str, entry: Any) -> PrincipleEntry:
    try:
        critique = _between(entry["prompt"][0], "CritiqueRequest:", "Critique:")
        revision = _between(entry["edit_request"], "RevisionRequest:", "Revision:")
    except (KeyError, IndexError, TypeError, ValueError) as error:
        path = folder / "CritiqueRevisionInstructions.json"
        raise InputError.at(path, None, f"entry `{name}` is not as published: {error}") from None
    source = "arXiv:2212.08073, CritiqueRevisionInstructions"
    return PrincipleEntry(
        id=f"critique-{name}", text=critique, critique_request=critique, revision_request=revision, source=source
    )


def _comparison_entry(index: int, text: str) -> PrincipleEntry:
    comparison = text.strip().removesuffix("Options:").strip()
    source = "arXiv:2212.08073, RLMadisonInstructions"
    return PrincipleEntry(id=f"comparison-{index}", text=comparison, comparison=comparison, source=source)


def _between(text: str, start: str, end: str) -> str:
    stripped = text.strip()
    if not (stripped.startswith(start) and stripped.endswith(end)):
        raise ValueError(f"expected `{start} ... {end}`, found {stripped[:60]!r}")
    return stripped.removeprefix(start).removesuffix(end).strip()


def _turns(text: str) -> list[tuple[str, str]]:
    """(marker, text) in order. A last, empty `Human:` or `Assistant:` only asks for more and is left out."""
    parts = _MARKER.split(text)
    turns = [(name, content.strip()) for name, content in zip(parts[1::2], parts[2::2], strict=True)]
    return [turn for turn in turns if turn[1]]


def _conversation(turns: list[tuple[str, str]]) -> tuple[Message, ...]:
    return tuple(user(text) if name in ("Human", "H") else assistant(text) for name, text in turns)


def _critique_example(_index: int, text: str) -> CritiqueExample:
    turns = _turns(text)
    talk, feedback = turns[:-4], dict(turns[-4:])
    return CritiqueExample(
        prompt=_conversation(talk[:-1]),
        response=talk[-1][1],
        critique_request=feedback["CritiqueRequest"],
        critique=feedback["Critique"],
        revision_request=feedback["RevisionRequest"],
        revision=feedback["Revision"],
    )


def _comparison_example(index: int, entry: Any) -> ComparisonExample:
    """The published file leaves the order open; the better response alternates between A and B."""
    good, bad = entry["corrects"][0].strip(), entry["incorrects"][0].strip()
    first, second = (good, bad) if index % 2 == 0 else (bad, good)
    return ComparisonExample(
        prompt=_conversation(_turns(entry["prompt"])),
        response_a=first,
        response_b=second,
        answer="A" if index % 2 == 0 else "B",
    )


def _reasoned_example(_index: int, entry: Any) -> ComparisonExample:
    question, rest = entry["prompt"].split("\n\nAssistant: " + _REASONING, maxsplit=1)
    thought, closing = rest.split("\n\nHuman:", maxsplit=1)
    options, answer = _OPTIONS.match(question), _ANSWER.search(closing)
    if options is None or answer is None:
        raise ValueError("no options or no answer found")
    talk = options["talk"].split("assistant", maxsplit=1)[1].split(":\n", maxsplit=1)[1]
    return ComparisonExample(
        prompt=_conversation(_turns(talk)),
        response_a=options["a"].strip(),
        response_b=options["b"].strip(),
        reasoning=thought.strip(),
        answer="A" if answer[1] == "A" else "B",
    )
