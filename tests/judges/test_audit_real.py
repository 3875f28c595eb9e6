"""Scripted judges through the audit on every published set it reads."""

from collections.abc import Mapping

import pytest
from benchmarks.scripted_judges import (
    always_first,
    choice_oracle,
    declining,
    longer,
    obedient,
    pair_oracle,
    response_oracle,
)
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.data.quarantine import QuarantineWriter
from solon.judges.admission import AdmissionThresholds, admit
from solon.judges.audit import AuditReport
from solon.judges.auditing import TextAsker, run_audit
from solon.judges.formats.classes import RefusalClasses
from solon.judges.formats.mt_bench import MTBenchPairwise
from solon.judges.formats.prometheus import PrometheusAbsolute
from solon.judges.labelled import LabelledSet
from solon.judges.labelled_sets import read_labelled
from solon.stages.option_asker import OptionAsker

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIP_REASON)

# Cases and of them decided, counted from the files: rows with two equal responses, or without text, are left out.
PAIR_FILES = {
    "auto_j/testdata_pairwise": (670, 499),
    "pandalm/testset_v1": (476, 432),
    "llmbar/adversarial_gptinst": (47, 47),
    "llmbar/adversarial_gptout": (22, 22),
    "llmbar/adversarial_manual": (26, 26),
    "llmbar/adversarial_neighbor": (72, 72),
    "llmbar/natural": (55, 55),
    "llmbar/processed_faireval": (37, 37),
    "llmbar/processed_llmeval2": (94, 94),
    "llmbar/processed_mt_bench": (90, 90),
    "judgebench/claude_3_5_sonnet": (134, 134),
    "judgebench/gpt_4o": (174, 174),
    "cai_evals/438HHHEvaluations": (238, 238),
}
CHOICE_FILES = {"cai_evals/HarmfulVsEthical": 137, "cai_evals/HarmfulnessClassification": 141}
SCORE_FILES = {"mt_bench_scores/mt_bench_eval": 140, "mt_bench_scores/vicuna_eval": 164}


def labelled(name: str) -> LabelledSet:
    return read_labelled(FOLDER / f"{name}.jsonl.gz", QuarantineWriter(None), seed=0)


def shown(report: AuditReport) -> Mapping[str, float | None]:
    names = ("accuracy", "agreement", "kappa", "consistency", "position_bias", "planted_resistance", "refused")
    return {name: report.metrics[name].value for name in names if name in report.metrics}


def perfect(report: AuditReport) -> None:
    right = {"accuracy": 1.0, "agreement": 1.0, "kappa": 1.0, "consistency": 1.0, "position_bias": 0.0}
    found = shown(report)
    assert {name: found[name] for name in right if name in found} == {n: v for n, v in right.items() if n in found}
    assert (found["planted_resistance"], found["refused"]) == (1.0, 0.0)
    assert admit(report, AdmissionThresholds()) == []


@pytest.mark.parametrize("name", PAIR_FILES)
def test_an_oracle_is_right_about_every_pair_by_text_and_by_options(name: str) -> None:
    of_file, form = labelled(name), MTBenchPairwise()
    engine = pair_oracle(of_file, form)
    for asker in (TextAsker(engine, seed=0, of_pairs=form), OptionAsker(engine, None, name="o", seed=0, progress=None)):
        report = run_audit(of_file, asker, seed=0).report
        perfect(report)
        assert (report.cases, report.metrics["accuracy"].n) == PAIR_FILES[name]


@pytest.mark.parametrize("name", CHOICE_FILES)
def test_an_oracle_is_right_about_every_question_by_text_and_by_options(name: str) -> None:
    of_file = labelled(name)
    engine = choice_oracle(of_file)
    for asker in (TextAsker(engine, seed=0), OptionAsker(engine, None, name="o", seed=0, progress=None)):
        report = run_audit(of_file, asker, seed=0).report
        perfect(report)
        assert report.cases == CHOICE_FILES[name]


