import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from solon.constitution import ComparisonExample, Constitution, Examples, PrincipleEntry
from solon.errors import InputError
from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.preferences import FeedbackConfig, label_with_ai_feedback
from solon.preferences.ai_feedback import sigmoid
from solon.records import Comparison, Preference, Prompt, assistant, user

ENTRIES = (
    PrincipleEntry(id="p", text="p", comparison="choose by p"),
    PrincipleEntry(id="q", text="q", comparison="choose by q"),
)
SHOT = ComparisonExample(prompt="ex", response_a="ea", response_b="eb", comparison="choose by ex", answer="B")
THOUGHT = SHOT.model_copy(update={"reasoning": "b is kind.", "answer": "A"})


def constitution(*examples: ComparisonExample) -> Constitution:
    return Constitution(id="c", version="1", principles=ENTRIES, examples=Examples(comparisons=examples))


class Judge:
    """Scores the options by a function of the question asked; reasons with a fixed text."""

    def __init__(
        self, score: Callable[[str], tuple[float, float]], reasoning: str = "", truncated: bool = False
    ) -> None:
        self.score, self.reasoning = score, Sample(reasoning, truncated, 3)
        self.asked: list[OptionRequest] = []
        self.sampled: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.sampled += requests
        return [self.reasoning] * len(requests)

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        self.asked += requests
        return [OptionLogprobs(self.score(request.messages[-1].content)) for request in requests]


def comparison(name: str = "1", a: str = "good", b: str = "bad") -> Comparison:
    return Comparison(id=name, prompt=Prompt(id=name, messages=(user("why?"),)), response_a=a, response_b=b)


def label(
    judge: Judge, config: FeedbackConfig | None = None, of: Constitution | None = None, **kwargs: str
) -> Preference:
    pair = comparison(**kwargs)
    (preference,) = label_with_ai_feedback(
        [pair], of or constitution(), judge, seed=1, config=config or FeedbackConfig()
    )
    return preference


def prefers_good(taste: float, position: float = 0.0) -> Callable[[str], tuple[float, float]]:
    """Log-odds `taste` for the text `good`, plus `position` for whatever stands first."""

    def score(question: str) -> tuple[float, float]:
        log_odds = (taste if "(A) good" in question else -taste) + position
        return -2.0 + log_odds, -2.0

    return score


def test_a_soft_label_normalises_over_the_two_options_only() -> None:
    # 0.03 against 0.01, the rest of the mass elsewhere: 0.03 / 0.04
    judge = Judge(lambda question: (math.log(0.03), math.log(0.01)))
    assert label(judge, FeedbackConfig(both_orders=False)).prob_a == pytest.approx(0.75)


def test_a_judge_that_only_likes_the_first_position_is_worth_exactly_one_half() -> None:
    preference = label(Judge(prefers_good(0.0, position=3.0)))
    assert preference.prob_a == 0.5
    assert preference.log_odds == (3.0, -3.0)


def test_a_taste_for_a_position_does_not_change_the_label() -> None:
    # log-odds 1 + 3 and 1 - 3 average to 1; averaging probabilities would give 0.55
    fair, biased = label(Judge(prefers_good(1.0))), label(Judge(prefers_good(1.0, position=3.0)))
    assert biased.prob_a == pytest.approx(fair.prob_a) == pytest.approx(1 / (1 + math.exp(-1)))


def test_log_odds_say_how_much_better_a_is_in_both_orders() -> None:
    assert label(Judge(prefers_good(1.5))).log_odds == pytest.approx((1.5, 1.5))
    assert label(Judge(prefers_good(1.5)), a="bad", b="good").log_odds == pytest.approx((-1.5, -1.5))


def test_the_second_order_shows_b_first() -> None:
    judge = Judge(prefers_good(1.0))
    label(judge)
    first, second = (request.messages[-1].content for request in judge.asked)
    assert first.endswith(" (A) good\n (B) bad")
    assert second.endswith(" (A) bad\n (B) good")


def test_clamping_comes_last_and_leaves_the_log_odds_alone() -> None:
    # log-odds 8 and -4: clamped each first they would average to 0.5; averaged first they are 2, so 0.88, so 0.6
    preference = label(Judge(prefers_good(2.0, position=6.0)), FeedbackConfig(clamp=(0.4, 0.6)))
    assert preference.prob_a == 0.6
    assert preference.log_odds == (8.0, -4.0)


@pytest.mark.parametrize("clamp", [(0.4, 0.7), (0.6, 0.4), (-0.1, 1.1)])
def test_a_clamp_that_favours_one_side_is_refused(clamp: tuple[float, float]) -> None:
    with pytest.raises(ValidationError, match="favour"):
        FeedbackConfig(clamp=clamp)


