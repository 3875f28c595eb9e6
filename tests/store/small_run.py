"""A run directory of a few records, written by hand."""

from pathlib import Path

import pyarrow
from pyarrow import parquet

from solon.records import Check, Comparison, Preference, PrincipleUsed, Prompt, Ranking, Revision, user
from solon.report.read import SampledResponse
from solon.store.lineage import Machine, Manifest, write_manifest
from solon.store.records import write_records

MACHINE = Machine(
    solon="1", python="3", torch="2", transformers="5", platform="Linux", threads=1, commit=None, dirty=None
)  # fmt: skip


def asked(name: str, category: str) -> Prompt:
    labels = {"kind": "harmful", "category": category}
    return Prompt(id=name, messages=(user("hello"), user(f"ask {name}")), labels=labels)


THEFT, FRAUD = asked("t1", "theft"), asked("f1", "fraud")


def stage(run: Path, number: int, name: str, *parents: str) -> Path:
    folder = run / f"{number}-{name}"
    folder.mkdir(parents=True)
    made = Manifest(
        name=name, key=f"k{number}", hash=f"h{number}", parents={parent: "h" for parent in parents}, settings={},
        seed=7, stage_version=1, seconds=float(number), machine=MACHINE,
    )  # fmt: skip
    write_manifest(folder, made)
    return folder


def revision(prompt: Prompt, round: int, principle: str | None, *, changed: bool) -> Revision:
    return Revision(
        prompt=prompt, round=round, text=f"text {round}", critique="it helps" if round else None, changed=changed,
        principle_id=principle, principle_hash=principle and f"hash of {principle}",
    )  # fmt: skip


def preference(prompt: Prompt, draw: int, prob_a: float | None, *principles: str) -> Preference:
    comparison = Comparison(id=f"{prompt.id}/{draw}", prompt=prompt, response_a="a", response_b="b", draw=draw)
    used = tuple(PrincipleUsed(id=one, hash=f"hash of {one}") for one in principles)
    one = used[0] if len(used) == 1 else None
    return Preference(
        comparison=comparison, prob_a=prob_a, source="judge", status="unscored" if prob_a is None else "scored",
        principle_id=one and one.id, principle_hash=one and one.hash, principles=used if len(used) > 1 else (),
    )  # fmt: skip


def small_run(run: Path) -> Path:
    """Two policies, revisions of two prompts, four preferences, one ranking, three calls."""
    run.mkdir()
    (run / "recipe.yaml").write_text("name: small\n")
    for number, name, harmful in ((2, "sft", True), (10, "rl_cai", False)):
        folder = stage(run, number, name)
        check = Check(well_formed=True, harmful=harmful, refusal=not harmful)
        rows = [SampledResponse(prompt=one, response="no", check=check) for one in (THEFT, FRAUD)]
        write_records(folder / "evaluation" / "samples.jsonl", rows)
    revisions = [revision(THEFT, 0, None, changed=False), revision(THEFT, 1, "honesty", changed=False),
                 revision(THEFT, 2, "law", changed=True), revision(FRAUD, 0, None, changed=False),
                 revision(FRAUD, 1, "law", changed=False)]  # fmt: skip
    write_records(stage(run, 3, "revisions", "sft") / "revisions.jsonl", revisions)
    preferences = [preference(THEFT, 0, 0.9, "law"), preference(THEFT, 1, 0.45, "law"),
                   preference(FRAUD, 0, None, "honesty"), preference(FRAUD, 1, 0.4, "law", "honesty")]  # fmt: skip
    write_records(stage(run, 4, "ai_feedback", "revisions") / "preferences.jsonl", preferences)
    ranking = Ranking(id="r", prompt=THEFT, responses=("a", "b"), ranks=(0, 1), rater="ann")
    write_records(stage(run, 5, "preference_model", "ai_feedback") / "rankings.jsonl", [ranking])
    call = {"work": "w", "stage": "ai_feedback", "engine": "judge", "outcome": "done", "num_prompt_tokens": 2,
            "num_tokens": 3, "price": 0.5}  # fmt: skip
    (run / "ledger").mkdir()
    parquet.write_table(pyarrow.Table.from_pylist([call] * 3), run / "ledger" / "ai_feedback.parquet")
    return run
