"""Does the length-controlled win rate find the true one, and what does it say of AlpacaEval's annotations?

    python -m benchmarks.length_control [--pairs 10000] [--seeds 20] [--data FOLDER]

synthetic   A judge prefers a to b with the log-odds `strength` plus what it likes of length. Lengths are log-normal
            around an instruction's own (deviation 0.6, a model's 0.5), and a writes `ratio` times as much as b. The
            taste is 0.8 nats times the published form (tanh of deviations), half the deviations, or the log of the
            ratio; or -0.8 times the published form. `varied` lets the strength vary from instruction to instruction
            (deviation 1 nat) and the judge answer at random one time in ten. The truth is the mean probability of such
            a judge without taste for length, over the same instructions. `step` likes any longer response by 0.56 nats,
            however little longer it is: beyond what the terms can follow, and outside the goal.
published   The same with the first length term alone.
intervals   Of 200 sets of 400 pairs, the share whose bootstrap interval holds the truth.
alpaca      The four models of $SOLON_DATA/data/alpaca_eval, where it is there.

The goal is a mean error over seeds of less than 1 point in every design. The last line is JSON.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from solon.evaluation.games import Game
from solon.evaluation.intervals import Floats
from solon.evaluation.length_control import PRIOR_SD, length_controlled_win_rate, length_terms
from solon.evaluation.logistic import fit_logistic, sigmoid
from solon.evaluation.win_rates import win_rates
from solon.seeds import generator

TASTES = ("tanh", "difference", "ratio", "short", "step")
GOAL = TASTES[:-1]
INTERVALS = (("tanh", 1.5, 0.8), ("ratio", 2.5, -0.6), ("difference", 2.5, 0.8))
BASELINE = "text_davinci_003"


class Drawn(NamedTuple):
    """One synthetic set."""

    won_N: Floats
    lengths_a_N: Floats
    lengths_b_N: Floats
    truth: float


def main() -> int:
    """Simulate, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SOLON_DATA") or "../shared") / "data")
    given = parser.parse_args()
    rows = []
    print(f"{'taste':12}{'ratio':>6}{'strength':>9}{'varied':>7}{'true':>7}{'raw':>7}{'ours':>7}{'sd':>6}{'published':>11}",
          file=sys.stderr)  # fmt: skip
    for taste, ratio, strength, varied in itertools.product(TASTES, (1.0, 1.5, 2.5), (-0.6, 0.8), (False, True)):
        row = _row(taste, ratio, strength, varied, given.pairs, given.seeds)
        rows.append(row)
        print(f"{taste:12}{ratio:6.1f}{strength:+9.1f}{'yes' if varied else 'no':>7}{row['true']:7.1f}"
              f"{row['raw']:+7.1f}{row['ours']:+7.2f}{row['sd']:6.2f}{row['published']:+11.2f}",
              file=sys.stderr)  # fmt: skip
    worst = {
        name: round(max(abs(row[name]) for row in rows if row["taste"] in GOAL), 3)
        for name in ("ours", "published", "raw")
    }
    step = round(max(abs(row["ours"]) for row in rows if row["taste"] == "step"), 3)
    held = {f"{taste} {ratio} {strength}": _held(taste, ratio, strength) for taste, ratio, strength in INTERVALS}
    print(f"intervals that hold the truth: {held}", file=sys.stderr)
    alpaca = _alpaca(given.data / "alpaca_eval")
    print(json.dumps({"name": "length_control", "ours": worst["ours"], "peer": None, "ratio": None, "goal": 1.0,
                      "pairs": given.pairs, "seeds": given.seeds, "published_worst": worst["published"],
                      "raw_worst": worst["raw"], "step_worst": step, "intervals": held,
                      "alpaca_eval": alpaca}))  # fmt: skip
    return 0 if worst["ours"] < 1 else 1


def _row(taste: str, ratio: float, strength: float, varied: bool, pairs: int, seeds: int) -> dict[str, Any]:
    errors: dict[str, list[float]] = {"raw": [], "ours": [], "published": []}
    truths = []
    for seed in range(seeds):
        drawn = _drawn(
            generator(seed, taste, str(ratio), str(strength), str(varied)), taste, ratio, strength, varied, pairs
        )
        truths.append(100 * drawn.truth)
        found = {
            "raw": float(drawn.won_N.mean()),
            "ours": length_controlled_win_rate(drawn.won_N, drawn.lengths_a_N, drawn.lengths_b_N),
            "published": _published(drawn.won_N, drawn.lengths_a_N, drawn.lengths_b_N),
        }
        for name, value in found.items():
            errors[name].append(100 * (value - drawn.truth))
    means = {name: float(np.mean(one)) for name, one in errors.items()}
    return {"taste": taste, "true": float(np.mean(truths)), "sd": float(np.std(errors["ours"], ddof=1)), **means}


