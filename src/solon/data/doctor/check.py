"""All that the doctor looks for, over the files of one command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.doctor.agreement import Agreement, Ratings, ratings_of
from solon.data.doctor.corpus import Corpus
from solon.data.doctor.duplicates import Match, duplicates
from solon.data.doctor.encoding import Repair, repair
from solon.data.doctor.findings import Finding, Findings
from solon.data.doctor.licence import Licence, licences_of
from solon.data.doctor.overlap import overlap
from solon.data.doctor.roles import role_problems
from solon.data.doctor.rows import Row, rows_of
from solon.data.doctor.statistics import Statistics, StatisticsOf
from solon.data.doctor.templates import ModelTemplate, TemplateUse, TemplateUseOf
from solon.data.doctor.texts import all_texts, question, whole
from solon.data.quarantine import QuarantineWriter, RowCounts


class Repaired(NamedTuple):
    """A text that was read in the wrong encoding."""

    file: Path
    line: int
    before: str
    repair: Repair


class Report(NamedTuple):
    """What `check` found."""

    counts: dict[Path, RowCounts]
    findings: list[Finding]
    """What is wrong; empty where all is well."""
    statistics: list[Statistics]
    """By file."""
    agreements: list[Agreement]
    licences: dict[Path, list[Licence]]
    """By file, empty where none is stated. What they ask for is no finding: whether it matters, the user knows."""
    num_skipped: int
    """Pairs of alike rows in very large groups that were not compared."""
    templates: list[TemplateUse]
    """By file, where a chat template was given."""


def check(
    files: Sequence[Path],
    quarantine: QuarantineWriter,
    *,
    against: Sequence[Path] = (),
    format: str | None = None,
    on_repair: Callable[[Repaired], None] = lambda repaired: None,
    template: ModelTemplate | None = None,
) -> Report:
    """Look at every row of the files, at what they repeat of each other, and of the files in `against`.

    No text is kept: files are read again for the texts of rows that may be alike.

    Args:
        files: taken together: a row that repeats one of an earlier file is found too.
        quarantine: receives the rows that cannot be used; they are a finding as well.
        against: files that these should have nothing in common with, such as test splits.
        format: of all files; recognised where it is None.
        on_repair: is called with every text that was read in the wrong encoding.
        template: renders every row too, and tells what a model's chat template leaves out or refuses.

    Raises:
        InputError: a file cannot be read.
    """
    doctor = _Doctor(on_repair, format, template)
    for file in files:
        doctor.read(file, quarantine)
    doctor.compare_rows()
    doctor.compare_with(files, against)
    licences = {file: licences_of(file) for file in files}
    return Report(
        counts={file: quarantine.counts[file] for file in files},
        findings=doctor.findings.all(),
        statistics=doctor.statistics,
        agreements=doctor.ratings.agreements(),
        licences=licences,
        num_skipped=doctor.num_skipped,
        templates=doctor.templates,
    )


def told(report: Report) -> dict[str, Any]:
    """The report as JSON: `rows_in`, `rows_out`, `quarantined`, `findings`, and the rest."""
    counts = report.counts.values()
    return {
        "rows_in": sum(one.rows_in for one in counts),
        "rows_out": sum(one.used for one in counts),
        "quarantined": sum(one.quarantined for one in counts),
        "findings": [finding.told() for finding in report.findings],
        "files": {str(file): one._asdict() for file, one in report.counts.items()},
        "statistics": [one.told() for one in report.statistics],
        "agreement": [one._asdict() for one in report.agreements],
        "licences": {
            str(file): [{**licence._asdict(), "flags": licence.flags} for licence in stated]
            for file, stated in report.licences.items()
        },
        "pairs_not_compared": report.num_skipped,
        "templates": [one.told() for one in report.templates],
    }


class _Doctor:
    """What is known so far."""

    def __init__(
        self, on_repair: Callable[[Repaired], None], format: str | None, template: ModelTemplate | None
    ) -> None:
        self.findings = Findings()
        self.statistics: list[Statistics] = []
        self.ratings = Ratings()
        self.num_skipped = 0
        self.templates: list[TemplateUse] = []
        self._template = template
        self._on_repair = on_repair
        self._format = format
        self._rows = Corpus(whole, format=format)

    def read(self, file: Path, quarantine: QuarantineWriter) -> None:
        """Look at each row of a file by itself."""
        statistics = StatisticsOf(str(file))
        use = TemplateUseOf(file, self._template) if self._template else None
        for row in rows_of(file, quarantine, format=self._format):
            statistics.add(row.records)
            self._encoding(row)
            self._content(row)
            if use:
                use.add(row, self.findings)
            self._rows.add(row)
        self.statistics.append(statistics.result())
        if use:
            self.templates.append(use.result())
        if num_quarantined := quarantine.counts[file].quarantined:
            self.findings.add("unusable", file, f"{file}: {quarantine.first_reason[file]}", num_quarantined)

    def _encoding(self, row: Row) -> None:
        texts = dict.fromkeys(text for record in row.records for text in all_texts(record))
        repairs = [(text, repair(text)) for text in texts]
        damaged = [(text, one) for text, one in repairs if one.status != "clean"]
        if not damaged:
            return
        worst = max((one for _, one in damaged), key=lambda one: ("repaired", "partly", "hopeless").index(one.status))
        lost = sum(one.lost for _, one in damaged)
        self.findings.add(f"encoding: {worst.status}", row.file, f"{row.place}" + (f" ({lost} lost)" if lost else ""))
        for text, one in damaged:
            self._on_repair(Repaired(row.file, row.line, text, one))

    def _content(self, row: Row) -> None:
        if not whole(row.records).strip():
            self.findings.add("empty", row.file, row.place)
        for record in row.records:
            if problems := role_problems(record):
                self.findings.add("turns", row.file, f"{row.place}: {problems[0]}")
                break
        for record in row.records:
            self.ratings.add(ratings_of(record))

    def compare_rows(self) -> None:
        """Find the rows that repeat an earlier one of these files."""
        found = duplicates(self._rows.prints, self._rows.texts)
        self.num_skipped += found.num_skipped
        for match in found.found:
            same_file = self._rows.file(match.first) == self._rows.file(match.second)
            self._tell("duplicate" if same_file else "duplicate of another file", self._rows, match)

    def compare_with(self, files: Sequence[Path], against: Sequence[Path]) -> None:
        """Find the rows that repeat one of other files, or at least its question."""
        known: set[tuple[Path, int]] = set()
        for what, text_of in (("row", whole), ("prompt", question)) if against else ():
            both = Corpus(text_of, format=self._format)
            for file in against:
                both.read(file)
            num_against = len(both.prints)
            for file in files:
                both.read(file)
            found = overlap(both.prints, both.texts, num_against)
            self.num_skipped += found.num_skipped
            for match in found.found:
                row = (both.file(match.second), both.line(match.second))
                if row not in known:
                    known.add(row)
                    self._tell(f"overlap of {what}", both, match)

    def _tell(self, what: str, corpus: Corpus, match: Match) -> None:
        kind = f"{what}: {match.kind}"
        place = f"{corpus.place(match.second)} = {corpus.place(match.first)}"
        if match.kind == "near":
            place = f"{place} ({match.similarity:.2f})"
        self.findings.add(kind, corpus.file(match.second), place)
