"""Deliberative alignment on files: `solon deliberate`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from solon.commands.shared import (
    Assignments,
    ConstitutionAddress,
    Engine,
    EngineSettings,
    Json,
    Out,
    Part,
    Seed,
    config_from,
    finish,
    open_constitution,
    open_engine,
    part_of,
    progress,
    quarantine_beside,
    row_counts,
    write_unanswered,
)
from solon.commands.steps import Prompts
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.constitution import Constitution
    from solon.deliberation import Deliberation
    from solon.records import Prompt

app = typer.Typer()

Judge = Annotated[str, typer.Option("--judge", help="who scores reasoning and answer: an address as of --engine")]
ByCategory = Annotated[
    bool, typer.Option("--by-category", help="show each prompt only what carries its `category` as a tag")
]
Thinking = Annotated[
    Literal["field", "text", "none"],
    typer.Option(
        "--thinking",
        help="where the reasoning goes: the message's `thinking`, for which the chat template must have a place; "
        "between <think> tags before the answer; or nowhere",
    ),
]


@app.command()
def deliberate(
    prompts: Prompts,
    engine: Engine,
    judge: Judge,
    constitution: ConstitutionAddress,
    out: Out,
    by_category: ByCategory = False,
    thinking: Thinking = "field",
    assignments: Assignments = None,
    engine_settings: EngineSettings = None,
    part: Part = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Reason under the principles, answer, and keep what a judge finds right: rows for `train sft` without them.

    The rest is in OUT.rejected.jsonl, each with its reason; --set changes DeliberationConfig.
    """
    from solon.data import read_prompts
    from solon.deliberation import DeliberationConfig, demonstration_of
    from solon.deliberation import deliberate as attempts_of
    from solon.store.records import write_records
    from solon.unanswered import Unanswered

    quarantine = quarantine_beside(out)
    config = config_from(DeliberationConfig, assignments)
    loaded = open_constitution(constitution)
    asked = part_of(read_prompts(prompts, quarantine), part)
    parts = _parts_of(asked, loaded) if by_category else {}
    model = open_engine(engine, engine_settings, out)
    judging = model if judge == engine else open_engine(judge, engine_settings, out)
    unanswered: list[Unanswered] = []
    with progress() as shown:
        made = list(
            attempts_of(
                asked, loaded, model, judging, config, seed=seed, name=engine, judge_name=judge, parts=parts,
                progress=shown, unanswered=unanswered,
            )
        )  # fmt: skip
    kept = [one for one in made if one.status == "kept"]
    write_records(out, (demonstration_of(one, thinking) for one in kept))
    write_records(out.with_name(f"{out.name}.rejected.jsonl"), (one for one in made if one.status != "kept"))
    told = {
        "out": str(out),
        **_counts(made),
        "prompts": len(asked),
        "prompts_without": len(asked) - len({one.prompt.id for one in kept}),
        **({"read_a_part": len(parts)} if by_category else {}),
        **write_unanswered(out, unanswered),
        **row_counts(quarantine.counts),
    }
    line = (
        f"{len(kept)} of {len(made)} attempts kept, {told['prompts_without']} of {len(asked)} prompts without -> {out}"
    )
    finish(told, as_json, f"{line}\n{told['reasons']}")


def _parts_of(prompts: Sequence[Prompt], constitution: Constitution) -> dict[str, Constitution]:
    """Prompt id -> what of the constitution carries the prompt's category as a tag; nothing for prompts without.

    Raises:
        InputError: no prompt has a category that is a tag, so the whole constitution would be shown to all.
    """
    from solon.constitution import only_tag

    found: dict[str, Constitution | None] = {}
    for category in {prompt.labels["category"] for prompt in prompts if "category" in prompt.labels}:
        try:
            found[category] = only_tag(constitution, category)
        except InputError:
            found[category] = None
    parts = {prompt.id: found.get(prompt.labels.get("category", "")) for prompt in prompts}
    of_prompts = {name: part for name, part in parts.items() if part is not None}
    if not of_prompts:
        raise InputError(
            f"--by-category: no prompt has a `category` that is a tag in constitution `{constitution.id}`; the "
            f"categories are {sorted(found)}. Tag the principles so, or leave the option out."
        )
    return of_prompts


def _counts(made: Sequence[Deliberation]) -> Mapping[str, object]:
    """How many attempts became what, and why."""
    statuses = Counter(one.status for one in made)
    reasons = Counter(one.reason.partition(":")[0] for one in made if one.status != "kept")
    return {
        "attempts": len(made),
        **{status: statuses[status] for status in ("kept", "outdone", "rejected", "unscored")},
        "reasons": dict(reasons),
    }
