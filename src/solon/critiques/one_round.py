"""One round: a critique of every answer, then a revision where the critique found something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from solon.constitution import Constitution, Principle
from solon.critiques.conversation import critique_conversation, finds_nothing, revision_conversation
from solon.interfaces import Sample, Sampler, SampleRequest
from solon.records import Prompt, Revision
from solon.seeds import derive
from solon.unanswered import Unanswered, note_unanswered

SHARD_REQUESTS = 1024
"""Answers revised at once. A sample depends on its own seed, so this changes memory, not text."""


class Case(NamedTuple):
    """An answer that is to be criticised under a principle. `key` names the random choices, with the prompt's id."""

    prompt: Prompt
    answer: str
    truncated: bool
    principle: Principle
    key: str


def revise_once(
    cases: Sequence[Case],
    critic: Sampler,
    reviser: Sampler,
    constitution: Constitution,
    *,
    round: int,
    seed: int,
    max_new_tokens: int,
    temperature: float = 1.0,
    unanswered: list[Unanswered] | None = None,
) -> list[Revision]:
    """One Revision per case, in order, but none where an engine refuses (see `Unanswered`).

    Critiques are sampled at temperature 1, revisions at `temperature`.

    The answer stays (changed=False) where the critique says so in one of the constitution's `no_change` phrases, and
    where the revision is empty or repeats it.
    """
    examples = constitution.examples.critiques
    asked = [critique_conversation(case.prompt, case.answer, case.principle, examples) for case in cases]
    critiques = critic.sample(
        [
            SampleRequest(
                turns,
                derive(seed, "critique", case.prompt.id, case.key),
                max_new_tokens,
                name=f"the critique of {case.prompt.named}",
                tools=case.prompt.tools,
            )
            for case, turns in zip(cases, asked, strict=True)
        ]
    )
    refused = _note(cases, dict(enumerate(critiques)), "critique", unanswered)
    open_cases = [
        i for i, c in enumerate(critiques) if i not in refused and not finds_nothing(c.text, constitution.no_change)
    ]
    revisions = reviser.sample(
        [
            SampleRequest(
                revision_conversation(asked[i], critiques[i].text, cases[i].principle),
                derive(seed, "revision", cases[i].prompt.id, cases[i].key),
                max_new_tokens,
                temperature,
                name=f"the revision of {cases[i].prompt.named}",
                tools=cases[i].prompt.tools,
            )
            for i in open_cases
        ]
    )
    revised = dict(zip(open_cases, revisions, strict=True))
    refused |= _note(cases, revised, "revision", unanswered)
    return [
        _record(case, critique, revised.get(i), round)
        for i, (case, critique) in enumerate(zip(cases, critiques, strict=True))
        if i not in refused
    ]


def _note(
    cases: Sequence[Case], samples: Mapping[int, Sample], what: str, unanswered: list[Unanswered] | None
) -> set[int]:
    """The cases whose sample was refused; they are on the list then."""
    refused = {i for i, sample in samples.items() if sample.failure}
    for i in sorted(refused):
        note_unanswered(unanswered, cases[i].prompt, what, samples[i].failure)
    return refused


def _record(case: Case, critique: Sample, revision: Sample | None, round: int) -> Revision:
    new = revision.text if revision is not None else ""
    changed = revision is not None and bool(new.strip()) and new.strip() != case.answer.strip()
    return Revision(
        prompt=case.prompt,
        round=round,
        text=new if changed else case.answer,
        critique=critique.text,
        principle_id=case.principle.id,
        principle_hash=case.principle.hash,
        changed=changed,
        truncated=revision.truncated if changed and revision is not None else case.truncated,
        critique_truncated=critique.truncated,
    )
