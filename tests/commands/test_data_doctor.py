"""`solon data check | stats | filter`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.models.chat_templates import SHAPES, tokenizer_of
from typer.testing import CliRunner, Result

from solon.commands.data_doctor import check, filter, stats
from solon.errors import InputError

SENTENCE = "The harbour was quiet in the morning, and only two boats came back before the storm that night."
STORY = {"prompt": "Tell me about the harbour.", "response": SENTENCE}
NEAR = {"prompt": "Tell me about the harbour.", "response": SENTENCE.replace("quiet", "silent")}
LIST = {"prompt": "What do I need?", "response": "- a rope\n- a lamp\n- bread and cheese for two days"}
DAMAGED = {"prompt": "Where to?", "response": "cafÃ© au lait, dÃ©jÃ\xa0 vu"}
FRENCH = {"prompt": "Où allons-nous ?", "response": "Nous marchons le long de la rivière, puis nous rentrons."}


def run(command: Callable[..., None], *arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(result.exception, InputError):
        raise result.exception
    return result


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rows_of(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def checked(*arguments: object) -> tuple[int, dict[str, Any]]:
    result = run(check, *arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


def test_a_clean_file_has_no_findings_and_status_0(tmp_path: Path) -> None:
    status, told = checked(written(tmp_path / "a.jsonl", STORY, LIST))
    assert (status, told["findings"]) == (0, [])
    assert (told["rows_in"], told["rows_out"], told["quarantined"]) == (2, 2, 0)


def test_findings_are_told_with_file_and_line_and_status_3(tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", STORY, LIST, STORY, NEAR, DAMAGED, {"prompt": "x"}, {"response": "y"})
    status, told = checked(file)
    assert status == 3
    # A prompt alone is a record too; a response alone is none.
    assert (told["rows_in"], told["rows_out"], told["quarantined"]) == (7, 6, 1)
    found = {one["kind"]: (one["rows"], one["first"]) for one in told["findings"]}
    assert found.pop("duplicate: near")[0] == 1
    [reason] = found.pop("unusable")[1]
    assert reason.startswith(f"{file}:7: ")
    assert found == {
        "duplicate: identical": (1, [f"{file}:3 = {file}:1"]),
        "encoding: repaired": (1, [f"{file}:5"]),
    }


def test_a_leak_of_rows_or_of_prompts_alone_is_found(tmp_path: Path) -> None:
    other_answer = STORY | {"response": "I know of no harbour, and of no boats that ever came to one."}
    train = written(tmp_path / "train.jsonl", LIST, NEAR, other_answer)
    held_out = written(tmp_path / "test.jsonl", FRENCH, STORY)
    status, told = checked(train, "--against", held_out)
    assert status == 3
    [row, prompt] = told["findings"]
    assert row["kind"] == "overlap of row: near" and row["first"][0].startswith(f"{train}:2 = {held_out}:2 (0.")
    assert prompt["kind"] == "overlap of prompt: identical" and prompt["first"] == [f"{train}:3 = {held_out}:2"]


QUESTION = "How many boats came back to the quiet harbour before the storm on Thursday night?"
HOLDER = {"text": f"We waited at the pier for hours. {QUESTION.upper()} Nobody knew, and all the lamps went out."}


def test_a_question_of_the_test_split_inside_a_document_is_found_and_counted(tmp_path: Path) -> None:
    train = written(tmp_path / "train.jsonl", {"text": SENTENCE}, HOLDER)
    held_out = written(tmp_path / "test.jsonl", {"prompt": QUESTION}, {"prompt": "And then?"})
    status, told = checked(train, "--against", held_out)
    assert status == 3
    [found] = told["findings"]
    assert (found["kind"], found["rows"]) == ("overlap of passage: same words", 1)
    assert found["first"] == [f"{train}:2 holds {held_out}:1"]
    assert told["passages"] == {"rows": 2, "too_short": 1, "found": 1}
    assert "2 rows were looked for" in run(check, train, "--against", held_out).stdout


def test_a_row_of_another_file_is_told_apart_from_one_of_the_same(tmp_path: Path) -> None:
    one, other = written(tmp_path / "a.jsonl", STORY), written(tmp_path / "b.jsonl", LIST, STORY)
    _, told = checked(one, other)
    assert [(found["kind"], found["first"]) for found in told["findings"]] == [
        ("duplicate of another file: identical", [f"{other}:2 = {one}:1"])
    ]


def test_turns_out_of_order_are_told(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]
    file = written(tmp_path / "a.jsonl", {"messages": turns})
    assert checked(file)[1]["findings"][0]["first"] == [f"{file}:1: turn 2 is the user's as the one before it"]


def test_the_folder_holds_report_figure_quarantine_and_repairs(tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", STORY, DAMAGED, {"response": "y"})
    out = tmp_path / "out"
    status, told = checked(file, "--out", out)
    assert status == 3
    assert json.loads((out / "report.json").read_text()) == told
    [quarantined] = rows_of(out / "quarantine.jsonl")
    assert (quarantined["file"], quarantined["line"], quarantined["row"]) == (str(file), 3, {"response": "y"})
    [repaired] = rows_of(out / "repaired.jsonl")
    assert (repaired["line"], repaired["reason"]) == (2, "repaired")
    assert repaired["row"]["after"] == "café au lait, déjà vu"
    assert (out / "statistics.svg").read_text().startswith("<?xml")


def test_people_see_a_table_with_counts_findings_and_style(tmp_path: Path) -> None:
    file = written(tmp_path / "[a].jsonl", STORY, STORY)
    result = run(check, file)
    assert result.exit_code == 3
    for part in ("rows in", "duplicate: identical", "[a].jsonl:2", "none stated", "response words"):
        assert part in result.stdout


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        run(check, tmp_path / "none.jsonl")


def test_stats_tells_lengths_and_style_by_source(tmp_path: Path) -> None:
    result = run(stats, written(tmp_path / "a.jsonl", STORY, LIST), "--json", "--figure", tmp_path / "f.png")
    [source] = json.loads(result.stdout)["sources"]
    assert (source["rows"], source["turns"], source["style"]["list"]) == (2, 2.0, 0.5)
    # 18 words and 1+1+... of the list: a rope a lamp bread and cheese for two days = 10
    assert source["response_words"]["mean"] == (len(SENTENCE.split()) + 10) / 2
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_of_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ends in one of"):
        run(stats, written(tmp_path / "a.jsonl", STORY), "--figure", tmp_path / "f.txt")


def filtered(tmp_path: Path, *options: object, rows: tuple[Any, ...]) -> tuple[list[Any], dict[int, str]]:
    file, out = written(tmp_path / "a.jsonl", *rows), tmp_path / "out.jsonl"
    told = json.loads(run(filter, file, "--out", out, *options, "--json").stdout)
    kept = rows_of(out)
    beside = tmp_path / "out.jsonl.dropped.jsonl"
    dropped = {row["line"]: row["reason"] for row in rows_of(beside)} if beside.exists() else {}
    assert told["rows_in"] == len(rows) == told["rows_out"] + sum(told["dropped"].values())
    assert (len(kept), len(dropped)) == (told["rows_out"], sum(told["dropped"].values()))
    return kept, dropped


def test_filter_without_switches_drops_only_what_cannot_be_used(tmp_path: Path) -> None:
    odd = STORY | {"extra": {"score": 1.5, "tags": ["é"]}, "id": 7}
    kept, dropped = filtered(tmp_path, rows=(odd, {"response": "y"}, STORY))
    assert kept == [odd, STORY]
    assert list(dropped) == [2] and dropped[2].startswith("cannot be used: ")


def test_filter_drops_duplicates_and_keeps_near_ones_unless_asked(tmp_path: Path) -> None:
    kept, dropped = filtered(tmp_path, "--drop-duplicates", rows=(STORY, NEAR, LIST, STORY))
    assert kept == [STORY, NEAR, LIST]
    assert dropped == {4: f"duplicate: {tmp_path}/a.jsonl:1"}
    kept, dropped = filtered(tmp_path, "--drop-near-duplicates", rows=(STORY, NEAR, LIST, STORY))
    assert kept == [STORY, LIST]
    assert dropped[2] == f"near-duplicate: {tmp_path}/a.jsonl:1"


def test_filter_drops_what_another_file_holds(tmp_path: Path) -> None:
    held_out = written(tmp_path / "test.jsonl", STORY, {"prompt": LIST["prompt"]})
    kept, dropped = filtered(tmp_path, "--drop-overlap-with", held_out, rows=(NEAR, LIST, FRENCH))
    assert kept == [FRENCH]
    assert dropped == {1: f"overlap: {held_out}:1", 2: f"overlap: {held_out}:2"}


def test_filter_drops_documents_that_hold_a_question_of_another_file(tmp_path: Path) -> None:
    held_out = written(tmp_path / "test.jsonl", {"prompt": QUESTION})
    kept, dropped = filtered(tmp_path, "--drop-overlap-with", held_out, rows=({"text": SENTENCE}, HOLDER))
    assert kept == [{"text": SENTENCE}]
    assert dropped == {2: f"overlap: holds {held_out}:1"}


def message(name: str, parent: str | None, role: str, text: str) -> dict[str, Any]:
    return {"message_id": name, "parent_id": parent, "role": role, "text": text, "lang": "en"}


THREADS = (
    message("q", None, "prompter", QUESTION),
    message("a", "q", "assistant", "Two of them, and the others came back in the morning."),
    message("r", "a", "prompter", "And who was on board of the second one?"),
    message("b", "r", "assistant", "Only the cook, as far as anybody could tell."),
    message("x", None, "prompter", LIST["prompt"]),
    message("y", "x", "assistant", LIST["response"]),
)


def test_filter_drops_all_messages_of_a_thread_that_overlaps_and_no_others(tmp_path: Path) -> None:
    held_out = written(tmp_path / "test.jsonl", {"prompt": QUESTION})
    kept, dropped = filtered(tmp_path, "--drop-overlap-with", held_out, rows=THREADS)
    assert kept == list(THREADS[4:])
    # The first message is told in the thread of its reply; the third in that of the fourth.
    assert dropped[1] == "thread: every reply to it goes"
    assert dropped[2].startswith("overlap: ")


def test_filter_drops_what_stands_below_a_repeated_answer(tmp_path: Path) -> None:
    again = (
        message("q2", None, "prompter", QUESTION),
        message("a2", "q2", "assistant", THREADS[1]["text"]),
        message("r2", "a2", "prompter", "Another question that nobody has asked so far?"),
    )
    kept, dropped = filtered(tmp_path, "--drop-duplicates", rows=(*THREADS, *again))
    assert kept == list(THREADS)
    file = tmp_path / "a.jsonl"
    assert dropped == {
        7: "thread: every reply to it goes", 8: f"duplicate: {file}:2", 9: f"thread: {file}:8 above it goes"
    }  # fmt: skip


def test_near_duplicates_among_messages_of_trees_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="single messages of threads"):
        filtered(tmp_path, "--drop-near-duplicates", rows=THREADS)


def test_filter_keeps_one_language(tmp_path: Path) -> None:
    kept, dropped = filtered(tmp_path, "--language", "fr", rows=(STORY, FRENCH))
    assert (kept, dropped) == ([FRENCH], {1: "language: en"})


def test_filter_repairs_text_and_nothing_else(tmp_path: Path) -> None:
    kept, _ = filtered(tmp_path, "--repair", rows=(DAMAGED | {"n": 1}, STORY))
    assert kept == [DAMAGED | {"n": 1, "response": "café au lait, déjà vu"}, STORY]


def test_filter_does_not_write_over_what_it_reads(tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", STORY)
    with pytest.raises(InputError, match="is read as well as written"):
        run(filter, file, "--out", file)


def qwen(folder: Path) -> Path:
    tokenizer_of(SHAPES["qwen-3"]).save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "llama", "max_position_embeddings": 400}')
    return folder


def test_what_a_models_template_leaves_out_refuses_and_has_no_room_for_is_told(tmp_path: Path) -> None:
    def said(thinking: str, text: str) -> dict[str, str]:
        return {"role": "assistant", "content": text, "thinking": thinking}

    ask, more = {"role": "user", "content": "Where is the baker?"}, {"role": "user", "content": "And the fish?"}
    rows = [
        {"messages": [ask, said("I know.", "Left."), more, said("Hm.", "Right.")]},
        {"messages": [ask, said("", "Left."), more, said("", "Right of the well.")], "tools": [{"name": "map"}]},
        {"prompt": "Is it far?", "response": SENTENCE * 9},
        {"prompt": "How far is it?"},
        {"text": "A page of the town's book."},
        {"id": "k", "prompt": "Which way?", "responses": ["Left.", "Right."], "ranks": [0, 1]},
        {"text": ""},
        {"prompt": "Is there a map?", "tools": [{"name": "map"}]},
        {"messages": [ask, said("", "Left.")], "tools": [{"name": "<|im_end|>"}]},
        {"prompt": "Where to?", "responses": ["There.", SENTENCE[::-1] * 9], "ranks": [0, 1]},
    ]
    file, model = written(tmp_path / "a.jsonl", *rows), qwen(tmp_path / "model")
    status, told = checked(file, "--model", model)
    assert status == 3
    found = {one["kind"]: (one["rows"], one["first"]) for one in told["findings"]}
    assert found["template leaves out: thinking"] == (1, [f"{file}:1"])
    rows_refused, refused = found["template refuses"]
    assert rows_refused == 3 and refused[0].startswith(f"{file}:2: ") and "definitions of tools" in refused[0]
    assert refused[1].startswith(f"{file}:8: ") and "spells the special token" in refused[2]
    rows_long, [long, other] = found["longer than the context"]
    assert (
        rows_long == 2
        and other.startswith(f"{file}:10: ")
        and long.startswith(f"{file}:3: ")
        and long.endswith(" of 400")
    )
    [use] = told["templates"]
    assert (use["file"], use["model"], use["context_tokens"]) == (str(file), str(model), 400)
    assert (use["rows"], use["refused"], use["too_long"], use["left_out"]) == (9, 3, 2, {"thinking": 1})
    # the first conversation becomes two rows; the prompt and the ranking train nothing
    assert use["training_rows"] == 4
    assert 0 < use["trained_tokens"] < use["tokens"] and use["longest"] == int(other.split()[-3])
    printed = run(check, file, "--model", model).stdout
    assert "leaves out thinking in 1 of 9 rows, cannot render 3 of 9 rows; the longest row has" in printed
    assert "2 longer than the context of 400; 4 training rows of" in printed


def test_a_file_that_a_template_shows_whole_has_no_findings(tmp_path: Path) -> None:
    file, model = written(tmp_path / "a.jsonl", LIST), qwen(tmp_path / "model")
    status, told = checked(file, "--model", f"hf:{model}")
    assert (status, told["findings"]) == (0, [])
    assert "shows all of 1 rows" in run(check, file, "--model", model).stdout
    assert checked(file)[1]["templates"] == []
