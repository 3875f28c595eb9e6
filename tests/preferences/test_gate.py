from collections.abc import Sequence
from typing import Literal

import pytest

from solon.constitution import Constitution, PrincipleEntry
from solon.errors import InputError
from solon.interfaces import OptionLogprobs, OptionRequest, Probe, Sample, SampleRequest
from solon.preferences import FeedbackConfig, ReadingThresholds, label_probes, reading_gate
from solon.records import Comparison, Preference, Prompt, user

THRESHOLDS = ReadingThresholds()


def probe(name: str, principle: str, expected: Literal["a", "b", "none"]) -> Probe:
    prompt = Prompt(id=name, messages=(user("?"),))
    pair = Comparison(id=name, prompt=prompt, response_a="a", response_b="b")
    return Probe(pair, principle, expected)


def judged(of: Probe, prob_a: float | None, log_odds: tuple[float, ...] = ()) -> Preference:
    status: Literal["scored", "unscored"] = "unscored" if prob_a is None else "scored"
    return Preference(comparison=of.comparison, prob_a=prob_a, source="j", status=status, log_odds=log_odds)


def test_a_judge_that_reads_passes() -> None:
    probes = [probe("1", "p", "a"), probe("2", "p", "b"), probe("3", "q", "none")]
    result = reading_gate(probes, [judged(*x) for x in zip(probes, (0.9, 0.1, 0.55), strict=True)], THRESHOLDS)
    assert result.passed
    assert (result.accuracy, result.mean_unconcerned) == (1.0, 0.55)


def test_the_principle_that_is_misread_is_named_with_its_numbers() -> None:
    probes = [probe(str(i), "good", "a") for i in range(8)] + [probe(str(i), "misread", "b") for i in (8, 9)]
    result = reading_gate(probes, [judged(p, 0.9) for p in probes], THRESHOLDS)
    assert result.accuracy == 0.8
    assert result.principles["misread"].accuracy == 0.0
    (failure,) = result.failures
    assert "principle `misread`: accuracy 0.000 on 2 probes" in failure


def test_ties_and_unscored_verdicts_are_wrong() -> None:
    probes = [probe("1", "p", "a"), probe("2", "p", "b"), probe("3", "p", "a"), probe("4", "p", "b")]
    preferences = [judged(*x) for x in zip(probes, (0.5, None, 0.9, 0.1), strict=True)]
    result = reading_gate(probes, preferences, THRESHOLDS)
    assert (result.accuracy, result.num_unscored) == (0.5, 1)


def test_a_preference_without_a_reason_in_the_principle_fails() -> None:
    probes = [probe("1", "p", "a"), probe("2", "p", "none"), probe("3", "p", "none")]
    result = reading_gate(probes, [judged(*x) for x in zip(probes, (0.9, 0.1, 0.3), strict=True)], THRESHOLDS)
    assert result.mean_unconcerned == pytest.approx(0.2)
    assert ["mean probability 0.200" in line for line in result.failures] == [True]


def test_verdicts_that_flip_with_the_order_fail() -> None:
    probes = [probe("1", "p", "a"), probe("2", "p", "a")]
    preferences = [judged(probes[0], 0.9, (3.0, -1.0)), judged(probes[1], 0.9, (2.0, 2.0))]
    result = reading_gate(probes, preferences, THRESHOLDS)
    assert result.consistency == 0.5
    assert "consistency" in result.failures[0]


def test_nothing_tested_is_not_passed() -> None:
    probes = [probe("1", "p", "none")]
    assert not reading_gate(probes, [judged(probes[0], 0.5)], THRESHOLDS).passed


def test_preferences_of_other_comparisons_are_refused() -> None:
    with pytest.raises(InputError, match="do not belong"):
        reading_gate([probe("1", "p", "a")], [judged(probe("2", "p", "a"), 0.9)], THRESHOLDS)


class ReadsPrinciple:
    """Likes the first option where the question holds `pick a`."""

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        raise AssertionError("nothing is sampled")

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        picks_a = ["pick a" in request.messages[-1].content for request in requests]
        return [OptionLogprobs((0.0, -9.0) if a else (-9.0, 0.0)) for a in picks_a]


def test_probes_are_asked_under_their_own_principle_and_unclamped() -> None:
    entries = tuple(PrincipleEntry(id=x, text=x, comparison=f"pick {x}") for x in "ab")
    constitution = Constitution(id="c", version="1", principles=entries)
    probes = [probe("1", "a", "a"), probe("2", "b", "b")]
    config = FeedbackConfig(both_orders=False, clamp=(0.4, 0.6))
    preferences = label_probes(probes, constitution, ReadsPrinciple(), seed=1, config=config)
    assert [preference.principle_id for preference in preferences] == ["a", "b"]
    assert preferences[0].prob_a == pytest.approx(0.9999, abs=1e-4)
    assert reading_gate(probes, preferences, THRESHOLDS).passed
