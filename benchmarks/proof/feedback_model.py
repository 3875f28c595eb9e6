"""The model that judges: does it read its principle, has it no opinion elsewhere, can its probabilities be trusted?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.proof.claims import FEEDBACK, Claim, Verdict, judge
from benchmarks.proof.markdown import counts, number, table, with_interval
from benchmarks.proof.readings import Readings, over_seeds, read_run
from benchmarks.proof.study import Section, Study

from solon.evaluation.calibration import ReliabilityBin
from solon.records import Metric
from solon.store.records import read_records
from solon.store.run_folder import RunFolder

OTHERS = (
    ("ai_feedback", "position_consistency/unconcerned", "same answer in both orders where the principle is silent"),
    ("ai_feedback", "unscored", "pairs without a label"),
    ("revisions", "corrected", "critic: planted answers revised where the principle speaks against them"),
    ("revisions", "left_alone", "critic: answers left alone where it does not"),
    ("helpful_reward", "accuracy", "helpful reward model on held-out pairs"),
    ("helpful_reward", "ece", "its calibration error"),
    ("preference_model", "accuracy", "preference model on held-out pairs of people"),
    ("preference_model", "accuracy/ai_feedback", "preference model on held-out pairs of the judge"),
)


def make(study: Study) -> Section:
    """The gates of the main runs, as tables."""
    folders = [study.main_run(seed) for seed in study.seeds]
    runs = [read_run(folder) for folder in folders]
    body = "Tested before its labels train anything, on held-out requests with a known better answer.\n\n"
    body += claims_table(runs) + "\n**Beside it**\n\n" + others_table(runs)
    body += "\n**Reliability of the judge** (where the principle concerns the pair; all seeds together)\n\n"
    body += reliability_table([read_bins(folder) for folder in folders])
    return Section(body, verdicts(runs))


def verdicts(runs: Sequence[Readings]) -> list[Verdict]:
    """*Must show* on the judge."""
    return [judge(claim, over_seeds(runs, claim.stage, claim.metric)) for claim in FEEDBACK]


def claims_table(runs: Sequence[Readings]) -> str:
    """Each claim with what was found."""
    rows = [[*judge(claim, metric), counts(metric)] for claim, metric in _found(runs)]
    return table(["claim", "needed", "found", "verdict", "n"], rows)


def _found(runs: Sequence[Readings]) -> list[tuple[Claim, Metric | None]]:
    return [(claim, over_seeds(runs, claim.stage, claim.metric)) for claim in FEEDBACK]


def others_table(runs: Sequence[Readings]) -> str:
    """What the other models that give feedback reached on their own tests."""
    rows = []
    for stage, name, meaning in OTHERS:
        metric = over_seeds(runs, stage, name)
        rows.append([f"{stage}: {name}", meaning, with_interval(metric), counts(metric)])
    return table(["metric", "meaning", "found", "n"], rows)


def read_bins(run: Path) -> list[ReliabilityBin]:
    """The judge's reliability diagram in one run."""
    file = RunFolder.existing(run).stage("ai_feedback").path / "admission" / "reliability.jsonl"
    return list(read_records(file, ReliabilityBin)) if file.is_file() else []


def reliability_table(diagrams: Sequence[Sequence[ReliabilityBin]]) -> str:
    """Diagrams with the same bins as one: counts added, confidence and share right weighted by count."""
    rows = []
    for bins in zip(*diagrams, strict=True):
        filled = [one for one in bins if one.count]
        total = sum(one.count for one in filled)
        confidence = sum(one.count * (one.confidence or 0.0) for one in filled) / total if total else None
        right = sum(one.count * (one.accuracy or 0.0) for one in filled) / total if total else None
        edges = f"{bins[0].low:.2f} to {bins[0].high:.2f}"
        rows.append([edges, str(total), number(confidence) if total else "", number(right) if total else ""])
    return table(["confidence", "pairs", "mean confidence", "share right"], rows)
