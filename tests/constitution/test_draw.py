from collections import Counter

import pytest

from solon.constitution import Constitution, PrincipleEntry
from solon.errors import InputError


def entry(
    name: str, weight: float = 1.0, comparison: str = "Which is better?", tags: tuple[str, ...] = ()
) -> PrincipleEntry:
    return PrincipleEntry(id=name, text=name, comparison=comparison, weight=weight, tags=tags)


def constitution(*entries: PrincipleEntry) -> Constitution:
    return Constitution(id="c", version="1", principles=entries)


def draws(of: Constitution, count: int = 2000) -> list[str]:
    return [of.draw(7, f"prompt {i}").id for i in range(count)]


def test_adding_a_principle_moves_only_the_prompts_that_it_wins() -> None:
    before = draws(constitution(entry("a"), entry("b"), entry("c")))
    after = draws(constitution(entry("new"), entry("a"), entry("b"), entry("c")))
    assert {new for old, new in zip(before, after, strict=True) if old != new} == {"new"}
    assert 400 < after.count("new") < 600  # 2000 / 4, standard deviation 19


def test_editing_or_reordering_principles_moves_nothing() -> None:
    before = draws(constitution(entry("a"), entry("b")))
    assert draws(constitution(entry("b", comparison="Other words?"), entry("a", tags=("t",)))) == before


def test_draws_are_proportional_to_weight() -> None:
    counts = Counter(draws(constitution(entry("a", 1.0), entry("b", 3.0)), 4000))
    assert counts["b"] == pytest.approx(3000, abs=110)  # 4 standard deviations of 27


@pytest.mark.parametrize("other", [(8, "p", 0, 0), (7, "q", 0, 0), (7, "p", 1, 0), (7, "p", 0, 1)])
def test_every_argument_gives_an_independent_draw(other: tuple[int, str, int, int]) -> None:
    many = constitution(*(entry(f"p{i}") for i in range(1000)))
    assert many.draw(*other).id != many.draw(7, "p", 0, 0).id


def test_a_principle_without_comparison_is_never_drawn_for_one() -> None:
    critique = PrincipleEntry(id="k", text="k", critique_request="Is it?", revision_request="Mend it.")
    both = constitution(critique, entry("c"))
    assert {both.draw(1, str(i), use="comparison").id for i in range(50)} == {"c"}
    assert {both.draw(1, str(i), use="critique").id for i in range(50)} == {"k"}


def test_drawing_for_a_use_that_no_principle_has_is_an_error() -> None:
    with pytest.raises(InputError, match="critique"):
        constitution(entry("c")).draw(1, "p", use="critique")
