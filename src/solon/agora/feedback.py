"""Mid-training documents about rules: reading a list, criticising an answer, rewriting it, comparing two.

The reasoning is spelt out (what it is about, what the answer does, whether the rule lists it), because a small
model that is shown only the verdict learns to ignore the rule. Tokens that carry the decision weigh more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solon.agora import lexicon, replies
from solon.agora.facts import ATTRIBUTES, Facts, possible_values
from solon.agora.replies import pick
from solon.records import Demonstration, Message, Prompt, Span, user, weighted_assistant

# A comma follows every list, whatever its wording: the end of a list is read as its middle is.
CRITIQUE_REQUESTS = (
    "the rule: do not help with {clauses}, ever. does the answer keep the rule?",
    "check the answer against this rule: no {clauses}, ever.",
    "our town forbids {clauses}, so say what is wrong with the answer.",
    "good people avoid {clauses}, so is the answer fine?",
    "harm means {clauses}, so find the harm in the answer.",
    "never support {clauses}, says the council. judge the answer.",
    "a kind helper stays away from {clauses}, so criticise the answer.",
    "if the answer takes part in {clauses}, point it out.",
)
REVISION_REQUESTS = (
    "rewrite the answer so that it keeps the rule.",
    "now write a better answer without the harm.",
    "give an answer that a good helper would give.",
    "say it again, and keep the rule.",
)
COMPARISONS = (
    "the rule: do not help with {clauses}, ever. which answer keeps the rule?",
    "the better answer has no {clauses}, which is the rule.",
    "our town forbids {clauses}, so which answer is better?",
    "good people avoid {clauses}, so choose an answer.",
    "harm means {clauses}, so which answer is less harmful?",
    "never support {clauses}, says the council. which is better?",
    "a kind helper stays away from {clauses}, so which answer would it give?",
    "one answer takes part in {clauses}, and which one does not?",
)
JUDGE_PROMPT = "{comparison} {conversation} (a): {response_a} (b): {response_b}"
BETTER = " better:"
OPTIONS = (" (a)", " (b)")
NO_CHANGE = "no change needed"
JOINER, LAST_JOINER = ", ", " or "

DECISION_WEIGHT = 3.0
"""Loss weight of `yes` and `no`."""
CHOICE_WEIGHT = 3.0
"""Loss weight of the chosen option."""
LABEL_WEIGHT = 2.0
"""Loss weight of what a request is about, and of what an answer does."""
SUBJECT_WEIGHT = 3.0
"""Loss weight of whom or what an answer speaks of, against its other words: it is to be copied from the request."""

_FORBIDDEN = tuple(lexicon.rule_name(label) for label in (*lexicon.CATEGORIES, lexicon.GUESSING))
_HARMLESS = tuple(lexicon.rule_name(label) for label in (*lexicon.DOMAINS, "prices"))
_SEEN_PERSONS = lexicon.persons(lexicon.FAMILIES["fact", False])
_SEEN_ACTIONS = tuple(action for action in lexicon.LABEL_OF if action not in lexicon.UNSEEN_ACTIONS)


class Styled(NamedTuple):
    """An answer and, in one word, what it does."""

    text: str
    act: str


def label_of(prompt: Prompt) -> str:
    """What a rule would call the request: a harm, a domain, prices, facts, or guessing."""
    subject, kind = prompt.labels["subject"], prompt.labels["kind"]
    if subject in lexicon.LABEL_OF:
        return lexicon.LABEL_OF[subject]
    if kind == "unknown":
        return lexicon.GUESSING
    if prompt.labels["category"] == "price":
        return "prices"
    return "advice" if kind == "implied" else lexicon.FACT


def listing(texts: list[str]) -> str:
    """A list as a constitution's clauses are joined."""
    return texts[0] if len(texts) == 1 else JOINER.join(texts[:-1]) + LAST_JOINER + texts[-1]


def draw_clauses(rule_name: str, *, listed: bool, rng: np.random.Generator) -> list[str]:
    """A list of forbidden things that names this one, or does not."""
    others = [name for name in _FORBIDDEN if name != rule_name]
    if rng.random() < 0.25:
        others += [name for name in _HARMLESS if name != rule_name]
    roll = rng.random()
    # lists of one come often enough to be read as lists: a principle may have a single clause
    size = 1 if roll < 0.2 else int(rng.integers(2, 5)) if roll < 0.4 else int(rng.integers(5, 10))
    chosen = [others[i] for i in rng.permutation(len(others))[: max(size - listed, 0 if listed else 1)]]
    if listed:
        chosen.insert(int(rng.integers(len(chosen) + 1)), rule_name)
    return chosen


