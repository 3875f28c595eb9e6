"""Asking a person question after question. What is answered is kept before the next question is shown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Generic, NamedTuple

from solon.annotation import Annotation, Skip
from solon.interfaces import Call
from solon.people.keeping import Annotator, Notebook
from solon.people.page import layout
from solon.people.questions import A, Finish, Question, Task, answer_id
from solon.people.session import Session
from solon.people.terminal import Terminal


class Held(NamedTuple):
    """What came of a session."""

    answered: int
    skipped: int
    left: int
    """Questions that wait still."""


def hold_session(
    questions: Sequence[Question[A]],
    task: Task,
    annotator: Annotator,
    notebook: Notebook[A],
    terminal: Terminal,
    *,
    seed: int,
    again: bool = False,
) -> Held:
    """Ask what is neither answered nor skipped yet, until the person quits or nothing is left.

    Args:
        seed: that of the order shown, for the ledger.
        again: ask what was skipped, too.
    """
    ids = [answer_id(annotator.name, question.prompt) for question in questions]
    done = notebook.answers.keys() if again else {*notebook.answers, *notebook.skipped}
    session = Session(len(ids), {number for number, one in enumerate(ids) if one in done})
    desk = _Desk(questions, ids, task, annotator, notebook, terminal, session, seed)
    try:
        while desk.ask_one():
            pass
    except EOFError:
        terminal.say("\nthe input has ended; what was begun is not kept")
    return Held(desk.answered, desk.skipped, session.num_open)


class _Desk(Generic[A]):
    """One session."""

    def __init__(
        self, questions: Sequence[Question[A]], ids: Sequence[str], task: Task, annotator: Annotator,
        notebook: Notebook[A], terminal: Terminal, session: Session, seed: int,
    ) -> None:  # fmt: skip
        self._questions, self._ids, self._task, self._annotator = questions, ids, task, annotator
        self._notebook, self._terminal, self._session, self._seed = notebook, terminal, session, seed
        self.answered = self.skipped = 0

    def ask_one(self) -> bool:
        """Show the current question and do what is answered; False where the session ends."""
        number = self._session.current
        if number is None:
            return False
        earlier = self._notebook.answers.get(self._ids[number])
        if earlier is not None and earlier.annotation is not None:
            self._session.notes.setdefault(number, earlier.annotation.note)
        visit = self._questions[number].visit(earlier)
        self._terminal.write(f"\n{self._headline(number)}\n{layout(visit.blocks(), self._terminal.width())}")
        begun = self._terminal.clock()
        finish: Finish[A] | None = None
        while finish is None:
            line = self._terminal.line(self._task.asks)
            match line.strip():
                case "s":
                    break
                case "b":
                    self._session.spend(self._terminal.clock() - begun)
                    if not self._session.back():
                        self._terminal.say("this is the first one")
                    return True
                case "q":
                    return False
                case "n":
                    self._session.notes[number] = self._terminal.line("note> ").strip()
                    self._terminal.say("the note is kept with your answer")
                case "?":
                    self._terminal.say(self._task.help)
                case _:
                    finish = visit.take(line, self._terminal)
        self._session.spend(self._terminal.clock() - begun)
        if finish is None:
            self._skip(number, earlier)
        else:
            self._keep(number, earlier, finish)
        self._session.close()
        return True

    def _keep(self, number: int, earlier: A | None, finish: Finish[A]) -> None:
        revision = earlier.annotation.revision + 1 if earlier is not None and earlier.annotation is not None else 0
        question, seconds = self._questions[number], self._seconds()
        told = Annotation(
            annotator=self._annotator.name,
            key=question.key(self._annotator.name, revision),
            seconds=seconds,
            price=self._annotator.pay.of_answer(seconds, revision),
            note=self._session.notes.get(number, ""),
            revision=revision,
        )
        answer = finish(question.annotation(told))
        self._notebook.keep(answer, self._call(told.key, "done", told.seconds, told.price))
        self._terminal.say(f"kept: {question.summary(answer)}")
        self.answered += 1

    def _skip(self, number: int, earlier: A | None) -> None:
        name, seconds = self._annotator.name, self._seconds()
        key, note = self._questions[number].key(name, 0), self._session.notes.get(number, "")
        price = self._annotator.pay.of_time(seconds)
        skip = Skip(id=self._ids[number], annotator=name, key=key, seconds=seconds, price=price, note=note)
        self._notebook.skip(skip, self._call(key, "skipped", seconds, price))
        self.skipped += 1
        self._terminal.say("skipped" if earlier is None else "skipped; the earlier answer stays")

    def _call(self, key: str, outcome: str, seconds: float, price: float) -> Call:
        return Call(key, self._annotator.name, self._task.kind, self._seed, outcome, seconds=seconds, price=price)

    def _seconds(self) -> float:
        return round(self._session.take_seconds(), 3)

    def _headline(self, number: int) -> str:
        """Item i of n, the median time of this annotator's answers, the money so far; a line as wide as the page."""
        mine = [self._notebook.answers[one] for one in self._ids if one in self._notebook.answers]
        seconds = [one.annotation.seconds for one in mine if one.annotation is not None]
        parts = [f"item {number + 1} of {len(self._ids)}"]
        if seconds:
            parts.append(f"median {statistics.median(seconds):.1f} s")
        if money := self._notebook.money:
            parts.append(f"{money:.2f} so far")
        text = f"── {' ── '.join(parts)} "
        return text + "─" * max(self._terminal.width() - len(text), 0)