@pytest.mark.parametrize("missing", [-math.inf, math.nan])
def test_an_option_without_a_probability_leaves_the_pair_unscored_with_a_reason(missing: float) -> None:
    preference = label(Judge(lambda question: (missing, -1.0) if "(A) good" in question else (-1.0, -1.0)))
    assert (preference.status, preference.prob_a, preference.log_odds) == ("unscored", None, ())
    assert "unscored" in preference.raw[0]
    assert preference.raw[1] == ""


def test_extreme_log_odds_do_not_overflow() -> None:
    assert label(Judge(prefers_good(5000.0))).prob_a == 1.0
    assert label(Judge(prefers_good(-5000.0))).prob_a == 0.0


def test_the_question_is_as_published() -> None:
    judge = Judge(prefers_good(1.0))
    preference = label(judge)
    assert judge.asked[0].messages[-1].content == (
        "Consider the following conversation between a human and an assistant:\n\nHuman: why?\n\n"
        f"choose by {preference.principle_id}\nOptions:\n (A) good\n (B) bad"
    )
    assert (judge.asked[0].prefill, judge.asked[0].options) == ("The answer is:", (" (A)", " (B)"))


def test_a_constitution_may_word_the_question_itself() -> None:
    own = constitution().model_copy(
        update={
            "judge_prompt": "talk : {conversation} . {comparison} a : {response_a} b : {response_b}",
            "judge_prefill": "better :",
            "options": (" a", " b"),
        }
    )
    judge = Judge(prefers_good(1.0))
    label(judge, of=own)
    assert judge.asked[0].messages[-1].content.startswith("talk : why? . choose by ")
    assert (judge.asked[0].prefill, judge.asked[0].options) == ("better :", (" a", " b"))


def test_a_response_that_holds_a_placeholder_is_shown_as_it_is() -> None:
    judge = Judge(prefers_good(1.0))
    label(judge, a="{response_b}")
    assert judge.asked[0].messages[-1].content.endswith(" (A) {response_b}\n (B) bad")


def test_examples_are_earlier_turns_under_their_own_principle() -> None:
    judge = Judge(prefers_good(1.0))
    label(judge, of=constitution(SHOT))
    question, answer = judge.asked[0].messages[:2]
    assert "choose by ex" in question.content
    assert answer == assistant("The answer is: (B)")


def test_the_principle_is_the_one_drawn_for_the_prompt_and_is_recorded() -> None:
    pairs = [comparison(str(i)) for i in range(20)]
    of = constitution()
    preferences = list(label_with_ai_feedback(pairs, of, Judge(prefers_good(1.0)), seed=5, config=FeedbackConfig()))
    drawn = [of.draw(5, pair.prompt.id, use="comparison") for pair in pairs]
    assert [p.principle_id for p in preferences] == [principle.id for principle in drawn]
    assert [p.principle_hash for p in preferences] == [principle.hash for principle in drawn]
    assert [p.comparison.id for p in preferences] == [pair.id for pair in pairs]


def test_thinking_first_the_options_are_scored_after_the_reasoning() -> None:
    judge = Judge(prefers_good(1.0), reasoning="a is kind.")
    config = FeedbackConfig(chain_of_thought=True, reasoning_tokens=9, reasoning_temperature=0.5)
    preference = label(judge, config, constitution(SHOT, THOUGHT))
    assert judge.sampled[0].prefill == "Let's think step by step:"
    assert judge.sampled[0].temperature == 0.5
    assert (judge.sampled[0].stop, judge.sampled[0].max_new_tokens) == (("The answer is:",), 9)
    assert judge.asked[0].prefill == "Let's think step by step: a is kind. The answer is:"
    assert judge.asked[0].messages[1] == assistant("Let's think step by step: b is kind. The answer is: (A)")
    assert len(judge.asked[0].messages) == 3  # the example without reasoning is not shown
    assert preference.raw == ("a is kind.", "a is kind.")


def test_each_order_reasons_by_its_own_seed() -> None:
    judge = Judge(prefers_good(1.0), reasoning="so")
    label(judge, FeedbackConfig(chain_of_thought=True))
    assert len({request.seed for request in judge.sampled}) == 2


def test_thinking_first_without_an_example_of_it_is_refused() -> None:
    with pytest.raises(InputError, match="reasoning"):
        label(Judge(prefers_good(1.0)), FeedbackConfig(chain_of_thought=True), constitution(SHOT))


def test_the_judge_reads_which_tools_there_were() -> None:
    judge, pair = Judge(prefers_good(1.0)), comparison()
    told = pair.model_copy(update={"prompt": pair.prompt.model_copy(update={"tools": ({"name": "price"},)})})
    list(label_with_ai_feedback([told], constitution(), judge, seed=1, config=FeedbackConfig()))
    assert 'System: [{"name": "price"}]\n\nHuman: why?' in judge.asked[0].messages[-1].content


