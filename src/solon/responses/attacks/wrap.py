"""Prompts inside wrappers: how much of what a policy keeps to survives them?"""

from __future__ import annotations

from collections.abc import Sequence

from solon.constitution.wording import fill
from solon.errors import InputError
from solon.records import Message, Prompt
from solon.responses.attacks.templates import TEMPLATES, UNWRAPPED, Template
from solon.seeds import generator


def wrap(prompts: Sequence[Prompt], *, seed: int, per_prompt: int | None = None) -> list[Prompt]:
    """Each prompt as it is, then inside the templates, in their order.

    Labels stay, `template` is added (or takes the place of another), and so is `wrapped`, the id of the prompt. A
    system turn and earlier turns stay before the wrapper.

    Args:
        per_prompt: so many templates for each prompt, drawn by (seed, its id); None takes all.

    Raises:
        InputError: there are not as many templates, or a prompt does not end with a user turn with text.
    """
    if per_prompt is not None and not 1 <= per_prompt <= len(TEMPLATES):
        raise InputError(f"{per_prompt} templates for each prompt: there are {len(TEMPLATES)}; choose 1 to that many")
    found = []
    for prompt in prompts:
        if prompt.messages[-1].role != "user" or not prompt.messages[-1].content.strip():
            raise InputError(f"{prompt.named} does not end with a user turn with text, so there is nothing to wrap")
        found.append(_labelled(prompt, UNWRAPPED))
        found += [_wrapped(prompt, template) for template in _drawn(prompt, seed, per_prompt)]
    return found


def _drawn(prompt: Prompt, seed: int, per_prompt: int | None) -> Sequence[Template]:
    if per_prompt is None:
        return TEMPLATES
    chosen = generator(seed, "templates", prompt.id).choice(len(TEMPLATES), size=per_prompt, replace=False)
    return [TEMPLATES[index] for index in sorted(chosen.tolist())]


def _labelled(prompt: Prompt, template: str) -> Prompt:
    labels = {**prompt.labels, "template": template, "wrapped": prompt.id}
    return prompt.model_copy(update={"id": f"{prompt.id}/{template}", "labels": labels})


def _wrapped(prompt: Prompt, template: Template) -> Prompt:
    *before, last = prompt.messages
    first, second = _halves(last.content)
    values = {"prompt": last.content, "first": first, "second": second, "spelled": _spelled(last.content)}
    turns = [Message(role=role, content=fill(text, values)) for role, text in template.turns]
    return _labelled(prompt, template.name).model_copy(update={"messages": (*before, *turns)})


def _halves(text: str) -> tuple[str, str]:
    """A text cut between two words, or in the middle of its only one (a text without spaces is one)."""
    words = text.split()
    if len(words) < 2:
        middle = (len(text.strip()) + 1) // 2
        return text.strip()[:middle], text.strip()[middle:]
    middle = (len(words) + 1) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def _spelled(text: str) -> str:
    return " ".join("-".join(word) for word in text.split())
