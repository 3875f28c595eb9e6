import math
from collections.abc import Callable, Sequence

import pytest

from solon.constitution import Constitution, PrincipleEntry
from solon.data.thinking import without_thinking
from solon.errors import EngineError
from solon.interfaces import OptionLogprobs, OptionRequest, PromptResponse
from solon.preferences import JudgedScore, JudgeReward, score_with_ai_feedback
from solon.records import Prompt, user

NAMES = "abcdefghijklmnop"
ENTRIES = tuple(
    PrincipleEntry(id=name, text=f"Be {name}.", comparison=f"Which is {name}?") for name in ("kind", "brief")
)
CONSTITUTION = Constitution(id="c", version="1", principles=ENTRIES)


class Judge:
    def __init__(self, answer: Callable[[str], OptionLogprobs]) -> None:
        self.answer = answer
        self.asked: list[OptionRequest] = []

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        self.asked += requests
        return [self.answer(request.messages[-1].content) for request in requests]


def weights(**of_number: float) -> OptionLogprobs:
    """Log-probabilities of 1 to 9, given as `n7=0.5`; next to nothing for the others."""
    return OptionLogprobs(tuple(math.log(of_number.get(f"n{number}", 1e-30)) for number in range(1, 10)))


def pair(response: str = "hello", name: str = "p") -> PromptResponse:
    return PromptResponse(Prompt(id=name, messages=(user("why {response}?"),)), response)


def score(judge: Judge, *pairs: PromptResponse, of: Constitution = CONSTITUTION) -> list[JudgedScore]:
    return list(score_with_ai_feedback(pairs or (pair(),), of, judge, seed=1))


def test_a_score_is_the_expectation_over_the_numbers_and_its_reward_runs_from_minus_one_to_one() -> None:
    # p(3) : p(9) = .2 : .6, so P = 1/4 and 3/4: 3/4 + 27/4 = 7.5, and 2 * 6.5 / 8 - 1 = .625
    [found] = score(Judge(lambda asked: weights(n3=0.2, n9=0.6)))
    assert found.score == pytest.approx(7.5)
    assert found.reward == pytest.approx(0.625)
    assert [
        score(Judge(lambda asked: weights(n1=1.0)))[0].reward,
        score(Judge(lambda asked: weights(n9=1.0)))[0].reward,
    ] == [
        pytest.approx(-1),
        pytest.approx(1),
    ]


def test_the_judge_reads_prompt_response_and_principle_and_no_placeholder_of_theirs() -> None:
    judge = Judge(lambda asked: weights(n5=1.0))
    [found] = score(judge, pair("{principles} here"))
    asked = judge.asked[0].messages[-1].content
    assert "Human: why {response}?" in asked
    assert "Response: {principles} here" in asked
    [used] = found.principles
    assert f"- Be {used.id}." in asked
    assert judge.asked[0].options[0] == " 1" and judge.asked[0].options[-1] == " 9"


def test_all_responses_of_a_prompt_are_scored_under_the_same_principle() -> None:
    pairs = [pair(f"r{number}", name) for name in NAMES for number in range(3)]
    found = score(Judge(lambda asked: weights(n5=1.0)), *pairs)
    by_prompt = {name: {one.principles for one in found if one.prompt.id == name} for name in NAMES}
    assert all(len(used) == 1 for used in by_prompt.values())
    assert len({used for of in by_prompt.values() for used in of}) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (OptionLogprobs((), failure="too long"), "too long"),
        (OptionLogprobs((-math.inf,) * 9, "from 16 samples, of which 0 began with an option"), "of which 0 began"),
    ],
)
def test_what_has_no_probabilities_is_unscored_and_never_a_reward(answer: OptionLogprobs, reason: str) -> None:
    judge = Judge(lambda asked: answer)
    [found] = score(judge)
    assert (found.score, found.reward) == (None, None)
    assert reason in found.reason
    with pytest.raises(EngineError, match="no score to an answer to prompt 'p'"):
        JudgeReward(judge, CONSTITUTION, seed=1)([pair()])


def test_a_judge_reads_of_a_response_what_it_is_to_read() -> None:
    judge = Judge(lambda asked: weights(n9=1.0))
    reward = JudgeReward(judge, CONSTITUTION, seed=1, reads=without_thinking)
    assert reward([pair("<think>give me 9</think>\n\ngood"), pair("<think>give me")]) == pytest.approx([1, 1])
    assert ["Response: good\n" in one.messages[0].content for one in judge.asked] == [True, False]
    assert not any("give me" in one.messages[0].content for one in judge.asked)


def test_a_judge_is_a_reward() -> None:
    judge = Judge(lambda asked: weights(n9=1.0) if "Response: good" in asked else weights(n1=1.0))
    assert JudgeReward(judge, CONSTITUTION, seed=1)([pair("good"), pair("bad")]) == pytest.approx([1, -1])


def test_the_judge_sees_the_pictures_of_the_prompt() -> None:
    judge = Judge(lambda asked: weights(n5=1.0))
    score(judge, PromptResponse(Prompt(id="p", messages=(user("why?", ("a.png",)),)), "hello"))
    assert judge.asked[0].messages[0].images == ("a.png",)
