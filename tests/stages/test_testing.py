"""The gates: when they fail, and what they say then."""

from pathlib import Path
from typing import cast

from solon.interfaces import Probe, Source
from solon.progress import Silent
from solon.recipe import load_recipe
from solon.records import Comparison, Prompt, user
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
