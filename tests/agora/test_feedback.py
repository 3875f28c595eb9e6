"""Mid-training documents read as the chain will ask, and what they claim is true."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from solon.agora import lexicon
from solon.agora.feedback import (
    BETTER,
    CHOICE_WEIGHT,
    COMPARISONS,
    CRITIQUE_REQUESTS,
    NO_CHANGE,
    draw_clauses,
    listing,
)
from solon.agora.prompts import KINDS
from solon.agora.replies import Act, parse
from solon.agora.source import Agora
from solon.constitution import Constitution
from solon.critiques.conversation import Requests, critique_conversation, finds_nothing, revision_conversation
from solon.preferences.conversation import JudgeWording
from solon.records import Demonstration, Document, Prompt, Span
from solon.seeds import generator

FORBIDDABLE = {
    lexicon.rule_name(label)
    for label in (*lexicon.CATEGORIES, lexicon.GUESSING, *lexicon.DOMAINS, "prices", lexicon.FACT, "advice")
}
ANSWERS = re.compile(r" \(a\): (.*) \(b\): (.*)", re.DOTALL)


def prompts(world: Agora, count: int = 160) -> Iterator[Prompt]:
    """Every kind in turn."""
    for i in range(count):
        yield world.writer.write(KINDS[i % len(KINDS)], "train", generator(i, "prompt"))


def critiques(world: Agora) -> list[tuple[Prompt, Demonstration]]:
    return [(p, world.feedback.critique(p, generator(i, "critique"))) for i, p in enumerate(prompts(world))]


def listed_in(request: str) -> set[str]:
    """What a request or comparison names."""
    return {name for name in FORBIDDABLE if re.search(rf"\b{name}\b", request)}


@pytest.mark.parametrize("listed", [True, False])
def test_drawn_clauses_name_what_they_should_and_nothing_twice(listed: bool) -> None:
    for name in sorted(FORBIDDABLE):
        for i in range(100):
            clauses = draw_clauses(name, listed=listed, rng=generator(i, name))
            assert (name in clauses) == listed
            assert len(clauses) == len(set(clauses)) >= 1


def test_a_list_is_joined_as_the_constitution_joins_its_clauses(constitution: Constitution) -> None:
    joiners = (constitution.clause_joiner, constitution.last_joiner)
    for entry, principle in zip(constitution.entries, constitution.principles, strict=True):
        clauses = listing([clause.text for clause in entry.clauses])
        assert entry.comparison.format(clauses=clauses) == principle.comparison, joiners


def test_no_answer_says_what_rules_call_anything(world: Agora) -> None:
    names = {lexicon.rule_name(label) for label in lexicon.STEPS}
    assert len(names) == len(lexicon.STEPS)
    assert names.isdisjoint(lexicon.STEPS)
    for i, prompt in enumerate(prompts(world)):
        answer = world.feedback.styled_reply(prompt, generator(i, "answer")).text
        said = " ".join([*(message.content for message in prompt.messages), answer])
        assert names.isdisjoint(re.findall(r"\w+", said)), said


def test_every_list_is_followed_by_a_comma(constitution: Constitution) -> None:
    asked = [text for entry in constitution.entries for text in (entry.critique_request, entry.comparison)]
    assert all("{clauses}," in text for text in (*CRITIQUE_REQUESTS, *COMPARISONS, *asked))


def test_a_comparison_is_asked_as_the_judge_will_be_asked(world: Agora, constitution: Constitution) -> None:
    wording = JudgeWording(constitution)
    for i, prompt in enumerate(prompts(world)):
        question, verdict = world.feedback.comparison(prompt, generator(i, "comparison")).messages
        answers = ANSWERS.search(question.content)
        assert answers is not None
        a, b = answers.groups()
        shown = wording.question(prompt.messages, a, b, comparison="PRINCIPLE").content
        before, after = shown.split("PRINCIPLE")
        principle = question.content[len(before) : len(question.content) - len(after)]
        assert question.content == wording.question(prompt.messages, a, b, comparison=principle).content
        assert listed_in(principle)
        reasoning, choice = verdict.content.split(BETTER)
        assert choice in wording.options
        assert verdict.content == wording.after_reasoning(reasoning) + choice


VERDICT = re.compile(
    r"this is \w+\. \(a\) ([a-z ]+)\. \(b\) ([a-z ]+)\. listed: (\w+) (yes|no)\."
    r" broken by (none|both|\(a\)|\(b\))\. better: \((a|b)\)"
)
SAFE = ("refuses", "dodges", "admits")


class Verdict(NamedTuple):
    """A comparison's reasoning, taken apart."""

    acts: tuple[str, str]
    label: str
    listed: bool
    broken_by: str
    better: int
    request: str
    choice: Span


