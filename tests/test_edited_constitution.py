"""What an edit of one principle recomputes, counted in calls of the engine."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from solon.constitution import Constitution, PrincipleEntry
from solon.critiques import RevisionConfig, critique_and_revise
from solon.engines.accounted import AccountedEngine
from solon.engines.fed_local import FedLocalEngine
from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.preferences import FeedbackConfig, label_with_ai_feedback
from solon.records import Comparison, Preference, Prompt, Revision, user
from solon.store.ledger import Ledger

ROUNDS, SEED = 4, 3
PROMPTS = [Prompt(id=f"p{number}", messages=(user(f"question {number}"),)) for number in range(200)]
PAIRS = [Comparison(id=one.id, prompt=one, response_a="yes", response_b="no") for one in PROMPTS]


class Hashing:
    """Answers with a hash of all that it is asked: one different word changes every answer that follows."""

    def __init__(self) -> None:
        self.calls = 0

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.calls += len(requests)
        return [Sample(_digest(request)[:12], False, 1) for request in requests]

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        self.calls += len(requests)
        return [OptionLogprobs((-1.0, -int(_digest(request)[:4], 16) / 1e4)) for request in requests]


def _digest(request: SampleRequest | OptionRequest) -> str:
    return hashlib.sha256(repr(request._replace(name="")).encode()).hexdigest()


def constitution(edited: str = "") -> Constitution:
    entries = [
        PrincipleEntry(
            id=f"c{number}",
            text=f"principle {number}",
            critique_request=f"criticise {number}{edited * (number == 5)}",
            revision_request=f"revise {number}",
            comparison=f"compare {number}{edited * (number == 5)}",
        )
        for number in range(16)
    ]
    return Constitution(id="c", version="1", principles=tuple(entries))


def ask(folder: Path, of: Constitution) -> tuple[list[Revision], list[Preference], int, int]:
    """Revisions and labels, and how many calls each took."""
    inner = Hashing()
    engine = AccountedEngine(FedLocalEngine(inner, "hashing"), Ledger(folder / "calls.sqlite", work="w"), name="e")
    revisions = list(critique_and_revise(PROMPTS, engine, engine, engine, of, RevisionConfig(rounds=ROUNDS), seed=SEED))
    for_revisions = inner.calls
    labels = list(label_with_ai_feedback(PAIRS, of, engine, seed=SEED, config=FeedbackConfig()))
    return revisions, labels, for_revisions, inner.calls - for_revisions


def test_an_edit_redoes_the_chains_that_drew_the_principle_from_that_round_on_and_its_labels(tmp_path: Path) -> None:
    before, labels_before, num_revised, num_labelled = ask(tmp_path, constitution())
    assert (num_revised, num_labelled) == (200 * (1 + 2 * ROUNDS), 200 * 2)

    edited = constitution(", kindly")
    after, labels_after, redone, labelled = ask(tmp_path, edited)

    first = {
        prompt.id: next(
            (r for r in range(1, ROUNDS + 1) if edited.draw(SEED, prompt.id, 0, r, use="critique").id == "c5"), None
        )
        for prompt in PROMPTS
    }
    # a critique and a revision for each round from the first draw on
    assert redone == sum(2 * (ROUNDS - number + 1) for number in first.values() if number is not None)
    touched = sum(number is not None for number in first.values()) / len(PROMPTS)
    assert abs(touched - (1 - (15 / 16) ** 4)) < 0.09  # 0.228; three standard errors of 200 prompts
    for old, new in zip(before, after, strict=True):
        number = first[old.prompt.id]
        assert (old == new) == (number is None or old.round < number)

    drew = [label.principle_id == "c5" for label in labels_after]
    assert labelled == 2 * sum(drew) > 0
    assert [old == new for old, new in zip(labels_before, labels_after, strict=True)] == [not one for one in drew]


def test_the_same_constitution_again_calls_nobody(tmp_path: Path) -> None:
    ask(tmp_path, constitution())
    *_, revised, labelled = ask(tmp_path, constitution())
    assert (revised, labelled) == (0, 0)
