import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from solon.errors import InputError
from solon.findings.finding import Experiment, Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import number
from solon.findings.page import write_findings
from solon.findings.plots import draw_bars
from solon.findings.run import Found, measuring_code, over_seeds, run_experiments
from solon.findings.settings import experiments_of
from solon.findings.shapes import at_least, clearly_above
from solon.records import Metric
from solon.settings import Settings

ASKED: list[int] = []


class Knobs(Settings):
    """Knobs."""

    dose: int = 2
    """Times the seed."""
    breaks_on: int = -1
    """A seed that fails."""


def measure(lab: Lab, settings: Knobs) -> Mapping[str, Metric]:
    ASKED.append(lab.seed)
    if lab.seed == settings.breaks_on:
        raise ValueError("as planned")
    return {"figure <1>": number(settings.dose * lab.seed, 5, "test"), "rate": interval(0.5 + lab.seed / 100)}


def interval(value: float) -> Metric:
    return Metric(value=value, low=value - 0.1, high=value + 0.1, n=5, instrument="test")


def shape(measured: Measured, settings: Knobs) -> Sequence[Outcome]:
    return [at_least(measured, "figure <1>", 4), clearly_above(measured, "rate", 0.3)]


def figure(measured: Measured, settings: Knobs) -> str:
    return draw_bars("fake", {"rate": measured["rate"]}, "rate", "A rate")


FAKE = Finding(
    name="fake",
    title="A made-up finding <b>",
    source="nobody",
    published="Nothing.",
    method="None.",
    settings=Knobs(),
    quick={"dose": 1},
    measure=measure,
    shape=shape,
    figure=figure,
    limits="Everything.",
)


def run(to: Path, *assignments: str, seeds: Sequence[int] = (1, 2, 3)) -> list[Found]:
    ASKED.clear()
    return run_experiments(experiments_of(FAKE, assignments), seeds=seeds, to=to, processes=1)


def test_the_shape_is_that_of_the_mean_over_seeds(tmp_path: Path) -> None:
    (found,) = run(tmp_path)
    assert found.measured["figure <1>"].value == 4  # 2 x (1 + 2 + 3) / 3
    assert found.reproduced
    assert ASKED == [1, 2, 3]


def test_what_does_not_hold_is_not_reproduced(tmp_path: Path) -> None:
    (found,) = run(tmp_path, "dose=1")
    assert [outcome.holds for outcome in found.outcomes] == [False, True]
    assert not found.reproduced


def test_finished_work_is_kept_until_something_that_decides_it_changes(tmp_path: Path) -> None:
    run(tmp_path)
    run(tmp_path)
    assert ASKED == []
    run(tmp_path, seeds=(1, 2, 3, 4))
    assert ASKED == [4]
    run(tmp_path, "dose=3")
    assert ASKED == [1, 2, 3]


def test_a_seed_that_fails_is_told_and_the_finding_is_not_reproduced(tmp_path: Path) -> None:
    (found,) = run(tmp_path, "breaks_on=2")
    assert found.seeds == (1, 3)
    kept = tmp_path / "failures" / "fake-seed-2.txt"
    assert found.failures == (f"fake, seed 2: ValueError: as planned (all of it: {kept})",)
    assert "in measure" in kept.read_text(encoding="utf-8")
    assert not found.reproduced


def test_what_judges_and_tells_does_not_decide_what_is_measured() -> None:
    source = "N = 3\n\ndef measure(lab):\n    return N\n\ndef shape(m):\n    return []\n\nFINDING = Finding(name='a')\n"
    told = measuring_code(source)
    assert told == measuring_code(source.replace("return []", "return [1]").replace("'a'", "'b'") + "# so\n")
    assert told == "N = 3\n\ndef measure(lab):\n    return N"
    assert told != measuring_code(source.replace("N = 3", "N = 4"))


def test_a_key_that_is_given_twice_is_swept(tmp_path: Path) -> None:
    found = run(tmp_path, "dose=1", "dose=5")
    assert [one.experiment.name for one in found] == ["fake (dose=1)", "fake (dose=5)"]
    assert [one.measured["figure <1>"].value for one in found] == [2, 10]


def test_quick_settings_give_way_to_what_is_set() -> None:
    assert experiments_of(FAKE, [], quick=True)[0].settings == Knobs(dose=1)
    assert experiments_of(FAKE, ["dose=7"], quick=True)[0].settings == Knobs(dose=7)


@pytest.mark.parametrize(("given", "reason"), [("doze=1", "unknown key; did you mean dose"), ("dose=x", "--set dose")])
def test_settings_that_do_not_fit_are_refused(given: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        experiments_of(FAKE, [given])


def test_a_key_of_the_chain_that_does_not_fit_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"evaluation\.promts"):
        run_experiments([Experiment(FAKE, Knobs())], seeds=(1,), to=tmp_path, overrides=["evaluation.promts=1"])


def test_a_number_without_an_interval_gets_that_of_the_seeds() -> None:
    told = over_seeds([{"a": number(value, 1, "test").model_dump()} for value in (1.0, 2.0, 3.0)])["a"]
    # t(0.975, 2) = 4.303 standard errors of 1 / sqrt(3) on either side of 2
    assert (told.value, told.low, told.high) == pytest.approx((2.0, 2 - 4.303 / 3**0.5, 2 + 4.303 / 3**0.5), abs=1e-3)
    alone = over_seeds([{"a": number(1.0, 1, "test").model_dump()}])["a"]
    assert (alone.value, alone.low) == (1.0, None)


def test_the_page_tells_everything_and_escapes_it(tmp_path: Path) -> None:
    found = [*run(tmp_path), *run(tmp_path, "breaks_on=2", "dose=1")]
    told = write_findings(found, tmp_path, command="solon findings run fake")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "A made-up finding &lt;b&gt;" in page and "figure &lt;1&gt;" in page
    assert "1 of 2 have the expected shape" in page and "does not hold" in page and "as planned" in page
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"fake.svg", "fake.png"}
    assert page.count("<svg") == 2 and "http://" not in page and "https://" not in page
    assert told == json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert [one["reproduced"] for one in told["findings"]] == [True, False]
    assert told["findings"][0]["metrics"]["figure <1>"]["value"] == 4
