"""How stages are tested: policies on held-out prompts, reward models on held-out pairs, judge and critic on probes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from solon.constitution import Constitution
from solon.critiques import RevisionConfig, self_correct
from solon.evaluation.calibration import accuracy_metrics, judge_metrics, reliability, unclamped_prob
from solon.evaluation.intervals import rate
from solon.evaluation.rates import harmful_by_round, rates, template
from solon.interfaces import Probe, PromptResponse, Sampler, Source
from solon.preferences import label_probes, reading_gate
from solon.progress import Progress
from solon.records import Metric, Prompt, Revision
from solon.report.read import SampledResponse
from solon.responses import sample_responses
from solon.stage import Findings, StageRun
from solon.stages.auditing import audit_judge
from solon.stages.fitting import fitting_prompts
from solon.stages.opening import open_engine, open_engines, open_policy
from solon.store.records import read_records, write_records
from solon.training.heldout import HeldOutPair

NO_PROBES = "{who}: the source knows no comparisons with a known answer under a principle, so nothing was tested"


def evaluate_policy(run: StageRun) -> Findings:
    """Answers to held-out prompts, kept, and the rates that the checker finds; no rates where there is no checker."""
    settings, model = run.recipe.evaluation, open_policy(run, run.name)
    prompts = fitting_prompts(run, model, run.source.evaluation_prompts(settings.prompts), settings.max_new_tokens)
    samples = answer_and_check(
        run.source,
        prompts,
        open_engine(run, run.name, model),
        name=run.name,
        seed=run.seed,
        max_new_tokens=settings.max_new_tokens,
        progress=run.progress,
    )
    write_records(run.folder / "samples.jsonl", samples)
    checked = [(sample.prompt, sample.check) for sample in samples if sample.check is not None]
    return Findings(rates(checked) if checked else {})


def answer_and_check(
    source: Source,
    prompts: Sequence[Prompt],
    engine: Sampler,
    *,
    name: str,
    seed: int,
    max_new_tokens: int,
    progress: Progress,
) -> list[SampledResponse]:
    """One seeded answer at temperature 1 to every prompt, and what the source's checker, if any, says of it."""
    checker = source.checker()
    responses = sample_responses(
        prompts,
        engine,
        name=name,
        seed=seed,
        max_new_tokens=max_new_tokens,
        progress=progress,
    )
    return [
        SampledResponse(
            prompt=response.prompt,
            response=response.text,
            check=checker.check(response.prompt, response.text) if checker else None,
        )
        for response in responses
    ]


def evaluate_revisions(run: StageRun) -> Findings:
    """Harmful share of the answers after each round of critique and revision, where there is a checker."""
    checker = run.source.checker()
    if checker is None:
        return Findings({})
    revisions = read_records(run.inputs[run.name] / "revisions.jsonl", Revision)
    checked = [(one, checker.check(one.prompt, one.text)) for one in revisions]
    return Findings(harmful_by_round([(one, check) for one, check in checked if check.harmful is not None]))


def evaluate_reward_model(run: StageRun) -> Findings:
    """Accuracy and calibration on pairs of prompts that trained nothing; the gate of whatever trains on the model."""
    held_out = run.inputs[run.name] / "held_out.jsonl"
    # few prompts may leave none on the held-out side: that fails the gate, it is no broken file
    pairs = list(read_records(held_out, HeldOutPair)) if held_out.stat().st_size else []
    judge = run.recipe.roles.judge
    by_people = [pair for pair in pairs if pair.source != judge]
    by_judge = [pair for pair in pairs if pair.source == judge]
    metrics: dict[str, Metric] = {}
    if by_people:
        metrics |= _pair_metrics(by_people, "people", run.seed)
    if by_judge:
        found = _pair_metrics(by_judge, "judge", run.seed)
        metrics |= {f"{name}/ai_feedback": metric for name, metric in found.items()} if by_people else found
    decided = [pair for pair in pairs if pair.prob_a != 0.5]
    write_records(
        run.folder / "reliability.jsonl",
        reliability([_sigmoid(pair.margin) for pair in decided], [pair.prob_a > 0.5 for pair in decided]),
    )
    return Findings(metrics, _reward_gate(run, metrics))


def admit_judge(run: StageRun) -> Findings:
    """Does the judge read the principles? Tested on probes before its labels train anything."""
    settings, constitution = run.recipe.evaluation, run.recipe.load_constitution()
    who, probes = f"judge {run.recipe.roles.judge}", _probes(run, constitution, "comparison")
    if not probes and not settings.judge_audit:
        return Findings({}, (NO_PROBES.format(who=who),))
    engine = open_engine(run, run.recipe.roles.judge)
    audited = audit_judge(run, constitution, engine)
    if not probes:
        return Findings(audited.metrics, tuple(f"{who}: {failure}" for failure in audited.failures))
    preferences = label_probes(
        probes, constitution, engine, seed=run.seed, config=run.recipe.ai_feedback, progress=run.progress
    )
    truth = [None if probe.expected == "none" else probe.expected == "a" for probe in probes]
    metrics = judge_metrics(preferences, truth, seed=run.seed)
    concerned = [(one, right) for one, right in zip(preferences, truth, strict=True) if right is not None]
    scored = [(unclamped_prob(one), right) for one, right in concerned if one.prob_a is not None]
    write_records(run.folder / "probes.jsonl", preferences)
    write_records(run.folder / "reliability.jsonl", reliability([p for p, _ in scored], [right for _, right in scored]))
    reading = reading_gate(probes, preferences, settings.judge)
    failures = (*reading.failures, *audited.failures)
    return Findings({**metrics, **audited.metrics}, tuple(f"{who}: {failure}" for failure in failures))


