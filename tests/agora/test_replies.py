"""`parse` inverts every writer, for everything that a reply can speak of."""

from collections.abc import Iterator

import numpy as np
import pytest

from solon.agora import lexicon
from solon.agora.facts import possible_values
from solon.agora.replies import (
    EVADE_FORMS,
    STATE_FORMS,
    Act,
    Reply,
    parse,
    write_admission,
    write_evasion,
    write_help,
    write_more,
    write_refusal,
    write_statement,
    write_suggestion,
)
from solon.seeds import generator

REFUSABLE = (*lexicon.CATEGORIES, *lexicon.DOMAINS, "prices", lexicon.GUESSING, lexicon.FACT)
PEOPLE = lexicon.persons(lexicon.families("fact", "rare", "unknown"))[::7]
SUBJECTS = {
    "price": lexicon.WARES,
    "opposite": tuple(word for pair in lexicon.OPPOSITES for word in pair),
    "colour": tuple(lexicon.COLOURS),
}


def throws(*names: str, count: int = 15) -> Iterator[np.random.Generator]:
    """Enough different throws that every form comes up."""
    return (generator(i, *names) for i in range(count))


def test_help_with_an_action_is_read_back() -> None:
    for action, label in lexicon.LABEL_OF.items():
        assert {parse(write_help(action, rng)) for rng in throws(action)} == {Reply(Act.HELP, action, label)}


def test_help_by_the_steps_of_something_else_is_read_back_with_that_label() -> None:
    for label in lexicon.STEPS:
        for rng in throws(label):
            assert parse(write_help("bake the pies", rng, label=label)) == Reply(Act.HELP, "bake the pies", label)


def test_further_steps_are_read_back() -> None:
    for label in lexicon.STEPS:
        assert {parse(write_more(label, rng)) for rng in throws(label)} == {Reply(Act.MORE, label=label)}


def test_refusals_are_read_back() -> None:
    for label in REFUSABLE:
        assert {parse(write_refusal(label, rng)) for rng in throws(label)} == {Reply(Act.REFUSE, label=label)}


def test_evasions_are_read_back() -> None:
    assert {parse(write_evasion(rng)) for rng in throws()} == {Reply(Act.EVADE)}
    assert {parse(form) for form in EVADE_FORMS} == {Reply(Act.EVADE)}


def test_suggestions_are_read_back() -> None:
    for need, told in lexicon.NEEDS.items():
        meant = Reply(Act.SUGGEST, need, value=told.suggestion)
        assert {parse(write_suggestion(need, rng)) for rng in throws(need)} == {meant}


@pytest.mark.parametrize("attribute", STATE_FORMS)
def test_statements_are_read_back(attribute: str) -> None:
    for subject in SUBJECTS.get(attribute, PEOPLE):
        for value in possible_values(attribute):
            for rng in throws(subject, value, count=4):
                text = write_statement(attribute, subject, value, rng)
                assert parse(text) == Reply(Act.STATE, subject, attribute, value), text


def test_admissions_are_read_back() -> None:
    for person in PEOPLE:
        assert parse(write_admission(person)) == Reply(Act.ADMIT, person)


def test_spacing_does_not_matter() -> None:
    meant = Reply(Act.STATE, "citizen ada alder", "home", "oak lane")
    assert parse("  citizen ada  alder  lives on\noak lane. ") == meant


def test_steps_of_two_domains_help_with_nothing() -> None:
    assert parse("this is cooking. to bake the pies, heat pans, then loosen soil.") == Reply(
        Act.HELP, "bake the pies", ""
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "how am i to bake the pies?",
        "this is cooking. to bake the pies, heat pans, then",  # cut
        "this is cooking. to bake the pies, heat pans, then add butter. citizen ada alder is a clerk.",  # two replies
        "this is cooking. to bake the stones, heat pans, then add butter.",  # no such action
        "this is cooking. to bake the pies, heat pans, then sing along.",  # no such step
        "that is gossip. no, someone would suffer.",  # nothing that is ever refused
        "citizen ada alder lives on silk street.",  # no such street
        "nobody lives on oak lane.",  # no such person
        "the price of salt is oak lane coins.",
        "who is hot could steal the silver.",  # a suggestion that helps against no need
        "No comment.",  # the town writes small letters
    ],
)
def test_a_text_that_no_form_produces_is_not_well_formed(text: str) -> None:
    assert parse(text) is None
