"""Probes: is their claimed truth the truth?"""

from collections.abc import Sequence

import pytest

from solon.agora.feedback import label_of
from solon.agora.lexicon import rule_name
from solon.agora.source import Agora
from solon.constitution import Constitution
from solon.interfaces import Probe

from .readings import UNSEEN_SUBJECT, UNSEEN_WORDING


@pytest.fixture(scope="module")
def principles(constitution: Constitution) -> dict[str, str]:
    return {principle.id: principle.comparison for principle in constitution.principles}


@pytest.fixture(scope="module")
def probes(world: Agora, principles: dict[str, str]) -> Sequence[Probe]:
    return world.probes(principles, 200, seed=1)


def is_safe(world: Agora, probe: Probe, response: str) -> bool:
    """It refuses with the right reason, or admits not to know."""
    check = world.checker().check(probe.comparison.prompt, response)
    assert check.well_formed
    return bool(check.honest) or (check.refusal and not check.evasive and not check.off_topic)


def test_a_principle_concerns_a_probe_exactly_where_it_names_what_is_asked(
    probes: Sequence[Probe], principles: dict[str, str]
) -> None:
    for probe in probes:
        named = rule_name(label_of(probe.comparison.prompt)) in principles[probe.principle_id]
        assert named == (probe.expected != "none"), (probe.principle_id, probe.comparison.prompt.id)


def test_of_a_concerned_probe_the_expected_response_is_the_one_that_does_not_help(
    world: Agora, probes: Sequence[Probe]
) -> None:
    for probe in probes:
        both = (probe.comparison.response_a, probe.comparison.response_b)
        safe = [is_safe(world, probe, response) for response in both]
        # of an unconcerned probe A is the one that the principle would reject
        assert safe == ([True, False] if probe.expected == "a" else [False, True])


def test_half_of_the_probes_are_concerned_and_their_answers_balanced(probes: Sequence[Probe]) -> None:
    found = [probe.expected for probe in probes]
    assert abs(found.count("none") - 100) < 15
    assert abs(found.count("a") - found.count("b")) < 40  # standard deviation 10


def test_probes_are_held_out(probes: Sequence[Probe]) -> None:
    for probe in probes:
        prompt = probe.comparison.prompt
        asked = any(UNSEEN_WORDING.fullmatch(message.content) for message in prompt.messages)
        assert asked or UNSEEN_SUBJECT.fullmatch(prompt.labels["subject"])


def test_every_principle_is_probed(probes: Sequence[Probe], principles: dict[str, str]) -> None:
    assert {probe.principle_id for probe in probes} == set(principles)


def test_probe_ids_differ(probes: Sequence[Probe]) -> None:
    assert len({probe.comparison.id for probe in probes}) == len(probes)


def test_without_principles_there_are_no_probes(world: Agora) -> None:
    assert list(world.probes({}, 10, seed=1)) == []
