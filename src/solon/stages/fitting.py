"""Rows longer than a model's context: an error, or, with `long_rows: leave_out`, left out, named and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from solon.critiques.conversation import Requests, critique_conversation, revision_conversation
from solon.errors import InputError
from solon.models.language_model import LanguageModel
from solon.preferences.conversation import JudgeWording, example_turns
from solon.records import Demonstration, Document, Prompt, Ranking, Record
from solon.stage import StageRun
from solon.store.records import write_records

T = TypeVar("T", Prompt, Ranking, Document | Demonstration)
SPARE_TOKENS = 8  # two texts side by side may split differently than each by itself


class LeftOut(Record):
    """A row of `left_out-WHAT.jsonl`."""

    id: str
    tokens: int
    """What the row needs, answers included."""
    context_tokens: int


def fitting_examples(
    run: StageRun, model: LanguageModel, examples: Sequence[Document | Demonstration]
) -> list[Document | Demonstration]:
    """The documents and demonstrations that the model's context holds."""
    template = model.template

    def tokens(example: Document | Demonstration) -> int:
        return max(len(row.ids) for row in template.rows_of(example))

    return _fitting(run, model, examples, tokens, "examples")


def fitting_prompts(
    run: StageRun, model: LanguageModel, prompts: Sequence[Prompt], max_new_tokens: int
) -> list[Prompt]:
    """The prompts that leave room for an answer."""

    def tokens(prompt: Prompt) -> int:
        return len(model.template.prompt_ids(prompt.messages, tools=prompt.tools)) + max_new_tokens

    return _fitting(run, model, prompts, tokens, "prompts")


def fitting_rankings(run: StageRun, model: LanguageModel, rankings: Sequence[Ranking]) -> list[Ranking]:
    """The rankings whose responses, each with its prompt, the context holds."""
    template = model.template

    def tokens(ranking: Ranking) -> int:
        longest = max(len(template.response_ids(response)) for response in ranking.responses)
        return len(template.prompt_ids(ranking.prompt.messages, tools=ranking.prompt.tools)) + longest

    return _fitting(run, model, rankings, tokens, "rankings")


def revisable_prompts(run: StageRun, model: LanguageModel | None, prompts: Sequence[Prompt]) -> list[Prompt]:
    """The prompts whose answer, critique and revision the critic's context holds, whichever principle is drawn.

    Without a model the critic is a server, which says itself what it cannot hold.
    """
    if model is None:
        return list(prompts)
    constitution, room = run.recipe.load_constitution(), 3 * run.recipe.revisions.max_new_tokens + SPARE_TOKENS
    principles = [one for one in constitution.principles if one.serves("critique")]
    principles.sort(key=lambda one: len(one.critique_request + one.revision_request), reverse=True)
    count = run.recipe.revisions.principles_per_round
    longest = Requests.of(principles if count == "all" else principles[:count])

    def tokens(prompt: Prompt) -> int:
        critique = critique_conversation(prompt, "", longest, constitution.examples.critiques)
        return len(model.template.prompt_ids(revision_conversation(critique, "", longest), tools=prompt.tools)) + room

    return _fitting(run, model, prompts, tokens, "prompts")


def judgeable_prompts(run: StageRun, model: LanguageModel | None, prompts: Sequence[Prompt]) -> list[Prompt]:
    """The prompts that the judge's context holds with two responses, whichever principle is drawn; see above."""
    if model is None:
        return list(prompts)
    constitution, settings = run.recipe.load_constitution(), run.recipe.ai_feedback
    wording = JudgeWording(constitution)
    shots = example_turns(wording, constitution, seed=run.seed, chain_of_thought=settings.chain_of_thought)
    comparisons = sorted((one.comparison for one in constitution.principles), key=len, reverse=True)
    count = settings.principles_per_query
    comparison = "\n".join(comparisons if count == "all" else comparisons[:count])
    room = 2 * settings.max_new_tokens + settings.chain_of_thought * settings.reasoning_tokens + 4 * SPARE_TOKENS

    def tokens(prompt: Prompt) -> int:
        question = wording.question(prompt.shown, "", "", comparison)
        return len(model.template.prompt_ids((*shots, question), wording.prefill)) + room

    return _fitting(run, model, prompts, tokens, "prompts")


def _fitting(run: StageRun, model: LanguageModel, rows: Sequence[T], tokens: Callable[[T], int], what: str) -> list[T]:
    if run.recipe.long_rows == "error":
        return list(rows)  # the room that reads a row too long names it
    needed = [tokens(row) for row in rows]
    context = model.context_tokens
    long = [LeftOut(id=row.id if not isinstance(row, Ranking) else row.prompt.id, tokens=count, context_tokens=context)
            for row, count in zip(rows, needed, strict=True) if count > context]  # fmt: skip
    if long:
        write_records(run.folder / f"left_out-{what}.jsonl", long)
        run.progress.say(f"{len(long)} of {len(rows)} {what} need more than {context} tokens and are left out")
    if rows and len(long) == len(rows):
        raise InputError(
            f"{run.name}: all {len(rows)} {what} need more than the {context} tokens of {model.name} "
            f"(the shortest needs {min(needed)}). Use a model with a longer context, or shorter answers."
        )
    return [row for row, count in zip(rows, needed, strict=True) if count <= context]
