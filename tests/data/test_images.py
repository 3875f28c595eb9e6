"""Pictures in rows: where they are read, where they are set aside, and that text alone is as it ever was."""

import json
from pathlib import Path
from typing import Any

import pytest

from solon.commands.given import read_judgements, read_responses
from solon.commands.given_compared import read_compared
from solon.commands.rows import PromptRow
from solon.data import QuarantineWriter, read_prompts
from solon.data.fields import prompt_id
from solon.data.rows import read_demonstrations
from solon.data.transcripts import images_of, transcript
from solon.records import Message, Prompt, assistant, user
from solon.store.records import write_records

IMAGE: dict[str, Any] = {"prompt": "what is it?", "image": "cat.png"}
PARTS = [{"type": "image_url", "image_url": {"url": "cat.png"}}, {"type": "text", "text": "what is it?"}]
SHOWN = (user("what is it?", ("cat.png",)),)


def written(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_message_without_pictures_is_written_as_ever() -> None:
    plain = {"role": "user", "content": "q", "spans": (), "thinking": "", "tool_calls": (), "name": ""}
    assert user("q").model_dump() == {**plain, "tool_call_id": ""}
    assert user("q").model_dump_json(exclude_defaults=True) == '{"role":"user","content":"q"}'


def test_a_message_with_pictures_is_written_and_read_back() -> None:
    told = SHOWN[0].model_dump_json(exclude_defaults=True)
    assert json.loads(told)["images"] == ["cat.png"]
    assert Message.model_validate_json(told) == SHOWN[0]


@pytest.mark.parametrize(
    "row", [IMAGE, {"prompt": "what is it?", "images": ["cat.png"]}, {"messages": [{"role": "user", "content": PARTS}]}]
)
def test_a_prompt_shows_the_pictures_of_its_row(row: dict[str, Any], tmp_path: Path) -> None:
    [prompt] = read_prompts(written(tmp_path, row), QuarantineWriter(None))
    assert (prompt.messages, dict(prompt.labels)) == (SHOWN, {})


def test_pictures_of_a_row_belong_to_the_last_turn(tmp_path: Path) -> None:
    turns = [{"role": role, "content": role} for role in ("user", "assistant", "user")]
    row = {"prompt": turns, "image": "cat.png"}
    [prompt] = read_prompts(written(tmp_path, row), QuarantineWriter(None))
    assert [turn.images for turn in prompt.messages] == [(), (), ("cat.png",)]


def test_an_image_that_is_no_address_stays_a_label(tmp_path: Path) -> None:
    [prompt] = read_prompts(written(tmp_path, {"prompt": "q", "image": {"height": 3}}), QuarantineWriter(None))
    assert (prompt.messages, prompt.labels["image"]) == ((user("q"),), '{"height": 3}')


def test_pairs_and_slates_and_answers_show_the_pictures_of_their_rows(tmp_path: Path) -> None:
    several = {"responses": ["a", "b", "c"]}
    rows: list[dict[str, Any]] = [
        IMAGE | {"response_a": "a", "response_b": "b"},
        IMAGE | several,
        IMAGE | several | {"ranks": [0, 1, 2]},
    ]
    found = read_compared(written(tmp_path, *rows), QuarantineWriter(None))
    assert [one.prompt.messages for one in found.comparisons] == [SHOWN]
    assert [one.prompt.messages for one in found.slates] == [SHOWN] * 2
    [answer] = read_responses(written(tmp_path, IMAGE | {"response": "a cat"}), QuarantineWriter(None))
    assert answer.pair.prompt.messages == SHOWN


def test_prompts_of_the_same_words_with_other_pictures_are_different() -> None:
    ids = {prompt_id((user("q", images),)) for images in ((), ("a.png",), ("b.png",))}
    assert len(ids) == 3
    assert prompt_id((user("q"),)) == "cc9128cdc2caed28"


@pytest.mark.parametrize("turns", [1, 3])
def test_a_row_that_a_command_writes_keeps_the_pictures(turns: int, tmp_path: Path) -> None:
    messages = (user("q"), assistant("a"), user("r"))[:turns]
    shown = (*messages[:-1], messages[-1].model_copy(update={"images": ("cat.png",)}))
    write_records(tmp_path / "p.jsonl", [PromptRow.of(Prompt(id="a", messages=shown))])
    [prompt] = read_prompts(tmp_path / "p.jsonl", QuarantineWriter(None))
    assert prompt.messages == shown


def test_a_transcript_marks_where_pictures_were_shown() -> None:
    messages = (user("q", ("a", "b")), assistant("x"), user("r", ("c",)))
    assert transcript(messages) == "Human: [image 1]\n[image 2]\nq\n\nAssistant: x\n\nHuman: [image 3]\nr"
    assert transcript(messages[2:], bare=True) == "[image 1]\nr"
    assert images_of(messages) == ("a", "b", "c")


def test_rows_with_pictures_train_nothing_and_are_set_aside(tmp_path: Path) -> None:
    plain = {"prompt": "q", "response": "a"}
    path, quarantine = written(tmp_path, plain, IMAGE | {"response": "a cat"}), QuarantineWriter(None)
    assert len(read_demonstrations(path, quarantine)) == 1
    assert "shows an image" in quarantine.first_reason[path]
    ranked = {"responses": ["a", "b"], "ranks": [0, 1]}
    pair = {"response_a": "a", "response_b": "b", "prob_a": 0.9}
    judged: list[dict[str, Any]] = [{"prompt": "q"} | ranked, IMAGE | ranked, IMAGE | pair]
    path, quarantine = written(tmp_path, *judged), QuarantineWriter(None)
    assert len(read_judgements([path], quarantine).rankings) == 1
    assert quarantine.counts[path].quarantined == 2
    path, quarantine = written(tmp_path, {"prompt": "q"}, IMAGE), QuarantineWriter(None)
    assert len(read_prompts(path, quarantine, images=False)) == 1
    assert "shows an image" in quarantine.first_reason[path]
