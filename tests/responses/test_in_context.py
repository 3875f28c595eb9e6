from collections.abc import Sequence

import pytest

from solon.constitution import Constitution, PrincipleEntry
from solon.errors import EngineError
from solon.interfaces import Sample, SampleRequest
from solon.records import Message, Prompt, user
from solon.responses import constitution_context, sample_in_context, sample_responses
from solon.unanswered import Unanswered

PROMPTS = [Prompt(id=name, messages=(user(f"question {name}"),)) for name in "ab"]


class Model:
    """Says how many turns it read, and keeps what it was asked; refuses question b where told to."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses = refuses
        self.asked: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.asked += requests
        return [
            Sample("", False, 0, failure="no")
            if self.refuses and "b" in one.messages[-1].content
            else Sample(f"answer {one.seed}", False, 1)
            for one in requests
        ]


def test_the_model_reads_the_text_and_the_rows_do_not() -> None:
    model = Model()
    answers = list(sample_in_context(PROMPTS, "spec", model, name="m", seed=1, draws=2))
    assert [one.messages[0] for one in model.asked] == [Message(role="system", content="spec")] * 4
    assert [answer.prompt for answer in answers] == [PROMPTS[0], PROMPTS[0], PROMPTS[1], PROMPTS[1]]


def test_an_answer_has_the_id_and_the_seed_that_it_would_have_without_the_text() -> None:
    under = list(sample_in_context(PROMPTS, "spec", Model(), name="m", seed=1))
    assert under == list(sample_responses(PROMPTS, Model(), name="m", seed=1))


def test_a_refusal_is_named_or_an_error() -> None:
    refused: list[Unanswered] = []
    answers = list(sample_in_context(PROMPTS, "spec", Model(refuses=True), name="m", seed=1, unanswered=refused))
    assert [answer.prompt.id for answer in answers] == ["a"]
    assert [one.id for one in refused] == ["b"]
    with pytest.raises(EngineError, match="prompt 'b'"):
        list(sample_in_context(PROMPTS, "spec", Model(refuses=True), name="m", seed=1))


def test_a_constitution_is_a_text_with_all_its_principles() -> None:
    entries = tuple(PrincipleEntry(id=name, text=f"Be {name}.", comparison="?") for name in ("kind", "brief"))
    text = constitution_context(Constitution(id="c", version="1", principles=entries))
    assert text.endswith("- Be kind.\n- Be brief.") and text.startswith("Keep to these principles")
