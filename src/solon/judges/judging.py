"""Ask a judge about pairs and responses, in both orders and as often as wanted.

Source of both orders with hard verdicts, where those that disagree are ties: Zheng et al. 2023, arXiv:2306.05685,
section 3.4. Several samples vote; published chains of thought are averaged likewise (Bai et al. 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from solon.interfaces import Sample, Sampler, SampleRequest
from solon.judges.reading import JudgeFormat, PairCase, Reading, ResponseCase
from solon.judges.verdict import PairVerdict, ResponseVerdict, pair_verdict, votes_of
from solon.progress import Progress, Silent
from solon.seeds import derive

SHARD_CASES = 256
"""Cases asked at once; changes memory, not verdicts."""
MAX_NEW_TOKENS = 1024


def judge_pairs(
    cases: Sequence[PairCase],
    form: JudgeFormat[PairCase],
    engine: Sampler,
    *,
    seed: int,
    both_orders: bool = True,
    samples: int = 1,
    max_new_tokens: int = MAX_NEW_TOKENS,
    progress: Progress | None = None,
) -> list[PairVerdict]:
    """One verdict per pair, in order. A single sample is greedy, several are drawn at temperature 1 and vote.

    Args:
        both_orders: ask with B first as well; orders that disagree are a tie, and `flipped` tells of it.
        samples: of each order.
        max_new_tokens: of each answer; one that is cut before its verdict is unscored.
    """
    progress = progress or Silent()
    progress.start("judging pairs", len(cases))
    verdicts: list[PairVerdict] = []
    for start in range(0, len(cases), SHARD_CASES):
        shard = cases[start : start + SHARD_CASES]
        asked = [(case, swapped) for case in shard for swapped in ((False, True) if both_orders else (False,))]
        requests = [
            _request(form, case.swapped() if swapped else case, seed, int(swapped), draw, samples, max_new_tokens)
            for case, swapped in asked
            for draw in range(samples)
        ]
        readings = _read(form, engine.sample(requests))
        orders = [
            votes_of(readings[place * samples : (place + 1) * samples], swapped=swapped)
            for place, (_, swapped) in enumerate(asked)
        ]
        of_case = len(asked) // len(shard)
        for number, case in enumerate(shard):
            raw = [one.raw for one in readings[number * of_case * samples : (number + 1) * of_case * samples]]
            verdicts.append(pair_verdict(case.id, orders[number * of_case : (number + 1) * of_case], raw))
        progress.advance(start + len(shard), _unread(verdicts))
    return verdicts


def judge_responses(
    cases: Sequence[ResponseCase],
    form: JudgeFormat[ResponseCase],
    engine: Sampler,
    *,
    seed: int,
    samples: int = 1,
    max_new_tokens: int = MAX_NEW_TOKENS,
    progress: Progress | None = None,
) -> list[ResponseVerdict]:
    """One score or class per response, in order; of several samples the mean score, or the class that most agree on.

    Samples that refused or cannot be read do not count. Classes without more than half of the votes are unscored.
    """
    progress = progress or Silent()
    progress.start("judging responses", len(cases))
    verdicts: list[ResponseVerdict] = []
    for start in range(0, len(cases), SHARD_CASES):
        shard = cases[start : start + SHARD_CASES]
        requests = [
            _request(form, case, seed, 0, draw, samples, max_new_tokens) for case in shard for draw in range(samples)
        ]
        readings = _read(form, engine.sample(requests))
        verdicts += [
            _of_readings(case.id, readings[number * samples : (number + 1) * samples])
            for number, case in enumerate(shard)
        ]
        progress.advance(start + len(shard), _unread(verdicts))
    return verdicts


def _request(
    form: JudgeFormat[PairCase] | JudgeFormat[ResponseCase],
    case: PairCase | ResponseCase,
    seed: int,
    order: int,
    draw: int,
    samples: int,
    max_new_tokens: int,
) -> SampleRequest:
    return SampleRequest(
        form.question(case),  # type: ignore[arg-type]  # the callers pair format and case
        derive(seed, "judge", case.id, order, draw),
        max_new_tokens,
        temperature=0.0 if samples == 1 else 1.0,
        name=f"the question about {case.id!r}",
    )


def _read(form: JudgeFormat[PairCase] | JudgeFormat[ResponseCase], answers: Sequence[Sample]) -> list[Reading]:
    readings = []
    for answer in answers:
        if answer.failure:
            readings.append(Reading(status="unscored", reason=answer.failure, raw=""))
            continue
        reading = form.parse(answer.text)
        if answer.truncated and reading.status == "unscored":
            reading = reading.model_copy(update={"reason": f"{reading.reason}; the token limit cut it"})
        readings.append(reading)
    return readings


def _of_readings(name: str, readings: Sequence[Reading]) -> ResponseVerdict:
    raw = tuple(reading.raw for reading in readings)
    values = [reading.value for reading in readings if reading.value is not None]
    if not values:
        refused = any(reading.status == "refused" for reading in readings)
        status = "refused" if refused else "unscored"
        return ResponseVerdict.model_validate({"id": name, "status": status, "reason": readings[0].reason, "raw": raw})
    numbers = [value for value in values if isinstance(value, float)]
    if len(numbers) == len(values):
        return ResponseVerdict(id=name, status="scored", value=fmean(numbers), raw=raw)
    best = max(values, key=values.count)
    if 2 * values.count(best) <= len(values):
        return ResponseVerdict(id=name, status="unscored", reason="no class has more than half of the votes", raw=raw)
    return ResponseVerdict(id=name, status="scored", value=best, raw=raw)


def _unread(verdicts: Sequence[PairVerdict] | Sequence[ResponseVerdict]) -> dict[str, float]:
    count = len(verdicts)
    return {status: sum(one.status == status for one in verdicts) / count for status in ("refused", "unscored")}
