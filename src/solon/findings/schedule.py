"""Jobs on several processes: each begins when its inputs are there, those that others wait for first."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any, NamedTuple

POLL_SECONDS = 0.5


class Job(NamedTuple):
    """A call of a function, in another process where there are several."""

    name: str
    call: Callable[..., Any]
    arguments: tuple[Any, ...]
    ready: Callable[[], bool] = lambda: True
    """Whether what it reads is there; asked in this process."""


class Ended(NamedTuple):
    """What became of a job: its result, or what went wrong."""

    job: Job
    result: Any
    error: str = ""
    """One line."""
    trace: str = ""
    """Where it went wrong, call by call, also of another process."""


def run_jobs(jobs: Sequence[Job], processes: int) -> Iterator[Ended]:
    """Run the jobs, as many at once as there are processes, in their order as far as they are ready.

    One that fails is told as failed, and the others go on. With one process they run in this one, in their order; a job
    that is not ready then has no chance to become so, and fails.
    """
    if processes == 1:
        for job in jobs:
            yield _here(job) if job.ready() else Ended(job, None, "what it reads was not made")
        return
    waiting, running = list(jobs), dict[Future[Any], Job]()
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        while waiting or running:
            for job in [one for one in waiting if one.ready()][: processes - len(running)]:
                waiting.remove(job)
                running[pool.submit(job.call, *job.arguments)] = job
            if not running:
                yield from (Ended(job, None, "what it reads was not made") for job in waiting)
                return
            for future in wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                error = future.exception()
                yield _failed(job, error) if error else Ended(job, future.result())


def _here(job: Job) -> Ended:
    try:
        return Ended(job, job.call(*job.arguments))
    except Exception as error:  # as in a process of its own: one failure must not end the others
        return _failed(job, error)


def _failed(job: Job, error: BaseException) -> Ended:
    return Ended(job, None, f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))
