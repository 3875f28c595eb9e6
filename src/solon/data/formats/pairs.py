"""Two responses and a verdict, under the names and the codes of each published set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from solon.data.fields import (
    alpaca_question,
    as_text,
    id_of,
    labelled_response,
    optional_text,
    other_labels,
    prompt_of,
    ranking_of,
    ranks_of_scores,
    text_of,
)
from solon.data.formats.format import Format, has
from solon.data.quarantine import Unusable
from solon.records import Comparison, Message, Preference, Prompt, Ranking, Record, user

_FIRST, _SECOND, _TIE = (0, 1), (1, 0), (0, 0)
_ANNOTATOR = re.compile(r"annotator\d+\Z")


class _Shape(NamedTuple):
    """Names of fields, and what a verdict (as text) means as ranks."""

    asked: str
    responses: tuple[str, str]
    verdict: str
    ranks: Mapping[str, tuple[int, int]]
    rater: str
    """A field that names the rater, or his name."""


_LLMBAR = _Shape("input", ("output_1", "output_2"), "label", {"1": _FIRST, "2": _SECOND}, "people")
_AUTO_J = _Shape("prompt", ("response 1", "response 2"), "label", {"0": _FIRST, "1": _SECOND, "2": _TIE}, "people")
_JUDGEBENCH = _Shape(
    "question", ("response_A", "response_B"), "label", {"A>B": _FIRST, "B>A": _SECOND, "A=B": _TIE}, "ground truth"
)
_ALPACA_EVAL = _Shape(
    "instruction", ("output_1", "output_2"), "preference", {"1": _FIRST, "2": _SECOND, "0": _TIE}, "annotator"
)
_TULU = _Shape(
    "prompt", ("completion_a", "completion_b"), "preference",
    {"a-is-better": _FIRST, "a-is-slightly-better": _FIRST, "b-is-better": _SECOND, "b-is-slightly-better": _SECOND,
     "tie": _TIE}, "evaluator",
)  # fmt: skip
_PANDALM = {"0": _TIE, "1": _FIRST, "2": _SECOND}


def read_pandalm(row: dict[str, Any], name: str) -> Sequence[Ranking]:
    """A row `{instruction, input, response1, response2, annotator1, ...}`: a ranking for each annotator; 0 ties."""
    texts = _texts(row, ("response1", "response2"))
    annotators = sorted(field for field in row if _ANNOTATOR.match(field) and row[field] is not None)
    if not annotators:
        raise Unusable("no annotator has judged this pair")
    labels = other_labels(row, "instruction", "input", "response1", "response2", "idx", *annotators)
    prompt = prompt_of(alpaca_question(row), labels)
    return [ranking_of(f"{name}/{who}", prompt, texts, _verdict(row, who, _PANDALM), rater=who) for who in annotators]


def read_alpaca_eval(row: dict[str, Any], name: str) -> Sequence[Ranking | Preference]:
    """A row of AlpacaEval: `preference` is 1, 2 or 0; of a weighted annotator a number between 1 and 2, how far the
    second response won."""
    read, preference = _ranking(_ALPACA_EVAL), row.get("preference")
    if not isinstance(preference, float) or not 1 < preference < 2:
        found: Sequence[Ranking] = read(row, name)
        return found
    ranking: Ranking = read({**row, "preference": 1}, name)[0]
    text_a, text_b = ranking.responses
    if text_a == text_b:
        raise Unusable("both responses are the same")
    pair = Comparison(id=ranking.id, prompt=ranking.prompt, response_a=text_a, response_b=text_b)
    return (Preference(comparison=pair, prob_a=2 - preference, source=ranking.rater),)


def read_tulu(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A row of Open-Instruct's people: a preference in five steps, and whether each answer is acceptable."""
    found: list[Record] = []
    # Without a preference the row still tells what is acceptable.
    if row.get(_TULU.verdict) is not None:
        found += _ranking(_TULU)(row, name)
    texts = _texts(row, _TULU.responses)
    prompt = prompt_of(text_of(row, "prompt"), labels_of_tulu(row))
    for side, text in zip("ab", texts, strict=True):
        if (acceptable := row.get(f"completion_{side}_is_acceptable")) is not None:
            told = {"is_acceptable": acceptable, "model": row.get(f"model_{side}")}
            found.append(labelled_response(f"{name}/{side}", prompt, text, told, _rater(row, "evaluator")))
    if not found:
        raise Unusable("nobody has judged this pair: neither a preference nor what is acceptable")
    return found


