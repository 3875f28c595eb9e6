"""`solon findings`: published findings, run again on the embedded world."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from solon.commands.shared import Assignments, Json, finish, progress

app = typer.Typer(no_args_is_help=True)

REPORTED, QUICK = (100, 101, 102), (100,)
"""Seeds that tuned nothing."""


@app.command("list")
def list_findings(as_json: Json = False) -> None:
    """The findings: name, what was published, and the settings that `run --set` changes."""
    from solon.findings.catalogue import FINDINGS

    if as_json:
        told = [
            {
                "name": one.name,
                "title": one.title,
                "source": one.source,
                "settings": one.settings.model_dump(mode="json"),
            }
            for one in FINDINGS
        ]
        print(json.dumps({"findings": told}))
        return
    for one in FINDINGS:
        print(f"{one.name:24} {one.title} ({one.source})")
        for key, field in type(one.settings).model_fields.items():
            print(f"{'':26}{key}={json.dumps(one.settings.model_dump(mode='json')[key])}  {field.description or ''}")


@app.command("run")
def run_findings(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="of `findings list`")] = None,
    everything: Annotated[bool, typer.Option("--all", help="all findings")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="smaller experiments, and one seed unless told")] = False,
    seeds: Annotated[str | None, typer.Option(help="seeds, with commas; 100,101,102 unless told")] = None,
    to: Annotated[Path, typer.Option("--to", help="results and the page; finished work there is kept")] = Path(
        "runs/findings"
    ),
    assignments: Assignments = None,
    chain: Annotated[
        list[str] | None, typer.Option("--chain", metavar="KEY=VALUE", help="a key of the chains' recipe")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="experiments at once, a thread each")] = 2,
    as_json: Json = False,
) -> None:
    """Run findings and hold their shapes against what was measured. A key given to --set twice or more is swept."""
    from solon.errors import InputError
    from solon.findings.catalogue import FINDINGS, find
    from solon.findings.page import write_findings
    from solon.findings.run import run_experiments
    from solon.findings.settings import experiments_of

    if everything == bool(names):
        raise InputError("name some findings, or give --all; the names: solon findings list")
    if assignments and (everything or len(names or ()) > 1):
        raise InputError("--set changes the settings of one finding; name that one. Of all chains: --chain KEY=VALUE")
    chosen = FINDINGS if everything else tuple(find(name) for name in dict.fromkeys(names or ()))
    experiments = [made for one in chosen for made in experiments_of(one, assignments or (), quick=quick)]
    with progress() as shown:
        found = run_experiments(
            experiments,
            seeds=_seeds(seeds) if seeds else QUICK if quick else REPORTED,
            to=to / "quick" if quick else to,
            overrides=(*(QUICK_CHAIN if quick else CHAIN), *(chain or ())),
            processes=processes,
            progress=shown,
        )
    told = write_findings(found, to / "quick" if quick else to, command=shlex.join(["solon", *sys.argv[1:]]))
    for one in found:
        for failure in one.failures:
            print(f"failed: {failure}", file=sys.stderr)
    for one in found if not as_json else ():
        print(f"{'reproduced' if one.reproduced else 'not reproduced':15} {one.experiment.name}")
        for outcome in one.outcomes:
            print(f"{'':17}{'holds' if outcome.holds else 'does not hold':14} {outcome.claim} ({outcome.found})")
    finish(told, as_json, f"{told['reproduced']} of {len(found)} reproduced; page: {told['page']}")
    if any(one.failures for one in found):
        raise typer.Exit(1)


CHAIN = ("evaluation.prompts=300",)
QUICK_CHAIN = (
    "evaluation.prompts=120", "evaluation.compared_prompts=120", "evaluation.probes=200", "rl_cai.num_steps=14",
    "sl_cai.helpful_prompts=1500", "revisions.prompts=800", "preference_model.prompts=800",
)  # fmt: skip


def _seeds(text: str) -> tuple[int, ...]:
    from solon.errors import InputError

    try:
        seeds = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--seeds {text}: whole numbers with commas, for example --seeds 100,101,102") from None
    if min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise InputError(f"--seeds {text}: numbers from 0, each once")
    return seeds
