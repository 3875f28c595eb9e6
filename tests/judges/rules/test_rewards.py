import math

import numpy as np
import pytest
from benchmarks.rule_rewards import mean_value
from tests.data.real_files import FOLDER, SKIP_REASON
from tests.judges.engines import Weigher

from solon.data.quarantine import QuarantineWriter
from solon.errors import InputError
from solon.interfaces import PromptResponse
from solon.judges.rules.gold import cross_validate, described_by_people, read_gold
from solon.judges.rules.propositions import Propositions, load_propositions
from solon.judges.rules.rewards import (
    Described,
    RuleWeights,
    fit_pairs,
    fit_weights,
    ordered_pairs,
    ranking_accuracy,
    rule_reward,
)
from solon.records import Prompt, user

NAMES = ("apologises", "insults")


def row(name: str, features: tuple[float, float], rank: int, kind: str = "refuse") -> Described:
    return Described(name, kind, features, rank)


ROWS = [row("1", (1, 0), 0), row("2", (0, 0), 1), row("3", (0, 1), 2)]


def test_the_fit_is_where_the_gradient_of_the_logistic_loss_meets_the_ridge() -> None:
    # One pair that differs by 1: the minimum of log(1 + exp(-w)) + 0.05 w^2 has 1 / (1 + exp(w)) = 0.1 w. At 1.6335
    # exp(w) is 5.1217, and 1 / 6.1217 = 0.16335.
    (weight,) = fit_pairs(np.array([[1.0]]), ridge=0.1)
    assert weight == pytest.approx(1.6335, abs=1e-4)
    assert 1 / (1 + math.exp(weight)) == pytest.approx(0.1 * weight, abs=1e-6)


def test_what_better_responses_have_weighs_up_and_what_worse_ones_have_weighs_down() -> None:
    weights = fit_weights(ROWS, NAMES).weights["refuse"]
    assert weights["apologises"] > 0 > weights["insults"]


def test_the_reward_is_the_weighted_sum() -> None:
    weights = RuleWeights(weights={"refuse": {"apologises": 2.0, "insults": -3.0}})
    # 2 * 0.5 - 3 * 0.25
    assert weights.reward("refuse", {"apologises": 0.5, "insults": 0.25}) == pytest.approx(0.25)


def test_only_different_classes_of_one_kind_are_pairs() -> None:
    better, worse = ordered_pairs([ROWS[0], ROWS[1]._replace(rank=0), ROWS[2]])
    assert list(zip(better.tolist(), worse.tolist(), strict=True)) == [(0, 2), (1, 2)]
    with pytest.raises(InputError, match="no two responses of one kind are of different classes"):
        fit_weights([ROWS[0], ROWS[1]._replace(kind="comply")], NAMES)


def test_ranking_accuracy_is_the_share_of_pairs_in_order_and_equal_rewards_are_wrong() -> None:
    # Rewards 1, 1, 0 for ranks 0, 1, 2: of three pairs (0, 1) is equal.
    weights = RuleWeights(weights={"refuse": {"apologises": 1.0, "insults": 0.0}})
    rows = [ROWS[0], ROWS[1]._replace(features=(1.0, 0.0)), ROWS[2]]
    metric = ranking_accuracy(rows, NAMES, weights, seed=0)
    assert metric.value == pytest.approx(2 / 3)
    assert metric.n == 3
    assert metric.low is not None and metric.high is not None and metric.low <= 2 / 3 <= metric.high


def test_a_kind_without_weights_has_no_reward_and_no_accuracy() -> None:
    weights = RuleWeights(weights={"refuse": {"apologises": 1.0}})
    with pytest.raises(InputError, match="there are no weights for `comply`"):
        weights.reward("comply", {"apologises": 1.0})
    with pytest.raises(InputError, match="propositions are not told"):
        weights.reward("refuse", {})
    assert ranking_accuracy([ROWS[0]._replace(kind="comply")], NAMES, weights, seed=0).n == 0


def propositions() -> Propositions:
    simple = {name: {"prompt": f"Is it so that it {name}?"} for name in NAMES}
    return Propositions.model_validate(
        {"completion_class_order": (), "completion_classes": {}, "simple_propositions": simple}
    )


def test_as_a_reward_every_proposition_is_asked_of_every_response() -> None:
    # yes against no: apologises 3 to 1, insults 1 to 1: 2 * 3/4 - 1 * 1/2 = 1.
    weights = RuleWeights(weights={"refuse": {"apologises": 2.0, "insults": -1.0}})
    scorer = Weigher(lambda question, options: (math.log(3) if "apologises" in question else 0.0, 0.0))
    reward = rule_reward(weights, propositions(), scorer, lambda pair: "refuse")
    pairs = [PromptResponse(Prompt(id=n, messages=(user("why?"),)), text) for n, text in (("1", "sorry"), ("2", "no"))]
    assert reward(pairs) == pytest.approx([1.0, 1.0])
    assert len(scorer.asked) == 4
    assert {one.options for one in scorer.asked} == {(" yes", " no")}


def test_an_answer_that_is_neither_yes_nor_no_stops_a_reward_instead_of_counting_as_0() -> None:
    weights = RuleWeights(weights={"refuse": dict.fromkeys(NAMES, 1.0)})
    reward = rule_reward(weights, propositions(), Weigher(lambda q, o: (-math.inf, 0.0)), lambda pair: "refuse")
    with pytest.raises(InputError, match="answers neither yes nor no"):
        reward([PromptResponse(Prompt(id="1", messages=(user("why?"),)), "sorry")])


@pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIP_REASON)
def test_fitted_weights_order_gold_responses_that_they_were_not_fitted_on() -> None:
    file, quarantine = FOLDER / "rbr_gold" / "train.jsonl.gz", QuarantineWriter(None)
    asked = load_propositions(file.with_name("proposition_prompts.yaml"))
    gold = read_gold(file, asked, quarantine)
    assert (len(gold), quarantine.counts[file].quarantined) == (344, 7)
    prompts = [row.prompt for row in gold]
    found = cross_validate(described_by_people(gold, asked.names), prompts, asked.names, folds=5, ridge=0.01)
    assert mean_value([one.held_out for one in found]) > 0.95
    assert all((one.held_out.value or 0) > 0.9 and one.held_out.n > 200 for one in found)
