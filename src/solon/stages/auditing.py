"""The judge's admission test on pairs that people have judged, before its labels train anything."""

from __future__ import annotations

from solon.constitution import Constitution
from solon.data import QuarantineWriter
from solon.errors import InputError
from solon.interfaces import Engine
from solon.judges.admission import admit
from solon.judges.auditing import run_audit
from solon.judges.labelled_sets import read_labelled
from solon.preferences import FeedbackConfig
from solon.records import Metric
from solon.stage import Findings, StageRun
from solon.stages.option_asker import OptionAsker
from solon.stages.settings import audit_file
from solon.store.records import write_records


def audit_judge(run: StageRun, constitution: Constitution, engine: Engine) -> Findings:
    """Accuracy, consistency, biases, refusals, resistance to planted instructions and calibration, file by file.

    The judge is asked as it labels: with the recipe's settings of AI feedback and its constitution. Metrics are named
    `audit/FILE/FIGURE`; the verdicts behind them lie in `audit-FILE.jsonl`.

    Raises:
        InputError: a file cannot be read, or holds no pairs.
    """
    settings = run.recipe.evaluation
    metrics: dict[str, Metric] = {}
    failures: list[str] = []
    for path in (audit_file(run.recipe, given) for given in settings.judge_audit):
        name = path.name.partition(".")[0]
        if f"audit/{name}/accuracy" in metrics:
            place = run.recipe.place("evaluation", "judge_audit")
            raise InputError(f"{place}: two files are called {name}, and their figures would be one; rename one")
        with QuarantineWriter(run.folder / f"audit-{name}-quarantine.jsonl") as quarantine:
            labelled = read_labelled(path, quarantine, seed=run.seed, limit=settings.judge_audit_cases)
        if not labelled.pairs:
            raise InputError(
                f"{run.recipe.place('evaluation', 'judge_audit')}: {path} holds no pairs, and AI feedback judges pairs"
            )
        asker = OptionAsker(
            engine, constitution, name=run.recipe.roles.judge, seed=run.seed, progress=run.progress,
            config=FeedbackConfig.model_validate(run.recipe.ai_feedback.model_dump(include=set(FeedbackConfig.model_fields))),
        )  # fmt: skip
        audited = run_audit(labelled, asker, seed=run.seed)
        write_records(run.folder / f"audit-{name}.jsonl", audited.verdicts)
        metrics |= {f"audit/{name}/{figure}": metric for figure, metric in audited.report.metrics.items()}
        failures += [f"{path.name}: {failure}" for failure in admit(audited.report, settings.admission)]
    return Findings(metrics, tuple(failures))
