"""What `solon eval --suite` does: tasks on public sets, their answers and rates in a folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from solon.commands.shared import (
    config_from,
    finish,
    open_constitution,
    open_engine,
    open_model,
    progress,
    quarantine_beside,
    row_counts,
)
from solon.commands.suite_told import dumped, headline_of
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.interfaces import Engine, OptionRequest, SampleRequest
    from solon.progress import Progress
    from solon.records import Metric
    from solon.suite.task import Asking, Instruments, Task

METRICS, SETTINGS = "metrics.json", "settings.json"
Metrics = dict[str, dict[str, "Metric"]]


class Wanted(NamedTuple):
    """What is asked for on the command line."""

    engine: str
    suites: tuple[str, ...]
    tasks: tuple[str, ...]
    file: Path | None
    limit: int | None
    judge: str | None
    constitution: str
    max_new_tokens: int | None
    seed: int


def evaluate_suites(
    wanted: Wanted,
    out: Path,
    engine_settings: list[str] | None,
    on_recipe: Callable[[Path, Progress], dict[str, Metric]],
    as_json: bool,
) -> None:
    """OUT/TASK.jsonl with every answer and its scores, OUT/metrics.json with the rates of all tasks so far.

    Raises:
        InputError: no such suite, task or file; OUT holds the results of other settings; none of the files is there.
    """
    from solon.suite.catalogue import WORLD, tasks_of
    from solon.suite.refusals import open_refusals
    from solon.suite.task import Asking, Instruments

    chosen = tasks_of(wanted.suites, wanted.tasks)
    if wanted.file is not None and len(chosen) != 1:
        raise InputError(f"--file {wanted.file}: name the one --task that it is for")
    if out.is_file():
        raise InputError(f"--out {out} is a file, and tasks write into a folder; name another")
    left_out = _left_out(chosen, wanted)
    chosen = [task for task in chosen if task.name not in left_out]
    with_world = WORLD in wanted.suites
    if not chosen and not with_world:
        raise InputError("no task is left: " + "; ".join(f"{name}: {reason}" for name, reason in left_out.items()))
    _check_settings(out, wanted)
    quarantine = quarantine_beside(out)
    told: Metrics = {}
    rows: Counter[str] = Counter(rows_in=0, rows_used=0, quarantined=0)
    with progress() as shown:
        for name, reason in left_out.items():
            shown.say(f"{name} is left out: {reason}")
        if chosen:
            engine = _open_fitting(wanted.engine, engine_settings, out)
            judge = engine if wanted.judge == wanted.engine else None
            if wanted.judge and judge is None:
                judge = _open_fitting(wanted.judge, engine_settings, out)
            constitution = open_constitution(wanted.constitution)
            asking = Asking(engine, wanted.seed, shown, constitution, wanted.max_new_tokens)
            using = Instruments(open_refusals(), wanted.seed, shown, judge)
            for task in chosen:
                told[task.name] = _run(task, wanted, out, asking, using, quarantine)
                rows.update(row_counts(quarantine.counts))
                quarantine.counts.clear()  # the next task may read the same file
                _keep_metrics(out, wanted, {task.name: told[task.name]})
        if with_world:
            told[WORLD] = on_recipe(out / f"{WORLD}.jsonl", shown)
            _keep_metrics(out, wanted, {WORLD: told[WORLD]})
    result = {"out": str(out), "metrics": dumped(told), "left_out": left_out, **rows}
    lines = [headline_of(task.name, task.headline, told[task.name]) for task in chosen]
    finish(result, as_json, "\n".join([*lines, f"{len(told)} tasks -> {out / METRICS}"]))


def _run(
    task: Task, wanted: Wanted, out: Path, asking: Asking, using: Instruments, quarantine: Any
) -> dict[str, Metric]:
    """One task, its answers and its reliability diagram written."""
    from solon.store.records import write_records
    from solon.suite.measure import metrics_of, reliability_of, surely_chosen
    from solon.suite.run import files_of, read_cases, run_task

    files = [wanted.file] if wanted.file is not None else files_of(task)
    cases = read_cases(task, files, quarantine, limit=wanted.limit)
    scored = run_task(task, cases, asking, using)
    write_records(out / f"{task.name}.jsonl", scored)
    if chosen := surely_chosen(scored):
        write_records(out / f"{task.name}.reliability.jsonl", reliability_of(chosen))
    return metrics_of(scored, seed=wanted.seed)


def _left_out(tasks: Sequence[Task], wanted: Wanted) -> dict[str, str]:
    """Tasks that cannot be run here, and why."""
    from solon.addresses import is_server
    from solon.data.paths import data_folder
    from solon.suite.run import files_of

    found = {}
    for task in tasks:
        if task.exact_logprobs and is_server(wanted.engine):
            found[task.name] = "it weighs whole texts, and servers give log-probabilities of their own words alone"
        elif wanted.file is None and (absent := [file for file in files_of(task) if not file.exists()]):
            found[task.name] = f"there is no {absent[0]} ({data_folder()})"
    return found


def _open_fitting(address: str, settings: list[str] | None, out: Path) -> Engine:
    """The engine at an address. On this machine a request that the context cannot hold fails alone, as at a server."""
    from solon.addresses import account_local, is_server, model_folder
    from solon.engines.config import EngineConfig
    from solon.suite.fitting import FittingEngine

    if is_server(address):
        return open_engine(address, settings, out)
    model = open_model(address)
    config = config_from(EngineConfig, settings, "--engine-set")
    engine = account_local(model, model_folder(address), config, name=address, work=out.resolve(), stage="")

    def num_tokens(request: SampleRequest | OptionRequest, begun: str) -> int:
        return len(model.template.prompt_ids(request.messages, begun, request.tools))

    return FittingEngine(engine, num_tokens, model.context_tokens)


def _settings(wanted: Wanted) -> dict[str, Any]:
    """What decides the results besides the tasks, as OUT/settings.json holds it."""
    told = wanted._asdict()
    return {key: told[key] for key in ("engine", "limit", "judge", "constitution", "max_new_tokens", "seed")}


def _check_settings(out: Path, wanted: Wanted) -> None:
    """Refuse to mix two models or settings in one metrics.json."""
    now, file = _settings(wanted), out / SETTINGS
    if file.is_file():
        before = json.loads(file.read_text(encoding="utf-8"))
        if changed := [key for key, value in now.items() if before.get(key) != value]:
            key = changed[0]
            raise InputError(
                f"{file}: {key} was {before.get(key)!r} there, and is {now[key]!r} now; the results would be mixed. "
                "Name another folder, or remove this one."
            )


def _keep_metrics(out: Path, wanted: Wanted, told: Mapping[str, Mapping[str, Metric]]) -> None:
    """Put the rates of tasks into OUT/metrics.json, beside those of earlier ones, and their settings next to it."""
    from solon.store.records import write_json

    file = out / METRICS
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    write_json(out / SETTINGS, _settings(wanted))
    write_json(file, kept | dumped(told))
