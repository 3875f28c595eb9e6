from collections.abc import Sequence

import pytest

from solon.errors import InputError
from solon.preferences import rank_with_people
from solon.progress import Silent
from solon.records import Prompt, user


class ByLength:
    """Prefers the longer response, or the shorter; equal lengths are ties."""

    def __init__(self, name: str, sign: int = 1) -> None:
        self.name, self.sign = name, sign

    def rank(self, prompt: Prompt, responses: Sequence[str], *, seed: int) -> tuple[int, ...]:
        lengths = sorted({-self.sign * len(text) for text in responses})
        return tuple(lengths.index(-self.sign * len(text)) for text in responses)


class Listener(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


PROMPTS = [Prompt(id=str(i), messages=(user("?"),)) for i in range(60)]
CANDIDATES = {prompt.id: ["x" * n for n in range(1, 13)] for prompt in PROMPTS}


def test_four_to_nine_different_responses_are_ranked_for_every_prompt() -> None:
    rankings = list(rank_with_people(PROMPTS, CANDIDATES, [ByLength("r")], seed=1))
    assert {len(r.responses) for r in rankings} == {4, 5, 6, 7, 8, 9}
    assert all(len(set(r.responses)) == len(r.responses) for r in rankings)


def test_rater_and_responses_of_a_prompt_do_not_depend_on_the_other_prompts() -> None:
    raters = [ByLength("one"), ByLength("two")]
    rankings = list(rank_with_people(PROMPTS, CANDIDATES, raters, seed=1))
    assert list(rank_with_people(PROMPTS[30:], CANDIDATES, raters, seed=1)) == rankings[30:]
    assert {r.rater for r in rankings} == {"one", "two"}


def test_alike_responses_are_shown_once_and_prompts_without_a_choice_are_said() -> None:
    listener = Listener()
    candidates = {"0": ["a", "a", "bb"], "1": ["a", "a"]}
    (only,) = rank_with_people(PROMPTS[:2], candidates, [ByLength("r")], seed=1, progress=listener)
    assert sorted(only.responses) == ["a", "bb"]
    assert listener.lines == ["1 of 2 prompts have fewer than two different responses: not ranked"]


def test_a_prompt_without_candidates_is_refused() -> None:
    with pytest.raises(InputError, match="no candidate"):
        list(rank_with_people(PROMPTS[:1], {}, [ByLength("r")], seed=1))


def test_nobody_to_rank_is_refused() -> None:
    with pytest.raises(InputError, match="nobody"):
        list(rank_with_people(PROMPTS, CANDIDATES, [], seed=1))
