"""Answers that are heard while they are sampled."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from solon.engines.hearing import Heard, settled
from solon.engines.local import LocalEngine
from solon.interfaces import SampleRequest
from solon.models.language_model import LanguageModel
from solon.records import user


def requests(count: int, **options: Any) -> list[SampleRequest]:
    asked = [SampleRequest((user(f"is bread {n} fine ?"),), seed=n, max_new_tokens=24) for n in range(count)]
    return [one._replace(**options) for one in asked]


def keeping(told: list[str]) -> Heard:
    def hear(text: str) -> bool:
        told.append(text)
        return False

    return hear


@pytest.mark.parametrize("options", [{}, {"stop": ("a", "is right")}, {"prefill": "yes"}, {"temperature": 0}])
def test_an_answer_that_is_heard_is_the_one_that_is_sampled(
    new_model: Callable[..., LanguageModel], options: dict[str, Any]
) -> None:
    engine, asked = LocalEngine(new_model()), requests(6, **options)
    told: list[list[str]] = [[] for _ in asked]
    rows = engine.stream(asked, [keeping(mine) for mine in told])
    assert [row.sample for row in rows] == engine.sample(asked)
    for mine, row in zip(told, rows, strict=True):
        heard = [*mine, row.sample.text]
        assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(heard))


def test_who_hears_may_end_one_answer_and_the_others_go_on(new_model: Callable[..., LanguageModel]) -> None:
    engine, asked = LocalEngine(new_model()), requests(3)
    whole = [one.text for one in engine.sample(asked)]
    assert len(whole[0]) > 12
    first, *others = (row.sample for row in engine.stream(asked, [lambda text: len(text) > 6, None, None]))
    assert whole[0].startswith(first.text) and 6 < len(first.text) < len(whole[0]) and not first.truncated
    assert [one.text for one in others] == whole[1:]


def test_what_may_still_change_is_not_told() -> None:
    assert settled("caf\ufffd", "", []) == "caf"  # the first byte of an e with an accent
    assert settled("say </sto", "", ["</stop>"]) == "say "
    assert settled("say </stop", "", ["</stop>", "p"]) == "say "
    assert settled("\n", "\n\n", []) == ""  # it may become what the template writes before every answer
    assert settled("yes", "\n\n", []) == "yes"
