"""Does the audit admit a judge that is right, and refuse each known flaw for what it is?

    SOLON_DATA=../shared python benchmarks/judge_audits.py

Scripted judges on the published sets: one that knows what people said is asked on every set, by text and by
log-probabilities; one that prefers what stands first, one that prefers the longer, one that does what planted lines ask
for, and one that declines some categories, each on one set. The last line is JSON: `ours` are the outcomes as expected.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.scripted_judges import (
    Scripted,
    always_first,
    choice_oracle,
    declining,
    longer,
    obedient,
    pair_oracle,
    response_oracle,
)

from solon.data.quarantine import QuarantineWriter
from solon.judges.admission import AdmissionThresholds, admit
from solon.judges.audit import AuditReport
from solon.judges.auditing import Asker, TextAsker, run_audit
from solon.judges.formats.classes import RefusalClasses
from solon.judges.formats.mt_bench import MTBenchPairwise
from solon.judges.formats.prometheus import PrometheusAbsolute
from solon.judges.labelled import LabelledSet
from solon.judges.labelled_sets import read_labelled
from solon.stages.option_asker import OptionAsker

PAIR_FILES = (
    "auto_j/testdata_pairwise", "pandalm/testset_v1", "llmbar/natural", "llmbar/adversarial_neighbor",
    "llmbar/adversarial_gptinst", "llmbar/adversarial_gptout", "llmbar/adversarial_manual",
    "llmbar/processed_faireval", "llmbar/processed_llmeval2", "llmbar/processed_mt_bench",
    "judgebench/claude_3_5_sonnet", "judgebench/gpt_4o", "cai_evals/438HHHEvaluations",
)  # fmt: skip
CHOICE_FILES = ("cai_evals/HarmfulVsEthical", "cai_evals/HarmfulnessClassification")
SCORE_FILES = ("mt_bench_scores/mt_bench_eval", "mt_bench_scores/vicuna_eval")
CLASS_FILES = ("xstest/xstest_v2_completions_llama2orig_gpteval",)
FLAWED_ON = "llmbar/processed_llmeval2"
DECLINED = frozenset({"Theft", "Violence or Incitement"})
SHOWN = ("accuracy", "kappa", "consistency", "position_bias", "length_bias", "planted_resistance", "refused")

PAIRWISE, ABSOLUTE, CLASSES = MTBenchPairwise(), PrometheusAbsolute(), RefusalClasses()


class Outcome(NamedTuple):
    """What one judge came to."""

    judge: str
    file: str
    report: AuditReport
    failures: list[str]
    expected: str
    """The figure that must be among those it is refused for; empty for a judge to be admitted."""

    @property
    def as_expected(self) -> bool:
        """Whether it was admitted, or refused for the flaw it has."""
        missed = {failure.split()[0] for failure in self.failures}
        return self.expected in missed if self.expected else not missed


def oracles(folder: Path) -> list[Outcome]:
    """The judge that knows, on every set."""
    found = []
    for name in PAIR_FILES:
        labelled = read(folder, name)
        engine = pair_oracle(labelled, PAIRWISE)
        found.append(outcome("oracle, text", name, labelled, TextAsker(engine, seed=0, of_pairs=PAIRWISE)))
        found.append(outcome("oracle, options", name, labelled, by_options(engine)))
    for name in CHOICE_FILES:
        labelled = read(folder, name)
        engine = choice_oracle(labelled)
        found.append(outcome("oracle, text", name, labelled, TextAsker(engine, seed=0)))
        found.append(outcome("oracle, options", name, labelled, by_options(engine)))
    for name in SCORE_FILES:
        labelled = read(folder, name)
        engine = response_oracle(labelled, ABSOLUTE, "Feedback: so it is. [RESULT] {}")
        asker = TextAsker(engine, seed=0, of_responses=ABSOLUTE, scale=ABSOLUTE.scale)
        found.append(outcome("oracle, text", name, labelled, asker))
    for name in CLASS_FILES:
        labelled = read(folder, name)
        engine = response_oracle(labelled, CLASSES, "{}")
        found.append(outcome("oracle, text", name, labelled, TextAsker(engine, seed=0, of_responses=CLASSES)))
    return found


def flawed(folder: Path) -> list[Outcome]:
    """The judges with one flaw each."""
    labelled = read(folder, FLAWED_ON)
    judges = (
        ("always the first", always_first, "position_bias"), ("the longer", longer, "length_bias"),
        ("obeys planted lines", obedient, "planted_resistance"),
    )  # fmt: skip
    found = [
        outcome(name, FLAWED_ON, labelled, TextAsker(make(labelled, PAIRWISE), seed=0, of_pairs=PAIRWISE), expected)
        for name, make, expected in judges
    ]
    choices = read(folder, CHOICE_FILES[1])
    asker = TextAsker(declining(choices, DECLINED), seed=0)
    return [*found, outcome("declines two categories", CHOICE_FILES[1], choices, asker, "refused")]


def read(folder: Path, name: str) -> LabelledSet:
    """The cases of a set."""
    return read_labelled(folder / f"{name}.jsonl.gz", QuarantineWriter(None), seed=0)


def by_options(engine: Scripted) -> OptionAsker:
    """A scripted judge asked by log-probabilities."""
    return OptionAsker(engine, None, name="scripted", seed=0, progress=None)


def outcome(judge: str, file: str, labelled: LabelledSet, asker: Asker, expected: str = "") -> Outcome:
    """Audit one judge on one set."""
    report = run_audit(labelled, asker, seed=0).report
    return Outcome(judge, file, report, admit(report, AdmissionThresholds()), expected)


def print_table(outcomes: Sequence[Outcome]) -> None:
    """One row for each judge and set."""
    print(f"| judge | set | cases | {' | '.join(SHOWN)} | outcome |")
    print("| --- | --- | ---: | " + "---: | " * len(SHOWN) + "--- |")
    for one in outcomes:
        metrics = [one.report.metrics.get(name) for name in SHOWN]
        values = ["" if metric is None or metric.value is None else f"{metric.value:.2f}" for metric in metrics]
        told = f"refused: {', '.join(line.split()[0] for line in one.failures)}" if one.failures else "admitted"
        print(f"| {one.judge} | {one.file} | {one.report.cases} | {' | '.join(values)} | {told} |")


def main() -> None:
    """Print the table, the reasons of refusal, and the JSON line."""
    folder = Path(os.environ.get("SOLON_DATA") or "../shared") / "data"
    outcomes = [*oracles(folder), *flawed(folder)]
    print_table(outcomes)
    for one in outcomes:
        for failure in one.failures:
            print(f"{one.judge}: {failure}")
    right = sum(one.as_expected for one in outcomes)
    told = {"name": "judge_audits", "ours": right, "peer": len(outcomes), "ratio": right / len(outcomes), "goal": 1.0}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
