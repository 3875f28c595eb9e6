"""Makes every table of docs/results.md. Resumable: a finished run is kept, and runs share stages through the cache.

    python -m benchmarks.proof
    python -m benchmarks.proof --only policies long

A part's section is kept in the study's folder, so that `--only` renews some and leaves the others in the document.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.proof import (
    added,
    beta_zero,
    constitutions,
    feedback_model,
    hacking,
    long_run,
    matrix,
    orders,
    policies,
    programs,
    variants,
)
from benchmarks.proof import self_correction as correction
from benchmarks.proof.document import read_sections, write_document, write_section
from benchmarks.proof.study import Section, Study, provenance

from solon.errors import SolonError
from solon.terminal import TerminalProgress

PARTS: dict[str, tuple[str, Callable[[Study], Section]]] = {
    "policies": ("Every policy on held-out prompts", policies.make),
    "feedback": ("The feedback model", feedback_model.make),
    "constitution": ("The constitution decides", constitutions.make),
    "matrix": ("The ablation matrix", matrix.make),
    "added": ("An added principle", added.make),
    "variants": ("Critique and revision, three ways", variants.make),
    "shuffled": ("The text decides, not its id", constitutions.make_shuffled),
    "hacking": ("Reward hacking under an ablated constitution", hacking.make),
    "self_correction": ("Self-correction", correction.make),
    "orders": ("The other order: AI feedback first, revisions last", orders.make),
    "long": ("Thousands of PPO updates", long_run.make),
    "beta_zero": ("PPO without a KL penalty", beta_zero.make),
    "kill": ("Killed and resumed", programs.make_kill),
    "cost": ("Time and memory", programs.make_cost),
}
"""Name -> title and what makes it, in the order of the document."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the parts that are asked for; 1 where one failed (the others are still made)."""
    given = parser().parse_args(arguments)
    out, failed = Path(given.out), []
    with TerminalProgress() as progress:
        study = Study(
            recipe=given.recipe, seeds=tuple(given.seeds), prompts=given.prompts, folder=Path(given.folder),
            figures=out.parent / "figures", progress=progress, overrides=tuple(given.set),
        )  # fmt: skip
        threads = study.base_recipe().threads
        for name in PARTS if given.only is None else given.only:
            title, make = PARTS[name]
            progress.say(f"=== {name}: {title}")
            try:
                section = make(study)
            except SolonError as error:
                progress.say(f"{name} failed: {error}")
                failed.append(name)
                continue
            origin = provenance(command_line(given, name), study.seeds, study.prompts, threads)
            write_section(study.folder, name, section, origin)
            write_document(out, {key: title for key, (title, _) in PARTS.items()}, read_sections(study.folder, PARTS))
            progress.say(f"{name}: in {out}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.proof", description="Makes the tables of docs/results.md")
    made.add_argument(
        "--seeds", type=int, nargs="+", default=[16, 17, 18], help="of the runs; the long ones take the first"
    )
    made.add_argument("--only", nargs="+", choices=list(PARTS), metavar="NAME", help=f"some of: {', '.join(PARTS)}")
    made.add_argument("--prompts", type=int, default=2001, help="held-out prompts of each kind")
    made.add_argument("--out", default="docs/results.md", help="the document; its figures go beside it")
    made.add_argument("--recipe", default="quickstart", help="the recipe of all parts but the long runs")
    made.add_argument("--folder", default="runs/proof", help="where runs and finished sections are")
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for every run; may be repeated")
    return made


def command_line(given: argparse.Namespace, part: str) -> str:
    """The command that makes one part again."""
    words = ["python", "-m", "benchmarks.proof", "--only", part, "--seeds", *map(str, given.seeds)]
    words += ["--prompts", str(given.prompts)]
    if given.recipe != "quickstart":
        words += ["--recipe", given.recipe]
    for assignment in given.set:
        words += ["--set", assignment]
    return shlex.join(words)


if __name__ == "__main__":
    sys.exit(main())
