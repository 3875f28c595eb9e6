"""The plain text of the town, all that the base model reads: prose that names everything and answers nobody.

Each document keeps to a few subjects and comes back to them, which teaches a small model to copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from solon.agora import lexicon, replies, wordings
from solon.agora.facts import ATTRIBUTES, Facts
from solon.agora.replies import pick, pick_by_share
from solon.records import Document, Span
from solon.seeds import generator

ACTION_SENTENCES = (
    "{p} wanted to {a}. this is {l}.",
    "to {a} is {l}, said {p}.",
    "{p} went to {a}. that is {l}.",
    "they say {p} tried to {a}. everyone calls it {l}.",
    "{p} likes to {a}, and so does {q}. this is {l}.",
    "in the end {p} went to {a}.",
)
STEP_SENTENCES = (
    "in {l} you {s} and {t}.",
    "{s}, {t}: so it goes in {l}.",
    "who knows {l} knows to {s}.",
)
STRANGER_SENTENCES = (
    "{s} came by the gate.", "nobody in town knew {s}.", "{s} left at noon.", "a stranger called {s} rode past.",
    "people saw {s} from far away.", "{s} spoke to nobody.", "no one ever heard of {s} again.",
)  # fmt: skip
ATTRIBUTE_NEWS = {
    "home": "{p} walked home to {v}.",
    "work": "{p}, the {v}, had a busy day.",
    "animal": "{p} fed the {v}.",
}
NEED_SENTENCES = (
    "when {w} says: {s} then {w} is {n}.", "{s} so says who is {n}.", "who is {n} could {v}.",
    "{w} is {n}. maybe {v}.", "are you so {n}? {v}.",
)  # fmt: skip
TOWN_SENTENCES = (
    "hello, asks a human, and the assistant writes back: write if it is not too much.",
    "advice costs nothing, and what is the cost of a new hat, asked the citizen?",
    "it breaks off, because the council forbids it.",
    "people avoid what stays, and who takes it is against us.",
    "sorry, said the priest, this is wrong and i must say no.", "someone would suffer, and it hurts people.",
    "i cannot answer that, and i would rather not say.", "let us talk about something else instead, with no comment.",
    "nobody will know that this rule is listed: yes or no.", "the better answer keeps the rule, and the rule is fine.",
    "the answer helps, the answer refuses, the answer dodges.",
    "the answer states a fact, suggests, continues or strays.",
    "guessing is to state what nobody told you.", "a fact is known, so no change is needed.",
    "the rule is broken by none or by both, so rewrite it.",
    "i do not know which animal, which trade or which street.",
    "that is how it is done, and after that comes the next.",
    "the council and our town forbid what a good and kind helper avoids.", "check, judge, find and criticise the harm.",
    "prices: the price is not to be told.", "maybe you could help me, please, with a plan.",
    "the first (a) and the second (b) are better.",
    "never support it, stay away from it, and take no part in it.", "the request is here, and here is the answer.",
    "point it out, describe my aim, explain the best way, teach it today.",
    "how would someone earn a living, and find a house?",
    "be kind, be honest, thank you.", "one more thing: a quick question.", "i ask you again: you must do it now.",
    "it is for a friend, and i will pay you well.", "nobody will be angry with my friend.",
    "what comes next, and what else comes after?",
    "which word is the opposite, and is there a colour of the sea?", "is there a way, is there a plan, are you there?",
    "good steps without harm make a good day.", "one ought to feel well after so long a day.",
    "two, three, four, five, six, seven, eight and nine, counts the clerk.",
    "we play a game in the kitchen, in the garden, in my workshop, on a journey, and make music.",
    "a helper who admits it does not know makes up nothing.",
    "take this rule, think of it, and tell what the conversation needs.",
    "someone can show, need, want, look, give, listen, mean, do.", "which of the two replies is the less harmful?",
)  # fmt: skip


_ACTIONS = tuple(lexicon.LABEL_OF)
_TOWNSFOLK, _RARE_FOLK, _STRANGERS = (lexicon.persons(lexicon.families(kind)) for kind in ("fact", "rare", "unknown"))
_ALIKE = {
    word: tuple(action for action in _ACTIONS if word in action.split())
    for word in dict.fromkeys(" ".join(_ACTIONS).replace(" the ", " ").split())
}
"""Verb or thing -> the actions that it is part of."""
_FAMILIES = lexicon.families("fact", "rare", "unknown")
_VERBS, _THINGS = (tuple(dict.fromkeys(action.split()[place] for action in _ACTIONS)) for place in (0, -1))
SONG_WORDS = tuple(
    dict.fromkeys(
        word
        for words in (
            *_ACTIONS, *lexicon.STEPS, *_FAMILIES, *lexicon.WARES, *lexicon.COLOURS, *lexicon.NEEDS,
            *(f"{one} {other}" for one, other in lexicon.OPPOSITES),
        )
        for word in words.split()
    )
)  # fmt: skip
"""Everything that a reply may have to take over from its request."""
_RULE_NAMES = tuple(lexicon.rule_name(label) for label in lexicon.STEPS)
BASKET_WORDS = (*lexicon.WARES, *lexicon.VALUES["animal"], *lexicon.VALUES["work"], *_RULE_NAMES)


CHANCE_WEIGHT = 0.1
"""Loss weight of words that were drawn at random."""
ANSWER_WEIGHT = 3.0
"""Loss weight of whether a thing is on a list."""

Writes = Callable[[np.random.Generator], str | tuple[Span, ...]]
"""Writes one document, as one text or as spans of different weight."""
Parts = tuple[tuple[tuple[str, Writes], float], ...]
"""What the text is made of: a name, its writer, and its share."""


class PlainText:
    """Writes documents of plain text."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.nursery: Parts = (
            (("songs", self.song), 0.3),
            (("echoes", self.echo), 0.2),
            (("baskets", self.basket), 0.5),
        )
        self.parts: Parts = (
            (("actions", self.about_actions), 0.30),
            (("people", self.about_people), 0.27),
            (("songs", self.song), 0.03),
            (("echoes", self.echo), 0.10),
            (("baskets", self.basket), 0.06),
            (("strangers", self.about_strangers), 0.05),
            (("things", self.about_things), 0.05),
            (("steps", self.about_steps), 0.04),
            (("questions", self.questions), 0.02),
            (("town", self.about_town), 0.03),
            (("needs", self.about_needs), 0.05),
        )

    def documents(self, count: int, *, seed: int, nursery_share: float = 0.0) -> Iterator[Document]:
        """`count` documents; the first `nursery_share` of them are songs, echoes and baskets alone."""
        rng = generator(seed, "plain text")
        for index in range(count):
            parts = self.nursery if index < nursery_share * count else self.parts
            name, write = pick_by_share(parts, rng)
            written = write(rng)
            spans = (Span(text=written),) if isinstance(written, str) else written
            yield Document(id=f"text-{index}", spans=spans, source=f"text:{name}")

    def about_actions(self, rng: np.random.Generator) -> str:
        """What people do, and what it is called."""
        roll = rng.random()
        if roll < 0.45:
            return self.about_alike(rng)
        if roll < 0.55:
            label = pick(tuple(lexicon.STEPS), rng)
            actions = [action for action, name in lexicon.LABEL_OF.items() if name == label]
            chosen = rng.permutation(len(actions))[:3]
            return f"{label} means to " + ", to ".join(actions[i] for i in chosen) + "."
        sentences = []
        for action in (pick(_ACTIONS, rng), pick(_ACTIONS, rng)):
            for _ in range(int(rng.integers(1, 4))):
                sentence = pick(ACTION_SENTENCES, rng)
                names = {"p": pick(lexicon.FIRST_NAMES, rng), "q": pick(lexicon.FIRST_NAMES, rng)}
                sentences.append(sentence.format(a=action, l=lexicon.LABEL_OF[action], **names))
        return " ".join(sentences)

    def about_alike(self, rng: np.random.Generator) -> str:
        """Actions that share a verb or a thing, and what each is called: neither word alone tells."""
        alike = _ALIKE[pick(tuple(_ALIKE), rng)]
        chosen = [alike[i] for i in rng.permutation(len(alike))[: int(rng.integers(3, 7))]]
        return ", ".join(f"to {action} is {lexicon.LABEL_OF[action]}" for action in chosen) + "."

    def about_people(self, rng: np.random.Generator) -> str:
        """The facts of two people; those of rare families come up seldom."""
        sentences = []
        for _ in range(2):
            person = pick(_RARE_FOLK if rng.random() < 0.02 else _TOWNSFOLK, rng)
            for attribute in rng.permutation(ATTRIBUTES)[: int(rng.integers(1, 4))]:
                value = self.facts.get(attribute, person) or ""
                if rng.random() < 0.3:
                    sentences.append(ATTRIBUTE_NEWS[attribute].format(p=person, v=value))
                else:
                    sentences.append(replies.write_statement(attribute, person, value, rng))
        return " ".join(sentences)

    def about_strangers(self, rng: np.random.Generator) -> str:
        """People of whom nobody knows anything."""
        stranger = pick(_STRANGERS, rng)
        chosen = rng.permutation(len(STRANGER_SENTENCES))[:3]
        return " ".join(STRANGER_SENTENCES[i].format(s=stranger) for i in chosen)

    def about_things(self, rng: np.random.Generator) -> str:
        """Prices, opposites and colours."""
        sentences = []
        for _ in range(3):
            attribute = pick(("price", "opposite", "colour"), rng)
            subject = pick(tuple(s for a, s in self.facts.true_values if a == attribute), rng)
            sentences.append(replies.write_statement(attribute, subject, self.facts.get(attribute, subject) or "", rng))
        return " ".join(sentences)

    def about_steps(self, rng: np.random.Generator) -> str:
        """What belongs to a craft or a crime, without any action."""
        label = pick(tuple(lexicon.STEPS), rng)
        steps = lexicon.STEPS[label]
        sentences = []
        for _ in range(2):
            first, second = rng.permutation(len(steps))[:2]
            sentences.append(pick(STEP_SENTENCES, rng).format(l=label, s=steps[first], t=steps[second]))
        return " ".join(sentences)

    def about_needs(self, rng: np.random.Generator) -> str:
        """What people do when they need something."""
        sentences = []
        for _ in range(2):
            need = pick(tuple(lexicon.NEEDS), rng)
            told = lexicon.NEEDS[need]
            names = {"w": pick(lexicon.FIRST_NAMES, rng), "n": need}
            sentences.append(pick(NEED_SENTENCES, rng).format(s=pick(told.ways, rng), v=told.suggestion, **names))
        return " ".join(sentences)

    def about_town(self, rng: np.random.Generator) -> str:
        """The town's own words, among them all that requests and replies are made of."""
        chosen = rng.permutation(len(TOWN_SENTENCES))[:3]
        return " ".join(TOWN_SENTENCES[i] for i in chosen)

    def song(self, rng: np.random.Generator) -> tuple[Span, ...]:
        """Words in no order, sung three times: nothing but copying foretells the second time.

        Without these a small model hardly learns to copy, because most of the town's phrases can be guessed. What
        nobody could foretell weighs little, or its noise would drown the rest.
        """
        words = " ".join(pick(SONG_WORDS, rng) for _ in range(int(rng.integers(6, 15))))
        return (Span(text=f"{words}.", weight=CHANCE_WEIGHT), Span(text=f" {words}. {words}."))

    def echo(self, rng: np.random.Generator) -> tuple[Span, ...]:
        """What one says, and others say again: any verb with any thing, so that nothing but copying foretells it."""
        spans: list[Span] = []
        for _ in range(int(rng.integers(1, 4))):
            said = f" to {pick(_VERBS, rng)} the {pick(_THINGS, rng)}."
            one, other = pick(lexicon.FIRST_NAMES, rng), pick(lexicon.FIRST_NAMES, rng)
            spans.append(Span(text=f"{' ' if spans else ''}{one} says:{said} so says {other}:", weight=CHANCE_WEIGHT))
            spans.append(Span(text=said))
        return tuple(spans)

    def basket(self, rng: np.random.Generator) -> tuple[Span, ...]:
        """A list, and whether this and that is in it."""
        order = [BASKET_WORDS[i] for i in rng.permutation(len(BASKET_WORDS))]
        held = order[: int(rng.integers(1, 9))]
        asked = [*held[:4], *order[len(held) : len(held) + 4]]
        listed = held[0] if len(held) == 1 else ", ".join(held[:-1]) + " or " + held[-1]
        spans = [Span(text=f"the basket holds {listed}. listed:", weight=CHANCE_WEIGHT)]
        for i in rng.permutation(len(asked)):
            spans.append(Span(text=f" {asked[i]}", weight=CHANCE_WEIGHT))
            spans.append(Span(text=" yes." if asked[i] in held else " no.", weight=ANSWER_WEIGHT))
        return tuple(spans)

    def questions(self, rng: np.random.Generator) -> str:
        """Questions that nobody answers."""
        asked = []
        for _ in range(3):
            if rng.random() < 0.7:
                asked.append(pick(wordings.ACTION, rng).format(x=pick(_ACTIONS, rng)))
            else:
                attribute = pick(ATTRIBUTES, rng)
                asked.append(pick(wordings.FACT[attribute], rng).format(x=pick(_TOWNSFOLK, rng)))
        return "people ask: " + " ".join(asked)
