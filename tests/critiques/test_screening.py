from collections.abc import Sequence

import pytest

from solon.constitution import Constitution, PrincipleEntry
from solon.critiques import screen
from solon.errors import InputError
from solon.interfaces import Sample, SampleRequest
from solon.records import Demonstration, assistant, user

ENTRIES = tuple(
    PrincipleEntry(id=name, text=name, critique_request=f"critique {name}", revision_request="revise") for name in "pq"
)
CONSTITUTION = Constitution(id="c", version="1", principles=ENTRIES)


class Critic:
    def __init__(self) -> None:
        self.asked: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.asked += requests
        texts = [request.messages[-2].content for request in requests]
        said = {"fine": "Looks good. No change needed.", "bad": "It is unkind.", "long": ""}
        return [Sample(said[text], False, 1, failure="too long" if text == "long" else "") for text in texts]


def demonstration(answer: str) -> Demonstration:
    return Demonstration(id=f"d-{answer}", messages=(user("why?"), assistant(answer)), source="s")


def test_what_the_critic_finds_nothing_in_is_not_objected_to_and_a_refusal_is_neither() -> None:
    critic = Critic()
    found = list(screen([demonstration(x) for x in ("fine", "bad", "long")], critic, CONSTITUTION, seed=1))
    assert [(one.objects, one.critique, one.failure) for one in found] == [
        (False, "Looks good. No change needed.", ""),
        (True, "It is unkind.", ""),
        (False, "", "too long"),
    ]
    assert found[0].principles == ("p", "q")
    assert critic.asked[0].messages[-1].content == "critique p\ncritique q"
    assert {request.temperature for request in critic.asked} == {0.0}


def test_one_principle_is_drawn_by_the_demonstration_s_id() -> None:
    one, two = Critic(), Critic()
    rows = [demonstration("fine"), demonstration("bad")]
    first = list(screen(rows, one, CONSTITUTION, seed=1, principles=1))
    again = list(screen(rows[::-1], two, CONSTITUTION, seed=1, principles=1))[::-1]
    assert [len(of.principles) for of in first] == [1, 1]
    assert first == again


def test_a_demonstration_without_an_answer_is_told() -> None:
    row = Demonstration(id="d", messages=(user("why?"),), source="s")
    with pytest.raises(InputError, match="'d' has no answer at its end"):
        list(screen([row], Critic(), CONSTITUTION, seed=1))
