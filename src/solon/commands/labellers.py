"""People and AI item by item: what each labeller is worth, and which pairs a person should label."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solon.commands.shared import Json, Out, Seed, finish, quarantine_beside, quarantine_file, row_counts
from solon.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solon.data import QuarantineWriter
    from solon.labellers.labels import Labelled
    from solon.labellers.worth import Compared
    from solon.records import Comparison, Preference, Ranking

app = typer.Typer()

Verdicts = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="verdicts of `judge run`, rankings of `rank`, any judged pairs")
]
PriceOf = Annotated[
    list[str] | None, typer.Option("--price-of", help="LABELLER=MONEY: of one label, where the rows do not tell")
]
Trust = Annotated[list[str] | None, typer.Option("--trust", help="a labeller taken at their word; may be repeated")]


@app.command()
def labellers(
    files: Verdicts,
    out: Annotated[Path | None, typer.Option("--out", help="one preference of all labels for every pair")] = None,
    price_of: PriceOf = None,
    trust: Trust = None,
    as_json: Json = False,
) -> None:
    """What each labeller is worth on pairs that several labelled: errors, taste for a place, price of a right label."""
    from solon.data import QuarantineWriter
    from solon.labellers.labels import gather
    from solon.labellers.worth import combined_preferences, compare_labellers
    from solon.store.records import write_records

    quarantine = QuarantineWriter(quarantine_file(out) if out else None)
    labelled = gather(_records(files, quarantine))
    found = compare_labellers(labelled, trusted=trust or (), prices=_prices(price_of))
    result = {
        "pairs": len(labelled.items), "labels": len(labelled.labels), "alpha": found.alpha,
        "identified": found.identified, "labellers": [one.model_dump() for one in found.worths],
        "kappas": [one.model_dump() for one in found.kappas], **row_counts(quarantine.counts),
    }  # fmt: skip
    if not as_json:
        _tell(found)
    if out is not None:
        count = write_records(out, combined_preferences(labelled, found.prob_first_N))
        finish({**result, "out": str(out)}, as_json, f"{count} preferences -> {out}")
        return
    for file, reason in quarantine.first_reason.items():
        print(f"{file}: {quarantine.counts[file].quarantined} rows could not be used; {reason}", file=sys.stderr)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))


@app.command("route")
def route_pairs(
    files: Verdicts,
    people: Annotated[list[Path], typer.Option("--people", help="people's labels of some of the pairs; repeatable")],
    budget: Annotated[float, typer.Option("--budget", min=0, help="money for further labels of people")],
    price: Annotated[float, typer.Option("--price", min=0, help="of one of their labels")],
    out: Out,
    labels: Annotated[Path, typer.Option("--labels", help="preferences of all other pairs, ready for training")],
    trust: Trust = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Spend a budget on the pairs where a person's label helps most: OUT is for `solon rank`, the most useful first."""
    from solon.commands.rows import ResponseRow
    from solon.labellers.labels import gather
    from solon.labellers.routing import route
    from solon.labellers.worth import combined_preferences
    from solon.records import Response
    from solon.store.records import write_records

    if not price or not math.isfinite(price) or not math.isfinite(budget):
        raise InputError("--price is what a label of a person costs: more than 0, and the budget is finite")
    quarantine = quarantine_beside(out)
    by_ai, by_people = _records(files, quarantine), _records(people, quarantine)
    labelled, names = gather([*by_ai, *by_people]), gather(by_people).labellers
    if mixed := [name for name in gather(by_ai).labellers if name in names]:
        raise InputError(f"{mixed[0]!r} stands in --people and among the AI's verdicts; give each file once")
    accuracy, how = _people_accuracy(labelled, names, trust or ())
    found = route(labelled, names, people_accuracy=accuracy, num_for_people=int(budget / price + 1e-9), seed=seed)
    unlabelled = set(range(len(labelled.items))) - {label.item for label in labelled.labels} - set(found.chosen)
    left_out = unlabelled | set(found.chosen)
    rows = [
        ResponseRow.of(Response(id=f"{pair.id}/{side}", prompt=pair.prompt, text=text, sampler="route"))
        for pair in (labelled.items[item] for item in found.chosen)
        for side, text in (("a", pair.response_a), ("b", pair.response_b))
    ]
    write_records(out, rows)
    kept = [math.nan if item in left_out else prob for item, prob in enumerate(found.prob_first_N.tolist())]
    count = write_records(labels, combined_preferences(labelled, kept))
    result = {
        "out": str(out), "for_people": len(found.chosen), "money": len(found.chosen) * price,
        "labels": str(labels), "kept": count, "without_label": len(unlabelled),
        "people_accuracy": accuracy, "people_accuracy_is": how, "expected_wrong": found.error,
        "expected_wrong_routed": found.error_routed, "expected_wrong_random": found.error_random,
        **row_counts(quarantine.counts),
    }  # fmt: skip
    finish(
        result, as_json,
        f"{len(found.chosen)} pairs for people -> {out}, {count} kept -> {labels}\nexpected wrong labels: "
        f"{found.error:.1f} now, {found.error_routed:.1f} with these of people, {found.error_random:.1f} at random "
        f"(people are right {accuracy:.3f} of the time: {how})",
    )  # fmt: skip


