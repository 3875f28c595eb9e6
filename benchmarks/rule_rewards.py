"""How well does a weighted sum of propositions order the published gold responses?

    SOLON_DATA=../shared python benchmarks/rule_rewards.py [--folds 5] [--ridge 0.01]

Propositions are people's labels (0 or 1), classes follow from them by the published rules. Weights are fitted on all
folds but one and tested on that one; rows fall into folds by their prompt. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from solon.data.quarantine import QuarantineWriter
from solon.judges.rules.gold import cross_validate, described_by_people, read_gold
from solon.judges.rules.propositions import load_propositions
from solon.judges.rules.rewards import RIDGE, fit_weights
from solon.records import Metric


def mean_value(metrics: Sequence[Metric]) -> float:
    """The mean over folds."""
    return fmean(metric.value for metric in metrics if metric.value is not None)


def main() -> None:
    """Print the classes, the folds, the strongest weights, and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--ridge", type=float, default=RIDGE)
    arguments = parser.parse_args()
    folder = Path(os.environ.get("SOLON_DATA") or "../shared") / "data" / "rbr_gold"
    propositions, quarantine = load_propositions(folder / "proposition_prompts.yaml"), QuarantineWriter(None)
    file = folder / "train.jsonl.gz"
    gold = read_gold(file, propositions, quarantine)
    rows = described_by_people(gold, propositions.names)
    print(f"{len(rows)} responses, {quarantine.counts[file].quarantined} rows unusable")
    for kind in sorted({row.kind for row in rows}):
        ranks = Counter(row.rank for row in rows if row.kind == kind)
        names = propositions.completion_class_order
        print(f"  {kind}: " + ", ".join(f"{ranks[rank]} {name}" for rank, name in enumerate(names) if ranks[rank]))
    found = cross_validate(
        rows, [row.prompt for row in gold], propositions.names, folds=arguments.folds, ridge=arguments.ridge
    )
    for number, fold in enumerate(found):
        held = fold.held_out
        print(
            f"fold {number}: train {fold.train.value:.3f} ({fold.train.n} pairs), held out {held.value:.3f} "
            f"({held.low:.3f} to {held.high:.3f}, {held.n} pairs)"
        )
    for kind, weights in fit_weights(rows, propositions.names, ridge=arguments.ridge).weights.items():
        strongest = sorted(weights.items(), key=lambda item: -abs(item[1]))[:5]
        print(f"{kind}: " + ", ".join(f"{name} {weight:+.2f}" for name, weight in strongest))
    held_out, train = mean_value([one.held_out for one in found]), mean_value([one.train for one in found])
    told = {"name": "rule_rewards", "ours": held_out, "peer": train, "ratio": held_out / train, "goal": 0.9}
    folds = [one.held_out.model_dump() for one in found]
    print(json.dumps({**told, **vars(arguments), "responses": len(rows), "held_out": folds}))


if __name__ == "__main__":
    main()
