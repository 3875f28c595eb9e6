"""Requests that a context cannot hold."""

from tests.suite.engines import Scripted, turns

from solon.interfaces import OptionRequest, SampleRequest
from solon.suite.fitting import SPARE_TOKENS, FittingEngine


def fitting(engine: Scripted) -> FittingEngine:
    """A token is a character."""
    return FittingEngine(engine, lambda request, begun: len(request.messages[-1].content + begun), 20)


def test_a_sample_that_would_not_fit_fails_alone_and_the_others_are_answered_in_order() -> None:
    engine = Scripted()
    requests = [SampleRequest(turns(text), 0, 10, prefill="so") for text in ("a" * 8, "b" * 9, "c")]
    told = [(one.text, one.failure) for one in fitting(engine).sample(requests)]
    assert told == [("a" * 8, ""), ("", "it needs 21 tokens, and the model reads 20"), ("c", "")]
    assert len(engine.samples) == 2


def test_options_fit_with_the_longest_of_them() -> None:
    engine = Scripted()
    room = 20 - SPARE_TOKENS - len("so")
    requests = [OptionRequest(turns("q"), ("x", "y" * long), "so") for long in (room - 1, room)]
    fits, fails = fitting(engine).option_logprobs(requests)
    assert (len(fits.values), fits.failure) == (2, "")
    assert (fails.values, fails.failure) == ((), "it needs 21 tokens, and the model reads 20")
