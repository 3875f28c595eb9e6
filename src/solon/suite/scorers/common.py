"""What scorers have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from solon.suite.refusals import RefusalLabel
from solon.suite.task import Answer, Instruments, Score

NO_ANSWER = "the engine gave no answer"


def of_each(
    answers: Sequence[Answer],
    names: Sequence[str],
    instrument: str,
    score: Callable[[Answer, str], Mapping[str, object]],
) -> list[list[Score]]:
    """Scores of answers with one conversation and one draw, in order.

    Args:
        names: what is unscored where there is no answer.
        score: (answer, its text) -> name -> value; None where it cannot be read. Other names than these are left away
            where the question does not arise.
    """
    found = []
    for answer in answers:
        text = answer.responses[0]
        if text is None:
            found.append(unscored(names, instrument, answer.note or NO_ANSWER))
            continue
        values = score(answer, text)
        found.append([scored(name, value, instrument) for name, value in values.items()])
    return found


def scored(name: str, value: object, instrument: str, explanation: str = "") -> Score:
    """A score; without a value it says that the answer cannot be read."""
    if value is None:
        return Score(name=name, explanation=explanation or "cannot be read", instrument=instrument)
    return Score.model_validate(
        {"name": name, "value": value, "explanation": explanation, "instrument": instrument}, strict=True
    )


def unscored(names: Sequence[str], instrument: str, reason: str) -> list[Score]:
    """Scores without a value, for this reason."""
    return [Score(name=name, explanation=reason, instrument=instrument) for name in names]


def refusal_labels(pairs: Sequence[tuple[str, str | None]], using: Instruments) -> list[RefusalLabel | None]:
    """The label of each (prompt, response); None where there is no response or no label."""
    places = [i for i, (_, response) in enumerate(pairs) if response is not None]
    labels = using.refusals([(pairs[i][0], pairs[i][1] or "") for i in places])
    found: list[RefusalLabel | None] = [None] * len(pairs)
    for place, label in zip(places, labels, strict=True):
        found[place] = label
    return found
