"""All that the doctor looks for, over the files of one command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solon.data.doctor.agreement import Agreement, Ratings, ratings_of
from solon.data.doctor.containment import PassageCounts
from solon.data.doctor.corpus import Corpus
from solon.data.doctor.duplicates import Match, duplicates
from solon.data.doctor.encoding import Repair, repair
from solon.data.doctor.findings import Finding, Findings
from solon.data.doctor.leaks import Leaks
from solon.data.doctor.licence import Licence, licences_of
from solon.data.doctor.roles import role_problems
from solon.data.doctor.rows import Row, rows_of
from solon.data.doctor.statistics import Statistics, StatisticsOf
from solon.data.doctor.templates import ModelTemplate, TemplateUse, TemplateUseOf
from solon.data.doctor.texts import all_texts, whole
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
    passages: PassageCounts
    """Rows that were looked for inside longer ones: of the smaller of the two sides."""


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
        passages=doctor.passages,
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
        "passages": report.passages._asdict(),
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
        self.passages = PassageCounts()
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
            others = [f"{file}:{line}: {reason}" for reason, line in quarantine.first_lines[file].items()]
            first = others.pop(0)
            self.findings.add("unusable", file, first, num_quarantined - len(others))
            for place in others:
                self.findings.add("unusable", file, place)

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
            self.findings.add("empty", row.file, f"{row.place}")
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
            self._tell_duplicate(match)

    def compare_with(self, files: Sequence[Path], against: Sequence[Path]) -> None:
        """Find the rows that repeat one of other files, or its question, hold one, or stand inside one."""
        leaks = Leaks(files, against, format=self._format)
        for leak in leaks:
            self.findings.add(f"overlap of {leak.kind}", leak.row.file, leak.told)
        self.num_skipped += leaks.num_skipped
        self.passages = leaks.passages

    def _tell_duplicate(self, match: Match) -> None:
        row, earlier = self._rows.place(match.second), self._rows.place(match.first)
        what = "duplicate" if row.file == earlier.file else "duplicate of another file"
        near = f" ({match.similarity:.2f})" if match.kind == "near" else ""
        self.findings.add(f"{what}: {match.kind}", row.file, f"{row} = {earlier}{near}")
