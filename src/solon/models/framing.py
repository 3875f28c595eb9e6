"""Where the turns of a chat template begin and end: conversations up to a turn and with it, side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from solon.errors import InputError
from solon.models.jinja import Jinja
from solon.models.parts import STAND_INS
from solon.models.rendering import Frame, TemplateError, TurnsRewritten
from solon.records import Message, assistant, user


class _PromptMismatch(InputError):
    """What stands before a turn is not the generation prompt."""


def around(jinja: Jinja, messages: Sequence[Message], index: int) -> tuple[str, str]:
    """What the template writes before the words of a turn, generation prompt included, and up to its end.

    Raises:
        InputError: the template refuses the conversation, the turn is the first message, or what stands before it is
            not the generation prompt.
        TurnsRewritten: what stands before the turn is written in another way once it is answered.
    """
    if index == 0:
        raise InputError(
            "message 0 is an assistant's turn with nothing before it, and the model's chat template cannot show "
            "where its words begin. Put the turn that it answers before it."
        )
    thinks = bool(messages[index].thinking)
    opened = jinja.render(messages[:index], True, thinks=thinks)
    closed = jinja.render(messages[: index + 1], False, thinks=thinks)
    if closed.startswith(opened):
        return opened, closed
    before = jinja.render(messages[:index], False, thinks=thinks)
    if not (closed.startswith(before) and opened.startswith(before)):
        raise TurnsRewritten(
            jinja.name,
            f"when message {index} is added, so no loss mask can be told. Give the model Solon's template: solon "
            f"models adapt",
        )
    waiting, answered = opened[len(before) :], closed[len(before) : len(opened)]
    raise _PromptMismatch(
        f"{jinja.name}: its chat template ends with {waiting!r} where an answer is waited for, and writes "
        f"{answered!r} before message {index}, so training would not show what sampling begins with. Make both "
        f"alike in the template; if the text spells something that it reads, such as </think>, take it out."
    )


def together(jinja: Jinja, messages: Sequence[Message], turns: Sequence[int]) -> list[list[int]]:
    """These turns (ascending) in groups: one rendering, up to a group's last turn, shows each as the model is asked.

    Raises:
        InputError, TurnsRewritten: as `around`.
    """
    groups: list[list[int]] = []
    done = ""
    for index in turns:
        opened, closed = around(jinja, messages, index)
        if groups and opened.startswith(done):
            groups[-1].append(index)
        else:
            groups.append([index])
        done = closed
    return groups


def frame_of(jinja: Jinja, special: re.Pattern[str]) -> Frame:
    """What the template writes around the words of a plain answer; `special` finds special tokens in it.

    Raises:
        TemplateError: no loss mask can be told with this template; says why.
    """
    stand_in, question = STAND_INS["content"], user("a")
    try:
        opened, closed = around(jinja, (question, assistant(stand_in)), 1)
        spaced = jinja.render((question, assistant(" b ")), False)[len(opened) :]
        bare = jinja.render((question,), False)
    except InputError as error:
        check = "generation prompt" if isinstance(error, _PromptMismatch) else "chat template"
        raise TemplateError(str(error), check) from error
    parts = closed[len(opened) :].split(stand_in)
    if len(parts) != 2:
        raise TemplateError(
            f"{jinja.name}: its chat template does not write an answer as it is (it is there {len(parts) - 1} "
            f"times), so no loss mask can be told. Give the model Solon's template: solon models adapt",
            "contents unchanged",
        )
    lead, rest = parts
    if lead.strip() and opened == bare:
        raise TemplateError(
            f"{jinja.name}: its chat template writes {lead!r} before an answer, and not where an answer is waited "
            f"for. Write it there too: {{% if add_generation_prompt %}}...{{% endif %}}",
            "generation prompt",
        )
    end = special.search(rest)
    if end is None:
        raise unclosed(jinja.name, "an assistant's turn")
    return Frame(lead, rest[: end.start()], rest[end.start() :], trims=spaced == lead + "b" + rest)


def unclosed(name: str, what: str) -> TemplateError:
    """The error of a template after whose turns nothing says that they are over."""
    return TemplateError(
        f"{name}: its chat template does not close {what} with a special token, so the model would never "
        f"learn to stop. Give it Solon's template: solon models adapt",
        "end of turn",
    )
