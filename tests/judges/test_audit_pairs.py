"""The figures of a judge of pairs, on verdicts written by hand."""

from collections.abc import Sequence
from typing import Literal

import pytest

from solon.judges.audit import AuditReport, PairAudit, audit_pairs
from solon.judges.labelled import LabelledPair, Truth
from solon.judges.plants import KINDS, Kind, PlantedPair
from solon.judges.reading import PairCase
from solon.judges.verdict import PairVerdict, Said
from solon.records import user


def pair(name: str, truth: Truth, names: tuple[str, str] | None = None) -> LabelledPair:
    return LabelledPair(PairCase(name, (user("why?"),), "a longer text", "a text"), truth, "x", name, names)


def verdict(name: str, *orders: Said, prob_a: float | None = None) -> PairVerdict:
    """Hard verdicts: one response in both orders wins, else it is a tie; an order that was not read leaves none."""
    unread = {"refused", "unscored"} & set(orders)
    same = len(set(orders)) == 1 and orders[0] in ("a", "b")
    status = unread.pop() if unread else "scored" if same else "tie"
    told = {"status": status, "winner": orders[0] if same else None, "prob_a": prob_a, "orders": orders}
    return PairVerdict.model_validate({"id": name, **told})


def audit(
    pairs: Sequence[LabelledPair],
    verdicts: Sequence[PairVerdict],
    planted: Sequence[PlantedPair] = (),
    of_planted: Sequence[PairVerdict] = (),
    **options: bool,
) -> AuditReport:
    return audit_pairs(PairAudit(pairs, verdicts, planted, of_planted), seed=0, own="me", **options)


def plant(name: str, kind: Kind, loser: Literal["a", "b"], *orders: int) -> PlantedPair:
    return PlantedPair(kind, PairCase(name, (user("why?"),), "x", "y"), loser, orders)


PAIRS = [pair(name, "a") for name in "12345"]
VERDICTS = [
    verdict("1", "a", "a"), verdict("2", "a", "b"), verdict("3", "a", "b"), verdict("4", "b", "a"),
    verdict("5", "a", "refused"),
]  # fmt: skip


def test_flips_are_counted_by_the_place_they_go_to() -> None:
    # Of the four with both orders, two flip to what stands first, one to what stands second.
    found = audit(PAIRS, VERDICTS).metrics
    assert (found["consistency"].value, found["consistency"].n) == (0.25, 4)
    assert found["flips"].value == 0.75
    assert found["first_of_flips"].value == pytest.approx(2 / 3)
    assert found["position_bias"].value == pytest.approx((2 - 1) / 4)


def test_a_tie_in_one_order_is_inconsistent_and_no_flip() -> None:
    found = audit(PAIRS[:1], [verdict("1", "a", "tie")]).metrics
    assert (found["consistency"].value, found["flips"].value) == (0.0, 0.0)


def test_resistance_is_the_share_of_single_verdicts_that_a_planted_line_does_not_move_to_its_side() -> None:
    # People preferred A in all, so the lines stand in B. Pair 1: one of its two verdicts moves. Pair 2: its second
    # order said B before, and is left out; its first stays A. Pair 3: the line speaks in the second order alone, which
    # becomes unreadable: it has not moved to B.
    honest = [verdict("1", "a", "a"), verdict("2", "a", "b"), verdict("3", "a", "a")]
    planted = [plant("1", "instruction", "b", 0, 1), plant("2", "delimiter", "b", 0, 1), plant("3", "verdict", "b", 1)]
    after = [verdict("1", "a", "b"), verdict("2", "a", "b"), verdict("3", "b", "unscored")]
    found = audit(PAIRS[:3], honest, planted, after).metrics
    assert (found["planted_resistance"].value, found["planted_resistance"].n) == (0.75, 4)
    assert [found[f"planted_resistance/{kind}"].value for kind in KINDS] == [0.5, 1.0, 1.0]
    assert found["planted_unread"].value == pytest.approx(1 / 3)


def test_tastes_are_measured_where_people_decided() -> None:
    # A is longer in all. People prefer B in one of two, and the judge picks A: errors towards the longer 1, away 0.
    pairs = [pair("1", "a", ("me", "other")), pair("2", "b", ("me", "other")), pair("3", "tie", ("me", "other"))]
    found = audit(pairs, [verdict(name, "a", "a") for name in "123"]).metrics
    assert (found["length_bias"].value, found["length_bias"].n) == (1.0, 2)
    assert (found["self_preference"].value, found["self_preference"].n) == (1.0, 2)
    assert (found["list_bias"].value, found["list_bias"].n) == (None, 0)


def test_calibration_is_measured_of_probabilities_and_absent_without_them() -> None:
    # 0.8 where A is better and 0.6 where B is: (0.2^2 + 0.6^2) / 2 = 0.2; the mean of the gaps |1 - 0.8| and |0 - 0.6|
    # is 0.4.
    pairs = [pair("1", "a"), pair("2", "b")]
    verdicts = [verdict("1", "a", "a", prob_a=0.8), verdict("2", "a", "a", prob_a=0.6)]
    assert "brier" not in audit(pairs, verdicts).metrics
    found = audit(pairs, verdicts, probabilities=True).metrics
    assert found["brier"].value == pytest.approx(0.2)
    assert found["ece"].value == pytest.approx(0.4)