def test_the_judge_sees_the_pictures_of_the_prompt() -> None:
    judge, pair = Judge(prefers_good(1.0)), comparison()
    shown = pair.model_copy(update={"prompt": Prompt(id="1", messages=(user("why?", ("a.png",)),))})
    list(label_with_ai_feedback([shown], constitution(), judge, seed=1, config=FeedbackConfig()))
    assert judge.asked[0].messages[-1].images == ("a.png",)
    assert "Human: [image 1]\nwhy?" in judge.asked[0].messages[-1].content


def several_entries(count: int) -> Constitution:
    entries = tuple(PrincipleEntry(id=f"p{n}", text=f"p{n}", comparison=f"Ask p{n}.") for n in range(count))
    return Constitution(id="c", version="1", principles=entries)


def shown(question: str) -> list[str]:
    """Which of the principles a question holds, in its order."""
    return [line.removeprefix("Ask ").removesuffix(".") for line in question.splitlines() if line.startswith("Ask ")]


def test_a_question_shows_as_many_principles_as_asked_for_and_records_them() -> None:
    of = several_entries(5)
    for count, number in ((1, 1), (3, 3), ("all", 5), (9, 5)):
        judge = Judge(lambda question: (0.0, -1.0))
        preference = label(judge, FeedbackConfig.model_validate({"principles_per_query": count}), of)
        names = shown(judge.asked[0].messages[-1].content)
        assert len(set(names)) == len(names) == number
        assert shown(judge.asked[1].messages[-1].content) == names  # the other order shows the same
        if number == 1:
            assert (preference.principle_id, preference.principles) == (names[0], ())
        else:
            assert (preference.principle_id, [one.id for one in preference.principles]) == (None, names)


def test_log_odds_are_averaged_over_questions_before_orders_and_clamping() -> None:
    of = several_entries(2)

    # p0 prefers the first text shown by 3 and p1 by 1 whatever it is; p0 gives `good` 2 besides
    def score(question: str) -> tuple[float, float]:
        [name] = shown(question)
        taste = 2.0 if name == "p0" else 0.0
        sign = 1.0 if question.index("good") < question.index("bad") else -1.0
        return (3.0 if name == "p0" else 1.0) + taste * sign, 0.0

    ids = [f"pair {n}" for n in range(40)]
    drawn = {name: [of.draw(1, name, 0, number, use="comparison").id for number in (0, 1)] for name in ids}
    chosen = next(name for name in ids if set(drawn[name]) == {"p0", "p1"})
    preference = label(Judge(score), FeedbackConfig(queries=2), of, name=chosen)
    # A first: mean(3 + 2, 1) = 3; B first: mean(-(3 - 2), -1) = -1; mean 1
    assert preference.log_odds == pytest.approx((3.0, -1.0))
    assert preference.prob_a == pytest.approx(sigmoid(1.0))
    clamped = label(Judge(score), FeedbackConfig(queries=2, clamp=(0.4, 0.6)), of, name=chosen)
    assert clamped.prob_a == 0.6


def test_samples_of_a_reasoning_have_seeds_of_their_own_and_the_first_is_as_ever() -> None:
    judge = Judge(prefers_good(1.0), reasoning="well")
    label(judge, FeedbackConfig(chain_of_thought=True, samples=3))
    seeds = [request.seed for request in judge.sampled]
    assert len(seeds) == len(set(seeds)) == 6  # both orders
    alone = Judge(prefers_good(1.0), reasoning="well")
    label(alone, FeedbackConfig(chain_of_thought=True))
    assert {request.seed for request in alone.sampled} < set(seeds)


@pytest.mark.parametrize(
    "settings", [{"samples": 2}, {"samples": 2, "chain_of_thought": True, "reasoning_temperature": 0}]
)
def test_samples_that_could_not_differ_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="samples=2"):
        FeedbackConfig.model_validate(settings)


def test_one_refused_question_leaves_the_pair_unscored_with_its_reason() -> None:
    class Refusing(Judge):
        def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
            return [OptionLogprobs((), failure="too long"), *super().option_logprobs(requests[1:])]

    preference = label(Refusing(prefers_good(1.0)))
    assert (preference.status, preference.prob_a, preference.log_odds) == ("unscored", None, ())
    assert preference.raw[0] == "[unscored: too long]"


def test_how_log_probabilities_were_found_stands_in_the_record() -> None:
    class Counting(Judge):
        def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
            return [one._replace(how="from 16 samples") for one in super().option_logprobs(requests)]

    assert label(Counting(prefers_good(1.0))).raw == ("[from 16 samples]", "[from 16 samples]")