def _people_accuracy(labelled: Labelled, people: Sequence[str], trust: Sequence[str]) -> tuple[float, str]:
    """How often people are right, from all labels; where these cannot tell it, they are taken at their word."""
    from solon.labellers.routing import LEAST_ACCURATE, MOST_ACCURATE
    from solon.labellers.worth import compare_labellers

    compared = compare_labellers(labelled, trusted=trust)
    if not compared.identified or set(people) <= set(trust):
        return MOST_ACCURATE, "taken at their word"
    own = [one for one in compared.worths if one.labeller in people]
    mean = sum(one.accuracy * one.num_shared for one in own) / max(1, sum(one.num_shared for one in own))
    return min(max(mean, LEAST_ACCURATE), MOST_ACCURATE), "estimated from pairs of several labellers"


def _records(files: Sequence[Path], quarantine: QuarantineWriter) -> list[Comparison | Preference | Ranking]:
    from solon.data.comparisons import FORMS
    from solon.data.load import read_as
    from solon.data.quarantine import Unusable
    from solon.records import Comparison, Preference, Ranking, Record

    def accept(record: Record, name: str) -> Comparison | Preference | Ranking:
        if isinstance(record, Comparison | Preference | Ranking):
            return record
        raise Unusable(f"a {type(record).__name__} is no label of a pair")

    return [one for file in files for one in read_as(file, accept, quarantine, hint=FORMS)]


def _prices(given: Sequence[str] | None) -> dict[str, float]:
    prices = {}
    for one in given or ():
        name, equals, text = one.rpartition("=")
        try:
            prices[name] = float(text)
        except ValueError:
            equals = ""
        if not equals or not name or not math.isfinite(prices[name]) or prices[name] < 0:
            raise InputError(f"--price-of {one}: write LABELLER=MONEY, for example --price-of ann=1.5")
    return prices


def _tell(found: Compared) -> None:
    head = f"{'labeller':32}{'labels':>8}{'shared':>8}{'right':>8}{'95 % interval':>18}{'first':>8}"
    print(f"{head}{'price':>10}{'of a right one':>16}")
    for one in found.worths:
        name = one.labeller if len(one.labeller) <= 31 else f"{one.labeller[:28]}..."
        price, right = (f"{money:.4f}" if money is not None else "-" for money in (one.price, one.price_of_right))
        print(f"{name:32}{one.num_labels:8,}{one.num_shared:8,}{one.accuracy:8.3f}"
              f"{f'[{one.low:.3f}, {one.high:.3f}]':>18}{one.position_bias:+8.2f}{price:>10}{right:>16}")  # fmt: skip
    for pair in found.kappas:
        if pair.kappa is not None:
            print(f"kappa of {' and '.join(pair.labellers)}: {pair.kappa:.3f} on {pair.num_shared:,} pairs")
    if found.alpha is not None:
        print(f"Krippendorff's alpha of all: {found.alpha:.3f}")
    if not found.identified:
        print("two labellers alone do not tell whose error a disagreement is: these shares rest on the prior; let a "
              "third one label some pairs, or name one with --trust")  # fmt: skip
