"""Models beside each other from judged pairs: win rates, Elo, and who judged them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from solon.commands.shared import Json, Seed, finish, quarantine_file, row_counts
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.evaluation.games import Game
    from solon.records import Record

app = typer.Typer()

Ties = Literal["half", "davidson"]
_FEW = 3
"""Judges that are named one by one."""


@app.command()
def compare(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE|NAME=FILE...", help="judged pairs; or responses that NAME wrote, perhaps scored"),
    ],
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="measure the others against this model; else the one met by all")
    ] = None,
    ties: Annotated[Ties, typer.Option("--ties", help="half a win each, or a parameter of their own")] = "half",
    out: Annotated[Path | None, typer.Option("--out", help="all figures as JSON")] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Win rates of models, with and without the taste for length, and Elo, from people, judges or reward models."""
    from solon.commands.compare_rows import given_files, read_games
    from solon.data import QuarantineWriter
    from solon.evaluation.games import one_game_each
    from solon.store.records import write_json

    quarantine = QuarantineWriter(quarantine_file(out) if out else None)
    games = one_game_each(read_games(given_files(files), quarantine))
    result = {**_compared(games, baseline, ties, seed), **row_counts(quarantine.counts)}
    if not as_json:
        _tell(result)
    if out is not None:
        write_json(out, result)
        finish({**result, "out": str(out)}, as_json, f"all figures -> {out}")
        return
    for file, reason in quarantine.first_reason.items():
        print(f"{file}: {quarantine.counts[file].quarantined} rows could not be used; {reason}", file=sys.stderr)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))


def _compared(games: Sequence[Game], baseline: str | None, ties: Ties, seed: int) -> dict[str, Any]:
    from solon.evaluation.annotators import consensus
    from solon.evaluation.bradley_terry import elo, fit_strengths
    from solon.evaluation.games import swaps
    from solon.evaluation.win_rates import differences, win_rates

    if not games:
        raise InputError("these files hold no two models' responses to one prompt; give those of the same prompts")
    models = sorted({name for game in games for name in game[1:3]})
    if baseline is not None and baseline not in models:
        raise InputError(f"--baseline {baseline}: no such model; these are compared: {', '.join(models)}")
    baseline = baseline or _met_by_all(games, models)
    judges = sorted({game.judge for game in games})
    instrument = _names(judges)
    strengths = fit_strengths(games, ties=ties)
    ratings = elo(strengths, instrument=instrument, anchor=baseline)
    apart = differences(games, baseline, instrument=instrument, seed=seed) if baseline else []
    return {
        "games": len(games), "prompts": len({game.prompt for game in games}), "models": models, "judges": judges,
        "baseline": baseline,
        "against": _dumped(win_rates(games, baseline, instrument=instrument, seed=seed)), "differences": _dumped(apart),
        "elo": {model: metric.model_dump() for model, metric in ratings.items()}, "ties": ties,
        "log_nu": strengths.log_nu,
        "consensus": consensus(games, instrument=instrument, anchor=baseline).model_dump(),
        "swaps": _dumped(swaps(games)), **_agreement(games, judges),
    }  # fmt: skip


def _dumped(records: Sequence[Record]) -> list[dict[str, Any]]:
    return [one.model_dump() for one in records]


def _met_by_all(games: Sequence[Game], models: Sequence[str]) -> str | None:
    """The one model of three or more that plays in every game."""
    common = [model for model in models if all(model in game[1:3] for game in games)]
    return common[0] if len(models) > 2 and len(common) == 1 else None


def _agreement(games: Sequence[Game], judges: Sequence[str]) -> dict[str, Any]:
    from solon.labellers.agreement import kappa, krippendorff_alpha
    from solon.labellers.labels import labels_of_games

    labels = labels_of_games(games)
    kappas = []
    for one, other in combinations(judges, 2):
        value, shared = kappa(labels, one, other)
        if shared:
            kappas.append({"judges": [one, other], "kappa": value, "num_shared": shared})
    return {"alpha": krippendorff_alpha(labels), "alpha_ordinal": krippendorff_alpha(labels, ordinal=True),
            "kappas": kappas}  # fmt: skip


def _tell(result: Mapping[str, Any]) -> None:
    several = len(result["judges"]) > 1
    against = {one["model"]: one for one in result["against"]}
    print(f"{result['games']:,} games on {result['prompts']:,} prompts, judged by {_names(result['judges'])}; "
          f"win rates against {result['baseline'] or 'all others'}")  # fmt: skip
    head = f"{'model':28}{'games':>7}{'win rate %':>21}{'length-controlled':>21}{'ties':>7}{'chars':>7}{'Elo':>21}"
    print(head + (f"{'without tastes':>21}" if several else ""))
    for model, rating in sorted(result["elo"].items(), key=lambda item: -item[1]["value"]):
        one = against.get(model)
        cells = [_cell(one[name], 100) if one else "-" for name in ("win_rate", "length_controlled")]
        ties, chars = (f"{one['num_ties']:,}", f"{one['mean_length']:,.0f}") if one else ("-", "-")
        alike = f"{_cell(result['consensus']['elo'][model], 1):>21}" if several else ""
        print(f"{_short(model, 27):28}{rating['n']:7,}{cells[0]:>21}{cells[1]:>21}{ties:>7}{chars:>7}"
              f"{_cell(rating, 1):>21}{alike}")  # fmt: skip
    _tell_of_judges(result, several)


def _tell_of_judges(result: Mapping[str, Any], several: bool) -> None:
    if several:
        print(f"\n{'judge':28}{'games':>7}{'ties %':>8}{'for the first':>15}{'for length':>12}")
        for one in result["consensus"]["annotators"]:
            first = "-" if one["first_shown"] is None else f"{one['first_shown']:+.2f}"
            print(f"{_short(one['annotator'], 27):28}{one['num_games']:7,}{100 * one['tie_share']:8.1f}{first:>15}"
                  f"{one['length']:+12.2f}")  # fmt: skip
    else:
        first = result["consensus"]["first_shown"]
        side = "" if first is None else f" and {first:+.2f} nats for the response shown first"
        print(f"the judge's taste: {result['consensus']['length']:+.2f} nats for length{side}")
    for one in result["swaps"]:
        first = "" if one["first_of_flips"] is None else f", {one['first_of_flips']:.0%} to the one shown first"
        print(f"{one['judge']}: {one['num_flips']} of {one['num_pairs']} winners turned with the order{first}")
    for one in result["kappas"]:
        if one["kappa"] is not None and len(result["judges"]) <= _FEW:
            print(f"kappa of {' and '.join(one['judges'])}: {one['kappa']:.3f} on {one['num_shared']:,} pairs")
    if result["alpha"] is not None:
        print(f"Krippendorff's alpha of all: {result['alpha']:.3f}, with ties between the sides "
              f"{result['alpha_ordinal']:.3f}")  # fmt: skip


def _cell(metric: Mapping[str, Any], times: int) -> str:
    if metric["value"] is None:
        return "-"
    digits = 1 if times == 100 else 0
    value = f"{times * metric['value']:.{digits}f}"
    if metric["low"] is None:
        return value
    return f"{value} [{times * metric['low']:.{digits}f}, {times * metric['high']:.{digits}f}]"


def _names(judges: Sequence[str]) -> str:
    return ", ".join(judges) if len(judges) <= _FEW else f"{len(judges)} judges"


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 3]}..."
