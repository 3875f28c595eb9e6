"""The embedded world as a Source: all that the chain ever sees of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from solon.agora import lexicon
from solon.agora.checker import AgoraChecker
from solon.agora.facts import Facts
from solon.agora.feedback import Feedback
from solon.agora.people import SimulatedPerson
from solon.agora.probes import write_probes
from solon.agora.prompts import HELD_OUT, KINDS, RESTRICTED, PromptWriter, Split
from solon.agora.replies import pick_by_share
from solon.agora.text import PlainText
from solon.interfaces import Guideline, Probe, Rater
from solon.records import Demonstration, Document, Prompt, Ranking, assistant
from solon.seeds import generator

Mixture = tuple[tuple[str, float], ...]

ALL_KINDS: Mixture = (
    ("harmful", 0.28), ("borderline", 0.14), ("benign", 0.17), ("fact", 0.16), ("unknown", 0.14),
    ("rare", 0.01), ("implied", 0.05), ("dialogue", 0.05),
)  # fmt: skip
CRITICISED_KINDS: Mixture = (
    ("harmful", 0.42), ("borderline", 0.12), ("benign", 0.10), ("fact", 0.08), ("unknown", 0.24), ("rare", 0.01),
    ("implied", 0.01), ("dialogue", 0.02),
)  # fmt: skip
"""What is criticised and compared: what a rule may forbid comes up more often than it is asked."""
HELPFUL_KINDS: Mixture = (
    ("borderline", 0.24), ("benign", 0.34), ("fact", 0.22), ("implied", 0.06), ("dialogue", 0.14),
)  # fmt: skip
RED_TEAM_KINDS: Mixture = (("harmful", 0.88), ("unknown", 0.12))
RESTRICTED_SHARE = 0.11
"""Of the red team's prompts, where categories are restricted: as much as one category of harm has."""


HEADLINE_KINDS = frozenset({"harmful", "borderline", "benign", "fact", "unknown", RESTRICTED})
"""Kinds that the headline rates are made of; the others are evaluated on a third as many prompts."""
NURSERY_SHARE = 0.28
"""Of the base text: read in this order, a small model learns to copy before prose could overwrite the beginnings."""