def _drawn(rng: np.random.Generator, taste: str, ratio: float, strength: float, varied: bool, pairs: int) -> Drawn:
    asked_N = rng.normal(6.0, 0.6, pairs)
    a_N, b_N = (np.exp(asked_N + rng.normal(0, 0.5, pairs)) for _ in range(2))
    a_N, b_N = np.round(a_N * ratio), np.round(b_N)
    z_N, ratio_N = (a_N - b_N) / (a_N - b_N).std(), np.log(a_N / b_N)
    liked_N = {
        "tanh": np.tanh(z_N), "difference": np.clip(z_N, -5, 5) / 2, "ratio": ratio_N, "short": -np.tanh(z_N),
        "step": 0.7 * np.sign(a_N - b_N),
    }[taste]  # fmt: skip
    strength_N = strength + varied * rng.normal(size=pairs)
    noise = 0.1 * varied
    prob_N, fair_N = (noise / 2 + (1 - noise) * sigmoid(strength_N + liking * liked_N) for liking in (0.8, 0.0))
    won_N = np.where(rng.random(pairs) < prob_N, 1.0, 0.0)
    return Drawn(won_N, np.asarray(a_N, dtype=np.float64), np.asarray(b_N, dtype=np.float64), float(fair_N.mean()))


def _held(taste: str, ratio: float, strength: float) -> float:
    held = []
    for seed in range(200):
        drawn = _drawn(generator(seed, "intervals", taste), taste, ratio, strength, False, 400)
        rows = zip(drawn.won_N.tolist(), drawn.lengths_a_N.tolist(), drawn.lengths_b_N.tolist(), strict=True)
        games = [Game(str(n), "a", "b", "x" * int(a), "x" * int(b), won, "") for n, (won, a, b) in enumerate(rows)]
        found = win_rates(games, "b", instrument="judge", seed=seed)[0].length_controlled
        if found.low is not None and found.high is not None:
            held.append(found.low <= drawn.truth <= found.high)
    return float(np.mean(held))


def _published(won_N: Floats, a_N: Floats, b_N: Floats) -> float:
    x_NK = np.stack([np.ones(len(won_N)), length_terms(a_N, b_N)[:, 0]], axis=1)
    return float(sigmoid(fit_logistic(x_NK, won_N, np.ones((1, len(won_N))), PRIOR_SD[:2]))[0, 0])


def _alpaca(folder: Path) -> Any:
    if not folder.is_dir():
        print(f"alpaca_eval: there is no {folder}; set SOLON_DATA to the folder that holds data/", file=sys.stderr)
        return None
    games = []
    for file in sorted(folder.glob("*_annotations.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        games += [
            Game(row["instruction"], row["generator_2"], row["generator_1"], row["output_2"], row["output_1"],
                 {1: 0.0, 2: 1.0, 0: 0.5}[int(row["preference"])], row["annotator"])
            for row in rows if row["preference"] is not None
        ]  # fmt: skip
    found = {}
    for one in win_rates(games, BASELINE, instrument="judge", seed=0):
        own = [game for game in games if game.model_a == one.model]
        lengths = np.array([(len(game.response_a), len(game.response_b)) for game in own], dtype=np.float64)
        form = _published(np.array([game.prob_a for game in own]), lengths[:, 0], lengths[:, 1])
        told: dict[str, Any] = {
            name: [round(100 * part, 1) for part in (metric.value, metric.low, metric.high) if part is not None]
            for name, metric in (("win_rate", one.win_rate), ("length_controlled", one.length_controlled))
        }
        more = {"published_form": round(100 * form, 1), "n": one.num_games, "ties": one.num_ties}
        found[one.model] = {**told, **more, "length": round(one.mean_length), "longer": round(one.share_longer, 3)}
        print(f"{one.model:26}{found[one.model]}", file=sys.stderr)
    return found


if __name__ == "__main__":
    sys.exit(main())
