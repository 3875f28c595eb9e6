import pytest

from solon.judges.audit.agreement import Answer, agreement_metrics, kappa_metric
from solon.judges.reading import Status


def answer(said: str, truth: str, category: str = "x", principle: str | None = None, cluster: str = "") -> Answer:
    """`refused` and `unscored` as what is said have that status."""
    status: Status = said if said in ("refused", "unscored", "tie") else "scored"  # type: ignore[assignment]
    return Answer(status, said, truth, truth != "tie", category, cluster or f"{said}{truth}{category}", principle)


ANSWERS = [
    answer("a", "a"), answer("b", "a"), answer("tie", "b"), answer("b", "b", "y", "p"), answer("tie", "tie"),
    answer("refused", "a", "y"), answer("unscored", "b", "y"), answer("a", "tie"),
]  # fmt: skip


def test_accuracy_counts_read_verdicts_on_decided_cases_and_a_tie_is_wrong() -> None:
    # Decided and read: a/a, b/a, tie/b, b/b: two of four right.
    found = agreement_metrics(ANSWERS, seed=0)
    assert (found["accuracy"].value, found["accuracy"].n) == (0.5, 4)


def test_a_case_without_a_verdict_is_in_the_bounds_and_not_in_the_accuracy() -> None:
    # Six decided: two right, two without a verdict.
    found = agreement_metrics(ANSWERS, seed=0)
    assert found["accuracy_worst"].value == pytest.approx(2 / 6)
    assert found["accuracy_best"].value == pytest.approx(4 / 6)


def test_agreement_counts_ties_as_verdicts() -> None:
    # Of the six with a verdict a/a, b/b and tie/tie agree.
    assert agreement_metrics(ANSWERS, seed=0)["agreement"].value == 0.5


def test_refusals_and_failures_to_parse_are_told_by_category() -> None:
    found = agreement_metrics(ANSWERS, seed=0)
    assert (found["refused"].value, found["unscored"].value) == (1 / 8, 1 / 8)
    assert found["refused/x"].value == 0.0
    assert found["refused/y"].value == pytest.approx(1 / 3)
    assert (found["accuracy/y"].value, found["accuracy/y"].n) == (1.0, 1)


def test_accuracy_is_told_by_principle_where_one_was_drawn() -> None:
    found = agreement_metrics(ANSWERS, seed=0)
    assert [name for name in found if "@" in name] == ["accuracy@p"]


def test_kappa_is_agreement_beyond_chance() -> None:
    # Judge a a b b, people a b b b: observed 3/4, chance 1/2 * 1/4 + 1/2 * 3/4 = 1/2: kappa 1/2.
    metric = kappa_metric([answer(*said) for said in ("aa", "ab", "bb", "bb")], seed=0)
    assert metric.value == pytest.approx(0.5)


def test_kappa_is_null_where_both_always_say_the_same_one_thing() -> None:
    assert kappa_metric([answer("a", "a")] * 3, seed=0).value is None


def test_cases_of_one_prompt_widen_the_interval() -> None:
    apart = [answer("a", "a", cluster=str(n)) for n in range(20)] + [
        answer("b", "a", cluster=str(n)) for n in range(20)
    ]
    together = [answer("a", "a", cluster="1")] * 20 + [answer("b", "a", cluster="2")] * 20
    wide, narrow = (agreement_metrics(one, seed=0)["accuracy"] for one in (together, apart))
    assert (wide.low or 0) < (narrow.low or 0)
