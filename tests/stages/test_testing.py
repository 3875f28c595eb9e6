"""The gates: when they fail, and what they say then."""

from pathlib import Path
from typing import cast

from solon.interfaces import Probe, Source
from solon.progress import Silent
from solon.recipe import load_recipe
from solon.records import Comparison, Metric, Prompt, user
from solon.stage import StageRun
from solon.stages import testing


def run_in(folder: Path) -> StageRun:
    return StageRun("revisions", load_recipe("quickstart"), cast(Source, None), {}, folder, 1, Silent())


def outcomes(principle: str, good: int, count: int) -> list[tuple[Probe, bool]]:
    prompt = Prompt(id="p", messages=(user("q"),))
    pair = Comparison(id="c", prompt=prompt, response_a="a", response_b="b")
    return [(Probe(pair, principle, "a"), place < good) for place in range(count)]


def test_the_critics_gate_names_the_principles_that_it_missed(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    least = run.recipe.evaluation.critic_accuracy
    assert 0.5 < least < 1
    concerned = [*outcomes("theft", 5, 10), *outcomes("fraud", 2, 8), *outcomes("arson", 10, 10)]
    metrics = {"corrected": testing._share(concerned)}
    (told,) = testing._critic_failures(run, metrics, {"corrected": concerned})
    assert "0.607 of 28 planted answers" in told  # 17 of 28
    assert told.endswith("below that: `fraud` 0.250 of 8, `theft` 0.500 of 10")


def measured(value: float, low: float, high: float, n: int) -> Metric:
    return Metric(value=value, low=low, high=high, n=n, instrument="people")


def test_a_preference_model_that_reads_ai_labels_the_wrong_way_round_is_refused(tmp_path: Path) -> None:
    people = measured(0.9, 0.85, 0.95, 500)
    wrong = measured(0.25, 0.1, 0.49, 40)
    (told,) = testing._reward_gate(run_in(tmp_path), {"accuracy": people, "accuracy/ai_feedback": wrong})
    assert "0.250 [0.100, 0.490] of 40 of the judge's held-out pairs right" in told


def test_few_judged_pairs_that_show_nothing_pass(tmp_path: Path) -> None:
    people = measured(0.9, 0.85, 0.95, 500)
    unclear = measured(0.25, 0.03, 0.65, 8)
    assert testing._reward_gate(run_in(tmp_path), {"accuracy": people, "accuracy/ai_feedback": unclear}) == ()
    assert testing._reward_gate(run_in(tmp_path), {"accuracy": people}) == ()


def test_a_failed_gate_tells_the_judges_pairs_beside_those_of_people(tmp_path: Path) -> None:
    metrics = {"accuracy": measured(0.6, 0.5, 0.7, 90), "accuracy/ai_feedback": measured(0.8, 0.5, 0.95, 12)}
    (told,) = testing._reward_gate(run_in(tmp_path), metrics)
    assert "0.600 [0.500, 0.700] of 90 held-out pairs right" in told
    assert "(0.800 [0.500, 0.950] of 12 of the judge's pairs)" in told
