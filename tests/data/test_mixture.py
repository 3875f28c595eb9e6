import itertools
import json
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from solon.data.mixture import Drawn, Mixture, MixtureConfig
from solon.errors import InputError
from solon.seeds import generator

PHASES = {"warmup": 0.1, "stable": 0.7, "decay": 0.2}
SOURCES: list[dict[str, Any]] = [
    {"name": "web", "files": "web.txt", "weights": {"warmup": 1, "stable": 0.8, "decay": 0.4}},
    {"name": "books", "files": "books.txt", "weights": {"stable": 0.2, "decay": 0.1}},
    {"name": "chat", "files": "chat.jsonl", "weights": {"decay": 0.5}},
]
SAFETY = {"name": "safety", "files": "safety.jsonl", "add": 100}


def config(tokens: int = 1_000_000, **changes: Any) -> MixtureConfig:
    return MixtureConfig.model_validate({"tokens": tokens, "phases": PHASES, "sources": SOURCES, **changes})


def lengths(**numbers: int) -> dict[str, np.ndarray[Any, Any]]:
    """Rows of 5 to 400 tokens."""
    of = {"web": 3000, "books": 500, "chat": 200, "safety": 300, **numbers}
    return {name: generator(0, name).integers(5, 400, number) for name, number in of.items()}


def test_over_a_million_tokens_every_share_is_within_a_hundredth_of_the_asked_one() -> None:
    mixture = Mixture(config(), lengths(), seed=1)
    for _ in mixture:
        pass
    record = mixture.record()
    for phase, share in PHASES.items():
        read = record["phases"][phase]
        assert sum(one["tokens"] for one in read.values()) == pytest.approx(share * 1_000_000, abs=400)
        for one in read.values():
            if one["asked"] is not None:
                assert one["realised"] == pytest.approx(one["asked"], abs=0.01)
    assert record["largest_difference"] < 0.01


def test_a_source_gives_nothing_in_a_phase_where_it_weighs_nothing() -> None:
    drawn = list(Mixture(config(50_000), lengths(), seed=1))
    assert {one.source for one in drawn if one.phase == "warmup"} == {"web"}
    assert {one.source for one in drawn if one.phase == "stable"} == {"web", "books"}
    assert [phase for phase, _ in itertools.groupby(drawn, lambda one: one.phase)] == list(PHASES)


def test_every_row_comes_once_before_any_comes_again_and_then_in_another_order() -> None:
    mixture = Mixture(config(1_000_000), lengths(books=50), seed=1)
    rows = [one.row for one in mixture if one.source == "books"]
    assert len(rows) > 150
    first, second = rows[:50], rows[50:100]
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    record = mixture.record()["sources"]["books"]
    assert record["repeats"] == pytest.approx(len(rows) / 50)
    assert record["most_repeats"] == -(-len(rows) // 50)


def test_added_rows_are_exactly_as_many_as_asked_spread_evenly_and_count_to_no_share() -> None:
    plain = list(Mixture(config(), lengths(), seed=1))
    dosed = list(Mixture(config(sources=[*SOURCES, SAFETY]), lengths(), seed=1))
    assert [one for one in dosed if not one.added] == plain
    added = [place for place, one in enumerate(dosed) if one.added]
    assert added[0] > 10  # in the middle of its hundredth, not at the very beginning
    assert len(added) == 100 == len({one.row for one in dosed if one.added})
    gaps = np.diff(added)
    assert gaps.min() > 0.5 * gaps.mean() and gaps.max() < 1.5 * gaps.mean()


@pytest.mark.parametrize("stopped_after", [0, 1, 57, 700])
def test_a_stream_that_goes_on_from_its_state_gives_the_same_rows(stopped_after: int) -> None:
    def mixture() -> Mixture:
        return Mixture(config(200_000, sources=[*SOURCES, SAFETY]), lengths(books=20), seed=3)

    whole = list(mixture())
    stopped, resumed = mixture(), mixture()
    before = list(itertools.islice(stopped, stopped_after))
    resumed.load_state_dict(json.loads(json.dumps(stopped.state_dict())))
    assert before + list(resumed) == whole


def test_another_seed_gives_other_rows_in_the_same_shares() -> None:
    one, other = (Mixture(config(100_000), lengths(), seed=seed) for seed in (1, 2))
    first: list[Drawn] = list(one)
    assert first != list(other)
    assert other.record()["largest_difference"] < 0.03


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"phases": {"stable": 0.5, "decay": 0.4}}, "add up to 1"),
        ({"sources": [{"name": "web", "files": "a", "weights": {"stabel": 1}}]}, "no phase 'stabel'"),
        ({"sources": SOURCES[1:]}, "no source has a weight in the phase 'warmup'"),
        ({"sources": [*SOURCES, SOURCES[0]]}, "the same name"),
        ({"sources": [*SOURCES, {**SAFETY, "weights": {"decay": 1}}]}, "not both"),
        ({"sources": [*SOURCES, {"name": "none", "files": "a"}]}, "give `weights`, or `add`"),
    ],
)
def test_a_mixture_that_cannot_be_meant_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        config(**changes)


def test_more_rows_than_a_source_has_cannot_be_added() -> None:
    with pytest.raises(InputError, match="source safety: 100 rows are to be added, and it has 40"):
        Mixture(config(sources=[*SOURCES, SAFETY]), lengths(safety=40), seed=1)