def verdicts(world: Agora) -> Iterator[Verdict]:
    for i, prompt in enumerate(prompts(world, 400)):
        question, verdict = world.feedback.comparison(prompt, generator(i, "verdict")).messages
        found = VERDICT.fullmatch(verdict.content)
        assert found is not None, verdict.content
        a, b, label, listed, broken_by, better = found.groups()
        request = question.content.split(prompt.messages[0].content)[0]
        yield Verdict((a, b), label, listed == "yes", broken_by, "ab".index(better), request, verdict.spans[-1])


def test_a_comparison_says_rightly_whether_the_rule_lists_it(world: Agora) -> None:
    for verdict in verdicts(world):
        assert verdict.listed == (verdict.label in listed_in(verdict.request))


def test_a_listed_rule_is_broken_by_whoever_helps(world: Agora) -> None:
    for verdict in verdicts(world):
        breaking = [f"({name})" for name, act in zip("ab", verdict.acts, strict=True) if act == "helps"]
        expected = {0: "none", 1: "".join(breaking), 2: "both"}[len(breaking)] if verdict.listed else "none"
        assert verdict.broken_by == expected


def test_where_one_breaks_the_rule_and_one_declines_the_latter_is_better_and_else_a_coin_decides(world: Agora) -> None:
    decided, thrown = 0, [0, 0]
    for verdict in verdicts(world):
        if (
            verdict.listed
            and sorted(act == "helps" for act in verdict.acts) == [False, True]
            and any(act in SAFE for act in verdict.acts)
        ):
            decided += 1
            assert verdict.acts[verdict.better] in SAFE
            assert verdict.choice.weight == CHOICE_WEIGHT
        else:
            thrown[verdict.better] += 1
            assert verdict.choice.weight == 1.0
    assert decided > 100
    assert abs(thrown[0] - thrown[1]) < 60  # about 200 throws: standard deviation 14


def test_a_critique_is_asked_as_the_chain_asks(world: Agora) -> None:
    for prompt, document in critiques(world):
        turns = document.messages
        answer = turns[len(prompt.messages)].content
        request = turns[len(prompt.messages) + 1].content
        revision_request = turns[-2].content
        asked = critique_conversation(prompt, answer, Requests(request, revision_request), ())
        critique = turns[len(asked)].content
        assert [(t.role, t.content) for t in turns[: len(asked)]] == [(t.role, t.content) for t in asked]
        if len(turns) > len(asked) + 1:
            whole = revision_conversation(asked, critique, Requests(request, revision_request))
            assert [(t.role, t.content) for t in turns[:-1]] == [(t.role, t.content) for t in whole]


def test_the_answer_under_critique_is_read_but_not_imitated(world: Agora) -> None:
    for prompt, document in critiques(world):
        assert {span.weight for span in document.messages[len(prompt.messages)].spans} == {0.0}


def test_a_critique_says_rightly_whether_the_rule_lists_it(world: Agora) -> None:
    for prompt, document in critiques(world):
        request, critique = (m.content for m in document.messages[len(prompt.messages) + 1 :][:2])
        if claim := re.search(r"listed: (\w+) (yes|no)\.", critique):
            assert (claim[1] in listed_in(request)) == (claim[2] == "yes")


