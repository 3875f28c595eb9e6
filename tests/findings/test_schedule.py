from pathlib import Path

import pytest

from solon.findings.schedule import Ended, Job, run_jobs

NOTES: list[str] = []


def note(name: str) -> str:
    NOTES.append(name)
    return name


def fail() -> None:
    raise ValueError("as planned")


def ended(jobs: list[Job], processes: int = 1) -> list[Ended]:
    NOTES.clear()
    return list(run_jobs(jobs, processes))


def test_jobs_run_in_their_order_in_one_process() -> None:
    told = ended([Job("one", note, ("one",)), Job("two", note, ("two",), lambda: "one" in NOTES)])
    assert [(one.job.name, one.result, one.error) for one in told] == [("one", "one", ""), ("two", "two", "")]


def test_a_failure_is_told_and_the_others_go_on() -> None:
    told = ended([Job("bad", fail, ()), Job("good", note, ("good",))])
    assert told[0].error == "ValueError: as planned"
    assert "in fail" in told[0].trace
    assert told[1].result == "good"


def test_a_failure_in_another_process_tells_where() -> None:
    (told,) = ended([Job("bad", fail, ())], processes=2)
    assert told.error == "ValueError: as planned"
    assert "in fail" in told.trace


def test_what_is_never_ready_fails() -> None:
    told = ended([Job("first", note, ("first",)), Job("never", note, ("never",), lambda: False)])
    assert told[1].error == "what it reads was not made"
    assert NOTES == ["first"]


@pytest.mark.parametrize("order", [("len", "never"), ("never", "len")])
def test_several_processes_end_everything(order: tuple[str, str]) -> None:
    jobs = {"len": Job("len", len, ("four",)), "never": Job("never", len, ("x",), lambda: False)}
    told = {one.job.name: one for one in ended([jobs[name] for name in order], processes=2)}
    assert told["len"].result == 4
    assert told["never"].error == "what it reads was not made"


def test_a_job_that_waits_for_another_begins_after_it(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    jobs = [Job("second", len, ("ab",), mark.exists), Job("first", mark.touch, ())]
    assert [one.job.name for one in ended(jobs, processes=2)] == ["first", "second"]
