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
from typing import NamedTuple

from solon.data.load import load
from solon.data.quarantine import QuarantineWriter
from solon.judges.rules.propositions import Propositions, load_propositions
from solon.judges.rules.rewards import RIDGE, Described, RuleWeights, fit_weights, ranking_accuracy
from solon.records import LabelledResponse, Metric
from solon.seeds import derive


class Gold(NamedTuple):
    """The published rows, described."""

    propositions: Propositions
    rows: list[Described]
    prompts: list[str]
    """Of each row, its prompt's name."""
    quarantined: int


def read_gold(folder: Path) -> Gold:
    """The gold rows with their classes.

    Raises:
        InputError: a file cannot be read, or a row is of no class or of several.
    """
    propositions = load_propositions(folder / "proposition_prompts.yaml")
    order = propositions.completion_class_order
    rows, prompts, quarantine = [], [], QuarantineWriter(None)
    file = folder / "train.jsonl.gz"
    for loaded in load(file, quarantine):
        record = loaded.record
        if isinstance(record, LabelledResponse):
            kind = record.prompt.labels["response_type"].lower().replace(" ", "_")
            holds = {name: bool(record.labels[name]) for name in propositions.names}
            features = tuple(float(holds[name]) for name in propositions.names)
            rows.append(Described(record.id, kind, features, order.index(propositions.class_of(holds, kind))))
            prompts.append(record.prompt.id)
    return Gold(propositions, rows, prompts, quarantine.counts[file].quarantined)


class Fold(NamedTuple):
    """One fold held out."""

    weights: RuleWeights
    train: Metric
    held_out: Metric


def cross_validate(gold: Gold, *, folds: int, ridge: float) -> list[Fold]:
    """Each fold held out in turn; rows of one prompt are in one fold."""
    names = gold.propositions.names
    of_row = [derive(0, "fold", prompt) % folds for prompt in gold.prompts]
    found = []
    for fold in range(folds):
        train = [row for row, place in zip(gold.rows, of_row, strict=True) if place != fold]
        test = [row for row, place in zip(gold.rows, of_row, strict=True) if place == fold]
        weights = fit_weights(train, names, ridge=ridge)
        accuracies = [ranking_accuracy(rows, names, weights, seed=0) for rows in (train, test)]
        found.append(Fold(weights, *accuracies))
    return found


def mean_value(metrics: Sequence[Metric]) -> float:
    """The mean over folds."""
    return fmean(metric.value for metric in metrics if metric.value is not None)


def main() -> None:
    """Print the classes, the folds, the strongest weights, and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--ridge", type=float, default=RIDGE)
    arguments = parser.parse_args()
    gold = read_gold(Path(os.environ.get("SOLON_DATA") or "../shared") / "data" / "rbr_gold")
    print(f"{len(gold.rows)} responses, {gold.quarantined} rows unusable")
    for kind in sorted({row.kind for row in gold.rows}):
        ranks = Counter(row.rank for row in gold.rows if row.kind == kind)
        names = gold.propositions.completion_class_order
        print(f"  {kind}: " + ", ".join(f"{ranks[rank]} {name}" for rank, name in enumerate(names) if ranks[rank]))
    found = cross_validate(gold, folds=arguments.folds, ridge=arguments.ridge)
    for number, fold in enumerate(found):
        held = fold.held_out
        print(
            f"fold {number}: train {fold.train.value:.3f} ({fold.train.n} pairs), held out {held.value:.3f} "
            f"({held.low:.3f} to {held.high:.3f}, {held.n} pairs)"
        )
    for kind, weights in fit_weights(gold.rows, gold.propositions.names, ridge=arguments.ridge).weights.items():
        strongest = sorted(weights.items(), key=lambda item: -abs(item[1]))[:5]
        print(f"{kind}: " + ", ".join(f"{name} {weight:+.2f}" for name, weight in strongest))
    held_out, train = mean_value([one.held_out for one in found]), mean_value([one.train for one in found])
    told = {"name": "rule_rewards", "ours": held_out, "peer": train, "ratio": held_out / train, "goal": 0.9}
    folds = [one.held_out.model_dump() for one in found]
    print(json.dumps({**told, **vars(arguments), "responses": len(gold.rows), "held_out": folds}))


if __name__ == "__main__":
    main()