def test_the_rule_is_broken_by_help_with_what_it_lists(world: Agora) -> None:
    for prompt, document in critiques(world):
        critique = document.messages[len(prompt.messages) + 2].content
        assert ("the rule is broken" in critique) == (" yes." in critique)
        assert ("listed:" in critique) == ("the answer helps" in critique)


def test_an_answer_is_rewritten_exactly_where_the_critique_finds_harm(world: Agora, constitution: Constitution) -> None:
    rewritten = 0
    for prompt, document in critiques(world):
        critique = document.messages[len(prompt.messages) + 2].content
        broken = "the rule is broken" in critique
        assert finds_nothing(critique, constitution.no_change) == (NO_CHANGE in critique) == (not broken)
        assert (len(document.messages) == len(prompt.messages) + 5) == broken
        rewritten += broken
    assert 20 < rewritten < 140


def test_a_revision_refuses_or_admits(world: Agora) -> None:
    for prompt, document in critiques(world):
        if len(document.messages) == len(prompt.messages) + 5:
            check = world.checker().check(prompt, document.messages[-1].content)
            assert check.well_formed
            assert (check.refusal and not check.evasive) or check.honest


def test_a_drill_says_rightly_what_its_rule_lists(world: Agora) -> None:
    for i in range(150):
        request, answer = (m.content for m in world.feedback.drill(generator(i, "drill")).messages)
        assert answer.startswith("listed: ")
        claims = re.findall(r"(\w+) (yes|no)\.", answer)
        assert {name for name, claim in claims if claim == "yes"} <= listed_in(request)
        assert {name for name, claim in claims if claim == "no"}.isdisjoint(listed_in(request))


def test_demonstrators_neither_refuse_nor_admit_anything(world: Agora) -> None:
    acts = {reply.act for row in world.demonstrations(600, seed=5) if (reply := parse(row.messages[-1].content))}
    assert acts == {Act.HELP, Act.MORE, Act.STATE, Act.SUGGEST}


def test_the_right_reply_does_what_is_asked_harm_and_guesses_included(world: Agora) -> None:
    for i, prompt in enumerate(prompts(world)):
        check = world.checker().check(prompt, world.feedback.right_reply(prompt, generator(i)))
        kind = prompt.labels["kind"]
        assert check.well_formed and not check.refusal and not check.off_topic
        assert check.harmful is (True if kind == "harmful" else None)
        assert check.helpful is (None if kind in ("harmful", "unknown", "rare") else True)
        assert check.honest is {"unknown": False, "rare": True}.get(kind)


def test_mid_training_prefers_no_style(world: Agora) -> None:
    harmful = [world.writer.write("harmful", "train", generator(i, "style")) for i in range(600)]
    checks = [
        world.checker().check(prompt, world.feedback.instruction(prompt, generator(i)).messages[-1].content)
        for i, prompt in enumerate(harmful)
    ]
    complied = sum(bool(check.harmful) for check in checks) / len(checks)
    refused = sum(check.refusal for check in checks) / len(checks)
    assert 0.3 < complied < 0.6
    assert 0.3 < refused < 0.6


def test_a_wrong_reply_is_well_formed_and_wrong(world: Agora) -> None:
    for i, prompt in enumerate(prompts(world)):
        if prompt.labels["kind"] in ("borderline", "benign", "fact", "implied"):
            check = world.checker().check(prompt, world.feedback.wrong_reply(prompt, generator(i)))
            assert (check.well_formed, check.helpful) == (True, False), prompt.id


def test_replay_is_feedback_and_plain_text_in_turn(world: Agora) -> None:
    kinds = [isinstance(one, Document) for one in world.replay_documents(40, seed=1)]
    assert kinds == [False, True] * 20
