"""Where the fields of a message stand in a rendered conversation.

A field is found by rendering the conversation once more with a stand-in of private-use characters in its place, never
by searching for its text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from solon.models.rendering import Piece
from solon.records import Message

STAND_INS = {"content": "\ue000\ue001\ue000", "thinking": "\ue000\ue002\ue000"}
_STAND_IN = re.compile("|".join(STAND_INS.values()))
_FIELDS = {stand_in: field for field, stand_in in STAND_INS.items()}


class Part(NamedTuple):
    """A part of a rendered text: what the template writes (`field` is empty), or a field of a message."""

    text: str
    field: str = ""


def locate(
    render: Callable[[Sequence[Message]], str], messages: Sequence[Message], index: int, fields: Sequence[str]
) -> list[Part] | None:
    """`render(messages)` in parts, with these fields of one message apart; None where the template hides them.

    The first and the last part are the template's. A template may leave out white space or line ends at both sides
    of a field: then the part is what it writes. A field that it leaves out altogether is no part.
    """
    message = messages[index]
    fields = [field for field in fields if getattr(message, field)]
    replaced = message.model_copy(update={"spans": (), **{field: STAND_INS[field] for field in fields}})
    text = render([*messages[:index], replaced, *messages[index + 1 :]])
    found = [_FIELDS[stand_in] for stand_in in _STAND_IN.findall(text)]
    if len(set(found)) != len(found) or not set(found) <= set(fields):
        return None
    whole, around = render(messages), _STAND_IN.split(text)
    for texts in itertools.product(*(_as_written(getattr(message, field)) for field in found)):
        parts = [Part(around[0])]
        for field, written, after in zip(found, texts, around[1:], strict=True):
            parts += [Part(written, field), Part(after)]
        if "".join(part.text for part in parts) == whole:
            return parts
    return None


def runs(parts: Sequence[Part], index: int, content: str, special: re.Pattern[str]) -> list[Piece]:
    """What an assistant says in message `index`, as runs of text, cut where the template writes a special token."""
    content_at = 0
    for part in parts:
        if part.field == "content":
            content_at -= content.index(part.text)
            break
        content_at += len(part.text)
    pieces: list[Piece] = []
    run, run_at, at = "", 0, 0
    for part in parts:
        for text, is_special in [(part.text, False)] if part.field else _cut(part.text, special):
            if is_special:
                pieces += [Piece(run, "content", index, content_at - run_at)] if run else []
                pieces.append(Piece(text, "sign", index))
                run, run_at = "", at + len(text)
            else:
                run += text
            at += len(text)
    return [*pieces, Piece(run, "content", index, content_at - run_at)] if run else pieces


def _cut(text: str, special: re.Pattern[str]) -> list[tuple[str, bool]]:
    cuts = [0, *itertools.chain.from_iterable(found.span() for found in special.finditer(text)), len(text)]
    return [(text[begin:end], place % 2 == 1) for place, (begin, end) in enumerate(itertools.pairwise(cuts))]


def _as_written(text: str) -> list[str]:
    """A text, and what templates make of it at its ends."""
    trimmed = (text, text.strip(), text.strip("\n"), text.lstrip("\n"), text.lstrip(), text.rstrip())
    return list(dict.fromkeys(trimmed))
