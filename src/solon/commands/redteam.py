"""Red teaming: prompts after the example of others, prompts against a constitution, wrappers, dialogues.

solon redteam PROMPTS          as `solon redteam like PROMPTS`
solon redteam CONSTITUTION     as `solon redteam against CONSTITUTION`
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from solon.commands.shared import (
    A_CONSTITUTION,
    Engine,
    EngineSettings,
    Json,
    Out,
    Seed,
    Tokens,
    finish,
    open_constitution,
    open_engine,
    open_engines,
    progress,
    quarantine_beside,
    row_counts,
    write_unanswered,
)
from solon.shipped import shipped


class _ByWhatIsGiven(TyperGroup):
    """Finds the command where its name is left out: prompts are imitated, a constitution is tried."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in self.get_help_option_names(ctx):
            args = ["against" if _names_a_constitution(args) else "like", *args]
        return super().parse_args(ctx, args)


def _names_a_constitution(args: list[str]) -> bool:
    is_shipped = not Path(args[0]).exists() and shipped("constitutions", args[0]) is not None
    return is_shipped or any(word.endswith((".yaml", ".yml")) for word in args)


app = typer.Typer(
    cls=_ByWhatIsGiven,
    no_args_is_help=True,
    help="Write prompts that try a policy: `solon redteam PROMPTS` imitates them, `solon redteam CONSTITUTION.yaml` "
    "writes prompts against each principle.",
)

AgainstWhat = Annotated[str, typer.Argument(metavar="CONSTITUTION", help=A_CONSTITUTION)]


@app.command()
def like(
    seeds: Annotated[Path, typer.Argument(metavar="PROMPTS", help="JSONL of {id, prompt | messages}")],
    engine: Engine,
    out: Out,
    count: Annotated[int, typer.Option(min=1, help="prompts wanted")] = 100,
    examples_per_call: Annotated[int, typer.Option(help="seed prompts shown at once")] = 5,
    max_new_tokens: Tokens = 256,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write new red-team prompts after the example of given ones."""
    from solon.commands.rows import PromptRow
    from solon.data import read_prompts
    from solon.responses import write_red_team_prompts
    from solon.store.records import write_records

    quarantine = quarantine_beside(out)
    given = read_prompts(seeds, quarantine)
    with progress() as shown:
        written = write_red_team_prompts(
            given, open_engine(engine, engine_settings, out), count=count, seed=seed,
            examples_per_call=examples_per_call, max_new_tokens=max_new_tokens, progress=shown,
        )  # fmt: skip
    write_records(out, (PromptRow.of(prompt) for prompt in written.prompts))
    result = {"out": str(out), "prompts": len(written.prompts), "rejected": dict(written.rejected),
              **row_counts(quarantine.counts)}  # fmt: skip
    finish(result, as_json, f"{len(written.prompts)} prompts -> {out} (rejected: {dict(written.rejected)})")


@app.command()
def against(
    constitution: AgainstWhat,
    engine: Engine,
    out: Out,
    count: Annotated[int, typer.Option(min=1, help="pairs wanted for each principle")] = 10,
    judge: Annotated[
        str | None, typer.Option("--judge", help="an engine that confirms each pair: the prompt violates, the twin not")
    ] = None,
    seeds: Annotated[
        Path | None, typer.Option("--seeds", help="prompts that are there already: nothing like them is kept")
    ] = None,
    max_new_tokens: Tokens = 512,
    engine_settings: EngineSettings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """For each principle write prompts that try to have it broken, each with a twin that must not be refused."""
    from solon.commands.redteam_rows import confirm, diversity_rows, diversity_table, prompt_rows, write_beside
    from solon.constitution.targets import targets
    from solon.data import read_prompts
    from solon.judges.refusals import opens_with_refusal
    from solon.responses.attacks.pairs import mean_shared_words, write_attack_pairs
    from solon.store.records import write_records
    from solon.unanswered import Unanswered

    quarantine = quarantine_beside(out)
    aims = targets(open_constitution(constitution))
    given = read_prompts(seeds, quarantine) if seeds else []
    # Before anything is asked, so that a wrong address is told at once.
    writer, *confirmer = open_engines([engine, *([judge] if judge else [])], engine_settings, out)
    unanswered: list[Unanswered] = []
    with progress() as shown:
        written = write_attack_pairs(
            aims, writer, count=count, seed=seed, max_new_tokens=max_new_tokens,
            declines=opens_with_refusal, given=given, progress=shown, unanswered=unanswered,
        )  # fmt: skip
        pairs, rejected = written.pairs, written.rejected
        unscored = []
        if confirmer:
            confirmed = confirm(pairs, confirmer[0], seed=seed, progress=shown)
            pairs, rejected, unscored = confirmed.pairs, [*rejected, *confirmed.rejected], confirmed.unscored
    write_records(out, prompt_rows(pairs))
    write_beside(out, "rejected", rejected)
    write_beside(out, "unscored", unscored)
    figures = diversity_rows(pairs, seed=seed)
    categories = Counter(pair.target.category for pair in pairs)
    result = {
        "out": str(out), "pairs": len(pairs), "by_category": dict(categories),
        "short": {aim.id: found for aim in aims if (found := sum(one.target == aim for one in pairs)) < count},
        "rejected": dict(Counter(one.reason for one in rejected)), "unscored": len(unscored),
        **write_unanswered(out, unanswered), "shared_words": mean_shared_words(pairs),
        "diversity": [one.model_dump() for one in figures], **row_counts(quarantine.counts),
    }  # fmt: skip
    told = f"{len(pairs)} pairs against {len(aims)} principles -> {out} ({len(rejected)} prompts rejected"
    finish(result, as_json, f"{diversity_table(figures)}\n{told}, {len(unscored)} unscored)")
