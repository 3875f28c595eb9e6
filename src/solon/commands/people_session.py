"""One sitting of a person: the file of answers opened, what a stop left mended, the rest asked, the result told."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from solon.commands.people_terminal import open_terminal
from solon.errors import InputError
from solon.people.keeping import Annotator, recover
from solon.people.loop import hold_session
from solon.people.questions import Question, Task, answer_id
from solon.people.terminal import Terminal
from solon.records import Demonstration, Ranking
from solon.store.ledger import Ledger, ledger_path
from solon.store.notebook import Notebook, locked

A = TypeVar("A", Ranking, Demonstration)


class Told(NamedTuple):
    """A result, and its line for people."""

    result: dict[str, Any]
    line: str


def ask(
    questions: Sequence[Question[A]], task: Task, record: type[A], annotator: Annotator, out: Path,
    counts: Mapping[str, int], *, seed: int, again: bool,
) -> Told:  # fmt: skip
    """Ask a person what nobody of this name has answered in OUT.

    Args:
        counts: what cannot be asked or shown; told before the first question and in the result.
    """
    terminal = open_terminal()
    with locked(out):
        notebook = Notebook(out, record, task.kind, Ledger(ledger_path(), work=str(out.resolve())))
        for text in notebook.cut:
            terminal.say(f"{out}: a line that a crash cut was taken off: {text[:60]!r}")
        _check_same_questions(questions, notebook.answers, annotator.name, out)
        reused = recover(questions, notebook, annotator.name, task.kind, seed=seed)
        _tell_before(terminal, {**counts, "answers found in the ledger, not asked again": reused})
        held = hold_session(questions, task, annotator, notebook, terminal, seed=seed, again=again)
        ids = [answer_id(annotator.name, question.prompt) for question in questions]
        answers = [notebook.answers[one] for one in ids if one in notebook.answers]
        skipped = sum(one in notebook.skipped and one not in notebook.answers for one in ids)
        seconds = [one.annotation.seconds for one in answers if one.annotation is not None]
        what = "rankings" if record is Ranking else "demonstrations"
        result = {
            "out": str(out), what: len(answers), "answered_now": held.answered, "reused": reused, "skipped": skipped,
            "left": len(ids) - len(answers) - skipped, **counts,
            "median_seconds": statistics.median(seconds) if seconds else None, "price": round(notebook.money, 6),
        }  # fmt: skip
    line = f"{len(answers)} {what} of {annotator.name} -> {out} ({skipped} skipped, {result['left']} left)"
    return Told(result, line)


def _check_same_questions(
    questions: Sequence[Question[A]], answers: Mapping[str, A], annotator: str, out: Path
) -> None:
    for question in questions:
        answer = answers.get(answer_id(annotator, question.prompt))
        if answer is not None and not question.is_answered_by(answer):
            raise InputError.at(
                out, None, f"{answer.id!r} answers another question about {question.prompt.named}. Go on with the same "
                "input, --seed, --min-responses and --max-responses, or give another --out",
            )  # fmt: skip


def _tell_before(terminal: Terminal, counts: Mapping[str, int]) -> None:
    for what, count in counts.items():
        if count:
            terminal.say(f"{what.replace('_', ' ')}: {count}")
