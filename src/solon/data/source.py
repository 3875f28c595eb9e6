"""A user's files as the source of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from solon.data.comparisons import read_rankings
from solon.data.config import FILE_KEYS, DataConfig, opening_hash
from solon.data.fields import prompt_id
from solon.data.load import read_as
from solon.data.paths import resolve
from solon.data.prompts import read_prompts
from solon.data.quarantine import QuarantineWriter, RowCounts
from solon.data.rows import FORMS, as_document_or_demonstration, read_demonstrations
from solon.data.tally import RowTally
from solon.data.text import is_text, read_documents
from solon.errors import InputError
from solon.interfaces import Checker, Guideline, Probe, Rater
from solon.records import Demonstration, Document, Prompt, Ranking
from solon.seeds import generator

T = TypeVar("T")


class FileSource:
    """Implements interfaces.Source on files. There are no raters and no checker; judged pairs come as `rankings`.

    A prompt whose conversation begins like a held-out one trains nothing, whichever file it stands in. Files are read
    once, at first use. A kind of data that the recipe does not give raises InputError naming the key.

    Args:
        config: the recipe's `source.data`.
        folder: where the recipe stands.
        quarantine: where rows that cannot be used go (JSONL); None only counts them.
        counts: where the counts of rows go (JSON); with it a later start goes on from what an earlier one found.
    """

    def __init__(
        self, config: DataConfig, *, folder: Path = Path(), quarantine: Path | None = None, counts: Path | None = None
    ) -> None:
        self._config = config
        self._folder = folder
        given = config.model_dump()
        files = {key: tuple(resolve(file, folder) for file in given[key]) for key in FILE_KEYS if given[key]}
        settings = {"limit": config.limit, "document_characters": config.document_characters}
        self._tally = RowTally(quarantine, counts, files=files, settings=settings)
        self._read: dict[str, Sequence[Any]] = {}

    @property
    def counts(self) -> dict[str, dict[str, RowCounts]]:
        """What became of the rows: key of `source.data` -> file -> counts; keys whose files nothing read are absent.

        Earlier starts that wrote to the same `counts` file are included where they read these very files.
        """
        return self._tally.counts()

    @property
    def unread(self) -> tuple[str, ...]:
        """The keys of `source.data` whose files nothing has read."""
        return self._tally.unread()

    def base_documents(self, count: int, *, seed: int) -> Iterator[Document]:
        """Up to `count` pieces of the plain texts, in random order."""
        config = self._config
        documents = self._rows("base_text", self._documents, config.base_text)
        return iter(_drawn(documents, count, seed, "base"))

    def mid_documents(self, count: int, *, seed: int) -> Iterator[Document | Demonstration]:
        """Up to `count` documents and demonstrations, in random order; held-out conversations are left out."""
        return self._documents_and_demonstrations("mid_documents", self._config.mid_documents, count, seed)

    def replay_documents(self, count: int, *, seed: int) -> Iterator[Document | Demonstration]:
        """Up to `count` documents of earlier training, in random order; held-out conversations are left out."""
        return self._documents_and_demonstrations("replay_documents", self._config.replay_documents, count, seed)

    def demonstrations(self, count: int, *, seed: int) -> Sequence[Demonstration]:
        """Up to `count` demonstrations in random order, held-out conversations left out."""

        def read(path: Path, quarantine: QuarantineWriter, limit: int | None) -> list[Demonstration]:
            return read_demonstrations(path, quarantine, limit=limit)

        rows = self._rows("demonstrations", read, self._config.demonstrations)
        return _drawn([row for row in rows if not self._config.holds_out(row.messages)], count, seed, "demonstrations")

    def helpful_prompts(self, count: int, *, seed: int) -> Sequence[Prompt]:
        """Up to `count` training prompts in random order, held-out ones left out."""
        return _drawn([p for p in self._helpful() if not self._config.holds_out(p.messages)], count, seed, "helpful")

    def red_team_prompts(self, count: int, *, seed: int) -> Sequence[Prompt]:
        """Up to `count` training prompts in random order, held-out ones left out."""
        return _drawn([p for p in self._red_team() if not self._config.holds_out(p.messages)], count, seed, "red team")

    def rankings(self, count: int, *, seed: int) -> Sequence[Ranking]:
        """Up to `count` rankings by people, in random order, held-out prompts left out."""

        def read(path: Path, quarantine: QuarantineWriter, limit: int | None) -> list[Ranking]:
            return read_rankings(path, quarantine, limit=limit)

        rows = self._rows("comparisons", read, self._config.comparisons)
        kept = [row for row in rows if not self._config.holds_out(row.prompt.messages)]
        return _drawn(kept, count, seed, "rankings")

    def evaluation_prompts(self, count: int) -> Sequence[Prompt]:
        """Up to `count` held-out prompts of each kind that the recipe gives: `benign` (helpful) and `harmful`.

        A prompt without an id of its own that stands among both is asked once, as `harmful`. One of `solon redteam`,
        which says its kind and its principle, keeps its labels: a benign twin among red-team prompts is `borderline`.

        Raises:
            InputError: the recipe gives neither kind, or holds nothing out.
        """
        config = self._config
        kinds: list[tuple[str, Callable[[], Sequence[Prompt]]]] = []
        if config.helpful_prompts:
            kinds.append(("benign", self._helpful))
        if config.red_team_prompts:
            kinds.append(("harmful", self._red_team))
        if not kinds:
            raise _absent("helpful_prompts", "and source.data.red_team_prompts are")
        chosen: dict[str, Prompt] = {}
        for kind, read in kinds:
            held_out = [prompt for prompt in read() if self._config.holds_out(prompt.messages)]
            # In the order of their hashes: a prompt that is added does not exchange the others.
            held_out.sort(key=lambda prompt: opening_hash(prompt.messages))
            chosen |= {prompt.id: _labelled(prompt, kind) for prompt in held_out[:count]}
        if not chosen:
            raise InputError(
                f"source.data.held_out={config.held_out} holds out none of the prompts, so nothing can be evaluated. "
                "Raise it, or give more prompts."
            )
        return list(chosen.values())

    def raters(self, *, held_out: bool, guideline: Guideline = "helpful") -> Sequence[Rater]:
        """Nobody: files hold judgements, not people."""
        return ()

    def probes(self, principles: Mapping[str, str], count: int, *, seed: int) -> Sequence[Probe]:
        """None: nothing here knows what a principle prefers."""
        return ()

    def checker(self) -> Checker | None:
        """None: nothing here knows the truth."""
        return None

    def _helpful(self) -> Sequence[Prompt]:
        return self._prompts("helpful_prompts", self._config.helpful_prompts)

    def _red_team(self) -> Sequence[Prompt]:
        return self._prompts("red_team_prompts", self._config.red_team_prompts)

    def _prompts(self, key: str, files: Sequence[str]) -> Sequence[Prompt]:
        seen: dict[str, str] = {}

        def read(path: Path, quarantine: QuarantineWriter, limit: int | None) -> list[Prompt]:
            prompts = read_prompts(path, quarantine, limit=limit, seen=seen, images=False)
            return [_named_within(key.removesuffix("_prompts"), prompt) for prompt in prompts]

        return self._rows(key, read, files)

    def _documents(self, path: Path, quarantine: QuarantineWriter, limit: int | None) -> list[Document]:
        characters = self._config.document_characters
        return read_documents(path, quarantine, document_characters=characters, limit=limit)

    def _documents_and_demonstrations(
        self, key: str, files: Sequence[str], count: int, seed: int
    ) -> Iterator[Document | Demonstration]:
        rows = self._rows(key, self._mixed, files)
        kept = [row for row in rows if isinstance(row, Document) or not self._config.holds_out(row.messages)]
        return iter(_drawn(kept, count, seed, key))

    def _mixed(self, path: Path, quarantine: QuarantineWriter, limit: int | None) -> list[Document | Demonstration]:
        if is_text(path):
            return list(self._documents(path, quarantine, limit))
        return read_as(path, as_document_or_demonstration, quarantine, limit=limit, hint=FORMS)

    def _rows(
        self, key: str, read: Callable[[Path, QuarantineWriter, int | None], list[T]], files: Sequence[str]
    ) -> Sequence[T]:
        """All rows of one kind, up to the limit."""
        if not files:
            raise _absent(key, "is")
        if key not in self._read:
            rows: list[T] = []
            with self._tally.reading(key) as quarantine:
                for file in files:
                    left = None if self._config.limit is None else self._config.limit - len(rows)
                    if left is None or left > 0:
                        rows += read(resolve(file, self._folder), quarantine, left)
            self._read[key] = rows
        return self._read[key]


def _labelled(prompt: Prompt, kind: str) -> Prompt:
    if {"kind", "principle"} <= prompt.labels.keys():
        return prompt
    return prompt.model_copy(update={"labels": {"kind": kind}})


def _named_within(kind: str, prompt: Prompt) -> Prompt:
    """A prompt whose id is its text as it is, another as KIND/ID: both kinds of prompts may be numbered from 1."""
    if prompt.id == prompt_id(prompt.messages, prompt.tools):
        return prompt
    return prompt.model_copy(update={"id": f"{kind}/{prompt.id}"})


def _drawn(rows: Sequence[T], count: int, seed: int, name: str) -> list[T]:
    order = generator(seed, "rows", name).permutation(len(rows))[:count].tolist()
    return [rows[index] for index in order]


def _absent(key: str, verb: str) -> InputError:
    return InputError(
        f"source.data.{key} {verb} missing from the recipe, and a stage needs it; give the path of a file"
    )
