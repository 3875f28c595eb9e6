"""Win rates of models against one of them or against all, raw and length-controlled, and how far apart two are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from solon.evaluation.games import Game
from solon.evaluation.intervals import Floats, cluster_bootstrap, effective_observations, exact_interval
from solon.evaluation.length_control import controlled_win_rates, length_terms
from solon.records import Metric, Record
from solon.seeds import generator

FEWEST_EACH_WAY = 5
"""Pairs in which a model's response is the longer one, and in which it is the shorter one: with fewer, length and model
cannot be told apart."""
NUM_RESAMPLES = 500


class Against(Record):
    """One model against another, or against all others, on the same prompts."""

    model: str
    opponent: str | None
    """None: whomever it met."""
    num_games: int
    num_ties: int
    win_rate: Metric
    """From 0 to 1; a tie is half a win."""
    length_controlled: Metric
    """Null where length and model cannot be told apart."""
    mean_length: float
    """Of the model's responses, in characters."""
    opponent_mean_length: float
    share_longer: float
    """Of games in which the model's response is the longer one."""


class Difference(Record):
    """A model's win rate minus another's against the same opponent, on the prompts that both played."""

    model: str
    other: str
    opponent: str
    win_rate: Metric
    length_controlled: Metric


class _Side(NamedTuple):
    """The games of one model, each turned so that the model is A."""

    games: list[Game]
    won_N: Floats
    lengths_N2: Floats

    @property
    def prompts(self) -> list[str]:
        return [game.prompt for game in self.games]

    def both_ways(self) -> bool:
        """Whether length and model can be told apart."""
        longer_N, shorter_N = (op(self.lengths_N2[:, 0], self.lengths_N2[:, 1]) for op in (np.greater, np.less))
        fewest = int(min(longer_N.sum(), shorter_N.sum()))
        return fewest >= FEWEST_EACH_WAY or not (longer_N | shorter_N).any()


def win_rates(games: Sequence[Game], opponent: str | None, *, instrument: str, seed: int) -> list[Against]:
    """Every model against `opponent`, of those that met it.

    The interval of the win rate is the exact one on the effective number of games, that of the length-controlled rate a
    bootstrap over prompts.
    """
    return [_against(_side(games, model, opponent), model, opponent, instrument, seed)
            for model in _models(games, opponent)]  # fmt: skip


def differences(games: Sequence[Game], opponent: str, *, instrument: str, seed: int) -> list[Difference]:
    """Every two models that met `opponent`, by a bootstrap over the prompts that both played it on, paired."""
    found = []
    for model, other in combinations(_models(games, opponent), 2):
        sides = [_side(games, name, opponent) for name in (model, other)]
        shared = set(sides[0].prompts) & set(sides[1].prompts)
        if shared:
            kept = [_of([game for game in side.games if game.prompt in shared]) for side in sides]
            found.append(_difference(kept[0], kept[1], (model, other, opponent), instrument, seed))
    return found


def _models(games: Sequence[Game], opponent: str | None) -> list[str]:
    met = {name for game in games if opponent in (None, *game[1:3]) for name in game[1:3]}
    return sorted(met - {opponent})


def _side(games: Sequence[Game], model: str, opponent: str | None) -> _Side:
    own = [game for game in games if model in game[1:3] and opponent in (None, *game[1:3])]
    return _of([game if game.model_a == model else game.turned() for game in own])


def _of(games: list[Game]) -> _Side:
    lengths = [(len(game.response_a), len(game.response_b)) for game in games]
    won_N = np.array([game.prob_a for game in games], dtype=np.float64)
    return _Side(games, won_N, np.array(lengths, dtype=np.float64))


def _controlled_by(side: _Side) -> Callable[[Floats], Floats]:
    terms_NF = length_terms(side.lengths_N2[:, 0], side.lengths_N2[:, 1])
    return lambda weights_RN: controlled_win_rates(side.won_N, terms_NF, weights_RN)


def _against(side: _Side, model: str, opponent: str | None, instrument: str, seed: int) -> Against:
    share, count = float(side.won_N.mean()), len(side.games)
    raw = exact_interval(share, effective_observations(side.won_N, side.prompts))
    mean, opponent_mean = side.lengths_N2.mean(axis=0).tolist()
    controlled = Metric(value=None, n=count, instrument=instrument)
    if side.both_ways():
        controlled = _bootstrapped(_controlled_by(side), side.prompts, instrument, seed)
    return Against(
        model=model, opponent=opponent, num_games=count, num_ties=int((side.won_N == 0.5).sum()),
        win_rate=Metric(value=share, low=raw.low, high=raw.high, n=count, instrument=instrument),
        length_controlled=controlled, mean_length=mean, opponent_mean_length=opponent_mean,
        share_longer=float((side.lengths_N2[:, 0] > side.lengths_N2[:, 1]).mean()),
    )  # fmt: skip


def _difference(one: _Side, other: _Side, names: tuple[str, str, str], instrument: str, seed: int) -> Difference:
    prompts, cut = [*one.prompts, *other.prompts], len(one.games)

    def apart(first: Callable[[Floats], Floats], second: Callable[[Floats], Floats]) -> Metric:
        return _bootstrapped(lambda w_RN: first(w_RN[:, :cut]) - second(w_RN[:, cut:]), prompts, instrument, seed)

    controlled = Metric(value=None, n=len(prompts), instrument=instrument)
    if one.both_ways() and other.both_ways():
        controlled = apart(_controlled_by(one), _controlled_by(other))
    return Difference(model=names[0], other=names[1], opponent=names[2], win_rate=apart(_mean_of(one), _mean_of(other)),
                      length_controlled=controlled)  # fmt: skip


def _mean_of(side: _Side) -> Callable[[Floats], Floats]:
    return lambda weights_RN: np.asarray(weights_RN @ side.won_N / weights_RN.sum(axis=1))


def _bootstrapped(statistic: Callable[[Floats], Floats], prompts: Sequence[str], instrument: str, seed: int) -> Metric:
    value = float(statistic(np.ones((1, len(prompts))))[0])
    draws = generator(seed, "win rate bootstrap")
    low, high = cluster_bootstrap(prompts, statistic, generator=draws, num_resamples=NUM_RESAMPLES)
    return Metric(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(prompts), instrument=instrument
    )
