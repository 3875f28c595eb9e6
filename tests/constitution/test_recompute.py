from typing import Any

import pytest

from solon.constitution import ComparisonExample, Constitution, CritiqueExample, Examples, PrincipleEntry
from solon.constitution.recompute import recompute, share_that_moves

PROMPTS = [f"prompt {number}" for number in range(3000)]


def entry(name: str, weight: float = 1.0, *, asked: str = "", compared: str = "") -> PrincipleEntry:
    return PrincipleEntry(
        id=name, text=name, critique_request=f"{name}{asked}?", revision_request="Mend it.",
        comparison=f"{name}{compared}", weight=weight,
    )  # fmt: skip


def constitution(*entries: PrincipleEntry, **more: Any) -> Constitution:
    return Constitution(id="c", version="1", principles=entries, **more)


AB = constitution(entry("a"), entry("b"))


def test_an_edited_principle_moves_the_share_of_its_weight() -> None:
    before = constitution(entry("a"), entry("b", 3.0))
    after = constitution(entry("a", asked="!"), entry("b", 3.0))
    assert share_that_moves(before, after, "critique") == pytest.approx(1 / 4)
    assert share_that_moves(before, after, "comparison") == 0  # its comparison is what it was


def test_an_added_principle_takes_its_own_share_and_no_more() -> None:
    # a: max ratios 1 + 1 + 1, so 1/3 stays; b the same: 2/3 stay.
    assert share_that_moves(AB, constitution(entry("a"), entry("b"), entry("c")), "critique") == pytest.approx(1 / 3)


def test_a_changed_weight_moves_only_what_changes_hands() -> None:
    # b from 1 to 3: a is drawn in 1/4 instead of 1/2. a: 1 / (1 + 3) stays; b: 1 / (1 + 1) stays; 1/4 moves.
    assert share_that_moves(AB, constitution(entry("a"), entry("b", 3.0)), "critique") == pytest.approx(1 / 4)


def test_the_expected_share_of_chains_is_one_minus_the_untouched() -> None:
    # w = 1/2: 1/2, 3/4, 7/8 by rounds 1, 2, 3; rounds to redo (1/2 + 3/4 + 7/8) / 3.
    found = recompute(AB, constitution(entry("a", asked="!"), entry("b")), rounds=3, seed=0)
    assert found.expected.chains == pytest.approx((1 / 2, 3 / 4, 7 / 8))
    assert found.expected.rounds == pytest.approx(17 / 24)
    assert (found.expected.labels, found.counted) == (0, None)


def test_the_count_agrees_with_the_expectation() -> None:
    before = constitution(entry("a"), entry("b", 2.0), entry("c"))
    after = constitution(entry("a", compared="!", asked="!"), entry("b", 1.0), entry("c"), entry("d", 0.5))
    found = recompute(before, after, rounds=2, seed=3, prompt_ids=PROMPTS, labels_per_prompt=2)
    assert found.counted is not None
    # 4 standard deviations: of 3000 shares near 1/2 or less 0.037, of 6000 0.026.
    assert found.counted.chains / 3000 == pytest.approx(found.expected.chains[-1], abs=0.037)
    assert found.counted.by_round[0] / 3000 == pytest.approx(found.expected.chains[0], abs=0.037)
    assert found.counted.labels / 6000 == pytest.approx(found.expected.labels, abs=0.026)
    assert found.counted.rounds == 2 * found.counted.by_round[0] + found.counted.by_round[1]
    assert (found.counted.all_rounds, found.counted.all_labels) == (6000, 6000)


def test_the_count_is_of_the_draws_that_revise_and_judge_make() -> None:
    after = constitution(entry("a", asked="!", compared="!"), entry("b"))
    for name in PROMPTS[:20]:
        rounds = [number for number in (1, 2, 3) if AB.draw(5, name, 0, number, use="critique").id == "a"]
        labels = [draw for draw in (0, 1) if AB.draw(5, name, draw, 0, use="comparison").id == "a"]
        found = recompute(AB, after, rounds=3, seed=5, prompt_ids=[name], labels_per_prompt=2).counted
        assert found is not None
        assert found.by_round == tuple(int(number == min(rounds, default=0)) for number in (1, 2, 3))
        assert found.labels == len(labels)


def test_renaming_moves_draws_but_what_reads_the_same_stays() -> None:
    renamed = entry("b").model_copy(update={"id": "z"})
    found = recompute(AB, constitution(entry("a"), renamed), rounds=1, seed=0, prompt_ids=PROMPTS)
    assert found.counted is not None
    assert found.expected.labels == pytest.approx(2 / 3)  # an upper bound: only a is sure to stay, in 1/3
    # Both draw b's wording with probability 2 / ((1 + 1) (2 + 1)) = 1/3, both a with 1/3: 1/3 moves.
    assert found.counted.labels / 3000 == pytest.approx(1 / 3, abs=0.035)


SHOT = ComparisonExample(prompt="p", response_a="x", response_b="y", comparison="a", answer="A")


@pytest.mark.parametrize(
    ("more", "critiques", "labels", "reasoned"),
    [
        ({"examples": Examples(critiques=(CritiqueExample(prompt="p", response="r", critique="c"),))}, 1, 0, 0),
        ({"no_change": ("fine",)}, 1, 0, 0),
        ({"examples": Examples(comparisons=(SHOT,))}, 0, 1, 0),
        ({"judge_prefill": "So:"}, 0, 1, 0),
        ({"options": (" 1", " 2")}, 0, 1, 0),
        ({"reasoning_prefill": "Hm:"}, 0, 0, 1),
        ({"last_joiner": " and "}, 0, 0, 0),
    ],
)
def test_what_all_critiques_or_all_labels_read_redoes_them_all(
    more: dict[str, Any], critiques: int, labels: int, reasoned: int
) -> None:
    found = recompute(AB, constitution(entry("a"), entry("b"), **more), rounds=2, seed=0, prompt_ids=["p", "q"])
    assert [len(reasons) for reasons in found.everything] == [critiques, labels, reasoned]
    assert found.counted is not None
    assert (found.counted.rounds, found.counted.labels) == (4 * critiques, 2 * labels)
    assert (found.expected.chains[0], found.expected.labels) == (critiques, labels)


def test_an_example_that_draws_another_principle_redoes_all_labels() -> None:
    shot = Examples(comparisons=(SHOT.model_copy(update={"comparison": None}),))
    drawn = AB.draw(4, "example 0", use="comparison").id
    other = "b" if drawn == "a" else "a"
    for edited, shown, reasons in ((drawn, shot, 1), (other, shot, 0), (drawn, Examples(comparisons=(SHOT,)), 0)):
        before = constitution(entry("a"), entry("b"), examples=shown)
        entries = [entry(name, compared="!" if name == edited else "") for name in ("a", "b")]
        after = constitution(*entries, examples=shown)
        assert len(recompute(before, after, rounds=0, seed=4).everything.labels) == reasons


def test_a_use_that_nothing_serves_has_nothing_to_redo() -> None:
    only = PrincipleEntry(id="a", text="a", comparison="a")
    found = recompute(constitution(only), constitution(only), rounds=4, seed=0, prompt_ids=["p"])
    assert found.counted is not None
    assert (found.counted.all_rounds, found.counted.rounds, found.counted.all_labels) == (0, 0, 1)
    assert found.expected.per_round == 0
