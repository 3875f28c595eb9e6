"""Ordering the responses to a prompt.

Source: Ouyang et al. 2022, arXiv:2203.02155, section 3.4, where labellers order K = 4 to 9 responses; ties are allowed.
"""

from __future__ import annotations

from typing import NamedTuple

from solon.annotation import Annotation
from solon.people.order import OrderError, format_order, parse_order
from solon.people.page import Block, prompt_blocks
from solon.people.questions import (
    COMMANDS,
    Finish,
    Principle,
    Task,
    answer_id,
    principle_blocks,
    question_key,
    shown_principles,
)
from solon.people.terminal import Terminal
from solon.records import Prompt, Ranking

RANK = Task(
    kind="rank",
    asks="order> ",
    help=f"""Type the numbers from best to worst: > between better and worse, = between equally good ones.
   2 > 1 = 3 > 4   or shorter   2 1=3 4
{COMMANDS}""",
)


class Critique(NamedTuple):
    """What a model said of one response."""

    id: str
    response: int
    """Its number from 0, in the order shown."""
    text: str


class RankQuestion(NamedTuple):
    """The responses to a prompt in the order shown; who wrote them is not shown."""

    prompt: Prompt
    responses: tuple[str, ...]
    response_ids: tuple[tuple[str, ...], ...]
    """Of each response the ids of all rows with its text."""
    principles: tuple[Principle, ...] = ()
    critiques: tuple[Critique, ...] = ()

    def key(self, annotator: str, revision: int) -> str:
        """Hash of who is asked to order what; the order shown is no part of it."""
        critiques = sorted((self.responses[one.response], one.text) for one in self.critiques)
        principles = [(one.id, one.text) for one in self.principles]
        shown = [sorted(self.responses), principles, critiques]
        return question_key(RANK.kind, annotator, self.prompt, shown, revision)

    def annotation(self, told: Annotation) -> Annotation:
        """The annotation with what is shown."""
        shown = {
            "principles": shown_principles(self.principles),
            "critiques": tuple(one.id for one in self.critiques),
            "response_ids": self.response_ids,
        }
        return told.model_copy(update=shown)

    def visit(self, earlier: Ranking | None) -> RankVisit:
        """A showing of the responses."""
        return RankVisit(self, earlier)

    def summary(self, answer: Ranking) -> str:
        """The order in the numbers shown now."""
        rank_of = dict(zip(answer.responses, answer.ranks, strict=True))
        return format_order([rank_of[text] for text in self.responses])

    def is_answered_by(self, answer: Ranking) -> bool:
        """Whether it orders these very responses."""
        return sorted(answer.responses) == sorted(self.responses)

    def fit(self, answer: Ranking) -> Ranking:
        """The ranking with the ids that its responses have now."""
        ids = dict(zip(self.responses, self.response_ids, strict=True))
        assert answer.annotation is not None, "people's rankings are annotated"
        told = answer.annotation.model_copy(update={"response_ids": tuple(ids[text] for text in answer.responses)})
        return answer.model_copy(update={"annotation": told})


class RankVisit(NamedTuple):
    """One showing of the responses to a prompt."""

    question: RankQuestion
    earlier: Ranking | None

    def blocks(self) -> list[Block]:
        """The prompt, the principles, the responses with their critiques, the earlier order."""
        question = self.question
        blocks = [*prompt_blocks(question.prompt), *principle_blocks(question.principles)]
        for number, text in enumerate(question.responses):
            blocks.append(Block(str(number + 1), text))
            blocks += [Block(f"on {number + 1}", one.text) for one in question.critiques if one.response == number]
        if self.earlier is not None:
            blocks.append(Block("earlier", question.summary(self.earlier)))
        return blocks

    def take(self, line: str, terminal: Terminal) -> Finish[Ranking] | None:
        """The ranking that an order gives."""
        try:
            ranks = parse_order(line, len(self.question.responses))
        except OrderError as problem:
            terminal.say(f"{problem} (? for help)")
            return None
        return lambda told: Ranking(
            id=answer_id(told.annotator, self.question.prompt),
            prompt=self.question.prompt,
            responses=self.question.responses,
            ranks=ranks,
            rater=told.annotator,
            annotation=told,
        )
