"""Judgements in tokens, and what is derived from them."""

from collections.abc import Callable

import torch

from solon.interfaces import PromptResponse
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.policy.judgements import answered_row, mismatched_rows, pairs_of, wanted_of
from solon.records import Prompt
from solon.training.elements import Element

CPU = torch.device("cpu")


def element(
    *responses: list[int], asked: int = 1, ranks: tuple[int, ...] | None = None, prob_a: float = 1.0
) -> Element:
    rows = [Tokens([asked, asked, *ids], [0.0, 0.0] + [1.0] * len(ids)) for ids in responses]
    return Element(rows, ranks, prob_a, f"e{asked}")


def test_a_row_is_the_prompt_and_the_answer_as_they_are_sampled_with_loss_on_the_answer_and_its_end(
    new_policy: Callable[[int], LanguageModel], prompts: list[Prompt]
) -> None:
    model = new_policy(0)
    asked, answer = model.template.prompt_ids(prompts[0].messages), model.template.response_ids("a cat")
    row = answered_row(model, PromptResponse(prompts[0], "a cat"))
    assert row.ids == asked + answer and row.ids[-1] == model.template.end_id
    assert row.weights == [0.0] * len(asked) + [1.0] * len(answer)


def test_a_ranking_gives_all_pairs_that_are_not_tied() -> None:
    pairs = pairs_of(element([5], [6], [7], ranks=(1, 0, 1)), CPU)
    assert (pairs.a_P.tolist(), pairs.b_P.tolist(), pairs.prob_a_P.tolist()) == ([1, 1], [0, 2], [1.0, 1.0])


def test_a_response_is_desirable_as_often_as_it_is_preferred() -> None:
    assert wanted_of(element([5], [6], [7], ranks=(0, 1, 2)), flipped=0).tolist() == [[2, 0], [1, 1], [0, 2]]
    assert wanted_of(element([5], [6], prob_a=0.25), flipped=0).tolist() == [[0.25, 0.75], [0.75, 0.25]]
    assert wanted_of(element([5], prob_a=0.0), flipped=0).tolist() == [[0, 1]]
    assert wanted_of(element([5], prob_a=0.0), flipped=0.25).tolist() == [[0.25, 0.75]]


def test_a_prompt_meets_the_next_response_to_another_prompt_that_fits() -> None:
    given = [element([5], [6]), element([7], [8]), element([9] * 9, [9] * 8, asked=2), element([3], [4], asked=4)]
    rows = mismatched_rows(given, context_tokens=6)
    # of the third prompt the response is too long for all others; places alternate
    assert [row.ids for row in rows] == [[1, 1, 3], [1, 1, 4], [2, 2, 3], [4, 4, 6]]
    assert rows[0].weights == [0.0, 0.0, 1.0]
