"""One page on several runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solon.errors import InputError
from solon.records import Metric
from solon.report.beside import Beside, recipe_differences, render_comparison

from .fake_run import make_run

LESS = Metric(value=-0.03, low=-0.05, high=-0.01, n=500, instrument="checker")


@pytest.fixture(scope="module")
def page(fake_run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The fake run and one like it with another seed in its recipe; sft alone has pairs."""
    other = make_run(tmp_path_factory.mktemp("others") / "other")
    (other / "recipe.yaml").write_text("name: fake\nseed: 1\nconstitution: agora\n", encoding="utf-8")
    return render_comparison(fake_run_folder, [Beside(other, {"sft": {"harmful": LESS}}, ("added: <b>law</b>",))])


def table_of(page: str, stage: str) -> str:
    found = re.search(rf"<h3>{stage}</h3>(.*?)</table>", page, re.DOTALL)
    assert found
    return found[1]


def test_a_stage_has_a_column_for_each_run_and_one_for_the_paired_difference(page: str) -> None:
    shown = table_of(page, "sft")
    assert [name in shown for name in ("A fake", "B other", "B \u2212 A")] == [True, True, True]
    assert "<b>\u22120.030</b><small>\u22120.050 to \u22120.010</small>" in shown


def test_a_stage_without_pairs_says_so_and_has_no_difference(page: str) -> None:
    shown = table_of(page, "rl_cai")
    assert "Not paired with A" in shown and "B \u2212 A" not in shown


def test_a_stage_that_is_unproven_in_one_run_says_in_which(page: str) -> None:
    assert "A gate failed: A fake is unproven here" in table_of(page, "rl_cai")


def test_only_keys_that_differ_are_told() -> None:
    found = recipe_differences(
        {"A": "seed: 1\nsft: {epochs: 2, lr: 1}\n", "B": "seed: 1\nsft: {epochs: 3, lr: 1}\nx: {}\n"}
    )
    assert found.rows == (("sft.epochs", "2", "3"), ("x", "\u2013", "{}"))


def test_a_section_that_one_recipe_lacks_is_one_row() -> None:
    found = recipe_differences({"A": "dpo: {beta: 1, loss: ipo}\n", "B": "seed: 1\n"})
    assert found.rows == (("dpo", "2 keys", "\u2013"), ("seed", "\u2013", "1"))


def test_the_page_tells_the_keys_and_the_principles_as_text(page: str) -> None:
    assert re.search(r'<th scope="row">seed</th><td>0</td><td>1</td>', page)
    assert "added: &lt;b&gt;law&lt;/b&gt;" in page


def test_the_plane_shows_both_chains(page: str) -> None:
    (described,) = re.findall(r'aria-label="(harmless[^"]*)"', page)
    assert "A fake: base" in described and "B other: base" in described


def test_seconds_calls_and_money_stand_beside_each_other(page: str) -> None:
    assert re.search(r'<th scope="row">money</th><td>0.2500</td><td>0.2500</td>', page)


def test_seven_runs_are_refused(fake_run_folder: Path) -> None:
    with pytest.raises(InputError, match="7 runs: no figure tells more than 6 apart"):
        render_comparison(fake_run_folder, [Beside(fake_run_folder, {}, ())] * 6)
