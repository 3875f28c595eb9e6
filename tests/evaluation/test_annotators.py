"""Strengths beside the tastes of annotators."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from solon.evaluation.annotators import AnnotatorTaste, consensus
from solon.evaluation.bradley_terry import elo, fit_strengths
from solon.evaluation.elo import ELO_PER_NAT
from solon.evaluation.games import Game
from solon.evaluation.intervals import Floats
from solon.records import Metric

STRENGTHS = {"a": 0.8, "b": 0.0, "c": -0.8}


def planted(
    seed: int,
    judges: Mapping[str, int],
    *,
    odd: Mapping[str, Mapping[str, float]] | None = None,
    first: Mapping[str, float] | None = None,
    length: Mapping[str, float] | None = None,
    sides: Sequence[tuple[str, str]] = (("a", "b"), ("b", "a"), ("a", "c"), ("c", "a"), ("b", "c"), ("c", "b")),
) -> list[Game]:
    """So many games of each judge, who may have strengths of his own, a taste for the first, and one for length."""
    rng = np.random.default_rng(seed)
    games = []
    for judge, count in judges.items():
        likes = (odd or {}).get(judge, STRENGTHS)
        for number in range(count):
            a, b = sides[int(rng.integers(len(sides)))]
            lengths = rng.integers(50, 400, size=2)
            apart = np.tanh((lengths[0] - lengths[1]) / 142)  # their difference has a deviation of 142 characters
            logit = likes[a] - likes[b] + (first or {}).get(judge, 0) + (length or {}).get(judge, 0) * apart
            won = float(rng.random() < 1 / (1 + np.exp(-logit)))
            games.append(Game(f"{judge}{number}", a, b, "x" * lengths[0], "x" * lengths[1], won, judge, True))
    return games


def taste_of(games: Sequence[Game], judge: str) -> AnnotatorTaste:
    return next(one for one in consensus(games, instrument="people").annotators if one.annotator == judge)


def width(rating: Metric) -> float:
    assert rating.low is not None and rating.high is not None
    return rating.high - rating.low


def test_one_odd_annotator_with_most_labels_does_not_decide_the_ranking() -> None:
    turned = {"odd": {"a": -1.2, "b": 0.0, "c": 1.2}}
    games = planted(0, {"one": 150, "two": 150, "three": 150, "four": 150, "odd": 1200}, odd=turned)
    by_label, by_annotator = elo(fit_strengths(games), instrument="people"), consensus(games, instrument="people").elo
    assert sorted(by_label, key=lambda name: -(by_label[name].value or 0)) == ["c", "b", "a"]
    assert sorted(by_annotator, key=lambda name: -(by_annotator[name].value or 0)) == ["a", "b", "c"]


def test_the_odd_annotators_taste_for_a_model_is_found() -> None:
    turned = {"odd": {"a": -1.2, "b": 0.0, "c": 1.2}}
    games = planted(1, {"one": 400, "two": 400, "three": 400, "odd": 400}, odd=turned)
    odd, one = taste_of(games, "odd").for_models, taste_of(games, "one").for_models
    assert odd["c"] > 1 and odd["a"] < -1
    assert abs(one["c"] - odd["c"]) == pytest.approx(2.0, abs=0.5)


def test_a_taste_for_the_side_is_found_and_taken_out() -> None:
    # The first shown is liked by 1 nat; a stands first three times in four.
    sides = (("a", "b"), ("a", "b"), ("a", "b"), ("b", "a"))
    games = planted(2, {"one": 1500, "two": 1500}, first={"one": 1.0, "two": 0.0}, sides=sides)
    found = consensus(games, instrument="people")
    assert taste_of(games, "one").first_shown == pytest.approx(1.0, abs=0.25)
    assert taste_of(games, "two").first_shown == pytest.approx(0.0, abs=0.25)
    # Elo of 0.8 nats is 139; half of it on either side of the mean.
    assert found.elo["a"].value == pytest.approx(69.5, abs=20)


def test_a_taste_for_length_is_found() -> None:
    games = planted(3, {"one": 1200, "two": 1200, "three": 1200}, length={"one": 1.5})
    assert taste_of(games, "one").length == pytest.approx(1.5, abs=0.3)
    assert taste_of(games, "two").length == pytest.approx(0.0, abs=0.3)


def test_without_both_orders_no_taste_for_the_side_is_told() -> None:
    found = consensus(planted(4, {"one": 90}, sides=(("a", "b"), ("a", "c"), ("b", "c"))), instrument="people")
    assert found.first_shown is None and found.annotators[0].first_shown is None


def test_a_single_annotator_has_no_taste_for_models_beyond_the_common_one() -> None:
    games = planted(5, {"one": 200})
    found = consensus(games, instrument="people")
    assert found.spread_models is None
    assert set(found.annotators[0].for_models.values()) == {0.0}
    # Nothing but tastes for length and side is taken out: the interval is nearly that of the plain fit.
    plain = elo(fit_strengths(games), instrument="people")["a"]
    assert width(found.elo["a"]) == pytest.approx(width(plain), rel=0.15)


def test_annotators_who_agree_have_little_spread_and_a_narrow_interval() -> None:
    alike = consensus(planted(6, {name: 400 for name in "vwxyz"}), instrument="people")
    turned = {"z": {"a": -0.8, "b": 0.0, "c": 0.8}}
    apart = consensus(planted(6, {name: 400 for name in "vwxyz"}, odd=turned), instrument="people")
    assert alike.spread_models is not None and apart.spread_models is not None
    assert alike.spread_models < 0.2 < apart.spread_models
    widths = [width(one.elo["a"]) for one in (alike, apart)]
    assert widths[0] < 0.5 * widths[1]


def test_the_interval_holds_the_strengths_of_annotators_at_large() -> None:
    # Six annotators whose own tastes have a deviation of 0.5 nats around the common strengths.
    held = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        own: dict[str, dict[str, float]] = {}
        for judge in "uvwxyz":
            off: Floats = 0.5 * rng.normal(size=3)
            own[judge] = {name: value + float(add) for (name, value), add in zip(STRENGTHS.items(), off, strict=True)}
        found = consensus(planted(seed, dict.fromkeys("uvwxyz", 120), odd=own), instrument="people").elo
        for name, value in STRENGTHS.items():
            held.append(abs(value * ELO_PER_NAT - (found[name].value or 0)) <= width(found[name]) / 2)
    assert np.mean(held) > 0.85


def test_ties_of_an_annotator_are_counted() -> None:
    games = [game._replace(prob_a=0.5) if n % 4 == 0 else game for n, game in enumerate(planted(7, {"one": 80}))]
    assert taste_of(games, "one").tie_share == 0.25
