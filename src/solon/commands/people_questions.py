"""Questions to people, from the rows that commands are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from solon.commands.people_given import Critiques
from solon.commands.rows import AnsweredPrompt
from solon.constitution import Constitution
from solon.constitution.schema import Principle as Written
from solon.constitution.schema import Use
from solon.data.fields import prompt_id
from solon.errors import InputError
from solon.people.questions import Principle
from solon.people.ranking import Critique, RankQuestion
from solon.people.writing import Draft, WriteQuestion
from solon.preferences import choose_shown
from solon.records import Prompt
from solon.seeds import generator

Show = Literal["all", "drawn"]
PrinciplesOf = Callable[[Prompt], tuple[Principle, ...]]
"""Prompt -> the principles that people see beside it."""


def no_principles(prompt: Prompt) -> tuple[Principle, ...]:
    """None, whatever the prompt."""
    return ()


def principles_shown(constitution: Constitution, show: Show, use: Use, seed: int) -> PrinciplesOf:
    """All principles that serve the use, or the one that is drawn for the prompt.

    Who compares reads what a judge reads, for that is what a principle's hash is taken of.

    Raises:
        InputError: no principle serves the use.
    """
    serving = [one for one in constitution.principles if one.serves(use)]
    if not serving:
        raise InputError(f"constitution `{constitution.id}` has no principle with wording for a {use}")

    def shown(one: Written) -> Principle:
        return Principle(one.id, one.hash, one.comparison if use == "comparison" else one.text)

    everything = tuple(shown(one) for one in serving)
    if show == "all":
        return lambda prompt: everything
    return lambda prompt: (shown(constitution.draw(seed, prompt.id, use=use)),)


class RankQuestions(NamedTuple):
    """What is asked, and what cannot be."""

    questions: list[RankQuestion]
    without_choice: int
    """Prompts with fewer than two different responses."""
    not_shown: int
    """Different responses beyond those that are shown."""


def rank_questions(
    rows: Sequence[AnsweredPrompt],
    *,
    annotator: str,
    seed: int,
    num_responses: tuple[int, int],
    principles: PrinciplesOf = no_principles,
    critiques: Critiques | None = None,
) -> RankQuestions:
    """One question per prompt, in the order of the rows.

    Which responses are shown depends on (seed, prompt id), so that annotators can be compared; their order on the
    annotator too, so that a taste for the first one differs between people.
    """
    prompts: dict[str, Prompt] = {}
    ids_of: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        prompts[row.pair.prompt.id] = row.pair.prompt
        ids_of.setdefault(row.pair.prompt.id, {}).setdefault(row.pair.response, []).append(row.id)
    questions, without_choice, not_shown = [], 0, 0
    for name, ids in ids_of.items():
        if len(ids) < 2:
            without_choice += 1
            continue
        chosen = sorted(choose_shown(list(ids), num_responses, seed, name))
        not_shown += len(ids) - len(chosen)
        order = generator(seed, "order shown", name, annotator).permutation(len(chosen)).tolist()
        shown = [chosen[number] for number in order]
        criticised = tuple(
            Critique(one.id, number, one.text)
            for number, text in enumerate(shown)
            for one in (critiques.of(name, text, ids[text]) if critiques else ())
        )
        response_ids = tuple(tuple(ids[text]) for text in shown)
        prompt = prompts[name]
        questions.append(RankQuestion(prompt, tuple(shown), response_ids, principles(prompt), criticised))
    return RankQuestions(questions, without_choice, not_shown)


class WriteQuestions(NamedTuple):
    """What is asked."""

    questions: list[WriteQuestion]
    without_draft: int
    """Prompts that no draft answers, where drafts are given."""


def write_questions(
    prompts: Sequence[Prompt],
    *,
    principles: PrinciplesOf = no_principles,
    drafts: Sequence[AnsweredPrompt] | None = None,
) -> WriteQuestions:
    """One question per prompt. Its draft is the first that answers the same text, whatever the prompt's id."""
    first: dict[str, Draft] = {}
    for row in drafts or ():
        first.setdefault(row.pair.prompt.id, Draft(row.id, row.pair.response))
    questions = [
        WriteQuestion(prompt, principles(prompt), first.get(prompt_id(prompt.messages, prompt.tools)))
        for prompt in prompts
    ]
    without = sum(one.draft is None for one in questions) if drafts is not None else 0
    return WriteQuestions(questions, without)