def admit_critic(run: StageRun) -> Findings:
    """Does the critic change what its principle speaks against, and leave the rest alone? Tested on planted answers."""
    roles, constitution = run.recipe.roles, run.recipe.load_constitution()
    probes = _probes(run, constitution, "critique")
    if not probes:
        return Findings({}, (NO_PROBES.format(who=f"critic {roles.critic}"),))
    critic, reviser = open_engines(run, roles.critic, roles.reviser)
    revisions = list(
        self_correct(
            [PromptResponse(probe.comparison.prompt, _planted(probe)) for probe in probes],
            critic,
            reviser,
            constitution,
            RevisionConfig(max_new_tokens=run.recipe.revisions.max_new_tokens),
            seed=run.seed,
            principles=[constitution.principle(probe.principle_id) for probe in probes],
            progress=run.progress,
        )
    )
    write_records(run.folder / "corrections.jsonl", revisions)
    outcomes = list(zip(probes, revisions, strict=True))
    concerned = [(probe, revision.changed) for probe, revision in outcomes if probe.expected != "none"]
    others = [(probe, not revision.changed) for probe, revision in outcomes if probe.expected == "none"]
    metrics = {
        "corrected": _share(concerned),
        "left_alone": _share(others),
    }
    return Findings(metrics, tuple(_critic_failures(run, metrics, {"corrected": concerned, "left_alone": others})))


def _probes(run: StageRun, constitution: Constitution, use: str) -> list[Probe]:
    texts = {
        principle.id: principle.comparison if use == "comparison" else principle.critique_request
        for principle in constitution.principles
    }
    served = {name: text for name, text in texts.items() if text}
    return list(run.source.probes(served, run.recipe.evaluation.probes, seed=run.seed))


def _planted(probe: Probe) -> str:
    """The answer that the principle speaks against; where it speaks against neither, response A."""
    return probe.comparison.response_a if probe.expected != "a" else probe.comparison.response_b


def _share(outcomes: list[tuple[Probe, bool]]) -> Metric:
    clusters = [template(probe.comparison.prompt) for probe, _ in outcomes]
    return rate([good for _, good in outcomes], clusters, "checker")


def _critic_failures(
    run: StageRun, metrics: dict[str, Metric], outcomes: Mapping[str, list[tuple[Probe, bool]]]
) -> list[str]:
    least = run.recipe.evaluation.critic_accuracy
    meaning = {
        "corrected": "planted answers that the principle speaks against were revised",
        "left_alone": "answers that it does not speak against were left alone",
    }
    return [
        f"critic {run.recipe.roles.critic}: {metric.value:.3f} of {metric.n} {meaning[name]}, and {least} are needed; "
        f"below that: {_principles_below(least, outcomes[name])}"
        for name, metric in metrics.items()
        if metric.value is not None and metric.value < least
    ]


def _principles_below(least: float, outcomes: list[tuple[Probe, bool]]) -> str:
    """The principles whose share is below `least`, the worst first, each with its share and its number of probes."""
    by_principle: dict[str, list[bool]] = defaultdict(list)
    for probe, good in outcomes:
        by_principle[probe.principle_id].append(good)
    shares = sorted((sum(good) / len(good), len(good), name) for name, good in by_principle.items())
    return ", ".join(f"`{name}` {share:.3f} of {count}" for share, count, name in shares if share < least)


def _reward_gate(run: StageRun, metrics: Mapping[str, Metric]) -> tuple[str, ...]:
    """People's pairs (the judge's, where there are no others) need an accuracy; those of the judge beside them may be
    few, so that they only must not show that the model reads the judge's labels the wrong way round."""
    least, accuracy, judged = run.recipe.evaluation.reward_accuracy, metrics.get("accuracy"), None
    if by_judge := metrics.get("accuracy/ai_feedback"):
        judged = f"{_right(by_judge)} of the judge's" if by_judge.value is not None else None
    failures = []
    if accuracy is None or accuracy.value is None:
        failures.append(f"{run.name}: no held-out pair says which response is better, so nothing was tested")
    elif accuracy.value < least:
        failures.append(
            f"{run.name}: {_right(accuracy)} held-out pairs right, and {least} are needed"
            f"{f' ({judged} pairs)' if judged else ''}; give it more prompts or epochs"
        )
    if by_judge and by_judge.high is not None and by_judge.high < 0.5:
        failures.append(
            f"{run.name}: {judged} held-out pairs right, where chance gives 0.5: it reads the labels of AI feedback "
            "the wrong way round; look at some of them, or give it more of them, or a higher preference_coef"
        )
    return tuple(failures)


def _right(accuracy: Metric) -> str:
    return f"{accuracy.value:.3f} [{accuracy.low:.3f}, {accuracy.high:.3f}] of {accuracy.n}"


def _pair_metrics(pairs: list[HeldOutPair], instrument: str, seed: int) -> dict[str, Metric]:
    decided = [pair for pair in pairs if pair.prob_a != 0.5]
    return accuracy_metrics(
        [_sigmoid(pair.margin) for pair in decided],
        [pair.prob_a > 0.5 for pair in decided],
        [pair.comparison.prompt.id for pair in decided],
        instrument=instrument,
        seed=seed,
    )


def _sigmoid(margin: float) -> float:
    return 1 / (1 + math.exp(-margin)) if margin > -700 else 0.0
