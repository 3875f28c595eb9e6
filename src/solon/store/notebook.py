"""Answers of people in a file of their own, and their calls in the ledger.

OUT                 the newest answer to each question, in the order in which they were first given
OUT.replaced.jsonl  the answers that were given anew, as they stood
OUT.skipped.jsonl   what was skipped

An answer is written into the ledger first and then into OUT, so that whatever stands in OUT was booked; an answer that
a kill keeps from OUT is found again in the ledger.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from solon.annotation import Annotation, Skip
from solon.errors import InputError, StorageError
from solon.interfaces import Call
from solon.records import Demonstration, Ranking
from solon.store.appended import append_record, mend_end
from solon.store.ledger import Ledger
from solon.store.records import read_records, write_records

A = TypeVar("A", Ranking, Demonstration)


class Notebook(Generic[A]):
    """Implements `solon.people.keeping.Notebook`; for one process at a time, see `locked`.

    Args:
        record: what OUT holds.
        kind: what calls for such answers are named in the ledger.
        ledger: that of the work OUT.

    Raises:
        InputError: OUT holds an answer that no person gave here, or two of one id.
    """

    def __init__(self, out: Path, record: type[A], kind: str, ledger: Ledger) -> None:
        self._out, self._kind, self._ledger = out, kind, ledger
        self._record: type[A] = record
        self._replaced, self._skips = _beside(out, "replaced"), _beside(out, "skipped")
        self.cut = [text for file in (out, self._replaced, self._skips) if (text := mend_end(file))]
        """Lines that a crash left unfinished; they are taken off."""
        self.answers: dict[str, A] = {}
        for answer in _read(out, record):
            if answer.annotation is None:
                problem = f"{answer.id!r} is no answer that a person gave here; give another --out"
                raise InputError.at(out, None, problem)
            if answer.id in self.answers:
                raise InputError.at(out, None, f"{answer.id!r} stands there twice; leave one of them")
            self.answers[answer.id] = answer
        self.skipped = {skip.id for skip in _read(self._skips, Skip)}
        self._book()

    @property
    def money(self) -> float:
        """What all answers of this file have cost so far, replaced and skipped ones too."""
        return self._ledger.spent()[1]

    def find(self, keys: Sequence[str]) -> Mapping[str, A]:
        """Key -> answer, of all that stand in the ledger."""
        found = self._ledger.find(keys)
        return {key: self._record.model_validate_json(text) for key, text in found.items()}

    def keep(self, answer: A, call: Call) -> None:
        """Keep an answer, and book it where it is new."""
        text = answer.model_dump_json(exclude_defaults=True) if call.outcome == "done" else None
        self._ledger.add([call._replace(answer=text)])
        earlier = self.answers.get(answer.id)
        self.answers[answer.id] = answer
        if earlier is None:
            append_record(self._out, answer)
        else:
            append_record(self._replaced, earlier)
            write_records(self._out, self.answers.values())

    def skip(self, skip: Skip, call: Call) -> None:
        """Keep that a question was skipped. The file comes first, for it decides what is asked again."""
        append_record(self._skips, skip)
        self.skipped.add(skip.id)
        self._ledger.add([call])

    def _book(self) -> None:
        """Add to the ledger what it does not know: OUT may come from another machine."""
        told = [(answer, answer.annotation) for answer in self.answers.values() if answer.annotation is not None]
        known = self._ledger.find([annotation.key for _, annotation in told])
        self._ledger.add([self._call(*one) for one in told if one[1].key not in known])

    def _call(self, answer: A, told: Annotation) -> Call:
        return Call(
            told.key, told.annotator, self._kind, 0, "done", seconds=told.seconds, price=told.price,
            answer=answer.model_dump_json(exclude_defaults=True),
        )  # fmt: skip


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold a file of answers for one process; the lock ends with the process, however it ends.

    Raises:
        StorageError: another process holds it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.with_name(f".{out.name}.lock").open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = "another session writes there; wait for it, or give each annotator an --out"
            raise StorageError(f"{out}: {problem}") from None
        yield


R = TypeVar("R", Ranking, Demonstration, Skip)


def _read(file: Path, kind: type[R]) -> list[R]:
    return list(read_records(file, kind)) if file.is_file() and file.stat().st_size else []


def _beside(out: Path, what: str) -> Path:
    return out.with_name(f"{out.name}.{what}.jsonl")
