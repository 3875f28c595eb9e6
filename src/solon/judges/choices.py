"""Questions with lettered options: asked as text, or by the log-probabilities of the letters.

Source: Bai et al. 2022, arXiv:2212.08073, section 4.1 and figures 4 and 12. Asking with the options in reverse order as
well is ours, as for pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from solon.interfaces import OptionLogprobs, OptionRequest, Sampler, SampleRequest, Scorer
from solon.judges.formats.multiple_choice import LETTERS, LetteredOptions, listed
from solon.judges.judging import MAX_NEW_TOKENS
from solon.judges.reading import ChoiceCase, Reading
from solon.judges.verdict import ResponseVerdict
from solon.records import user
from solon.seeds import derive

PREFILL = "The answer is:"


def choose_by_text(
    cases: Sequence[ChoiceCase], engine: Sampler, *, seed: int, max_new_tokens: int = MAX_NEW_TOKENS
) -> list[ResponseVerdict]:
    """One verdict per question, in order; two orders that choose different options are a tie."""
    forms = [LetteredOptions(len(case.options)) for case in cases]
    requests = [
        SampleRequest(
            form.question(shown),
            derive(seed, "choice", case.id, order),
            max_new_tokens,
            0.0,
            name=f"question {case.id}",
        )
        for case, form in zip(cases, forms, strict=True)
        for order, shown in enumerate((case, case.reversed()))
    ]
    answers = engine.sample(requests)
    verdicts = []
    for number, (case, form) in enumerate(zip(cases, forms, strict=True)):
        readings = [form.parse(answer.text) for answer in answers[2 * number : 2 * number + 2]]
        verdicts.append(_of_orders(case, readings))
    return verdicts


def choose_by_logprobs(cases: Sequence[ChoiceCase], engine: Scorer) -> list[ResponseVerdict]:
    """One verdict per question, in order: the option whose log-probability, averaged over both orders, is highest.

        p(option) = softmax over options of the mean over orders of log p(letter of the option)

    Equal best options are a tie; a question with a log-probability that is not finite is unscored.
    """
    requests = [
        OptionRequest(
            (user(f"{shown.question}\n{listed(shown)}"),),
            tuple(f" ({letter})" for letter in LETTERS[: len(case.options)]),
            PREFILL,
            name=f"question {case.id}",
        )
        for case in cases
        for shown in (case, case.reversed())
    ]
    logprobs = engine.option_logprobs(requests)
    return [_of_logprobs(case, logprobs[2 * n], logprobs[2 * n + 1]) for n, case in enumerate(cases)]


def _of_orders(case: ChoiceCase, readings: Sequence[Reading]) -> ResponseVerdict:
    raw = tuple(reading.raw for reading in readings)
    chosen: list[int | None] = []
    for order, reading in enumerate(readings):
        place = None if reading.value is None else LETTERS.index(str(reading.value).upper())
        chosen.append(place if place is None or order == 0 else len(case.options) - 1 - place)
    told = {"id": case.id, "orders": chosen, "raw": raw}
    if None in chosen:
        unread = next(reading for reading in readings if reading.value is None)
        status = "refused" if any(reading.status == "refused" for reading in readings) else "unscored"
        return ResponseVerdict.model_validate({**told, "status": status, "reason": unread.reason})
    if len(set(chosen)) > 1:
        return ResponseVerdict.model_validate({**told, "status": "tie", "reason": "the orders disagree"})
    return ResponseVerdict.model_validate({**told, "status": "scored", "value": chosen[0]})


def _of_logprobs(case: ChoiceCase, forward: OptionLogprobs, backward: OptionLogprobs) -> ResponseVerdict:
    raw = tuple(f"[{how}]" if how else "" for how in (forward.how, backward.how))
    if failure := forward.failure or backward.failure:
        return ResponseVerdict(id=case.id, status="unscored", reason=failure, raw=raw)
    first, second = forward.values, backward.values[::-1]
    if not all(map(math.isfinite, (*first, *second))):
        reason = "an option has no finite log-probability"
        return ResponseVerdict(id=case.id, status="unscored", reason=reason, raw=raw)
    orders = tuple(float(max(range(len(one)), key=one.__getitem__)) for one in (first, second))
    mean = [(one + other) / 2 for one, other in zip(first, second, strict=True)]
    best = max(mean)
    if mean.count(best) > 1:
        reason = "several options are equally likely"
        return ResponseVerdict(id=case.id, status="tie", orders=orders, reason=reason, raw=raw)
    prob = 1 / math.fsum(math.exp(one - best) for one in mean)
    return ResponseVerdict(
        id=case.id, status="scored", value=float(mean.index(best)), prob=prob, orders=orders, raw=raw
    )
