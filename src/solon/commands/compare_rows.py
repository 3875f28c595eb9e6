"""Rows that `solon compare` reads: judged pairs, and who wrote their responses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from solon.commands.compare_written import games_by_score, written_row
from solon.data import QuarantineWriter
from solon.data.fields import prompt_id
from solon.data.load import read_rows
from solon.data.quarantine import Unusable
from solon.data.recognition import format_of, unknown
from solon.errors import InputError
from solon.evaluation.calibration import unclamped_prob
from solon.evaluation.games import Game
from solon.evaluation.rates import template
from solon.records import Comparison, Preference, Prompt, Ranking

_NAMES = (("generator_1", "generator_2"), ("model_a", "model_b"), ("model_1", "model_2"))

Writers = Mapping[tuple[str, str], Sequence[str]]
"""(prompt id, response) -> the models that wrote it."""


class Given(NamedTuple):
    """What the arguments of the command name."""

    pairs: list[Path]
    written: dict[str, Path]
    """Model -> its responses."""


def given_files(arguments: Sequence[str]) -> Given:
    """FILE of judged pairs, or NAME=FILE of one model's responses.

    Raises:
        InputError: a name stands there twice.
    """
    found = Given([], {})
    for argument in arguments:
        name, equals, file = argument.partition("=")
        if not equals or Path(argument).exists():
            found.pairs.append(Path(argument))
        elif name in found.written:
            raise InputError(f"{argument}: {name!r} has responses already, in {found.written[name]}; name it once")
        else:
            found.written[name] = Path(file)
    return found


def read_games(given: Given, quarantine: QuarantineWriter) -> list[Game]:
    """The games of all files, each verdict one.

    A row without the names of its models (`generator_1`, `model_a`, `models` ...) is looked up among the responses of
    NAME=FILE; a row that nobody has judged, or whose models are not known, goes to quarantine.

    Raises:
        InputError: a file cannot be read, or no row of it can be used; some of the models have scores and others none.
    """
    written = {name: read_rows(file, written_row, quarantine) for name, file in given.written.items()}
    writers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, rows in written.items():
        for row in rows:
            of_text = writers[row.pair.prompt.id, row.pair.response]
            if name not in of_text:
                of_text.append(name)

    def convert(row: dict[str, Any], name: str) -> list[Game]:
        return _games(row, name, writers)

    games = [game for file in given.pairs for games in read_rows(file, convert, quarantine) for game in games]
    return games + list(games_by_score(written, required=not given.pairs))


def _games(row: dict[str, Any], name: str, writers: Writers) -> list[Game]:
    form = format_of(row)
    if form is None:
        raise unknown(row)
    games: list[Game] = []
    refused: Unusable | None = None
    for record in form.read(row, name):
        try:
            if isinstance(record, Ranking):
                games += _of_ranking(record, row, writers)
            elif isinstance(record, Preference | Comparison):
                games += _of_pair(record, row, writers)
        except Unusable as reason:
            refused = refused or reason
    if not games:
        raise refused or Unusable(f"a row of the form {form.name} holds no judged pair")
    return games


def _of_pair(record: Preference | Comparison, row: Mapping[str, Any], writers: Writers) -> Iterator[Game]:
    if isinstance(record, Comparison) or record.prob_a is None:
        raise Unusable("nobody has judged this pair: there is no `prob_a`")
    pair, orders = record.comparison, None
    if len(record.log_odds) == 2:
        a_first, b_first = (unclamped_prob(record.model_copy(update={"log_odds": (one,)})) for one in record.log_odds)
        orders = (a_first, b_first)
    texts = (pair.response_a, pair.response_b)
    for model_a, model_b in _pairs_of_models(pair.prompt, texts, row, writers):
        yield Game(template(pair.prompt), model_a, model_b, *texts, unclamped_prob(record), record.source,
                   None if orders else True, orders)  # fmt: skip


def _of_ranking(ranking: Ranking, row: Mapping[str, Any], writers: Writers) -> Iterator[Game]:
    found = 0
    refused: Unusable | None = None
    for a, b in combinations(range(len(ranking.responses)), 2):
        texts = (ranking.responses[a], ranking.responses[b])
        prob = 0.5 if ranking.ranks[a] == ranking.ranks[b] else float(ranking.ranks[a] < ranking.ranks[b])
        try:
            for model_a, model_b in _pairs_of_models(ranking.prompt, texts, row, writers, (a, b), len(ranking.ranks)):
                found += 1
                yield Game(template(ranking.prompt), model_a, model_b, *texts, prob, ranking.rater, True)
        except Unusable as reason:
            refused = reason
    if not found and refused:
        raise refused


def _pairs_of_models(
    prompt: Prompt,
    texts: tuple[str, str],
    row: Mapping[str, Any],
    writers: Writers,
    places: tuple[int, int] = (0, 1),
    count: int = 2,
) -> list[tuple[str, str]]:
    """Who wrote the two texts: by name, else by text, which several models may have written."""
    if names := _names(row, count):
        wrote_a, wrote_b = [names[places[0]]], [names[places[1]]]
    else:
        asked = prompt_id(prompt.messages, prompt.tools)  # a record may have an id of its own
        wrote_a, wrote_b = (list(writers.get((asked, text), ())) for text in texts)
    if not wrote_a or not wrote_b:
        raise Unusable(
            "nothing says which models wrote these responses: name them in the row (`model_a`, `model_b`), or give the "
            "responses of every model as NAME=FILE"
        )
    pairs = [(one, other) for one in wrote_a for other in wrote_b if one != other]
    if not pairs:
        raise Unusable(f"both responses are of {wrote_a[0]!r}")
    return pairs


def _names(row: Mapping[str, Any], count: int) -> list[str] | None:
    listed = row.get("models")
    if not isinstance(listed, list) and isinstance(row.get("completions"), list):
        listed = [one.get("model") if isinstance(one, dict) else None for one in row["completions"]]
    if isinstance(listed, list):
        return listed if len(listed) == count and all(isinstance(name, str) and name for name in listed) else None
    for fields in _NAMES if count == 2 else ():
        named = [row.get(field) for field in fields]
        if all(isinstance(name, str) and name for name in named):
            return [str(name) for name in named]
    return None