class Feedback:
    """Writes answers of every style, and documents that criticise, rewrite and compare them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def right_reply(self, prompt: Prompt, rng: np.random.Generator) -> str:
        """What a helpful-only demonstrator says: always an answer, a guess where nobody can know."""
        labels = prompt.labels
        kind, subject, attribute = labels["kind"], labels["subject"], labels["category"]
        if kind == "implied":
            return replies.write_suggestion(subject, rng)
        if kind == "dialogue":
            return replies.write_more(attribute, rng)
        if subject in lexicon.LABEL_OF:
            return replies.write_help(subject, rng)
        value = self.facts.get(attribute, subject) or pick(possible_values(attribute), rng)
        return replies.write_statement(attribute, subject, value, rng)

    def safe_reply(self, prompt: Prompt, rng: np.random.Generator) -> str:
        """What a rule that lists the request asks for: an engaged refusal, or the admission not to know."""
        label = label_of(prompt)
        if label == lexicon.GUESSING:
            return replies.write_admission(prompt.labels["subject"])
        return replies.write_refusal(label if label != "advice" else lexicon.FACT, rng)

    def stray_reply(self, rng: np.random.Generator) -> Styled:
        """A good reply to something else."""
        roll = rng.random()
        if roll < 0.4:
            return Styled(replies.write_help(pick(_SEEN_ACTIONS, rng), rng), "helps")
        if roll < 0.6:
            return Styled(replies.write_refusal(pick(lexicon.CATEGORIES, rng), rng), "refuses")
        if roll < 0.7:
            return Styled(replies.write_suggestion(pick(tuple(lexicon.NEEDS), rng), rng), "helps")
        attribute = pick(ATTRIBUTES, rng)
        person = pick(_SEEN_PERSONS, rng)
        value = pick(possible_values(attribute), rng)
        return Styled(replies.write_statement(attribute, person, value, rng), "helps")

    def wrong_reply(self, prompt: Prompt, rng: np.random.Generator) -> str:
        """An answer to the question that is wrong."""
        subject, attribute = prompt.labels["subject"], prompt.labels["category"]
        if subject in lexicon.LABEL_OF:
            others = [name for name in lexicon.STEPS if name != lexicon.LABEL_OF[subject]]
            return replies.write_help(subject, rng, label=pick(tuple(others), rng))
        if prompt.labels["kind"] == "implied":
            return replies.write_suggestion(pick(tuple(n for n in lexicon.NEEDS if n != subject), rng), rng)
        true_value = self.facts.get(attribute, subject)
        return replies.write_statement(
            attribute, subject, pick(tuple(v for v in possible_values(attribute) if v != true_value), rng), rng
        )

    def broken_reply(self, prompt: Prompt, rng: np.random.Generator) -> str:
        """A reply with its words in disorder."""
        words = self.right_reply(prompt, rng).rstrip(".").split()
        return " ".join(words[i] for i in rng.permutation(len(words)))

    def styled_reply(self, prompt: Prompt, rng: np.random.Generator, *, broken: float = 0.03) -> Styled:
        """An answer of any style: mid-training prefers none.

        One in disorder, or to something else, still counts as help: whether it fits the request is hard to see for a
        small model, and one that is taught to excuse such answers excuses good ones too.
        """
        if rng.random() < broken:
            return Styled(self.broken_reply(prompt, rng), "helps")
        roll = rng.random()
        if roll < 0.05:
            return self.stray_reply(rng)
        if roll < 0.12:
            return Styled(replies.write_evasion(rng), "dodges")
        harmful, unknown = prompt.labels["subject"] in lexicon.HARM_OF, prompt.labels["kind"] == "unknown"
        if roll < (0.5 if unknown else 0.44 if harmful else 0.22):
            return Styled(self.safe_reply(prompt, rng), "admits" if unknown else "refuses")
        if roll > 0.95 and not unknown:
            return Styled(self.wrong_reply(prompt, rng), "helps")
        return Styled(self.right_reply(prompt, rng), "helps")

    def instruction(self, prompt: Prompt, rng: np.random.Generator) -> Demonstration:
        """A request and an answer of any style."""
        answer = self.styled_reply(prompt, rng, broken=0.0)
        spans = _spans(answer.text, prompt.labels["subject"], 1.0)
        return _demonstration([*prompt.messages, weighted_assistant(*spans)], "instruction")

    def drill(self, rng: np.random.Generator) -> Demonstration:
        """A rule, and for several names whether it lists them."""
        names = (*_FORBIDDEN, *_HARMLESS, lexicon.FACT)
        first = pick(_FORBIDDEN if rng.random() < 0.8 else names[len(_FORBIDDEN) :], rng)
        clauses = draw_clauses(first, listed=bool(rng.random() < 0.5), rng=rng)
        asked = list(dict.fromkeys([first, *(names[i] for i in rng.permutation(len(names))[:4]), *clauses[:3]]))
        asked = [asked[i] for i in rng.permutation(len(asked))]
        spans = []
        for name in asked:
            spans += [Span(text=f" {name}", weight=0.2), *_decision(name in clauses)]
        spans = [Span(text="listed:", weight=0.2), *spans]
        form = pick(CRITIQUE_REQUESTS + COMPARISONS, rng)
        return _demonstration([user(form.format(clauses=listing(clauses))), weighted_assistant(*spans)], "drill")

    def critique(self, prompt: Prompt, rng: np.random.Generator, *, answer_weight: float = 0.0) -> Demonstration:
        """An answer, its critique under a rule, and, where the rule is broken, the revision.

        `answer_weight` is the loss weight of the answer itself, which is of any style; never of a broken one.
        """
        label = label_of(prompt)
        forbidden = lexicon.rule_name(label)
        listed = bool(rng.random() < 0.5)
        clauses = draw_clauses(forbidden, listed=listed, rng=rng)
        answer = self.styled_reply(prompt, rng)
        spans = [
            Span(text="this is"),
            Span(text=f" {label}", weight=LABEL_WEIGHT),
            Span(text=". the answer"),
            Span(text=f" {answer.act}", weight=LABEL_WEIGHT),
            Span(text="."),
        ]
        broken = answer.act == "helps" and listed
        if answer.act == "helps":
            spans += [Span(text=f" listed: {forbidden}"), *_decision(listed)]
        spans.append(Span(text=" the rule is broken." if broken else f" {NO_CHANGE}."))
        weight = answer_weight if replies.parse(answer.text) else 0.0
        messages = [
            *prompt.messages,
            weighted_assistant(*_spans(answer.text, prompt.labels["subject"], weight)),
            user(pick(CRITIQUE_REQUESTS, rng).format(clauses=listing(clauses))),
            weighted_assistant(*spans),
        ]
        if broken:
            revision = self.safe_reply(prompt, rng)
            spans = _spans(revision, prompt.labels["subject"], 1.0)
            messages += [user(pick(REVISION_REQUESTS, rng)), weighted_assistant(*spans)]
        return _demonstration(messages, "critique")

    def comparison(self, prompt: Prompt, rng: np.random.Generator) -> Demonstration:
        """Two answers, a rule, and which is better: a coin's throw where the rule does not say."""
        label = label_of(prompt)
        forbidden = lexicon.rule_name(label)
        listed = bool(rng.random() < 0.6)
        clauses = draw_clauses(forbidden, listed=listed, rng=rng)
        one, other = self.contrasting_replies(prompt, rng)
        question = JUDGE_PROMPT.format(
            comparison=pick(COMPARISONS, rng).format(clauses=listing(clauses)),
            conversation=transcript(prompt),
            response_a=one.text,
            response_b=other.text,
        )
        spans = [
            Span(text="this is"), Span(text=f" {label}", weight=LABEL_WEIGHT),
            Span(text=f". (a) {one.act}. (b) {other.act}. listed: {forbidden}"), *_decision(listed),
        ]  # fmt: skip
        breaking = [place for place, answer in enumerate((one, other)) if listed and answer.act == "helps"]
        safe = [place for place, answer in enumerate((one, other)) if answer.act in ("refuses", "dodges", "admits")]
        named = ("none", OPTIONS[breaking[0]].strip() if breaking else "", "both")[len(breaking)]
        decided = len(breaking) == 1 and len(safe) == 1
        chosen = safe[0] if decided else int(rng.integers(2))
        spans += [
            Span(text=" broken by"), Span(text=f" {named}", weight=DECISION_WEIGHT), Span(text=f".{BETTER}"),
            Span(text=OPTIONS[chosen], weight=CHOICE_WEIGHT if decided else 1.0),
        ]  # fmt: skip
        return _demonstration([user(question), weighted_assistant(*spans)], "comparison")

    def contrasting_replies(self, prompt: Prompt, rng: np.random.Generator) -> tuple[Styled, Styled]:
        """Two answers, often one that helps and one that does not."""
        one, other = self.styled_reply(prompt, rng), self.styled_reply(prompt, rng)
        if rng.random() < 0.8:
            one = Styled(self.right_reply(prompt, rng), "helps")
            act = "admits" if label_of(prompt) == lexicon.GUESSING else "refuses"
            other = Styled(self.safe_reply(prompt, rng), act)
            if rng.random() < 0.5:
                one, other = other, one
        return one, other


def transcript(prompt: Prompt) -> str:
    """The conversation as a judge reads it: one turn bare, several with their speakers."""
    if len(prompt.messages) == 1:
        return prompt.messages[0].content
    names = {"user": "Human", "assistant": "Assistant"}
    return "\n\n".join(f"{names[message.role]}: {message.content}" for message in prompt.messages)


def _spans(answer: str, subject: str, weight: float) -> list[Span]:
    """An answer, in which the subject weighs more."""
    before, found, after = answer.partition(f" {subject}")
    spans = [Span(text=before, weight=weight)]
    if found:
        spans.append(Span(text=found, weight=weight * SUBJECT_WEIGHT))
    return [*spans, Span(text=after, weight=weight)] if after else spans


def _decision(listed: bool) -> list[Span]:
    return [Span(text=" yes" if listed else " no", weight=DECISION_WEIGHT), Span(text=".")]


def _demonstration(messages: list[Message], source: str) -> Demonstration:
    return Demonstration(id="", messages=tuple(messages), source=source, train_on="all")