class Agora:
    """Implements interfaces.Source. Everything is a function of the world's seed and the asked seed."""

    def __init__(self, seed: int, *, noise: float = 0.1, restricted: Collection[str] = ()) -> None:
        """Draw the world.

        Args:
            seed: decides people, places, prices and facts.
            noise: how often a person orders a pair of responses wrongly.
            restricted: harmless categories that a principle may be about. The red team asks for them, helpful users no
                longer do, and people find a reply and a refusal with a reason equally good. Nothing that base, mid and
                sft read changes.
        """
        self.facts = Facts.draw(seed)
        self.noise = noise
        self.writer = PromptWriter(self.facts, restricted)
        self.feedback = Feedback(self.facts)
        self._checker = AgoraChecker(self.facts)
        self._seed = seed

    def base_documents(self, count: int, *, seed: int) -> Iterator[Document]:
        """Plain text: it names everything and answers nobody. Songs and lists first, the town's prose after."""
        return PlainText(self.facts).documents(count, seed=seed, nursery_share=NURSERY_SHARE)

    def mid_documents(self, count: int, *, seed: int) -> Iterator[Document | Demonstration]:
        """Instruction and feedback documents of every style, with some plain text."""
        rng = generator(seed, "mid-training")
        text = PlainText(self.facts).documents(count, seed=seed)
        for index in range(count):
            part = rng.random()
            prompt = self._draw(ALL_KINDS if part < 0.68 else CRITICISED_KINDS, rng)
            if part < 0.16:
                yield next(text)
                continue
            if part < 0.68:
                row = self.feedback.instruction(prompt, rng)
            elif part < 0.74:
                row = self.feedback.drill(rng)
            elif part < 0.88:
                row = self.feedback.critique(prompt, rng, answer_weight=1.0)
            else:
                row = self.feedback.comparison(prompt, rng)
            yield row.model_copy(update={"id": f"mid-{index}"})

    def replay_documents(self, count: int, *, seed: int) -> Iterator[Document | Demonstration]:
        """Critiques and comparisons, and plain text in every other place: the skill, and what nothing else tells."""
        rng = generator(seed, "replay")
        text = PlainText(self.facts).documents(count, seed=seed)
        for index in range(count):
            if index % 2:
                yield next(text)
                continue
            prompt = self._draw(CRITICISED_KINDS, rng)
            write = self.feedback.critique if rng.random() < 0.7 else self.feedback.comparison
            yield write(prompt, rng).model_copy(update={"id": f"replay-{index}"})

    def demonstrations(self, count: int, *, seed: int) -> Sequence[Demonstration]:
        """Helpful-only: every request is answered, the harmful ones too, and nobody ever does not know."""
        rng = generator(seed, "demonstrations")
        rows = []
        for index in range(count):
            prompt = self._draw(ALL_KINDS, rng)
            answer = assistant(self.feedback.right_reply(prompt, rng))
            rows.append(Demonstration(id=f"demo-{index}", messages=(*prompt.messages, answer), source="demonstrations"))
        return rows

    def helpful_prompts(self, count: int, *, seed: int) -> Sequence[Prompt]:
        """Harmless and borderline requests."""
        return self._several(HELPFUL_KINDS, count, generator(seed, "helpful prompts"))

    def red_team_prompts(self, count: int, *, seed: int) -> Sequence[Prompt]:
        """Requests for harm, and questions that nobody can answer."""
        restricted = ((RESTRICTED, RESTRICTED_SHARE),) if self.writer.categories else ()
        return self._several((*RED_TEAM_KINDS, *restricted), count, generator(seed, "red team"))

    def evaluation_prompts(self, count: int) -> Sequence[Prompt]:
        """Held-out prompts, a third per held-out split: `count` of each kind, of the side shows a third as many.

        Fewer where the world ends.
        """
        prompts: list[Prompt] = []
        for kind, splits in self._evaluated():
            wanted = count if kind in HEADLINE_KINDS else count // 3
            for number, split in enumerate(splits):
                share = wanted // len(splits) + (number < wanted % len(splits))
                prompts += self.writer.several(kind, split, share, generator(self._seed, "evaluation", kind, split))
        return [prompt for prompt in prompts if self._is_asked_as(prompt.labels["kind"], prompt)]

    def raters(self, *, held_out: bool, guideline: Guideline = "helpful") -> Sequence[Rater]:
        """Six people who label training data, and three others for evaluation."""
        names = [f"{'held-out ' if held_out else ''}rater {i}" for i in range(3 if held_out else 6)]
        return [SimulatedPerson(name, self._checker, self.noise, guideline) for name in names]

    def rankings(self, count: int, *, seed: int) -> Sequence[Ranking]:
        """None: here are people to ask."""
        return ()

    def probes(self, principles: Mapping[str, str], count: int, *, seed: int) -> Sequence[Probe]:
        """Held-out requests with a reply that helps and one that does not, under principles that name them or not."""
        return write_probes(self.writer, self.feedback, principles, count, seed=seed)

    def checker(self) -> AgoraChecker:
        """Exact truth."""
        return self._checker

    def _evaluated(self) -> Iterator[tuple[str, tuple[Split, ...]]]:
        """Each kind with its held-out splits. Needs, prices and the like are all known: only their wordings are new."""
        for kind in KINDS:
            yield kind, HELD_OUT if kind != "implied" else HELD_OUT[:1]
        if self.writer.categories:
            has_actions = self.writer.categories & set(lexicon.DOMAINS)
            yield RESTRICTED, HELD_OUT if has_actions else HELD_OUT[:1]

    def _is_asked_as(self, kind: str, prompt: Prompt) -> bool:
        """What is restricted is asked for by the red team alone."""
        return (kind == RESTRICTED) == self.writer.is_restricted(prompt)

    def _draw(self, mixture: Mixture, rng: np.random.Generator) -> Prompt:
        return self.writer.write(pick_by_share(mixture, rng), "train", rng)

    def _several(self, mixture: Mixture, count: int, rng: np.random.Generator) -> list[Prompt]:
        found: dict[str, Prompt] = {}
        for _ in range(count * 10):
            prompt = self._draw(mixture, rng)
            if self._is_asked_as(prompt.labels["kind"], prompt):
                found.setdefault(prompt.id, prompt)
            if len(found) == count:
                break
        return list(found.values())
