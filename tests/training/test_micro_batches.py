from collections.abc import Callable

import pytest
import torch

from solon.errors import TrainingError
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import SupervisedStage, row_order

from ..small_memory import small_memory

NewModel = Callable[..., LanguageModel]
ROWS = [Tokens([0, *range(10 + i, 14 + i)], [0.0, 1.0, 2.0, 1.0, float(i)]) for i in range(8)]
CONFIG = OptimiserConfig(peak_lr=1e-2, num_steps=3)


def stage_of(model: LanguageModel, packed_into: int | None) -> SupervisedStage:
    return SupervisedStage(model, ROWS, row_order(ROWS, 40, 0, packed_into=packed_into), CONFIG)


@pytest.mark.parametrize("packed_into", [None, 10])
def test_a_step_that_runs_out_of_memory_is_taken_again_in_halves(
    packed_into: int | None, new_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stage_of(new_model(), packed_into)
    expected = [whole.step(index) for index in range(2)]
    stage, noted = stage_of(new_model(), packed_into), small_memory(monkeypatch, most_rows=2)
    with pytest.warns(RuntimeWarning, match="padded tokens at a time"):
        first = stage.step(0)
    # 8 rows of 5 tokens: all, then 4 of them, then 2 at a time, which is enough
    assert noted == [8, 4, 2, 2, 2, 2]
    noted.clear()
    found = [first, stage.step(1)]
    assert noted == [2, 2, 2, 2]  # what was learnt is kept
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-4)


def test_a_row_that_does_not_fit_alone_is_an_error_that_says_what_to_do(
    new_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_of(new_model(), None)
    small_memory(monkeypatch, most_rows=0)
    with pytest.warns(RuntimeWarning), pytest.raises(TrainingError, match="does not hold one row") as raised:
        stage.step(0)
    assert isinstance(raised.value.__cause__, torch.OutOfMemoryError)
