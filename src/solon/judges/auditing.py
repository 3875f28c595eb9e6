"""Put a judge through its audit: every case in both orders, and once more with instructions planted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from solon.errors import InputError
from solon.interfaces import Sampler
from solon.judges.audit import AuditReport, PairAudit, audit_choices, audit_pairs, audit_responses
from solon.judges.choices import choose_by_text
from solon.judges.judging import MAX_NEW_TOKENS, judge_pairs, judge_responses
from solon.judges.labelled import LabelledChoice, LabelledPair, LabelledResponse, LabelledSet
from solon.judges.plants import Kind, plant_in_choices, plant_in_pairs, plant_in_responses
from solon.judges.reading import ChoiceCase, JudgeFormat, PairCase, ResponseCase, Scale
from solon.judges.verdict import PairVerdict, ResponseVerdict
from solon.progress import Progress
from solon.records import Record

MOST_OF_FIVE = 5


class Asker(Protocol):
    """A judge with its way of being asked."""

    @property
    def probabilities(self) -> bool:
        """Whether its `prob_a` is a probability, so that calibration means something."""
        ...

    def pairs(self, cases: Sequence[PairCase]) -> list[PairVerdict]:
        """One verdict per pair, asked in both orders."""
        ...

    def responses(self, cases: Sequence[ResponseCase]) -> list[ResponseVerdict]:
        """One verdict per response."""
        ...

    def choices(self, cases: Sequence[ChoiceCase]) -> list[ResponseVerdict]:
        """One verdict per question."""
        ...

    @property
    def scale(self) -> Scale | None:
        """The scores it gives; None of a judge of classes or of pairs alone."""
        ...


class TextAsker:
    """A judge that writes, and whose text is parsed in a format."""

    def __init__(
        self,
        engine: Sampler,
        *,
        seed: int,
        of_pairs: JudgeFormat[PairCase] | None = None,
        of_responses: JudgeFormat[ResponseCase] | None = None,
        scale: Scale | None = None,
        samples: int = 1,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Progress | None = None,
    ) -> None:
        self._engine, self._seed, self._samples, self._limit = engine, seed, samples, max_new_tokens
        self._of_pairs, self._of_responses, self.scale, self._progress = of_pairs, of_responses, scale, progress

    @property
    def probabilities(self) -> bool:
        """Shares of several votes are read as probabilities."""
        return self._samples > 1

    def pairs(self, cases: Sequence[PairCase]) -> list[PairVerdict]:
        """One verdict per pair, asked in both orders.

        Raises:
            InputError: the format asks about single responses.
        """
        if self._of_pairs is None:
            raise InputError("the file holds pairs, and the format asks about single responses; choose another")
        return judge_pairs(
            cases, self._of_pairs, self._engine, seed=self._seed, samples=self._samples, max_new_tokens=self._limit,
            progress=self._progress,
        )  # fmt: skip

    def responses(self, cases: Sequence[ResponseCase]) -> list[ResponseVerdict]:
        """One verdict per response.

        Raises:
            InputError: the format asks about pairs.
        """
        if self._of_responses is None:
            raise InputError("the file holds single responses, and the format asks about pairs; choose another")
        return judge_responses(
            cases, self._of_responses, self._engine, seed=self._seed, samples=self._samples,
            max_new_tokens=self._limit, progress=self._progress,
        )  # fmt: skip

    def choices(self, cases: Sequence[ChoiceCase]) -> list[ResponseVerdict]:
        """One verdict per question."""
        return choose_by_text(cases, self._engine, seed=self._seed, max_new_tokens=self._limit)


class AuditedVerdict(Record):
    """One verdict beside the truth, as it stands in `verdicts.jsonl`."""

    id: str
    planted: str | None = None
    """The kind of instruction planted; None of an honest case."""
    truth: float | str
    category: str
    verdict: PairVerdict | ResponseVerdict


class Audited(NamedTuple):
    """The report and every verdict behind it."""

    report: AuditReport
    verdicts: list[AuditedVerdict]


def run_audit(labelled: LabelledSet, asker: Asker, *, seed: int, own: str | None = None) -> Audited:
    """Ask everything and measure.

    Raises:
        InputError: the asker cannot judge this kind of case, or its scores are on another scale than people's.
    """
    if labelled.pairs:
        return _audit_pairs(labelled.pairs, asker, seed, own)
    if labelled.responses:
        return _audit_responses(labelled.responses, asker, seed)
    return _audit_choices(labelled.choices, asker, seed)


def _audit_pairs(pairs: Sequence[LabelledPair], asker: Asker, seed: int, own: str | None) -> Audited:
    if own is not None and not any(own in (one.generators or ()) for one in pairs):
        known = sorted({name for one in pairs for name in one.generators or ()})
        told = f"known are {', '.join(known)}" if known else "the file does not tell who wrote what"
        raise InputError(f"--own {own}: no response of the file was written by it; {told}")
    planted = plant_in_pairs(pairs, seed=seed)
    verdicts = asker.pairs([one.case for one in pairs])
    of_planted = asker.pairs([one.case for one in planted])
    asked = PairAudit(pairs, verdicts, planted, of_planted)
    report = audit_pairs(asked, seed=seed, own=own, probabilities=asker.probabilities)
    return Audited(report, _rows(pairs, verdicts, [one.kind for one in planted], of_planted))


def _audit_responses(responses: Sequence[LabelledResponse], asker: Asker, seed: int) -> Audited:
    scored = [one.truth for one in responses if isinstance(one.truth, float)]
    scale = asker.scale
    # A score of at most 5 is read as one of a scale to 5: nothing else in a file tells its scale.
    fits = scale is not None and min(scored, default=0) >= scale.low and max(scored, default=0) <= scale.high
    if scored and (scale is None or not fits or scale.high > MOST_OF_FIVE >= max(scored)):
        told = "gives none" if scale is None else f"scores from {scale.low:g} to {scale.high:g}"
        raise InputError(
            f"people's scores in the file go from {min(scored):g} to {max(scored):g}, and the format {told}; choose "
            "one on the file's scale, such as --format prometheus for 1 to 5"
        )
    if not scored and scale is not None:
        raise InputError("the file holds classes, and the format scores; choose --format xstest or do-not-answer")
    planted = plant_in_responses(responses, seed=seed)
    verdicts = asker.responses([one.case for one in responses])
    of_planted = asker.responses([one.case for one in planted]) if planted else []
    highest = None if scale is None else scale.high
    report = audit_responses(responses, verdicts, planted, of_planted, highest=highest, seed=seed)
    return Audited(report, _rows(responses, verdicts, [one.kind for one in planted], of_planted))


def _audit_choices(choices: Sequence[LabelledChoice], asker: Asker, seed: int) -> Audited:
    planted = plant_in_choices(choices, seed=seed)
    verdicts = asker.choices([one.case for one in choices])
    of_planted = asker.choices([one.case for one in planted])
    report = audit_choices(choices, verdicts, planted, of_planted, seed=seed)
    return Audited(report, _rows(choices, verdicts, [one.kind for one in planted], of_planted))


def _rows(
    cases: Sequence[LabelledPair] | Sequence[LabelledResponse] | Sequence[LabelledChoice],
    verdicts: Sequence[PairVerdict] | Sequence[ResponseVerdict],
    kinds: Sequence[Kind],
    of_planted: Sequence[PairVerdict] | Sequence[ResponseVerdict],
) -> list[AuditedVerdict]:
    of_case = {one.case.id: one for one in cases}
    told: list[tuple[Kind | None, PairVerdict | ResponseVerdict]] = [(None, verdict) for verdict in verdicts]
    told += zip(kinds, of_planted, strict=True)
    return [
        AuditedVerdict(
            id=verdict.id, planted=kind, truth=of_case[verdict.id].truth, category=of_case[verdict.id].category,
            verdict=verdict,
        )
        for kind, verdict in told
    ]  # fmt: skip
