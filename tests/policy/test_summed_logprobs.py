from collections.abc import Callable
from typing import Any

import pytest
import torch

from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.policy.summed_logprobs import all_summed_logprobs, summed_logprobs

ROWS = [Tokens([7, 8, 9, 10, 11], [0.0, 0.0, 0.0, 1.0, 1.0]), Tokens([7, 9], [0.0, 1.0])]


def test_a_row_is_the_sum_of_its_responses_tokens_whatever_stands_beside_it(
    new_policy: Callable[[int], LanguageModel],
) -> None:
    model = new_policy(0)
    with torch.no_grad():
        logprobs_TV = model.model(input_ids=torch.tensor([ROWS[0].ids])).logits[0].log_softmax(-1)
    by_hand = float(logprobs_TV[2, 10] + logprobs_TV[3, 11])
    assert summed_logprobs(model, ROWS)[0].item() == pytest.approx(by_hand, rel=1e-5)
    for tokens in (1, 1000):
        assert float(all_summed_logprobs(model, ROWS, tokens)[0]) == pytest.approx(by_hand, rel=1e-5)


def test_only_tokens_of_responses_go_through_the_vocabulary_matrix(new_policy: Callable[[int], LanguageModel]) -> None:
    model = new_policy(0)
    summed_logprobs(model, ROWS)  # the first call looks at what kind of head the model has
    seen: list[tuple[int, ...]] = []
    head: Any = model.model.get_output_embeddings()  # type: ignore[no-untyped-call]
    hook = head.register_forward_hook(lambda module, given, made: seen.append(tuple(made.shape[:-1])))
    summed_logprobs(model, ROWS)
    hook.remove()
    assert seen == [(3,)]
