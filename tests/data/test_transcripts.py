import pytest

from solon.data.quarantine import Unusable
from solon.data.transcripts import parse_transcript, split_pair, transcript
from solon.records import assistant, user

SHARED = "\n\nHuman: one\n\nAssistant: two\n\nHuman: three\n\nAssistant:"


def pair(chosen: str, rejected: str) -> dict[str, str]:
    return {"chosen": chosen, "rejected": rejected}


def test_a_pair_is_split_at_the_last_assistant_turn() -> None:
    found = split_pair(pair(SHARED + " good", SHARED + " bad"))
    assert found.messages == (user("one"), assistant("two"), user("three"))
    assert (found.chosen, found.rejected) == ("good", "bad")


def test_colons_and_blank_lines_inside_a_turn_stay_there() -> None:
    text = "a list: b\n\nc: d\nHuman: not a turn"
    assert parse_transcript(f"\n\nHuman: {text}") == (user(text),)


def test_two_turns_of_one_speaker_are_one_turn() -> None:
    found = split_pair(pair(SHARED + " good\n\nAssistant: more", SHARED + " bad"))
    assert (found.chosen, found.rejected) == ("good\n\nmore", "bad")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (pair(SHARED + " x", "\n\nHuman: one\n\nAssistant: OTHER\n\nHuman: three\n\nAssistant: y"), "part at turn 2"),
        (pair(SHARED + " x", SHARED + " x"), "the same"),
        (pair(SHARED + " ", SHARED + " x"), "is empty"),
        (pair("\n\nAssistant: x", "\n\nAssistant: y"), "no human turn"),
        (pair("free text", "other text"), "does not begin"),
        ({"chosen": SHARED + " x"}, "`rejected` is missing"),
        ({"chosen": [SHARED], "rejected": SHARED}, "`chosen` is list"),
    ],
)
def test_other_pairs_are_unusable_for_a_reason(row: dict[str, str], reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        split_pair(row)


def test_a_conversation_is_written_with_its_speakers_and_a_bare_question_without() -> None:
    assert transcript([user("Why?")], bare=True) == "Why?"
    assert transcript([user("Why?")]) == "Human: Why?"
    told = transcript([user("Hi"), assistant("Hello"), user("Why?")], bare=True)
    assert told == "Human: Hi\n\nAssistant: Hello\n\nHuman: Why?"
