"""Critique and revision in rounds, and the rows that SL-CAI trains on.

Source: Bai et al. 2022, arXiv:2212.08073, section 3. Ours: a chat template instead of one growing text, and a
critique that finds nothing ends the round without a revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeVar

from solon.constitution import Constitution
from solon.critiques.config import RevisionConfig
from solon.critiques.one_round import SHARD_REQUESTS, Case, revise_once
from solon.ids import check_ids_differ
from solon.interfaces import Sampler, SampleRequest
from solon.progress import Progress, Silent
from solon.records import Comparison, Demonstration, Preference, Prompt, Revision, Span, assistant, weighted_assistant
from solon.seeds import derive
from solon.unanswered import Unanswered, note_unanswered

T = TypeVar("T")


def critique_and_revise(
    prompts: Sequence[Prompt],
    responder: Sampler,
    critic: Sampler,
    reviser: Sampler,
    constitution: Constitution,
    config: RevisionConfig,
    *,
    seed: int,
    progress: Progress | None = None,
    unanswered: list[Unanswered] | None = None,
) -> Iterator[Revision]:
    """Answer every prompt, then revise every answer in rounds, each time under newly drawn principles.

    Yields round by round, each in the order of the prompts: round 0 is the responder's answer. Round k sees the
    constitution's examples, the prompt and the answer of round k - 1 only. A prompt whose answer, critique or revision
    an engine refuses is put on the list `unanswered` and has no rounds from there on; without a list it is an error.

    Raises:
        InputError: two prompts have one id, or no principle has a critique request.
        EngineError: see `unanswered`.
    """
    progress = progress or Silent()
    check_ids_differ(prompts)
    progress.start("first answers", len(prompts))
    current: list[Revision] = []
    for asked in _shards(prompts):
        current += _first_answers(asked, responder, seed, config, unanswered)
        progress.advance(len(current), {})
    yield from current
    for number in range(1, config.rounds + 1):
        progress.start(f"critique and revision, round {number} of {config.rounds}", len(current))
        following: list[Revision] = []
        done = 0
        for shard in _shards(current):
            cases = [_case(earlier, constitution, config, number, seed) for earlier in shard]
            following += revise_once(
                cases, critic, reviser, constitution, config, round=number, seed=seed, unanswered=unanswered
            )
            done += len(shard)
            changed = sum(revision.changed for revision in following) / max(len(following), 1)
            progress.advance(done, {"changed": changed})
        current = following
        yield from current


def revision_rows(revisions: Iterable[Revision], which: Literal["all", "last"] = "all") -> list[Demonstration]:
    """What SL-CAI trains on: prompt and answer of every round from 1 on, or of each prompt's last round only.

    The end of an answer that the token limit cut is not trained, or the model would learn to stop there. Unchanged
    answers count: an answer that was fine is a target too.
    """
    kept = [revision for revision in revisions if revision.round > 0]
    if which == "last":
        last: dict[str, Revision] = {}
        for revision in kept:
            if revision.prompt.id not in last or last[revision.prompt.id].round < revision.round:
                last[revision.prompt.id] = revision
        kept = list(last.values())
    return [_row(revision) for revision in kept]


def revision_pairs(revisions: Iterable[Revision]) -> list[Preference]:
    """The variant that learns from pairs: each prompt's last revision is preferred to its first answer.

    No pair where nothing was changed, or where the token limit cut one of the two: whoever learns from it learns to
    stop there. Not of the published method, which imitates revisions.
    """
    chains: dict[str, list[Revision]] = {}
    for revision in revisions:
        chains.setdefault(revision.prompt.id, []).append(revision)
    pairs = []
    for name, chain in chains.items():
        chain.sort(key=lambda one: one.round)
        first, last = chain[0], chain[-1]
        if first.round == 0 and last.text.strip() != first.text.strip() and not (first.truncated or last.truncated):
            pair = Comparison(id=f"{name}/revision", prompt=first.prompt, response_a=last.text, response_b=first.text)
            pairs.append(Preference(comparison=pair, prob_a=1.0, source="revision"))
    return pairs


def _row(revision: Revision) -> Demonstration:
    # An empty last span of weight 0 takes the loss off the end token alone.
    cut = weighted_assistant(Span(text=revision.text), Span(text="", weight=0.0))
    return Demonstration(
        id=f"{revision.prompt.id}/revision-{revision.round}",
        messages=(*revision.prompt.messages, cut if revision.truncated else assistant(revision.text)),
        source="revision",
        tools=revision.prompt.tools,
    )


def _first_answers(
    prompts: Sequence[Prompt],
    responder: Sampler,
    seed: int,
    config: RevisionConfig,
    unanswered: list[Unanswered] | None,
) -> list[Revision]:
    requests = [
        SampleRequest(
            prompt.messages,
            derive(seed, "first answer", prompt.id),
            config.max_new_tokens,
            config.temperature,
            name=prompt.named,
            tools=prompt.tools,
        )
        for prompt in prompts
    ]
    answers = []
    for prompt, sample in zip(prompts, responder.sample(requests), strict=True):
        if sample.failure:
            note_unanswered(unanswered, prompt, "answer", sample.failure)
        else:
            answers.append(Revision(prompt=prompt, round=0, text=sample.text, truncated=sample.truncated))
    return answers


def _case(earlier: Revision, constitution: Constitution, config: RevisionConfig, number: int, seed: int) -> Case:
    count = config.principles_per_round
    principles = constitution.draw_several(count, seed, earlier.prompt.id, draw=0, round=number, use="critique")
    return Case(earlier.prompt, earlier.text, earlier.truncated, principles, key=f"round {number}")


def _shards(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), SHARD_REQUESTS):
        yield items[start : start + SHARD_REQUESTS]
