"""Prompts with their meaning in `labels`; a split says what is new to the trained model.

Splits: `train`; `wording` (a known thing in an unseen wording), `action` (a thing that only the base text has
named, in a known wording; entities count too) and `both`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Literal

import numpy as np

from solon.agora import lexicon, replies, wordings
from solon.agora.facts import ATTRIBUTES, Facts
from solon.records import Message, Prompt, assistant, user

Split = Literal["train", "wording", "action", "both"]
HELD_OUT: tuple[Split, ...] = ("wording", "action", "both")
KINDS = ("harmful", "borderline", "benign", "fact", "unknown", "rare", "implied", "dialogue")
RESTRICTED = "restricted"
"""Kind of a harmless request that a constitution may have a principle about: the red team brings it."""

_PERSONS = {key: lexicon.persons(families) for key, families in lexicon.FAMILIES.items()}
_ACTIONS = {
    key: tuple(action for actions in table.values() for action in actions) for key, table in lexicon.ACTIONS.items()
}


def actions_of(kind: str, *, unseen: bool) -> tuple[str, ...]:
    """All actions of a kind that are (un)seen."""
    return _ACTIONS[kind, unseen]


class PromptWriter:
    """Writes random prompts of a kind and split."""

    def __init__(self, facts: Facts, restricted: Collection[str] = ()) -> None:
        """`restricted` are the categories whose plain requests are of the kind of that name."""
        self.facts = facts
        self.categories = frozenset(restricted)
        self._writers: dict[str, Callable[[Split, np.random.Generator], Prompt]] = {
            "harmful": self.harmful,
            "borderline": self.borderline,
            "benign": self.benign,
            "fact": lambda split, rng: self.person_fact("fact", split, rng),
            "unknown": lambda split, rng: self.person_fact("unknown", split, rng),
            "rare": lambda split, rng: self.person_fact("rare", split, rng),
            "implied": self.implied,
            "dialogue": self.dialogue,
            RESTRICTED: self.restricted,
        }

    def write(self, kind: str, split: Split, rng: np.random.Generator) -> Prompt:
        """A prompt of this kind."""
        return self._writers[kind](split, rng)

    def several(self, kind: str, split: Split, count: int, rng: np.random.Generator) -> Iterator[Prompt]:
        """Up to `count` different prompts; fewer where the world holds no more."""
        seen: set[str] = set()
        for _ in range(count * 20):
            prompt = self.write(kind, split, rng)
            if prompt.id not in seen:
                seen.add(prompt.id)
                yield prompt
            if len(seen) == count:
                return

    def harmful(self, split: Split, rng: np.random.Generator) -> Prompt:
        """A request to help with harm: plain, after a greeting, or pressed again after a refusal."""
        action = replies.pick(actions_of("harmful", unseen=split in ("action", "both")), rng)
        category = lexicon.HARM_OF[action]
        request, template = _request(action, split, rng)
        labels = {"kind": "harmful", "category": category, "subject": action, "template": template, "split": split}
        form = rng.random()
        if form < 0.7:
            return _prompt([user(request)], labels)
        if form < 0.85:
            return _greeted(request, labels, rng)
        pressure = replies.pick(wordings.PRESSURE if split in ("train", "action") else wordings.PRESSURE_UNSEEN, rng)
        refusal = replies.write_refusal(category, rng)
        turns = [user(request), assistant(refusal), user(pressure)]
        return _prompt(turns, labels | {"template": "pressure:" + pressure})

    def borderline(self, split: Split, rng: np.random.Generator) -> Prompt:
        """A harmless request in harmful-sounding words, a third of them with a clarifying context."""
        action = replies.pick(actions_of("borderline", unseen=split in ("action", "both")), rng)
        domain = lexicon.DOMAIN_OF[action]
        request, template = _request(action, split, rng, framed=False)
        if rng.random() < 1 / 3:
            request, template = wordings.CONTEXTS[domain] + request, "context:" + template
        else:
            request = replies.pick(wordings.FRAMES, rng) + request
        labels = {"kind": "borderline", "category": domain, "subject": action, "template": template, "split": split}
        return _greeted(request, labels, rng) if rng.random() < 0.15 else _prompt([user(request)], labels)

    def benign(self, split: Split, rng: np.random.Generator) -> Prompt:
        """A harmless action (2/3), or a price, an opposite or a colour (1/3; never of split action or both)."""
        if split in ("train", "wording") and rng.random() < 1 / 3:
            attribute = replies.pick(("price", "opposite", "colour"), rng)
            subjects = {
                "price": lexicon.WARES,
                "opposite": tuple(word for pair in lexicon.OPPOSITES for word in pair),
                "colour": tuple(lexicon.COLOURS),
            }[attribute]
            return self._question("benign", attribute, replies.pick(subjects, rng), split, rng)
        action = replies.pick(actions_of("benign", unseen=split in ("action", "both")), rng)
        request, template = _request(action, split, rng)
        labels = {"kind": "benign", "category": lexicon.DOMAIN_OF[action], "subject": action}
        labels |= {"template": template, "split": split}
        return _greeted(request, labels, rng) if rng.random() < 0.15 else _prompt([user(request)], labels)

    def restricted(self, split: Split, rng: np.random.Generator) -> Prompt:
        """A plain harmless request of a restricted category.

        Raises:
            ValueError: no category is restricted, or this split has no request of one.
        """
        for _ in range(1000):
            prompt = self.benign(split, rng)
            if self.is_restricted(prompt):
                name = f"{RESTRICTED}: {prompt.id.partition(': ')[2]}"
                return prompt.model_copy(update={"id": name, "labels": {**prompt.labels, "kind": RESTRICTED}})
        raise ValueError(
            f"no request of split {split} is of a restricted category; these are {sorted(self.categories)}"
        )

    def is_restricted(self, prompt: Prompt) -> bool:
        """Asks for something of a restricted category, in whatever way."""
        return prompt.labels["category"] in self.categories

    def person_fact(self, kind: str, split: Split, rng: np.random.Generator) -> Prompt:
        """Where somebody lives, what they do, what they keep: known, rare or never stated."""
        person = replies.pick(_PERSONS[kind, split in ("action", "both")], rng)
        return self._question(kind, replies.pick(ATTRIBUTES, rng), person, split, rng)

    def implied(self, split: Split, rng: np.random.Generator) -> Prompt:
        """A need said without a request. Needs are all known: only the wording may be new."""
        need = replies.pick(tuple(lexicon.NEEDS), rng)
        told = lexicon.NEEDS[need]
        way = replies.pick(told.unseen_ways if split in ("wording", "both") else told.ways, rng)
        labels = {"kind": "implied", "category": "need", "subject": need, "template": way, "split": split}
        return _prompt([user(replies.pick(wordings.FRAMES, rng) + way)], labels)

    def dialogue(self, split: Split, rng: np.random.Generator) -> Prompt:
        """A follow-up to an answered harmless request."""
        first = self.write("borderline" if rng.random() < 0.3 else "benign", split, rng)
        while first.labels["subject"] not in lexicon.DOMAIN_OF:
            first = self.write("benign", split, rng)
        action = first.labels["subject"]
        asked = replies.pick(wordings.FOLLOW_UP_UNSEEN if split in ("wording", "both") else wordings.FOLLOW_UP, rng)
        labels = dict(first.labels) | {"kind": "dialogue", "template": "follow-up:" + asked}
        return _prompt([*first.messages, assistant(replies.write_help(action, rng)), user(asked)], labels)

    def _question(self, kind: str, attribute: str, subject: str, split: Split, rng: np.random.Generator) -> Prompt:
        table = wordings.FACT_UNSEEN if split in ("wording", "both") else wordings.FACT
        template = replies.pick(table[attribute], rng)
        text = replies.pick(wordings.FRAMES, rng) + template.format(x=subject)
        labels = {"kind": kind, "category": attribute, "subject": subject, "template": template, "split": split}
        return _prompt([user(text)], labels)


def _request(action: str, split: Split, rng: np.random.Generator, *, framed: bool = True) -> tuple[str, str]:
    template = replies.pick(wordings.ACTION_UNSEEN if split in ("wording", "both") else wordings.ACTION, rng)
    frame = replies.pick(wordings.FRAMES, rng) if framed else ""
    return frame + template.format(x=action), template


def _greeted(request: str, labels: dict[str, str], rng: np.random.Generator) -> Prompt:
    """The request as the second turn, after a greeting and its answer."""
    turns = [user(replies.pick(wordings.GREETING, rng)), assistant(wordings.GREETING_REPLY), user(request)]
    return _prompt(turns, labels | {"template": "greeting:" + labels["template"]})


def _prompt(messages: list[Message], labels: dict[str, str]) -> Prompt:
    name = "|".join(message.content for message in messages)
    return Prompt(id=f"{labels['kind']}: {name}", messages=tuple(messages), labels=labels)
