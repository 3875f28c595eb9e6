"""Responses of one model each, with which `solon compare` names writers and compares scores."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from solon.commands.given import answered_prompt
from solon.data.quarantine import Unusable
from solon.errors import InputError
from solon.evaluation.games import Game
from solon.evaluation.logistic import sigmoid
from solon.interfaces import PromptResponse

REWARD = "reward"
"""Who judged by scores of `solon score`."""


class Written(NamedTuple):
    """A response of a model, and its score where it has one."""

    pair: PromptResponse
    score: float | None
    judge: str
    """REWARD, of log-odds; else a judge, whose scores are an order only."""


def written_row(row: dict[str, Any], name: str) -> Written:
    """A row of {prompt | messages, response, score?}.

    Raises:
        Unusable: it is none, or its score is no number.
    """
    pair = answered_prompt(row, name).pair
    score = row.get("score")
    if row.get("status") == "unscored":
        raise Unusable("the judge gave this response no score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or score - score != 0):
        raise Unusable(f"`score` is {score!r}, not a number")
    # Rows of `judge score` say their status: 1 to 9, whose differences are no log-odds.
    judge = str(row.get("source") or "judge") if "status" in row else REWARD
    return Written(pair, None if score is None else float(score), judge)


def games_by_score(written: Mapping[str, Sequence[Written]], *, required: bool) -> Iterator[Game]:
    """Games of every two models' responses to a prompt, by their scores; none where nothing is scored.

    Raises:
        InputError: some of the models have scores and others none; or none has, where they are `required`.
    """
    scored = [name for name, rows in written.items() if all(row.score is not None for row in rows)]
    if unscored := [name for name in written if name not in scored]:
        if scored or required:
            raise InputError(
                f"the responses of {unscored[0]!r} have no `score`; score those of every model with `solon score`, or "
                "give a file of judged pairs beside them"
            )
        return
    of_prompt: dict[str, list[tuple[str, Written]]] = defaultdict(list)
    for name, rows in written.items():
        for row in rows:
            of_prompt[row.pair.prompt.id].append((name, row))
    if alone := sum(len({name for name, _ in answers}) == 1 for answers in of_prompt.values()):
        print(f"{alone} prompts have responses of one model only and are not compared", file=sys.stderr)
    for prompt, answers in of_prompt.items():
        for (one, a), (other, b) in combinations(answers, 2):
            if one != other and a.judge == b.judge:
                yield Game(prompt, one, other, a.pair.response, b.pair.response, _prob(a, b), a.judge)


def _prob(a: Written, b: Written) -> float:
    assert a.score is not None and b.score is not None, "only scored responses are compared by score"
    apart = a.score - b.score
    if a.judge != REWARD:
        return 0.5 if apart == 0 else float(apart > 0)
    return float(sigmoid(np.array(apart)))
