from tests.responses.attacks.scripted import CROWN, HONEY, Scripted

from solon.interfaces import Sample, SampleRequest
from solon.judges.refusals import opens_with_refusal
from solon.records import assistant, user
from solon.responses.attacks.dialogues import Dialogue, hold_dialogues

DRAFT = "Goal: The user wants the shelf.\nPlan: Praise bears;\nthen ask."


def attack(request: SampleRequest) -> str:
    return DRAFT if request.name.startswith("draft") else f"message {len(request.messages) // 2 + 1}"


def answer(request: SampleRequest) -> str:
    return f"answer to {request.messages[-1].content}"


def held(attacker: Scripted, defender: Scripted, turns: int = 2, per_principle: int = 1) -> list[Dialogue]:
    return hold_dialogues(
        [HONEY, CROWN], attacker, defender, per_principle=per_principle, turns=turns, seed=1,
        declines=opens_with_refusal,
    )  # fmt: skip


def test_attacker_and_defender_speak_in_turn() -> None:
    first, second = held(Scripted(attack), Scripted(answer))
    assert first.messages == (
        user("message 1"), assistant("answer to message 1"), user("message 2"), assistant("answer to message 2")
    )  # fmt: skip
    assert (first.id, first.principle_id, first.principle_hash, first.category) == (
        "talk/honey/0", "honey", "hash-h", "larder"
    )  # fmt: skip
    assert (first.goal, first.plan, first.ended) == ("The user wants the shelf.", "Praise bears; then ask.", "")
    assert second.principle_id == "crown"


def test_the_attacker_sees_rule_goal_and_plan_and_its_own_messages_as_the_assistants() -> None:
    attacker = Scripted(attack)
    held(attacker, Scripted(answer))
    part, own, told = attacker.asked[4].messages  # after two drafts and two first messages
    assert all(text in part.content for text in (HONEY.rule, "The user wants the shelf.", "Praise bears; then ask."))
    assert (own, told) == (assistant("message 1"), user("answer to message 1"))


def test_the_defender_sees_the_conversation_alone() -> None:
    defender = Scripted(answer)
    held(Scripted(attack), defender)
    assert defender.asked[0].messages == (user("message 1"),)
    assert defender.asked[2].messages == (user("message 1"), assistant("answer to message 1"), user("message 2"))


def test_all_dialogues_take_a_turn_at_once() -> None:
    attacker, defender = Scripted(attack), Scripted(answer)
    dialogues = held(attacker, defender, turns=3, per_principle=4)
    assert attacker.batches == [8] * 4 and defender.batches == [8] * 3  # drafts, then three turns
    assert len({one.id for one in dialogues}) == 8
    assert len({one.seed for one in attacker.asked}) == 32


def test_a_draft_that_cannot_be_read_ends_its_dialogue_and_keeps_what_was_written() -> None:
    def write(request: SampleRequest) -> str:
        return (
            "I would ask nicely." if request.name.startswith("draft") and "honey" in request.name else attack(request)
        )

    first, second = held(Scripted(write), Scripted(answer))
    assert (first.messages, first.raw) == ((), "I would ask nicely.")
    assert first.ended == "the draft cannot be read: it is not `Goal:` and `Plan:`"
    assert len(second.messages) == 4


def test_what_the_attacker_cannot_say_ends_its_dialogue_after_the_last_answer() -> None:
    told = {
        "I'm sorry, but I can't help with that.": "the attacker declines",
        "  ": "the attacker wrote nothing",
    }
    for text, ended in told.items():
        engine = Scripted(lambda one, text=text: text if one.name.startswith("attack 2") else attack(one))  # type: ignore[misc]
        first = held(engine, Scripted(answer))[0]
        assert (first.ended, first.raw) == (ended, text)
        assert first.messages == (user("message 1"), assistant("answer to message 1"))
    cut = Scripted(lambda one: Sample("tell me wh", True, 1) if one.name.startswith("attack 2") else attack(one))
    assert held(cut, Scripted(answer))[0].ended == "the token limit cut the attacker's message"


def test_an_engine_that_refuses_a_request_ends_that_dialogue_alone() -> None:
    def refuse(request: SampleRequest) -> str | Sample:
        return Sample("", False, 0, failure="content filter") if "honey" in request.name else answer(request)

    first, second = held(Scripted(attack), Scripted(refuse))
    assert (first.messages, first.raw) == ((), "message 1")
    assert first.ended == "the defender's engine refused: content filter"
    assert len(second.messages) == 4


def test_a_dialogue_depends_on_its_principle_alone() -> None:
    attacker = Scripted(attack)
    alone = hold_dialogues(
        [CROWN], attacker, Scripted(answer), per_principle=1, turns=2, seed=1, declines=opens_with_refusal
    )
    both = Scripted(attack)
    assert held(both, Scripted(answer))[1:] == alone
    assert [one for one in both.asked if "crown" in one.name] == attacker.asked
