from collections.abc import Sequence

import pytest

from solon.errors import InputError
from solon.interfaces import Sample, SampleRequest
from solon.records import Prompt, user
from solon.responses import sample, sample_responses


class Echo:
    """Answers with its seed, and keeps what it was asked."""

    def __init__(self) -> None:
        self.calls: list[list[SampleRequest]] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.calls.append(list(requests))
        return [Sample(str(request.seed), request.messages[-1].content == "long", 1) for request in requests]


def prompt(name: str, text: str = "hi") -> Prompt:
    return Prompt(id=name, messages=(user(text),))


def test_an_answer_depends_on_its_own_prompt_and_draw_only() -> None:
    alone = list(sample_responses([prompt("b")], Echo(), name="sft", seed=1, draws=2))
    among = list(sample_responses([prompt("a"), prompt("b")], Echo(), name="sft", seed=1, draws=2))
    assert [r.id for r in among] == ["sft/a/0", "sft/a/1", "sft/b/0", "sft/b/1"]
    assert among[2:] == alone
    assert len({r.text for r in among}) == 4


def test_requests_go_out_in_fixed_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "SHARD_REQUESTS", 2)
    echo = Echo()
    responses = list(sample_responses([prompt(c) for c in "abc"], echo, name="sft", seed=1))
    assert [len(call) for call in echo.calls] == [2, 1]
    assert len(responses) == 3


def test_a_cut_answer_is_marked() -> None:
    responses = sample_responses([prompt("a", "long"), prompt("b")], Echo(), name="sft", seed=1)
    assert [response.truncated for response in responses] == [True, False]


def test_two_prompts_of_one_id_are_refused() -> None:
    with pytest.raises(InputError, match="more than once"):
        list(sample_responses([prompt("a"), prompt("a", "other")], Echo(), name="sft", seed=1))


def test_the_tools_of_a_prompt_are_asked_with_it() -> None:
    echo = Echo()
    given = prompt("b").model_copy(update={"tools": ({"name": "price"},)})
    list(sample_responses([prompt("a"), given], echo, name="sft", seed=1))
    assert [request.tools for request in echo.calls[0]] == [(), ({"name": "price"},)]
