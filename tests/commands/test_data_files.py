import json
from pathlib import Path
from typing import Any, Literal

import pytest
import typer
from typer.testing import CliRunner

from solon.commands.data_files import convert
from solon.data.load import load
from solon.data.quarantine import QuarantineWriter
from solon.errors import InputError
from solon.records import Demonstration, Prompt, Record

HH = {"chosen": "\n\nHuman: q\n\nAssistant: good", "rejected": "\n\nHuman: q\n\nAssistant: bad"}
THOUGHT = {
    "messages": [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "content": "r", "tool_call_id": "1", "name": "f"},
        {"role": "assistant", "content": "a", "reasoning_content": "because"},
    ]
}
app = typer.Typer()
app.command()(convert)


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def records(path: Path) -> list[Record]:
    return [one.record for one in load(path, QuarantineWriter(None))]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_messages_keep_tools_and_thinking_and_read_back(tmp_path: Path) -> None:
    source, out = written(tmp_path, THOUGHT), tmp_path / "out.jsonl"
    convert(source, out, to="messages")
    (before,), (after,) = records(source), records(out)
    assert isinstance(before, Demonstration) and isinstance(after, Demonstration)
    assert (after.messages, after.id) == (before.messages, before.id)
    assert rows(out)[0]["messages"][4]["reasoning_content"] == "because"


def test_pairs_of_a_ranking_are_those_with_unequal_ranks(tmp_path: Path) -> None:
    ranking = {"id": "x", "prompt": "q", "responses": ["a", "b", "c"], "ranks": [1, 0, 1]}
    out = tmp_path / "out.jsonl"
    convert(written(tmp_path, ranking), out, to="pairs")
    assert rows(out) == [
        {"id": "x/0-1", "prompt": "q", "chosen": "b", "rejected": "a"},
        {"id": "x/1-2", "prompt": "q", "chosen": "b", "rejected": "c"},
    ]


def test_pairs_of_preferences_have_the_better_first_and_ties_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = {"prompt": "q", "response_a": "a", "response_b": "b"}
    out = tmp_path / "out.jsonl"
    convert(written(tmp_path, *({**pair, "prob_a": p} for p in (0.2, 0.5))), out, to="pairs")
    assert [(row["chosen"], row["rejected"]) for row in rows(out)] == [("b", "a")]
    assert "1 records of ties alone" in capsys.readouterr().out


def test_pairs_keep_the_pictures_of_their_prompt(tmp_path: Path) -> None:
    source = written(tmp_path, {"prompt": "q", "image": "a.png", "responses": ["a", "b"], "ranks": [0, 1]})
    out = tmp_path / "out.jsonl"
    convert(source, out, to="pairs")
    assert rows(out)[0]["prompt"] == [{"role": "user", "content": "q", "images": ["a.png"]}]


def test_pairs_of_longer_conversations_keep_the_conversation(tmp_path: Path) -> None:
    before = "\n\nHuman: one\n\nAssistant: two"
    source = written(tmp_path, {side: before + text for side, text in HH.items()})
    out = tmp_path / "out.jsonl"
    convert(source, out, to="pairs")
    assert records(out) == records(source)
    assert [turn["content"] for turn in rows(out)[0]["prompt"]] == ["one", "two", "q"]


def test_prompts_are_what_every_row_asks_also_without_an_answer_and_each_once(tmp_path: Path) -> None:
    empty, full = ({"instruction": text, "input": "", "output": answer} for text, answer in (("q", ""), ("r", "a")))
    source, out = written(tmp_path, empty, full, {**HH, "id": "own"}, {"prompt": "r"}, {"text": "t"}), tmp_path / "out"
    convert(source, out, to="prompts")
    assert [prompt.messages[-1].content for prompt in records(out) if isinstance(prompt, Prompt)] == ["q", "r", "q"]
    aside = [(row["line"], row["reason"]) for row in rows(tmp_path / "out.quarantine.jsonl")]
    assert aside == [(4, "the same id or text as rows:2"), (5, "a Document holds no prompt")]
    convert(source, out, kind="demonstration")
    assert len(records(out)) == 1


def test_a_file_of_several_kinds_asks_for_one(tmp_path: Path) -> None:
    source, out = written(tmp_path, {"prompt": "q"}, HH), tmp_path / "out.jsonl"
    with pytest.raises(InputError, match="gives Prompt and Ranking records"):
        convert(source, out)
    assert list(tmp_path.iterdir()) == [source]
    convert(source, out, kind="ranking")
    assert [type(record).__name__ for record in records(out)] == ["Ranking"]


def test_records_without_a_verdict_are_no_pairs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a Prompt holds no verdict"):
        convert(written(tmp_path, {"prompt": "q"}), tmp_path / "out.jsonl", to="pairs")


def test_a_file_without_a_usable_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of its 1 rows can be used; line 1: a row of no known form"):
        convert(written(tmp_path, {"x": 1}), tmp_path / "out.jsonl")


def test_the_result_tells_the_counts(tmp_path: Path) -> None:
    source, out = written(tmp_path, {"prompt": "q"}, {}), tmp_path / "out.jsonl"
    result = CliRunner().invoke(app, [str(source), "--out", str(out), "--json"])
    told = json.loads(result.stdout)
    assert (told["rows_in"], told["rows_used"], told["quarantined"], told["written"]) == (2, 1, 1, 1)
    assert rows(tmp_path / "out.jsonl.quarantine.jsonl")[0]["line"] == 2


TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"properties": {"x": {"default": None}}}}}]


@pytest.mark.parametrize("to", ["messages", "records"])
@pytest.mark.parametrize("row", [THOUGHT, {"messages": THOUGHT["messages"][:2]}])
def test_tools_survive_the_way_there_and_back(
    row: dict[str, Any], to: Literal["messages", "records"], tmp_path: Path
) -> None:
    source, out = written(tmp_path, {**row, "id": "i", "tools": json.dumps(TOOLS)}), tmp_path / "out.jsonl"
    convert(source, out, to=to)
    assert rows(out)[0]["tools"] == TOOLS
    assert [one.model_copy(update={"source": "rows"}) for one in records(out)] == [
        one.model_copy(update={"source": "rows"}) for one in records(source)
    ]


def test_pairs_keep_the_tools_of_their_prompt(tmp_path: Path) -> None:
    pair = {"prompt": "q", "chosen": "a", "rejected": "b", "tools": TOOLS}
    source, out = written(tmp_path, pair), tmp_path / "out.jsonl"
    convert(source, out, to="pairs")
    assert [one.prompt for one in records(out)] == [one.prompt for one in records(source)]  # type: ignore[attr-defined]
    assert rows(out)[0]["tools"] == TOOLS
