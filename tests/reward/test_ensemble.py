import math

import pytest

from solon.errors import TrainingError
from solon.interfaces import PromptResponse, Reward
from solon.records import Prompt, user
from solon.reward.ensemble import Combine, Ensemble

PAIRS = [PromptResponse(Prompt(id=str(i), messages=(user("?"),)), "yes") for i in range(2)]


def constant(*scores: float) -> Reward:
    return lambda pairs: scores


# members say 1, 2, 6 of the first pair: mean 3, variance (4 + 1 + 9) / 3 = 14 / 3; all say -1 of the second
@pytest.mark.parametrize(("combine", "expected"), [("mean", 3.0), ("worst", 1.0), ("uncertain", 3 - 0.6 * 14 / 3)])
def test_members_that_agree_keep_their_score_and_disagreement_costs(combine: Combine, expected: float) -> None:
    members = [constant(1, -1), constant(2, -1), constant(6, -1)]
    assert Ensemble(members, combine, uncertainty_coef=0.6)(PAIRS) == pytest.approx([expected, -1.0])


@pytest.mark.parametrize("combine", ["mean", "worst", "uncertain"])
def test_a_score_that_is_not_finite_is_not_hidden_by_the_others(combine: Combine) -> None:
    found = Ensemble([constant(1, 1), constant(math.nan, 2), constant(math.inf, 3)], combine)(PAIRS)
    assert math.isnan(found[0]) and math.isfinite(found[1])


def test_a_member_that_skips_a_response_is_named() -> None:
    with pytest.raises(TrainingError, match="reward 2 of the ensemble gave 1 numbers for 2"):
        Ensemble([constant(1, 1), constant(1)], "worst")(PAIRS)


def test_an_ensemble_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        Ensemble([constant(1)], "mean")