@pytest.mark.parametrize("name", SCORE_FILES)
def test_an_oracle_is_right_about_every_score(name: str) -> None:
    of_file, form = labelled(name), PrometheusAbsolute()
    engine = response_oracle(of_file, form, "Feedback: so it is. [RESULT] {}")
    report = run_audit(of_file, TextAsker(engine, seed=0, of_responses=form, scale=form.scale), seed=0).report
    perfect(report)
    assert (report.cases, report.kind) == (SCORE_FILES[name], "scores")


def test_an_oracle_is_right_about_every_class_of_refusal() -> None:
    of_file, form = labelled("xstest/xstest_v2_completions_llama2orig_gpteval"), RefusalClasses()
    engine = response_oracle(of_file, form, "{}")
    report = run_audit(of_file, TextAsker(engine, seed=0, of_responses=form), seed=0).report
    assert (report.metrics["accuracy"].value, report.cases, report.kind) == (1.0, 234, "classes")
    assert admit(report, AdmissionThresholds()) == []


def test_a_judge_that_always_says_a_is_refused_for_its_position_bias() -> None:
    of_file = labelled("llmbar/natural")
    engine = always_first(of_file, MTBenchPairwise())
    report = run_audit(of_file, TextAsker(engine, seed=0, of_pairs=MTBenchPairwise()), seed=0).report
    assert (report.metrics["position_bias"].value, report.metrics["first_of_flips"].value) == (1.0, 1.0)
    assert (report.metrics["consistency"].value, report.metrics["accuracy"].value) == (0.0, 0.0)
    failures = admit(report, AdmissionThresholds())
    missed = [line.split()[0] for line in failures]
    assert missed == ["accuracy", "kappa", "consistency", "position_bias"]
    assert failures[3].startswith("position_bias 1.000 (0.9")
    assert failures[3].endswith("is not within 0.1 of 0: ask in both orders, or use another judge or format")


def test_a_judge_that_prefers_the_longer_is_refused_for_its_length_bias() -> None:
    of_file, form = labelled("llmbar/natural"), MTBenchPairwise()
    asker = TextAsker(longer(of_file, form), seed=0, of_pairs=form)
    report = run_audit(of_file, asker, seed=0).report
    assert report.metrics["length_bias"].value == 1.0
    assert (report.metrics["consistency"].value, report.metrics["position_bias"].value) == (1.0, 0.0)
    # A planted line makes a response longer, so that this judge moves without reading it.
    missed = [line.split()[0] for line in admit(report, AdmissionThresholds())]
    assert missed == ["accuracy", "kappa", "length_bias", "planted_resistance"]


def test_a_judge_that_obeys_planted_instructions_is_refused_for_that_alone() -> None:
    of_file, form = labelled("llmbar/natural"), MTBenchPairwise()
    report = run_audit(of_file, TextAsker(obedient(of_file, form), seed=0, of_pairs=form), seed=0).report
    assert (report.metrics["accuracy"].value, report.metrics["planted_resistance"].value) == (1.0, 0.0)
    (failure,) = admit(report, AdmissionThresholds())
    assert failure.startswith("planted_resistance 0.000")
    assert "instruction 0.000 of " in failure and "delimiter 0.000 of " in failure and "verdict 0.000 of " in failure


def test_a_judge_that_declines_harmful_pairs_shows_it_by_category_and_loses_no_accuracy_by_it() -> None:
    of_file = labelled("cai_evals/HarmfulnessClassification")
    engine = declining(of_file, frozenset({"Theft", "Violence or Incitement"}))
    report = run_audit(of_file, TextAsker(engine, seed=0), seed=0).report
    # 15 are of theft, 22 of violence: 37 of 141.
    assert report.metrics["refused"].value == pytest.approx(37 / 141)
    assert (report.metrics["refused/Theft"].value, report.metrics["refused/Adult Content"].value) == (1.0, 0.0)
    assert (report.metrics["accuracy"].value, report.metrics["accuracy"].n) == (1.0, 104)
    assert report.metrics["accuracy_worst"].value == pytest.approx(104 / 141)
    (failure,) = admit(report, AdmissionThresholds())
    assert failure.startswith("refused 0.262")
    assert "by part: Violence or Incitement 1.000 of 22, Theft 1.000 of 15: use another judge, or people" in failure
