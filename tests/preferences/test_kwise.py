"""A judge that chooses among several responses: distributions, orders, tastes for places."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from solon.constitution import ComparisonExample, Constitution, Examples, PrincipleEntry
from solon.errors import InputError
from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.preferences import FeedbackConfig, JudgedSlate, Slate, label_several, label_with_ai_feedback
from solon.records import Comparison, Prompt, assistant, user

ENTRIES = (
    PrincipleEntry(id="p", text="p", comparison="choose by p"),
    PrincipleEntry(id="q", text="q", comparison="choose by q"),
)
SHOT = ComparisonExample(prompt="ex", response_a="ea", response_b="eb", comparison="choose by ex", answer="B")
WORTH = {"best": 2.0, "good": 1.0, "poor": -0.5, "awful": -2.0}
PLACES = (0.9, 0.0, -0.2, -0.4)


def constitution(*examples: ComparisonExample, **update: Any) -> Constitution:
    made = Constitution(id="c", version="1", principles=ENTRIES, examples=Examples(comparisons=examples))
    return made.model_copy(update=update)


def shown(question: str) -> list[str]:
    """The responses in the order of their letters."""
    return [line[5:] for line in question.splitlines() if line.startswith(" (")]


def by_worth(places: Sequence[float] = (0.0,) * 4) -> Callable[[str], tuple[float, ...]]:
    """Log-probabilities off by a constant: the worth of a text and a taste for its place."""
    return lambda question: tuple(WORTH[text] + places[k] - 7.0 for k, text in enumerate(shown(question)))


class Judge:
    """Scores options by a function of the question; reasons with a fixed text."""

    def __init__(self, score: Callable[[str], tuple[float, ...]], reasoning: str = "") -> None:
        self.score, self.reasoning = score, reasoning
        self.asked: list[OptionRequest] = []
        self.sampled: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.sampled += requests
        return [Sample(self.reasoning, False, 3)] * len(requests)

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        self.asked += requests
        return [OptionLogprobs(self.score(request.messages[-1].content)) for request in requests]


def slate(*responses: str, name: str = "1") -> Slate:
    return Slate(name, Prompt(id=name, messages=(user("why?"),)), responses or tuple(WORTH))


def judged(
    judge: Judge, of: Slate | None = None, under: Constitution | None = None, seed: int = 1, **config: Any
) -> JudgedSlate:
    settings = FeedbackConfig.model_validate(config)
    (found,) = label_several([of or slate()], under or constitution(), judge, seed=seed, config=settings)
    return found


def softmax(values: Sequence[float]) -> list[float]:
    total = sum(map(math.exp, values))
    return [math.exp(value) / total for value in values]


def test_the_choice_is_a_distribution_over_the_options_alone() -> None:
    assert judged(Judge(by_worth())).probs == pytest.approx(softmax(list(WORTH.values())))


def test_the_ranks_are_those_of_falling_probability() -> None:
    assert judged(Judge(by_worth()), slate("poor", "best", "awful", "good")).ranks == (2, 0, 3, 1)


def test_every_response_stands_once_in_each_place() -> None:
    judge = Judge(by_worth())
    judged(judge)
    for place in range(4):
        assert {shown(one.messages[-1].content)[place] for one in judge.asked} == set(WORTH)
    assert len(judge.asked) == 4


def test_the_recorded_orders_are_those_that_were_shown() -> None:
    judge = Judge(by_worth())
    found = judged(judge)
    assert [[found.responses[i] for i in order] for order in found.orders] == [
        shown(one.messages[-1].content) for one in judge.asked
    ]


def test_a_taste_for_places_does_not_change_the_choice() -> None:
    fair, biased = judged(Judge(by_worth())), judged(Judge(by_worth(PLACES)))
    assert biased.probs == pytest.approx(fair.probs, abs=1e-12)


def test_a_judge_that_only_likes_places_gives_all_the_same_and_ties_them() -> None:
    found = judged(Judge(lambda question: PLACES))
    assert found.probs == pytest.approx([0.25] * 4)
    assert found.ranks == (0, 0, 0, 0)
    assert not found.consistent


def test_the_bias_of_each_place_is_told_in_nats() -> None:
    # less their mean of 0.075
    assert judged(Judge(by_worth(PLACES))).place_bias == pytest.approx([0.825, -0.075, -0.275, -0.475])


def test_one_order_alone_tells_no_bias() -> None:
    judge = Judge(by_worth(PLACES))
    found = judged(judge, both_orders=False)
    assert (len(judge.asked), found.place_bias) == (1, ())


def test_of_two_responses_label_and_questions_are_those_of_a_pair() -> None:
    def score(question: str) -> tuple[float, float]:
        texts = shown(question)
        return WORTH[texts[0]] + 0.7, WORTH[texts[1]]

    several, pair = Judge(score), Judge(score)
    comparison = Comparison(id="1", prompt=slate().prompt, response_a="good", response_b="poor")
    [preference] = label_with_ai_feedback([comparison], constitution(SHOT), pair, seed=1, config=FeedbackConfig())
    found = judged(several, slate("good", "poor"), constitution(SHOT))
    assert {(one.messages, one.options, one.prefill) for one in several.asked} == {
        (one.messages, one.options, one.prefill) for one in pair.asked
    }
    assert found.probs[0] == pytest.approx(preference.prob_a)
    assert found.principles[0].id == preference.principle_id


def test_where_a_response_stands_first_depends_on_the_seed_alone() -> None:
    starts = {judged(Judge(by_worth()), seed=seed).orders[0] for seed in range(12)}
    assert len(starts) > 4
    assert judged(Judge(by_worth()), seed=3).orders == judged(Judge(by_worth()), seed=3).orders


def test_a_response_that_holds_a_placeholder_is_shown_as_it_is() -> None:
    judge = Judge(lambda question: (0.0, -1.0))
    judged(judge, slate("{response_b}", "{comparison}"))
    assert sorted(shown(judge.asked[0].messages[-1].content)) == ["{comparison}", "{response_b}"]


def test_the_pictures_of_the_prompt_are_shown_with_the_question() -> None:
    judge, of = Judge(by_worth()), slate()
    judged(judge, of._replace(prompt=Prompt(id="1", messages=(user("why?", ("a.png",)),))))
    assert judge.asked[0].messages[-1].images == ("a.png",)


def test_examples_of_pairs_are_earlier_turns() -> None:
    judge = Judge(by_worth())
    judged(judge, under=constitution(SHOT))
    assert judge.asked[0].messages[1] == assistant("The answer is: (B)")
    assert judge.asked[0].options == (" (A)", " (B)", " (C)", " (D)")


def test_thinking_first_each_order_is_scored_after_a_reasoning_of_its_own() -> None:
    judge = Judge(by_worth(), reasoning="b is kind.")
    found = judged(judge, chain_of_thought=True)
    assert judge.asked[0].prefill == "Let's think step by step: b is kind. The answer is:"
    assert len({one.seed for one in judge.sampled}) == 4
    assert found.raw == ("b is kind.",) * 4


def test_log_odds_are_averaged_over_questions() -> None:
    # p makes `best` likelier by 2 and q `good` by 2: with a question under each both gain 1
    def score(question: str) -> tuple[float, ...]:
        liked = "best" if "choose by p" in question else "good"
        return tuple(2.0 * (text == liked) for text in shown(question))

    under = constitution()
    name = next(
        str(n) for n in range(50) if {under.draw(1, str(n), 0, k, use="comparison").id for k in (0, 1)} == {"p", "q"}
    )
    found = judged(Judge(score), slate(name=name), under, queries=2)
    assert found.probs == pytest.approx(softmax([1.0, 1.0, 0.0, 0.0]))
    assert {one.id for one in found.principles} == {"p", "q"}


@pytest.mark.parametrize("missing", [-math.inf, math.nan])
def test_an_option_without_a_probability_leaves_the_slate_unscored_with_a_reason(missing: float) -> None:
    found = judged(Judge(lambda question: (missing, 0.0, 0.0, 0.0) if shown(question)[0] == "best" else (0.0,) * 4))
    assert (found.status, found.probs, found.ranks, found.place_bias) == ("unscored", (), (), ())
    assert sum("unscored: log-probabilities" in text for text in found.raw) == 1


def test_a_refused_question_leaves_the_slate_unscored_and_the_next_is_judged() -> None:
    class Refusing(Judge):
        def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
            return [OptionLogprobs((), failure="too long"), *super().option_logprobs(requests[1:])]

    slates = [slate(name="1"), slate(name="2")]
    first, second = label_several(slates, constitution(), Refusing(by_worth()), seed=1, config=FeedbackConfig())
    assert (first.status, first.raw[0], second.status) == ("unscored", "[unscored: too long]", "scored")


def test_how_log_probabilities_were_found_stands_in_the_record() -> None:
    class Counting(Judge):
        def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
            return [one._replace(how="from 16 samples") for one in super().option_logprobs(requests)]

    assert judged(Counting(by_worth())).raw == ("[from 16 samples]",) * 4


def test_extreme_log_odds_do_not_overflow() -> None:
    found = judged(Judge(lambda question: tuple(5000.0 * WORTH[text] for text in shown(question))))
    assert found.probs[0] == 1.0


@pytest.mark.parametrize("responses", [("one",), ("one", "one"), ("a", "b", "a"), tuple(map(str, range(21)))])
def test_a_slate_that_cannot_be_lettered_is_refused(responses: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="2 to 20 different"):
        judged(Judge(by_worth()), slate(*responses))


def test_a_clamp_is_refused() -> None:
    with pytest.raises(InputError, match="clamp"):
        judged(Judge(by_worth()), clamp=(0.4, 0.6))


@pytest.mark.parametrize(
    "own",
    [
        {"judge_prompt": "{conversation} {comparison} {response_a} {response_b}"},
        {"options": (" a", " b")},
    ],
)
def test_a_constitution_with_a_question_about_two_is_refused(own: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="judge in pairs"):
        judged(Judge(by_worth()), under=constitution(**own))
