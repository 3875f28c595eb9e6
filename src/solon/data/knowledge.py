"""Which facts does a model know already? Asked several times, each time after other examples.

    p_greedy  = share of right answers over the example sets, answered greedily
    p_sampled = share of right answers over the example sets and their draws, sampled at a temperature above 0

    HighlyKnown  p_greedy = 1
    MaybeKnown   0 < p_greedy < 1
    WeaklyKnown  p_greedy = 0, p_sampled > 0
    Unknown      p_greedy = 0, p_sampled = 0

Source: Gekhman et al. 2024, arXiv:2405.05904, section 3 (10 example sets of 4, 16 draws at temperature 0.5). Ours: the
examples come from the same file and never have an answer of the asked question, which a model could copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from solon.data.facts import Fact, is_right, normal
from solon.errors import InputError
from solon.interfaces import Sampler, SampleRequest
from solon.records import Message, Record, assistant, user
from solon.seeds import derive, generator

Known = Literal["HighlyKnown", "MaybeKnown", "WeaklyKnown", "Unknown"]
CLASSES: tuple[Known, ...] = ("HighlyKnown", "MaybeKnown", "WeaklyKnown", "Unknown")


class KnowledgeConfig(BaseModel):
    """How often and in which form a fact is asked. The defaults are the published ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    example_sets: int = Field(10, gt=0)
    """Times that a fact is asked, each time after other examples; one greedy answer each."""
    examples: int = Field(4, gt=0)
    """Other facts shown with their answers before the question."""
    draws: int = Field(16, gt=0)
    """Sampled answers after each example set."""
    temperature: float = Field(0.5, gt=0)
    """Of the sampled answers."""
    max_new_tokens: int = Field(32, gt=0)
    """Longest answer; a right one that is cut counts as wrong."""
    form: str = "Q: {question}\nA: {answer}\n"
    """How a fact is written; what follows `{answer}` ends an answer."""
    turns: bool = False
    """Examples are turns of a conversation, for a model that was trained on them, and `form` is not used."""

    @model_validator(mode="after")
    def _the_answer_comes_last_and_ends(self) -> Self:
        before, _, rest = self.form.partition("{question}")
        between, found, end = rest.partition("{answer}")
        if not found or not end.strip(" ") or "{answer}" in before + end or "{question}" in between + end:
            raise ValueError(
                f"form={self.form!r} must hold {{question}} once, then {{answer}} once, then what ends an answer"
            )
        return self

    def write(self, question: str, answer: str) -> str:
        """A fact in the form."""
        return self.form.replace("{question}", "\0").replace("{answer}", answer).replace("\0", question)


class Knowledge(Record):
    """What a model knows of one fact."""

    id: str
    question: str
    answers: tuple[str, ...]
    line: int
    p_greedy: float
    p_sampled: float

    @property
    def known(self) -> Known:
        """The class of the fact."""
        if self.p_greedy == 1:
            return "HighlyKnown"
        if self.p_greedy > 0:
            return "MaybeKnown"
        return "WeaklyKnown" if self.p_sampled > 0 else "Unknown"


def audit(
    facts: Sequence[Fact], asked: Sequence[Fact], sampler: Sampler, config: KnowledgeConfig, *, seed: int
) -> list[Knowledge]:
    """What the sampler knows of each asked fact, in order.

    Args:
        facts: where examples are drawn from; of the same relation as the question.
        asked: all of `facts`, or a part of them; the answers to one do not depend on the others.
        sampler: asked `len(asked) * example_sets * (1 + draws)` times, in one call.
        config: how often and in which form.
        seed: of examples and draws.

    Raises:
        InputError: a relation has too few facts with other answers to show.
    """
    of_relation: dict[str, list[Fact]] = {}
    for fact in facts:
        of_relation.setdefault(fact.relation, []).append(fact)
    requests = [request for fact in asked for request in _requests(fact, of_relation, config, seed)]
    samples = iter(sampler.sample(requests))
    return [_judged(fact, [next(samples).text for _ in range(_num_requests(config))], config) for fact in asked]


def class_counts(found: Iterable[Knowledge]) -> dict[Known, int]:
    """How many facts are of each class."""
    counts = dict.fromkeys(CLASSES, 0)
    for one in found:
        counts[one.known] += 1
    return counts


def _num_requests(config: KnowledgeConfig) -> int:
    return config.example_sets * (1 + config.draws)


def _judged(fact: Fact, texts: Sequence[str], config: KnowledgeConfig) -> Knowledge:
    right = [is_right(text, fact.answers) for text in texts]
    greedy = right[:: 1 + config.draws]  # the first of each set
    return Knowledge(
        id=fact.id,
        question=fact.question,
        answers=fact.answers,
        line=fact.line,
        p_greedy=sum(greedy) / len(greedy),
        p_sampled=(sum(right) - sum(greedy)) / (len(right) - len(greedy)),
    )


class _Asked(NamedTuple):
    messages: tuple[Message, ...]
    prefill: str
    stop: tuple[str, ...]


def _requests(
    fact: Fact, of_relation: Mapping[str, Sequence[Fact]], config: KnowledgeConfig, seed: int
) -> Iterator[SampleRequest]:
    for number in range(config.example_sets):
        asked = _written(fact, _examples(fact, of_relation[fact.relation], number, config, seed), config)
        for draw in range(1 + config.draws):
            yield SampleRequest(
                messages=asked.messages,
                seed=derive(seed, "knowledge", fact.id, number, draw),
                max_new_tokens=config.max_new_tokens,
                temperature=config.temperature if draw else 0.0,
                prefill=asked.prefill,
                stop=asked.stop,
                name=f"fact {fact.id}",
            )


def _written(fact: Fact, examples: Sequence[Fact], config: KnowledgeConfig) -> _Asked:
    if config.turns:
        turns = [turn for one in examples for turn in (user(one.question), assistant(one.answers[0]))]
        return _Asked((*turns, user(fact.question)), "", ())
    # A base model has seen no turns: everything stands as plain text before the answer.
    shown = "".join(config.write(one.question, one.answers[0]) for one in examples)
    begun, _, end = config.form.partition("{answer}")
    return _Asked((), shown + begun.replace("{question}", fact.question), (end.strip(" "),))


def _examples(fact: Fact, candidates: Sequence[Fact], number: int, config: KnowledgeConfig, seed: int) -> list[Fact]:
    """Facts with other answers, drawn at random; the few that a first draw may refuse are drawn beyond."""
    wrong = {normal(answer) for answer in fact.answers}

    def fit(indices: Iterable[int]) -> list[Fact]:
        others = (candidates[index] for index in indices)
        return [one for one in others if wrong.isdisjoint(map(normal, one.answers)) and one.id != fact.id]

    rng = generator(seed, "knowledge examples", fact.id, number)
    few = min(len(candidates), 4 * config.examples)
    found = fit(rng.choice(len(candidates), few, replace=False).tolist())
    if len(found) < config.examples:
        found = fit(rng.permutation(len(candidates)).tolist())
    if len(found) < config.examples:
        of = f" of the relation {fact.relation!r}" if fact.relation else ""
        raise InputError(
            f"fact {fact.id} is shown after {config.examples} facts{of} with other answers, and there are "
            f"{len(found)}. Give more facts, or lower examples."
        )
    return found[: config.examples]
