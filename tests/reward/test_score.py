from collections.abc import Callable
from pathlib import Path

import pytest

from solon.errors import InputError
from solon.interfaces import PromptResponse
from solon.models.scalar_model import ScalarModel
from solon.records import Prompt, user
from solon.reward.score import RewardModelScorer, scored_row

PAIRS = [
    PromptResponse(Prompt(id=str(i), messages=(user("dog " * i + "ran"),)), response)
    for i, response in enumerate(["good", "", "cat ran home", "bad bad bad bad"])
]


def test_a_score_does_not_depend_on_the_batch(new_model: Callable[[], ScalarModel]) -> None:
    scorer = RewardModelScorer(new_model())
    together = scorer(PAIRS)
    assert together == pytest.approx([scorer([pair])[0] for pair in PAIRS], abs=1e-5)
    assert together == pytest.approx(RewardModelScorer(new_model(), max_batch_tokens=20)(PAIRS), abs=1e-5)
    assert len({round(score, 4) for score in together}) == 4


def test_scores_come_in_the_order_of_the_pairs(new_model: Callable[[], ScalarModel]) -> None:
    scorer = RewardModelScorer(new_model())
    assert scorer(PAIRS[::-1]) == pytest.approx(scorer(PAIRS)[::-1], abs=1e-5)


def test_no_pairs_have_no_scores(new_model: Callable[[], ScalarModel]) -> None:
    assert RewardModelScorer(new_model())([]) == []


def test_the_row_ends_with_the_end_of_the_turn(new_model: Callable[[], ScalarModel]) -> None:
    model = new_model()
    assert scored_row(model, PAIRS[0]).ids[-1] == model.template.end_id


def test_a_saved_model_scores_as_before_with_its_shift(new_model: Callable[[], ScalarModel], tmp_path: Path) -> None:
    model = new_model()
    model.shift = 3.0
    model.save(tmp_path / "model")
    loaded = RewardModelScorer.load(tmp_path / "model")
    assert loaded(PAIRS) == pytest.approx(RewardModelScorer(model)(PAIRS), abs=1e-5)


def test_a_response_beyond_the_context_is_refused_by_prompt(new_model: Callable[[], ScalarModel]) -> None:
    with pytest.raises(InputError, match="prompt '0'"):
        RewardModelScorer(new_model())([PromptResponse(PAIRS[0].prompt, "dog " * 80)])


def test_tools_of_a_prompt_reach_the_template(new_model: Callable[[], ScalarModel]) -> None:
    pair = PromptResponse(Prompt(id="t", messages=(user("dog"),), tools=({"name": "price"},)), "ran")
    with pytest.raises(InputError, match="definitions of tools"):  # Solon's own template shows none
        scored_row(new_model(), pair)
