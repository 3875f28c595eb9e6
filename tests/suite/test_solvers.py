"""How cases are put to a model."""

import math
from collections.abc import Sequence

from tests.suite.engines import FAILS, Scripted, asking, case

from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.suite.solvers import SHARD_REQUESTS, Choose, Generate


def test_every_conversation_of_a_case_is_answered_as_often_as_wanted_and_in_order() -> None:
    engine = Scripted()
    answers = Generate(draws=2)([case("a", "b"), case("c")], asking(engine), "t")
    assert [one.responses for one in answers] == [("a", "a", "b", "b"), ("c", "c")]
    assert len({request.seed for request in engine.samples}) == 6


def test_a_request_is_the_same_whichever_task_asks_it() -> None:
    first, second = Scripted(), Scripted()
    Generate()([case("a"), case("b")], asking(first), "one task")
    Generate()([case("b", id="other")], asking(second), "another")
    assert first.samples[1]._replace(name="") == second.samples[0]._replace(name="")


def test_the_users_token_limit_takes_the_place_of_the_tasks() -> None:
    engine = Scripted()
    Generate(100)([case("a")], asking(engine), "t")
    Generate(100)([case("a")], asking(engine, max_new_tokens=7), "t")
    assert [request.max_new_tokens for request in engine.samples] == [100, 7]


def test_what_is_refused_has_no_response_and_a_reason() -> None:
    engine = Scripted(lambda asked: FAILS if asked == "b" else asked)
    answers = Generate()([case("a"), case("b", "a")], asking(engine), "t")
    assert [(one.responses, one.note) for one in answers] == [(("a",), ""), ((None, "a"), FAILS)]


def test_many_requests_are_asked_in_shards_and_answered_in_order() -> None:
    cases = [case(str(n)) for n in range(SHARD_REQUESTS + 3)]
    sizes = []

    class Counting(Scripted):
        def sample(self, requests: list[SampleRequest]) -> list[Sample]:  # type: ignore[override]
            sizes.append(len(requests))
            return super().sample(requests)

    answers = Generate()(cases, asking(Counting()), "t")
    assert [one.responses[0] for one in answers] == [one.question for one in cases]
    assert sizes == [SHARD_REQUESTS, 3]


def test_options_are_weighed_after_the_begun_answer_and_unknown_ones_have_no_value() -> None:
    engine = Scripted(weighs=lambda asked, option: -math.inf if option == "b" else -2.0)
    (one,) = Choose()([case("q", options=("a", "b"), begun="It is")], asking(engine), "t")
    assert one.logprobs == (-2.0, None)
    assert (engine.options[0].prefill, engine.options[0].options) == ("It is", ("a", "b"))


def test_a_choice_that_is_refused_has_a_reason_and_no_values() -> None:
    class Refusing(Scripted):
        def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
            return [OptionLogprobs((), failure=FAILS) for _ in requests]

    (one,) = Choose()([case("q", options=("a", "b"))], asking(Refusing()), "t")
    assert (one.logprobs, one.note) == ((), FAILS)
