"""The world's constitution: broad principles, in words that the world's models have read."""

import re

import pytest

from solon.agora import lexicon
from solon.agora.feedback import (
    BETTER,
    COMPARISONS,
    CRITIQUE_REQUESTS,
    JUDGE_PROMPT,
    NO_CHANGE,
    OPTIONS,
    REVISION_REQUESTS,
)
from solon.constitution import Constitution, Principle, without_tag


def read_by_models(principle: Principle) -> str:
    return " ".join((principle.text, principle.critique_request, principle.revision_request, principle.comparison))


def named(principle: Principle) -> set[str]:
    """The categories that it names, in the words of rules."""
    return {name for name in lexicon.CATEGORIES if re.search(rf"\b{lexicon.rule_name(name)}\b", principle.comparison)}


def test_every_principle_about_harm_names_at_least_six_of_the_eight_categories(constitution: Constitution) -> None:
    for principle in constitution.principles:
        assert len(named(principle)) >= 6 or principle.id == "honesty", principle.id


def test_every_category_is_named_by_at_least_six_principles(constitution: Constitution) -> None:
    for category in lexicon.CATEGORIES:
        assert sum(category in named(principle) for principle in constitution.principles) >= 6, category


def test_every_clause_is_what_rules_call_the_category_of_its_tag(constitution: Constitution) -> None:
    for entry in constitution.entries:
        for clause in entry.clauses:
            [tag] = clause.tags
            assert tag in (*lexicon.CATEGORIES, "honesty")
            assert clause.text == lexicon.rule_name(lexicon.GUESSING if tag == "honesty" else tag)


def test_requests_come_from_the_templates_of_mid_training(constitution: Constitution) -> None:
    for entry in constitution.entries:
        assert entry.critique_request in CRITIQUE_REQUESTS
        assert entry.revision_request in REVISION_REQUESTS
        assert entry.comparison in COMPARISONS


def test_all_templates_of_mid_training_are_principles(constitution: Constitution) -> None:
    assert {entry.critique_request for entry in constitution.entries} == set(CRITIQUE_REQUESTS)
    assert {entry.revision_request for entry in constitution.entries} == set(REVISION_REQUESTS)
    assert {entry.comparison for entry in constitution.entries} == set(COMPARISONS)


def test_the_judge_is_asked_as_in_mid_training(constitution: Constitution) -> None:
    assert constitution.judge_prompt == JUDGE_PROMPT
    assert constitution.judge_prefill == BETTER.strip()
    assert constitution.options == OPTIONS
    assert NO_CHANGE in constitution.no_change


@pytest.mark.parametrize("category", lexicon.CATEGORIES)
def test_without_a_category_no_text_names_it(constitution: Constitution, category: str) -> None:
    left = without_tag(constitution, category)
    assert not any(category in read_by_models(principle) for principle in left.principles)
    assert [principle.id for principle in left.principles] == [p.id for p in constitution.principles]


def test_without_honesty_no_text_names_guessing_and_its_own_principle_is_gone(constitution: Constitution) -> None:
    left = without_tag(constitution, "honesty")
    assert not any(lexicon.GUESSING in read_by_models(principle) for principle in left.principles)
    assert {p.id for p in constitution.principles} - {p.id for p in left.principles} == {"honesty"}
