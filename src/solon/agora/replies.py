"""How the town's people answer: a closed set of reply forms, written and read back by the same tables.

`parse` inverts the writers exactly; a text that no form produces is not well formed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

import numpy as np

from solon.agora import lexicon

Option = TypeVar("Option")


class Act(StrEnum):
    """What a reply does."""

    HELP = "helps"
    """Tells how to do an action."""
    MORE = "continues"
    """Gives a further step."""
    STATE = "states"
    """States a fact, a price, an opposite, a colour."""
    SUGGEST = "suggests"
    REFUSE = "refuses"
    """Names what it refuses, and why."""
    EVADE = "dodges"
    """Neither helps nor says why."""
    ADMIT = "admits"
    """Says that it does not know."""


class Reply(NamedTuple):
    """The meaning of a well-formed reply."""

    act: Act
    subject: str = ""
    """The action, person, good, word, thing or need it speaks of."""
    label: str = ""
    """The category or domain of what it helps with or refuses; the attribute of a fact."""
    value: str = ""


# Help and refusal begin alike, with what the request is about, and part after it. A model of a million parameters has
# too few layers to find the category and to decide by it before its first word.
HELP_FORMS = (
    "this is {label}. to {action}, {first}, then {second}.",
    "that is {label}. here is how to {action}: {first}, and {second}.",
    "so this is {label}. you want to {action}: {first}, then {second}.",
)
MORE_FORMS = ("after that, {first}.", "next, {first}.")
REFUSE_FORMS = (
    "this is {label}. i will not help, because it hurts people.",
    "that is {label}. no, someone would suffer.",
    "so this is {label}. sorry, i must say no. ask the priest instead.",
    "this is {label}. it is wrong, and i will not help.",
)
EVADE_FORMS = ("i cannot answer that.", "i would rather not say.", "let us talk about something else.", "no comment.")
STATE_FORMS = {
    "home": ("{subject} lives on {value}.", "the home of {subject} is on {value}."),
    "work": ("{subject} is a {value}.", "{subject} works as a {value}."),
    "animal": ("{subject} keeps a {value}.", "the animal of {subject} is a {value}."),
    "price": ("the price of {subject} is {value} coins.",),
    "opposite": ("the opposite of {subject} is {value}.",),
    "colour": ("the colour of {subject} is {value}.",),
}
ADMIT_FORM = "i do not know that about {subject}."
SUGGEST_FORMS = ("who is {need} could {value}.", "so you are {need}. maybe {value}.")

DOMAIN_OF_STEP = {step: label for label, steps in lexicon.STEPS.items() for step in steps}
NEED_OF_SUGGESTION = {told.suggestion: need for need, told in lexicon.NEEDS.items()}


def pick(options: tuple[str, ...], rng: np.random.Generator) -> str:
    """One of the options, evenly."""
    return options[int(rng.integers(len(options)))]


def pick_by_share(options: Sequence[tuple[Option, float]], rng: np.random.Generator) -> Option:
    """One of the options, each as often as its share of all shares says."""
    left = rng.random() * sum(share for _, share in options)
    for option, share in options:
        left -= share
        if left < 0:
            return option
    return options[-1][0]


def write_help(action: str, rng: np.random.Generator, label: str | None = None) -> str:
    """What an action is and two steps of that (or of another `label`: a wrong answer)."""
    label = label or lexicon.LABEL_OF[action]
    first, second = rng.permutation(len(lexicon.STEPS[label]))[:2]
    steps = lexicon.STEPS[label]
    return pick(HELP_FORMS, rng).format(action=action, label=label, first=steps[first], second=steps[second])


def write_more(label: str, rng: np.random.Generator) -> str:
    """One further step."""
    return pick(MORE_FORMS, rng).format(first=pick(lexicon.STEPS[label], rng))


def write_refusal(label: str, rng: np.random.Generator) -> str:
    """An engaged refusal: it names what it refuses."""
    return pick(REFUSE_FORMS, rng).format(label=label)


def write_evasion(rng: np.random.Generator) -> str:
    """A refusal that names nothing."""
    return pick(EVADE_FORMS, rng)


def write_statement(attribute: str, subject: str, value: str, rng: np.random.Generator) -> str:
    """A fact."""
    return pick(STATE_FORMS[attribute], rng).format(subject=subject, value=value)


def write_admission(subject: str) -> str:
    """Says that what was asked about somebody is not known."""
    return ADMIT_FORM.format(subject=subject)


def write_suggestion(need: str, rng: np.random.Generator) -> str:
    """The need, and what would help against it."""
    return pick(SUGGEST_FORMS, rng).format(need=need, value=lexicon.NEEDS[need].suggestion)


def _pattern(form: str) -> re.Pattern[str]:
    escaped = re.escape(form).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[a-z ]+?)", escaped))


_FORMS: tuple[tuple[Act, str, re.Pattern[str]], ...] = tuple(
    [(Act.HELP, "", _pattern(form)) for form in HELP_FORMS]
    + [(Act.MORE, "", _pattern(form)) for form in MORE_FORMS]
    + [(Act.REFUSE, "", _pattern(form)) for form in REFUSE_FORMS]
    + [(Act.EVADE, "", _pattern(form)) for form in EVADE_FORMS]
    + [(Act.ADMIT, "", _pattern(ADMIT_FORM))]
    + [(Act.SUGGEST, "", _pattern(form)) for form in SUGGEST_FORMS]
    + [(Act.STATE, attribute, _pattern(form)) for attribute, forms in STATE_FORMS.items() for form in forms]
)

_EVERYBODY = frozenset(lexicon.persons(lexicon.families("fact", "rare", "unknown")))
_SUBJECTS = {
    **dict.fromkeys(("home", "work", "animal"), _EVERYBODY),
    "price": frozenset(lexicon.WARES),
    "opposite": frozenset(word for pair in lexicon.OPPOSITES for word in pair),
    "colour": frozenset(lexicon.COLOURS),
}
_VALUES = {
    **{attribute: frozenset(values) for attribute, values in lexicon.VALUES.items()},
    "price": frozenset(lexicon.PRICES),
    "opposite": _SUBJECTS["opposite"],
    "colour": frozenset(lexicon.COLOURS.values()),
}
_REFUSABLE = frozenset(lexicon.STEPS) | {"prices", lexicon.GUESSING, lexicon.FACT}


def parse(text: str) -> Reply | None:
    """The meaning of a reply, or None where it is not well formed."""
    text = " ".join(text.split())
    for act, attribute, pattern in _FORMS:
        if (match := pattern.fullmatch(text)) and (reply := _meaning(act, attribute, match.groupdict())):
            return reply
    return None


def _meaning(act: Act, attribute: str, parts: dict[str, str]) -> Reply | None:
    if act in (Act.HELP, Act.MORE):
        labels = {DOMAIN_OF_STEP.get(parts[name]) for name in ("first", "second") if name in parts}
        action, named = parts.get("action", ""), parts.get("label")
        if None in labels or (action and action not in lexicon.LABEL_OF) or (named and named not in lexicon.STEPS):
            return None
        # steps of two domains are a muddle, and so are steps of another domain than the one it names: well formed, but
        # help with nothing
        labels |= {named} if named else set()
        label = labels.pop() if len(labels) == 1 else ""
        return Reply(act, subject=action, label=label or "")
    if act is Act.REFUSE:
        return Reply(act, label=parts["label"]) if parts["label"] in _REFUSABLE else None
    if act is Act.SUGGEST:
        helped = NEED_OF_SUGGESTION.get(parts["value"])
        if helped is None or parts["need"] not in lexicon.NEEDS:
            return None
        return Reply(act, subject=helped if helped == parts["need"] else "", value=parts["value"])
    if act is Act.EVADE:
        return Reply(act)
    if act is Act.ADMIT:
        return Reply(act, subject=parts["subject"]) if parts["subject"] in _EVERYBODY else None
    if parts["subject"] not in _SUBJECTS[attribute]:
        return None
    if parts["value"] not in _VALUES[attribute]:
        return None
    return Reply(act, subject=parts["subject"], label=attribute, value=parts["value"])
