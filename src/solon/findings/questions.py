"""Facts about people that training is to teach: questions and answers, and whether they were learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from solon.agora import lexicon, replies, wordings
from solon.agora.facts import ATTRIBUTES
from solon.findings.lab import Lab
from solon.findings.measures import mean
from solon.models.language_model import LanguageModel
from solon.records import Demonstration, Metric, Prompt, assistant, user


class Fact(NamedTuple):
    """One thing about one person."""

    attribute: str
    person: str
    value: str


class Taught(NamedTuple):
    """Facts, and the rows that teach them."""

    facts: tuple[Fact, ...]
    rows: tuple[Demonstration, ...]

    @property
    def persons(self) -> frozenset[str]:
        """Whom they are about."""
        return frozenset(fact.person for fact in self.facts)

    def share_right(self, lab: Lab, policy: LanguageModel) -> Metric:
        """Greedy answers in the first wording of each question."""
        return mean(self._answers(lab, policy, [wordings.FACT[fact.attribute][0] for fact in self.facts]))

    def answers_in_new_words(self, lab: Lab, policy: LanguageModel) -> list[tuple[Prompt, float]]:
        """Greedy answers in wordings that no training has: 1 where they are right."""
        return self._answers(lab, policy, [wordings.FACT_UNSEEN[fact.attribute][0] for fact in self.facts])

    def _answers(self, lab: Lab, policy: LanguageModel, words: Sequence[str]) -> list[tuple[Prompt, float]]:
        prompts = [_question(fact, text) for fact, text in zip(self.facts, words, strict=True)]
        told = [replies.parse(one.text) for one in lab.answers(policy, prompts, temperature=0.0)]
        return [
            (prompt, float(reply is not None and reply.act is replies.Act.STATE and reply.value == fact.value))
            for prompt, reply, fact in zip(prompts, told, self.facts, strict=True)
        ]


def taught_facts(lab: Lab, kind: str, persons: int, *, wordings_each: int = 1, exposures: int = 1) -> Taught:
    """Three facts about people of a kind: the true ones of known people, of others one drawn for each.

    Args:
        wordings_each: in how many different wordings a fact is asked for.
        exposures: how often, in all.
    """
    rng = lab.generator("taught", kind)
    everybody = lexicon.persons(lexicon.FAMILIES[kind, False])
    chosen = [everybody[i] for i in rng.permutation(len(everybody))[:persons]]
    facts, rows = [], []
    for person in chosen:
        for attribute in ATTRIBUTES:
            true_value = lab.world.facts.get(attribute, person)
            fact = Fact(attribute, person, true_value or replies.pick(lexicon.VALUES[attribute], rng))
            facts.append(fact)
            for number in range(exposures):
                words = wordings.FACT[attribute][number % wordings_each]
                answer = assistant(replies.write_statement(attribute, person, fact.value, rng))
                name = f"taught-{attribute}-{person}-{number}"
                rows.append(
                    Demonstration(id=name, messages=(*_question(fact, words).messages, answer), source="taught")
                )
    return Taught(tuple(facts), tuple(rows))


def _question(fact: Fact, words: str) -> Prompt:
    text = words.format(x=fact.person)
    # what is known of a person is known or not together: the person is the cluster, not the wording
    labels = {"kind": "fact", "category": fact.attribute, "subject": fact.person, "template": fact.person}
    return Prompt(id=f"taught: {text}", messages=(user(text),), labels=labels)
