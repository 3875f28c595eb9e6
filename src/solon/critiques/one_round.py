"""One round: a critique of every answer, then a revision where the critique found something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from solon.constitution import Constitution, Principle
from solon.critiques.config import RevisionConfig
from solon.critiques.conversation import (
    Requests,
    critique_conversation,
    direct_conversation,
    finds_nothing,
    revision_conversation,
)
from solon.interfaces import Sample, Sampler, SampleRequest
from solon.records import Message, PrincipleUsed, Prompt, Revision
from solon.seeds import derive
from solon.unanswered import Unanswered, note_unanswered

SHARD_REQUESTS = 1024
"""Answers revised at once. A sample depends on its own seed, so this changes memory, not text."""


class Case(NamedTuple):
    """An answer that is to be revised under principles. `key` names the random choices, with the prompt's id."""

    prompt: Prompt
    answer: str
    truncated: bool
    principles: tuple[Principle, ...]
    key: str

    def request(
        self, turns: tuple[Message, ...], what: str, seed: int, tokens: int, temperature: float
    ) -> SampleRequest:
        """What is asked of the critic or the reviser."""
        return SampleRequest(
            turns,
            derive(seed, what, self.prompt.id, self.key),
            tokens,
            temperature,
            name=f"the {what} of {self.prompt.named}",
            tools=self.prompt.tools,
        )


def revise_once(
    cases: Sequence[Case],
    critic: Sampler,
    reviser: Sampler,
    constitution: Constitution,
    config: RevisionConfig,
    *,
    round: int,
    seed: int,
    unanswered: list[Unanswered] | None = None,
) -> list[Revision]:
    """One Revision per case, in order, but none where an engine refuses (see `Unanswered`).

    The answer stays (changed=False) where the critique says so in one of the constitution's `no_change` phrases, and
    where the revision is empty or repeats it.
    """
    examples, tokens = constitution.examples.critiques, config.max_new_tokens
    requests = [Requests.of(case.principles) for case in cases]
    critiques: dict[int, Sample] = {}
    if config.critique:
        asked = [critique_conversation(c.prompt, c.answer, r, examples) for c, r in zip(cases, requests, strict=True)]
        sampled = critic.sample(
            [
                case.request(turns, "critique", seed, tokens, config.critique_temperature)
                for case, turns in zip(cases, asked, strict=True)
            ]
        )
        critiques = dict(enumerate(sampled))
        turns = [revision_conversation(asked[i], critique.text, requests[i]) for i, critique in critiques.items()]
    else:
        turns = [direct_conversation(c.prompt, c.answer, r, examples) for c, r in zip(cases, requests, strict=True)]
    refused = _note(cases, critiques, "critique", unanswered)
    fine = {i for i, one in critiques.items() if finds_nothing(one.text, constitution.no_change)}
    open_cases = [i for i in range(len(cases)) if i not in refused | fine]
    revisions = reviser.sample(
        [cases[i].request(turns[i], "revision", seed, tokens, config.temperature) for i in open_cases]
    )
    revised = dict(zip(open_cases, revisions, strict=True))
    refused |= _note(cases, revised, "revision", unanswered)
    return [_record(case, critiques.get(i), revised.get(i), round) for i, case in enumerate(cases) if i not in refused]


def _note(
    cases: Sequence[Case], samples: Mapping[int, Sample], what: str, unanswered: list[Unanswered] | None
) -> set[int]:
    """The cases whose sample was refused; they are on the list then."""
    refused = {i for i, sample in samples.items() if sample.failure}
    for i in sorted(refused):
        note_unanswered(unanswered, cases[i].prompt, what, samples[i].failure)
    return refused


def _record(case: Case, critique: Sample | None, revision: Sample | None, round: int) -> Revision:
    new = revision.text if revision is not None else ""
    changed = revision is not None and bool(new.strip()) and new.strip() != case.answer.strip()
    alone = case.principles[0] if len(case.principles) == 1 else None
    used = tuple(PrincipleUsed(id=one.id, hash=one.hash) for one in case.principles)
    return Revision(
        prompt=case.prompt,
        round=round,
        text=new if changed else case.answer,
        critique=critique.text if critique else None,
        principle_id=alone.id if alone else None,
        principle_hash=alone.hash if alone else None,
        principles=used if alone is None else (),
        changed=changed,
        truncated=revision.truncated if changed and revision is not None else case.truncated,
        critique_truncated=critique.truncated if critique else False,
    )