def labels_of_tulu(row: dict[str, Any]) -> dict[str, str]:
    """What the annotators' sheet says of the question, and of the preference in full."""
    texts = ("prompt", "completion_a", "completion_b")
    judged = ("completion_a_is_acceptable", "completion_b_is_acceptable", "evaluator")
    return other_labels(row, "id", *texts, *judged)


def read_scored_pair(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A row `{question, response_1, response_2, human_score_1?, human_score_2?}`: a ranking by score, else a pair."""
    sides = ("response_1", "response_2")
    texts = _texts(row, sides)
    scores = [row.get(f"human_score_{number}") for number in (1, 2)]
    labels = other_labels(row, "id", "question", *sides, "human_score_1", "human_score_2", "label")
    prompt = prompt_of(text_of(row, "question"), labels)
    own = id_of(row, name)
    if scores == [None, None]:
        if texts[0] == texts[1]:
            raise Unusable("both responses are the same")
        return (Comparison(id=own, prompt=prompt, response_a=texts[0], response_b=texts[1]),)
    if not all(isinstance(score, int | float) and score == score for score in scores):
        raise Unusable("`human_score_1` and `human_score_2` are not two numbers")
    return [
        ranking_of(own, prompt, texts, ranks_of_scores([float(score) for score in scores if score is not None])),
        *(
            labelled_response(f"{own}/{number}", prompt, text, {"human_score": score}, "people")
            for number, (text, score) in enumerate(zip(texts, scores, strict=True), start=1)
        ),
    ]


def _ranking(shape: _Shape) -> Any:
    def read(row: dict[str, Any], name: str) -> Sequence[Ranking]:
        taken = ("id", "pair_id", shape.asked, *shape.responses)
        prompt: Prompt = prompt_of(_asked(row, shape), other_labels(row, *taken, shape.rater, *_verdict_field(shape)))
        ranks = _verdict(row, shape.verdict, shape.ranks)
        rater = _rater(row, shape.rater)
        own = id_of(row, id_of(row, name, "pair_id"))
        return (ranking_of(own, prompt, _texts(row, shape.responses), ranks, rater=rater),)

    return read


def _verdict_field(shape: _Shape) -> tuple[str, ...]:
    # Of a verdict in more steps than a ranking has, the words stay as a label.
    return (shape.verdict,) if len(shape.ranks) <= 3 else ()


def _asked(row: dict[str, Any], shape: _Shape) -> Message:
    return user(text_of(row, shape.asked))


def _texts(row: dict[str, Any], fields: tuple[str, str]) -> list[str]:
    # An empty response stays: that it lost is what people said.
    for field in fields:
        if row.get(field) is None:
            raise Unusable(f"`{field}` is missing")
    return [optional_text(row, field) for field in fields]


def _verdict(row: dict[str, Any], field: str, ranks: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    value = row.get(field)
    if value is None:
        raise Unusable(f"`{field}` is missing: nobody has judged this pair")
    whole = isinstance(value, float) and value.is_integer()
    text = str(int(value)) if whole else as_text(value)
    if text not in ranks:
        raise Unusable(f"`{field}` is {text[:40]!r}; known are {', '.join(ranks)}")
    return ranks[text]


def _rater(row: dict[str, Any], rater: str) -> str:
    named = row.get(rater)
    return named if isinstance(named, str) and named else "people" if rater == "evaluator" else rater


PAIRS = (
    Format("pandalm", "`response1`, `response2`, `annotator1` ...", "a ranking for each annotator", "idx",
           has("response1", "response2", "annotator1"), read_pandalm),
    Format("llmbar", "`input`, `output_1`, `output_2`, `label`", "ranking", "nothing",
           has("input", "output_1", "output_2", "label"), _ranking(_LLMBAR)),
    Format("auto-j", "`response 1`, `response 2`, `label`", "ranking; 2 ties", "nothing",
           has("response 1", "response 2", "label"), _ranking(_AUTO_J)),
    Format("judgebench", "`response_A`, `response_B`, `label`", "ranking", "nothing",
           has("response_A", "response_B", "label"), _ranking(_JUDGEBENCH)),
    Format("alpaca-eval", "`output_1`, `output_2`, `preference`",
           "ranking of the named annotator, 0 ties; between 1 and 2 preference", "nothing",
           has("output_1", "output_2", "preference"), read_alpaca_eval),
    Format("tulu", "`completion_a`, `completion_b`, `preference`", "ranking, labelled responses",
           "the row's number in the sheet", has("completion_a", "completion_b", "preference"), read_tulu),
    Format("scored-pairs", "`question`, `response_1`, `response_2`",
           "ranking and labelled responses by `human_score_1`, `human_score_2`; else comparison",
           "`label`, which repeats the scores", has("question", "response_1", "response_2"), read_scored_pair),
)  # fmt: skip
