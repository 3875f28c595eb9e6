from collections.abc import Sequence

from solon.interfaces import PromptResponse
from solon.records import Comparison, Preference, Prompt, Ranking, user
from solon.seeds import is_held_out
from solon.training.heldout import (
    judge_pairs,
    pair_margins,
    pairs_of_ranking,
)

PROMPT = Prompt(id="p", messages=(user("say"),))


def comparison(a: str = "aa", b: str = "b") -> Comparison:
    return Comparison(id="c", prompt=PROMPT, response_a=a, response_b=b)


def length(pairs: Sequence[PromptResponse]) -> list[float]:
    return [float(len(one.response)) for one in pairs]


def test_a_margin_is_the_score_of_a_less_that_of_b() -> None:
    assert pair_margins(length, [comparison("aaa", "b"), comparison("", "bb")]) == [2.0, -2.0]


def test_a_ranking_gives_every_pair_that_is_not_tied_with_the_better_on_changing_sides() -> None:
    ranking = Ranking(id="r", prompt=PROMPT, responses=("best", "tied", "tied too"), ranks=(0, 1, 1), rater="ann")
    pairs = pairs_of_ranking(ranking)
    assert [(p.comparison.response_a, p.comparison.response_b, p.prob_a) for p in pairs] == [
        ("best", "tied", 1.0),
        ("tied too", "best", 0.0),
    ]


def test_the_split_depends_on_seed_and_prompt_alone_and_has_the_asked_size() -> None:
    held_out = [is_held_out(f"p{i}", 0.2, seed=1) for i in range(2000)]
    assert held_out == [is_held_out(f"p{i}", 0.2, seed=1) for i in range(2000)]
    assert held_out != [is_held_out(f"p{i}", 0.2, seed=2) for i in range(2000)]
    assert 0.17 < sum(held_out) / 2000 < 0.23


def test_judged_pairs_carry_label_source_and_margin() -> None:
    ranking = Ranking(id="r", prompt=PROMPT, responses=("long one", "short"), ranks=(0, 1), rater="ann")
    labelled = Preference(comparison=comparison(), prob_a=0.3, source="judge")
    unscored = Preference(comparison=comparison(), prob_a=None, source="judge", status="unscored")
    found = judge_pairs(length, [ranking], [unscored, labelled])
    assert [(p.source, p.prob_a, p.margin) for p in found] == [("ann", 1.0, 3.0), ("judge", 0.3, 1.0)]
